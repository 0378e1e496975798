"""Where probability becomes decision: for two classes, the threshold that is best by a named metric."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.errors import DataError
from wellfit.spec.base import check_choice

__all__ = ["THRESHOLD_METRICS", "best_threshold"]

Counts = NDArray[np.float64]


class _Confusion(NamedTuple):
    """Weights of rows, one of each for every threshold: told the second class rightly, wrongly, and so on."""

    true_positive: Counts
    false_positive: Counts
    false_negative: Counts
    true_negative: Counts


def _accuracy(seen: _Confusion) -> Counts:
    return seen.true_positive + seen.true_negative


def _balanced_accuracy(seen: _Confusion) -> Counts:
    positive = seen.true_positive + seen.false_negative
    negative = seen.true_negative + seen.false_positive
    return seen.true_positive / positive + seen.true_negative / negative


def _f1(seen: _Confusion) -> Counts:
    return seen.true_positive / (seen.true_positive + (seen.false_positive + seen.false_negative) / 2.0)


def _matthews(seen: _Confusion) -> Counts:
    right, wrong = seen.true_positive * seen.true_negative, seen.false_positive * seen.false_negative
    told = (seen.true_positive + seen.false_positive) * (seen.true_negative + seen.false_negative)
    held = (seen.true_positive + seen.false_negative) * (seen.true_negative + seen.false_positive)
    # Where all rows are told one class, the coefficient is 0 by convention.
    return np.where(told > 0.0, (right - wrong) / np.sqrt(np.where(told > 0.0, told, 1.0) * held), 0.0)


_METRICS: Mapping[str, Callable[[_Confusion], Counts]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "f1": _f1,
    "matthews_corrcoef": _matthews,
}

THRESHOLD_METRICS = tuple(_METRICS)


def best_threshold(probabilities: ArrayLike, Y: ArrayLike, metric: str, weights: ArrayLike | None = None) -> float:
    """Return the threshold t that makes the decisions "the second class where p > t" best by a metric.

    All thresholds that make a difference are looked at: halfway between neighbouring probabilities. Of equally good ones the
    nearest to 0.5 is taken.

    Parameters
    ----------
    probabilities : array of shape (n,)
        Of the second class.
    Y : array of shape (n,)
        1 where it is the second class, else 0.
    metric : str
        One of `THRESHOLD_METRICS`, which are named as scikit-learn's scorers: ``accuracy``, ``balanced_accuracy``, ``f1``
        (of the second class), ``matthews_corrcoef``.
    weights : array of shape (n,), optional
        What each row counts; None: 1.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    SpecError
        If the metric is unknown.
    DataError
        If the rows do not hold both classes.

    Examples
    --------
    >>> best_threshold([0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1], "f1")
    0.25
    """
    check_choice("threshold", metric, THRESHOLD_METRICS)
    chances, truth = np.asarray(probabilities, dtype=np.float64), np.asarray(Y) > 0.5
    counts = np.ones(len(truth)) if weights is None else np.asarray(weights, dtype=np.float64)
    held, other = np.where(truth, counts, 0.0), np.where(truth, 0.0, counts)
    if not held.sum() > 0 or not other.sum() > 0:
        raise DataError(
            "a threshold is chosen on dev rows of both classes, found one class only; give an eval_set with both, or set threshold=None."
        )
    distinct, places = np.unique(chances, return_inverse=True)
    # Weights of the rows up to each threshold: below the lowest probability there are none.
    below = [np.append(0.0, np.cumsum(np.bincount(places, part, len(distinct)))) for part in (held, other)]
    seen = _Confusion(below[0][-1] - below[0], below[1][-1] - below[1], below[0], below[1])
    scores = _METRICS[metric](seen)
    lower, upper = np.append(0.0, distinct), np.append(distinct, 1.0)
    halfway = (lower + upper) / 2.0
    # Halfway between two neighbouring floats may be the upper one itself, which then would not lie above it.
    thresholds = np.where(halfway < upper, halfway, lower)
    if distinct[0] == 0.0:
        scores[0] = -np.inf  # no threshold from 0 up lies below a probability of 0
    best = np.flatnonzero(scores >= scores.max() - 1e-12 * abs(scores.max()))
    return float(thresholds[best[np.abs(thresholds[best] - 0.5).argmin()]])
