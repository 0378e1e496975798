"""What every job on a table has: the table, its split, how columns become inputs, and what was found odd on the way."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.types import Rows
from wellfit.errors import DataError, DataWarning, SpecError, unknown_name
from wellfit.spec import Data
from wellfit.study.metric import Metric
from wellfit.table.coding import TargetCoding
from wellfit.table.preparation.preparation import Preparation
from wellfit.table.read import find_target, read_table
from wellfit.table.split import Split
from wellfit.table.table import Table, make_table
from wellfit.table.train_dev_test import split_rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TableJob", "read_and_split", "warnings_kept"]


@dataclass(frozen=True)
class TableJob:
    """A table that is split and prepared.

    Parameters
    ----------
    name : str
        What the table is called.
    table : Table
        The table.
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
    table: Table
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
        return self.table.target.values[rows]

    @property
    def frame(self) -> pd.DataFrame:
        """The table as it was read."""
        return self.table.frame


def read_and_split(source: Any, data: Data, on_read: Callable[[pd.DataFrame], None]) -> tuple[Table, Split]:
    """Read a table and split its rows.

    Parameters
    ----------
    source : path, DataFrame, or anything that `read_table` takes
        The table.
    data : Data
        Target and split.
    on_read : callable
        Called with the table as soon as it is read.

    Returns
    -------
    table : Table
        What kind its columns are of is decided on training and dev rows.
    split : Split

    Raises
    ------
    DataError
        If the table cannot be used, or not split.
    SpecError
        If there would be no dev or no test rows.
    """
    frame = read_table(source, data.decimal)
    find_target(frame, data.target)
    on_read(frame)
    groups, times = _column(frame, data.group, "group rows by"), _column(frame, data.time, "order rows by")
    left_out = () if data.group is None else (data.group,)
    if data.dev_fraction == 0 or data.test_fraction == 0:
        raise SpecError("dev_fraction and test_fraction must be above 0: networks are chosen on dev rows and judged on test rows.")
    table = make_table(frame, data.target, task=data.task, groups=groups, times=times, left_out=left_out, categories=data.categories)
    split = split_rows(table.target, data, groups, times)
    return table.read(np.sort(np.concatenate([split.train, split.dev]))), split


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
