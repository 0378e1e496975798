"""The metric of errors: the error rate for classes, the RMSE in the target's units for numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.errors import DataError, SpecError
from wellfit.judge.intervals import Interval, root_mean_square, wilson

Rowwise = NDArray[np.float64]

# Words for a difference above 0, below 0, and of 0.
Sides = tuple[str, str, str]
SIDES: Sides = ("higher", "lower", "the same")
HIGHER: Sides = ("higher than", "lower than", "the same as")
ABOVE: Sides = ("above", "below", "level with")

# Of a target: the spread of squared errors takes its fourth power.
LEAST_SCALE, MOST_SCALE = 1e-70, 1e70


def check_scale(name: str, scale: float) -> None:
    """Raise `DataError` if a target's standard deviation is so large or small that its squared errors leave the range of float64."""
    if not LEAST_SCALE <= scale <= MOST_SCALE:
        many = "large" if scale > 1 else "small"
        raise DataError(
            f"target {name!r} has a standard deviation of {scale:.3g}, too {many} to square errors; rescale it to "
            f"between {LEAST_SCALE:g} and {MOST_SCALE:g}."
        )


class Kind(NamedTuple):
    """What defines a metric: errors of rows, their total and its interval, and how errors are written."""

    name: str  # what an error is called
    most: float  # the largest possible error; 0 is the best
    is_share: bool  # errors are shares, written in percent
    # (outputs (rows, outputs), Y (rows,), target's units in one of Y, threshold of two classes) to errors (rows,)
    row_errors: Callable[[Rowwise, Rowwise, float, float], Rowwise]
    of_mean: Callable[[Rowwise], Rowwise]  # means of row errors to total errors
    interval: Callable[[Rowwise], Interval]  # row errors to the total error with its 95 % interval over rows
    lost: float  # error of a row without a finite output: large enough to be seen, and its mean over any table is finite
    wanted: str  # what a target error has to be


def _wrong(outputs: Rowwise, truth: Rowwise, scale: float, threshold: float) -> Rowwise:
    codes = outputs.argmax(axis=1) if outputs.shape[1] > 1 else outputs[:, 0] > threshold
    return np.asarray(codes != truth, dtype=np.float64)


def _square(outputs: Rowwise, truth: Rowwise, scale: float, threshold: float) -> Rowwise:
    found: Rowwise = ((outputs[:, 0] - truth) * scale) ** 2
    return found


# A metric is a row of this table.
KINDS = {
    "classification": Kind(
        "error",
        most=1.0,
        is_share=True,
        row_errors=_wrong,
        of_mean=np.asarray,
        interval=lambda errors: wilson(float(np.mean(errors)), len(errors)),
        lost=1.0,
        wanted="a share of the rows in [0, 1], such as 0.02",
    ),
    "regression": Kind(
        "RMSE",
        most=math.inf,
        is_share=False,
        row_errors=_square,
        of_mean=np.sqrt,
        interval=root_mean_square,
        lost=1e200,
        wanted="an RMSE of at least 0",
    ),
}


@dataclass(frozen=True)
class Metric:
    """The error of outputs, for each row and in total, and how it is written."""

    task: str  # "classification" or "regression"
    spread: float = 1.0  # of the target over the training rows: standard deviation in its own units; regression only
    scale: float = 1.0  # units of the target in one unit of Y: networks train on a standardised target

    @property
    def kind(self) -> Kind:
        """The definition of the metric."""
        return KINDS[self.task]

    @property
    def name(self) -> str:
        """``"error"`` or ``"RMSE"``."""
        return self.kind.name

    def row_errors(self, outputs: ArrayLike, Y: ArrayLike, threshold: float | None = None) -> Rowwise:
        """Return each row's error: 0 or 1 for classes, the squared error in squared units of the target for numbers.

        `outputs` (rows, outputs) come from an engine's `forward`; Y (rows, 1) is as in `TrainingData`. The second of two classes is
        predicted above the threshold; None: 0.5.
        """
        given, truth = np.asarray(outputs, dtype=np.float64), np.asarray(Y, dtype=np.float64)[:, 0]
        return self.kind.row_errors(given, truth, self.scale, 0.5 if threshold is None else threshold)

    def interval(self, row_errors: Rowwise) -> Interval:
        """Return the error with its 95 % interval over rows; errors may be averages over several models."""
        return self.kind.interval(row_errors)

    def possible(self, interval: Interval, is_difference: bool = False) -> Interval:
        """Return an interval cut off where an error, or a difference of two errors, cannot be."""
        return interval.within(-self.kind.most if is_difference else 0.0, self.kind.most)

    def total(self, row_errors: Rowwise) -> float:
        """Return the error alone."""
        return float(self.kind.of_mean(np.asarray(np.mean(row_errors))))

    def influence(self, row_errors: Rowwise) -> Rowwise:
        """Return what each row adds to the error: its derivative by the row's share."""
        return row_errors if self.kind.is_share else row_errors / (2 * max(self.total(row_errors), 1e-12))

    def margin(self, error: float) -> float:
        """Return the smallest relevant difference: a tenth of an error, at least 1 row in 100 or 1 % of the target's deviation."""
        floor = 0.01 if self.kind.is_share else 0.01 * self.spread
        return max(floor, 0.1 * error)

    def parse(self, target_error: float) -> float:
        """Return a user's target error; raise `SpecError` if it is invalid."""
        if not 0.0 <= target_error <= self.kind.most or math.isinf(target_error):
            raise SpecError(f"target error must be {self.kind.wanted}, found {target_error!r}.")
        return float(target_error)

    def show(self, value: float) -> str:
        """Return an error as it is written in tables and sentences, such as ``"2.6 %"`` or ``"0.143"``."""
        return f"{self.figure(value)} %" if self.kind.is_share else self.figure(value)

    def show_difference(self, value: float, sign: bool = False) -> str:
        """Return a difference of two errors as it is written in sentences, such as ``"7.7 points"`` (of a hundred) or ``"0.143"``."""
        return self.figure(value, sign) + (" points" if self.kind.is_share else "")

    def figure(self, value: float, sign: bool = False) -> str:
        """Return an error as a bare figure, percent or the target's units; with `sign`, what does not round to 0 has its sign."""
        if math.isnan(value):
            return "?"
        if math.isinf(value):
            text = "inf" if value > 0 else "-inf"
        elif self.kind.is_share:
            text = f"{100 * value:.1f}"
        else:
            # Four figures of the target's spread: all errors of one table then share their decimals, and good ones keep three figures.
            decimals = 3 - math.floor(math.log10(self.spread)) if self.spread > 0 else 4
            text = f"{value:.{decimals}f}" if 0 <= decimals <= 6 else f"{value:,.0f}" if -4 <= decimals < 0 else f"{value:.3g}"
            # A diverged network is off by more digits than anybody reads. From a power of ten on, so that figures keep their order.
            text = f"{value:.3g}" if self.spread > 0 and abs(value) >= 10.0 ** (9 - decimals) else text
        if float(text.replace(",", "")) == 0:
            return text.removeprefix("-")
        return f"+{text}" if sign and not text.startswith("-") else text

    def range(self, interval: Interval, sign: bool = False) -> str:
        """Return the ends of an interval, such as ``"0.9 to 7.5"``."""
        return f"{self.figure(interval.low, sign)} to {self.figure(interval.high, sign)}"

    # === With intervals: the only place that words them ===

    def figures(self, interval: Interval, sign: bool = False) -> str:
        """Return an error, or with `sign` a difference, and its interval for a cell of a table, such as ``+1.4 (-0.2 to +5.7)``."""
        return f"{self.figure(interval.estimate, sign)} ({self.range(interval, sign)})"

    def error_words(self, error: Interval) -> str:
        """Return an error with its interval, such as ``3.1 % (95 %: 2.6 to 3.6)``."""
        return f"{self.show(error.estimate)} (95 %: {self.range(error)})"

    def difference_words(self, difference: Interval) -> str:
        """Return a difference of two errors with its interval, both with signs, such as ``+1.4 points (95 %: -0.2 to +5.7)``."""
        return f"{self.show_difference(difference.estimate, sign=True)} (95 %: {self.range(difference, sign=True)})"

    def compared(self, difference: Interval, other: str = "", sides: Sides = SIDES, which: str = "") -> str:
        """Return how an error differs from another, such as ``0.9 points higher than before (95 %: -3.1 to +5.3)``.

        `difference` is the error less the other; `other` may be empty. `sides` are the words for a difference above 0, below 0, and that
        rounds to 0, and signs agree with them. `which` names the rows of the interval where that is needed.
        """
        side = self.side(difference.estimate, other, sides)
        return f"{side} (95 %{f', {which}' if which else ''}: {self.range(difference, sign=True)})"

    def side(self, difference: float, other: str = "", sides: Sides = SIDES) -> str:
        """Return what `compared` does of a difference without an interval."""
        text = self.figure(difference, sign=True)
        more, less, equal = sides
        words = (equal,) if text[0] not in "+-" else (self.show_difference(abs(difference)), more if text[0] == "+" else less)
        return " ".join(filter(None, (*words, other)))
