"""What an estimator predicts for rows: probabilities, scores, classes or numbers, whichever it has."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import DataError


class Response(NamedTuple):
    """Predictions for n rows."""

    kind: str  # "probability", "score", "class" or "number"
    values: NDArray[np.float64]  # (n, classes), the largest entry of a row its class; or (n, 1), numbers
    classes: NDArray[Any]  # empty for numbers


def response_of(estimator: Any, rows: Any) -> Response:
    """Return the first of `predict_proba`, `decision_function` and `predict` that a fitted estimator of one target has."""
    from sklearn.exceptions import NotFittedError

    if not hasattr(estimator, "predict"):
        raise DataError(f"{type(estimator).__name__} has no predict; expected a fitted estimator.")
    try:
        return _predicted(estimator, rows)
    except NotFittedError:
        raise DataError(f"this {type(estimator).__name__} is not fitted; call its fit first.") from None


def _predicted(estimator: Any, rows: Any) -> Response:
    classes = getattr(estimator, "classes_", None)
    if classes is None:
        return _from_predict(estimator, rows)
    if isinstance(classes, list) or np.ndim(estimator.predict(rows[:1])) != 1:
        raise DataError(f"this {type(estimator).__name__} predicts several targets or labels at once; expected a single target.")
    for kind, method in (("probability", "predict_proba"), ("score", "decision_function")):
        if hasattr(estimator, method):
            scores = np.asarray(getattr(estimator, method)(rows), dtype=np.float64)
            if scores.ndim == 1:
                scores = np.column_stack([-scores, scores])
            # Some give a score for each pair of classes instead.
            if scores.shape[1] == len(classes):
                return Response(kind, scores, np.asarray(classes))
    return _one_hot(estimator.predict(rows), np.asarray(classes))


def _from_predict(estimator: Any, rows: Any) -> Response:
    found = np.asarray(estimator.predict(rows))
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != 1:
        raise DataError(f"this {type(estimator).__name__} predicts arrays of shape {found.shape}; expected a single target.")
    if found.dtype.kind in "OUSb":
        return _one_hot(found, np.unique(found))
    return Response("number", found[:, None].astype(np.float64), np.zeros(0))


def _one_hot(found: Any, classes: NDArray[Any]) -> Response:
    return Response("class", (np.asarray(found)[:, None] == classes[None, :]).astype(np.float64), classes)
