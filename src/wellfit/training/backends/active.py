"""Which backend trains: the one of joblib's `parallel_config`; without it, threads of this process."""

from __future__ import annotations

import logging
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any

import joblib
from joblib.parallel import BACKENDS, get_active_backend

from wellfit.engines.types import Engine
from wellfit.errors import ClusterError, TrainingWarning, install_command
from wellfit.events import Callback
from wellfit.plurals import counted
from wellfit.training.backends.by_joblib import train_by_joblib
from wellfit.training.backends.run import Run, train_on_threads
from wellfit.training.result import FitResult
from wellfit.training.task import Task

__all__ = ["at_once", "connected", "jobs", "train_all"]


def jobs(n_jobs: int | None) -> int:
    """Return how many networks are trained at once on threads of this process, from a number in joblib's convention.

    None is what `joblib.parallel_config` names, else one for each core that this process may use; with its backend ``"sequential"``, and
    within a worker of joblib or Dask, whose other cores are taken, one.
    """
    return int(BACKENDS["threading"]().effective_n_jobs(_requested(n_jobs)))


def at_once(n_jobs: int | None) -> int:
    """Return how many networks are trained at once by joblib's backend: of a cluster, the threads that its workers have at present."""
    kind, backend = _active()
    if kind != "dask":
        return jobs(n_jobs)
    threads: dict[str, int] = {}
    if backend.client.status == "running":
        with suppress(OSError):  # it went away, which training finds out
            threads = backend.client.nthreads()
    return max(1, sum(threads.values()))


def _requested(n_jobs: int | None) -> int:
    """Return how many jobs are requested, in joblib's convention."""
    backend, configured = get_active_backend()
    if n_jobs is None:
        n_jobs = configured
    if n_jobs is None:
        is_sequential = type(backend) is BACKENDS["sequential"]
        n_jobs = 1 if is_sequential or getattr(backend, "nesting_level", None) or _is_in_dask_worker() else -1
    return int(n_jobs)


def train_all(
    tasks: Sequence[Task],
    engine: Engine,
    n_jobs: int | None,
    callback: Callback | None,
) -> tuple[dict[int, FitResult], str]:
    """Train networks by joblib's backend; return the results of those begun, by index, and why a cluster went away, if one did."""
    kind, backend = _active()
    run = Run(tasks, engine, callback)
    workers = min(len(tasks), jobs(n_jobs))
    if kind == "dask":
        from wellfit.training.backends.by_dask import train_by_dask

        train_by_dask(run, backend.client)
    elif kind in ("threading", "sequential") or (kind == "loky" and workers == 1):
        train_on_threads(run, workers)
    else:
        train_by_joblib(run, backend, min(len(tasks), int(backend.effective_n_jobs(_requested(n_jobs)))))
    if run.lost:
        found = f"{len(run.results):,} of {counted(len(tasks), 'network')} were trained"
        warnings.warn(f"{run.lost}: {found}, the others are unchanged.", TrainingWarning, stacklevel=4)
    return run.results, run.lost


def _active() -> tuple[str, Any]:
    """Return the name of the backend that was chosen, and the backend; ``"threading"`` where none was."""
    # Threads are preferred, which counts only where no backend is named.
    backend, _ = get_active_backend(prefer="threads")
    kind = next((name for name, kind in BACKENDS.items() if type(backend) is kind), "")
    # A task of a cluster, or of a pool, that waited for others of it would hold a place that they need.
    inside = getattr(backend, "nesting_level", 0) or _is_in_dask_worker()
    return ("threading" if inside else kind), backend


def _is_in_dask_worker() -> bool:
    """Return whether this thread does a task of a Dask cluster."""
    if "distributed.worker" not in sys.modules:
        return False
    from distributed.utils import thread_state

    return hasattr(thread_state, "execution_state")


@contextmanager
def connected(address: str, *, timeout: float = 10.0) -> Iterator[None]:
    """Train on the Dask cluster of a scheduler for the length of a ``with`` block."""
    try:
        from wellfit.training.backends.connecting import check_workers, connect
    except ImportError as error:
        raise ClusterError(f"a scheduler needs Dask: {install_command('dask', 'distributed')} ({error}).") from error
    begin = time.perf_counter()
    with _no_traceback(), closing(connect(address, timeout)) as client:
        check_workers(client, max(1.0, timeout - (time.perf_counter() - begin)))
        with joblib.parallel_config(backend="dask", client=client):
            yield


@contextmanager
def _no_traceback() -> Iterator[None]:
    """Keep Dask from printing tracebacks of its own where its scheduler is none, or goes away: one line reports it."""
    logs = [logging.getLogger(f"distributed.{name}") for name in ("client", "protocol.core")]
    levels = [log.level for log in logs]
    try:
        for log in logs:
            log.setLevel(logging.CRITICAL + 1)
        yield
    finally:
        for log, level in zip(logs, levels, strict=True):
            log.setLevel(level)
