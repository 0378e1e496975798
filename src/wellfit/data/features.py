"""The two ways a column becomes numbers: scaled (numbers, truth values, dates) and coded (categories)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.data.columns import as_dates, as_numbers, as_texts
from wellfit.data.table import quoted

__all__ = ["DATE_PARTS", "Coded", "Scaled", "fit_coded", "fit_scaled", "mean_and_scale"]

Matrix = NDArray[np.floating]
Column = pd.Series

DATE_PARTS = ("days", "month", "weekday", "hour")
# Scaled values end here: a slip of the keyboard in one cell must not make a prediction inf.
FARTHEST = 1e6


# === Scaled ===


@dataclass(frozen=True)
class Scaled:
    """A column of numbers, truth values or dates: (value - mean) / scale, gaps filled with the median.

    Parameters
    ----------
    name : str
        The column.
    kind : str
        ``number``, ``boolean`` or ``date``.
    parts : tuple of str
        ``value``, or those of `DATE_PARTS` that vary; empty where only the gaps do.
    fill, mean, scale : tuple of float
        One for each part.
    gaps : bool
        Whether a further column says, with 1, where a gap was.
    """

    name: str
    kind: str
    parts: tuple[str, ...]
    fill: tuple[float, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    gaps: bool

    @property
    def names(self) -> list[str]:
        """Names of the prepared columns."""
        values = [self.name if part == "value" else f"{self.name}: {part}" for part in self.parts]
        return values + ([f"{self.name} is missing"] if self.gaps else [])

    def write(self, column: Column[Any] | None, out: Matrix) -> list[str]:
        """Write the prepared columns, and return what had to be done that training did not see.

        Parameters
        ----------
        column : pandas.Series of n rows or None
            The values; None: a gap in every row.
        out : array of shape (n, columns)
            Where to write.

        Returns
        -------
        list of str
            One sentence each.
        """
        missing = np.ones(len(out), dtype=bool)
        if column is None:
            values = [np.full(len(out), np.nan) for _ in self.parts]
        else:
            by_part = numbers_by_part(column, self.kind)
            values = [by_part[part] for part in self.parts]
            missing = np.isnan(next(iter(by_part.values())))
        far = 0
        for place, (numbers, fill, mean, scale) in enumerate(zip(values, self.fill, self.mean, self.scale, strict=True)):
            with np.errstate(over="ignore"):
                scaled = (np.where(missing, fill, numbers) - mean) / scale
            beyond = np.abs(scaled) > FARTHEST
            far += int(beyond.sum())
            out[:, place] = np.clip(scaled, -FARTHEST, FARTHEST) if beyond.any() else scaled
        if self.gaps:
            out[:, len(self.parts)] = missing
        said = []
        if far:
            said.append(f"column {self.name!r}: {_cells(far)} more than a million standard deviations from the mean, drawn in to that.")
        if column is not None and missing.any() and not self.gaps:
            said.append(f"column {self.name!r}: {_gaps(missing)}, though training had none: filled with the median.")
        return said


def fit_scaled(column: Column[Any], kind: str) -> Scaled | str:
    """Learn the medians, means and scales of a column.

    Parameters
    ----------
    column : pandas.Series
        Training rows.
    kind : str
        ``number``, ``boolean`` or ``date``.

    Returns
    -------
    Scaled or str
        Or the reason for which the column is of no use: ``empty`` or ``constant``.
    """
    by_part = numbers_by_part(column, kind)
    missing = np.isnan(next(iter(by_part.values())))
    if missing.all():
        return "empty"
    learned = []
    for part, numbers in by_part.items():
        fill = 2.0 * float(np.median(numbers[~missing] / 2.0))  # halved: the mean of the two middle values must not overflow
        mean, scale = mean_and_scale(np.where(missing, fill, numbers))
        if scale > 0:
            learned.append((part, fill, mean, scale))
    if not learned and not missing.any():
        return "constant"
    parts, fills, means, scales = (tuple(items) for items in zip(*learned, strict=True)) if learned else ((), (), (), ())
    return Scaled(str(column.name), kind, parts, fills, means, scales, bool(missing.any()))


def numbers_by_part(column: Column[Any], kind: str) -> dict[str, NDArray[np.float64]]:
    """Return the numbers that a column stands for: one array, or one for each part of a date; nan for gaps in all of them.

    Parameters
    ----------
    column : pandas.Series of n rows
        The values.
    kind : str
        ``number``, ``boolean`` or ``date``.

    Returns
    -------
    dict of str to float64 array of shape (n,)
    """
    if kind != "date":
        return {"value": as_numbers(column, kind)}
    moments = as_dates(column)
    gap = np.isnat(moments)
    seconds = np.where(gap, np.datetime64(0, "s"), moments).astype(np.int64)
    months = np.where(gap, np.datetime64(0, "s"), moments).astype("datetime64[M]").astype(np.int64)
    days = seconds // 86_400
    numbers: dict[str, NDArray[np.float64]] = {
        "days": seconds / 86_400.0,
        "month": (months % 12 + 1).astype(np.float64),
        "weekday": ((days + 3) % 7).astype(np.float64),  # 1 January 1970 was a Thursday; Monday is 0
        "hour": (seconds - days * 86_400) / 3_600.0,
    }
    for values in numbers.values():
        values[gap] = np.nan
    return numbers


def mean_and_scale(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return mean and standard deviation; the latter 0 where the values differ by no more than rounding.

    Parameters
    ----------
    values : float64 array of shape (n,)
        Finite.

    Returns
    -------
    mean, deviation : float
    """
    # Brought near 1 by a power of two, which is exact: squares of values beyond 1e154 would be inf.
    power = int(np.frexp(np.abs(values).max())[1])
    small = np.ldexp(values, -power)
    mean, variance = float(small.mean()), float(small.var())
    # The bound on the rounding error of a variance that scikit-learn's scaler uses (Chan, Golub & LeVeque 1983).
    reach = len(values) * float(np.finfo(np.float64).eps)
    if values.min() == values.max() or variance <= reach * variance + (reach * mean) ** 2:
        return float(np.ldexp(mean, power)), 0.0
    return float(np.ldexp(mean, power)), float(np.ldexp(np.sqrt(variance), power))


# === Coded ===


@dataclass(frozen=True)
class Coded:
    """A column of categories: one 0-1 column for each level.

    Parameters
    ----------
    name : str
        The column.
    levels : tuple of str
        Those with a column of their own, by alphabet.
    other : bool
        Whether one more column stands for all other levels.
    gaps : bool
        Whether a last column says where a gap was.
    """

    name: str
    levels: tuple[str, ...]
    other: bool
    gaps: bool

    @property
    def names(self) -> list[str]:
        """Names of the prepared columns."""
        ends = [f"{self.name} is another"] * self.other + [f"{self.name} is missing"] * self.gaps
        return [f"{self.name} = {level}" for level in self.levels] + ends

    def write(self, column: Column[Any] | None, out: Matrix) -> list[str]:
        """Write the prepared columns, and return what had to be done that training did not see.

        Parameters
        ----------
        column : pandas.Series of n rows or None
            The values; None: a gap in every row.
        out : array of shape (n, columns)
            Where to write.

        Returns
        -------
        list of str
            One sentence each.
        """
        out[:] = 0.0
        if column is None:
            if self.gaps:
                out[:, -1] = 1.0
            return []
        codes, texts = as_texts(column)
        nowhere = out.shape[1]
        place_of = {level: place for place, level in enumerate(self.levels)}
        unknown = len(self.levels) if self.other else nowhere
        places = np.array([*(place_of.get(text, unknown) for text in texts), nowhere - 1 if self.gaps else nowhere])[codes]
        rows = np.flatnonzero(places < nowhere)
        out[rows, places[rows]] = 1.0
        missing, said = codes < 0, []
        if missing.any() and not self.gaps:
            said.append(f"column {self.name!r}: {_gaps(missing)}, though training had none: counted as none of the categories.")
        fresh = [number for number, text in enumerate(texts) if text not in place_of]
        if fresh:
            named, cells = quoted(texts[number] for number in fresh), int(np.isin(codes, fresh).sum())
            counted = "counted as one other category" if self.other else "counted as none of the categories"
            said.append(f"column {self.name!r}: {_cells(cells)} with categories that have no column from training ({named}): {counted}.")
        return said


def fit_coded(column: Column[Any], most_levels: int) -> tuple[Coded | str, int]:
    """Learn the levels of a column.

    Parameters
    ----------
    column : pandas.Series
        Training rows.
    most_levels : int
        The most that get a column of their own; of more, the commonest do.

    Returns
    -------
    coded : Coded or str
        Or the reason for which the column is of no use: ``empty``, ``constant``, or ``unique`` (another text in each row).
    levels : int
        How many were seen, those counted as other among them.
    """
    codes, texts = as_texts(column)
    missing, seen = bool((codes < 0).any()), len(texts)
    if not texts:
        return "empty", seen
    if seen == 1 and not missing:
        return "constant", seen
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    if seen > 2 and counts.max() == 1:
        return "unique", seen
    commonest = sorted(range(seen), key=lambda code: (-counts[code], texts[code]))[:most_levels]
    levels = tuple(sorted(texts[code] for code in commonest))
    return Coded(str(column.name), levels, seen > len(levels), missing), seen


def _gaps(missing: NDArray[np.bool_]) -> str:
    count = int(missing.sum())
    return "1 gap" if count == 1 else f"{count} gaps"


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
