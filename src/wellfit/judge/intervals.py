"""Intervals that hold the true value in about 95 of 100 tables: for error rates, for RMSE and R^2, and for differences.

Rows are a sample, and so are the seeds of training. Intervals over rows come from closed formulas, so that they are quick
and the same at every run; two of them combine into the interval of a difference by the square-and-add rule, which is exact
enough at the edges (0 errors in 114 rows) where the normal approximation fails.

References
----------
Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.
Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions: comparison of eleven
methods; Improved confidence intervals for the difference between binomial proportions based on paired data. Statistics in
Medicine 17, 873-890 (method 10) and 2635-2650 (method 10).
Zou, G. Y. & Donner, A. (2008). Construction of confidence limits about effect measures: a general approach. Statistics in
Medicine 27, 1693-1702.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.errors import DataError

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """An estimate and the interval around it.

    Parameters
    ----------
    estimate, low, high : float
        In the same units, `low` <= `estimate` <= `high`.

    Examples
    --------
    >>> Interval(0.1, 0.05, 0.2).holds(0.15)
    True
    """

    estimate: float
    low: float
    high: float

    @classmethod
    def exactly(cls, value: float) -> Interval:
        """Return the interval of a value that is known, not estimated.

        Parameters
        ----------
        value : float
            The value.

        Returns
        -------
        Interval
        """
        return cls(value, value, value)

    def reversed(self) -> Interval:
        """Return the interval of the difference the other way round.

        Returns
        -------
        Interval

        Examples
        --------
        >>> Interval(0.5, -1.0, 2.0).reversed()
        Interval(estimate=-0.5, low=-2.0, high=1.0)
        """
        return Interval(-self.estimate, -self.high, -self.low)

    def within(self, low: float, high: float) -> Interval:
        """Return the interval cut off where its quantity cannot be.

        Parameters
        ----------
        low, high : float
            The least and the largest value that is possible.

        Returns
        -------
        Interval
        """
        return Interval(self.estimate, max(low, self.low), min(high, self.high))

    def holds(self, value: float) -> bool:
        """Return whether a value lies inside, ends included.

        Parameters
        ----------
        value : float
            The value.

        Returns
        -------
        bool
        """
        return self.low <= value <= self.high


class Spread(NamedTuple):
    """How far single networks lie from the mean of their seeds."""

    deviation: float  # standard deviation
    freedom: int  # degrees of freedom; 0 where nothing is known


def wilson(rate: float, rows: int) -> Interval:
    """Return Wilson's score interval of an error rate over some rows; raise `DataError` without rows.

    (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n). For a rate that is an average over several networks on the same
    rows it is at most too wide: averaging only lessens the variance of a row.
    """
    if rows < 1:
        raise DataError("an error rate needs at least 1 row, found 0.")
    z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
    centre = (rate + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z * math.sqrt(rate * (1 - rate) / rows + z * z / (4 * rows * rows)) / (1 + z * z / rows)
    # Rounding may leave the ends a hair inside or beyond a rate of 0 or 1.
    return Interval(rate, max(0.0, min(rate, centre - half)), min(1.0, max(rate, centre + half)))


def root_mean_square(squares: ArrayLike) -> Interval:
    """Return the interval of a root mean squared error, in the target's units, from squared errors (rows,); `DataError` without rows.

    The logarithm of the mean square is taken as normal, its variance by the delta method: log(mse) -+ t se / mse, with Student's t of n - 1
    degrees of freedom. The ends are positive, and tails heavier than the normal's widen it. Simulated over 20 to 1,000 rows it holds the
    true value 92 to 95 times in 100 for normal errors, 87 to 94 for Laplace's. With 1 row nothing is known above: `high` is inf.
    """
    values = np.asarray(squares, dtype=np.float64)
    mean = _mean_of_rows(values)
    if mean == 0.0:
        return Interval.exactly(0.0)
    factor = _spread_factor(values / mean)
    return Interval(math.sqrt(mean), math.sqrt(mean / factor), math.sqrt(mean * factor))


def determination(squares: ArrayLike, deviations: ArrayLike) -> Interval:
    """Return the interval of R^2 = 1 - mean square / variance, from squared errors and squared deviations from the mean, both (rows,).

    The logarithm of the ratio is taken as normal, its variance by the delta method with both means estimated on the same rows. `estimate`
    is 1 without any error, and 0 where the target does not vary and there is error. Raise `DataError` without rows.
    """
    values, spread = np.asarray(squares, dtype=np.float64), np.asarray(deviations, dtype=np.float64)
    mean, variance = _mean_of_rows(values), _mean_of_rows(spread)
    if mean == 0.0:
        return Interval.exactly(1.0)
    if variance == 0.0:
        return Interval.exactly(0.0)
    ratio, factor = mean / variance, _spread_factor(values / mean - spread / variance)
    return Interval(1 - ratio, 1 - ratio * factor, 1 - ratio / factor)


def difference(first: Interval, second: Interval, correlation: float = 0.0) -> Interval:
    """Return the interval of first - second, by square-and-add.

    The distances to the two ends add like standard deviations. With Wilson's intervals this is Newcombe's method 10, for independent rates
    (a correlation of 0) or for rates on the same rows (that of `row_correlation`).
    """
    below = _add(first.estimate - first.low, second.high - second.estimate, correlation)
    above = _add(first.high - first.estimate, second.estimate - second.low, correlation)
    estimate = first.estimate - second.estimate
    return Interval(estimate, estimate - below, estimate + above)


def row_correlation(first: ArrayLike, second: ArrayLike) -> float:
    """Return the correlation of two models' errors (0, 1 or squares) over the same rows; 0 where one does not vary.

    For errors of 0 or 1 it is the phi coefficient of the fourfold table.
    """
    left, right = (np.asarray(values, dtype=np.float64) for values in (first, second))
    left, right = left - left.mean(), right - right.mean()
    scale = math.sqrt(float(left @ left) * float(right @ right))
    return max(-1.0, min(1.0, float(left @ right) / scale)) if scale > 0 else 0.0


def pooled_spread(groups: Sequence[ArrayLike]) -> Spread:
    """Return the spread of one network about the mean of its seeds, pooled over groups of networks, one error for each seed.

    A few seeds alone say little about their spread (Student's t of 2 networks is 12.7); several settings on the same rows together say
    more, at the price of taking their spreads as alike.
    """
    each = [np.asarray(group, dtype=np.float64) for group in groups]
    freedom = sum(max(0, len(group) - 1) for group in each)
    squares = sum(float(((group - group.mean()) ** 2).sum()) for group in each if len(group) > 1)
    return Spread(math.sqrt(squares / freedom) if freedom else 0.0, freedom)


def widened_by_seeds(interval: Interval, spread: Spread, networks: float) -> Interval:
    """Return an interval over rows, of an average over so many networks, widened by what the seeds of training add.

    The half width of Student's interval of the mean over seeds, t s / sqrt(networks), is added in quadrature; nothing where the spread has
    no degree of freedom. Seeds also differ through the rows they happen to get wrong, which the interval over rows already counts: the
    result is rather too wide than too narrow.
    """
    if spread.freedom < 1:
        return interval
    half = student(spread.freedom) * spread.deviation / math.sqrt(networks)
    return Interval(
        interval.estimate,
        interval.estimate - math.hypot(interval.estimate - interval.low, half),
        interval.estimate + math.hypot(interval.high - interval.estimate, half),
    )


def student(freedom: int) -> float:
    """Return the two-sided quantile of Student's t for at least 1 degree of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + LEVEL / 2))


def _add(first: float, second: float, correlation: float) -> float:
    """Length of the sum of two deviations with a correlation; 0 where rounding makes its square negative."""
    if math.isinf(first) or math.isinf(second):
        return math.inf
    return math.sqrt(max(0.0, first * first - 2 * correlation * first * second + second * second))


def _mean_of_rows(values: NDArray[np.float64]) -> float:
    """Mean of a vector that must not be empty."""
    if values.size == 0:
        raise DataError("an error needs at least 1 row, found 0.")
    return float(values.mean())


def _spread_factor(relative: NDArray[np.float64]) -> float:
    """exp(t se) of the mean of `relative`; inf for a single row."""
    if relative.size < 2:
        return math.inf
    return math.exp(student(relative.size - 1) * float(relative.std(ddof=1)) / math.sqrt(relative.size))
