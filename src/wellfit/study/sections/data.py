"""What is to be predicted, the table, and how its rows were split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wellfit.plurals import counted
from wellfit.render.blocks import Block, Points, Section, Table, Text
from wellfit.render.words import clipped
from wellfit.study.table_job import TableJob
from wellfit.table.preparation.by_target import Encoded
from wellfit.table.preparation.one_hot import Binary, Coded
from wellfit.table.preparation.preparation import Feature, Preparation

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["column_table", "data_section", "how_split", "split_section", "task_texts"]

FEW_COLUMNS, MOST_COLUMNS, MOST_CLASSES, MOST_LEFT_OUT = 12, 300, 12, 30
TIMES = {"date": "date", "time": "time of day", "duration": "span of time", "boolean": "true or false", "number": "number"}


def task_texts(job: TableJob) -> list[Block]:
    """Return what is to be predicted, and what an error is.

    Parameters
    ----------
    job : TableJob
        Prepared.

    Returns
    -------
    list of Text
    """
    name = clipped(job.target.name)
    if job.target.classes:
        what = f"Predict which of {counted(len(job.target.classes), 'class', 'classes')} “{name}” is, for rows where it is not known."
        measure = "The error is the share of rows whose class is predicted wrongly."
    else:
        what = f"Predict the number “{name}” for rows where it is not known."
        measure = (
            "The error is the RMSE, in the units of the target: the root of the mean squared distance between prediction and truth. "
            f"Always predicting the mean would err by about {job.metric.show(job.target.scale)}."
        )
    return [Text(what), Text(measure)]


def data_section(job: TableJob, learned_from: str) -> Section:
    """Return the table, column by column, and what was mended in it.

    Parameters
    ----------
    job : TableJob
        Prepared.
    learned_from : str
        Which rows the preparation was learned from.

    Returns
    -------
    Section
    """
    frame, preparation = job.frame, job.preparation
    said = (
        f"{clipped(job.name, 200)} has {counted(len(frame), 'row')} and {counted(len(frame.columns), 'column')}. "
        f"Of these, {counted(len(preparation.columns), 'column is', 'columns are')} "
        f"used, as {counted(preparation.width, 'input')} of the network; how each "
        f"is prepared was learned on {learned_from} alone."
    )
    blocks: list[Block] = [Text(said)]
    if job.warnings or job.notes:
        blocks.append(Points([*job.warnings, *job.notes]))
    blocks.append(column_table(preparation, frame))
    kept = {column.name for column in preparation.columns} | {job.target.name}
    unused = [clipped(name) for name in frame.columns if name not in kept]
    if unused:
        more = f" and {len(unused) - MOST_LEFT_OUT} more" if len(unused) > MOST_LEFT_OUT else ""
        blocks.append(Text(f"Not used: {', '.join(unused[:MOST_LEFT_OUT])}{more}.", is_note=True))
    return Section("The data", blocks)


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


def how_split(job: TableJob) -> str:
    """Return by what rows were dealt to their parts, in a sentence."""
    data = job.data
    if data.group:
        how = f"Rows that are equal in “{clipped(data.group)}” stay together in one part"
    elif data.time:
        how = f"By time: the newest rows by “{clipped(data.time)}” are test rows, those before them dev rows"
    else:
        how = "At random, each part with its share of every class" if job.target.classes else "At random"
    return f"{how} (seed {data.seed})."


def split_section(job: TableJob) -> Section:
    """Return which rows were for what, and what the target is like in each part.

    Parameters
    ----------
    job : TableJob
        Prepared.

    Returns
    -------
    Section
    """
    target = job.target
    blocks: list[Block] = [
        Text(how_split(job)),
        Text(
            "Networks learn on the training rows, one is chosen on the dev rows, and the error to expect is measured on the test rows, "
            "which are looked at once, when nothing is left to choose."
        ),
    ]
    parts = {"training": job.split.train, "dev": job.split.dev, "test": job.split.test}
    if target.classes:
        shown = target.classes[:MOST_CLASSES]
        heads = ["part", "rows", *(clipped(label, 24) for label in shown)]
        rows = []
        for name, places in parts.items():
            counts = np.bincount(job.truth(places).astype(np.int64), minlength=len(target.classes))
            rows.append([name, f"{len(places):,}", *(f"{100 * count / max(len(places), 1):.1f} %" for count in counts[: len(shown)])])
        notes = (
            [f"The first {len(shown):,} of {counted(len(target.classes), 'class', 'classes')}."] if len(shown) < len(target.classes) else []
        )
        blocks.append(Table("Rows, and the share of each class", heads, rows, range(1, len(heads)), notes=notes))
    else:
        heads = ["part", "rows", "mean", "standard deviation", "lowest", "highest"]
        rows = []
        for name, places in parts.items():
            values = job.truth(places)
            figures = (values.mean(), values.std(), values.min(), values.max())
            rows.append([name, f"{len(places):,}", *(job.metric.figure(float(figure)) for figure in figures)])
        blocks.append(Table(f"Rows, and “{clipped(target.name)}” in each part", heads, rows, range(1, 6)))
    return Section("The split", blocks)
