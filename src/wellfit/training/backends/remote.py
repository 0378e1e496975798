"""The work of another process: it trains some tasks, with the versions of the caller, and ends soon when it is stopped."""

from __future__ import annotations

import os
import platform
import signal
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

import wellfit
from wellfit.engines.types import Engine
from wellfit.errors import ClusterError
from wellfit.training.fit import FitResult, fit_network
from wellfit.training.task import Task
from wellfit.training.threads import one_blas_thread

__all__ = ["Call", "check_versions", "stop_here", "train_remotely", "versions"]

# Whatever computes must be the same on both sides for the bits to be the same.
COMPUTING = ("numpy", "numba", "llvmlite", "scipy")

# Names of runs that were stopped, the latest last.
_stopped: OrderedDict[str, None] = OrderedDict()


class Call(NamedTuple):
    """What a process has to know of the run that it works for; `flag` is a file that exists once the run is stopped."""

    run: str
    versions: dict[str, str]
    process: int
    flag: str | None = None

    def is_stopped(self) -> bool:
        """Return whether the run is stopped."""
        return self.run in _stopped or (self.flag is not None and os.path.exists(self.flag))


def stop_here(run: str) -> None:
    """End what this process does for a run within about 0.2 seconds, and do no more for it."""
    _stopped[run] = None
    while len(_stopped) > 1000:
        _stopped.popitem(last=False)


def versions() -> dict[str, str]:
    """Return the versions that have to agree between processes for the results to have the same bits."""
    return {"wellfit": wellfit.__version__, **_versions_of_others()}


@cache
def _versions_of_others() -> dict[str, str]:
    major, minor, _ = platform.python_version_tuple()
    found = {"Python": f"{major}.{minor}"}
    for name in COMPUTING:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return found


def check_versions(here: dict[str, str], there: dict[str, str], worker: str) -> None:
    """Raise unless a worker has the versions of the calling process."""
    for name, expected in here.items():
        found = there.get(name, "none")
        if found != expected:
            raise ClusterError(
                f"workers must have {name} {expected}, as the calling process has, for the results to be the same, "
                f"found {found} on {worker}; install the same version there."
            )


def train_remotely(call: Call, engine: Engine, tasks: Sequence[Task], worker: str = "") -> list[FitResult]:
    """Train tasks one after the other, each on one thread: all of them, or the first until the run is stopped."""
    check_versions(call.versions, versions(), worker or platform.node() or "a worker")
    results: list[FitResult] = []
    with one_blas_thread(), _no_ctrl_c(call.process):
        for task in tasks:
            if call.is_stopped():
                break
            results.append(fit_network(task, engine=engine, callback=lambda event: call.is_stopped()))
    return results


@contextmanager
def _no_ctrl_c(caller: int) -> Iterator[None]:
    """Ignore Ctrl-C, which a terminal sends to all processes: the calling one stops the run."""
    if os.getpid() == caller or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
