"""What every job on a table has: the table, its split, how columns become inputs, and what was found odd on the way."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.data.given_targets import with_plain_target
from wellfit.data.preparation import Preparation
from wellfit.data.split import Split
from wellfit.data.table import find_target, read_table
from wellfit.data.target import TargetCoding
from wellfit.data.train_dev_test import split_rows
from wellfit.engines.types import Rows
from wellfit.errors import DataError, DataWarning, SpecError, unknown_name
from wellfit.spec import Data
from wellfit.study.metric import Metric

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SplitTable", "TableJob", "read_and_split", "warnings_kept"]


@dataclass(frozen=True)
class TableJob:
    """A table that is split and prepared.

    Parameters
    ----------
    name : str
        What the table is called.
    frame : DataFrame
        The table as it was read.
    data : Data
        Target and split.
    split : Split
        Rows of each part.
    preparation : Preparation
        How columns become inputs.
    target : TargetCoding
        How the target becomes numbers.
    metric : Metric
        What errors are.
    warnings, notes : tuple of str
        What was left out against expectation, and what was mended, one sentence each.
    """

    name: str
    frame: pd.DataFrame
    data: Data
    split: Split
    preparation: Preparation
    target: TargetCoding
    metric: Metric
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    def truth(self, rows: Rows) -> NDArray[np.float64]:
        """Return the target of some rows: places of classes, or numbers in its own units.

        Parameters
        ----------
        rows : int array
            Rows with a target.

        Returns
        -------
        float64 array of shape (rows,)
        """
        codes = np.asarray(self.target.encode(self.frame[self.target.name].iloc[rows], np.float64)[:, 0], dtype=np.float64)
        return codes if self.target.classes else codes * self.target.scale + self.target.mean


@dataclass(frozen=True, eq=False)
class SplitTable:
    """A table, its columns with a part to play, and which of its rows are for what.

    Parameters
    ----------
    frame : DataFrame
        The table as it was read.
    target : Series
        The column to predict.
    groups : Series or None
        The column whose equal values stay together.
    split : Split
        Rows of each part.
    """

    frame: pd.DataFrame
    target: pd.Series[Any]
    groups: pd.Series[Any] | None
    split: Split


def read_and_split(table: Any, data: Data, on_read: Callable[[pd.DataFrame], None]) -> SplitTable:
    """Read a table and split its rows.

    Parameters
    ----------
    table : path, DataFrame, or anything that `read_table` takes
        The table.
    data : Data
        Target and split.
    on_read : callable
        Called with the table as soon as it is read.

    Returns
    -------
    SplitTable

    Raises
    ------
    DataError
        If the table cannot be used, or not split.
    SpecError
        If there would be no dev or no test rows.
    """
    frame = read_table(table, data.decimal)
    find_target(frame, data.target)
    on_read(frame)
    frame = with_plain_target(frame, data.target, data.task)
    target = frame[data.target]
    if data.dev_fraction == 0 or data.test_fraction == 0:
        raise SpecError("dev_fraction and test_fraction must be above 0: networks are chosen on dev rows and judged on test rows.")
    groups = _column(frame, data.group, "group rows by")
    split = split_rows(target, data, groups, _column(frame, data.time, "order rows by"))
    return SplitTable(frame, target, groups, split)


def _column(frame: pd.DataFrame, name: str | None, purpose: str) -> pd.Series[Any] | None:
    """Return a column that the split needs; None if it needs none."""
    if name is None:
        return None
    if name not in frame.columns:
        raise DataError(unknown_name(f"column to {purpose},", name, frame.columns))
    return frame[name]


@contextlib.contextmanager
def warnings_kept() -> Iterator[list[str]]:
    """Keep what is warned of a table within a ``with`` block, each sentence once; other warnings go on their way.

    Yields
    ------
    list of str
        Filled when the block ends.
    """
    said: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        yield said
    said += dict.fromkeys(str(warning.message) for warning in caught if issubclass(warning.category, DataWarning))
    for warning in caught:
        if not issubclass(warning.category, DataWarning):
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
