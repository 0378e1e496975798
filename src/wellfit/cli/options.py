"""What ``wellfit fit`` is asked, with a budget or without: the table, how it is split, and where results go."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

from wellfit import datasets
from wellfit.cli.screen import Screen
from wellfit.errors import WellfitWarning
from wellfit.runs.replacing import check_table
from wellfit.spec import Data
from wellfit.study.run_files import free_folder
from wellfit.table.read import find_target, read_table

__all__ = ["FitOptions", "Goal", "cluster", "goal_of"]


class FitOptions(NamedTuple):
    """What was typed.

    Attributes
    ----------
    table : Path or None
        The table; None: the built-in one.
    data : dict
        Fields of `Data`.
    out : Path or None
        The folder; None: a new one.
    changes : dict
        Fields of `Grid` to change; None leaves one as it is.
    target_error : float or None
        What the user asks for.
    seconds, trials : float, int or None
        What a search may spend; both None: no search.
    scheduler : str or None
        Address of a Dask scheduler; None: this machine.
    overwrite : bool
        Whether an earlier run of something else may be replaced.
    """

    table: Path | None
    data: dict[str, Any]
    out: Path | None
    changes: dict[str, Any]
    target_error: float | None
    seconds: float | None
    trials: int | None
    scheduler: str | None
    overwrite: bool = False


class Goal(NamedTuple):
    """What is meant by it.

    Attributes
    ----------
    table : path or DataFrame
        What to read.
    name : str
        What it is called.
    data : Data
        Target and split.
    folder : Path
        Where results go.
    path : str or None
        How the table is named on the command line; None for the built-in one.
    """

    table: Any
    name: str
    data: Data
    folder: Path
    path: str | None


def goal_of(asked: FitOptions) -> Goal:
    """Return what is meant by what was typed.

    Parameters
    ----------
    asked : FitOptions
        As typed.

    Returns
    -------
    Goal

    Raises
    ------
    DataError
        If no target was named; the message names the columns.
    SpecError
        If the split makes no sense.
    OutputError
        If results would replace the table.
    """
    folder, data = asked.out or free_folder(), asked.data
    if asked.table is not None:
        check_table(folder, asked.table)
    if asked.table is None:
        named = Data(**data | {"target": data["target"] or "late"})
        return Goal(datasets.loans(), "loans (simulated, built in)", named, folder, None)
    if data["target"] is None:
        find_target(read_table(asked.table, data["decimal"]), None)
    return Goal(asked.table, str(asked.table), Data(**data), folder, str(asked.table))


@contextlib.contextmanager
def cluster(screen: Screen, address: str | None) -> Iterator[None]:
    """Have networks trained on a cluster for the length of a ``with`` block, and what becomes of it told in a line.

    Parameters
    ----------
    screen : Screen
        Where to print.
    address : str or None
        Of a Dask scheduler; None: networks are trained on this machine.

    Yields
    ------
    None
    """
    if address is None:
        yield
        return
    from wellfit.training.backends.active import connected

    with connected(address), warnings.catch_warnings():
        others = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            if issubclass(category, WellfitWarning):
                screen.tell(f"warning: {message}", style="yellow")
            else:
                others(message, category, *where, **more)

        warnings.showwarning = cast(Any, show)
        yield
