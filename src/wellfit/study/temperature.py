"""How sure a model may be: the temperature of its probabilities, found on rows it was not trained on."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from wellfit.engines.types import Array
from wellfit.maths.calibration import log_odds

__all__ = ["best_temperature"]

# The search stays within a factor of 10, and leans towards 1 as if log T were known to be 0 but for a deviation of 0.5: a few dev
# rows that are all predicted well would else ask for boundless sureness. With thousands of rows the lean is nothing.
FARTHEST = 10.0
DEVIATION = 0.5


def best_temperature(probabilities: ArrayLike, Y: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the temperature T with the least sum of w * cross-entropy(tempered(p, T), y) + (log T)^2 / (2 * 0.5^2).

    Parameters
    ----------
    probabilities : array of shape (n, 1) or (n, classes)
        Of the second of two classes, or of each class.
    Y : array of shape (n, 1)
        Places of the true classes.
    weights : array of shape (n,), optional
        What each row counts; None: 1.

    Returns
    -------
    float
        From 0.1 to 10; 1 without rows.

    References
    ----------
    Guo, Pleiss, Sun & Weinberger (2017), On calibration of modern neural networks.

    Examples
    --------
    >>> doubtful = np.repeat([[0.6], [0.4]], 200, axis=0)
    >>> best_temperature(doubtful, doubtful > 0.5) < 0.5
    True
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
