"""The reference error that bias is measured from: a target error, or the error of the best of a few simple models."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from wellfit.engines.reference import loss_of
from wellfit.engines.types import Array, Rows
from wellfit.judge.intervals import Interval
from wellfit.judge.metric import Metric, Rowwise
from wellfit.maths.calibration import log_odds
from wellfit.maths.losses import LEAST_PROBABILITY
from wellfit.plurals import counted
from wellfit.spec import Training
from wellfit.table.split import deal
from wellfit.training.tasks import jobs
from wellfit.training.threads import one_blas_thread, one_openmp_thread

__all__ = [
    "CROSS_VALIDATION",
    "MOST_CELLS",
    "SEVERAL",
    "TARGET_ERROR",
    "Reference",
    "ReferenceModel",
    "SameRows",
    "best_on_dev",
    "constant_cost",
    "cross_fitted",
    "fit_references",
    "in_words",
    "reference_rows",
    "target_reference",
]

# Of prepared rows times outputs: linear models then take two seconds at most.
MOST_CELLS, FEWEST_ROWS = 2_000_000, 200
NEIGHBOURS = 15
# In cross-validation: more rows take the slower models too long, and change little.
MOST_ROWS = 20_000
FOLDS = 5
FEWER_FOLDS_FROM = 10_000  # where a third of the rows more to train on changes little

CONSTANT = {"classification": "majority class", "regression": "mean"}
LINEAR = {"classification": "logistic regression", "regression": "linear regression"}
NEAREST = "nearest neighbours"
BOOSTING = "histogram gradient boosting"
SEVERAL = "the best simple model"
TARGET_ERROR = "the target error"
DEV_ROWS, CROSS_VALIDATION = "the dev rows", "the training rows, in cross-validation"

# Seconds for a tree of gradient boosting with 31 leaves, on one core: a part for each column, another for each of its cells.
SECONDS_A_COLUMN, SECONDS_A_CELL = 1.3e-4, 1.25e-8
BOOSTING_SECONDS = 10.0
MOST_TREES, FEWEST_TREES = 100, 20


@dataclass(frozen=True)
class Reference:
    """The error that bias is measured from.

    Parameters
    ----------
    name : str
        `TARGET_ERROR`, or the simple model that reached it.
    error : Interval
        The error.
    note : str
        How it was found, where that has to be known; may be empty.
    each : mapping of str to float
        Errors of all simple models; empty where a target error was given.
    measured_on : str
        `DEV_ROWS` or `CROSS_VALIDATION`; empty where a target error was given.
    """

    name: str
    error: Interval
    note: str = ""
    each: Mapping[str, float] = field(default_factory=dict)
    measured_on: str = ""

    @property
    def words(self) -> str:
        """The name as it stands in a sentence."""
        return in_words(self.name)


def in_words(name: str) -> str:
    """Return the name of a simple model as it stands in a sentence."""
    return f"the {name}" if name in CONSTANT.values() else name


@dataclass(frozen=True)
class ReferenceModel:
    """A simple model, fitted."""

    name: str  # such as "logistic regression"
    # prepared rows (rows, inputs) to probabilities, (rows, 1) or (rows, classes), or the coded target (rows, 1)
    outputs: Callable[[Array], Array]


# === Models ===


def fit_references(
    X: Array, Y: Array, rows: Rows, task: str, classes: int, *, most_cells: float = MOST_CELLS
) -> tuple[ReferenceModel, ...]:
    """Fit the references on the training rows; the constant prediction comes first, and models that cannot be fitted are left out.

    Classes: the majority class, and scikit-learn's logistic regression as it comes (an L2 penalty of 1). Numbers: the mean, and linear
    regression by least squares. X (rows, inputs) and Y (rows, 1) are those of the table; `reference_rows` decides how many of the training
    rows are used, so that cells times outputs stay below `most_cells`.
    """
    rows = reference_rows(Y, rows, X.shape[1], classes if task == "classification" else 0, most_cells)
    with one_blas_thread(), _quietly():
        return tuple(_fitted_models(X[rows], Y[rows, 0], task, classes, None))


def _fitted_models(X: Array, Y: Array, task: str, classes: int, trees: int | None) -> Iterator[ReferenceModel]:
    """Yield the models, fitted to all rows, without those that cannot be; with a number of trees the slower models, too."""
    is_classification = task == "classification"
    inputs, targets = X.astype(np.float64), Y.astype(np.float64)
    if is_classification:
        targets = targets.astype(np.int64)
        answer = (np.bincount(targets, minlength=classes).argmax() == np.arange(classes)).astype(np.float64)
        yield ReferenceModel(CONSTANT[task], _always(answer if classes > 2 else answer[1:]))
    else:
        yield ReferenceModel(CONSTANT[task], _always(np.array([targets.mean()])))
    makers: dict[str, Callable[[], Callable[[Array], Array]]] = {LINEAR[task]: lambda: _linear(inputs, targets)}
    if is_classification:
        makers = {LINEAR[task]: lambda: _fitted(_logistic(), inputs, targets, classes)}
    if trees is not None:
        near = min(NEIGHBOURS, len(inputs))
        makers[NEAREST] = lambda: _fitted(_nearest(near, is_classification), inputs, targets, classes)
        if trees:
            makers[BOOSTING] = lambda: _fitted(_boosting(trees, is_classification), inputs, targets, classes)
    for name, make in makers.items():
        try:
            model = make()
        except (ValueError, np.linalg.LinAlgError):
            # Numbers too large to be squared, or a single class: there are other models.
            continue
        yield ReferenceModel(name, model)


@contextmanager
def _quietly() -> Iterator[None]:
    """Ignore convergence warnings: without its last digit a model is as good a reference."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def reference_rows(Y: Array, rows: Rows, inputs: int, classes: int, most_cells: float = MOST_CELLS) -> Rows:
    """Return the training rows that references are fitted on: all, or as many as there may be and at least one of each class."""
    most = max(float(FEWEST_ROWS), most_cells // (inputs * (classes if classes > 2 else 1)))
    if len(rows) <= most:
        return rows
    drawn = np.random.default_rng(0).permutation(rows)
    some = drawn[: int(most)]
    if classes:
        some = np.concatenate([some, drawn[np.unique(np.asarray(Y).reshape(-1)[drawn], return_index=True)[1]]])
    return np.unique(some)


def _always(answer: Array) -> Callable[[Array], Array]:
    return lambda X: np.broadcast_to(answer, (len(X), len(answer)))


def _linear(inputs: Array, targets: Array) -> Callable[[Array], Array]:
    """Least squares on centred inputs; of several solutions, the one with the smallest weights."""
    centre, level = inputs.mean(axis=0), targets.mean()
    weights = np.linalg.lstsq(inputs - centre, targets - level, rcond=None)[0]
    return lambda X: ((X.astype(np.float64) - centre) @ weights + level)[:, None]


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=300)


def _nearest(neighbours: int, is_classification: bool) -> Any:
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    return (KNeighborsClassifier if is_classification else KNeighborsRegressor)(neighbours)


def _boosting(trees: int, is_classification: bool) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingClassifier if is_classification else HistGradientBoostingRegressor
    # Fewer trees take longer steps, so that they come as far.
    return kind(max_iter=trees, learning_rate=min(0.3, 0.1 * MOST_TREES / trees), early_stopping=False, random_state=0)


def _trees(shape: tuple[int, ...], classes: int, seconds: float) -> int:
    """Return how many trees there is time for; 0 where that is too few."""
    rows, columns = shape
    for_one = max(1, classes if classes > 2 else 1) * columns * (SECONDS_A_COLUMN + SECONDS_A_CELL * rows)
    trees = min(MOST_TREES, int(seconds / for_one))
    return trees if trees >= FEWEST_TREES else 0


def _fitted(model: Any, inputs: Array, targets: Array, classes: int) -> Callable[[Array], Array]:
    """Fit a model of scikit-learn's, and return its outputs in the form of a network's."""
    model.fit(inputs, targets)

    def outputs(X: Array) -> Array:
        if not hasattr(model, "classes_"):
            return np.asarray(model.predict(X.astype(np.float64)), dtype=np.float64)[:, None]
        found: Array = model.predict_proba(X.astype(np.float64))
        # Classes without a training row have no column of their own.
        whole = np.zeros((len(X), max(classes, 2)), dtype=found.dtype)
        whole[:, model.classes_] = found
        return whole[:, 1:] if classes == 2 else whole

    return outputs


# === The one that bias is measured from ===


def target_reference(metric: Metric, target_error: float) -> Reference:
    """Return the reference of an error that a user names, checked."""
    return Reference(TARGET_ERROR, Interval.exactly(metric.parse(target_error)))


def best_on_dev(metric: Metric, errors: Mapping[str, Rowwise]) -> Reference:
    """Return the simple model with the lowest error on dev rows; `errors` are those of each row, as from `Metric.row_errors`."""
    found = {name: metric.interval(values) for name, values in errors.items()}
    name = min(found, key=lambda each: found[each].estimate)
    return Reference(name, found[name], "", {each: error.estimate for each, error in found.items()}, DEV_ROWS)


class SameRows(NamedTuple):
    """Errors of a reference on some of a network's training rows, by models that were fitted on others."""

    rows: Rows  # positions among the training rows
    errors: Rowwise  # (rows,), as from `Metric.row_errors`


def cross_fitted(
    metric: Metric, X: Array, Y: Array, classes: int, *, seconds: float = BOOSTING_SECONDS, seed: int = 0, n_jobs: int | None = None
) -> tuple[Reference, SameRows]:
    """Measure the best of all simple models, nearest neighbours and gradient boosting among them, in cross-validation.

    Each model is fitted on all folds but one. For each fold the other folds choose the model, and its errors on this fold are the
    ones that count: no row takes part in choosing the model that it measures, so the choice among four is not optimistic. Where folds
    choose different models, the reference is named `SEVERAL`.

    X and Y are training rows alone; of many a random part is used. Gradient boosting gets as many trees as `seconds` allow by rule of
    thumb, and not by the clock: the same table gives the same answer on every machine.
    """
    rows = _some_rows(len(X), X.shape[1], seed)
    inputs, targets = X[rows], Y[rows]
    order = np.random.default_rng(seed).permutation(len(rows))
    fold_of = deal(order, FOLDS if len(rows) < FEWER_FOLDS_FROM else 3, targets[:, 0] if classes else None)
    folds = int(fold_of.max()) + 1
    trees = _trees(inputs.shape, classes, min(seconds, BOOSTING_SECONDS) / folds)

    def fitted(fold: int) -> dict[str, Rowwise]:
        outside = fold_of == fold
        with one_openmp_thread(), np.errstate(all="ignore"):
            found = {}
            for model in _fitted_models(inputs[~outside], targets[~outside, 0], metric.task, classes, trees):
                # Rows may hold numbers that a model cannot take.
                with suppress(ValueError):
                    found[model.name] = metric.row_errors(model.outputs(inputs[outside]), targets[outside])
            return found

    # Set here, for filters of warnings belong to all threads together.
    with _quietly(), one_blas_thread(), ThreadPoolExecutor(jobs(n_jobs)) as pool:
        by_fold = list(pool.map(fitted, range(folds)))
    errors: dict[str, Rowwise] = {}
    for name in dict.fromkeys(name for found in by_fold for name in found):
        values = np.empty(len(rows))
        if all(name in found and np.isfinite(found[name]).all() for found in by_fold):
            for fold, found in enumerate(by_fold):
                values[fold_of == fold] = found[name]
            errors[name] = values
    best, choices = np.empty(len(rows)), []
    for fold in range(folds):
        others = fold_of != fold
        choices.append(min(errors, key=lambda name: float(errors[name][others].mean())))
        best[~others] = errors[choices[-1]][~others]
    votes = Counter(choices)
    # Errors of several models have no model's name.
    name = SEVERAL if len(votes) > 1 else choices[0]
    each = {model: metric.total(values) for model, values in errors.items()}
    note = _note(len(rows), len(X), metric.task, each, votes)
    return Reference(name, metric.interval(best), note, each, CROSS_VALIDATION), SameRows(rows, best)


def _some_rows(count: int, inputs: int, seed: int) -> Rows:
    """Return the positions of the training rows to use, all or a random part of them."""
    size = min(count, MOST_ROWS, max(FEWEST_ROWS, MOST_CELLS // inputs))
    return np.arange(count) if size == count else np.sort(np.random.default_rng(seed).permutation(count)[:size])


def _note(rows: int, count: int, task: str, each: Mapping[str, float], votes: Counter[str]) -> str:
    """Return notes on how a cross-validated reference was found."""
    notes = []
    if rows < count:
        notes.append(
            f"simple models were fitted on {rows:,} of {counted(count, 'training row')}, and might do better on all; bias is measured "
            "on these rows"
        )
    notes += [f"{name} cannot be fitted to these rows" for name in (LINEAR[task], NEAREST) if name not in each]
    if BOOSTING not in each:
        notes.append("gradient boosting was left out to save time")
    if len(votes) > 1:
        shown = ", ".join(f"{name} for {chosen}" for name, chosen in votes.most_common())
        notes.append(
            f"for each of {counted(votes.total(), 'fold')} the other folds chose the simple model: {shown}; taking the lowest error of "
            "several models would be slightly optimistic"
        )
    return "; ".join(notes)


# === The cost of a constant prediction ===


def constant_cost(training: Training, targets: Array, outputs: int) -> float:
    """Return the mean loss of the best constant prediction: the unit of training costs."""
    Y = np.asarray(targets, dtype=np.float64).reshape(-1, 1)
    if training.loss == "cross_entropy":
        shares = np.bincount(Y[:, 0].astype(np.int64), minlength=outputs) / len(Y)
        answer = np.log(np.maximum(shares, LEAST_PROBABILITY))
    elif training.loss == "absolute_error":
        answer = np.median(Y, axis=0)
    elif training.loss == "binary_cross_entropy":
        answer = log_odds(Y.mean(axis=0, keepdims=True))[0]
    elif training.loss == "poisson":
        answer = np.log(np.maximum(Y.mean(axis=0), LEAST_PROBABILITY))
    else:
        answer = Y.mean(axis=0)
    return float(loss_of(training).value(np.broadcast_to(answer, (len(Y), len(answer))), Y).mean())
