"""Targets from users, without their gaps."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import column_or_1d

from wellfit.engines.types import Array
from wellfit.errors import DataError, DataWarning
from wellfit.plurals import counted
from wellfit.table.target import column_of

__all__ = ["as_column", "target_of"]


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
