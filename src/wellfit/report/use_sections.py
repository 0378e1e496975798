"""What to try next, how to use the model, and every setting that it takes to do it again."""

from __future__ import annotations

import json
import platform
import shlex
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import wellfit
from wellfit.data.preparation import Preparation
from wellfit.report.advice import advice
from wellfit.report.blocks import Block, Code, Points, Section, Table, Text
from wellfit.report.telling import clipped
from wellfit.study.fit_table import TableFit
from wellfit.study.table_job import TableJob

__all__ = ["command_line", "next_section", "repeat_section", "settings_table", "use_section", "versions"]

LIBRARIES = ("numpy", "scipy", "scikit-learn", "numba", "pandas")


def next_section(job: TableFit) -> Section:
    """Return what to try next.

    Parameters
    ----------
    job : TableFit
        Finished.

    Returns
    -------
    Section
    """
    last = Text(
        "These follow from this run alone and were not tried. wellfit diagnose looks closer: it checks the training itself, says whether "
        "more rows would help, and tries the most promising step.",
        is_note=True,
    )
    return Section("What to try next", [Points(advice(job)), last])


def use_section(model_file: str, folder: str | None, preparation: Preparation, *, is_classification: bool) -> Section:
    """Return how to predict with a saved model.

    Parameters
    ----------
    model_file : str
        Where the model is, or will be, saved.
    folder : str or None
        What to name on the command line; None: the model file.
    preparation : Preparation
        Its columns are those that a table must have.
    is_classification : bool
        Whether there are probabilities.

    Returns
    -------
    Section
    """
    needed = [column.name for column in preparation.columns]
    also = "\nprobabilities = model.predict_proba(table)" if is_classification else ""
    python = f'import pandas as pd\nimport wellfit\n\nmodel = wellfit.load({model_file!r})\ntable = pd.read_csv("TABLE.csv")'
    names = ", ".join(clipped(name, 40) for name in needed[:20]) + (f" and {len(needed) - 20} more" if len(needed) > 20 else "")
    blocks: list[Block] = [
        Code("On the command line:", f"wellfit predict {shlex.quote(folder or model_file)} TABLE.csv --out predictions.csv"),
        Code("In Python:", f"{python}\npredictions = model.predict(table){also}"),
        Text(f"The table needs the columns {names}, in any order; cells may be empty. Other columns are passed over."),
        Text(
            "What is said here of errors holds for rows of the same kind as those of the table: measured in the same way, at the same "
            "places, at the same time. Where that changes, measure anew.",
            is_note=True,
        ),
    ]
    return Section("How to use the model", blocks)


def repeat_section(job: TableFit, table: str | None, folder: str) -> Section:
    """Return the command that does the same again, and all settings behind it.

    Parameters
    ----------
    job : TableFit
        Finished.
    table : str or None
        How the table is named on the command line; None for the built-in one.
    folder : str
        Where the results went.

    Returns
    -------
    Section
    """
    population = job.population
    assert population is not None
    settings: dict[str, Any] = {
        "data": job.data.to_dict(),
        "grid": {name: getattr(population.grid, name) for name in population.grid.__dataclass_fields__},
        "chosen": population.chosen.setting.spec.to_dict(),
        "seeds of the chosen networks": [result.seed for result in population.chosen.results],
        "target error": population.asked.estimate if population.asked_name == "the target error" else None,
        "versions": versions(),
    }
    return Section(
        "Every setting, to do it again",
        [
            Code(
                "The same command with nothing left to defaults; on the same machine it gives the same networks to the bit:",
                _command(job, table, folder),
            ),
            settings_table("All settings", settings),
        ],
    )


def settings_table(caption: str, settings: Mapping[str, Any]) -> Table:
    """Return settings within settings as a folded table, one row a value.

    Parameters
    ----------
    caption : str
        What they are of.
    settings : mapping
        Names to values, or to mappings of them, as JSON.

    Returns
    -------
    Table
    """
    return Table(caption, ["setting", "value"], [list(row) for row in _flat(settings)], is_folded=True)


def _flat(settings: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    rows = []
    for name, value in settings.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{before}{name}: ")
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
            rows.append((f"{before}{name}", clipped(text, 200)))
    return rows


def versions() -> dict[str, str]:
    """Return versions of what computed, and on what.

    Returns
    -------
    dict of str to str
    """
    found = {"wellfit": wellfit.__version__, "Python": platform.python_version()}
    return found | {name: version(name) for name in LIBRARIES} | {"machine": f"{platform.system()}, {platform.machine()}"}


def command_line(job: TableJob, table: str | None, folder: str, task: str, options: Sequence[tuple[str, object]]) -> str:
    """Return a command that splits a job's table as it was split.

    Parameters
    ----------
    job : TableJob
        The job.
    table : str or None
        How the table is named on the command line; None for the built-in one.
    folder : str
        Where the results are to go.
    task : str
        What follows ``--task``.
    options : sequence of (str, value)
        What else is asked for.

    Returns
    -------
    str
        An option a line.
    """
    data = job.data
    known: list[tuple[str, object]] = [("--target", data.target), ("--task", task), ("--random-state", data.seed)]
    known += [(option, value) for option, value in (("--groups", data.group), ("--order-by", data.time)) if value]
    known += [("--categorical-features", name) for name in data.categories]
    known += [("--decimal", data.decimal)] if data.decimal else []
    words = ["wellfit", "fit", *([] if table is None else [shlex.quote(table)])]
    # A value that begins with a dash would be taken for an option.
    return " ".join(words) + "".join(
        f" \\\n  {option}={shlex.quote(str(value))}" for option, value in [*known, *options, ("--out", folder)]
    )


def _command(job: TableFit, table: str | None, folder: str) -> str:
    """Return the command line, every option spelled out."""
    population = job.population
    assert population is not None
    grid = population.grid
    options: list[tuple[str, object]] = []
    if population.asked_name == "the target error":
        options.append(("--target-error", repr(population.asked.estimate)))
    options += [("--hidden", ",".join(map(str, shape)) or "none") for shape in grid.hidden]
    options += [(f"--{name}", ",".join(map(repr, getattr(grid, name)))) for name in ("l2", "dropout")]
    for name in ("activation", "learning_rate", "batch_size", "epochs", "seeds"):
        options.append((f"--{name.replace('_', '-')}", getattr(grid, name)))
    return command_line(job, table, folder, job.target.task, options)
