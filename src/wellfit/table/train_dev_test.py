"""Three parts of a table, or of arrays: dev and test take a share of the rows, at most a fixed number; training takes the rest."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from wellfit.errors import DataError, DataWarning, SpecError
from wellfit.plurals import counted
from wellfit.spec import Data
from wellfit.spec.base import check_whole, seed_of
from wellfit.spec.data import check_shares
from wellfit.table.cells import as_texts
from wellfit.table.split import Labels, Rows, Split, gap_message, share, split_places
from wellfit.table.target import Target, column_of, read_target

__all__ = ["split_rows", "train_dev_test_split"]

FEWEST_ROWS = 10


def split_rows(target: Target, data: Data, groups: Any = None, times: Any = None) -> Split:
    """Split the rows of a table as `data` describes; those without a target are in no part.

    A classification is stratified: each part gets its share of each class, and each class is in each part if it has enough rows. Rows of
    one group stay together; with times, the newest rows are the test part and those before them dev, and rows of equal time stay together.
    Raise `DataError` if groups or times have gaps, or there are too few rows, groups, times or rows of a class.
    """
    present = np.flatnonzero(~np.isnan(target.values))
    rows = len(target.values)
    if len(present) < rows:
        gaps = rows - len(present)
        warnings.warn(
            f"target {target.name!r} has missing values in {gaps:,} of {counted(rows, 'row')}: those rows are dropped.",
            DataWarning,
            stacklevel=2,
        )
    if len(present) < FEWEST_ROWS:
        raise DataError(
            f"the table has {counted(len(present), 'row')} with a target; at least {FEWEST_ROWS} are needed for training, dev and test "
            "parts."
        )
    sizes = tuple(share(len(present), fraction, data.most_rows) for fraction in (data.dev_fraction, data.test_fraction))
    labels = _labels_at(target, present)
    parts = split_places(len(present), sizes, labels, _at(groups, data.group, present), _at(times, data.time, present), data.seed)
    return Split(*(present[part] for part in parts))


def train_dev_test_split(
    *arrays: Any,
    validation_fraction: float = Data.dev_fraction,
    test_fraction: float = Data.test_fraction,
    most_rows: int = Data.most_rows,
    stratify: Any = "auto",
    groups: Any = None,
    times: Any = None,
    random_state: Any = Data.seed,
) -> list[Any]:
    """Split arrays or frames of the same number of rows into training, dev and test parts.

    Parameters
    ----------
    *arrays : arrays, sparse matrices, frames or lists of n rows
        What to split, mostly X and y.
    validation_fraction, test_fraction : float
        Shares of the rows that become dev and test rows, in [0, 1).
    most_rows : int
        The most rows that dev and test take each.
    stratify : array of n labels, "auto" or None
        Each part gets its share of each label. ``"auto"``: the last array's values, if it has one column that holds classes.
    groups, times : array of n, optional
        Rows of equal group stay together; with times, the newest rows are test and those before them dev.
    random_state : int, RandomState instance or None
        Draws the split.

    Returns
    -------
    list
        Training, dev and test part of the first array, then of the second, and so on, each of the array's own type.

    Raises
    ------
    DataError
        If the arrays differ in length, or there are too few rows, groups or moments, or a label is too rare.
    SpecError
        If a fraction is out of range.

    Examples
    --------
    >>> X, y = np.arange(20).reshape(10, 2), np.array([0, 1] * 5)
    >>> X_train, X_dev, X_test, y_train, y_dev, y_test = train_dev_test_split(X, y)
    >>> X_train.shape, y_dev.tolist()
    ((6, 2), [0, 1])
    """
    if not arrays:
        raise DataError("train_dev_test_split expects at least one array, found none; pass X, or X and y.")
    check_shares(validation_fraction, test_fraction, "validation_fraction")
    check_whole("most_rows", most_rows, 1)
    seed = seed_of(random_state)
    lengths = [_length(array) for array in (*arrays, groups, times) if array is not None]
    if len(set(lengths)) > 1:
        raise DataError(f"all arrays must have the same number of rows, found {', '.join(map(str, lengths))}.")
    if groups is not None and times is not None:
        raise SpecError("groups and times cannot both be given: a split is by groups or by time order; drop one.")
    count = lengths[0]
    labels = _labels_of(arrays[-1] if isinstance(stratify, str) else stratify, guess=isinstance(stratify, str))
    if labels is not None and len(labels.codes) != count:
        raise DataError(f"stratify must have a label for each of the {counted(count, 'row')}, found {len(labels.codes)}.")
    everything = np.arange(count)
    sizes = (share(count, validation_fraction, most_rows), share(count, test_fraction, most_rows))
    parts = split_places(count, sizes, labels, _at(groups, "groups", everything), _at(times, "times", everything), seed)
    return [_take(array, part) for array in arrays for part in parts]


# === Checks of arguments ===


def _labels_at(target: Target, rows: Rows) -> Labels | None:
    """Return the classes of some rows, in the order of their first one; None for numbers."""
    if not target.classes:
        return None
    codes, found = pd.factorize(target.values[rows].astype(np.int64))
    return Labels(codes.astype(np.int64), [str(target.classes[code]) for code in found])


def _at(values: Any, name: str | None, rows: Rows) -> pd.Series[Any] | None:
    """Return a column at some rows, each still under its place in the whole; an error where one is a gap."""
    if values is None:
        return None
    column = column_of(values, name)
    if len(rows) and len(column) <= rows[-1]:
        raise DataError(
            f"column {column.name!r} has {counted(len(column), 'row')} but the target has more; both must belong to the same table."
        )
    column = column.iloc[rows]
    gaps = column.isna().to_numpy()
    if gaps.any():
        raise DataError(gap_message(column, int(gaps.argmax())))
    return column


def _labels_of(values: Any, *, guess: bool) -> Labels | None:
    """Return the labels to stratify by; with `guess`, None where the values are no classes."""
    if values is None or (guess and _columns(values) != 1):
        return None
    labels = column_of(values, "stratify")
    if guess:
        target = None if labels.isna().any() else read_target(labels)
        return None if target is None else _labels_at(target, np.arange(len(labels)))
    codes, names = as_texts(labels)
    if (codes < 0).any():
        raise DataError(f"stratify has a missing value in row {int((codes < 0).argmax()) + 1}; give each row a label.")
    return Labels(codes, names)


def _columns(array: Any) -> int:
    shape = getattr(array, "shape", None)
    if shape is None:
        return 1 if np.ndim(array) == 1 else 0
    return 1 if len(shape) == 1 else int(shape[1])


def _length(array: Any) -> int:
    shape = getattr(array, "shape", None)
    if shape is None and hasattr(array, "__len__"):
        return len(array)
    if not shape:
        raise DataError(f"train_dev_test_split expects arrays with rows, found a single {type(array).__name__}.")
    return int(shape[0])


def _take(array: Any, rows: Rows) -> Any:
    if hasattr(array, "iloc"):
        return array.iloc[rows]
    if hasattr(array, "to_pandas") and hasattr(array, "take"):  # pyarrow
        return array.take(rows)
    if hasattr(array, "shape"):
        return array.tocsr()[rows] if hasattr(array, "tocsr") else array[rows]
    return [array[row] for row in rows]
