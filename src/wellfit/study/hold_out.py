"""Dev rows within a table that is all there is: stratified, or whole groups, and lenient with rare classes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from wellfit.data.names import quoted
from wellfit.data.parts import Labels, Rows, split_places
from wellfit.errors import DataError, DataWarning
from wellfit.plurals import counted

__all__ = ["hold_out"]


def hold_out(
    count: int, fraction: float, most_rows: int, seed: int, labels: Labels | None = None, groups: pd.Series[Any] | None = None
) -> tuple[Rows, Rows]:
    """Return the rows to train on and the dev rows.

    Parameters
    ----------
    count : int
        How many rows there are.
    fraction : float
        Share of the dev rows, in (0, 1).
    most_rows : int
        The most dev rows.
    seed : int
        Draws the split.
    labels : Labels, optional
        Classes: both parts get their share of each. A class with a single row is trained on.
    groups : pandas.Series of `count` values, optional
        Rows of equal group stay together.

    Returns
    -------
    train, dev : int64 arrays
        In ascending order; they share no row.

    Raises
    ------
    DataError
        If there are too few rows or groups to split.

    Warns
    -----
    DataWarning
        If a class has a single row, or is missing in a part.

    Examples
    --------
    >>> train, dev = hold_out(10, 0.2, 10_000, seed=0)
    >>> len(train), len(dev)
    (8, 2)
    """
    if count < 2:
        raise DataError(
            f"there is one sample to learn from (n_samples={count}); at least 2 are needed, some to train on and some to choose on."
        )
    size = min(max(round(count * fraction), 1), most_rows)
    if labels is None or groups is not None:
        split = split_places(count, (size, 0), labels, groups, None, seed)
        return split.train, split.dev
    rows_of = np.bincount(labels.codes, minlength=len(labels.names))
    single = np.flatnonzero(rows_of == 1)
    if len(single):
        names = quoted(labels.names[code] for code in single)
        few = "class" if len(single) == 1 else "classes"
        warnings.warn(f"one row only of {few} {names}: trained on, but never checked on dev rows.", DataWarning, stacklevel=4)
    several = np.flatnonzero(rows_of[labels.codes] > 1)
    alone = np.flatnonzero(rows_of[labels.codes] == 1)
    if not len(several):
        raise DataError(f"each of the {counted(count, 'row')} has a class of its own; give several rows of each class.")
    kept = np.flatnonzero(rows_of > 1)
    codes = np.searchsorted(kept, labels.codes[several])
    inside = Labels(codes, [labels.names[code] for code in kept])
    split = split_places(len(several), (min(size, len(several) - 1), 0), inside, None, None, seed)
    return np.sort(np.concatenate([several[split.train], alone])), several[split.dev]
