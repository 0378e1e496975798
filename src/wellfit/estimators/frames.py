"""Whole tables from users: frames and arrays as pandas frames, and targets without their gaps."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.utils import column_or_1d
from sklearn.utils.validation import validate_data

from wellfit.engines.types import Array
from wellfit.errors import DataError, DataWarning, SpecError, SpecTypeError, unknown_name
from wellfit.estimators.validation import check_order
from wellfit.plurals import counted
from wellfit.table.names import nearest, quoted
from wellfit.table.read import column_names, is_frame, read_table
from wellfit.table.target import column_of

__all__ = ["as_column", "columns_named", "compared", "read_frame", "target_of"]


def read_frame(estimator: Any, X: Any, *, reset: bool) -> pd.DataFrame:
    """Return a table as a pandas frame; its rows count from 0, an array's columns are ``column 1``, ``column 2``, ...

    The estimator learns the columns, or they are compared with those it has learned.
    """
    if issparse(X):
        raise TypeError(f"sparse input is not supported: {type(estimator).__name__} needs dense tables; use X.toarray() or an MLP.")
    if is_frame(X):
        frame = read_table(X)
        if not reset:
            check_order(frame, estimator._columns)
        # Names that come twice, or numbers beside text, scikit-learn refuses; `read_table` has mended them, with a warning.
        validate_data(estimator, X if _has_plain_names(X) else frame, reset=reset, skip_check_array=True)
    else:
        frame = read_table(validate_data(estimator, X, reset=reset, dtype=None, ensure_all_finite=False))
    if reset:
        estimator._columns = tuple(frame.columns)
    elif tuple(frame.columns) != estimator._columns:
        # Names that scikit-learn does not keep (numbers), or none on one of the two sides: columns go by their place.
        frame = frame.set_axis(list(estimator._columns), axis="columns")
    return frame


def columns_named(chosen: Any, columns: Sequence[str]) -> list[str]:
    """Return the names of columns that are given by name or by place."""
    if chosen is None:
        return []
    if isinstance(chosen, str) or not isinstance(chosen, Sequence | np.ndarray | pd.Index):
        raise SpecTypeError(f"categorical_features must be a list of column names or indices, found {chosen!r}.")
    found = []
    for item in chosen:
        if isinstance(item, str):
            if item not in columns:
                raise SpecError(unknown_name("column in categorical_features,", item, columns))
            found.append(item)
        elif isinstance(item, int | np.integer) and not isinstance(item, bool):
            if not 0 <= int(item) < len(columns):
                raise SpecError(f"categorical_features names index {item}, but the table has columns 0 to {len(columns) - 1}.")
            found.append(columns[int(item)])
        else:
            raise SpecTypeError(f"categorical_features must hold column names or indices, found {item!r}.")
    return found


def _has_plain_names(X: Any) -> bool:
    """Return whether a frame's columns have different names, of one type."""
    names = column_names(X)
    return len(set(names)) == len(names) and len({isinstance(name, str) for name in names}) <= 1


def compared(name: str, X: Any, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return a second table as a frame, checked to have the columns of the first, in the same order."""
    if not is_frame(X):
        array = np.asarray(X)
        if array.ndim != 2 or array.shape[1] != len(columns):
            raise DataError(f"{name} must have the {counted(len(columns), 'column')} of X, found shape {array.shape}.")
        return read_table(array).set_axis(list(columns), axis="columns")
    frame = read_table(X)
    missing = [column for column in columns if column not in frame.columns]
    new = [column for column in frame.columns if column not in columns]
    if missing:
        near = nearest(missing[0], new, 1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        raise DataError(f"{name} lacks the column {quoted(missing)} of X{hint}; add it.")
    if new:
        raise DataError(f"{name} has the column {quoted(new)}, which X lacks; drop it.")
    try:
        check_order(frame, columns)
    except DataError as error:
        raise DataError(f"{name}: {error}") from error
    return frame


# === Targets ===


def target_of(estimator: Any, y: Any, rows: int, name: str = "y") -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the values of a target, and the rows that have one; gaps, and a target of one column, are warned of."""
    if y is None:
        raise DataError(f"This {type(estimator).__name__} estimator requires y to be passed, but the target {name} is None.")
    # Of arrays scikit-learn warns where they are columns.
    values = column_of(y).to_numpy() if isinstance(y, pd.Series | pd.DataFrame) or hasattr(y, "to_pandas") else column_or_1d(y, warn=True)
    if len(values) != rows:
        raise DataError(f"X and y must have the same number of rows, found {rows} and {len(values)}{'' if name == 'y' else f' in {name}'}.")
    present = np.flatnonzero(~pd.isna(values))
    if len(present) < rows:
        if not len(present):
            raise DataError(f"{name} has only missing values; give a target for some rows.")
        gaps = rows - len(present)
        first = int(np.flatnonzero(pd.isna(values))[0]) + 1
        warnings.warn(
            f"{name} has missing values in {gaps:,} of {counted(rows, 'row')} (the first in row {first}): those rows are dropped.",
            DataWarning,
            stacklevel=4,
        )
        values = values[present]
    if values.dtype == object:
        # What had gaps or came from a column of mixed types is often plain numbers or truth values without them.
        values = np.asarray(pd.Series(values, dtype=object).infer_objects())
    return values, present


def as_column(codes: Array, name: str) -> Array:
    """Return coded targets as the column that networks of float32 are trained on."""
    with np.errstate(over="ignore"):
        column = codes.astype(np.float32)[:, np.newaxis]
    finite = np.isfinite(column[:, 0])
    if not finite.all():
        raise DataError(f"{name} holds a value {codes[~finite][0]:.0e} standard deviations from the mean; correct it or drop the row.")
    return column
