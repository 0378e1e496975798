"""The subject of a diagnosis: a model, its training rows and dev rows, in one form for any kind of model."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from wellfit.diagnosis.given import Matrix, as_dense, check_columns, check_target
from wellfit.diagnosis.inside import NetworkInside
from wellfit.diagnosis.model_adapter import last_step, look
from wellfit.errors import DataError, DataWarning
from wellfit.judge.metric import Metric, Rowwise
from wellfit.store import FittedModel, NetworkModel
from wellfit.training.fit import FitResult

__all__ = ["Subject", "check_model", "make_subject"]


@dataclass(frozen=True, eq=False)
class Subject:
    """A model and both parts of its table; targets are flat, and sparse tables dense."""

    model: Any  # as it was given
    name: str
    task: str  # "classification" or "regression"
    classes: NDArray[Any]  # labels in the order of their codes; empty for a regression
    metric: Metric
    X_train: Any
    y_train: NDArray[Any]
    X_dev: Any
    y_dev: NDArray[Any]
    # What the network takes. Of other models the table as numbers: what the last step of a pipeline takes; else as it is, where all
    # of it is numbers; else prepared. (rows, columns), float64.
    inputs_train: Matrix
    inputs_dev: Matrix
    column_names: tuple[str, ...]  # of the inputs
    # Class codes; or numbers in the units that the network is trained on (`Metric.scale` units of the target each). (rows, 1).
    Y_train: Matrix
    Y_dev: Matrix
    # Probabilities as an engine's `forward` gives them, or numbers in the units of `Y_train`; finite. (rows, outputs).
    outputs_dev: Matrix
    errors_train: Rowwise  # of each row's decision, by `Metric.row_errors`
    errors_dev: Rowwise
    has_probabilities: bool  # else the outputs of a classification are 0 or 1
    rows_without_number: int  # for which the network gives no finite number, in both parts; they count as wrong
    network: NetworkInside | None  # None for models other than wellfit's

    @property
    def is_classification(self) -> bool:
        """Whether the target has classes."""
        return self.task == "classification"


def make_subject(model: Any, X_train: Any, y_train: Any, X_dev: Any, y_dev: Any, name: str | None = None) -> Subject:
    """Return a model and its rows as the subject of a diagnosis.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["no", "no", "yes", "yes"]
    >>> subject = make_subject(LogisticRegression().fit(X, y), X, y, X, y)
    >>> subject.task, subject.Y_train.ravel().tolist(), subject.errors_dev.tolist()
    ('classification', [0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0])
    """
    check_model(model)
    X = as_dense(X_train), as_dense(X_dev)
    check_columns(*X)
    y = check_target("y_train", y_train, len(X[0])), check_target("y_dev", y_dev, len(X[1]))
    with warnings.catch_warnings():
        # Corrections of the table were reported when the model was fitted.
        warnings.simplefilter("ignore", DataWarning)
        sight = look(model, X, y)
    return Subject(
        model,
        name or _name_of(model),
        sight.metric.task,
        sight.classes,
        sight.metric,
        X[0],
        y[0],
        X[1],
        y[1],
        *sight.inputs,
        *sight.Y,
        sight.outputs[1],
        *sight.errors,
        sight.has_probabilities,
        sight.rows_without_number,
        sight.network,
    )


def check_model(model: Any) -> None:
    """Raise unless a model can predict."""
    if isinstance(model, FitResult):
        return
    if isinstance(model, type):
        raise DataError(f"model must be a fitted model, found the class {model.__name__}; make one and call fit first.")
    if not callable(getattr(model, "predict", None)):
        raise DataError(f"model must have a method predict, found {type(model).__name__}; give a fitted estimator.")
    if hasattr(model, "__sklearn_tags__"):
        from sklearn.exceptions import NotFittedError
        from sklearn.utils.validation import check_is_fitted

        try:
            check_is_fitted(model)
        except NotFittedError:
            raise DataError(f"the {type(model).__name__} is not fitted; call its fit first.") from None


def _name_of(model: Any) -> str:
    return "the network" if isinstance(model, FitResult | FittedModel | NetworkModel) else type(last_step(model)).__name__
