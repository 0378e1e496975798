"""The folder that a search on a table leaves: its journal, and at the end the model, the trials, pictures and a report."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from wellfit import plots
from wellfit.files import write_folder
from wellfit.judge.importance import ColumnImportance, column_importances
from wellfit.store import FittedModel, to_bytes
from wellfit.study.pictures import draw_boundary
from wellfit.study.replacing import check_study_folder
from wellfit.study.run_files import BOUNDARY, COSTS, JOURNAL, MODEL, REPORT, RESULT, SEARCH, TRIALS
from wellfit.study.search.tried import draw_trials
from wellfit.study.study_summary import summarise_study
from wellfit.study.table_study import TableStudy
from wellfit.study.table_study_page import table_study_page

__all__ = ["save_study"]


def save_study(job: TableStudy, folder: str | os.PathLike[str], table: str | None = None) -> dict[str, Any]:
    """Write all results of a finished search into its folder, beside the journal.

    Parameters
    ----------
    job : TableStudy
        Finished.
    folder : path
        See `check_study_folder`. Pictures need matplotlib and are left out without it.
    table : str or None
        How the table is named on the command line; None for the built-in one.

    Returns
    -------
    dict
        The content of ``result.json``: `summarise_study`, ``importances`` and ``files``.

    Raises
    ------
    OutputError
        As `check_study_folder`, or if the disk is full; the journal and an earlier result are then as they were.
    """
    assert job.study is not None
    earlier, model = check_study_folder(folder), job.model({})
    importances = _importances(job, model)
    summary = summarise_study(job) | {"importances": [each.to_dict() for each in importances]}
    figures = {name: plots.settled(figure) for name, figure in _draw(job, model).items()}
    contents = {REPORT: table_study_page(job, importances, figures, table=table, folder=os.fspath(folder)).encode()}
    contents |= {MODEL: to_bytes(job.model(summary)), TRIALS: job.study.to_frame().to_csv(index=False).encode()}
    contents |= {name: plots.to_png(figure) for name, figure in figures.items()}
    # The journal has been there since the first trial.
    summary["files"] = [*contents, JOURNAL, RESULT]
    contents[RESULT] = json.dumps(summary, indent=1, allow_nan=False, ensure_ascii=False).encode() + b"\n"
    write_folder(folder, contents, stale=[name for name in earlier if name not in summary["files"]])
    return summary


def _importances(job: TableStudy, model: FittedModel) -> tuple[ColumnImportance, ...]:
    """Return which columns the model uses, by rows of the search: the test rows are looked at once, and not for this."""
    rows = job.frame.iloc[job.split.dev]
    X = model.preparation.transform(rows).X
    Y = model.target.encode(rows[model.target.name])
    return column_importances(model, X, Y, job.metric, seed=job.data.seed)


def _draw(job: TableStudy, model: FittedModel) -> dict[str, Any]:
    """Draw the trials, how the model's networks were trained, and where they decide if a plane shows it."""
    study = job.study
    assert study is not None
    if not plots.is_available():
        return {}
    trials = draw_trials(study)
    figures: dict[str, Any] = {} if trials is None else {SEARCH: trials}
    if any(np.isfinite(history.cost).any() for history in study.histories):
        figures[COSTS] = plots.TrainingCurveDisplay.from_history(list(study.histories)).figure_
    boundary = draw_boundary(job, model)
    return figures if boundary is None else figures | {BOUNDARY: boundary}
