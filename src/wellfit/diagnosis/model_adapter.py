"""Adapters for each kind of model: inputs, targets, outputs and errors on both parts of a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.diagnosis.given import Inputs, Matrix, as_dense, check_target, class_codes, numeric_inputs
from wellfit.diagnosis.inside import NetworkInside, forward, inside_of_model, inside_of_result, members_of
from wellfit.engines.types import Array
from wellfit.errors import DataError
from wellfit.judge.metric import Metric, Rowwise
from wellfit.maths.calibration import tempered
from wellfit.spec import CLASSIFICATION_LOSSES, Spec
from wellfit.store import FittedModel, NetworkModel
from wellfit.store.single import numeric_rows
from wellfit.table.read import is_frame, read_table
from wellfit.table.target import read_target, refuse_moments
from wellfit.training.fit import FitResult

__all__ = ["ModelAdapter", "last_step", "look", "said_task"]

Parts = tuple[Any, Any]
NAMES = ("y_train", "y_dev")


class ModelAdapter(NamedTuple):
    """Inputs, outputs and errors of a model on both parts; see `Subject`."""

    classes: NDArray[Any]
    metric: Metric
    inputs: Inputs
    Y: tuple[Matrix, Matrix]
    outputs: tuple[Matrix, Matrix]
    errors: tuple[Rowwise, Rowwise]
    has_probabilities: bool
    rows_without_number: int
    network: NetworkInside | None


def look(model: Any, X: Parts, y: Parts) -> ModelAdapter:
    """Look at both parts with a model."""
    if isinstance(model, FitResult):
        return _look_with_result(model, X, y)
    if isinstance(model, FittedModel):
        return _look_with_fitted(model, X, y, None)
    if isinstance(model, NetworkModel):
        return _look_with_network(model, X, y, None)
    chosen = _chosen(model)
    seen = _each(lambda part: as_dense(_asked(chosen[:-1], "transform", part)), X) if _is_pipeline(chosen) else X
    last = last_step(model)
    # wellfit's estimators stand on a higher floor: they are known by what they keep.
    kept = getattr(last, "model_", None)
    if isinstance(kept, FittedModel):
        names = getattr(last, "feature_names_in_", None)
        return _look_with_fitted(kept, _each(lambda part: _named(part, names), seen), y, last)
    if isinstance(kept, NetworkModel):
        return _look_with_network(kept, seen, y, last)
    return _look_with_foreign(model, X, seen, y)


def last_step(model: Any) -> Any:
    """Return what predicts inside a model: the last step of a pipeline, what a search has chosen; or the model itself."""
    chosen = _chosen(model)
    return last_step(chosen.steps[-1][1]) if _is_pipeline(chosen) else chosen


# === Networks ===


def _look_with_fitted(model: FittedModel, X: Parts, y: Parts, estimator: Any) -> ModelAdapter:
    """Look with a preparation and networks."""
    target, preparation = model.target, model.preparation
    for name, part in zip(NAMES, y, strict=True):
        if not model.classes:
            refuse_moments(part, name)
    inputs = Inputs(*_each(lambda part: preparation.transform(part).X.astype(np.float64), X), tuple(preparation.names))
    Y = _each(lambda part: target.encode(pd.Series(part, name=target.name), np.float64), y)
    metric = Metric(model.task, spread=target.scale, scale=target.scale)
    members = [(network.spec, network.parameters) for network in members_of(model)]
    network = inside_of_model(model, estimator)
    if not model.classes:
        return _sight(np.array([]), metric, inputs, Y, _outputs(members, inputs, model.weights), network)
    outputs = _each(
        lambda part: np.where(np.isfinite(part), tempered(np.nan_to_num(part), model.temperature), np.nan),
        _outputs(members, inputs, model.weights),
    )
    return _sight(target.labels, metric, inputs, Y, outputs, network, model.threshold)


def _look_with_network(model: NetworkModel, X: Parts, y: Parts, estimator: Any) -> ModelAdapter:
    """Look with a network that takes numbers as they are."""
    _check_single(model.network.spec)
    numbers = _each(lambda part: numeric_rows(part, model.network.spec, model.columns, np.float64), X)
    names = model.columns or tuple(map(str, read_table(X[0]).columns))
    classes = np.array(model.classes)
    Y, metric = _coded(y, classes, "the network")
    outputs = _outputs([(model.network.spec, model.network.parameters)], numbers)
    return _sight(classes, metric, Inputs(*numbers, names), Y, outputs, inside_of_model(model, estimator))


def _look_with_result(result: FitResult, X: Parts, y: Parts) -> ModelAdapter:
    """Look with a network as `fit` left it, whose targets are codes."""
    _check_single(result.spec)
    is_classification = result.spec.training.loss in CLASSIFICATION_LOSSES
    classes = np.arange(max(2, result.spec.network.outputs)) if is_classification else np.array([])
    numbers = _each(lambda part: numeric_rows(part, result.spec, (), np.float64), X)
    Y, metric = _coded(y, classes, "the network")
    outputs = _outputs([(result.spec, result.parameters)], numbers)
    return _sight(classes, metric, Inputs(*numbers, tuple(map(str, read_table(X[0]).columns))), Y, outputs, inside_of_result(result))


def _check_single(spec: Spec) -> None:
    """Raise if a network has several targets."""
    if spec.network.outputs > 1 and spec.training.loss != "cross_entropy":
        raise DataError(f"a diagnosis needs one target, but the network has {spec.network.outputs}; diagnose a network for each.")


def _outputs(members: list[tuple[Spec, Array]], inputs: Any, weights: Sequence[float] | None = None) -> Parts:
    return _each(lambda part: forward(members, part, weights), (inputs[0], inputs[1]))


# === Other models ===


def _look_with_foreign(model: Any, X: Parts, seen: Parts, y: Parts) -> ModelAdapter:
    """Adapt a model of which only predictions are known."""
    predicted = _each(lambda part: check_target("what the model predicts", _asked(model, "predict", part), len(part)), X)
    if _task_of(model, y[0]) == "regression":
        Y, metric = _numbers_of(y)
        outputs = _each(lambda part: np.asarray(part, dtype=np.float64)[:, None], predicted)
        return _sight(np.array([]), metric, numeric_inputs(*seen, Y[0][:, 0], 0), Y, outputs, None)
    classes = np.asarray(getattr(model, "classes_", np.unique(y[0])))
    Y, metric = _coded(y, classes, "the model" if hasattr(model, "classes_") else "y_train")
    codes = _each(lambda part: pd.Index(classes).get_indexer(pd.Index(part)), predicted)
    inputs = numeric_inputs(*seen, Y[0][:, 0], len(classes))
    outputs = _each(lambda part: _probabilities(model, part, len(classes)), X)
    has_probabilities = outputs[0] is not None and outputs[1] is not None
    if not has_probabilities:
        outputs = _each(lambda part: np.equal.outer(part, np.arange(len(classes))).astype(np.float64), codes)
    kept = _each(lambda part: part[:, 1:] if len(classes) == 2 else part, outputs)
    sight = _sight(classes, metric, inputs, Y, kept, None)
    # What it predicts decides: a model may do that by other rules than its probabilities.
    errors = [np.asarray(found != truth[:, 0], dtype=np.float64) for found, truth in zip(codes, Y, strict=True)]
    return sight._replace(errors=(errors[0], errors[1]), has_probabilities=has_probabilities)


def _task_of(model: Any, y: NDArray[Any]) -> str:
    """Return a model's task, as it declares it, else by the target."""
    return said_task(model) or read_target(pd.Series(y, name="y_train")).task


def said_task(model: Any) -> str:
    """Return the task that a foreign model declares: ``classification``, ``regression``, or "" if none."""
    from sklearn.base import is_classifier, is_regressor

    if hasattr(model, "__sklearn_tags__"):
        if is_classifier(model):
            return "classification"
        if is_regressor(model):
            return "regression"
    return "classification" if hasattr(model, "classes_") or hasattr(model, "predict_proba") else ""


def _asked(model: Any, method: str, X: Any) -> Any:
    """Return the result of a model's method on rows; an error inside it is reported in one line."""
    try:
        return getattr(model, method)(X)
    except Exception as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DataError(f"the model's {method} cannot take these rows: {first}") from error


def _probabilities(model: Any, X: Any, classes: int) -> Matrix | None:
    """Return a model's probabilities; None where it has none."""
    if not hasattr(model, "predict_proba"):
        return None
    found = np.asarray(_asked(model, "predict_proba", X))
    return found.astype(np.float64) if found.shape == (len(X), classes) else None


def _chosen(model: Any) -> Any:
    """Return the estimator that a search has chosen, or the model itself."""
    while hasattr(model, "best_estimator_"):
        model = model.best_estimator_
    return model


def _is_pipeline(model: Any) -> bool:
    return isinstance(getattr(model, "steps", None), list) and len(model.steps) > 1


def _named(X: Any, names: Any) -> pd.DataFrame:
    """Return an array as a frame with an estimator's names, where it has any."""
    frame = read_table(X)
    return frame if is_frame(X) or names is None else frame.set_axis(list(map(str, names)), axis="columns")


# === What all have in common ===


def _each(function: Callable[[Any], Any], parts: Parts) -> Parts:
    return function(parts[0]), function(parts[1])


def _sight(
    classes: NDArray[Any],
    metric: Metric,
    inputs: Inputs,
    Y: Parts,
    outputs: Parts,
    network: NetworkInside | None,
    threshold: float | None = None,
) -> ModelAdapter:
    """Return what was seen; rows without a finite output count as wrong, and get 0 in place of it."""
    _check_classes(Y, len(classes))
    finite = _each(lambda part: np.isfinite(part).all(axis=1), outputs)
    clean = np.where(finite[0][:, None], outputs[0], 0.0), np.where(finite[1][:, None], outputs[1], 0.0)

    def errors_of(place: int) -> Rowwise:
        with np.errstate(over="ignore"):
            found = metric.row_errors(clean[place], Y[place], threshold)
        return np.minimum(np.where(finite[place], found, metric.kind.lost), metric.kind.lost)

    without = sum(int((~part).sum()) for part in finite)
    return ModelAdapter(classes, metric, inputs, Y, clean, (errors_of(0), errors_of(1)), metric.task == "classification", without, network)


def _coded(y: Parts, classes: NDArray[Any], whose: str) -> tuple[tuple[Matrix, Matrix], Metric]:
    """Return class codes, or the numbers of a regression where there are no classes, and their metric."""
    if not len(classes):
        return _numbers_of(y)
    train, dev = (class_codes(name, part, classes, whose)[:, None] for name, part in zip(NAMES, y, strict=True))
    return (train, dev), Metric("classification")


def _numbers_of(y: Parts) -> tuple[tuple[Matrix, Matrix], Metric]:
    """Return the targets of a regression and their metric."""
    found = []
    for name, part in zip(NAMES, y, strict=True):
        refuse_moments(part, name)
        try:
            values = part.astype(np.float64)
        except (TypeError, ValueError):
            raise DataError(f"{name} must hold numbers, as the model predicts numbers; found {part[0]!r}.") from None
        if not np.isfinite(values).all():
            row = int(np.isfinite(values).argmin())
            raise DataError(f"{name} must be finite, found {values[row]} in row {row + 1}.")
        found.append(values[:, None])
    spread = float(found[0].std())
    if spread == 0.0:
        raise DataError(f"y_train holds only {found[0][0, 0]:g}; a diagnosis needs a target that varies.")
    return (found[0], found[1]), Metric("regression", spread=spread)


def _check_classes(Y: Parts, classes: int) -> None:
    """Raise unless both parts hold several classes."""
    for name, part in zip(NAMES, Y, strict=True):
        if classes > 1 and len(np.unique(part)) < 2:
            raise DataError(f"{name} holds only one of the {classes}; its error would mean nothing: give rows of several classes.")
