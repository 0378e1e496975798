"""How each column of a table becomes inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wellfit.plurals import counted
from wellfit.render.blocks import Table
from wellfit.render.words import clipped
from wellfit.table.preparation.by_target import Encoded
from wellfit.table.preparation.one_hot import Binary, Coded
from wellfit.table.preparation.preparation import Feature, Preparation

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["column_table"]

FEW_COLUMNS, MOST_COLUMNS = 12, 300
TIMES = {"date": "date", "time": "time of day", "duration": "span of time", "boolean": "true or false", "number": "number"}


def column_table(preparation: Preparation, frame: pd.DataFrame | None = None) -> Table:
    """Return how each column becomes inputs.

    Parameters
    ----------
    preparation : Preparation
        As learned.
    frame : DataFrame, optional
        The table, to count gaps in.

    Returns
    -------
    Table
        Folded where it is long.
    """
    columns, shown = preparation.columns, preparation.columns[:MOST_COLUMNS]
    heads = ["column", "what it holds", "how it is prepared", "inputs", *(["gaps"] if frame is not None else [])]
    rows = []
    for column in shown:
        row = [clipped(column.name), *_kind(column), f"{column.width:,}"]
        if frame is not None:
            gaps = float(frame[column.name].isna().mean())
            row.append(f"{100 * gaps:.1f} %" if gaps else "")
        rows.append(row)
    notes = [f"The first {len(shown):,} of {counted(len(columns), 'column')}."] if len(columns) > len(shown) else []
    return Table(f"Columns that are used ({len(columns):,})", heads, rows, (3, 4)[: len(heads) - 3], len(columns) > FEW_COLUMNS, notes)


def _kind(column: Feature) -> tuple[str, str]:
    """Return what a column holds, and how it becomes numbers."""
    if isinstance(column, Binary):
        return f"{clipped(column.levels[0], 20)} or {clipped(column.levels[1], 20)}", "one number"
    if isinstance(column, Coded):
        return counted(len(column.levels), "category", "categories"), "a 0-1 input for each category"
    if isinstance(column, Encoded):
        how = "mean of the target by category" + (", and how often it comes" if column.frequency else "")
        return counted(len(column.levels), "category", "categories"), how
    parts = [part for part in column.parts if part != "value"]
    how = "scaled to mean 0 and deviation 1" + (f": {', '.join(parts)}" if parts else "")
    return TIMES.get(column.kind, column.kind), how + ("; gaps filled with the median and marked" if column.gaps else "")
