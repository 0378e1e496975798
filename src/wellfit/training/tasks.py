"""Training many networks, each on one thread of its own, over any tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wellfit.engines.api import get_engine
from wellfit.engines.types import Engine
from wellfit.errors import ClusterError
from wellfit.events import Callback
from wellfit.training.backends.active import at_once, jobs, train_all
from wellfit.training.fit import DEFAULT_ENGINE, FitResult
from wellfit.training.task import Task, not_begun
from wellfit.training.threads import one_blas_thread

__all__ = ["Task", "at_once", "interruption_error", "jobs", "run_tasks"]


def run_tasks(
    tasks: Sequence[Task],
    *,
    n_jobs: int | None = None,
    engine: str | Engine = DEFAULT_ENGINE,
    callback: Callback | None = None,
) -> list[FitResult]:
    """Train networks side by side, that which takes longest best first, and return their results in the order of `tasks`.

    A network comes out with the same bits as `fit` gives it alone, whatever the order and the number of workers. Workers are
    threads, for which no table is copied; within `joblib.parallel_config` they are those of its backend: processes (``"loky"``),
    a cluster (``"dask"``), or any other. To those a large table is sent once.

    After Ctrl-C, or where `callback` returns True, the networks under way end within about 0.2 seconds (a longer epoch is finished
    first; other processes are waited for no longer than a second) with what was best so far. Those not begun come back as they
    were: outcome `INTERRUPTED`, with the epochs and the parameters that they had before; they have no `NetworkEnd`. The same
    happens, with a `TrainingWarning`, when the scheduler of a cluster goes away, which each result names in `lost`; a worker that goes
    away costs nothing but time.
    """
    # Networks side by side use the cores better than threads that wait for each other within one.
    chosen = (get_engine(engine) if isinstance(engine, str) else engine).with_threads(1)
    if not tasks:
        return []
    with one_blas_thread():
        results, lost = train_all(tasks, chosen, n_jobs, callback)
    return [results[index] if index in results else not_begun(task, chosen, lost) for index, task in enumerate(tasks)]


def interruption_error(results: Iterable[FitResult], before: str = "any network was trained") -> BaseException:
    """Return what to raise where nothing can be kept of networks that were cut short: a cluster that was lost is no Ctrl-C."""
    lost = next((result.lost for result in results if result.lost), "")
    return ClusterError(f"{lost} before {before}; start again on a stable cluster.") if lost else KeyboardInterrupt()
