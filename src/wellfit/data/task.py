"""Which task a target sets: classification or regression, as wanted or as its values suggest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.data.cells import as_texts, row_of
from wellfit.data.columns import as_numbers, reading_of
from wellfit.data.given_targets import MOMENTS, moments_said
from wellfit.errors import DataError
from wellfit.spec import TASKS

__all__ = ["target_kind", "task_guess", "task_of"]

# Whole numbers are classes when they are this few, close together, and each seen often enough to be learned.
MOST_CLASSES_OF_NUMBERS = 20
FEWEST_ROWS_OF_A_NUMBER = 5
# Of one row no split can give each part its share.
FEWEST_ROWS_OF_A_CLASS = 2
_OTHERWISE = "set task (--task) to"


def task_of(target: pd.Series[Any], task: str = "auto") -> str:
    """Return the task that a target sets.

    With ``auto``, text, truth values and categories are classes, and so are whole numbers when there are two of them, or at
    most 20 within a span of 20, each seen twice, and 5 times on average; all other numbers are values.

    Parameters
    ----------
    target : pandas.Series
        The column to predict; gaps do not count.
    task : str
        ``auto``, or the task that is wanted.

    Returns
    -------
    str
        ``classification`` or ``regression``.

    Raises
    ------
    DataError
        If the column cannot serve the task: no values, dates, times, or text where numbers are wanted.

    Examples
    --------
    >>> task_of(pd.Series([0, 1, 1, 0])), task_of(pd.Series([0.5, 1.0, 7.25]))
    ('classification', 'regression')
    """
    if task not in TASKS:
        raise DataError(f"the task must be one of {', '.join(TASKS)}, found {task!r}.")
    if target.isna().all():
        raise DataError(f"target {target.name!r} holds no values; name another column.")
    kind = target_kind(target, task)
    if kind in MOMENTS:
        raise DataError(moments_said(f"target {target.name!r}", target, kind, task))
    if task == "classification":
        return task
    if task == "regression":
        if kind == "category":
            codes, texts = as_texts(target)
            row = int((codes >= 0).argmax()) + 1
            raise DataError(
                f"target {target.name!r} holds text ({texts[0]!r} in row {row}), and a regression predicts numbers; "
                "choose the task classification or another target."
            )
        return task
    if kind != "number":
        return "classification"
    values = as_numbers(target)
    values = values[~np.isnan(values)]
    distinct, counts = np.unique(values, return_counts=True)
    if not (distinct == np.floor(distinct)).all():
        return "regression"
    return (
        "classification" if len(distinct) <= 2 or (_are_few(distinct, counts) and counts.min() >= FEWEST_ROWS_OF_A_CLASS) else "regression"
    )


def _are_few(distinct: NDArray[np.float64], counts: NDArray[np.int64]) -> bool:
    """Tell whether numbers are few, close together and each seen often on average."""
    few = len(distinct) <= MOST_CLASSES_OF_NUMBERS and distinct[-1] - distinct[0] < MOST_CLASSES_OF_NUMBERS
    return bool(few and counts.sum() >= FEWEST_ROWS_OF_A_NUMBER * len(distinct))


def task_guess(target: pd.Series[Any], task: str) -> str:
    """Return the sentence on a task that was guessed, though the target could serve the other one; "" where there was no choice.

    Parameters
    ----------
    target : pandas.Series
        The column to predict.
    task : str
        ``auto``, or the task that is wanted, which leaves nothing to guess.

    Returns
    -------
    str

    Examples
    --------
    >>> task_guess(pd.Series([0.5, 1.5], name="price"), "auto")
    "'price' is taken for a number; set task (--task) to classification to predict a class."
    """
    if task != "auto" or target_kind(target, task) != "number":
        return ""
    if task_of(target) == "classification":
        return f"{target.name!r} holds few different whole numbers and is taken for classes; {_OTHERWISE} regression to predict a number."
    distinct, counts = np.unique(as_numbers(target.dropna()), return_counts=True)
    are_whole = (distinct == np.floor(distinct)).all()
    rare = " because a value comes only once" if are_whole and _are_few(distinct, counts) else ""
    return f"{target.name!r} is taken for a number{rare}; {_OTHERWISE} classification to predict a class."


def target_kind(target: pd.Series[Any], task: str) -> str:
    """Return what a target holds, one of `wellfit.data.columns.KINDS`; for classification, numbers with words among them are labels.

    Parameters
    ----------
    target : pandas.Series
        The column to predict.
    task : str
        ``auto``, or the task that is wanted.

    Returns
    -------
    str
    """
    if task == "regression" and isinstance(target.dtype, pd.CategoricalDtype):
        target = target.astype(object)  # declared categories may be numbers all the same
    try:
        kind, form, *_ = reading_of(target)
    except DataError:
        if task != "classification":
            raise
        return "category"
    if kind == "duration" and task == "classification":
        return "category"
    if kind == "number" and form:
        if task == "classification":
            return "category"
        codes, texts = as_texts(target)
        row = row_of(target, int((codes >= 0).argmax()))
        raise DataError(
            f"target {target.name!r} holds numbers with commas, signs or grouped digits, such as {texts[0]!r} in row {row}; "
            "write plain numbers, with a decimal point and nothing else."
        )
    return kind
