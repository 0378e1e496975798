"""The rows that a search may use, and how any of them become a prepared table."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.data.columns import as_numbers
from wellfit.data.prepare import Preparation, prepare_table
from wellfit.data.scaled import mean_and_scale
from wellfit.data.split import Fold
from wellfit.data.target import LEAST_SPREAD, MOST_SPREAD, Label, TargetCoding, fit_target
from wellfit.engines.types import Array, Rows
from wellfit.errors import DataError, DataWarning
from wellfit.study.fingerprint import digest_of
from wellfit.study.metric import Metric, check_scale

__all__ = ["SearchProblem", "Table", "prepare_whole", "problem_of"]

MOST_TABLES = 32
MOST_CELLS = 60_000_000  # of all tables that are kept: 240 MB


class Table(NamedTuple):
    """All rows, prepared as some of them say.

    Attributes
    ----------
    preparation : Preparation
        Learned on the training rows alone.
    coding : TargetCoding
        Likewise.
    X : float32 array of shape (rows, inputs)
        Prepared.
    Y : float32 array of shape (rows, 1)
        The coded target.
    weights : float32 array of shape (rows,) or None
        What each row counts, 1 on the average of the training rows.
    """

    preparation: Preparation
    coding: TargetCoding
    X: Array
    Y: Array
    weights: Array | None


@dataclass(frozen=True, eq=False)
class SearchProblem:
    """What a search is asked to do.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows that the search may use, never test rows; counted from 0.
    values : float64 array of shape (rows,)
        Places of the classes, or numbers in the target's own units; no gaps.
    name : str
        What the target is called.
    classes : tuple
        The labels, as in `TargetCoding`; empty for a regression.
    weights : array of shape (rows,), optional
        What each row counts.
    groups : pandas.Series of as many values, optional
        Rows of equal group stay together in the parts that the search makes.
    leave_out : tuple of str
        Columns that are no inputs.
    categories : tuple of str
        Columns that hold categories though they look like numbers.
    parts : tuple of Fold
        Rows to train and to choose on; without any the search makes its own.
    final_rows : int64 array, optional
        Rows that the model may be trained on in the end; None: all.
    target_error : float, optional
        The error that is asked for, in units of the metric.
    threshold : str, optional
        For two classes, the metric by which the decision's threshold is chosen.
    preparation_seed : int
        Draws the folds of encodings.

    Raises
    ------
    DataError
        If there are fewer than two rows, one class only, or one number only; or numbers too large or too small to be squared.
    SpecError
        If the target error is none.
    """

    frame: pd.DataFrame
    values: NDArray[np.float64]
    name: str = "y"
    classes: tuple[Label, ...] = ()
    weights: Array | None = None
    groups: pd.Series[Any] | None = None
    leave_out: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    parts: tuple[Fold, ...] = ()
    final_rows: Rows | None = None
    target_error: float | None = None
    threshold: str | None = None
    preparation_seed: int = 0
    _tables: dict[bytes, Table] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Validate."""
        if len(self.values) < 2:
            raise DataError(f"a search needs rows to train on and rows to choose on, found {len(self.values)}; give at least 2.")
        if self.classes and len(np.unique(self.values)) < 2:
            label = self.classes[int(self.values[0])]
            raise DataError(f"target {self.name!r} holds one class only ({label!r}) in the rows to learn from; at least two are needed.")
        if not self.classes:
            scale = mean_and_scale(self.values)[1]
            if scale == 0.0:
                raise DataError(f"target {self.name!r} holds only {self.values[0]:g}; values that vary are needed to learn from.")
            check_scale(self.name, scale)
        if self.target_error is not None:
            self.metric.parse(self.target_error)

    @property
    def task(self) -> str:
        """``"classification"`` or ``"regression"``."""
        return "classification" if self.classes else "regression"

    @property
    def outputs(self) -> int:
        """Units of the last layer."""
        return len(self.classes) if len(self.classes) > 2 else 1

    @property
    def loss(self) -> str:
        """What is minimised."""
        if not self.classes:
            return "squared_error"
        return "binary_cross_entropy" if self.outputs == 1 else "cross_entropy"

    @property
    def trained_in_the_end(self) -> Rows:
        """Rows that the model may be trained on in the end."""
        return np.arange(len(self.values)) if self.final_rows is None else self.final_rows

    @property
    def coding(self) -> TargetCoding:
        """How the target is coded for the model in the end, and for all that parts are compared by."""
        return self._coding(self.trained_in_the_end)

    @property
    def metric(self) -> Metric:
        """What errors are."""
        scale = self.coding.scale
        return Metric(self.task, spread=scale, scale=scale)

    def metric_of(self, table: Table) -> Metric:
        """Return the metric of outputs in a table's own coding."""
        return Metric(self.task, spread=table.coding.scale, scale=table.coding.scale)

    def table(self, train: Rows) -> Table:
        """Return all rows as prepared by what some of them say: no other row has a part in it.

        Parameters
        ----------
        train : int64 array
            The rows to learn from.

        Returns
        -------
        Table
            The latest are kept.
        """
        key = hashlib.sha256(np.ascontiguousarray(train, dtype=np.int64).tobytes()).digest()
        if key not in self._tables:
            made = self._prepare(train)
            room = max(1, min(MOST_TABLES, MOST_CELLS // made.X.size))
            while len(self._tables) >= room:
                del self._tables[next(iter(self._tables))]
            self._tables[key] = made
        return self._tables[key]

    def table_of(self, preparation: Preparation) -> Table | None:
        """Return the table that a preparation came with, if it is still kept.

        Parameters
        ----------
        preparation : Preparation
            Such as a model's.

        Returns
        -------
        Table or None
        """
        return next((table for table in self._tables.values() if table.preparation is preparation), None)

    def header(self, seed: int) -> dict[str, Any]:
        """Return the fields by which a journal knows it, so that no other is resumed.

        Parameters
        ----------
        seed : int
            Of the search.

        Returns
        -------
        dict
            JSON.
        """
        rows, columns = self.frame.shape
        return {"table": {"rows": rows, "columns": columns, "fingerprint": self.fingerprint()}, **self.asked(seed)}

    def asked(self, seed: int) -> dict[str, Any]:
        """Return what is asked of the table.

        Parameters
        ----------
        seed : int
            Of the search.

        Returns
        -------
        dict
            JSON.
        """
        settings = {"target_error": self.target_error, "threshold": self.threshold, "categories": list(self.categories)}
        return {"target": self.name, "task": self.task, "seed": seed, "settings": settings}

    def fingerprint(self) -> str:
        """Return a digest of every cell, target, weight and part.

        Returns
        -------
        str
            Hexadecimal.
        """
        arrays = (self.values, self.weights, *(rows for part in self.parts for rows in part), self.final_rows)
        return digest_of(self.frame, self.classes, arrays, self.groups)

    def _coding(self, rows: Rows) -> TargetCoding:
        if self.classes:
            return TargetCoding(self.name, "classification", self.classes)
        mean, scale = mean_and_scale(self.values[rows])
        # A fold of a few rows may hold one number, or numbers that hardly differ beside those of all rows.
        return TargetCoding(self.name, "regression", (), mean, scale if LEAST_SPREAD <= scale <= MOST_SPREAD else 1.0)

    def prepare_inputs(self, frame: pd.DataFrame, rows: Rows, target: NDArray[np.float64]) -> tuple[Preparation, Array]:
        """Prepare columns as this problem asks for.

        Parameters
        ----------
        frame : pandas.DataFrame
            Of these columns.
        rows : int64 array
            What is learned from.
        target : float64 array of shape (rows of the frame,)
            Codes of classes, or numbers.

        Returns
        -------
        preparation : Preparation
        X : array of shape (rows of the frame, inputs)
        """
        return prepare_table(
            frame,
            rows,
            leave_out=self.leave_out,
            categories=self.categories,
            target=target,
            classes=len(self.classes),
            seed=self.preparation_seed,
        )

    def _prepare(self, train: Rows) -> Table:
        coding = self._coding(train)
        codes = self.values if self.classes else (self.values - coding.mean) / coding.scale
        with warnings.catch_warnings():
            # What is left out of all rows is said when they are prepared in the end.
            if len(train) < len(self.trained_in_the_end):
                warnings.simplefilter("ignore", DataWarning)
            preparation, X = self.prepare_inputs(self.frame, train, codes)
        with np.errstate(over="ignore"):
            Y = codes.astype(np.float32)[:, np.newaxis]
        if not np.isfinite(Y).all():
            worst = float(codes[~np.isfinite(Y[:, 0])][0])
            raise DataError(
                f"target {self.name!r} holds a value {worst:.0e} standard deviations from the mean; mend it or leave the row out."
            )
        weights = None if self.weights is None else (self.weights / self.weights[train].mean()).astype(np.float32)
        return Table(preparation, coding, X, Y, weights)


def problem_of(
    frame: pd.DataFrame,
    target: pd.Series[Any],
    rows: Rows | None = None,
    *,
    task: str = "auto",
    leave_out: Sequence[str] = (),
    categories: Sequence[str] = (),
    groups: pd.Series[Any] | None = None,
    weights: Array | None = None,
    parts: Sequence[Fold] = (),
    target_error: float | None = None,
    seed: int = 0,
) -> SearchProblem:
    """Return the problem that a table and its target set.

    Parameters
    ----------
    frame : pandas.DataFrame
        The whole table, as from `read_table`.
    target : pandas.Series of as many values
        What is predicted; rows where it is a gap are left out.
    rows : int64 array, optional
        Rows that may be used; None: all that have a target.
    task : str
        ``classification``, ``regression`` or ``auto``, as `task_of` says of the rows that may be used.
    leave_out, categories :
        As in `SearchProblem`; the target's own column must be left out if it is in the frame.
    groups, weights :
        Of all rows of the frame.
    parts : sequence of Fold
        Rows of the frame, all of them among `rows`.
    target_error : float, optional
        As in `SearchProblem`.
    seed : int
        Draws the folds of encodings.

    Returns
    -------
    SearchProblem
        Its rows are counted anew, in the order of `rows`.

    Raises
    ------
    DataError, SpecError
        As `SearchProblem` and `fit_target` do.
    """
    usable = np.flatnonzero(target.notna().to_numpy()) if rows is None else np.asarray(rows, dtype=np.int64)
    coding = fit_target(target, task, usable)
    column = target.iloc[usable].reset_index(drop=True)
    values = np.asarray(coding.encode(column, np.float64)[:, 0] if coding.classes else as_numbers(column), dtype=np.float64)
    place = np.full(len(frame), -1)
    place[usable] = np.arange(len(usable))
    return SearchProblem(
        frame=frame.iloc[usable].reset_index(drop=True),
        values=values,
        name=coding.name,
        classes=coding.classes,
        weights=None if weights is None else weights[usable],
        groups=None if groups is None else groups.iloc[usable].reset_index(drop=True),
        leave_out=tuple(leave_out),
        categories=tuple(categories),
        parts=tuple(Fold(place[part.train], place[part.dev]) for part in parts),
        target_error=target_error,
        preparation_seed=seed % 2**32,
    )


def prepare_whole(problem: SearchProblem, frame: pd.DataFrame, rows: Rows) -> Preparation:
    """Prepare a whole table by what a problem's rows say: told now, a cell of a test row that cannot be used ends no search of hours.

    Parameters
    ----------
    problem : SearchProblem
        Of some rows of the table.
    frame : pandas.DataFrame
        The whole table.
    rows : int64 array
        Those rows.

    Returns
    -------
    Preparation
        Learned on them alone.

    Raises
    ------
    DataError
        If a cell cannot be used; its column and its row in the whole table are told.
    """
    codes = np.full(len(frame), np.nan)
    codes[rows] = problem.values
    preparation, _ = problem.prepare_inputs(frame, rows, codes)
    return preparation
