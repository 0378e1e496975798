"""Tables from users, checked by scikit-learn's own means, so that the messages are those that users know."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import _check_sample_weight, validate_data

from wellfit.engines.contract import Array
from wellfit.errors import DataError, SpecError
from wellfit.estimators.targets import Classes, Targets

__all__ = ["Table", "check_table", "class_shares", "examples", "weighted"]

DTYPES = (np.float64, np.float32)


class Table(NamedTuple):
    """A checked table.

    Attributes
    ----------
    X : array of shape (rows, inputs)
        In float32 if it was given so, else float64.
    y : array or sparse matrix
        As it was given.
    weights : array of shape (rows,) or None
        What each row counts.
    """

    X: Array
    y: Any
    weights: Array | None


def check_table(estimator: Any, X: Any, y: Any, sample_weight: Any = None, *, reset: bool, numeric: bool) -> Table:
    """Check a table, and make a sparse one dense.

    The engines read examples row by row, and a table that fits in memory only while it is sparse is too wide for a dense
    network anyway.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Learns the number and the names of the columns, or is compared with them.
    X : {array-like, sparse matrix} of shape (rows, inputs)
        The examples.
    y : array-like of shape (rows,) or (rows, outputs)
        The targets; a single column is taken as flat, with a warning.
    sample_weight : array-like of shape (rows,), number or None
        What each row counts.
    reset : bool
        Whether to learn the columns anew.
    numeric : bool
        Whether y must hold numbers.

    Returns
    -------
    Table

    Raises
    ------
    ValueError
        If the table cannot be used.
    """
    X, y = validate_data(
        estimator, X, y, accept_sparse=["csr", "csc"], multi_output=True, y_numeric=numeric, dtype=DTYPES, order="C", reset=reset
    )
    if y.ndim == 2 and y.shape[1] == 1 and not issparse(y):
        y = column_or_1d(y, warn=True)
    weights = None if sample_weight is None else _check_sample_weight(sample_weight, X, dtype=X.dtype)
    if weights is not None and weights.min() < 0:
        row = int(np.argmin(weights))
        raise DataError(f"sample_weight must be at least 0, found {weights[row]:g} in row {row}.")
    return Table(_dense(X), y, weights)


def examples(estimator: Any, X: Any, dtype: str) -> Array:
    """Return examples to predict as a dense array in the network's dtype.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Fitted.
    X : {array-like, sparse matrix} of shape (rows, inputs)
        The examples.
    dtype : str
        ``"float32"`` or ``"float64"``.

    Returns
    -------
    array of shape (rows, inputs)
    """
    return _dense(validate_data(estimator, X, accept_sparse=["csr", "csc"], dtype=np.dtype(dtype), order="C", reset=False))


def class_shares(class_weight: Any, targets: Targets, codes: Array) -> Array | None:
    """Return what each class counts, in the order of the classes.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
        A weight for each class; ``"balanced"`` makes all classes count the same in all.
    targets : Targets
        The classes.
    codes : array of shape (rows, 1)
        Codes of the classes of the training rows.

    Returns
    -------
    array of shape (classes,) or None

    Raises
    ------
    SpecError
        If a row may have several labels.
    """
    if class_weight is None:
        return None
    if not isinstance(targets, Classes) or targets.multilabel:
        raise SpecError("class_weight must be None where rows have several labels; weigh the rows by sample_weight instead.")
    labels = targets.classes[codes[:, 0].astype(int)]
    shares: Array = compute_class_weight(class_weight, classes=targets.classes, y=labels)
    return shares


def weighted(weights: Array | None, shares: Array | None, codes: Array) -> Array | None:
    """Return what each row counts, its class taken into account.

    Parameters
    ----------
    weights : array of shape (rows,) or None
        What it counts without its class.
    shares : array of shape (classes,) or None
        What its class counts.
    codes : array of shape (rows, 1)
        The rows' classes.

    Returns
    -------
    array of shape (rows,) or None
    """
    if shares is None:
        return weights
    by_class: Array = shares[codes[:, 0].astype(int)]
    return by_class if weights is None else weights * by_class


def _dense(X: Any) -> Array:
    dense: Array = X.toarray(order="C") if issparse(X) else X
    return dense
