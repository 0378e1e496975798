"""Which backend is asked for: joblib's `parallel_config` says so, and without it networks train on threads of this process."""

from __future__ import annotations

import logging
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any

import joblib
from joblib.parallel import BACKENDS, get_active_backend

from wellfit.engines.types import Engine
from wellfit.errors import ClusterError, TrainingWarning, install_command
from wellfit.plurals import counted
from wellfit.training.backends.crew import Crew
from wellfit.training.backends.dispatch import Dispatch, Pool
from wellfit.training.result import FitResult
from wellfit.training.task import Task, compile_kernels

__all__ = ["at_once", "connected", "jobs", "train_all"]

OnResult = Callable[[int, FitResult], None]


def jobs(n_jobs: int | None) -> int:
    """Return how many things are done at once on threads of this process.

    Parameters
    ----------
    n_jobs : int or None
        In joblib's convention; None: what `joblib.parallel_config` says, else one for each core that this process may use; with its
        backend ``"sequential"``, and within a worker of joblib or Dask, whose other cores are taken, one.

    Returns
    -------
    int
    """
    return int(BACKENDS["threading"]().effective_n_jobs(_asked(n_jobs)))


def at_once(n_jobs: int | None) -> int:
    """Return how many networks are trained at once where joblib's configuration says.

    Parameters
    ----------
    n_jobs : int or None
        As for `jobs`; a cluster is used as a whole.

    Returns
    -------
    int
        Of a cluster, the threads that its workers have at present; else as `jobs`.
    """
    kind, backend = _active()
    if kind != "dask":
        return jobs(n_jobs)
    threads: dict[str, int] = {}
    if backend.client.status == "running":
        with suppress(OSError):  # it went away, which training says
            threads = backend.client.nthreads()
    return max(1, sum(threads.values()))


def _asked(n_jobs: int | None) -> int:
    """Return how many jobs are asked for, in joblib's convention."""
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
    on_result: OnResult | None,
    should_stop: Callable[[], bool] | None,
    on_interrupt: Callable[[], None],
) -> tuple[dict[int, FitResult], str]:
    """Train networks where joblib's configuration says.

    Parameters
    ----------
    tasks : sequence of Task
        What to train; at least one.
    engine : Engine
        What computes.
    n_jobs, on_result, should_stop, on_interrupt :
        As in `run_tasks`.

    Returns
    -------
    results : dict of int to FitResult
        By place; those that were not begun are left out.
    lost : str
        What the run ended by if it was a cluster that went away; else empty.
    """
    kind, backend = _active()
    workers = min(len(tasks), jobs(n_jobs))
    if kind == "dask":
        from wellfit.training.backends.cluster import Cluster

        return _dispatched(tasks, engine, Cluster(backend.client), on_result, should_stop, on_interrupt)
    if kind == "loky" and workers > 1:
        from wellfit.training.backends.processes import Processes

        compile_kernels(engine, tasks)
        return _dispatched(tasks, engine, Processes(workers), on_result, should_stop, on_interrupt)
    if kind not in ("threading", "sequential", "loky"):
        from wellfit.training.backends.others import train_by_joblib

        compile_kernels(engine, tasks)
        chunks_at_once = int(backend.effective_n_jobs(_asked(n_jobs)))
        return train_by_joblib(tasks, engine, backend, chunks_at_once, on_result, should_stop, on_interrupt), ""
    crew = Crew(tasks, engine)
    crew.run(workers, on_result, should_stop, on_interrupt)
    return crew.results, ""


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


def _dispatched(
    tasks: Sequence[Task],
    engine: Engine,
    pool: Pool,
    on_result: OnResult | None,
    should_stop: Callable[[], bool] | None,
    on_interrupt: Callable[[], None],
) -> tuple[dict[int, FitResult], str]:
    """Train networks by a pool of other processes."""
    dispatch = Dispatch(tasks, engine, pool)
    dispatch.run(on_result, should_stop, on_interrupt)
    if dispatch.lost:
        warnings.warn(
            f"{dispatch.lost}: {len(dispatch.results):,} of {counted(len(tasks), 'network')} were trained, the others are left as they "
            "were.",
            TrainingWarning,
            stacklevel=4,
        )
    return dispatch.results, dispatch.lost


@contextmanager
def connected(address: str, *, timeout: float = 10.0) -> Iterator[None]:
    """Train on a Dask cluster for the length of a ``with`` block.

    Parameters
    ----------
    address : str
        Of its scheduler, such as ``"tcp://10.0.0.1:8786"``.
    timeout : float
        Seconds within which the scheduler, and a first worker, have to answer.

    Yields
    ------
    None

    Raises
    ------
    ClusterError
        If Dask is not installed, the scheduler does not answer, or there are no workers, or one with other versions.
    """
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
    """Keep Dask from printing tracebacks of its own where its scheduler is none, or goes away, which is said in one line."""
    logs = [logging.getLogger(f"distributed.{name}") for name in ("client", "protocol.core")]
    levels = [log.level for log in logs]
    try:
        for log in logs:
            log.setLevel(logging.CRITICAL + 1)
        yield
    finally:
        for log, level in zip(logs, levels, strict=True):
            log.setLevel(level)
