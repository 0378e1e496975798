"""The folder that the main job leaves: the model, what it did as CSV and JSON, and pictures."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit import plots
from wellfit.data.columns import as_numbers
from wellfit.errors import OutputError
from wellfit.files import check_writable, write_folder
from wellfit.store import FittedModel, to_bytes
from wellfit.study.fit_table import TableFit
from wellfit.study.intervals import Interval
from wellfit.study.summary import summarise

__all__ = ["MODEL", "RESULT", "check_folder", "free_folder", "save_folder"]

MODEL, HISTORY, NETWORKS, RESULT = "model.safetensors", "history.csv", "networks.csv", "result.json"
COSTS, GAPS, BOUNDARY = "cost_curves.png", "gaps.png", "decision_boundary.png"
NAMES = (MODEL, HISTORY, NETWORKS, COSTS, GAPS, BOUNDARY, RESULT)
DEFAULT_FOLDER = "wellfit-run"


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
        If files of the same names are there and are no earlier result, or the folder cannot be written to.
    """
    goal = Path(folder)
    check_writable(goal)
    earlier = _earlier_files(goal)
    foreign = [name for name in NAMES if (goal / name).exists() and name not in earlier]
    if foreign:
        raise OutputError(
            f"folder {str(folder)!r} holds {foreign[0]!r}, which is not from an earlier wellfit fit; name another folder with --out."
        )
    return earlier


def _earlier_files(folder: Path) -> tuple[str, ...]:
    """Names that an earlier result lists as its own."""
    try:
        found = json.loads((folder / RESULT).read_bytes())
        return tuple(name for name in found["files"] if name in NAMES) if "wellfit" in found else ()
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return ()


def save_folder(job: TableFit, folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Write all results of a finished job into a folder.

    Parameters
    ----------
    job : TableFit
        Finished.
    folder : path
        See `check_folder`. Pictures need matplotlib and are left out without it.

    Returns
    -------
    dict
        The content of ``result.json``: `summarise`, and ``files``.

    Raises
    ------
    OutputError
        As `check_folder`, or if the disk is full.
    """
    earlier = check_folder(folder)
    summary = summarise(job)
    model = job.model(summary)
    contents = {MODEL: to_bytes(model), HISTORY: _history(job), NETWORKS: _networks(job)}
    if plots.is_available():
        contents |= _pictures(job, model)
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


# === Pictures ===


def _pictures(job: TableFit, model: FittedModel) -> dict[str, bytes]:
    population, metric = job.population, job.problem.metric
    assert population is not None
    curves, bars = [], []
    for kind in population.kinds:
        histories = [result.history for result in kind.results]
        training = [(np.arange(1, history.epochs + 1), history.cost) for history in histories]
        dev = [(history.record_epoch, history.dev_cost) for history in histories]
        curves.append(plots.Curves(kind.setting.label, training, dev, kind is population.chosen))
        verdict = "diverged" if kind.divergence else kind.verdict.word
        bars.append(plots.Bar(kind.setting.label, verdict, _ends(kind.train), _ends(kind.dev)))
    references = {reference.model.name: reference.dev.estimate for reference in reversed(population.references)}
    is_classes = metric.task == "classification"
    figures = {
        COSTS: plots.cost_curves(curves, "cross-entropy" if is_classes else "half the squared error, target scaled"),
        GAPS: plots.gaps(bars, metric.name if is_classes else f"{metric.name} of {job.target.name}", references, is_classes),
    }
    columns = _two_numbers(job)
    if columns is not None:
        figures[BOUNDARY] = _boundary(job, model, columns)
    return {name: plots.to_png(figure) for name, figure in figures.items()}


def _ends(interval: Interval) -> tuple[float, float, float]:
    return interval.estimate, interval.low, interval.high


def _two_numbers(job: TableFit) -> tuple[str, str] | None:
    """Names of the columns where a plane shows all that the model sees: two inputs, both numbers."""
    used = job.preparation.columns
    if len(used) == 2 and all(getattr(column, "kind", "") == "number" for column in used):
        return used[0].name, used[1].name
    return None


def _boundary(job: TableFit, model: FittedModel, columns: tuple[str, str]) -> Any:
    import pandas as pd

    classes = job.target.classes

    def predict(points: NDArray[np.float64]) -> NDArray[Any]:
        found = model.apply(pd.DataFrame(points, columns=list(columns)))
        return found.values[:, None] if found.probabilities is None else found.probabilities

    rows = job.split.train
    points = np.column_stack([as_numbers(job.frame[name].iloc[rows]) for name in columns])
    coded = job.problem.Y[rows, 0].astype(np.float64)
    truth = coded if classes else coded * job.target.scale + job.target.mean
    return plots.decision_boundary(predict, points, truth, columns, job.target.name, classes)
