"""What a column holds, by its type or by its texts: numbers, truth values, dates, times of day, spans of time or categories."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.errors import DataError
from wellfit.table import moments, numerals
from wellfit.table.cells import Column, as_texts, first_stray
from wellfit.table.numerals import Decimals

__all__ = [
    "OBJECTS",
    "WANTED",
    "Reading",
    "kind_of",
    "numbers_note",
    "reading_of",
    "reading_of_texts",
    "reading_of_type",
    "values_in",
]

Rows = NDArray[np.int64]

TRUTH = {"true": 1.0, "false": 0.0}

# What is expected where a column holds strays.
WANTED = {
    "number": "numbers",
    "boolean": "truth values",
    "date": "dates (such as 2024-05-31)",
    "time": "times of day (such as 14:30)",
    "duration": "spans of time (such as 1 days 02:30:00)",
}

# Text is taken for numbers (or dates) with strays among them, which is an error, when a single cell does not read as one and
# this many different others do; or when few cells do not, of few different words, and many different others do. Else it is
# taken for categories: codes like "1", "2", "3", "X" are no mistake.
FEW_DIFFERENT, MANY_DIFFERENT = 3, 20

MOST_STRAY_WORDS = 3

MOST_STRAY_SHARE = 0.05

FIRST_TEXTS = 200

# What pandas calls cells of Python objects that are no text, and what they are taken for.
OBJECTS = {
    "boolean": "boolean",
    **dict.fromkeys(("integer", "floating", "mixed-integer-float", "decimal"), "number"),
    **dict.fromkeys(("datetime", "datetime64", "date", "period"), "date"),
    **dict.fromkeys(("timedelta", "timedelta64"), "duration"),
    "time": "time",
    "interval": "category",
}


class Reading(NamedTuple):
    """How a column is read."""

    kind: str  # "number", "boolean", "date", "time", "duration" or "category"
    form: str = ""  # one of `numerals.FORMS` for numbers, of `moments.FORMS` for dates
    note: str = ""  # one sentence on how the texts are read, or ""
    doubtful: bool = False  # whether the texts are ambiguous


class Read(NamedTuple):
    """What the texts of a column are, taken for one kind: nan or NaT where they are not, in the form that suits most."""

    values: NDArray[Any]
    form: str = ""
    doubtful: bool = False
    other: str | None = None  # of numbers: the form that they could be written in as well

    @property
    def good(self) -> NDArray[np.bool_]:
        """Which texts are of the kind."""
        return ~pd.isna(self.values)


def _read_numbers(texts: list[str], decimals: Decimals | None) -> Read:
    values, form, other = numerals.read_numbers(texts, decimals)
    return Read(values, form, other is not None, other)


READERS: dict[str, Callable[[list[str], Decimals | None], Read]] = {
    "number": _read_numbers,
    "time": lambda texts, _: Read(moments.hours_in(texts)),
    "duration": lambda texts, _: Read(moments.seconds_in(texts)),
    "date": lambda texts, _: Read(*moments.read_dates(texts)),
}


def kind_of(column: Column[Any]) -> str:
    """Return the kind that `reading_of` finds in a column."""
    return reading_of(column).kind


def reading_of(column: Column[Any], decimals: Decimals | None = None) -> Reading:
    """Return how a column is read; raise `DataError` for stray words among numbers or dates, and for cells such as lists.

    Text counts as truth values, numbers, dates, times of day or spans of time when all of it reads as such; numbers may have grouped
    digits, a decimal comma, a percent or a currency sign. A few stray words in such text are an error, so that one typing mistake does not
    turn a measurement into a thousand categories.
    """
    reading = reading_of_type(column)
    return reading if reading is not None else reading_of_texts(column, *as_texts(column), decimals)[0]


def reading_of_type(column: Column[Any]) -> Reading | None:
    """Return how a column is to be read by the type of its cells; None for texts, and for cells of several types."""
    dtype = column.dtype
    types = pd.api.types
    if isinstance(dtype, pd.CategoricalDtype | pd.IntervalDtype):
        return Reading("category")
    if types.is_bool_dtype(dtype):
        return Reading("boolean")
    if types.is_complex_dtype(dtype):
        raise DataError(f"column {column.name!r} holds complex numbers; expected real ones: give their parts in columns of their own.")
    if types.is_timedelta64_dtype(dtype):
        return Reading("duration")
    if types.is_numeric_dtype(dtype):
        return Reading("number")
    if types.is_datetime64_any_dtype(dtype) or isinstance(dtype, pd.PeriodDtype):
        return Reading("date")
    kind = OBJECTS.get(types.infer_dtype(column, skipna=True)) if types.is_object_dtype(dtype) else None
    return Reading(kind) if kind else None


def reading_of_texts(column: Column[Any], codes: Rows, texts: list[str], decimals: Decimals | None) -> tuple[Reading, NDArray[Any]]:
    """Return how texts are to be read, and the value of each; of categories there are none."""
    if not texts:
        return Reading("number"), np.empty(0)
    if all(text.lower() in TRUTH for text in texts):
        return Reading("boolean"), values_in(texts, Reading("boolean"), None)
    # Most columns of text are none of these, which their first texts show: one with more strays has no chance among all texts.
    first = {kind: read(texts[:FIRST_TEXTS], decimals).good for kind, read in READERS.items()}
    found = {kind: READERS[kind](texts, decimals) for kind, good in first.items() if int((~good).sum()) <= MOST_STRAY_WORDS}
    for kind, read in found.items():
        if read.good.all():
            note = _note(column, texts, kind, read) if read.form or read.doubtful else ""
            return Reading(kind, read.form, note, read.doubtful), read.values
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    for kind, read in found.items():
        if _few_strays(~read.good, counts):
            first_stray(column, codes, texts, read.good, WANTED[kind])
    if len(texts) > FEW_DIFFERENT and numerals.are_mixed(texts):
        raise DataError(
            f"column {column.name!r} holds numbers with decimal points beside numbers with decimal commas; use one "
            "sign, or, if they are categories, declare the column (--categorical-features)."
        )
    is_number = first["number"]
    if int(is_number.sum()) > MANY_DIFFERENT and not is_number.all():
        word = texts[int(is_number.argmin())]
        words = f"column {column.name!r} holds numbers and words (such as {word!r}): all are treated as categories."
        return Reading("category", note=words), np.empty(0)
    return Reading("category"), np.empty(0)


def values_in(texts: list[str], reading: Reading, decimals: Decimals | None) -> NDArray[Any]:
    """Return what texts stand for; nan or NaT where they are not of the kind."""
    if reading.kind == "boolean":
        return np.array([TRUTH.get(text.lower(), number) for text, number in zip(texts, numerals.numbers_in(texts), strict=True)])
    if reading.kind == "date":
        return moments.dates_in(texts, reading.form)
    if reading.kind == "number":
        return numerals.read_numbers(texts, decimals, reading.form).values
    return moments.hours_in(texts) if reading.kind == "time" else moments.seconds_in(texts)


def _few_strays(stray: NDArray[np.bool_], counts: NDArray[np.int64]) -> bool:
    """Tell whether so few cells are strays that the rest is what the column means to hold."""
    cells, others = int(counts[stray].sum()), int((~stray).sum())
    if cells == 1:
        return others >= FEW_DIFFERENT
    return others > MANY_DIFFERENT and int(stray.sum()) <= MOST_STRAY_WORDS and cells <= MOST_STRAY_SHARE * counts.sum()


def _note(column: Column[Any], texts: list[str], kind: str, read: Read) -> str:
    """Return the sentence on numbers or dates that are not written in the plain form: how the first such one is read."""
    if kind == "number":
        return numbers_note(column, texts, read.values, read.form, read.other)
    odd = pd.isna(moments.dates_in(texts[:FIRST_TEXTS]))
    place = int((odd if odd.any() else pd.isna(moments.dates_in(texts))).argmax())
    doubt = ", although the month could come first: write dates like 2024-05-31 to be unambiguous" if read.doubtful else ""
    day = read.values[place].astype("datetime64[D]")
    return f"column {column.name!r}: dates written like {texts[place]!r} are read as {day}{doubt}."


def numbers_note(column: Column[Any], texts: list[str], values: NDArray[np.float64], form: str, other: str | None) -> str:
    """Return the sentence on the first number that the other form, or the plain one, would read otherwise."""
    odd = values != numerals.numbers_in(texts, other or "")
    return numerals.number_note(column.name, texts[int(odd.argmax())], form, other)
