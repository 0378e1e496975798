"""A study of a table as blocks: how it came to its model, and how good that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from wellfit.judge.blocks import importance_section
from wellfit.judge.importance import ColumnImportance
from wellfit.plurals import counted
from wellfit.render.blocks import Code, Page, Section
from wellfit.render.words import clipped
from wellfit.runs.sections import command_line, data_section, split_section, task_texts
from wellfit.runs.table_study import TableStudy
from wellfit.store.blocks import use_section
from wellfit.study.pages.sections import found_sections, next_section, reference_text, repeat_section, short_section
from wellfit.study.plans import Grid
from wellfit.study.run_files import MODEL

__all__ = ["Saved", "table_page"]


class Saved(NamedTuple):
    """What a report knows of a finished study beside its journal."""

    importances: Sequence[ColumnImportance]
    figures: Mapping[str, Any]  # by file name, as `draw_pictures` gives them
    table: str | None  # how the table is named on the command line; None for the built-in one
    folder: str  # where the results are saved


def table_page(job: TableStudy, saved: Saved | None = None) -> Page:
    """Return a finished study of a table as blocks; with what is saved of it all that a report holds."""
    study, test = job.study, job.test
    assert study is not None
    assert test is not None
    found = found_sections(study, test, saved.figures if saved is not None else {}, saved is not None)
    sections: list[Section] = [short_section(study, test), *found]
    if saved is not None:
        sections = [
            sections[0],
            Section("What is predicted", [*task_texts(job), reference_text(study)]),
            data_section(job, "the rows to learn from"),
            split_section(job),
            *found,
            importance_section(saved.importances, job.metric, "rows to learn from"),
            next_section(study, test),
            use_section(str(Path(saved.folder) / MODEL), saved.folder, job.preparation, is_classification=bool(job.target.classes)),
            repeat_section(study, _commands(job, saved.table, saved.folder)),
        ]
    lead = (
        f"{counted(study.networks, 'network')} were trained on {clipped(job.name, 200)}; the average of the best has "
        f"{'an error' if job.target.classes else 'an RMSE'} of {job.metric.error_words(test.model)} on rows that it has not seen."
    )
    return Page(f"Predicting “{clipped(job.target.name)}”", lead, sections)


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
