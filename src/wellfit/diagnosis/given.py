"""The caller's input, validated: two tables with the same columns, and a target for each row."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.errors import DataError, DataWarning
from wellfit.plurals import counted
from wellfit.table.names import nearest, quoted
from wellfit.table.preparation.learn import prepare_table
from wellfit.table.read import is_frame, read_table
from wellfit.table.target import column_of

__all__ = ["Inputs", "Matrix", "as_dense", "check_columns", "check_target", "class_codes", "numeric_inputs"]

Matrix = NDArray[np.float64]

FEWEST_ROWS = 2


class Inputs(NamedTuple):
    """Both parts as numbers."""

    # train, dev: (rows, columns): finite
    train: Matrix
    dev: Matrix
    names: tuple[str, ...]  # of the columns


def as_dense(X: Any) -> Any:
    """Return a table as a frame or as an array of two dimensions; sparse ones made dense."""
    if hasattr(X, "toarray"):
        return X.toarray()
    return X if is_frame(X) else np.asarray(X)


def check_columns(X_train: Any, X_dev: Any) -> None:
    """Raise unless both tables have rows, and the same columns."""
    for name, X in (("X_train", X_train), ("X_dev", X_dev)):
        if len(np.shape(X)) != 2:
            raise DataError(f"{name} must have rows and columns, found shape {np.shape(X)}.")
        if len(X) < FEWEST_ROWS or not np.shape(X)[1]:
            raise DataError(f"{name} must have at least {FEWEST_ROWS} rows and a column, found shape {np.shape(X)}.")
    if is_frame(X_train) and is_frame(X_dev):
        train, dev = list(read_table(X_train).columns), list(read_table(X_dev).columns)
        missing, new = [name for name in train if name not in dev], [name for name in dev if name not in train]
        if missing:
            near = nearest(missing[0], new, 1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise DataError(f"X_dev lacks the column {quoted(missing)} of X_train{hint}; give both the same columns.")
        if new:
            raise DataError(f"X_dev has the column {quoted(new)}, which X_train lacks; give both the same columns.")
    elif np.shape(X_train)[1] != np.shape(X_dev)[1]:
        raise DataError(f"X_dev must have the {counted(np.shape(X_train)[1], 'column')} of X_train, found {np.shape(X_dev)[1]}.")


def check_target(name: str, y: Any, rows: int) -> NDArray[Any]:
    """Return a target as a flat array without gaps."""
    values = column_of(y, name).to_numpy()
    if len(values) != rows:
        raise DataError(f"{name} must have a value for each of the {counted(rows, 'row')} of its table, found {len(values)}.")
    gaps = pd.isna(values)
    if gaps.any():
        raise DataError(f"{name} has a missing value in row {int(gaps.argmax()) + 1}; drop rows without a target.")
    return np.asarray(pd.Series(values).infer_objects()) if values.dtype == object else values


def class_codes(name: str, values: NDArray[Any], classes: NDArray[Any], of_what: str) -> Matrix:
    """Return the place of each label among the classes."""
    codes: NDArray[np.int64] = pd.Index(classes).get_indexer(pd.Index(values))
    if codes.min() < 0:
        row = int(codes.argmin())
        raise DataError(
            f"{name} holds {values[row]!s} in row {row + 1}, which is not one of the classes of {of_what}: {quoted(classes.tolist())}."
        )
    return codes.astype(np.float64)


def numeric_inputs(X_train: Any, X_dev: Any, codes: Matrix, classes: int, seed: int = 0) -> Inputs:
    """Return two tables as numbers: as they are, or prepared as learned on the training rows (categories by `codes`)."""
    with warnings.catch_warnings():
        # Corrections of the table were reported when the model was fitted.
        warnings.simplefilter("ignore", DataWarning)
        train, dev = read_table(X_train), read_table(X_dev)
        dev = dev[list(train.columns)] if is_frame(X_train) and is_frame(X_dev) else dev.set_axis(train.columns, axis="columns")
        if all(pd.api.types.is_numeric_dtype(kind) for kind in (*train.dtypes, *dev.dtypes)):
            here, there = (part.to_numpy(dtype=np.float64, na_value=np.nan) for part in (train, dev))
            if np.isfinite(here).all() and np.isfinite(there).all():
                return Inputs(here, there, tuple(map(str, train.columns)))
        preparation, prepared = prepare_table(train, target=codes, classes=classes, seed=seed, dtype=np.float64)
        return Inputs(
            prepared.astype(np.float64), preparation.transform(dev, dtype=np.float64).X.astype(np.float64), tuple(preparation.names)
        )
