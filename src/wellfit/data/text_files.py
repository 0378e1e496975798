"""Read CSV files: what separates the cells, the line of names, and what is wrong with files that cannot be read."""

from __future__ import annotations

import bz2
import csv
import gzip
import lzma
import warnings
from pathlib import Path
from typing import Any, TextIO, cast

import pandas as pd

from wellfit.data.names import quoted
from wellfit.errors import DataError, DataWarning

__all__ = ["PACKED", "first_line", "read_text"]

PACKED = {"": None, ".gz": "gzip", ".bz2": "bz2", ".xz": "xz"}
SEPARATORS = (",", ";", "\t", "|")
MARK_OF_GAP = "?"  # the UCI repository's, beside pandas' own marks


def read_text(path: Path, packing: str) -> pd.DataFrame:
    """Read a file of separated values whose first line names the columns.

    Parameters
    ----------
    path : Path
        The file.
    packing : str
        Its last ending, one of `PACKED`.

    Returns
    -------
    pandas.DataFrame
        Columns without a name are called by their place; names may come twice.

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
            frame = pd.read_csv(
                path,
                sep=separator,
                compression=cast("Any", PACKED[packing]),
                encoding="utf-8-sig",
                index_col=False,
                skipinitialspace=True,
                na_values=[MARK_OF_GAP],
                low_memory=False,
            )
        except pd.errors.ParserWarning as error:
            raise DataError(
                f"{path} has rows with more cells than the {len(header)} names of its first line; mend the first line."
            ) from error
        except pd.errors.ParserError as error:
            raise DataError(f"{path} is no regular table: {first_line(error).removeprefix('Error tokenizing data. C error: ')}.") from error
    frame.columns = pd.Index([name or f"column {place}" for place, name in enumerate(header, start=1)])
    return frame if header[0] else _without_row_numbers(frame)


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
