"""Cells of a column: their texts, and the errors on cells that cannot be used.

Messages count rows from 1, without the line of column names.
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
    """Return each row's code, -1 for a gap, and the distinct texts in order of appearance, or raise `DataError`.

    Texts are stripped of outer spaces, whole numbers have no point, and empty text is a gap.
    """
    if pd.api.types.is_object_dtype(column.dtype) and pd.api.types.infer_dtype(column, skipna=True).startswith("mixed"):
        # pandas takes True and 1 for the same value, and would name both by whichever comes first.
        column = column.map(_distinct, na_action="ignore")
    try:
        codes, distinct = pd.factorize(column)
    except TypeError as error:
        values = column.to_numpy(dtype=object)
        index = next(index for index, value in enumerate(values) if not _is_plain(value))
        raise DataError(_no_cell(column, index, values[index])) from error
    texts: dict[str, int] = {}
    text_codes = np.full(len(distinct) + 1, -1, dtype=np.int64)
    for number, value in enumerate(distinct):
        if not isinstance(value, str) and not _is_plain(value):
            raise DataError(_no_cell(column, int((codes == number).argmax()), value))
        text = value.strip() if isinstance(value, str) else _text(value)
        if text:
            text_codes[number] = texts.setdefault(text, len(texts))
    return text_codes[codes], list(texts)


def stray(column: Column[Any], index: int, word: str, cells: int, what: str) -> NoReturn:
    """Raise the `DataError` on `cells` cells that do not hold `what` is expected, the first of them `word` at this index."""
    more = f" (and in {counted(cells - 1, 'more row')})" if cells > 1 else ""
    raise DataError(
        f"column {column.name!r} holds {word!r} in row {row_of(column, index)}{more} where {what} are expected; "
        f"correct it or leave the cell empty."
    )


def first_stray(column: Column[Any], codes: NDArray[np.int64], texts: list[str], good: NDArray[np.bool_], what: str) -> None:
    """Raise `DataError` if some texts, numbered by `codes`, are not `good`; it names the first such cell."""
    strays = np.append(~good, False)[codes]
    if strays.any():
        index = int(strays.argmax())
        stray(column, index, texts[codes[index]], int(strays.sum()), what)


def row_of(column: Column[Any], index: int) -> int:
    """Return the row of the table, counted from 1, that holds the cell at this index of a column or of a part of it."""
    return cast("int", column.index[index]) + 1


def _is_plain(value: Any) -> bool:
    known = str | bool | np.bool_ | numbers.Real | decimal.Decimal | dt.date | dt.time | dt.timedelta | pd.Period | pd.Interval
    return isinstance(value, known) or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _distinct(value: Any) -> Any:
    return str(value) if isinstance(value, bool | np.bool_) else value


def _text(value: Any) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _no_cell(column: Column[Any], index: int, value: Any) -> str:
    kind, row = type(value).__name__, row_of(column, index)
    return f"column {column.name!r} holds a {kind} in row {row}; expected numbers, text, truth values or dates."
