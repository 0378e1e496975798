"""Probabilities made surer or less sure by one number (temperature scaling; Guo, Pleiss, Sun & Weinberger 2017)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from wellfit.maths.losses import LEAST_PROBABILITY

__all__ = ["LEAST_TEMPERATURE", "MOST_TEMPERATURE", "log_odds", "tempered"]

# Beyond these all probabilities are 0 and 1, or all the same; far beyond them the quotient is no number that float64 has.
LEAST_TEMPERATURE, MOST_TEMPERATURE = 1e-3, 1e3


def tempered(probabilities: ArrayLike, temperature: float) -> NDArray[np.float64]:
    """Return p_k^(1/T) / sum_j p_j^(1/T): surer for a temperature T below 1, less sure above it.

    Parameters
    ----------
    probabilities : array of shape (n, 1) or (n, classes)
        Of the second of two classes, or of each class.
    temperature : float
        T, from `LEAST_TEMPERATURE` to `MOST_TEMPERATURE`. With 1 the probabilities come back as they are; else they are first
        drawn in to [2^-24, 1 - 2^-24].

    Returns
    -------
    float64 array of the same shape

    Examples
    --------
    >>> tempered([[0.2, 0.8]], 0.5).round(4).tolist()
    [[0.0588, 0.9412]]
    >>> tempered([[0.8]], 0.5).round(4).tolist()
    [[0.9412]]
    """
    given = np.asarray(probabilities, dtype=np.float64)
    if temperature == 1.0:
        return given
    scores = log_odds(given) / temperature
    spread: NDArray[np.float64] = special.expit(scores) if given.shape[1] == 1 else special.softmax(scores, axis=1)
    return spread


def log_odds(probabilities: ArrayLike) -> NDArray[np.float64]:
    """Return what a temperature divides: log(p / (1 - p)) of a single column, log p of several.

    Parameters
    ----------
    probabilities : array of shape (n, 1) or (n, classes)
        Of the second of two classes, or of each class; drawn in to [2^-24, 1 - 2^-24].

    Returns
    -------
    float64 array of the same shape
        Finite.

    Examples
    --------
    >>> log_odds([[0.5], [1.0]]).round(2).tolist()
    [[0.0], [16.64]]
    """
    inside = np.clip(np.asarray(probabilities, dtype=np.float64), LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY)
    scores: NDArray[np.float64] = special.logit(inside) if inside.shape[1] == 1 else np.log(inside)
    return scores
