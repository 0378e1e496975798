"""Training many networks, each on one thread of its own, over any tables: the ground that populations, folds and rungs stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from wellfit.engines.api import get_engine
from wellfit.engines.types import Engine
from wellfit.errors import ClusterError
from wellfit.training.backends.active import at_once, jobs, train_all
from wellfit.training.fit import DEFAULT_ENGINE, FitResult
from wellfit.training.task import Task, not_begun
from wellfit.training.threads import one_blas_thread

__all__ = ["Task", "at_once", "cut_short", "jobs", "run_tasks"]


def run_tasks(
    tasks: Sequence[Task],
    *,
    n_jobs: int | None = None,
    engine: str | Engine = DEFAULT_ENGINE,
    on_result: Callable[[int, FitResult], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    on_interrupt: Callable[[], None] | None = None,
) -> list[FitResult]:
    """Train networks side by side.

    A network comes out with the same bits as `fit` gives it alone, whatever the order and the number of workers. Workers are
    threads, for which no table is copied; within `joblib.parallel_config` they are those of its backend: processes (``"loky"``),
    a cluster (``"dask"``), or any other. To those a large table is sent once.

    After `should_stop` or Ctrl-C the networks under way end within about 0.2 seconds (an epoch that takes longer is finished
    first; other processes are waited for no longer than a second) with what was best so far. Those not begun come back as they
    were: outcome `INTERRUPTED`, with the epochs and the parameters that they had before; `on_result` is not called for them. The same
    happens, with a `TrainingWarning`, when the scheduler of a cluster goes away, which each result names in `lost`; a worker that goes
    away costs nothing but time.

    Parameters
    ----------
    tasks : sequence of Task
        What to train, that which takes longest best first.
    n_jobs : int, optional
        Networks trained at once, in joblib's convention; None: what `joblib.parallel_config` sets, else one for each core that this
        process may use. A Dask cluster is used as a whole.
    engine : str or Engine
        ``"compiled"``, ``"reference"``, or an engine itself.
    on_result : callable, optional
        Called in this thread with a task's index and its result, in order of completion.
    should_stop : callable, optional
        Called in this thread, about ten times a second; True ends the run.
    on_interrupt : callable, optional
        Called in this thread when Ctrl-C ends the run: results alone do not tell where all networks were ready by then.

    Returns
    -------
    list of FitResult
        In the order of `tasks`.

    Raises
    ------
    DataError
        If a table cannot train its network.
    ClusterError
        If other processes cannot be used, or keep dying.

    Examples
    --------
    >>> from wellfit.spec import Network, Spec, Training
    >>> from wellfit.training.arrays import make_data
    >>> spec = Spec(Network(inputs=1, hidden=(2,)), Training(loss="squared_error", epochs=5))
    >>> tables = [make_data([[0.0], [1.0]], [level, 3.0], "float32") for level in (0.0, 1.0)]
    >>> [result.epochs for result in run_tasks([Task(spec, table) for table in tables], engine="reference")]
    [5, 5]
    """
    # Networks side by side use the cores better than threads that wait for each other within one.
    chosen = (get_engine(engine) if isinstance(engine, str) else engine).with_threads(1)
    if not tasks:
        return []
    with one_blas_thread():
        results, lost = train_all(tasks, chosen, n_jobs, on_result, should_stop, on_interrupt or _nothing)
    return [results[index] if index in results else not_begun(task, chosen, lost) for index, task in enumerate(tasks)]


def cut_short(results: Iterable[FitResult], before: str = "any network was trained") -> BaseException:
    """Return what to raise where nothing can be kept of networks that were cut short: a cluster that was lost is no Ctrl-C.

    Parameters
    ----------
    results : iterable of FitResult
        From `run_tasks`.
    before : str
        What it came before.

    Returns
    -------
    ClusterError or KeyboardInterrupt
    """
    lost = next((result.lost for result in results if result.lost), "")
    return ClusterError(f"{lost} before {before}; begin again on a cluster that stays.") if lost else KeyboardInterrupt()


def _nothing() -> None:
    """Take no notice."""
