"""Targets as they are given: numbers in text are made plain, and moments, which no regression predicts, are refused."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from wellfit.data.columns import as_numbers, kind_of, reading_of
from wellfit.data.numerals import Decimals
from wellfit.errors import DataError, DataWarning

__all__ = ["MOMENTS", "moments_said", "plain_target", "refuse_moments", "target_column", "with_plain_target"]

# What a regression cannot predict as it is, and which numbers say the same.
MOMENTS = {
    "date": ("dates", "days since a date"),
    "time": ("times of day", "hours since midnight"),
    "duration": ("spans of time", "hours or days"),
}


def target_column(y: Any) -> pd.Series[Any]:
    """Return the target as a column with a name."""
    if not isinstance(y, pd.Series | pd.DataFrame) and hasattr(y, "to_pandas"):
        y = y.to_pandas()
    if isinstance(y, pd.DataFrame) and y.shape[1] == 1:
        y = y.iloc[:, 0]
    if isinstance(y, pd.Series):
        return y.reset_index(drop=True).rename("y" if y.name in (None, "") else str(y.name))
    values = np.asarray(y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise DataError(f"y must have one value for each row, found the shape {values.shape}; give one target at a time.")
    # An array would make words of the gaps among words.
    return pd.Series(list(y) if isinstance(y, list | tuple) and np.ndim(y) == 1 else values, name="y")


def refuse_moments(values: Any, name: str) -> None:
    """Raise if a target of numbers holds dates, times of day or spans of time, of any type or as text.

    Parameters
    ----------
    values : array-like of shape (rows,) or (rows, outputs)
        The target.
    name : str
        What messages call it.

    Raises
    ------
    DataError
        With its first value, and what to give instead.
    """
    if hasattr(values, "to_pandas") and not isinstance(values, pd.Series | pd.DataFrame):
        values = values.to_pandas()
    if not isinstance(values, pd.Series | pd.DataFrame):
        array = values if hasattr(values, "dtype") else np.asarray(values)
        if array.dtype.kind not in "MmOUT" or np.ndim(array) not in (1, 2):
            return
        values = pd.DataFrame(array)
    for column in [values] if isinstance(values, pd.Series) else [values.iloc[:, place] for place in range(values.shape[1])]:
        if not pd.api.types.is_numeric_dtype(column.dtype) and column.notna().any():
            try:
                kind = kind_of(column.reset_index(drop=True))
            except DataError:
                continue  # words among them: refused for what they are where numbers are made of them
            if kind in MOMENTS:
                raise DataError(moments_said(name, column, kind, "regression"))


def moments_said(name: str, target: pd.Series[Any], kind: str, task: str) -> str:
    """Return the sentence on a target of moments.

    Parameters
    ----------
    name : str
        What messages call it.
    target : pandas.Series
        With at least one value.
    kind : str
        One of `MOMENTS`.
    task : str
        As for `task_of`.

    Returns
    -------
    str
    """
    found, instead = MOMENTS[kind]
    place = int(target.notna().to_numpy().argmax())
    held = f"{name} holds {found} ({str(target.iloc[place])!r} in row {place + 1})"
    if task == "classification":
        return f"{held}, which are no classes; give classes, such as names of months, or predict numbers, such as {instead}."
    return f"{held}, and a regression predicts numbers; convert them to numbers, such as {instead}."


def plain_target(target: pd.Series[Any], task: str = "auto", decimals: Decimals | None = None) -> pd.Series[Any]:
    """Return a target of numbers with decimal commas, grouped digits or units as plain numbers; any other as it is.

    Parameters
    ----------
    target : pandas.Series
        The column to predict.
    task : str
        As for `task_of`; text stays text where classes are wanted.
    decimals : Decimals, optional
        Of its table.

    Returns
    -------
    pandas.Series

    Warns
    -----
    DataWarning
        If the decimal sign could be meant otherwise.
    """
    try:
        reading = reading_of(target, decimals)
    except DataError:
        return target  # what is wrong with it, `task_of` tells
    if task == "classification" or reading.kind != "number" or not (reading.form or reading.doubtful):
        return target
    if reading.doubtful:
        warnings.warn(reading.said, DataWarning, stacklevel=3)
    return pd.Series(as_numbers(target, form=reading.form, decimals=decimals), index=target.index, name=target.name)


def with_plain_target(frame: pd.DataFrame, name: str, task: str = "auto") -> pd.DataFrame:
    """Return a table with its target as from `plain_target`; no other values are copied.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    name : str
        The target.
    task : str
        As for `task_of`.

    Returns
    -------
    pandas.DataFrame
    """
    target = plain_target(frame[name], task, Decimals(frame))
    if target.dtype != frame[name].dtype:
        frame = frame.copy(deep=False)
        frame[name] = target
    return frame
