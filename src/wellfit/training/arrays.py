"""A table as an engine takes it: checked once, contiguous, in one dtype."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.engines.types import EMPTY_ROWS, Array, Rows, TrainingData
from wellfit.errors import DataError
from wellfit.plurals import counted
from wellfit.spec import Spec

__all__ = ["check_data_fits", "make_data", "select_rows"]


def make_data(
    X: ArrayLike,
    Y: ArrayLike,
    dtype: str,
    weights: ArrayLike | None = None,
    rows: ArrayLike | None = None,
    dev_rows: ArrayLike | None = None,
    dev: Sequence[Any] | None = None,
) -> TrainingData:
    """Check a table and return it in the form that engines take.

    Arrays that already are C-contiguous and of the right dtype are not copied. Training rows are taken in the order of `rows` (None: all),
    and may come several times; `dev_rows` point into the table `dev`, by default into X (None: none, or all rows of `dev`).
    """
    table_X, table_Y, table_weights = _table(X, Y, weights, dtype, "")
    train = select_rows("rows", rows, len(table_X))
    if not len(train):
        raise DataError("rows must name at least one row to train on, found none.")
    if dev is None:
        looked_at = EMPTY_ROWS if dev_rows is None else select_rows("dev_rows", dev_rows, len(table_X))
        return TrainingData(table_X, table_Y, table_weights, train, table_X, table_Y, table_weights, looked_at)
    if not isinstance(dev, tuple | list) or len(dev) not in (2, 3):
        raise DataError(f"eval_set must be (X, y) or (X, y, sample_weight), found {_shown(dev)}.")
    dev_X, dev_Y, dev_weights = _table(dev[0], dev[1], dev[2] if len(dev) == 3 else None, dtype, " of eval_set")
    for name, here, there in (("X", dev_X, table_X), ("y", dev_Y, table_Y)):
        if here.shape[1] != there.shape[1]:
            raise DataError(
                f"{name} of eval_set must have {counted(there.shape[1], 'column')}, as the training {name}, found {here.shape[1]}."
            )
    looked_at = select_rows("dev_rows", dev_rows, len(dev_X))
    return TrainingData(table_X, table_Y, table_weights, train, dev_X, dev_Y, dev_weights, looked_at)


def select_rows(name: str, rows: ArrayLike | None, count: int) -> Rows:
    """Return row numbers as an array, checked against the rows that there are."""
    if rows is None:
        return np.arange(count, dtype=np.int64)
    found = np.asarray(rows)
    if found.ndim != 1 or (found.size and found.dtype.kind not in "iu"):
        raise DataError(f"{name} must be a list of row numbers, found {found.dtype} of shape {found.shape}.")
    if found.size and (found.min() < 0 or found.max() >= count):
        bad = found[(found < 0) | (found >= count)][0]
        raise DataError(f"{name} must lie between 0 and {count - 1}, found {bad}.")
    return np.ascontiguousarray(found, dtype=np.int64)


def check_data_fits(spec: Spec, data: TrainingData) -> None:
    """Raise unless a table can train a spec's network: its columns, dtype and weights, and the values of its targets."""
    network, loss = spec.network, spec.training.loss
    if data.X.dtype != np.dtype(spec.training.dtype):
        raise DataError(f"X must be in the spec's dtype {spec.training.dtype}, found {data.X.dtype}; make the data with that dtype.")
    if data.X.shape[1] != network.inputs:
        raise DataError(f"X must have the network's {counted(network.inputs, 'column')}, found {data.X.shape[1]}.")
    if data.weights is not None and not data.weights[data.rows].any():
        raise DataError("sample_weight must be above 0 for some rows, found 0 for every training row.")
    columns = 1 if loss == "cross_entropy" else network.outputs
    if data.Y.shape[1] != columns:
        raise DataError(
            f"y must have {counted(columns, 'column')} for {loss} with {counted(network.outputs, 'output')}, found {data.Y.shape[1]}."
        )
    tables = [("", data.Y)] if data.dev_Y is data.Y else [("", data.Y), (" of eval_set", data.dev_Y)]
    for name, Y in tables:
        if loss == "cross_entropy":
            bad, expected = ~np.isin(Y, np.arange(network.outputs)), f"class codes from 0 to {network.outputs - 1}"
        elif loss == "binary_cross_entropy":
            bad, expected = (Y != 0) & (Y != 1), "0 or 1"
        elif loss == "poisson":
            bad, expected = Y < 0, "counts of at least 0"
        else:
            continue
        if bad.any():
            row, column = np.argwhere(bad)[0]
            raise DataError(f"y{name} must hold {expected} for {loss}, found {Y[row, column]:g} in row {row}, column {column}.")


def _shown(given: Any) -> str:
    return counted(len(given), "item") if isinstance(given, tuple | list) else type(given).__name__


# === One table ===


def _table(X: ArrayLike, Y: ArrayLike, weights: ArrayLike | None, dtype: str, name: str) -> tuple[Array, Array, Array | None]:
    """Return the checked arrays of one table; `name` is put behind the letters in errors."""
    examples = _numbers(f"X{name}", X, dtype)
    if examples.ndim != 2 or 0 in examples.shape:
        raise DataError(f"X{name} must have rows and columns, found shape {examples.shape}.")
    targets = _numbers(f"y{name}", Y, dtype)
    if targets.ndim == 1:
        targets = targets.reshape(-1, 1)
    if targets.ndim != 2 or targets.shape[1] == 0:
        raise DataError(f"y{name} must have one value, or one row of values, for each example, found shape {targets.shape}.")
    if len(targets) != len(examples):
        raise DataError(f"X{name} and y{name} must have the same number of rows, found {len(examples)} and {len(targets)}.")
    if weights is None:
        return examples, targets, None
    shares = _numbers(f"sample_weight{name}", weights, dtype)
    if shares.shape != (len(examples),):
        raise DataError(f"sample_weight{name} must have one value a row, {len(examples)} in all, found shape {shares.shape}.")
    if shares.min() < 0:
        row = int(np.argmin(shares))
        raise DataError(f"sample_weight{name} must be at least 0, found {shares[row]:g} in row {row}.")
    return examples, targets, shares


def _numbers(name: str, values: ArrayLike, dtype: str) -> Array:
    """Return values as a contiguous array without gaps or infinities."""
    given: NDArray[Any] = np.asarray(values)
    if given.dtype.kind not in "fiub":
        raise DataError(f"{name} must hold numbers, found {given.dtype}; encode text and dates first.")
    with np.errstate(over="ignore"):
        array: Array = np.ascontiguousarray(given, dtype=np.dtype(dtype))
        # A finite sum needs no second look and no array of flags as large as the table.
        all_finite = bool(np.isfinite(array.sum()))
    if not all_finite and not np.isfinite(array).all():
        place = tuple(int(part) for part in np.argwhere(~np.isfinite(array))[0])
        where = ", ".join(f"{word} {part}" for word, part in zip(("row", "column"), place, strict=False))
        found = given[place]
        why = f", which is too large for {dtype}" if np.isfinite(found) else "; fill or drop such values first"
        raise DataError(f"{name} must be finite, found {found} in {where}{why}.")
    return array
