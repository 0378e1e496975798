"""What a column holds, and the numbers, dates or texts behind it.

Rows are named in messages by their place, counted from 1; the line of column names does not count.
"""

from __future__ import annotations

import datetime as dt
import decimal
import numbers
import re
from typing import Any, NoReturn, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.errors import DataError

__all__ = ["NO_DATE", "as_dates", "as_numbers", "as_texts", "kind_of"]

Column = pd.Series  # always with rows counted from 0 in its index

NO_DATE = np.datetime64("NaT", "s")
TRUTH = {"true": 1.0, "false": 0.0}
DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{4}/\d{2}/\d{2}|\d{8}T\d{6}")
GROUPED_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}([.,']\d{3})+)([.,]\d+)?")

# Text is taken for numbers (or dates) with strays among them, which is an error, when a single cell does not read as one and
# this many different others do; or when few cells do not, of few different words, and many different others do. Else it is
# taken for categories: codes like "1", "2", "3", "X" are no mistake.
FEW_DIFFERENT, MANY_DIFFERENT = 3, 20
MOST_STRAY_WORDS = 3
MOST_STRAY_SHARE = 0.05


def kind_of(column: Column[Any]) -> str:
    """Return what a column holds.

    Text counts as numbers, truth values or dates (ISO 8601) when all of it reads as such. Text that is numbers but for a
    few stray words is an error, so that one typing mistake does not turn a measurement into a thousand categories.

    Parameters
    ----------
    column : pandas.Series
        Its values; gaps do not count.

    Returns
    -------
    str
        ``number``, ``boolean``, ``date`` or ``category``; ``number`` for a column of gaps alone.

    Raises
    ------
    DataError
        If numbers or dates have stray words among them (the first one and its row are told), or cells hold lists or the like.

    Examples
    --------
    >>> [kind_of(pd.Series(values)) for values in ([1.5, None], ["3", "4"], ["a", "3"], ["2024-05-01"])]
    ['number', 'number', 'category', 'date']
    """
    dtype = column.dtype
    types = pd.api.types
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    if types.is_bool_dtype(dtype):
        return "boolean"
    if types.is_complex_dtype(dtype):
        raise DataError(f"column {column.name!r} holds complex numbers; expected real ones: give their parts in columns of their own.")
    if types.is_numeric_dtype(dtype) or types.is_timedelta64_dtype(dtype):
        return "number"
    if types.is_datetime64_any_dtype(dtype) or isinstance(dtype, pd.PeriodDtype):
        return "date"
    return _kind_of_objects(column)


def as_numbers(column: Column[Any], kind: str = "number") -> NDArray[np.float64]:
    """Return a column as numbers, with nan for its gaps; truth values as 0 and 1, spans of time in seconds.

    Parameters
    ----------
    column : pandas.Series of n rows
        Its values.
    kind : str
        ``number`` or ``boolean``: what the column is expected to hold.

    Returns
    -------
    float64 array of shape (n,)

    Raises
    ------
    DataError
        If a cell holds a word, a date or inf; the first such cell and its row are told.
    """
    dtype = column.dtype
    types = pd.api.types
    values: NDArray[np.float64]
    if types.is_timedelta64_dtype(dtype):
        values = column.dt.total_seconds().to_numpy(dtype=np.float64)
    elif types.is_bool_dtype(dtype) or (types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype)):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    elif types.is_datetime64_any_dtype(dtype) or isinstance(dtype, pd.PeriodDtype):
        raise DataError(f"column {column.name!r} holds dates where {_plural(kind)} are expected; mend the column.")
    else:
        values = _numbers_in_texts(column, kind)
    endless = np.isinf(values)
    if endless.any():
        place = int(endless.argmax())
        raise DataError(
            f"column {column.name!r} holds {values[place]} in row {_row(column, place)}; expected finite numbers: "
            f"put a number there or leave the cell empty."
        )
    if kind == "boolean":
        odd = ~(np.isnan(values) | (values == 0.0) | (values == 1.0))
        if odd.any():
            place = int(odd.argmax())
            _stray(column, place, f"{values[place]:g}", int(odd.sum()), "truth values (true, false, 1 or 0)")
    return values


def as_dates(column: Column[Any]) -> NDArray[np.datetime64]:
    """Return a column as moments to the second, in universal time where it names zones, with NaT for its gaps.

    Parameters
    ----------
    column : pandas.Series of n rows
        Dates, or text in the form of ISO 8601.

    Returns
    -------
    datetime64[s] array of shape (n,)

    Raises
    ------
    DataError
        If a cell holds no date; the first such cell and its row are told.
    """
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            column = column.dt.tz_convert("UTC").dt.tz_localize(None)
        return column.to_numpy().astype("datetime64[s]")
    codes, texts = as_texts(column)
    moments = _parsed_dates(texts)
    values = np.append(moments, NO_DATE)[codes]
    strays = np.isnat(values) & (codes >= 0)
    if strays.any():
        place = int(strays.argmax())
        _stray(column, place, texts[codes[place]], int(strays.sum()), "dates (such as 2024-05-31)")
    return values


def as_texts(column: Column[Any]) -> tuple[NDArray[np.int64], list[str]]:
    """Return a column as texts: stripped of outer spaces, whole numbers without a point, empty text as a gap.

    Parameters
    ----------
    column : pandas.Series of n rows
        Its values.

    Returns
    -------
    codes : int64 array of shape (n,)
        Which of `texts` each row holds; -1 for a gap.
    texts : list of str
        The distinct texts, in the order of their first row.

    Raises
    ------
    DataError
        If a cell holds a list or the like.

    Examples
    --------
    >>> as_texts(pd.Series([1.0, None, " 1", "b"], dtype=object))
    (array([ 0, -1,  0,  1]), ['1', 'b'])
    """
    try:
        codes, distinct = pd.factorize(column)
    except TypeError as error:
        values = column.to_numpy(dtype=object)
        place = next(place for place, value in enumerate(values) if not _is_plain(value))
        raise DataError(_no_cell(column, place, values[place])) from error
    texts: dict[str, int] = {}
    places = np.full(len(distinct) + 1, -1, dtype=np.int64)
    for number, value in enumerate(distinct):
        if not _is_plain(value):
            raise DataError(_no_cell(column, int((codes == number).argmax()), value))
        text = _text(value)
        if text:
            places[number] = texts.setdefault(text, len(texts))
    return places[codes], list(texts)


# === Text that may be more than text ===


def _kind_of_objects(column: Column[Any]) -> str:
    codes, texts = as_texts(column)
    if not texts:
        return "number"
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    if all(text.lower() in TRUTH for text in texts):
        return "boolean"
    is_number = ~np.isnan(_parsed_numbers(texts))
    if is_number.all():
        return "number"
    if _few_strays(~is_number, counts):
        _raise_stray(column, codes, texts, is_number, "numbers")
    grouped = is_number | np.array([GROUPED_NUMBER.fullmatch(text) is not None for text in texts])
    if grouped.all() and len(texts) >= FEW_DIFFERENT:
        place = int((~is_number[codes] & (codes >= 0)).argmax())
        raise DataError(
            f"column {column.name!r} holds numbers with commas or grouped digits, such as {texts[codes[place]]!r} in row "
            f"{_row(column, place)}; write them with a decimal point and nothing between the digits."
        )
    is_date = ~np.isnat(_parsed_dates(texts))
    if is_date.all():
        return "date"
    if _few_strays(~is_date, counts):
        _raise_stray(column, codes, texts, is_date, "dates (such as 2024-05-31)")
    return "category"


def _few_strays(stray: NDArray[np.bool_], counts: NDArray[np.int64]) -> bool:
    """Tell whether so few cells are strays that the rest is what the column means to hold."""
    cells, others = int(counts[stray].sum()), int((~stray).sum())
    if cells == 1:
        return others >= FEW_DIFFERENT
    return others > MANY_DIFFERENT and int(stray.sum()) <= MOST_STRAY_WORDS and cells <= MOST_STRAY_SHARE * counts.sum()


def _raise_stray(column: Column[Any], codes: NDArray[np.int64], texts: list[str], good: NDArray[np.bool_], what: str) -> NoReturn:
    strays = ~good[codes] & (codes >= 0)
    place = int(strays.argmax())
    _stray(column, place, texts[codes[place]], int(strays.sum()), what)


def _numbers_in_texts(column: Column[Any], kind: str) -> NDArray[np.float64]:
    codes, texts = as_texts(column)
    parsed = _parsed_numbers(texts)
    if kind == "boolean":
        parsed = np.array([TRUTH.get(text.lower(), number) for text, number in zip(texts, parsed, strict=True)], dtype=np.float64)
    values = np.append(parsed, np.nan)[codes]
    strays = np.isnan(values) & (codes >= 0)
    if strays.any():
        place = int(strays.argmax())
        _stray(column, place, texts[codes[place]], int(strays.sum()), _plural(kind))
    return values


def _parsed_numbers(texts: list[str]) -> NDArray[np.float64]:
    """Return the number that each text spells, nan where it spells none."""
    parsed = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce")
    return parsed.to_numpy(dtype=np.float64, na_value=np.nan)


def _parsed_dates(texts: list[str]) -> NDArray[np.datetime64]:
    """Return the moment that each text spells, NaT where it spells none."""
    iso = pd.Series([text.replace("/", "-") if DATE.match(text) else None for text in texts], dtype=object)
    parsed = pd.to_datetime(iso, errors="coerce", format="ISO8601", utc=True).dt.tz_localize(None)
    return parsed.to_numpy().astype("datetime64[s]")


# === Cells ===


def _is_plain(value: Any) -> bool:
    known = str | bool | np.bool_ | numbers.Real | decimal.Decimal | dt.date | dt.time | dt.timedelta | pd.Period
    return isinstance(value, known) or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _text(value: Any) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _no_cell(column: Column[Any], place: int, value: Any) -> str:
    kind, row = type(value).__name__, _row(column, place)
    return f"column {column.name!r} holds a {kind} in row {row}; expected numbers, text, truth values or dates."


def _stray(column: Column[Any], place: int, word: str, cells: int, what: str) -> NoReturn:
    more = f" (and in {cells - 1} more rows)" if cells > 1 else ""
    raise DataError(
        f"column {column.name!r} holds {word!r} in row {_row(column, place)}{more} where {what} are expected; "
        f"correct it or leave the cell empty."
    )


def _row(column: Column[Any], place: int) -> int:
    return cast("int", column.index[place]) + 1


def _plural(kind: str) -> str:
    return "truth values" if kind == "boolean" else "numbers"
