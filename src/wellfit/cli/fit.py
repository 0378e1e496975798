"""``wellfit fit``: the main job."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path
from typing import Any

from wellfit.cli.gate import DONE, Interrupt
from wellfit.cli.printing import print_population, print_saved, print_test
from wellfit.cli.progress import Watcher
from wellfit.cli.screen import Screen
from wellfit.data import samples
from wellfit.data.table import find_target, read_table
from wellfit.report import fit_page
from wellfit.spec import Data
from wellfit.study.fit_table import fit_table
from wellfit.study.folder import MODEL, check_folder, free_folder, save_folder

__all__ = ["cluster", "fit_command", "named_table"]


def fit_command(
    screen: Screen,
    path: Path | None,
    data: dict[str, Any],
    out: Path | None,
    changes: dict[str, Any],
    target_error: float | None,
    scheduler: str | None,
) -> int:
    """Fit a table, print what came out and save it.

    Parameters
    ----------
    screen : Screen
        Where to print.
    path : Path or None
        The table; None: the built-in one.
    data : dict
        Fields of `Data`.
    out : Path or None
        The folder; None: a new one.
    changes : dict
        Fields of `Grid` to change; None leaves one as it is.
    target_error : float or None
        What the user asks for.
    scheduler : str or None
        Address of a Dask scheduler; None: this machine.

    Returns
    -------
    int
        Exit code.
    """
    table, name = named_table(path, data)
    folder = out or free_folder()
    earlier = check_folder(folder)
    interrupt = Interrupt()
    watcher = Watcher(screen, interrupt)
    with cluster(scheduler), watcher.watching():
        job = fit_table(
            table,
            Data(**data),
            name=name,
            changes=changes,
            target_error=target_error,
            listener=watcher,
            should_stop=watcher.should_stop,
        )
        watcher.bar.stop()
        page = partial(fit_page, table=None if path is None else str(path), folder=str(folder), model_file=str(folder / MODEL))
        summary = save_folder(job, folder, page)
    print_population(screen, job)
    assert job.test is not None
    print_test(screen, job.test, job.metric)
    print_saved(screen, str(folder), summary["files"], replaced=bool(earlier))
    if screen.as_json:
        screen.object({**summary, "folder": str(folder)})
    return DONE


def named_table(path: Path | None, data: dict[str, Any]) -> tuple[Any, str]:
    """Return a table and what it is called.

    Parameters
    ----------
    path : Path or None
        The table; None: the built-in one.
    data : dict
        Fields of `Data`; the target is filled in for the built-in table.

    Returns
    -------
    table : path or DataFrame
    name : str

    Raises
    ------
    DataError
        If no target was named; the message names the columns.
    """
    if path is None:
        data["target"] = data["target"] or "diagnosis"
        return samples.breast_cancer(), "breast cancer (built in)"
    if data["target"] is None:
        find_target(read_table(path), None)
    return path, str(path)


def cluster(address: str | None) -> contextlib.AbstractContextManager[Any]:
    """Return where networks are trained within a ``with`` block.

    Parameters
    ----------
    address : str or None
        Of a Dask scheduler; None: this machine.

    Returns
    -------
    context manager
    """
    if address is None:
        return contextlib.nullcontext()
    from wellfit.training.backends.active import connected

    return connected(address)
