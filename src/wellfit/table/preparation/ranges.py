"""Which new values lie so far outside the range of the training rows that chance does not explain it.

Two tests, on each column; neither assumes how its values are distributed, so heavy tails raise no alarm:

- Many values outside: were new and training rows drawn alike, each order of the n + m values would be equally likely, and at least
  k of m new ones would lie outside the range of n with the probability (C(m, k+1) + n C(m, k)) / C(n+m, k+1).
- One value far outside: beyond the range by a hundred times its width; or by ten times, where even the largest of m values from a
  heavy tail (Pareto, index 1.5) would hardly come so far: it passes r times the largest of n with the probability m / (m + n r^1.5).

Dates move on: that new ones come after the training period is no news. Only one that is ten times as far from it as it is long, and
ten years, is far outside.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["chance_of", "far_outside", "outside_note"]

Values = NDArray[np.float64]

# Beyond the range by less than this share of its width, a value is not counted: rounding, and the next step of a scale.
MARGIN = 0.1
# How likely chance may make a remark on a table, and a remark on a single value of it.
LEAST_CHANCE, LEAST_CHANCE_OF_ONE = 1e-3, 1e-2
# Widths beyond the range. On a tenth of the rows of 24 open tables as training rows, the farthest of the others lay 35 away.
FAR, VERY_FAR = 10.0, 100.0
TAIL = 1.5
DAYS = 3_652.5  # ten years
UNITS = {"time": " hours", "duration": " seconds"}


def chance_of(outside: int, new: int, known: int) -> float:
    """Return the probability that as many of the `new` values, or more, lie outside the range of the `known` ones by chance."""
    if not outside:
        return 1.0
    one_training = math.log(known) + _log_choose(new, outside)
    none = math.exp(_log_choose(new, outside + 1) - one_training)
    return min(1.0, math.exp(one_training - _log_choose(new + known, outside + 1)) * (1.0 + none))


def far_outside(values: Values, low: float, high: float, known: int, columns: int, *, dates: bool = False) -> NDArray[np.bool_] | None:
    """Return which values (n,) lie outside the training range, nan for gaps; None if chance explains it.

    `known` counts the training values, and `columns` the columns that are checked alike: chance has as many tries. Dates, in days, may come
    after the range.
    """
    farthest = max(float(np.fmax.reduce(values)) - high, low - float(np.fmin.reduce(values)))
    width = high - low
    if not farthest > MARGIN * width:  # also where all are gaps
        return None
    with np.errstate(over="ignore"):
        beyond: Values = np.fmax(values - high, low - values)
    if dates:
        bound = max(FAR * width, DAYS)
        return beyond > bound if farthest > bound else None
    outside = beyond > MARGIN * width
    new, count = int(np.count_nonzero(~np.isnan(values))), int(np.count_nonzero(outside))
    ratio = farthest / width + 1.0
    of_one = 1.0 / (1.0 + known / new * min(ratio, 1e100) ** TAIL)
    is_far = farthest > VERY_FAR * width or (farthest > FAR * width and of_one * columns < LEAST_CHANCE_OF_ONE)
    return outside if is_far or chance_of(count, new, known) * columns < LEAST_CHANCE else None


def outside_note(name: str, kind: str, values: Values, outside: NDArray[np.bool_], low: float, high: float) -> str:
    """Return the sentence on values outside the training range."""
    count = int(np.count_nonzero(outside))
    with np.errstate(over="ignore"):
        distance = np.where(outside, np.fmax(values - high, low - values), -np.inf)
    row = int(distance.argmax())
    unit, advice = UNITS.get(kind, ""), "the dates" if kind == "date" else "the column's unit and decimal sign"
    total = f"{len(values):,} {'row' if len(values) == 1 else 'rows'}"
    rows = f"{count:,} of {total} ({100 * count / len(values):.3g} %) {'lies' if count == 1 else 'lie'}"
    return (
        f"column {name!r}: {rows} far outside the training range, {_shown(low, kind)} to {_shown(high, kind)}{unit} "
        f"({_shown(float(values[row]), kind)} in row {row + 1}); predictions there are extrapolations: check {advice}."
    )


def _shown(value: float, kind: str) -> str:
    return str(np.datetime64(math.floor(value), "D")) if kind == "date" else f"{value:.6g}"


def _log_choose(total: int, some: int) -> float:
    """Return the logarithm of the binomial coefficient; that of 0 where more are taken than there are."""
    return -math.inf if some > total else math.lgamma(total + 1) - math.lgamma(some + 1) - math.lgamma(total - some + 1)
