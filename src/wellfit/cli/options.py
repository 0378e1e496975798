"""The options of ``wellfit fit``: the table, how it is split, and where results go."""

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

__all__ = ["FitOptions", "Inputs", "cluster", "inputs_of"]


class FitOptions(NamedTuple):
    """The options as typed."""

    table: Path | None  # the table; None: the built-in one
    data: dict[str, Any]  # fields of `Data`
    out: Path | None  # the folder; None: a new one
    changes: dict[str, Any]  # fields of `Grid` to change; None leaves one as it is
    target_error: float | None  # the error to reach
    seconds: float | None  # what a search may spend; both None: no search
    trials: int | None
    scheduler: str | None  # address of a Dask scheduler; None: this machine
    overwrite: bool = False  # whether an earlier run of something else may be replaced


class Inputs(NamedTuple):
    """The input of a study, and the folder of its results."""

    table: Any  # what to read
    name: str  # what it is called
    data: Data  # target and split
    folder: Path  # where results go
    path: str | None  # how the table is named on the command line; None for the built-in one


def inputs_of(options: FitOptions) -> Inputs:
    """Return table, split and folder of the options; raise if no target is named, or results would replace the table."""
    folder, data = options.out or free_folder(), options.data
    if options.table is not None:
        check_table(folder, options.table)
    if options.table is None:
        named = Data(**data | {"target": data["target"] or "late"})
        return Inputs(datasets.loans(), "loans (simulated, built in)", named, folder, None)
    if data["target"] is None:
        find_target(read_table(options.table, data["decimal"]), None)
    return Inputs(options.table, str(options.table), Data(**data), folder, str(options.table))


@contextlib.contextmanager
def cluster(screen: Screen, address: str | None) -> Iterator[None]:
    """Train networks on a cluster for the length of a ``with`` block, and report in a line what becomes of it."""
    if address is None:
        yield
        return
    from wellfit.training.backends.active import connected

    with connected(address), warnings.catch_warnings():
        others = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            if issubclass(category, WellfitWarning):
                screen.report(f"warning: {message}", style="yellow")
            else:
                others(message, category, *where, **more)

        warnings.showwarning = cast(Any, show)
        yield
