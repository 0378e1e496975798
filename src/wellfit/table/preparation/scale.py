"""Columns of numbers, dates and times, scaled: by mean and standard deviation, or by quartiles and smoothly clipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.plurals import counted
from wellfit.table import moments, numerals
from wellfit.table.columns import TypedColumn
from wellfit.table.preparation.ranges import far_outside, outside_note

__all__ = ["FILLING", "SCALINGS", "Scaled", "fit_scaled", "mean_and_scale", "median_and_scale", "refit_scaled"]

Matrix = NDArray[np.floating]
Rows = NDArray[np.int64]

DATE_PARTS = ("days", "month", "weekday", "hour")
# Where scaled values end, smoothly; 3 is the value of skrub's SquashingScaler (and of Holzmüller et al. 2024, "Better by default").
ENDS = {"standard": np.inf, "clip": 8.0, "squash": 3.0}
SCALINGS = tuple(ENDS)
# And where they end otherwise: a slip of the keyboard in one cell must not make a prediction inf.
FARTHEST = 1e6
# Parts of a column whose new values are compared with the training range: months and weekdays come round, truth values are two.
RANGED = {"number": "value", "time": "value", "duration": "value", "date": "days"}

# What gaps of numbers are filled with, in sentences; `_learned` computes it.
FILLING = "the median"


@dataclass(frozen=True)
class Scaled:
    """A column of numbers, truth values, dates or times: z = (value - mean) / scale, gaps filled with the median.

    Clipped, z becomes z / sqrt(1 + (z / 8)²), which lies within ±8. Squashed, mean and scale are the median and the distance of the
    quartiles, and z becomes z / sqrt(1 + (z / 3)²).
    """

    name: str
    kind: str  # "number", "boolean", "date", "time" or "duration"
    parts: tuple[str, ...]  # "value", or those of `DATE_PARTS` that vary; empty where only the gaps do
    fill: tuple[float, ...]  # one for each part, like `mean` and `scale`
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    gaps: bool  # a further column marks gaps with 1
    form: str = ""  # how texts of numbers or dates are written
    scaling: str = "standard"  # one of `SCALINGS`
    low: tuple[float, ...] = ()  # the training range of each part; empty where unknown, as in models of the formats 1 to 3
    high: tuple[float, ...] = ()
    known: int = 0  # training rows with a value; 0 where the range is unknown

    @property
    def names(self) -> list[str]:
        """Names of the prepared columns."""
        values = [self.name if part == "value" else f"{self.name}: {part}" for part in self.parts]
        return values + ([f"{self.name} is missing"] if self.gaps else [])

    @property
    def width(self) -> int:
        """Number of the prepared columns."""
        return len(self.parts) + self.gaps

    def write(self, column: TypedColumn, out: Matrix, remarks: list[str], columns: int = 1) -> list[str]:
        """Write the prepared columns into zeros of shape (n, columns), and return what was done that training gave no reason for.

        `remarks` gets a sentence where values lie far outside the training range; `columns` of the table are compared with theirs.
        """
        by_part = _numbers_by_part(column)
        missing = np.isnan(next(iter(by_part.values())))
        gaps = int(missing.sum())
        far = 0
        for place, part in enumerate(self.parts):
            values = by_part.pop(part)
            if self.known and part == RANGED.get(self.kind):
                remarks += self._remarks(values, place, columns)
            # A new array: what a column hands out may be the caller's.
            values = np.where(missing, self.fill[place], values)
            with np.errstate(over="ignore"):
                values -= self.mean[place]
                values /= self.scale[place]
            far += int(np.count_nonzero((values > FARTHEST) | (values < -FARTHEST)))
            np.clip(values, -FARTHEST, FARTHEST, out=values)
            out[:, place] = values / np.sqrt(1.0 + (values / ENDS[self.scaling]) ** 2)
        if self.gaps:
            out[:, len(self.parts)] = missing
        notes = []
        if far and self.scaling != "squash" and not self.known:
            cells = counted(far, "cell")
            notes.append(f"column {self.name!r}: {cells} more than a million standard deviations from the mean, clipped.")
        if gaps and not self.gaps:
            notes.append(f"column {self.name!r}: {counted(gaps, 'missing value')}, but training had none: filled with {FILLING}.")
        return notes

    def _remarks(self, values: NDArray[np.float64], place: int, columns: int) -> list[str]:
        """Return a sentence on the values of a part that lie far outside its training range, if there are any."""
        low, high = self.low[place], self.high[place]
        outside = far_outside(values, low, high, self.known, columns, dates=self.kind == "date")
        return [] if outside is None else [outside_note(self.name, self.kind, values, outside, low, high)]

    def to_dict(self) -> dict[str, Any]:
        """Return all that is no array as a dictionary that `json.dumps` accepts."""
        about = {"name": self.name, "kind": self.kind, "form": self.form}
        return about | {"parts": list(self.parts), "gaps": self.gaps, "scaling": self.scaling, "known": self.known}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], arrays: Mapping[str, NDArray[np.float64]]) -> Scaled | None:
        """Make the column from what a file holds; None if it is none that training writes."""
        values = {"form": "", "scaling": "standard", "known": 0, **values}
        if set(values) != {"name", "kind", "form", "parts", "gaps", "scaling", "known"}:
            return None
        name, kind, form, parts = values["name"], values["kind"], values["form"], values["parts"]
        forms = {"number": numerals.FORMS, "date": moments.FORMS}
        good = (
            isinstance(name, str)
            and isinstance(kind, str)
            and kind in ("number", "boolean", "date", "time", "duration")
            and form in forms.get(kind, ("",))
            and isinstance(parts, list)
            and all(part in (DATE_PARTS if kind == "date" else ("value",)) for part in parts)
            and len(set(parts)) == len(parts) == len(arrays["fill"])
            and isinstance(values["gaps"], bool)
            and (bool(parts) or values["gaps"])
            and values["scaling"] in SCALINGS
            and bool((arrays["low"] < arrays["high"]).all())
        )
        if not good:
            return None
        fill, mean, scale, low, high = (tuple(arrays[which].tolist()) for which in ("fill", "mean", "scale", "low", "high"))
        return cls(name, kind, tuple(parts), fill, mean, scale, values["gaps"], form, values["scaling"], low, high, values["known"])


def fit_scaled(column: TypedColumn, rows: Rows | None = None, scaling: str = "standard") -> Scaled | str:
    """Learn the medians, means and scales of a column; return why where it is of no use: ``empty`` or ``constant``.

    Truth values are neither clipped nor squashed: there is nothing far off among them.
    """
    kind, form = column.reading.kind, column.reading.form
    scaling = "standard" if kind == "boolean" else scaling
    by_part = _numbers_by_part(column, rows)
    missing = np.isnan(next(iter(by_part.values())))
    if missing.all():
        return "empty"
    learned = {part: _learned(by_part.pop(part), missing, scaling) for part in list(by_part)}
    learned = {part: numbers for part, numbers in learned.items() if numbers.scale > 0}
    gaps = bool(missing.any())
    if not learned and not gaps:
        return "constant"
    blank = Scaled(column.name, kind, tuple(learned), (), (), (), gaps, form, scaling)
    return _with_numbers(blank, list(learned.values()), len(missing) - int(missing.sum()))


def refit_scaled(feature: Scaled, column: TypedColumn, rows: Rows | None) -> Scaled:
    """Learn the numbers of a column anew, on other rows; into which prepared columns it turns stays as it is."""
    by_part = _numbers_by_part(column, rows)
    missing = np.isnan(next(iter(by_part.values())))
    learned = [_learned(by_part[part], missing, feature.scaling) for part in feature.parts]
    return _with_numbers(feature, learned, len(missing) - int(missing.sum()))


class _Numbers(NamedTuple):
    """What is learned of a part of a column; a scale of 0 where its values do not vary."""

    fill: float = 0.0
    mean: float = 0.0
    scale: float = 0.0
    low: float = 0.0
    high: float = 0.0


def _learned(values: NDArray[np.float64], missing: NDArray[np.bool_], scaling: str) -> _Numbers:
    known = values[~missing] if missing.any() else values
    if not len(known):
        return _Numbers()
    median, distance = median_and_scale(known)
    mean, scale = mean_and_scale(np.where(missing, median, values) if missing.any() else values)
    if scaling == "squash":
        mean, scale = median, distance if scale > 0 else 0.0
    return _Numbers(median, mean, scale if distance > 0 else 0.0, float(known.min()), float(known.max()))


def _with_numbers(feature: Scaled, learned: list[_Numbers], known: int) -> Scaled:
    """Return a column with what was learned. Where a part does not vary, nothing lies far outside its range: it is not kept."""
    vary = all(part.scale > 0 for part in learned)
    fill, mean, scale, low, high = (tuple(numbers) for numbers in zip(*learned, strict=True)) if learned else [()] * 5
    scale = tuple(number or 1.0 for number in scale)
    return replace(
        feature, fill=fill, mean=mean, scale=scale, low=low if vary else (), high=high if vary else (), known=known if vary else 0
    )


def mean_and_scale(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return mean and standard deviation; the latter 0 where the values differ by no more than rounding."""
    # Brought near 1 by a power of two, which is exact: squares of values beyond 1e154 would be inf.
    power = _power(values)
    small = np.ldexp(values, -power)
    mean, variance = float(small.mean()), float(small.var())
    # The bound on the rounding error of a variance that scikit-learn's scaler uses (Chan, Golub & LeVeque 1983).
    reach = len(values) * float(np.finfo(np.float64).eps)
    if values.min() == values.max() or variance <= reach * variance + (reach * mean) ** 2:
        return float(np.ldexp(mean, power)), 0.0
    return float(np.ldexp(mean, power)), float(np.ldexp(np.sqrt(variance), power))


def median_and_scale(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the median and the distance of the quartiles; where these are equal, half the distance of the extremes."""
    power = _power(values) + 1  # half of the largest: the distance of two extremes must not overflow
    small = np.ldexp(values, -power)
    lower, median, upper = np.quantile(small, (0.25, 0.5, 0.75))
    distance = upper - lower if upper > lower else (small.max() - small.min()) / 2
    with np.errstate(over="ignore"):  # the distance of two extremes may be beyond all numbers
        return float(np.ldexp(median, power)), float(min(np.ldexp(distance, power), np.finfo(np.float64).max))


def _power(values: NDArray[np.float64]) -> int:
    """Return the power of two that the largest of the values is just below."""
    return int(np.frexp(max(values.max(), -values.min()))[1])


def _numbers_by_part(column: TypedColumn, rows: Rows | None = None) -> dict[str, NDArray[np.float64]]:
    """Return the numbers that a column stands for: one array, or one for each part of a date; nan for gaps in all of them."""
    cells = column.values if rows is None else column.values[rows]
    if column.reading.kind != "date":
        return {"value": cells}
    gap = np.isnat(cells)
    dates = np.where(gap, np.datetime64(0, "s"), cells)
    seconds = dates.astype(np.int64)
    days = seconds // 86_400
    numbers: dict[str, NDArray[np.float64]] = {
        "days": seconds / 86_400.0,
        "month": (dates.astype("datetime64[M]").astype(np.int64) % 12 + 1).astype(np.float64),
        "weekday": ((days + 3) % 7).astype(np.float64),  # 1 January 1970 was a Thursday; Monday is 0
        "hour": (seconds - days * 86_400) / 3_600.0,
    }
    for values in numbers.values():
        values[gap] = np.nan
    return numbers
