"""Intervals by the Bayesian bootstrap over rows: of an error, of the gap between two parts, of two models on the same rows.

Rows get random shares that sum to 1 in place of being drawn anew, so that a replicate is smooth, and 0 errors in 100 rows do not
become a certainty.

References
----------
Rubin, D. B. (1981). The Bayesian bootstrap. Annals of Statistics 9, 130-134.
Brown, L. D., Cai, T. T. & DasGupta, A. (2001). Interval estimation for a binomial proportion. Statistical Science 16, 101-133.
Hesterberg, T. C. (2015). What teachers should know about the bootstrap. American Statistician 69, 371-386.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from wellfit.judge.intervals import LEVEL, Interval, student
from wellfit.judge.metric import Metric, Rowwise

__all__ = ["REPLICATES", "percentiles", "replicate"]

REPLICATES = 1_000

_CELLS = 1_000_000  # random shares held at a time
_MOST_SHARES = 20_000  # of one replicate; of larger tables a handful of rows drawn together have one share


def replicate(metric: Metric, errors: list[Rowwise], rng: np.random.Generator, replicates: int = REPLICATES) -> NDArray[np.float64]:
    """Return errors of models on the same rows, as they come out when the rows are given random shares.

    Classes: with k of n rows wrong a replicate is a draw from Beta(k + 1/2, n - k + 1/2), which is Jeffreys' posterior; of several
    models the draws go together as the rows do that both get wrong. Numbers: shares are exponential draws over their sum.

    Parameters
    ----------
    metric : Metric
        What is measured.
    errors : list of arrays of shape (rows,)
        As from `Metric.row_errors`, one array a model.
    rng : Generator
        Draws the shares.
    replicates : int
        How many.

    Returns
    -------
    array of shape (replicates, models)
    """
    table = np.stack(errors, axis=1)
    if metric.task == "classification":
        # All rows with the same errors share one Dirichlet draw; patterns that did not occur get their part of the prior, too.
        models = table.shape[1]
        patterns = np.array(np.meshgrid(*[[0.0, 1.0]] * models, indexing="ij")).reshape(models, -1).T
        counts = np.bincount(table.astype(np.int64) @ (1 << np.arange(models)[::-1]), minlength=len(patterns))
        drawn: NDArray[np.float64] = rng.dirichlet(counts + 1.0 / len(patterns), size=replicates) @ patterns
        return drawn
    starts = np.arange(0, len(table), -(-len(table) // _MOST_SHARES))
    if len(starts) < len(table):
        table = table[rng.permutation(len(table))]
    sums, counts = np.add.reduceat(table, starts), np.diff([*starts, len(table)])
    means = np.empty((replicates, table.shape[1]))
    step = max(1, _CELLS // len(starts))
    for start in range(0, replicates, step):
        shares = rng.standard_exponential((min(step, replicates - start), len(starts)))
        means[start : start + step] = (shares @ sums) / (shares @ counts)[:, None]
    return np.sqrt(means)


def percentiles(metric: Metric, estimate: float, replicates: NDArray[np.float64], rows: int) -> Interval:
    """Return the 95 % interval that replicates make.

    Parameters
    ----------
    metric : Metric
        For numbers the percentiles lie further out the fewer rows there are: the bootstrap takes the spread of n rows for known,
        and estimates it too small by (n - 1) / (n + 1).
    estimate : float
        The value itself, which lies inside.
    replicates : array of shape (replicates,)
        Of the value.
    rows : int
        Rows that were resampled; of two parts the smaller number.

    Returns
    -------
    Interval
    """
    outside = (1 - LEVEL) / 2
    if metric.task == "regression":
        if rows < 2:
            return Interval(estimate, -math.inf, math.inf)
        outside = NormalDist().cdf(-math.sqrt((rows + 1) / (rows - 1)) * student(rows - 1))
    low, high = np.quantile(replicates, [outside, 1 - outside])
    return Interval(estimate, min(float(low), estimate), max(float(high), estimate))
