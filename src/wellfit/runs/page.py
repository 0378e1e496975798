"""The report of a study of a table: how it came to its model, and how good that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wellfit.judge.importance import ColumnImportance
from wellfit.pages.errors import importance_section, test_section
from wellfit.pages.use import use_section
from wellfit.plots.svg import to_svg
from wellfit.plurals import counted
from wellfit.render.blocks import Code, Picture, Section
from wellfit.render.page import render_page
from wellfit.render.words import clipped
from wellfit.runs.sections import command_line, data_section, split_section, task_texts
from wellfit.runs.table_study import TableStudy
from wellfit.study.pages.comparison import comparison_section, next_section, verdict_section
from wellfit.study.pages.sections import asked_texts, average_section, repeat_section, rounds_section, study_section, tried_kinds_section
from wellfit.study.plans import Grid
from wellfit.study.run_files import BOUNDARY, COSTS, MODEL, SEARCH

__all__ = ["table_page"]

CAPTIONS = {
    COSTS: "Cost while training, of the networks that are averaged.",
    BOUNDARY: "What the model says of the plane of its two columns, and rows of the table.",
}


def table_page(
    job: TableStudy,
    importances: Sequence[ColumnImportance],
    figures: Mapping[str, Any],
    *,
    table: str | None,
    folder: str,
) -> str:
    """Return the report of a finished study of a table as HTML.

    Parameters
    ----------
    job : TableStudy
        Finished.
    importances : sequence of ColumnImportance
        Of its model.
    figures : mapping of str to Figure
        By file name, as `draw_pictures` gives them.
    table : str or None
        How the table is named on the command line; None for the built-in one.
    folder : str
        Where the results are saved.

    Returns
    -------
    str
        All of the file.
    """
    study, test, metric = job.study, job.test, job.metric
    assert study is not None
    assert test is not None
    is_compared = bool(study.compared)
    # With a comparison the cost curves are those of the regularisers, and stand there.
    names = [name for name in CAPTIONS if name in figures and not (name == COSTS and is_compared)]
    unit = "% of rows" if job.target.classes else f"units of {clipped(job.target.name)}"
    sections: list[Section] = [
        study_section(study, test),
        Section("What is predicted", [*task_texts(job), *asked_texts(study)]),
        data_section(job, "the rows to learn from"),
        split_section(job),
        *([comparison_section(study, figures, unit)] if is_compared else []),
        *([rounds_section(study, figures.get(SEARCH)), tried_kinds_section(study)] if study.has_rounds or not is_compared else []),
        *([verdict_section(study)] if study.best is not None else []),
        average_section(study, [Picture(CAPTIONS[name], to_svg(figures[name])) for name in names]),
        test_section(test, metric, study.test_reads),
        importance_section(importances, metric, "rows to learn from"),
        next_section(study, test),
        use_section(str(Path(folder) / MODEL), folder, job.preparation, is_classification=bool(job.target.classes)),
        repeat_section(study, _commands(job, table, folder)),
    ]
    lead = (
        f"{counted(study.networks, 'network')} were trained on {clipped(job.name, 200)}; the average of the best has "
        f"{'an error' if job.target.classes else 'an RMSE'} of {metric.error_words(test.model)} on rows that it has not seen."
    )
    return render_page(f"Predicting “{clipped(job.target.name)}”", lead, sections)


def _commands(job: TableStudy, table: str | None, folder: str) -> list[Code]:
    """Return the command that does the same again, and the one that continues it."""
    target_error = job.problem.target_error
    options: list[tuple[str, object]] = [] if target_error is None else [("--target-error", repr(target_error))]
    options += _grid_options(job)
    again = command_line(job, table, folder, job.data.task, options)
    more = command_line(job, table, folder, job.data.task, [*options, ("--time-budget", 60)])
    # The journal holds the settings as they were requested, and resumes for no others.
    return [
        Code("The same command; in another folder it gives the same comparison again, on the same machine to the bit:", again),
        Code("To continue for a minute with rounds of further networks:", more),
    ]


def _grid_options(job: TableStudy) -> list[tuple[str, object]]:
    """Return the settings of the comparison that were requested."""
    options: list[tuple[str, object]] = []
    for name in (name for name in Grid.__dataclass_fields__ if name in job.plan.changes):
        value = job.plan.changes[name]
        if name == "hidden":
            options += [("--hidden", ",".join(map(str, shape)) or "none") for shape in value]
        else:
            flag = f"--{name.replace('_', '-')}"
            options.append((flag, ",".join(map(repr, value)) if isinstance(value, tuple) else value))
    return options
