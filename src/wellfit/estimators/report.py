"""`report`: writes a result to a file."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from wellfit.engines.types import Array
from wellfit.errors import DataError, SpecTypeError
from wellfit.estimators.model_page import measured_page
from wellfit.estimators.whole import BaseWellfit
from wellfit.render.result import Reportable, write_page
from wellfit.store import FittedModel
from wellfit.table.read import read_table
from wellfit.table.target import column_of, plain_target

__all__ = ["report"]


def report(thing: Any, path: str | os.PathLike[str], X: Any = None, y: Any = None) -> None:
    """Write a result to a self-contained file.

    Parameters
    ----------
    thing : fitted estimator, loaded model, Study, Diagnosis, FitResult, GradientCheck, Verdict
        The result.
    path : path
        The file. ``.txt`` gets text and ``.json`` the same blocks as JSON, both without pictures; any other name gets an HTML page.
    X : frame, or array-like of shape (rows, columns), optional
        For estimators and models of tables: rows that they were not fitted on, such as test rows. The report then has the error on
        them, and which columns matter.
    y : array-like of shape (rows,), optional
        Their target.

    Raises
    ------
    SpecTypeError
        If there is no report of such an object, or X and y are given for one that is not a model of a table.
    DataError
        If X is given without y, or y without X, or the rows cannot be predicted.
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from wellfit import datasets, diagnose, MLPClassifier
    >>> X, y = datasets.moons(rows=100)
    >>> network = MLPClassifier((3,), solver="lbfgs", max_iter=5, tol=0, random_state=0).fit(X[:60], y[:60])
    >>> diagnosis = diagnose(network, X[:60], y[:60], X[60:], y[60:], retrain=False)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report(diagnosis, f"{folder}/diagnosis.html")
    """
    if isinstance(thing, FittedModel):
        write_page(measured_page(thing, rows=_rows(thing, X, y)), path)
    elif isinstance(thing, BaseWellfit):
        thing.report(path, X, y)
    elif not isinstance(thing, Reportable):
        found = thing.__name__ if isinstance(thing, type) else type(thing).__name__
        raise SpecTypeError(f"report takes a fitted estimator, a loaded model, a Study, a Diagnosis or another result, found {found}.")
    elif X is not None or y is not None:
        raise SpecTypeError(f"X and y are for estimators and models of tables; leave them out for a {type(thing).__name__}.")
    else:
        thing.report(path)


def _rows(model: FittedModel, X: Any, y: Any) -> tuple[Array, Array] | None:
    """Return prepared rows and their coded target, without rows whose target is a gap."""
    if (X is None) != (y is None):
        raise DataError("a report measures errors on X and y together; give both, or neither.")
    if X is None:
        return None
    frame, target = read_table(X), plain_target(column_of(y), model.task)
    if len(target) != len(frame):
        raise DataError(f"X and y must have the same number of rows, found {len(frame)} and {len(target)}.")
    present = np.flatnonzero(target.notna().to_numpy())
    if not len(present):
        raise DataError("y has only missing values; give the true labels or numbers of some rows.")
    codes = model.target.encode(target.iloc[present].reset_index(drop=True), np.float64)
    return model.preparation.transform(frame.iloc[present].reset_index(drop=True)).X, codes
