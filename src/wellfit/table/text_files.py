"""Read CSV files: what separates the cells, the line of names, and what is wrong with files that cannot be read."""

from __future__ import annotations

import bz2
import csv
import gzip
import lzma
import warnings
from collections.abc import Collection
from pathlib import Path
from typing import Any, TextIO, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.errors import DataError, DataWarning
from wellfit.plurals import counted
from wellfit.table.names import quoted
from wellfit.table.numerals import Decimals, first_texts, marked, number_said, read_numbers

__all__ = ["PACKED", "first_line", "read_text"]

PACKED = {"": None, ".gz": "gzip", ".bz2": "bz2", ".xz": "xz"}
SEPARATORS = (",", ";", "\t", "|")
MARK_OF_GAP = "?"  # the UCI repository's, beside pandas' own marks


def read_text(path: Path, packing: str, decimal: str | None = None) -> pd.DataFrame:
    """Read a file of separated values whose first line names the columns.

    Parameters
    ----------
    path : Path
        The file.
    packing : str
        Its last ending, one of `PACKED`.
    decimal : str, optional
        The decimal sign, where the user says it.

    Returns
    -------
    pandas.DataFrame
        Columns without a name are called by their place; names may come twice. It remembers the decimal sign of its
        texts: a comma in a file with semicolons, else what its columns show.

    Warns
    -----
    DataWarning
        If the points of a column in a file with semicolons could group digits, and are taken for decimal points.

    Raises
    ------
    DataError
        If the first line is no line of names, or the lines are of different lengths.
    """
    header, separator = _header(path, packing)
    if all(_is_number(name) for name in header) and header != [str(place) for place in range(len(header))]:
        raise DataError(
            f"the first line of {path} holds numbers ({quoted(header, 3)}) where column names are expected; put a line of names first."
        )
    with warnings.catch_warnings():
        # Rows longer than the header would lose their last cells with no more than this warning.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            frame = _cells(path, packing, separator)
            frame = frame.set_axis([name or f"column {place}" for place, name in enumerate(header, start=1)], axis="columns")
            texts = {place: _cells(path, packing, separator, place) for place in _thousandths(frame, separator, decimal)}
        except pd.errors.ParserWarning as error:
            raise DataError(
                f"{path} has rows with more cells than the {counted(len(header), 'name')} of its first line; mend the first line."
            ) from error
        except pd.errors.ParserError as error:
            raise DataError(f"{path} is no regular table: {first_line(error).removeprefix('Error tokenizing data. C error: ')}.") from error
    frame = _with_points(frame, texts, separator, decimal)
    sign = "," if separator == ";" else Decimals(frame).sign
    if sign and decimal is None:
        # Kept with the table: the column that shows it may be left out of what is read later.
        frame = marked(frame, sign, given=False)
    return frame if header[0] else _without_row_numbers(frame)


def _cells(path: Path, packing: str, separator: str, place: int | None = None) -> pd.DataFrame:
    """Read all cells, or those of one column as text."""
    return pd.read_csv(
        path,
        sep=separator,
        compression=cast("Any", PACKED[packing]),
        encoding="utf-8-sig",
        index_col=False,
        skipinitialspace=True,
        na_values=[MARK_OF_GAP],
        low_memory=False,
        usecols=None if place is None else [place],
        dtype=None if place is None else object,
    )


# === Points that may group digits ===


def _thousandths(frame: pd.DataFrame, separator: str, decimal: str | None) -> list[int]:
    """Return the places of columns of thousandths from 1 to 1,000, such as 1.234, which could be whole numbers with grouped digits."""
    if decimal == "." or (decimal is None and separator == ","):
        return []
    found = []
    for place, dtype in enumerate(frame.dtypes):
        if pd.api.types.is_float_dtype(dtype):
            values = np.abs(frame.iloc[:, place].dropna().to_numpy())
            whole = values == np.floor(values)
            if not whole.all() and (values[~whole] > 1).all() and (values < 1000).all() and _are_thousandths(values):
                found.append(place)
    return found


def _are_thousandths(values: NDArray[np.float64]) -> bool:
    return bool((np.abs(1000 * values - np.round(1000 * values)) < 1e-6).all())


def _with_points(frame: pd.DataFrame, columns: dict[int, pd.DataFrame], separator: str, decimal: str | None) -> pd.DataFrame:
    """Return a frame with the texts of columns whose points group digits: where commas are decimal signs, and no point is."""
    doubtful = {}
    for place, cells in columns.items():
        texts = [text.strip() for text in cells.iloc[:, 0].dropna().unique()]
        if read_numbers(texts, like=",").form == ",":
            doubtful[place] = next(text for text in texts if "." in text)
    if not doubtful:
        return frame
    groups = decimal == "," or (_has_decimal_commas(frame, separator) and not _has_decimal_points(frame, doubtful))
    if groups:
        kept = [columns[place].iloc[:, 0] if place in doubtful else frame.iloc[:, place] for place in range(frame.shape[1])]
        return pd.concat(kept, axis="columns").set_axis(frame.columns, axis="columns")
    if separator == ";":
        for place, text in doubtful.items():
            warnings.warn(number_said(frame.columns[place], text, "", ","), DataWarning, stacklevel=5)
    return frame


def _has_decimal_commas(frame: pd.DataFrame, separator: str) -> bool:
    """Tell whether columns show that commas are decimal signs; between semicolons, any comma in a number is one."""
    if separator != ";":
        return Decimals(frame).sign == ","
    columns = (first_texts(frame.iloc[:, place]) for place in range(frame.shape[1]))
    return any(any("," in text for text in texts) and read_numbers(texts, like=",").form[:1] == "," for texts in columns)


def _has_decimal_points(frame: pd.DataFrame, doubtful: Collection[int]) -> bool:
    """Tell whether a column of numbers has points that cannot group digits."""
    floats = [place for place, dtype in enumerate(frame.dtypes) if pd.api.types.is_float_dtype(dtype) and place not in doubtful]
    return any((frame.iloc[:, place].dropna() % 1 != 0).any() for place in floats)


def _header(path: Path, packing: str) -> tuple[list[str], str]:
    """Return the column names of a text file and what separates them: the likeliest character of its first line."""
    openers: dict[str, Any] = {"": open, ".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
    with openers[packing](path, "rt", encoding="utf-8-sig", newline="") as file:
        first = _first_record(file)
        if first is None:
            raise DataError(f"{path} is empty; expected a line of column names and a line for each row.")
    outside_quotes = "".join(first.split('"')[0::2])
    separator = max(SEPARATORS, key=outside_quotes.count)
    if first.count('"') % 2:
        raise DataError(f"the first line of {path} has a quote that is never closed; expected column names.")
    try:
        names = next(csv.reader(first.splitlines(keepends=True), delimiter=separator, skipinitialspace=True))
    except csv.Error as error:
        raise DataError(f"the first line of {path} is no line of column names: {error}.") from error
    return [name.strip() for name in names], separator


def _first_record(file: TextIO) -> str | None:
    """Return the first line that is not blank, and those after it that belong to its quotes; None at the end of the file."""
    record = ""
    for line in file:
        record += line
        if record.strip() and record.count('"') % 2 == 0:
            return record.strip("\r\n")
        if not record.strip():
            record = ""
    return record or None


def _without_row_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop a nameless first column that counts the rows from 0 or 1, as frames leave behind when saved with their index."""
    first = frame.iloc[:, 0]
    if frame.shape[1] > 1 and pd.api.types.is_integer_dtype(first.dtype) and len(first):
        start = int(first.iloc[0])
        if start in (0, 1) and (first.to_numpy() == range(start, start + len(first))).all():
            warnings.warn("the first column has no name and counts the rows: left out.", DataWarning, stacklevel=2)
            return frame.iloc[:, 1:]
    return frame


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def first_line(error: Exception) -> str:
    """Return what an error of another library says, cut to one line without a full stop.

    Parameters
    ----------
    error : Exception
        The error.

    Returns
    -------
    str
    """
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
