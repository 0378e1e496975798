"""Read a table: CSV, Parquet, an array or a data frame, into a pandas frame with plain column names and rows counted from 0."""

from __future__ import annotations

import lzma
import warnings
import zlib
from collections import Counter
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from wellfit.errors import DataError, DataWarning
from wellfit.table.names import nearest, quoted
from wellfit.table.numerals import marked
from wellfit.table.text_files import PACKED, first_line, read_text

__all__ = ["column_names", "find_target", "is_frame", "read_table"]

TEXT_FILES = (".csv", ".tsv", ".txt")
PARQUET_FILES = (".parquet", ".pq")
TWICE = "wellfit: names that come twice"  # where a frame remembers them


def read_table(source: Any, decimal: str | None = None) -> pd.DataFrame:
    """Return a table as a pandas frame, from a file, an array, or a frame of another library (any with ``to_pandas``).

    CSV may be separated by commas, semicolons, tabs or bars (the header shows which) and packed (.gz, .bz2, .xz). Empty cells, ``?`` and
    pandas' marks (NA, NaN, null, ...) are gaps. A first column without a name that only counts the rows is left out. Column names are text,
    stripped of outer spaces; rows are counted from 0. The columns of an array are called ``column 1``, ``column 2``, ...; names of several
    levels are joined by a full stop, and of columns with the same name the second is called ``name (2)``. A pandas frame that is like this
    already is returned as it is.

    `decimal` (``.`` or ``,``) is the decimal sign of ambiguous texts such as 1,234. Default: ``,`` in a file separated by semicolons, else
    as the other columns show, else ``.``; a `DataWarning` names such columns.
    """
    if isinstance(source, str | Path):
        frame, name = _read_file(Path(source), decimal), f"the table {source}"
    else:
        frame, name = _as_pandas(source), "the table"
    return _plain(frame if decimal is None else marked(frame, decimal, given=True), name)


def find_target(frame: pd.DataFrame, name: str | None, role: str = "target") -> pd.Series[Any]:
    """Return the column to predict, or one with another role; a `DataError` suggests the nearest names."""
    if name is None:
        raise DataError(f"no {role} is named; name a column: the table has {quoted(frame.columns, 10)}.")
    if name not in frame.columns:
        near = nearest(name, frame.columns)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"the table has {quoted(frame.columns, 10)}."
        raise DataError(f"there is no {role} column {name!r}; {hint}")
    if name in frame.attrs.get(TWICE, ()):
        raise DataError(f"the table has more than one column named {name!r}, so the {role} is ambiguous; give it a unique name.")
    if frame.shape[1] == 1:
        raise DataError(f"the table has no column besides the {role} {name!r}; at least one is needed to predict it.")
    return frame[name]


# === Frames of any library ===


def is_frame(X: Any) -> bool:
    """Return whether a table has named columns: a frame of pandas, polars or pyarrow."""
    return isinstance(X, pd.DataFrame) or (hasattr(X, "to_pandas") and hasattr(X, "columns") and not isinstance(X, pd.Series))


def column_names(frame: Any) -> list[Any]:
    """Return the names of a frame's columns as they are; pyarrow's `columns` are the columns themselves."""
    return list(frame.column_names if hasattr(frame, "column_names") else frame.columns)


# === Files ===


def _read_file(path: Path, decimal: str | None) -> pd.DataFrame:
    packing = path.suffix.lower() if path.suffix.lower() in PACKED else ""
    kind = Path(path.name[: len(path.name) - len(packing)]).suffix.lower()
    if not path.exists():
        raise DataError(_no_such_file(path))
    if not path.is_file():
        raise DataError(f"{path} is not a file; name a CSV or Parquet file.")
    if kind not in TEXT_FILES and (kind not in PARQUET_FILES or packing):
        valid = ", ".join((*TEXT_FILES, *PARQUET_FILES))
        raise DataError(
            f"{path} has the ending {path.suffix or 'of no kind'!r}; expected one of {valid} (text also packed as .gz, .bz2 or .xz)."
        )
    try:
        return _read_parquet(path) if kind in PARQUET_FILES else read_text(path, packing, decimal)
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text (byte {error.start}); save it as CSV in UTF-8.") from error
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise DataError(f"{path} cannot be read: {first_line(error)}.") from error


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
        raise DataError(f"{path} is not a readable Parquet file: {first_line(error)}.") from error


# === Frames ===


def _as_pandas(source: Any) -> pd.DataFrame:
    if isinstance(source, pd.DataFrame):
        return source
    if isinstance(source, np.ndarray):
        return _from_array(source)
    if not isinstance(source, pd.Series) and hasattr(source, "to_pandas"):
        frame = source.to_pandas()
        if isinstance(frame, pd.DataFrame):
            return frame
    raise DataError(
        f"a table must be a file name, a data frame (pandas, polars or pyarrow) or an array of rows and columns, "
        f"found {type(source).__name__}."
    )


def _from_array(array: np.ndarray[Any, Any]) -> pd.DataFrame:
    """Return an array as a frame of its values; records keep the names of their fields."""
    if array.dtype.names is not None and array.ndim == 1:
        return pd.DataFrame({name: array[name] for name in array.dtype.names})
    if array.ndim != 2:
        raise DataError(f"a table must have rows and columns, found an array of shape {array.shape}; give one of shape (rows, columns).")
    return pd.DataFrame(array, columns=[f"column {place}" for place in range(1, array.shape[1] + 1)], copy=False)


def _plain(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Check a frame, name its columns in plain text and count its rows from 0; copies no values but those of Arrow's own types."""
    if frame.shape[1] == 0:
        raise DataError(f"{name} has no columns; expected at least two.")
    if frame.shape[0] == 0:
        raise DataError(f"{name} has column names but no rows; expected a line for each row.")
    names, twice = _different([_name(label).strip() for label in frame.columns])
    if twice:
        warnings.warn(
            f"{name} has more than one column named {quoted(twice)}: the duplicates are renamed, as in '{twice[0]} (2)'.",
            DataWarning,
            stacklevel=3,
        )
    counted = isinstance(frame.index, pd.RangeIndex) and frame.index.equals(pd.RangeIndex(len(frame)))
    foreign = [place for place, dtype in enumerate(frame.dtypes) if _is_arrow(dtype)]
    if counted and not foreign and names == list(frame.columns):
        return frame
    frame = frame.copy(deep=False)
    frame.columns = pd.Index(names)
    frame.index = pd.RangeIndex(len(frame))
    for place in foreign:
        frame[names[place]] = _without_arrow(frame[names[place]])
    if twice:
        frame.attrs[TWICE] = twice
    return frame


def _name(label: object) -> str:
    """Return a column's name as text; names of several levels joined."""
    return ".".join(str(level) for level in label) if isinstance(label, tuple) else str(label)


def _different(names: list[str]) -> tuple[list[str], list[str]]:
    """Return names of which no two are equal, and those that came twice."""
    taken, different = set(names), []
    seen: Counter[str] = Counter()
    for name in names:
        seen[name] += 1
        fresh, number = name, seen[name]
        while number > 1 and fresh in taken:
            # Stripped, as all names are: of a name without a letter nothing but the number is left.
            fresh, number = f"{name} ({number})".strip(), number + 1
        taken.add(fresh)
        different.append(fresh)
    return different, [name for name, times in seen.items() if times > 1]


def _is_arrow(dtype: Any) -> bool:
    """Tell whether a column holds Arrow's dates, times, decimals and the like, which have no twin among NumPy's types."""
    types = pd.api.types
    plain = types.is_bool_dtype(dtype) or types.is_string_dtype(dtype) or types.is_integer_dtype(dtype) or types.is_float_dtype(dtype)
    return isinstance(dtype, pd.ArrowDtype) and not plain


def _without_arrow(column: pd.Series[Any]) -> pd.Series[Any]:
    import pyarrow as pa

    return cast("pd.Series[Any]", pa.array(column).to_pandas())
