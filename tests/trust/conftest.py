"""What the tests of trust share."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

# === Whether a thing has changed ===


def _of_pandas(values):
    """Return all that an array of pandas holds: its memory, its mask, its categories."""
    if isinstance(values, pd.Categorical):
        return values.ordered, _of(values.codes), _of(values.categories)
    if isinstance(values, pd.arrays.SparseArray):
        return _of(values.sp_values), _of(values.sp_index.indices), repr(values.fill_value)
    if isinstance(values, pd.arrays.IntervalArray):
        return values.closed, _of(values.left), _of(values.right)
    if hasattr(values, "_mask"):
        return _of(values._data), _of(values._mask)
    if hasattr(values, "__arrow_array__") and hasattr(values, "_pa_array"):
        return _of(values._pa_array)
    return _of(getattr(values, "_ndarray", None) if hasattr(values, "_ndarray") else np.asarray(values))


def _of_arrow(column):
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    buffers = [None if buffer is None else buffer.to_pybytes() for chunk in chunks for buffer in chunk.buffers()]
    return str(column.type), [(len(chunk), chunk.offset) for chunk in chunks], buffers


def _of(thing):
    """Return a value that is equal for two things only if all their bytes, names and types are."""
    kind = type(thing).__name__
    if isinstance(thing, np.ndarray):
        content = [_of(value) for value in thing.ravel()] if thing.dtype == object else thing.tobytes(order="A")
        found = thing.dtype.str, thing.shape, thing.strides, thing.flags.writeable, content
    elif isinstance(thing, pd.DataFrame):
        columns = [_of(thing.iloc[:, place]) for place in range(thing.shape[1])]
        found = _of(thing.columns), _of(thing.index), _of(thing.attrs), thing.flags.allows_duplicate_labels, columns
    elif isinstance(thing, pd.Series):
        found = repr(thing.name), str(thing.dtype), _of(thing.index), _of(thing.attrs), _of_pandas(thing.array)
    elif isinstance(thing, pd.RangeIndex):
        found = repr(thing)
    elif isinstance(thing, pd.Index):
        found = str(thing.dtype), list(map(repr, thing.names)), _of_pandas(thing.array)
    elif isinstance(thing, pl.DataFrame):
        found = thing.columns, [_of(column) for column in thing.get_columns()]
    elif isinstance(thing, pl.Series):
        found = thing.name, str(thing.dtype), _of(thing.to_arrow())
    elif isinstance(thing, pa.Table):
        found = str(thing.schema), [_of_arrow(column) for column in thing.columns]
    elif isinstance(thing, pa.Array | pa.ChunkedArray):
        found = _of_arrow(thing)
    elif sparse.issparse(thing):
        found = thing.format, thing.shape, _of(thing.data), _of(thing.indices), _of(thing.indptr)
    elif isinstance(thing, dict):
        found = [(repr(key), _of(value)) for key, value in thing.items()]
    elif dataclasses.is_dataclass(thing):
        found = [(field.name, _of(getattr(thing, field.name))) for field in dataclasses.fields(thing)]
    elif isinstance(thing, list | tuple):
        found = [_of(item) for item in thing]
    else:
        found = repr(thing)
    return kind, found


@pytest.fixture(scope="session")
def fingerprint():
    """Return the function that tells whether a thing has changed, down to its bytes, masks, names and types."""
    return _of


# === What is given ===

ROWS, DEV = 40, 20


def _numbers(rows, seed):
    draw = np.random.default_rng(seed)
    # The second column is whole numbers, which pandas turns into Int64 when it chooses types.
    return pd.DataFrame({"a": draw.normal(20, 5, rows), "b": draw.integers(0, 9, rows).astype(float), "c": draw.normal(size=rows)})


def _mixed(rows, seed):
    frame = _numbers(rows, seed)
    frame["word"] = np.resize(["red", "green", None, "blue"], rows)
    frame["truth"] = np.resize([True, False, False], rows)
    frame["day"] = pd.date_range("2024-01-30", periods=rows, freq="D")
    frame.loc[::7, "a"] = np.nan
    return frame


@dataclasses.dataclass
class Given:
    """All that a caller may hand over, and what must stay as it is beside it."""

    X: Any
    X_dev: Any
    labels: Any
    labels_dev: Any
    values: Any
    values_dev: Any
    weights: Any
    weights_dev: Any
    groups: Any
    shares: Any
    kept: Any = None


class Kind(NamedTuple):
    """A form of tables and columns; `holds` says of what sort: array, lists, sparse, numbers in a frame, or a whole table."""

    table: Callable[[pd.DataFrame, Path], Any]
    column: Callable[[pd.Series, Path], Any]
    holds: str


def _array(change):
    return Kind(lambda frame, folder: change(frame.to_numpy(copy=True)), lambda column, folder: change(column.to_numpy(copy=True)), "array")


def _read_only(values):
    values.flags.writeable = False
    return values


def _of_a_larger(values):
    """Return every second row, and column, of an array."""
    larger = np.zeros([2 * size for size in values.shape], dtype=values.dtype)
    larger[tuple(slice(None, None, 2) for _ in values.shape)] = values
    return larger[tuple(slice(None, None, 2) for _ in values.shape)]


def _mapped(mode):
    def write(values, folder):
        path = folder / f"{len(list(folder.iterdir()))}.npy"
        np.save(path, values.to_numpy())
        return np.load(path, mmap_mode=mode)

    return Kind(write, write, "array")


def _over(values, array=None):
    """Return a frame or a series that has an array's own memory."""
    array = values.to_numpy(copy=True) if array is None else array
    return pd.DataFrame(array, columns=values.columns, copy=False) if array.ndim == 2 else pd.Series(array, name=values.name, copy=False)


def _frame(change, holds="numbers"):
    """Return the kind that is made of a frame; one of numbers alone is over a single array."""

    def make(values, folder):
        return change(values if holds == "whole" else _over(values))

    return Kind(make, make, holds)


def _nullable(values):
    return values.convert_dtypes()


def _arrow(values):
    return values.convert_dtypes(dtype_backend="pyarrow")


def _labelled(values):
    """Return values under an index and attributes of their own."""
    values = values.set_axis(pd.Index([f"row {place}" for place in range(len(values))], name="who"))
    values.attrs["source"] = {"a measurement": [1, 2]}
    return values


def _categories(values):
    if isinstance(values, pd.Series):
        return values.astype("category")
    return values.assign(**{name: values[name].astype("category") for name in ("word", "truth", "b")})


def _polars(values):
    return pl.from_pandas(values)


def _pyarrow(values):
    return pa.Table.from_pandas(values) if isinstance(values, pd.DataFrame) else pa.chunked_array([pa.array(values)])


KINDS = {
    "array": _array(np.ascontiguousarray),
    "array, columns first": _array(np.asfortranarray),
    "array of float32": _array(lambda values: values.astype(np.float32) if values.dtype == np.float64 else values),
    "array, read-only": _array(_read_only),
    "part of a larger array": _array(_of_a_larger),
    "array mapped from a file": _mapped("r"),
    "array mapped for writing": _mapped("r+"),
    "sparse": Kind(lambda frame, folder: sparse.csr_matrix(frame.to_numpy()), lambda column, folder: column.to_numpy(), "sparse"),
    "lists": Kind(*[lambda values, folder: values.to_numpy().tolist()] * 2, "lists"),
    "frame over an array": _frame(lambda values: values),
    "frame over a read-only array": _frame(lambda values: _over(values, _read_only(values.to_numpy(copy=True)))),
    "frame over a mapped array": Kind(
        *[lambda values, folder: _over(values, KINDS["array mapped from a file"].table(values, folder))] * 2, "numbers"
    ),
    "frame with an index": _frame(_labelled),
    "frame, nullable": _frame(_nullable),
    "frame, Arrow": _frame(_arrow),
    "polars": _frame(_polars),
    "pyarrow": _frame(_pyarrow),
    "mixed frame": _frame(lambda values: values, "whole"),
    "mixed frame, categories": _frame(_categories, "whole"),
    "mixed frame, nullable": _frame(_nullable, "whole"),
    "mixed frame, Arrow": _frame(_arrow, "whole"),
    "mixed polars": _frame(_polars, "whole"),
    "mixed pyarrow": _frame(_pyarrow, "whole"),
}


def _make(kind, folder):
    table = _mixed if kind.holds == "whole" else _numbers
    plain = [table(ROWS, 0), table(DEV, 1)]
    labels = [pd.Series(np.resize([0, 1, 1, 0, 1], rows), name="y") for rows in (ROWS, DEV)]
    if kind.holds == "whole":
        labels = [column.map({0: "no", 1: "yes"}) for column in labels]
    values = [pd.Series(np.linspace(-1, 5, rows) ** 2, name="y") for rows in (ROWS, DEV)]
    weights = [pd.Series(np.resize([1.0, 2.0, 0.5], rows), name="weight") for rows in (ROWS, DEV)]
    groups = pd.Series(np.resize(np.arange(ROWS // 2), ROWS), name="who")
    shares = pd.Series(np.linspace(0.01, 0.99, ROWS), name="share")

    def column(one):
        return kind.column(one, folder)

    # Categories of numbers are no numbers.
    number = KINDS["mixed frame"].column if kind is KINDS["mixed frame, categories"] else kind.column
    return Given(
        *(kind.table(frame, folder) for frame in plain),
        *map(column, labels),
        *(number(one, folder) for one in (*values, *weights)),
        column(groups),
        number(shares, folder),
        # What a conversion may share memory with.
        kept=(plain, labels, values, weights, groups, shares),
    )


@pytest.fixture(scope="session")
def given(tmp_path_factory, fingerprint):
    """Return, by the name of each kind, what it holds, all that is given in it, and what that was at first."""
    made = {name: _make(kind, tmp_path_factory.mktemp("given")) for name, kind in KINDS.items()}
    return {name: (KINDS[name].holds, thing, fingerprint(thing)) for name, thing in made.items()}
