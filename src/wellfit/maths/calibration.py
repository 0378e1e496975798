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

    Probabilities are (n, 1) of the second class, or (n, classes). T lies between `LEAST_TEMPERATURE` and `MOST_TEMPERATURE`; 1 returns the
    probabilities unchanged, any other first clips them to [2^-24, 1 - 2^-24].
    """
    given = np.asarray(probabilities, dtype=np.float64)
    if temperature == 1.0:
        return given
    scores = log_odds(given) / temperature
    spread: NDArray[np.float64] = special.expit(scores) if given.shape[1] == 1 else special.softmax(scores, axis=1)
    return spread


def log_odds(probabilities: ArrayLike) -> NDArray[np.float64]:
    """Return what a temperature divides: log(p / (1 - p)) of a single column, log p of several.

    Probabilities are (n, 1) of the second class, or (n, classes), and clipped to [2^-24, 1 - 2^-24], so that the result is finite.
    """
    inside = np.clip(np.asarray(probabilities, dtype=np.float64), LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY)
    scores: NDArray[np.float64] = special.logit(inside) if inside.shape[1] == 1 else np.log(inside)
    return scores
