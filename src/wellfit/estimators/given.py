"""Rows from users: the target without its gaps, what each row counts, and which rows belong together."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import column_or_1d
from sklearn.utils.validation import _check_sample_weight

from wellfit.engines.types import Array, Rows
from wellfit.errors import DataError, DataWarning
from wellfit.plurals import counted

__all__ = ["Given", "as_column", "groups_of", "target_of", "weights_of"]


class Given(NamedTuple):
    """The rows that an estimator is fitted on: those with a target and a weight.

    Attributes
    ----------
    frame : pandas.DataFrame
        Counted from 0.
    values : array of shape (rows,)
        The target, without gaps.
    weights : array of shape (rows,) or None
        What each row counts.
    groups : pandas.Series or None
        One a row, under its place in the whole table.
    """

    frame: pd.DataFrame
    values: NDArray[Any]
    weights: Array | None
    groups: pd.Series[Any] | None


def target_of(estimator: Any, y: Any, rows: int, name: str = "y") -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the values of a target, and the rows that have one.

    Parameters
    ----------
    estimator : WellfitClassifier or WellfitRegressor
        For messages.
    y : array-like or Series of shape (rows,)
        The target. Rows where it has a gap are left out, with a warning; a single column is taken as flat, with a warning.
    rows : int
        Rows of the table.
    name : str
        What messages call it.

    Returns
    -------
    values : array of shape (n,)
        Without gaps.
    present : int64 array of shape (n,)
        Their rows.

    Raises
    ------
    DataError
        If the lengths differ, or there are only gaps.
    """
    if y is None:
        raise DataError(f"This {type(estimator).__name__} estimator requires y to be passed, but the target {name} is None.")
    if not isinstance(y, pd.Series | pd.DataFrame) and hasattr(y, "to_pandas"):
        y = y.to_pandas()
    if isinstance(y, pd.DataFrame) and y.shape[1] == 1:
        y = y.iloc[:, 0]
    values = y.to_numpy() if isinstance(y, pd.Series) else column_or_1d(y, warn=True)
    if len(values) != rows:
        raise DataError(f"X and y must have equally many rows, found {rows} and {len(values)}{'' if name == 'y' else f' in {name}'}.")
    present = np.flatnonzero(~pd.isna(values))
    if len(present) < rows:
        if not len(present):
            raise DataError(f"{name} holds only gaps (NaN); give a target for some rows.")
        gaps = rows - len(present)
        first = int(np.flatnonzero(pd.isna(values))[0]) + 1
        warnings.warn(
            f"{name} has gaps in {gaps:,} of {counted(rows, 'row')} (the first in row {first}): those rows are left out.",
            DataWarning,
            stacklevel=4,
        )
        values = values[present]
    if values.dtype == object:
        # What had gaps or came from a column of mixed types is often plain numbers or truth values without them.
        values = np.asarray(pd.Series(values, dtype=object).infer_objects())
    return values, present


def as_column(codes: Array, name: str) -> Array:
    """Return coded targets as the column that networks of float32 are trained on.

    Parameters
    ----------
    codes : array of shape (rows,)
        Coded.
    name : str
        What messages call it.

    Returns
    -------
    float32 array of shape (rows, 1)

    Raises
    ------
    DataError
        If a number is too large for float32.
    """
    with np.errstate(over="ignore"):
        column = codes.astype(np.float32)[:, np.newaxis]
    finite = np.isfinite(column[:, 0])
    if not finite.all():
        raise DataError(f"{name} holds a value {codes[~finite][0]:.0e} standard deviations from the mean; mend it or leave the row out.")
    return column


def weights_of(sample_weight: Any, X: Any, rows: int, present: Rows) -> Array | None:
    """Return what the rows with a target count.

    Parameters
    ----------
    sample_weight : array-like of shape (rows,) or None
        As the user gives it.
    X : frame or array-like of shape (rows, columns)
        Whose rows they are.
    rows : int
        How many rows there are.
    present : int64 array
        Rows with a target.

    Returns
    -------
    float64 array, one for each of `present`, or None

    Raises
    ------
    ValueError
        If one is no number, or negative, or all are 0.
    """
    if sample_weight is None:
        return None
    weights: Array = _check_sample_weight(sample_weight, X, dtype=np.float64)
    if weights.min() < 0:
        row = int(np.argmin(weights))
        raise DataError(f"sample_weight must be at least 0, found {weights[row]:g} in row {row + 1}.")
    weights = weights[present]
    if not weights.any():
        raise DataError("sample_weight must leave something to learn from, found zero for every row with a target.")
    return weights


def groups_of(groups: Any, rows: int, present: Rows) -> pd.Series[Any] | None:
    """Return the groups of the rows that are used, under their places in the whole table.

    Parameters
    ----------
    groups : array-like of shape (rows,) or None
        As the user gives them.
    rows : int
        How many rows there are.
    present : int64 array
        Rows that are used.

    Returns
    -------
    pandas.Series, one for each of `present`, or None

    Raises
    ------
    DataError
        If a row has none, or there are more groups than rows.
    """
    if groups is None:
        return None
    column = groups if isinstance(groups, pd.Series) else pd.Series(np.asarray(groups))
    if len(column) != rows:
        raise DataError(f"groups must have a value for each row, found {len(column)} for {counted(rows, 'row')}.")
    column = column.reset_index(drop=True).rename("groups").iloc[present]
    gaps = column.isna().to_numpy()
    if gaps.any():
        raise DataError(f"groups has a gap in row {present[gaps][0] + 1}; give each row a group.")
    return column
