"""Read CSV files: the separator, the line of names, points that group digits, and the errors on files that cannot be read."""

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

from wellfit.errors import DataError, DataWarning
from wellfit.plurals import counted
from wellfit.table.names import quoted
from wellfit.table.numerals import Decimals, first_texts, marked, number_note, read_numbers

__all__ = ["PACKED", "first_line", "read_text"]

PACKED = {"": None, ".gz": "gzip", ".bz2": "bz2", ".xz": "xz"}
SEPARATORS = (",", ";", "\t", "|")
MARK_OF_GAP = "?"  # the UCI repository's, beside pandas' own marks


def read_text(path: Path, packing: str, decimal: str | None = None) -> pd.DataFrame:
    """Read a file of separated values, packed as its ending `packing` says, whose first line names the columns.

    Columns without a name are named by their number; names may come twice. The frame remembers the decimal sign of its texts: a comma in
    a file with semicolons, else the sign that its columns show; `decimal` is the sign that the user sets. A column in a file with
    semicolons whose points could group digits, and are taken for decimal points, is warned of (`DataWarning`).
    """
    header, separator = _header(path, packing)
    if all(_is_number(name) for name in header) and header != [str(number) for number in range(len(header))]:
        raise DataError(
            f"the first line of {path} holds numbers ({quoted(header, 3)}) where column names are expected; put a line of names first."
        )
    with warnings.catch_warnings():
        # pandas would only warn that it drops the last cells of rows longer than the header.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            frame = _cells(path, packing, separator)
            frame = frame.set_axis([name or f"column {number}" for number, name in enumerate(header, start=1)], axis="columns")
            texts = {index: _cells(path, packing, separator, index) for index in _thousandths(frame, separator, decimal)}
        except pd.errors.ParserWarning as error:
            raise DataError(
                f"{path} has rows with more cells than the {counted(len(header), 'name')} of its first line; correct the first line."
            ) from error
        except pd.errors.ParserError as error:
            reason = first_line(error).removeprefix("Error tokenizing data. C error: ")
            raise DataError(f"{path} is not a regular table: {reason}.") from error
    frame = _with_points(frame, texts, separator, decimal)
    sign = "," if separator == ";" else Decimals(frame).sign
    if sign and decimal is None:
        # Remembered now, because the column that shows it may be left out later.
        frame = marked(frame, sign, given=False)
    return frame if header[0] else _without_row_numbers(frame)


def _cells(path: Path, packing: str, separator: str, index: int | None = None) -> pd.DataFrame:
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
        usecols=None if index is None else [index],
        dtype=None if index is None else object,
    )


# === Points that may group digits ===


def _thousandths(frame: pd.DataFrame, separator: str, decimal: str | None) -> list[int]:
    """Return the indices of columns of thousandths from 1 to 1,000, such as 1.234, which could be whole numbers with grouped digits."""
    if decimal == "." or (decimal is None and separator == ","):
        return []
    found = []
    for index, dtype in enumerate(frame.dtypes):
        if pd.api.types.is_float_dtype(dtype):
            values = np.abs(frame.iloc[:, index].dropna().to_numpy())
            whole = values == np.floor(values)
            # In this order: most columns fail the first condition, and infinite values fail before the last.
            if not whole.all() and (values[~whole] > 1).all() and (values < 1000).all():
                if (np.abs(1000 * values - np.round(1000 * values)) < 1e-6).all():
                    found.append(index)
    return found


def _with_points(frame: pd.DataFrame, columns: dict[int, pd.DataFrame], separator: str, decimal: str | None) -> pd.DataFrame:
    """Return a frame with the texts of columns whose points group digits: where commas are decimal signs, and no points are."""
    doubtful = {}
    for index, cells in columns.items():
        texts = [text.strip() for text in cells.iloc[:, 0].dropna().unique()]
        if read_numbers(texts, like=",").form == ",":
            doubtful[index] = next(text for text in texts if "." in text)
    if not doubtful:
        return frame
    groups = decimal == "," or (_has_decimal_commas(frame, separator) and not _has_decimal_points(frame, doubtful))
    if groups:
        kept = [columns[index].iloc[:, 0] if index in doubtful else frame.iloc[:, index] for index in range(frame.shape[1])]
        return pd.concat(kept, axis="columns").set_axis(frame.columns, axis="columns")
    if separator == ";":
        for index, text in doubtful.items():
            warnings.warn(number_note(frame.columns[index], text, "", ","), DataWarning, stacklevel=5)
    return frame


def _has_decimal_commas(frame: pd.DataFrame, separator: str) -> bool:
    """Return whether columns show that commas are decimal signs; between semicolons, any comma in a number is one."""
    if separator != ";":
        return Decimals(frame).sign == ","
    columns = (first_texts(frame.iloc[:, index]) for index in range(frame.shape[1]))
    return any(any("," in text for text in texts) and read_numbers(texts, like=",").form[:1] == "," for texts in columns)


def _has_decimal_points(frame: pd.DataFrame, doubtful: Collection[int]) -> bool:
    """Return whether a column of numbers has points that cannot group digits."""
    floats = [index for index, dtype in enumerate(frame.dtypes) if pd.api.types.is_float_dtype(dtype) and index not in doubtful]
    return any((frame.iloc[:, index].dropna() % 1 != 0).any() for index in floats)


def _header(path: Path, packing: str) -> tuple[list[str], str]:
    """Return the column names of a text file and their separator: the commonest candidate in its first line."""
    openers: dict[str, Any] = {"": open, ".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
    with openers[packing](path, "rt", encoding="utf-8-sig", newline="") as file:
        first = _first_record(file)
        if first is None:
            raise DataError(f"{path} is empty; expected a line of column names and a line for each row.")
    outside_quotes = "".join(first.split('"')[0::2])
    separator = max(SEPARATORS, key=outside_quotes.count)
    if first.count('"') % 2:
        raise DataError(f"the first line of {path} has an unclosed quote; expected column names.")
    try:
        names = next(csv.reader(first.splitlines(keepends=True), delimiter=separator, skipinitialspace=True))
    except csv.Error as error:
        raise DataError(f"the first line of {path} is not a line of column names: {error}.") from error
    return [name.strip() for name in names], separator


def _first_record(file: TextIO) -> str | None:
    """Return the first line that is not blank, with the lines that its quotes continue on; None at the end of the file."""
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
            warnings.warn("the first column has no name and numbers the rows: dropped.", DataWarning, stacklevel=2)
            return frame.iloc[:, 1:]
    return frame


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def first_line(error: Exception) -> str:
    """Return the message of another library's error, cut to one line without a full stop."""
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
