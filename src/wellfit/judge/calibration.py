"""Temperature and decision threshold of a model's probabilities, found on held-out rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar

from wellfit.engines.types import Array
from wellfit.errors import DataError
from wellfit.maths.calibration import log_odds
from wellfit.spec.base import check_choice

__all__ = ["THRESHOLD_METRICS", "best_temperature", "best_threshold"]

# The search stays within a factor of 10, with a normal prior on log T of mean 0 and deviation 0.5: otherwise a
# few dev rows that are all predicted well would give unbounded confidence. With thousands of rows the prior has no effect.
FARTHEST = 10.0
DEVIATION = 0.5


def best_temperature(probabilities: ArrayLike, Y: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the temperature T with the least sum of w * cross-entropy(tempered(p, T), y) + (log T)^2 / (2 * 0.5^2).

    Probabilities are (n, 1) of the second class, or (n, classes); Y (n, 1) holds class codes. T is from 0.1 to 10, and 1 without rows.
    Source: Guo, Pleiss, Sun & Weinberger (2017), On calibration of modern neural networks.
    """
    scores = log_odds(probabilities)
    truth = np.asarray(Y, dtype=np.int64)[:, 0]
    if not len(truth):
        return 1.0
    counts = np.ones(len(truth)) if weights is None else np.asarray(weights, dtype=np.float64)
    if scores.shape[1] == 1:
        # The cross-entropy of two classes: log(1 + e^-margin), the margin being the log-odds of the true one.
        margins = np.where(truth == 1, scores[:, 0], -scores[:, 0])

        def cost(log_temperature: float) -> float:
            return _leaning(log_temperature) + float(counts @ np.logaddexp(0.0, -margins * math.exp(-log_temperature)))

    else:
        lead = scores - scores[np.arange(len(truth)), truth][:, np.newaxis]

        def cost(log_temperature: float) -> float:
            return _leaning(log_temperature) + float(counts @ _log_sum_exp(lead * math.exp(-log_temperature)))

    reach = math.log(FARTHEST)
    return math.exp(float(minimize_scalar(cost, bounds=(-reach, reach), method="bounded", options={"xatol": 1e-4}).x))


def _leaning(log_temperature: float) -> float:
    return log_temperature**2 / (2.0 * DEVIATION**2)


def _log_sum_exp(values: Array) -> Array:
    most = values.max(axis=1, keepdims=True)
    found: Array = most[:, 0] + np.log(np.exp(values - most).sum(axis=1))
    return found


# === The threshold ===

Counts = NDArray[np.float64]


class _Confusion(NamedTuple):
    """A confusion matrix for every threshold, in weights of rows."""

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
    # Where all rows are predicted as one class, the coefficient is 0 by convention.
    return np.where(told > 0.0, (right - wrong) / np.sqrt(np.where(told > 0.0, told, 1.0) * held), 0.0)


_METRICS: Mapping[str, Callable[[_Confusion], Counts]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "f1": _f1,
    "matthews_corrcoef": _matthews,
}

THRESHOLD_METRICS = tuple(_METRICS)


def best_threshold(probabilities: ArrayLike, Y: ArrayLike, metric: str, weights: ArrayLike | None = None) -> float:
    """Return the threshold t for which the decisions "the second class where p > t" score best by one of `THRESHOLD_METRICS`.

    Probabilities (n,) are of the second class, where Y (n,) is 1, else 0. All thresholds that make a difference are tried: halfway between
    neighbouring probabilities. Ties go to the one nearest to 0.5. Raise `DataError` unless the rows hold both classes.
    """
    check_choice("threshold", metric, THRESHOLD_METRICS)
    chances, truth = np.asarray(probabilities, dtype=np.float64), np.asarray(Y) > 0.5
    counts = np.ones(len(truth)) if weights is None else np.asarray(weights, dtype=np.float64)
    held, other = np.where(truth, counts, 0.0), np.where(truth, 0.0, counts)
    if not held.sum() > 0 or not other.sum() > 0:
        raise DataError(
            "choosing a threshold needs dev rows of both classes, found only one class; give an eval_set with both, or set threshold=None."
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
