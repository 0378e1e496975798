"""The report of the main job: for who asked for it, and for who has to do it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wellfit.judge.importance import ColumnImportance
from wellfit.render.blocks import Section
from wellfit.render.page import render_page
from wellfit.render.words import clipped
from wellfit.study.fit_sections import asked_section, next_section, repeat_section, short_section, tried_section, verdict_section
from wellfit.study.fit_table import TableFit
from wellfit.study.run_files import MODEL
from wellfit.study.sections.data import data_section, split_section
from wellfit.study.sections.errors import importance_section, test_section
from wellfit.study.sections.use import use_section

__all__ = ["fit_page"]


def fit_page(
    job: TableFit,
    importances: Sequence[ColumnImportance],
    figures: Mapping[str, Any],
    *,
    table: str | None,
    folder: str,
) -> str:
    """Return the report of a finished job as HTML.

    Parameters
    ----------
    job : TableFit
        Finished.
    importances : sequence of ColumnImportance
        Of its model, on the dev rows.
    figures : mapping of str to Figure
        As `draw_pictures` gives them.
    table : str or None
        How the table is named on the command line; None for the built-in one.
    folder : str
        Where the results are saved.

    Returns
    -------
    str
        All of the file.
    """
    assert job.test is not None
    sections: list[Section] = [
        short_section(job),
        asked_section(job),
        data_section(job, "the training rows"),
        split_section(job),
        tried_section(job, figures),
        verdict_section(job),
        test_section(job.test, job.metric, 1),
        importance_section(importances, job.problem.metric, "dev rows"),
        next_section(job),
        use_section(str(Path(folder) / MODEL), folder, job.preparation, is_classification=bool(job.target.classes)),
        repeat_section(job, table, folder),
    ]
    return render_page(f"Predicting “{clipped(job.target.name)}”", _lead(job), sections)


def _lead(job: TableFit) -> str:
    """Return what came out, in a sentence or two."""
    test, metric, population = job.test, job.problem.metric, job.population
    assert test is not None
    assert population is not None
    if metric.task == "classification":
        said = f"is wrong for {metric.error_words(test.model)} of rows that it has not seen"
    else:
        said = f"has an RMSE of {metric.error_words(test.model)} on rows that it has not seen"
    references = dict(test.references)
    return (
        f"The network chosen for “{clipped(job.target.name)}”, out of {population.networks:,} trained on {clipped(job.name, 200)}, {said}; "
        f"{test.against}, the simple model that is best on dev rows, has {metric.show(references[test.against].estimate)}."
    )
