"""The rows as the caller gave them, as numbers that treat both parts alike.

What a network takes may not be compared: a preparation codes the categories of training rows with other folds, and those of dev rows with
all of them, by which they can be told apart.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from wellfit.diagnosis.checks.propagation import once
from wellfit.diagnosis.subject import Subject
from wellfit.engines.types import Array
from wellfit.table.read import is_frame, read_table

__all__ = ["Raw", "raw_columns"]


class Raw(NamedTuple):
    """Both parts, column by column."""

    # train, dev: (rows, columns): numbers as they are; of all other values the place in their order; nan for gaps
    train: Array
    dev: Array
    names: tuple[str, ...]  # of the columns


@once
def raw_columns(subject: Subject) -> Raw:
    """Return both parts as numbers."""
    if not is_frame(subject.X_train) and np.asarray(subject.X_train).dtype.kind in "fiub":
        names = subject.column_names
        if len(names) != subject.X_train.shape[1]:
            names = tuple(f"column {number + 1}" for number in range(subject.X_train.shape[1]))
        return Raw(subject.X_train.astype(np.float64), subject.X_dev.astype(np.float64), names)
    train, dev = read_table(subject.X_train), read_table(subject.X_dev)
    if is_frame(subject.X_train) and is_frame(subject.X_dev):
        dev = dev[list(train.columns)]
    coded = [_coded(train.iloc[:, column], dev.iloc[:, column]) for column in range(train.shape[1])]
    here, there = (np.column_stack(part) for part in zip(*coded, strict=True))
    return Raw(here, there, tuple(map(str, train.columns)))


def _coded(here: pd.Series, there: pd.Series) -> tuple[Array, Array]:
    """Return a column of both parts as numbers."""
    if all(pd.api.types.is_numeric_dtype(part.dtype) for part in (here, there)):
        numbers = [part.to_numpy(dtype=np.float64, na_value=np.nan) for part in (here, there)]
        return numbers[0], numbers[1]
    both = pd.concat([here.astype(object), there.astype(object)], ignore_index=True)
    gaps = both.isna().to_numpy()
    # In the order of the values, not of their coming: else those that only dev rows have would stand at one end.
    codes = np.unique(both.map(str).to_numpy(dtype=str), return_inverse=True)[1].astype(np.float64)
    codes[gaps] = np.nan
    return codes[: len(here)], codes[len(here) :]
