"""The column to predict, read once: the task that it sets, and its values as codes of classes or as numbers."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.errors import DataError, DataWarning
from wellfit.spec import TASKS
from wellfit.table.coding import LEAST_SPREAD, MOST_SPREAD, Label, TargetCoding, check_spread
from wellfit.table.columns import TypedColumn, as_numbers, read_column
from wellfit.table.kinds import kind_of, reading_of
from wellfit.table.numerals import Decimals
from wellfit.table.preparation.scale import mean_and_scale
from wellfit.table.split import Labels, Rows

__all__ = ["MOMENTS", "Target", "column_of", "plain_target", "read_target", "refuse_moments"]

# What a regression cannot predict as it is, and which numbers say the same.
MOMENTS = {
    "date": ("dates", "days since a date"),
    "time": ("times of day", "hours since midnight"),
    "duration": ("spans of time", "hours or days"),
}

# Whole numbers are classes when they are this few, close together, and each seen often enough to be learned.
MOST_CLASSES_OF_NUMBERS = 20
FEWEST_ROWS_OF_A_NUMBER = 5
# Of one row no split can give each part its share.
FEWEST_ROWS_OF_A_CLASS = 2
_OTHERWISE = "set task (--task) to"


@dataclass(frozen=True, eq=False)
class Target:
    """A target, read."""

    name: str
    values: NDArray[np.float64]  # (n,): positions of the classes, or numbers in the target's units; nan for gaps
    classes: tuple[Label, ...] = ()  # sorted labels, all of one type; empty for a regression
    guess: str = ""  # a sentence on the guessed task, where the target could serve the other one

    @property
    def task(self) -> str:
        """``classification`` or ``regression``."""
        return "classification" if self.classes else "regression"

    @property
    def outputs(self) -> int:
        """Units of the network's last layer: one for two classes and for a regression, else one a class."""
        return len(self.classes) if len(self.classes) > 2 else 1

    @property
    def loss(self) -> str:
        """What is minimised."""
        if not self.classes:
            return "squared_error"
        return "binary_cross_entropy" if self.outputs == 1 else "cross_entropy"

    @property
    def labels(self) -> Labels | None:
        """What a split of all rows, none of them a gap, is stratified by; None for numbers."""
        return Labels(self.values.astype(np.int64), [str(label) for label in self.classes]) if self.classes else None

    def take(self, rows: Rows) -> Target:
        """Return some rows."""
        return replace(self, values=self.values[rows])

    def coding(self, rows: Rows | None = None) -> TargetCoding:
        """Return the coding, mean and scale learned on `rows`; raise `DataError` for one class, or a spread of 0 or beyond float64."""
        if self.classes:
            if len(self.classes) < 2:
                raise DataError(f"target {self.name!r} holds only one class ({self.classes[0]!r}); at least two are needed.")
            return TargetCoding(self.name, "classification", self.classes)
        values = self.values if rows is None else self.values[rows]
        values = values[~np.isnan(values)]
        mean, scale = mean_and_scale(values) if len(values) else (0.0, 0.0)
        if scale == 0.0:
            found = f"only {values[0]:g}" if len(values) else "no value"
            raise DataError(f"target {self.name!r} holds {found} in the training rows; a target must vary.")
        check_spread(self.name, scale)
        return TargetCoding(self.name, "regression", (), mean, scale)

    def coding_of_fold(self, rows: Rows) -> TargetCoding:
        """Return how it is coded in a fold, whose few rows may hold one number, or numbers that hardly differ beside those of all rows."""
        if self.classes:
            return TargetCoding(self.name, "classification", self.classes)
        mean, scale = mean_and_scale(self.values[rows])
        return TargetCoding(self.name, "regression", (), mean, scale if LEAST_SPREAD <= scale <= MOST_SPREAD else 1.0)

    def coded(self, coding: TargetCoding) -> NDArray[np.float64]:
        """Return places of the classes, or scaled numbers, of all rows."""
        return self.values if self.classes else (self.values - coding.mean) / coding.scale


def column_of(values: Any, name: str | None = None) -> pd.Series[Any]:
    """Return one value for each row, (n,) or (n, 1), as a column: `name`, its own name or ``y``; raise `DataError` for more columns."""
    if not isinstance(values, pd.Series | pd.DataFrame) and hasattr(values, "to_pandas"):
        values = values.to_pandas()
    if isinstance(values, pd.DataFrame) and values.shape[1] == 1:
        values = values.iloc[:, 0]
    if isinstance(values, pd.Series):
        own = "y" if values.name in (None, "") else str(values.name)
        return values.reset_index(drop=True).rename(name or own)
    array = values if hasattr(values, "ndim") else np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        what = "column" if name else "target"
        raise DataError(f"{name or 'y'} must have one value for each row, found the shape {array.shape}; give one {what} at a time.")
    # An array would make words of the gaps among words.
    return pd.Series(list(values) if isinstance(values, list | tuple) and np.ndim(values) == 1 else array, name=name or "y")


def read_target(target: pd.Series[Any], task: str = "auto", decimals: Decimals | None = None) -> Target:
    """Read a target once: decide the task, and code the values; warn of an ambiguous decimal sign.

    With ``auto``, text, truth values and categories are classes, and so are whole numbers when there are two of them, or at most 20 within
    a span of 20, each seen twice, and 5 times on average; all other numbers are values. Raise `DataError` if the column cannot serve the
    task: no values, dates, times, or text where numbers are expected.
    """
    if task not in TASKS:
        raise DataError(f"the task must be one of {', '.join(TASKS)}, found {task!r}.")
    if target.isna().all():
        raise DataError(f"target {target.name!r} holds no values; name another column.")
    column = _typed(target, task, decimals)
    kind, name = column.reading.kind, str(target.name)
    if kind in MOMENTS:
        raise DataError(_moments_message(f"target {target.name!r}", target, kind, task))
    if task == "regression" and kind == "category":
        raise DataError(
            f"target {target.name!r} holds text ({column.texts[column.values[_first(column)]]!r} in row {_first(column) + 1}), and a "
            "regression predicts numbers; choose the task classification or another target."
        )
    if kind == "category":
        order = sorted(range(len(column.texts)), key=column.texts.__getitem__)
        places = np.full(len(order) + 1, np.nan)  # the last one is for gaps
        places[order] = np.arange(len(order))
        return Target(name, places[column.values], tuple(column.texts[code] for code in order))
    if column.reading.doubtful:
        warnings.warn(column.reading.note, DataWarning, stacklevel=3)
    if np.isnan(column.values).all():
        raise DataError(f"target {target.name!r} holds no values; name another column.")
    distinct, counts = np.unique(column.values[~np.isnan(column.values)], return_counts=True)
    guess = _guess(name, distinct, counts) if task == "auto" and kind == "number" else ""
    if task == "regression" or (task == "auto" and kind == "number" and not _are_classes(distinct, counts)):
        return Target(name, column.values, (), guess)
    if kind == "boolean":
        labels: tuple[Label, ...] = tuple(bool(value) for value in distinct)
    else:
        whole = (distinct == np.floor(distinct)).all() and np.abs(distinct).max() < 2**53
        labels = tuple(int(value) if whole else float(value) for value in distinct)
    codes = np.where(np.isnan(column.values), np.nan, np.searchsorted(distinct, column.values).astype(np.float64))
    return Target(name, codes, labels, guess)


def _typed(target: pd.Series[Any], task: str, decimals: Decimals | None) -> TypedColumn:
    """Return a target's cells; where classes are wanted, spans of time and numbers with words or signs among them are labels."""
    if task == "regression" and isinstance(target.dtype, pd.CategoricalDtype):
        target = target.astype(object)  # declared categories may be numbers all the same
    try:
        column = read_column(target, decimals=decimals)
    except DataError:
        if task != "classification":
            raise
        return read_column(target, is_category=True)
    kind, form, *_ = column.reading
    is_label = task == "classification" and (kind == "duration" or (kind == "number" and form))
    return read_column(target, is_category=True) if is_label else column


def _first(column: TypedColumn) -> int:
    return int((column.values >= 0).argmax())


def _are_classes(distinct: NDArray[np.float64], counts: NDArray[np.int64]) -> bool:
    """Tell whether numbers are classes: whole, and two of them, or few, close together and each seen often enough."""
    if not (distinct == np.floor(distinct)).all():
        return False
    return len(distinct) <= 2 or (_are_few(distinct, counts) and int(counts.min()) >= FEWEST_ROWS_OF_A_CLASS)


def _are_few(distinct: NDArray[np.float64], counts: NDArray[np.int64]) -> bool:
    """Tell whether numbers are few, close together and each seen often on average."""
    few = len(distinct) <= MOST_CLASSES_OF_NUMBERS and distinct[-1] - distinct[0] < MOST_CLASSES_OF_NUMBERS
    return bool(few and counts.sum() >= FEWEST_ROWS_OF_A_NUMBER * len(distinct))


def _guess(name: str, distinct: NDArray[np.float64], counts: NDArray[np.int64]) -> str:
    """Return the sentence on the task of numbers, which was guessed."""
    if _are_classes(distinct, counts):
        return f"{name!r} has few distinct whole numbers and is treated as classes; {_OTHERWISE} regression to predict a number."
    are_whole = (distinct == np.floor(distinct)).all()
    rare = " because a value occurs only once" if are_whole and _are_few(distinct, counts) else ""
    return f"{name!r} is treated as a number{rare}; {_OTHERWISE} classification to predict a class."


# === Targets beside that of the table ===


def refuse_moments(values: Any, name: str) -> None:
    """Raise `DataError`, with the first value and what to give instead, if a target of numbers holds dates or times, typed or as text."""
    if hasattr(values, "to_pandas") and not isinstance(values, pd.Series | pd.DataFrame):
        values = values.to_pandas()
    if not isinstance(values, pd.Series | pd.DataFrame):
        array = values if hasattr(values, "dtype") else np.asarray(values)
        if array.dtype.kind not in "MmOUT" or np.ndim(array) not in (1, 2):
            return
        values = pd.DataFrame(array)
    for column in [values] if isinstance(values, pd.Series) else [values.iloc[:, place] for place in range(values.shape[1])]:
        if not pd.api.types.is_numeric_dtype(column.dtype) and column.notna().any():
            try:
                kind = kind_of(column.reset_index(drop=True))
            except DataError:
                continue  # words among them: refused for what they are where numbers are made of them
            if kind in MOMENTS:
                raise DataError(_moments_message(name, column, kind, "regression"))


def _moments_message(name: str, target: pd.Series[Any], kind: str, task: str) -> str:
    """Return the sentence on a target of moments."""
    found, instead = MOMENTS[kind]
    place = int(target.notna().to_numpy().argmax())
    held = f"{name} holds {found} ({str(target.iloc[place])!r} in row {place + 1})"
    if task == "classification":
        return f"{held}, which are not classes; give classes, such as names of months, or predict numbers, such as {instead}."
    return f"{held}, and a regression predicts numbers; convert them to numbers, such as {instead}."


def plain_target(target: pd.Series[Any], task: str = "auto", decimals: Decimals | None = None) -> pd.Series[Any]:
    """Return a target of numbers with decimal commas, grouped digits or units as plain numbers; any other as it is.

    Warns
    -----
    DataWarning
        If the decimal sign could be meant otherwise.
    """
    try:
        reading = reading_of(target, decimals)
    except DataError:
        return target  # what is wrong with it, `task_of` tells
    if task == "classification" or reading.kind != "number" or not (reading.form or reading.doubtful):
        return target
    if reading.doubtful:
        warnings.warn(reading.note, DataWarning, stacklevel=3)
    return pd.Series(as_numbers(target, form=reading.form, decimals=decimals), index=target.index, name=target.name)
