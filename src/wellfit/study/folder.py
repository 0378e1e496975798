"""The folder that the main job leaves: the model, what it did as CSV and JSON, pictures, and a report."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wellfit import plots
from wellfit.errors import OutputError
from wellfit.files import check_writable, write_folder
from wellfit.store import to_bytes
from wellfit.study.fit_table import TableFit
from wellfit.study.importance import ColumnImportance, column_importances
from wellfit.study.pictures import BOUNDARY, COSTS, GAPS, draw_pictures
from wellfit.study.summary import summarise

__all__ = ["JOURNAL", "MODEL", "REPORT", "RESULT", "check_folder", "earlier_files", "free_folder", "refuse_foreign", "save_folder"]

MODEL, HISTORY, NETWORKS, RESULT = "model.safetensors", "history.csv", "networks.csv", "result.json"
REPORT = "report.html"
NAMES = (REPORT, MODEL, HISTORY, NETWORKS, COSTS, GAPS, BOUNDARY, RESULT)
# What a study leaves beside some of them.
JOURNAL, TRIALS, SEARCH = "journal.jsonl", "trials.csv", "search.png"
STUDY_NAMES = (REPORT, MODEL, TRIALS, SEARCH, COSTS, BOUNDARY, RESULT)
DEFAULT_FOLDER = "wellfit-run"

MakePage = Callable[[TableFit, tuple[ColumnImportance, ...], Mapping[str, Any]], str]


def free_folder() -> Path:
    """Return the name of a new folder in the current one.

    Returns
    -------
    Path
        ``wellfit-run``, or with the first free number behind it.
    """
    names = itertools.chain([DEFAULT_FOLDER], (f"{DEFAULT_FOLDER}-{number}" for number in itertools.count(2)))
    return next(Path(name) for name in names if not Path(name).exists())


def check_folder(folder: str | os.PathLike[str]) -> tuple[str, ...]:
    """Raise if results must not or cannot go to a folder; nothing but an earlier result of wellfit is ever replaced.

    Parameters
    ----------
    folder : path
        New, empty, with an earlier result, or with files of other names.

    Returns
    -------
    tuple of str
        Files of the earlier result; empty where there is none.

    Raises
    ------
    OutputError
        If it holds a study, which takes hours and not seconds; if files of the same names are there and are no earlier result; or
        if the folder cannot be written to.
    """
    goal = Path(folder)
    check_writable(goal)
    if (goal / JOURNAL).exists():
        raise OutputError(
            f"folder {str(folder)!r} holds a study, which would be lost: go on with it with --time SECONDS or --trials N, or name "
            "another folder with --out."
        )
    earlier = earlier_files(goal)
    refuse_foreign(goal, NAMES, earlier)
    return earlier


def refuse_foreign(folder: Path, names: Sequence[str], earlier: Sequence[str]) -> None:
    """Raise if files that would be replaced are no earlier result.

    Parameters
    ----------
    folder : path
        Where files are to go.
    names : sequence of str
        Those that will be written.
    earlier : sequence of str
        Those that an earlier result lists.

    Raises
    ------
    OutputError
        With the name of the first of them.
    """
    foreign = [name for name in names if (folder / name).exists() and name not in earlier]
    if foreign:
        raise OutputError(
            f"folder {str(folder)!r} holds {foreign[0]!r}, which is not from an earlier wellfit fit; name another folder with --out."
        )


def earlier_files(folder: Path) -> tuple[str, ...]:
    """Return the names that an earlier result lists as its own.

    Parameters
    ----------
    folder : path
        Where it may be.

    Returns
    -------
    tuple of str
        Empty where there is none.
    """
    try:
        found = json.loads((folder / RESULT).read_bytes())
        return tuple(name for name in found["files"] if name in {*NAMES, *STUDY_NAMES}) if "wellfit" in found else ()
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return ()


def save_folder(job: TableFit, folder: str | os.PathLike[str], make_page: MakePage | None = None) -> dict[str, Any]:
    """Write all results of a finished job into a folder.

    Parameters
    ----------
    job : TableFit
        Finished.
    folder : path
        See `check_folder`. Pictures need matplotlib and are left out without it.
    make_page : callable, optional
        Takes the job, what `column_importances` found on the dev rows, and pictures by file name; returns the report as HTML.

    Returns
    -------
    dict
        The content of ``result.json``: `summarise`, ``importances`` and ``files``.

    Raises
    ------
    OutputError
        As `check_folder`, or if the disk is full.
    """
    earlier = check_folder(folder)
    dev, model = job.split.dev, job.model({})
    importances = column_importances(model, job.problem.X[dev], job.problem.Y[dev], job.problem.metric, seed=job.data.seed)
    summary = summarise(job) | {"importances": [each.to_dict() for each in importances]}
    figures = {name: plots.settled(figure) for name, figure in draw_pictures(job, model).items()}
    contents = {} if make_page is None else {REPORT: make_page(job, importances, figures).encode()}
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
