"""The report of a search on a table: how it came to its model, and what that is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wellfit.judge.importance import ColumnImportance
from wellfit.plots.svg import to_svg
from wellfit.plurals import counted
from wellfit.render.blocks import Code, Picture, Section, Text
from wellfit.render.page import render_page
from wellfit.render.words import clipped
from wellfit.study.run_files import BOUNDARY, COSTS, MODEL, SEARCH
from wellfit.study.search.sections import asked_texts, average_section, repeat_section, rounds_section, study_section, tried_kinds_section
from wellfit.study.search.tried import compared_by
from wellfit.study.sections.data import data_section, how_split, task_texts
from wellfit.study.sections.errors import importance_section, test_section
from wellfit.study.sections.use import command_line, use_section
from wellfit.study.table_study import TableStudy

__all__ = ["table_study_page"]

CAPTIONS = {
    COSTS: "Cost while training, of the networks that are averaged.",
    BOUNDARY: "What the model says of the plane of its two columns, and rows of the table.",
}


def table_study_page(
    job: TableStudy,
    importances: Sequence[ColumnImportance],
    figures: Mapping[str, Any],
    *,
    table: str | None,
    folder: str,
) -> str:
    """Return the report of a search on a table as HTML.

    Parameters
    ----------
    job : TableStudy
        Finished.
    importances : sequence of ColumnImportance
        Of its model.
    figures : mapping of str to Figure
        By file name.
    table : str or None
        How the table is named on the command line; None for the built-in one.
    folder : str
        Where the results are saved.

    Returns
    -------
    str
        All of the file.
    """
    study, test = job.study, job.test
    assert study is not None
    assert test is not None
    drawn = [Picture(CAPTIONS[name], to_svg(figures[name])) for name in CAPTIONS if name in figures]
    sections = [
        study_section(study, test),
        Section("What was asked", [*task_texts(job), *asked_texts(study)]),
        data_section(job, "the rows of the search"),
        _parts(job),
        rounds_section(study, figures.get(SEARCH)),
        tried_kinds_section(study),
        average_section(study, drawn),
        test_section(test, job.metric, study.test_reads),
        importance_section(importances, job.metric, "rows of the search, which the model has learned from"),
        use_section(str(Path(folder) / MODEL), folder, job.preparation, is_classification=bool(job.target.classes)),
        repeat_section(study, [_command(job, table, folder)]),
    ]
    lead = (
        f"A search tried {counted(study.networks, 'network')} on {clipped(job.name, 200)}; the average of the best has "
        f"{'an error' if job.target.classes else 'an RMSE'} of {job.metric.error_words(test.model)} on rows that it has not seen."
    )
    return render_page(f"Predicting “{clipped(job.target.name)}”", lead, sections)


def _parts(job: TableStudy) -> Section:
    """Return which rows were for what."""
    study = job.study
    assert study is not None
    start = study.of_kind("start")[0]
    test = f"{counted(len(job.split.test), 'row')} were set aside for the test, which is looked at when nothing is left to choose"
    few = ": with so few rows each is to be trained on and judged by in turn" if start["folds"] else ""
    compared = f"Networks are compared by {compared_by(study)}{few}."
    return Section("The split", [Text(f"{how_split(job)} {test}."), Text(compared)])


def _command(job: TableStudy, table: str | None, folder: str) -> Code:
    """Return the command that resumes the study."""
    asked = job.problem.target_error
    options: list[tuple[str, object]] = [] if asked is None else [("--target-error", repr(asked))]
    # The journal holds the task as it was requested, and resumes for no other.
    text = command_line(job, table, folder, job.data.task, [*options, ("--time-budget", 60)])
    return Code("To continue the search for another minute:", text)
