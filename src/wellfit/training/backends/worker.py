"""What another process does for the one that asked: trains a chunk of tasks, and ends soon when it is told to."""

from __future__ import annotations

import os
import platform
from collections import OrderedDict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray

import wellfit
from wellfit.errors import ClusterError
from wellfit.training.backends.parcels import open_chunk, pack_results
from wellfit.training.task import train
from wellfit.training.threads import one_blas_thread

__all__ = ["Run", "call_off", "check_versions", "is_called_off", "train_chunk", "train_chunk_of_files", "versions"]

# Whatever computes must be the same on both sides for the bits to be the same.
COMPUTING = ("numpy", "numba", "llvmlite", "scipy")

Run = tuple[str, str | None]
_called_off: OrderedDict[str, None] = OrderedDict()
_opened: tuple[str, dict[str, NDArray[Any]]] = ("", {})


# === Versions ===


def versions() -> dict[str, str]:
    """Return the versions that have to agree between processes for the results to have the same bits.

    Returns
    -------
    dict of str to str
    """
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
    """Raise unless a worker computes with the same versions.

    Parameters
    ----------
    here, there : dict of str to str
        From `versions`, of the process that asks and of the worker.
    worker : str
        What to call it.

    Raises
    ------
    ClusterError
    """
    for name, wanted in here.items():
        found = there.get(name, "none")
        if found != wanted:
            raise ClusterError(
                f"workers must have {name} {wanted}, as the process that asks, for the results to be the same, "
                f"found {found} on {worker}; install the same version there."
            )


# === Training ===


def call_off(run: str) -> None:
    """End what this process does for a run within about 0.2 seconds, and do no more for it.

    Parameters
    ----------
    run : str
        Its name.
    """
    _called_off[run] = None
    while len(_called_off) > 1000:
        _called_off.popitem(last=False)


def is_called_off(run: Run) -> bool:
    """Return whether a run is called off.

    Parameters
    ----------
    run : tuple
        As in `train_chunk`.

    Returns
    -------
    bool
    """
    name, flag = run
    return name in _called_off or (flag is not None and os.path.exists(flag))


def train_chunk(here: dict[str, str], run: Run, payload: bytes, names: list[str], *arrays: NDArray[Any]) -> bytes:
    """Train some networks, one after the other, each on one thread.

    Parameters
    ----------
    here : dict of str to str
        The versions of the process that asks.
    run : tuple of str and (str or None)
        The run's name, and a file whose existence says that it is called off, where processes share a disk.
    payload, names : bytes, list of str
        From `Cargo.chunk`.
    *arrays : array
        Those named, in that order.

    Returns
    -------
    bytes
        From `pack_results`: of all tasks, or of those that there was time for.

    Raises
    ------
    ClusterError
        If the versions differ.
    DataError
        If a table cannot train its network.
    """
    check_versions(here, versions(), platform.node() or "a worker")
    engine, tasks = open_chunk(payload, dict(zip(names, arrays, strict=True)))
    results = []
    with one_blas_thread():
        for task in tasks:
            if is_called_off(run):
                break
            results.append(train(task, engine, lambda: is_called_off(run)))
    return pack_results(tasks, results)


def train_chunk_of_files(here: dict[str, str], run: Run, payload: bytes, files: dict[str, str]) -> bytes:
    """Train some networks whose tables are files of this machine, mapped into memory, not read for each chunk.

    Parameters
    ----------
    here, run, payload :
        As in `train_chunk`.
    files : dict of str to str
        The arrays' names and files.

    Returns
    -------
    bytes
    """
    global _opened
    if _opened[0] != run[0]:
        _opened = (run[0], {})
    opened = _opened[1]
    for name, file in files.items():
        if name not in opened:
            opened[name] = np.asarray(np.load(file, mmap_mode="r"))
    return train_chunk(here, run, payload, list(files), *(opened[name] for name in files))
