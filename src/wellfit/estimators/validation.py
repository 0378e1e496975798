"""Tables from users, checked by scikit-learn's own means, so that the messages are those that users know."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import _check_sample_weight, validate_data

from wellfit.engines.types import Array, Rows
from wellfit.errors import DataError, SpecError
from wellfit.estimators.targets import Classes, Targets
from wellfit.plurals import counted
from wellfit.table.read import column_names, is_frame
from wellfit.table.target import refuse_moments

__all__ = ["CheckedTable", "check_order", "check_table", "class_shares", "examples", "weighted"]

DTYPES = (np.float64, np.float32)
# Bytes of a sparse table that are made dense at a time for a prediction.
DENSE_PART = 2**25


class CheckedTable(NamedTuple):
    """A checked table."""

    X: Array  # (rows, inputs): in float32 if it was given so, else float64
    y: Any  # as it was given
    weights: Array | None  # (rows,): weight of each row

    def at(self, rows: Rows) -> CheckedTable:
        """Return some rows as a table of their own."""
        return CheckedTable(self.X[rows], self.y[rows], None if self.weights is None else self.weights[rows])


def check_table(estimator: Any, X: Any, y: Any, sample_weight: Any = None, *, reset: bool, numeric: bool) -> CheckedTable:
    """Check a table, and make a sparse one dense.

    The engines read examples row by row. The dense table is made once, in the dtype that the network computes in, and no further
    copy of it is made.
    """
    if not reset:
        check_order(X, getattr(estimator, "feature_names_in_", ()))
    if numeric:
        refuse_moments(y, "y")
    X, y = validate_data(
        estimator, X, y, accept_sparse=["csr", "csc"], multi_output=True, y_numeric=numeric, dtype=DTYPES, order="C", reset=reset
    )
    if y.ndim == 2 and y.shape[1] == 1 and not issparse(y):
        y = column_or_1d(y, warn=True)
    if sample_weight is not None and not np.any(np.asarray(sample_weight)):
        raise DataError("sample_weight must be above 0 in at least one row, found a weight of zero in all of them.")
    weights = None if sample_weight is None else _check_sample_weight(sample_weight, X, dtype=X.dtype)
    if weights is not None and weights.min() < 0:
        row = int(np.argmin(weights))
        raise DataError(f"sample_weight must be at least 0, found {weights[row]:g} in row {row}.")
    return CheckedTable(_dense(X), y, weights)


def examples(estimator: Any, X: Any, dtype: str) -> Iterator[Array]:
    """Give examples to predict as dense arrays in the network's dtype: at once, or a sparse table part by part."""
    check_order(X, getattr(estimator, "feature_names_in_", ()))
    table = validate_data(estimator, X, accept_sparse=["csr", "csc"], dtype=np.dtype(dtype), order="C", reset=False)
    if not issparse(table):
        yield table
        return
    rows, columns = table.shape
    table, size = table.tocsr(), max(1, DENSE_PART // (columns * table.dtype.itemsize))
    for first in range(0, rows, size):
        yield _dense(table[first : first + size])


def check_order(X: Any, fitted: Sequence[str]) -> None:
    """Refuse a frame with the columns of `fit` in another order, as scikit-learn does, and name the first that is not in its place."""
    if not is_frame(X):
        return
    found = list(map(str, column_names(X)))
    if found == list(fitted) or sorted(found) != sorted(fitted):
        return
    place = next(place for place, (name, expected) in enumerate(zip(found, fitted, strict=True)) if name != expected)
    raise DataError(
        f"expected column {place + 1} to be {fitted[place]!r}, found {found[place]!r}; give the columns in the order of fit.\n"
        "The feature names should match those that were passed during fit.\n"
        "Feature names must be in the same order as they were in fit.\n"
    )


def class_shares(class_weight: Any, targets: Targets, codes: Array) -> Array | None:
    """Return the weight of each class, for codes (rows, 1); ``"balanced"`` gives all classes the same total weight."""
    if class_weight is None:
        return None
    if not isinstance(targets, Classes) or targets.multilabel:
        raise SpecError("class_weight must be None for multi-label targets; use sample_weight instead.")
    if isinstance(class_weight, str) and class_weight == "balanced":
        balanced: Array = compute_class_weight(class_weight, classes=targets.classes, y=targets.classes[codes[:, 0].astype(int)])
        return balanced
    if not isinstance(class_weight, Mapping):
        raise SpecError(f"class_weight must be a dict, 'balanced' or None, found {class_weight!r}.")
    known = targets.classes.tolist()
    for label, weight in class_weight.items():
        if label not in known:
            raise SpecError(f"class_weight names the class {label!r}, but y has only {', '.join(map(repr, known))}; remove or rename it.")
        if isinstance(weight, bool | np.bool_) or not isinstance(weight, Real) or not 0 <= float(weight) < np.inf:
            raise SpecError(f"class_weight must be a finite number of at least 0, found {weight!r} for the class {label!r}.")
    shares = np.array([float(class_weight.get(label, 1.0)) for label in known])
    if not shares.any():
        raise SpecError("class_weight must be above 0 for at least one class, found 0 for all of them.")
    return shares


def weighted(weights: Array | None, shares: Array | None, codes: Array) -> Array | None:
    """Return the weight of each row, that of its class included."""
    if shares is None:
        return weights
    by_class: Array = shares[codes[:, 0].astype(int)]
    return by_class if weights is None else weights * by_class


def _dense(X: Any) -> Any:
    if not issparse(X):
        return X
    needed = X.shape[0] * X.shape[1] * X.dtype.itemsize
    if needed > _memory():
        raise DataError(
            f"X must fit in memory when it is made dense, found {X.shape[0]:,} x {counted(X.shape[1], 'value')}, {needed / 2**30:,.1f} "
            "GiB; "
            "select columns, or reduce them, for example with TruncatedSVD."
        )
    return X.toarray(order="C")


def _memory() -> float:
    """Return the bytes of memory that the machine has, as far as the system reports it."""
    # Where more is requested than there is, a system may give it all the same, and end the process when it is used.
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else np.inf
