"""A labelled table, read once: its columns typed, its target coded, and what belongs to its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.errors import DataError
from wellfit.plurals import counted
from wellfit.table.columns import TypedColumn
from wellfit.table.numerals import Decimals
from wellfit.table.preparation.learn import Layout, lay_out, read_columns
from wellfit.table.preparation.preparation import Preparation
from wellfit.table.split import Rows
from wellfit.table.target import Target, column_of, read_target

__all__ = ["Table", "check_groups", "check_weights", "make_table"]


@dataclass(frozen=True, eq=False)
class Table:
    """A labelled table."""

    frame: pd.DataFrame  # rows are counted from 0
    target: Target
    weights: NDArray[np.floating] | None = None  # (n,)
    groups: pd.Series[Any] | None = None  # rows of one group stay together
    times: pd.Series[Any] | None = None  # order the rows
    left_out: tuple[str, ...] = ()  # columns that are not inputs
    categories: tuple[str, ...] = ()  # columns that hold categories though they look like numbers
    columns: dict[str, TypedColumn] = field(default_factory=dict)  # the inputs; empty before `read`

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.frame)

    def read(self, known: Rows | None = None) -> Table:
        """Read the inputs, their kinds decided on the `known` rows (never test rows); warn of ambiguous dates and decimal signs."""
        return replace(self, columns=read_columns(self.frame, known, self.left_out, self.categories))

    def take(self, rows: Rows) -> Table:
        """Return some rows, counted anew; nothing is read again."""
        return replace(
            self,
            frame=self.frame.iloc[rows].reset_index(drop=True),
            target=self.target.take(rows),
            weights=None if self.weights is None else self.weights[rows],
            groups=None if self.groups is None else self.groups.iloc[rows].reset_index(drop=True),
            times=None if self.times is None else self.times.iloc[rows].reset_index(drop=True),
            columns={name: column.take(rows) for name, column in self.columns.items()},
        )

    def prepared_by(self, preparation: Preparation) -> NDArray[np.floating]:
        """Return all rows as a preparation that was learned on the same columns makes them."""
        return preparation.apply((self.columns[feature.name] for feature in preparation.columns), len(self), np.float32).X

    def lay_out(self, rows: Rows | None = None) -> Layout:
        """Decide on some rows, without their targets, into which prepared columns the inputs turn. See `lay_out`."""
        return lay_out(self.columns, rows, self.frame.columns, len(self.target.classes))


def make_table(
    frame: pd.DataFrame,
    target: Any,  # the column to predict, or its values (n,)
    *,
    task: str = "auto",  # as for `read_target`
    weights: NDArray[np.floating] | None = None,
    groups: pd.Series[Any] | None = None,
    times: pd.Series[Any] | None = None,
    left_out: Sequence[str] = (),
    categories: Sequence[str] = (),
) -> Table:
    """Return a labelled table, its target read; `Table.read` reads its inputs once the test rows are known.

    A target that is a column of the frame is not an input.
    """
    if not isinstance(target, str):
        column = column_of(target)
        if len(column) != len(frame):
            raise DataError(f"X and y must have the same number of rows, found {len(frame)} and {len(column)}.")
        return Table(frame, read_target(column, task), weights, groups, times, tuple(left_out), tuple(categories))
    found = read_target(frame[target], task, Decimals(frame))
    if not found.classes and not pd.api.types.is_numeric_dtype(frame[target].dtype):
        # Numbers with units or decimal commas are plain ones from here on: for pictures, and for what tells the table from others.
        frame = frame.copy(deep=False)
        frame[target] = found.values
    return Table(frame, found, weights, groups, times, (target, *left_out), tuple(categories))


def check_weights(sample_weight: Any, rows: int) -> NDArray[np.float64] | None:
    """Return `sample_weight` as an array (n,), or None; raise `DataError` unless it has one finite number, at least 0, for each row."""
    if sample_weight is None:
        return None
    try:
        weights = np.asarray(sample_weight, dtype=np.float64)
    except (TypeError, ValueError):
        weights = np.full(rows, np.nan)
    if weights.ndim == 0:
        weights = np.full(rows, float(weights))
    if weights.shape != (rows,):
        raise DataError(f"sample_weight must have a value for each of the {counted(rows, 'row')}, found the shape {weights.shape}.")
    if not np.isfinite(weights).all():
        row = int(np.isfinite(weights).argmin())
        raise DataError(f"sample_weight must hold finite numbers of at least 0, found {sample_weight[row]!r} in row {row + 1}.")
    if rows and weights.min() < 0:
        row = int(weights.argmin())
        raise DataError(f"sample_weight must be at least 0, found {weights[row]:g} in row {row + 1}.")
    if not weights.any():
        raise DataError("sample_weight must be above 0 for some rows, found zero for every row.")
    return weights


def check_groups(groups: Any, rows: int, used: Rows) -> pd.Series[Any] | None:
    """Return `groups` as a column, or None; raise `DataError` unless there is one value for each row, without gaps in the `used` rows."""
    if groups is None:
        return None
    column = column_of(groups, "groups")
    if len(column) != rows:
        raise DataError(f"groups must have a value for each row, found {len(column)} for {counted(rows, 'row')}.")
    gaps = column.isna().to_numpy()[used]
    if gaps.any():
        raise DataError(f"groups has a missing value in row {used[gaps][0] + 1}; give each row a group.")
    return column
