"""What is to be predicted, the table, and how its rows were split."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import numpy as np

from wellfit.plurals import counted
from wellfit.render.blocks import Block, Points, Section, Table, Text
from wellfit.render.words import clipped
from wellfit.runs.table_study import TableStudy
from wellfit.store.blocks import column_table

__all__ = ["command_line", "data_section", "split_section", "task_texts"]

MOST_CLASSES, MOST_LEFT_OUT = 12, 30


def task_texts(job: TableStudy) -> list[Block]:
    """Return what is to be predicted, and what an error is."""
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


def data_section(job: TableStudy, learned_from: str) -> Section:
    """Return the table, column by column, and what was mended in it."""
    frame, preparation = job.frame, job.preparation
    words = (
        f"{clipped(job.name, 200)} has {counted(len(frame), 'row')} and {counted(len(frame.columns), 'column')}. "
        f"Of these, {counted(len(preparation.columns), 'column is', 'columns are')} "
        f"used, as {counted(preparation.width, 'input')} of the network; how each "
        f"is prepared was learned on {learned_from} alone."
    )
    blocks: list[Block] = [Text(words)]
    if job.warnings or job.notes:
        blocks.append(Points([*job.warnings, *job.notes]))
    blocks.append(column_table(preparation, frame))
    kept = {column.name for column in preparation.columns} | {job.target.name}
    unused = [clipped(name) for name in frame.columns if name not in kept]
    if unused:
        more = f" and {len(unused) - MOST_LEFT_OUT} more" if len(unused) > MOST_LEFT_OUT else ""
        blocks.append(Text(f"Not used: {', '.join(unused[:MOST_LEFT_OUT])}{more}.", is_note=True))
    return Section("The data", blocks)


def how_split(job: TableStudy) -> str:
    """Return by what rows were dealt to their parts, in a sentence."""
    data = job.data
    if data.group:
        how = f"Rows that are equal in “{clipped(data.group)}” stay together in one part"
    elif data.time:
        how = f"By time: the newest rows by “{clipped(data.time)}” are test rows, those before them dev rows"
    else:
        how = "At random, each part with its share of every class" if job.target.classes else "At random"
    return f"{how} (seed {data.seed})."


def split_section(job: TableStudy) -> Section:
    """Return which rows were for what, and what the target is like in each part."""
    target = job.target
    blocks: list[Block] = [
        Text(
            f"{how_split(job)} {counted(len(job.split.test), 'row is', 'rows are')} set aside for the test, which is read when nothing is "
            "left to choose."
        ),
    ]
    parts = {"to learn from": np.concatenate([job.split.train, job.split.dev]), "test": job.split.test}
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


def command_line(job: TableStudy, table: str | None, folder: str, task: str, options: Sequence[tuple[str, object]]) -> str:
    """Return a command that splits a job's table as it was split."""
    data = job.data
    known: list[tuple[str, object]] = [("--target", data.target), ("--task", task), ("--random-state", data.seed)]
    known += [(option, value) for option, value in (("--groups", data.group), ("--order-by", data.time)) if value]
    known += [("--categorical-features", name) for name in data.categories]
    known += [("--decimal", data.decimal)] if data.decimal else []
    words = ["wellfit", "fit", *([] if table is None else [shlex.quote(table)])]
    # A value that begins with a dash would be taken for an option.
    return " ".join(words) + "".join(
        f" \\\n  {option}={shlex.quote(str(value))}" for option, value in [*known, *options, ("--out", folder)]
    )
