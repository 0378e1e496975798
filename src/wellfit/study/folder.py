"""The folder that the main job leaves: the model, what it did as CSV and JSON, pictures, and a report."""

from __future__ import annotations

import json
import os
from typing import Any

from wellfit import plots
from wellfit.files import write_folder
from wellfit.judge.importance import column_importances
from wellfit.store import to_bytes
from wellfit.study.fit_page import fit_page
from wellfit.study.fit_table import TableFit
from wellfit.study.pictures import draw_pictures
from wellfit.study.replacing import check_folder
from wellfit.study.run_files import HISTORY, MODEL, NETWORKS, REPORT, RESULT
from wellfit.study.summary import summarise

__all__ = ["save_folder"]


def save_folder(job: TableFit, folder: str | os.PathLike[str], table: str | None = None, *, overwrite: bool = False) -> dict[str, Any]:
    """Write all results of a finished job into a folder.

    Parameters
    ----------
    job : TableFit
        Finished.
    folder : path
        See `check_folder`. Pictures need matplotlib and are left out without it.
    table : str or None
        How the table is named on the command line; None for the built-in one.
    overwrite : bool
        As for `check_folder`.

    Returns
    -------
    dict
        The content of ``result.json``: `summarise`, ``importances`` and ``files``.

    Raises
    ------
    OutputError
        As `check_folder`, or if the disk is full.
    """
    earlier = check_folder(folder, job.header(), overwrite=overwrite)
    dev, model = job.split.dev, job.model({})
    importances = column_importances(model, job.problem.X[dev], job.problem.Y[dev], job.problem.metric, seed=job.data.seed)
    summary = summarise(job) | {"importances": [each.to_dict() for each in importances]}
    figures = {name: plots.settled(figure) for name, figure in draw_pictures(job, model).items()}
    contents = {REPORT: fit_page(job, importances, figures, table=table, folder=os.fspath(folder)).encode()}
    contents |= {MODEL: to_bytes(job.model(summary)), HISTORY: _history(job), NETWORKS: _networks(job)}
    contents |= {name: plots.to_png(figure) for name, figure in figures.items()}
    summary["files"] = [*contents, RESULT]
    contents[RESULT] = json.dumps(summary, indent=1, allow_nan=False, ensure_ascii=False).encode() + b"\n"
    write_folder(folder, contents, stale=[name for name in earlier if name not in contents])
    return summary


def _history(job: TableFit) -> bytes:
    """One row an epoch of every network behind the table of kinds."""
    import pandas as pd

    population = job.population
    assert population is not None
    frames = []
    for kind in population.kinds:
        for result in kind.results:
            frame = result.history.to_frame()
            labels: dict[str, Any] = {
                "kind": kind.kind,
                "setting": kind.setting.label,
                "chosen": kind is population.chosen,
                "seed": result.seed,
            }
            for place, (name, value) in enumerate(labels.items()):
                frame.insert(place, name, value)
            frames.append(frame)
    return pd.concat([frame for frame in frames if len(frame)] or frames[:1]).to_csv(index=False).encode()


def _networks(job: TableFit) -> bytes:
    """One row a network."""
    import pandas as pd

    population = job.population
    assert population is not None
    rows = [
        {
            "kind": setting.kind,
            "hidden": setting.shape,
            "l2": setting.spec.training.l2,
            "dropout": setting.spec.training.dropout,
            "seed": result.seed,
            "epochs": result.epochs,
            "outcome": result.outcome.name.lower(),
            "dev_cost": result.dev_cost,
            "dev_error": result.dev_error,
            "seconds": round(result.seconds, 4),
        }
        for setting, results in zip(population.settings, population.results, strict=True)
        for result in results
    ]
    return pd.DataFrame(rows).to_csv(index=False).encode()
