"""Training many networks, each on one thread of its own, over any tables: the ground that populations, folds and rungs stand on."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import joblib

from wellfit.engines.contract import Array, Engine, Outcome, Plan, State, TrainingData, get_engine
from wellfit.spec import Spec
from wellfit.training.fit import DEFAULT_ENGINE, FitResult, fit
from wellfit.training.result import Recorder
from wellfit.training.threads import one_blas_thread

__all__ = ["Task", "jobs", "run_tasks"]

SECONDS_BETWEEN_LOOKS = 0.1


@dataclass(frozen=True, eq=False)
class Task:
    """One network to be trained, or trained further.

    Parameters
    ----------
    spec : Spec
        What to train, and how.
    data : TrainingData
        Its table and rows, from `make_data`; tasks may share a table, or each have one of its own.
    seed : int
        Draws its initial parameters, shuffles and dropout masks.
    parameters : array of shape (size,), optional
        Initial parameters, in place of drawn ones.
    state : State, optional
        Where to go on from, such as an earlier result's; the bits are those of an uninterrupted run.
    epochs : int, optional
        The most epochs to do now; schedules go by the spec's number all the same. See `fit`.
    """

    spec: Spec
    data: TrainingData
    seed: int = 0
    parameters: Array | None = None
    state: State | None = None
    epochs: int | None = None


def run_tasks(
    tasks: Sequence[Task],
    *,
    n_jobs: int | None = None,
    engine: str | Engine = DEFAULT_ENGINE,
    on_result: Callable[[int, FitResult], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[FitResult]:
    """Train networks side by side.

    A network comes out with the same bits as `fit` gives it alone, whatever the order and the number of workers. Workers are
    threads: no table is copied for them.

    After `should_stop` or Ctrl-C the networks under way end within about 0.2 seconds (an epoch that takes longer is finished
    first) with what was best so far. Those not begun come back as they were: outcome `INTERRUPTED`, with the epochs and the
    parameters that they had before; `on_result` is not called for them.

    Parameters
    ----------
    tasks : sequence of Task
        What to train, that which takes longest best first.
    n_jobs : int, optional
        Networks trained at once, in joblib's convention; None: one for each core that this process may use.
    engine : str or Engine
        ``"compiled"``, ``"reference"``, or an engine itself.
    on_result : callable, optional
        Called in this thread with a task's place and its result, as soon as it is there.
    should_stop : callable, optional
        Asked in this thread, about ten times a second; True ends the run.

    Returns
    -------
    list of FitResult
        In the order of `tasks`.

    Raises
    ------
    DataError
        If a table cannot train its network.

    Examples
    --------
    >>> from wellfit.spec import Network, Training
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
    workers = min(len(tasks), jobs(n_jobs))
    with one_blas_thread():
        crew = _Crew(tasks, chosen)
        crew.run(workers, on_result, should_stop)
    return [crew.results[place] if place in crew.results else _not_begun(chosen, task) for place, task in enumerate(tasks)]


def jobs(n_jobs: int | None) -> int:
    """Return how many things are done at once.

    Parameters
    ----------
    n_jobs : int or None
        In joblib's convention; None: one for each core that this process may use.

    Returns
    -------
    int
    """
    return int(joblib.effective_n_jobs(-1 if n_jobs is None else n_jobs))


def _compile(engine: Engine, tasks: Sequence[Task]) -> None:
    """Let the engine compile what it needs, before there are workers that would wait for each other to do it."""
    seen = set()
    for task in tasks:
        training = task.spec.training
        if training.dtype not in seen and training.optimizer.name != "lbfgs":
            seen.add(training.dtype)
            few = task.data._replace(rows=task.data.rows[:1], dev_rows=task.data.dev_rows[:1])
            engine.train(task.spec, 0, engine.initial_state(task.spec, 0), few, Plan(), 1)


class _Crew:
    """Workers that take tasks from one queue, and the thread that collects their results."""

    def __init__(self, tasks: Sequence[Task], engine: Engine) -> None:
        self.tasks, self.engine = tasks, engine
        self.results: dict[int, FitResult] = {}
        self.todo: queue.SimpleQueue[int] = queue.SimpleQueue()
        # Places of tasks done; an error; None from a worker that ends. Results are not carried by it, so that an interrupt
        # between taking one and keeping it loses none.
        self.done: queue.SimpleQueue[int | BaseException | None] = queue.SimpleQueue()
        self.stop = threading.Event()
        self.threads: list[threading.Thread] = []
        self.working = 0

    def run(self, workers: int, on_result: Callable[[int, FitResult], None] | None, should_stop: Callable[[], bool] | None) -> None:
        """Do all tasks, or as many as there is time for."""
        for place in range(len(self.tasks)):
            self.todo.put(place)
        self.threads = [threading.Thread(target=self._work, name=f"wellfit-{number}") for number in range(workers)]
        try:
            # The loop as a whole stands inside: an interrupt may come between one turn and the next.
            try:
                _compile(self.engine, self.tasks)
                for thread in self.threads:
                    thread.start()
                    self.working += 1
                self._collect_all(on_result, should_stop)
            except KeyboardInterrupt:
                self.stop.set()
                self._collect_all(on_result, None)
        finally:
            self.stop.set()
            for thread in self.threads:
                if thread.ident is not None:
                    thread.join()

    def _work(self) -> None:
        """Do one task after the other until none is left."""
        try:
            while not self.stop.is_set():
                try:
                    place = self.todo.get_nowait()
                except queue.Empty:
                    return
                self.results[place] = self._train(self.tasks[place])
                self.done.put(place)
        except BaseException as error:  # noqa: BLE001  (raised again in the thread that asked for all this)
            self.done.put(error)
        finally:
            self.done.put(None)

    def _train(self, task: Task) -> FitResult:
        """Train one network."""
        return fit(
            task.spec,
            task.data,
            seed=task.seed,
            engine=self.engine,
            parameters=task.parameters,
            state=task.state,
            epochs=task.epochs,
            should_stop=self.stop.is_set,
        )

    def _collect_all(self, on_result: Callable[[int, FitResult], None] | None, should_stop: Callable[[], bool] | None) -> None:
        """Take the workers' news until all of them have ended."""
        # The threads are looked at, too: an interrupt may come between taking a worker's last word and counting it.
        while self.working and (any(thread.is_alive() for thread in self.threads) or not self.done.empty()):
            try:
                news = self.done.get(timeout=SECONDS_BETWEEN_LOOKS)
            except queue.Empty:
                pass
            else:
                if isinstance(news, BaseException):
                    raise news
                if news is None:
                    self.working -= 1
                elif on_result is not None:
                    on_result(news, self.results[news])
            if should_stop is not None and should_stop():
                self.stop.set()


def _not_begun(engine: Engine, task: Task) -> FitResult:
    """Return the result of a task that an interruption came before."""
    start = time.perf_counter()
    state = engine.initial_state(task.spec, task.seed, task.parameters) if task.state is None else task.state.copy()
    return FitResult(
        spec=task.spec,
        seed=task.seed,
        parameters=state.parameters.copy(),
        history=Recorder(len(task.spec.network.layers)).history(state.epoch, state.epoch),
        outcome=Outcome.INTERRUPTED,
        epochs=state.epoch,
        best_epoch=state.best_epoch,
        dev_cost=float("nan"),
        dev_error=float("nan"),
        state=state,
        seconds=time.perf_counter() - start,
        message="interrupted before it began.",
    )
