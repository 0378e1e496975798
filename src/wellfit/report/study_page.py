"""The report of a search: how it came to its model, and what that is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wellfit.plots.svg import to_svg
from wellfit.plurals import counted
from wellfit.report.blocks import Block, Code, Picture, Section, Text
from wellfit.report.data_sections import data_section, how_split, task_texts
from wellfit.report.page import render_page
from wellfit.report.result_sections import importance_section, test_section
from wellfit.report.study_sections import average_section, rounds_section, study_section, tried_kinds_section
from wellfit.report.telling import clipped
from wellfit.report.use_sections import command_line, settings_table, use_section, versions
from wellfit.study.importance import ColumnImportance
from wellfit.study.pictures import BOUNDARY, COSTS
from wellfit.study.run_files import MODEL, SEARCH
from wellfit.study.search.study import Study, interval_of
from wellfit.study.study_summary import compared_by, draw_trials
from wellfit.study.table_study import TableStudy

__all__ = ["study_page", "table_study_page"]

CAPTIONS = {
    COSTS: "Cost while training, of the networks that are averaged.",
    BOUNDARY: "What the model says of the plane of its two columns, and rows of the table.",
}


def study_page(study: Study) -> str:
    """Return the report of a study as HTML: all that its journal tells.

    Parameters
    ----------
    study : Study
        Finished, cut off, or still going on.

    Returns
    -------
    str
        All of the file.
    """
    sections = [Section("In short", [Text("The search was cut off before its first network; it has not come to its end yet.")])]
    if study.of_kind("references"):
        sections = [study_section(study), Section("What was asked", _asked(study))]
    if study.networks:
        sections += [rounds_section(study, draw_trials(study)), tried_kinds_section(study)]
    if study.of_kind("model"):
        sections.append(average_section(study))
    sections.append(_everything(study))
    target = clipped(study.header["target"])
    return render_page(f"A search for “{target}”", f"{counted(study.networks, 'network')} tried, round after round.", sections)


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
        Section("What was asked", [*task_texts(job), *_asked(study)]),
        data_section(job, "the rows of the search"),
        _parts(job),
        rounds_section(study, figures.get(SEARCH)),
        tried_kinds_section(study),
        average_section(study, drawn),
        test_section(test, job.metric, study.test_reads),
        importance_section(importances, job.metric, "rows of the search, which the model has learned from"),
        use_section(str(Path(folder) / MODEL), folder, job.preparation, is_classification=bool(job.target.classes)),
        _everything(study, [_command(job, table, folder)]),
    ]
    lead = (
        f"A search tried {counted(study.networks, 'network')} on {clipped(job.name, 200)}; the average of the best has "
        f"{'an error' if job.target.classes else 'an RMSE'} of {job.metric.error_words(test.model)} on rows that it has not seen."
    )
    return render_page(f"Predicting “{clipped(job.target.name)}”", lead, sections)


def _asked(study: Study) -> list[Block]:
    """Return what networks were measured against."""
    metric, found = study.metric, study.of_kind("references")[0]
    asked, name = interval_of(found["interval"]), found["asked_name"]
    if name == "the target error":
        said = f"An error of {metric.show(asked.estimate)} was asked for; bias is measured from it, and the search ends when it is met."
    else:
        said = f"No particular error was asked for: bias is measured from {name}, with {metric.error_words(asked)} on dev rows."
    return [Text(said)]


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
    """Return the command that goes on with the study."""
    asked = job.problem.target_error
    options: list[tuple[str, object]] = [] if asked is None else [("--target-error", repr(asked))]
    # The journal has the task as it was asked for, and is gone on with for no other.
    text = command_line(job, table, folder, job.data.task, [*options, ("--time-budget", 60)])
    return Code("To go on with the search for another minute:", text)


def _everything(study: Study, before: Sequence[Block] = ()) -> Section:
    """Return all settings, and what was told while it ran."""
    best = study.best
    settings = {
        "study": {name: value for name, value in study.header.items() if name != "kind"},
        "start": {name: value for name, value in study.of_kind("start")[0].items() if name != "kind"} if study.of_kind("start") else {},
        "best network": {} if best is None else best["spec"],
        "sessions": {str(place): session for place, session in enumerate(study.of_kind("session"), 1)},
        "versions": versions(),
    }
    blocks: list[Block] = [*before, settings_table("All settings", settings), Code("What was told while it ran:", "\n".join(study.told))]
    return Section("Every setting, to do it again", blocks)
