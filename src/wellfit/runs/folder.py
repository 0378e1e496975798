"""The folder that a study of a table leaves: its journal, and at the end the model, the trials, pictures and a report."""

from __future__ import annotations

import json
import os
from typing import Any

from wellfit import plots
from wellfit.files import write_folder
from wellfit.judge.importance import ColumnImportance, column_importances
from wellfit.render.as_html import to_file
from wellfit.runs.page import Saved, table_page
from wellfit.runs.pictures import draw_pictures
from wellfit.runs.replacing import check_folder
from wellfit.runs.summary import summarise
from wellfit.runs.table_study import TableStudy
from wellfit.store import FittedModel, to_bytes
from wellfit.study.run_files import HISTORY, JOURNAL, MODEL, REPORT, RESULT, TRIALS
from wellfit.study.study import Study

__all__ = ["save_folder"]


def save_folder(job: TableStudy, folder: str | os.PathLike[str], table: str | None = None) -> dict[str, Any]:
    """Write all results of a finished study into its folder, beside the journal."""
    assert job.study is not None
    earlier, model = check_folder(folder), job.model({})
    importances = _importances(job, model)
    summary = summarise(job) | {"importances": [each.to_dict() for each in importances]}
    figures = {name: plots.settled(figure) for name, figure in draw_pictures(job, model).items()}
    page = table_page(job, Saved(importances, figures, table, os.fspath(folder)))
    contents = {REPORT: to_file(page).encode()}
    contents |= {MODEL: to_bytes(job.model(summary)), TRIALS: job.study.to_frame().to_csv(index=False).encode()}
    contents[HISTORY] = _history(job.study)
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


def _history(study: Study) -> bytes:
    """Return one row an epoch of every network behind the comparison of regularisers, or without one of the model's networks."""
    import pandas as pd

    chosen = study.best["change"] if study.best is not None else ""
    curves = study.curves or {"model": study.histories}
    frames = []
    for change, histories in curves.items():
        for number, history in enumerate(histories, 1):
            frame = history.to_frame()
            labels: dict[str, Any] = {"change": change, "chosen": change == chosen, "network": number}
            for place, (name, value) in enumerate(labels.items()):
                frame.insert(place, name, value)
            frames.append(frame)
    return pd.concat([frame for frame in frames if len(frame)] or frames[:1]).to_csv(index=False).encode()
