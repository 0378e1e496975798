"""Cells of a column: their texts, and the sentences on cells that cannot be used.

Rows are named in messages by their place, counted from 1; the line of column names does not count.
"""

from __future__ import annotations

import datetime as dt
import decimal
import numbers
from typing import Any, NoReturn, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.errors import DataError
from wellfit.plurals import counted

__all__ = ["Column", "as_texts", "first_stray", "row_of", "stray"]

Column = pd.Series  # always with rows counted from 0 in its index


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
    if pd.api.types.is_object_dtype(column.dtype) and pd.api.types.infer_dtype(column, skipna=True).startswith("mixed"):
        # pandas takes True and 1 for the same value: which of them names both would hang on the order of the rows.
        column = column.map(_distinct, na_action="ignore")
    try:
        codes, distinct = pd.factorize(column)
    except TypeError as error:
        values = column.to_numpy(dtype=object)
        place = next(place for place, value in enumerate(values) if not _is_plain(value))
        raise DataError(_no_cell(column, place, values[place])) from error
    texts: dict[str, int] = {}
    places = np.full(len(distinct) + 1, -1, dtype=np.int64)
    for number, value in enumerate(distinct):
        if not isinstance(value, str) and not _is_plain(value):
            raise DataError(_no_cell(column, int((codes == number).argmax()), value))
        text = value.strip() if isinstance(value, str) else _text(value)
        if text:
            places[number] = texts.setdefault(text, len(texts))
    return places[codes], list(texts)


def stray(column: Column[Any], place: int, word: str, cells: int, what: str) -> NoReturn:
    """Refuse a column in which a cell is not what it should be.

    Parameters
    ----------
    column : pandas.Series
        The column.
    place : int
        Where in it the first such cell is.
    word : str
        What stands there.
    cells : int
        How many such cells there are.
    what : str
        What is expected.

    Raises
    ------
    DataError
        Always.
    """
    more = f" (and in {counted(cells - 1, 'more row')})" if cells > 1 else ""
    raise DataError(
        f"column {column.name!r} holds {word!r} in row {row_of(column, place)}{more} where {what} are expected; "
        f"correct it or leave the cell empty."
    )


def first_stray(column: Column[Any], codes: NDArray[np.int64], texts: list[str], good: NDArray[np.bool_], what: str) -> None:
    """Refuse a column if some of its texts are not what they should be.

    Parameters
    ----------
    column : pandas.Series of n rows
        The column.
    codes, texts :
        As from `as_texts`.
    good : bool array of shape (texts,)
        Which of the texts can be used.
    what : str
        What is expected.

    Raises
    ------
    DataError
        If a cell cannot be used; the first one is told.
    """
    strays = np.append(~good, False)[codes]
    if strays.any():
        place = int(strays.argmax())
        stray(column, place, texts[codes[place]], int(strays.sum()), what)


def row_of(column: Column[Any], place: int) -> int:
    """Return the row, counted from 1, that the table has a cell in.

    Parameters
    ----------
    column : pandas.Series
        A column, or a part of its rows.
    place : int
        Where in it the cell is.

    Returns
    -------
    int
    """
    return cast("int", column.index[place]) + 1


def _is_plain(value: Any) -> bool:
    known = str | bool | np.bool_ | numbers.Real | decimal.Decimal | dt.date | dt.time | dt.timedelta | pd.Period | pd.Interval
    return isinstance(value, known) or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _distinct(value: Any) -> Any:
    return str(value) if isinstance(value, bool | np.bool_) else value


def _text(value: Any) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _no_cell(column: Column[Any], place: int, value: Any) -> str:
    kind, row = type(value).__name__, row_of(column, place)
    return f"column {column.name!r} holds a {kind} in row {row}; expected numbers, text, truth values or dates."
