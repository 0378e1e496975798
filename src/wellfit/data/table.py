"""Read a table: CSV, Parquet, or a data frame, into a pandas frame with plain column names and rows counted from 0."""

from __future__ import annotations

import bz2
import csv
import difflib
import gzip
import lzma
import warnings
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO, cast

import pandas as pd

from wellfit.errors import DataError, DataWarning

__all__ = ["find_target", "nearest", "quoted", "read_table"]

TEXT_FILES = (".csv", ".tsv", ".txt")
PARQUET_FILES = (".parquet", ".pq")
PACKED = {"": None, ".gz": "gzip", ".bz2": "bz2", ".xz": "xz"}
SEPARATORS = (",", ";", "\t", "|")
MARK_OF_GAP = "?"  # the UCI repository's, beside pandas' own marks


def read_table(source: Any) -> pd.DataFrame:
    """Return a table as a pandas frame, from a file or from a frame of another library.

    CSV may be separated by commas, semicolons, tabs or bars (the header tells) and packed (.gz, .bz2, .xz). Empty cells, ``?``
    and pandas' marks (NA, NaN, null, ...) are gaps. A first column without a name that only counts the rows is left out.

    Parameters
    ----------
    source : str, Path, pandas, polars or pyarrow frame, or any object with ``to_pandas``
        The table.

    Returns
    -------
    pandas.DataFrame
        Column names are text, stripped of outer spaces; rows are counted from 0. A pandas frame that is like this already is
        returned as it is.

    Raises
    ------
    DataError
        If there is no such file, it cannot be read, it holds no rows or no columns, or two columns have the same name.

    Examples
    --------
    >>> read_table(pd.DataFrame({"age ": [31, 54], "sick": ["no", "yes"]})).columns.tolist()
    ['age', 'sick']
    """
    if isinstance(source, str | Path):
        frame, name = _read_file(Path(source)), f"the table {source}"
    else:
        frame, name = _as_pandas(source), "the table"
    return _plain(frame, name)


def find_target(frame: pd.DataFrame, name: str | None, role: str = "target") -> pd.Series[Any]:
    """Return the column to predict, or one that has another role.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    name : str or None
        Name of the column.
    role : str
        What the column is for, as messages call it: ``target``, ``group``, ``time``.

    Returns
    -------
    pandas.Series

    Raises
    ------
    DataError
        If no name is given, there is no such column (the nearest names are told), or it is the only one.
    """
    if name is None:
        raise DataError(f"which column is the {role} is not said; name one: the table has {quoted(frame.columns, 10)}.")
    if name not in frame.columns:
        near = nearest(name, frame.columns)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"the table has {quoted(frame.columns, 10)}."
        raise DataError(f"there is no {role} column {name!r}; {hint}")
    if frame.shape[1] == 1:
        raise DataError(f"the table has no column beside the {role} {name!r}; at least one is needed to predict it from.")
    return frame[name]


def nearest(name: str, names: Iterable[str], most: int = 3) -> list[str]:
    """Return the names that a mistyped one may stand for, the likeliest first; case does not count.

    Parameters
    ----------
    name : str
        What was given.
    names : iterable of str
        What there is.
    most : int
        How many to return at most.

    Returns
    -------
    list of str

    Examples
    --------
    >>> nearest("Diagnosys", ["diagnosis", "age"])
    ['diagnosis']
    """
    by_lower = {other.lower(): other for other in reversed(list(names))}
    return [by_lower[match] for match in difflib.get_close_matches(name.lower(), by_lower, n=most)]


def quoted(names: Iterable[Any], most: int = 5) -> str:
    """Return names in quotes, separated by commas; of a long list the first ones and how many more.

    Parameters
    ----------
    names : iterable of str
        What to list.
    most : int
        How many are spelled out.

    Returns
    -------
    str

    Examples
    --------
    >>> quoted(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    names = list(names)
    shown = ", ".join(repr(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


# === Files ===


def _read_file(path: Path) -> pd.DataFrame:
    packing = path.suffix.lower() if path.suffix.lower() in PACKED else ""
    kind = Path(path.name[: len(path.name) - len(packing)]).suffix.lower()
    if not path.exists():
        raise DataError(_no_such_file(path))
    if not path.is_file():
        raise DataError(f"{path} is no file; name a CSV or Parquet file.")
    if kind not in TEXT_FILES and (kind not in PARQUET_FILES or packing):
        valid = ", ".join((*TEXT_FILES, *PARQUET_FILES))
        raise DataError(
            f"{path} has the ending {path.suffix or 'of no kind'!r}; expected one of {valid} (text also packed as .gz, .bz2 or .xz)."
        )
    try:
        return _read_parquet(path) if kind in PARQUET_FILES else _read_text(path, packing)
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text (byte {error.start}); save it as CSV in UTF-8.") from error
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise DataError(f"{path} cannot be read: {_first_line(error)}.") from error


def _no_such_file(path: Path) -> str:
    try:
        beside = sorted(item.name for item in path.parent.iterdir() if item.is_file())
    except OSError:
        return f"no such file: {path}; its folder does not exist or cannot be read."
    near = nearest(path.name, beside)
    return f"no such file: {path}; " + (f"did you mean {' or '.join(near)}?" if near else "check the name.")


def _read_parquet(path: Path) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty; expected a Parquet file.")
    try:
        return cast("pd.DataFrame", pq.read_table(path).to_pandas())
    except pa.ArrowException as error:
        raise DataError(f"{path} is no readable Parquet file: {_first_line(error)}.") from error


def _read_text(path: Path, packing: str) -> pd.DataFrame:
    header, separator = _header(path, packing)
    twice = [name for name, times in Counter(header).items() if times > 1 and name]
    if twice:
        raise DataError(f"{path} has more than one column named {quoted(twice)}; give each column a name of its own.")
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
            raise DataError(
                f"{path} is no regular table: {_first_line(error).removeprefix('Error tokenizing data. C error: ')}."
            ) from error
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


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__


# === Frames ===


def _as_pandas(source: Any) -> pd.DataFrame:
    if isinstance(source, pd.DataFrame):
        return source
    if not isinstance(source, pd.Series) and hasattr(source, "to_pandas"):
        frame = source.to_pandas()
        if isinstance(frame, pd.DataFrame):
            return frame
    raise DataError(f"a table must be a file name or a data frame (pandas, polars or pyarrow), found {type(source).__name__}.")


def _plain(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Check a frame, name its columns in plain text and count its rows from 0; copies no values."""
    if frame.columns.nlevels > 1:
        raise DataError(f"{name} has column names of {frame.columns.nlevels} levels; join them into one.")
    if frame.shape[1] == 0:
        raise DataError(f"{name} has no columns; expected at least two.")
    if frame.shape[0] == 0:
        raise DataError(f"{name} has column names but no rows; expected a line for each row.")
    names = [str(label).strip() for label in frame.columns]
    twice = [label for label, times in Counter(names).items() if times > 1]
    if twice:
        raise DataError(f"{name} has more than one column named {quoted(twice)}; give each column a name of its own.")
    counted = isinstance(frame.index, pd.RangeIndex) and frame.index.equals(pd.RangeIndex(len(frame)))
    if counted and names == list(frame.columns):
        return frame
    frame = frame.copy(deep=False)
    frame.columns = pd.Index(names)
    frame.index = pd.RangeIndex(len(frame))
    return frame
