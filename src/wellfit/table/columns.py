"""Columns, read: the numbers, moments and categories in their cells.

A column of a table is read once: `read_column` decides its kind on some of its rows and gives all of them as a `TypedColumn`.
`read_like` reads a column of another table as the first was read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.errors import DataError
from wellfit.table import moments, numerals
from wellfit.table.cells import Column, as_texts, first_stray, row_of, stray
from wellfit.table.kinds import OBJECTS, WANTED, Reading, numbers_note, reading_of, reading_of_texts, reading_of_type, values_in
from wellfit.table.numerals import Decimals

__all__ = ["TypedColumn", "as_dates", "as_numbers", "as_spans", "read_column", "read_like"]

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TypedColumn:
    """A column of a table, read."""

    name: str
    reading: Reading
    values: NDArray[Any]  # (n,): codes of `texts`, -1 for gaps; or datetime64, NaT for gaps; or float64, nan for gaps
    texts: list[str]  # the categories; some may have no row

    def take(self, rows: Rows) -> TypedColumn:
        """Return some rows."""
        return replace(self, values=self.values[rows])

    def categories(self, rows: Rows | None = None) -> tuple[Rows, list[str]]:
        """Return codes and texts of some rows as `as_texts` gives them: the texts that come, in the order of their first row."""
        codes = self.values if rows is None else self.values[rows]
        found = _distinct(codes)
        place = np.full(len(self.texts) + 1, -1, dtype=np.int64)  # the last one is for gaps
        place[found] = np.arange(len(found))
        return place[codes], [self.texts[code] for code in found]


def read_column(
    column: Column[Any], known: Rows | None = None, decimals: Decimals | None = None, *, is_category: bool = False
) -> TypedColumn:
    """Return a column as values of one kind, which the `known` rows decide (default: all); each text is parsed once.

    Other rows decide only how numbers are written, where the known rows leave that open; a value of another kind in them is a `DataError`.
    `is_category` makes them categories even if they look like numbers.
    """
    part = column if known is None else column.iloc[known]
    reading = Reading("category") if is_category else reading_of_type(part)
    if reading is None and reading_of_type(column) is None:
        return _read_texts(column, known, decimals)
    if reading is None:  # texts among the known rows, something else among the others
        reading = reading_of(part, decimals)
    return read_like(column, reading, decimals)


def read_like(column: Column[Any], reading: Reading, decimals: Decimals | None = None, remarks: list[str] | None = None) -> TypedColumn:
    """Return a column that is read as another table's was; `remarks` gets a sentence where its texts could be read otherwise."""
    kind, name = reading.kind, str(column.name)
    if kind == "category":
        codes, texts = as_texts(column)
        return TypedColumn(name, reading, codes, texts)
    if kind == "date":
        return TypedColumn(name, reading, as_dates(column, reading.form), [])
    if kind in ("time", "duration"):
        return TypedColumn(name, reading, as_spans(column, kind), [])
    return TypedColumn(name, reading, as_numbers(column, kind, reading.form, decimals, remarks), [])


def _read_texts(column: Column[Any], known: Rows | None, decimals: Decimals | None) -> TypedColumn:
    """Return a column of texts: factorised once, and each of its texts parsed once."""
    part = column if known is None else column.iloc[known]
    codes, texts = as_texts(column)
    typed = TypedColumn(str(column.name), Reading("category"), codes, texts)
    own_codes, own = typed.categories(known)
    reading, parsed = reading_of_texts(part, own_codes, own, decimals)
    if reading.kind == "category":
        return replace(typed, reading=reading)
    if reading.doubtful and reading.kind == "number" and known is not None:
        # How numbers are written, other rows may tell as well.
        found = numerals.read_numbers(texts, decimals)
        values = numerals.numbers_in(own, found.form)
        if not np.isnan(values).any():
            note = numbers_note(part, own, values, found.form, found.other) if found.form or found.other else ""
            reading, parsed = Reading("number", found.form, note, found.other is not None), values
    values = np.full(len(texts) + 1, moments.NO_DATE if reading.kind == "date" else np.nan)  # the last one is for gaps
    known_texts = _distinct(codes if known is None else codes[known])
    values[known_texts] = parsed
    rest = np.setdiff1d(np.arange(len(texts)), known_texts)
    if own and len(rest):  # a column of gaps alone is of no use, whatever other rows hold
        values[rest] = values_in([texts[place] for place in rest], reading, decimals)
        first_stray(column, codes, texts, ~pd.isna(values[:-1]), WANTED[reading.kind])
    cells = values[codes]
    return replace(typed, reading=reading, values=cells if reading.kind == "date" else _checked(column, cells, reading.kind), texts=[])


def _distinct(codes: Rows) -> Rows:
    """Return the codes that come, in the order of their first row; those of gaps left out."""
    found: Rows = pd.unique(codes)
    return found[found >= 0]


def as_numbers(
    column: Column[Any],
    kind: str = "number",  # "number" or "boolean"
    form: str | None = None,  # as found by `reading_of` in other rows; all texts may have another decimal sign, but no other unit
    decimals: Decimals | None = None,
    remarks: list[str] | None = None,  # receives a sentence where the texts are ambiguous
) -> NDArray[np.float64]:
    """Return a column as float64 of shape (n,), nan for gaps; truth values as 0 and 1, spans of time in seconds.

    The array is read-only, because it may share memory with the caller's table. A word, a date or inf is a `DataError` that names the first
    such cell and its row.
    """
    dtype = column.dtype
    types = pd.api.types
    values: NDArray[np.float64]
    if types.is_timedelta64_dtype(dtype):
        values = column.dt.total_seconds().to_numpy(dtype=np.float64)
    elif types.is_bool_dtype(dtype) or (types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype)):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    elif types.is_datetime64_any_dtype(dtype) or isinstance(dtype, pd.PeriodDtype):
        raise DataError(f"column {column.name!r} holds dates where {WANTED[kind]} are expected; correct the column.")
    elif types.is_object_dtype(dtype) and OBJECTS.get(types.infer_dtype(column, skipna=True)) in ("number", "boolean"):
        values = np.fromiter((_float(value) for value in column), dtype=np.float64, count=len(column))
    else:
        values = _numbers_in_texts(column, kind, form, decimals, remarks)
    return _checked(column, values, kind)


def as_dates(column: Column[Any], form: str | None = None) -> NDArray[np.datetime64]:
    """Return a column as datetimes to the second, in UTC where it names zones, NaT for gaps; raise `DataError` at the first other cell."""
    if pd.api.types.is_object_dtype(column.dtype):
        column = column.infer_objects()
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            column = column.dt.tz_convert("UTC").dt.tz_localize(None)
        return column.to_numpy().astype("datetime64[s]")
    _refuse_numbers(column, "date")
    codes, texts = as_texts(column)
    dates = moments.read_dates(texts)[0] if form is None else moments.dates_in(texts, form)
    first_stray(column, codes, texts, ~np.isnat(dates), WANTED["date"])
    return np.append(dates, moments.NO_DATE)[codes]


def as_spans(column: Column[Any], kind: str) -> NDArray[np.float64]:
    """Return times of day in hours since midnight, or spans of time in seconds, nan for gaps; raise `DataError` at the first other cell."""
    if kind == "duration" and pd.api.types.is_timedelta64_dtype(column.dtype):
        return as_numbers(column)
    _refuse_numbers(column, kind)
    codes, texts = as_texts(column)
    values = moments.hours_in(texts) if kind == "time" else moments.seconds_in(texts)
    first_stray(column, codes, texts, ~np.isnan(values), WANTED[kind])
    return np.append(values, np.nan)[codes]


def _checked(column: Column[Any], values: NDArray[np.float64], kind: str) -> NDArray[np.float64]:
    """Return numbers as a read-only array; an error if one is inf, or no truth value where these are expected."""
    endless = np.isinf(values)
    if endless.any():
        place = int(endless.argmax())
        raise DataError(
            f"column {column.name!r} holds {values[place]} in row {row_of(column, place)}; expected finite numbers: "
            f"put a number there or leave the cell empty."
        )
    if kind == "boolean":
        odd = ~(np.isnan(values) | (values == 0.0) | (values == 1.0))
        if odd.any():
            place = int(odd.argmax())
            stray(column, place, f"{values[place]:g}", int(odd.sum()), "truth values (true, false, 1 or 0)")
    # A view: the flag of the column's own array is the caller's.
    values = values.view()
    values.flags.writeable = False
    return values


def _numbers_in_texts(
    column: Column[Any], kind: str, form: str | None, decimals: Decimals | None, remarks: list[str] | None
) -> NDArray[np.float64]:
    codes, texts = as_texts(column)
    if kind == "boolean":
        parsed = values_in(texts, Reading("boolean"), None)
    else:
        parsed, found, other = numerals.read_numbers(texts, decimals, form)
        if other is not None and remarks is not None:
            remarks.append(numbers_note(column, texts, parsed, found, other))
    first_stray(column, codes, texts, ~np.isnan(parsed), WANTED[kind])
    return np.append(parsed.astype(np.float64), np.nan)[codes]


def _float(value: Any) -> float:
    """Return a cell of a column of numbers; whole numbers too long for a float as inf."""
    if pd.isna(value):
        return np.nan
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def _refuse_numbers(column: Column[Any], kind: str) -> None:
    """Refuse a column of numbers where moments are expected: 20240531 would be read as a text of digits."""
    if pd.api.types.is_numeric_dtype(column.dtype) and column.notna().any():
        raise DataError(f"column {column.name!r} holds numbers where {WANTED[kind]} are expected; correct the column.")
