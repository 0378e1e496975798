"""Training many networks over one table at once, each on one thread of its own."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
from numpy.typing import ArrayLike

from wellfit.engines.contract import EMPTY_ROWS, Engine, Outcome, Plan, TrainingData, get_engine
from wellfit.errors import DataError
from wellfit.spec import Spec
from wellfit.training.arrays import check_data_fits, make_data, select_rows
from wellfit.training.fit import DEFAULT_ENGINE, FitResult, fit
from wellfit.training.result import Recorder
from wellfit.training.threads import one_blas_thread

__all__ = ["Member", "fit_many", "jobs"]

SECONDS_BETWEEN_LOOKS = 0.1


@dataclass(frozen=True, eq=False)
class Member:
    """One network of a population.

    Parameters
    ----------
    spec : Spec
        What to train, and how.
    seed : int
        Draws its initial parameters, shuffles and dropout masks.
    rows : array-like of int, optional
        Rows of the shared table to train on; None: all.
    dev_rows : array-like of int, optional
        Rows to look at, of the shared table or of the dev table where there is one. None: none, or all of the dev table.
    parameters : array of shape (size,), optional
        Initial parameters, in place of drawn ones.
    """

    spec: Spec
    seed: int = 0
    rows: ArrayLike | None = None
    dev_rows: ArrayLike | None = None
    parameters: ArrayLike | None = None


def fit_many(
    members: Sequence[Member],
    X: ArrayLike,
    Y: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    dev: Sequence[Any] | None = None,
    n_jobs: int | None = None,
    engine: str | Engine = DEFAULT_ENGINE,
    on_result: Callable[[int, FitResult], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[FitResult]:
    """Train a population of networks over one table.

    A network comes out with the same bits as `fit` gives it alone, whatever the order and the number of workers. Workers are
    threads: the table is never copied for them.

    After `should_stop` or Ctrl-C the networks under way end within about 0.2 seconds (an epoch that takes longer is finished
    first) with what was best so far. Those not begun come back untrained: outcome `INTERRUPTED`, 0 epochs and their initial
    parameters; `on_result` is not called for them.

    Parameters
    ----------
    members : sequence of Member
        What to train.
    X : array-like of shape (rows, inputs)
        The examples of all members.
    Y : array-like of shape (rows,) or (rows, targets)
        Their targets, as `make_data` takes them.
    weights : array-like of shape (rows,), optional
        What each row counts.
    dev : tuple (X, Y) or (X, Y, weights), optional
        A table of its own for the members' `dev_rows`.
    n_jobs : int, optional
        Networks trained at once, in joblib's convention; None: one for each core that this process may use.
    engine : str or Engine
        ``"compiled"``, ``"reference"``, or an engine itself.
    on_result : callable, optional
        Called in this thread with a member's place and its result, as soon as it is there.
    should_stop : callable, optional
        Asked in this thread, about ten times a second; True ends the population.

    Returns
    -------
    list of FitResult
        In the order of `members`.

    Raises
    ------
    DataError
        If the table cannot be used, or does not fit a member, who is named.

    Examples
    --------
    >>> from wellfit.spec import Network, Training
    >>> spec = Spec(Network(inputs=1, hidden=(2,)), Training(loss="squared_error", epochs=5))
    >>> results = fit_many([Member(spec, seed) for seed in range(3)], [[0.0], [1.0]], [1.0, 3.0], engine="reference")
    >>> [result.seed for result in results]
    [0, 1, 2]
    """
    # Networks side by side use the cores better than threads that wait for each other within one.
    chosen = (get_engine(engine) if isinstance(engine, str) else engine).with_threads(1)
    if not members:
        return []
    data = _member_data(members, X, Y, weights, dev)
    workers = min(len(members), jobs(n_jobs))
    with one_blas_thread():
        population = _Population(members, data, chosen)
        population.run(workers, on_result, should_stop)
    return [
        population.results[place] if place in population.results else _not_begun(chosen, member) for place, member in enumerate(members)
    ]


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


def _member_data(
    members: Sequence[Member], X: ArrayLike, Y: ArrayLike, weights: ArrayLike | None, dev: Sequence[Any] | None
) -> list[TrainingData]:
    """Return each member's rows over shared arrays, one table for each dtype, checked before anything is trained."""
    tables: dict[str, TrainingData] = {}
    made = []
    for place, member in enumerate(members):
        dtype = member.spec.training.dtype
        if dtype not in tables:
            tables[dtype] = make_data(X, Y, dtype, weights, dev=dev)
        table = tables[dtype]
        try:
            rows = select_rows("rows", member.rows, len(table.X))
            if not len(rows):
                raise DataError("rows must name at least one row to train on, found none.")
            none = member.dev_rows is None and dev is None
            dev_rows = EMPTY_ROWS if none else select_rows("dev_rows", member.dev_rows, len(table.dev_X))
            data = table._replace(rows=rows, dev_rows=dev_rows)
            check_data_fits(member.spec, data)
        except DataError as error:
            raise DataError(f"member {place}: {error}") from error
        made.append(data)
    return made


def _compile(engine: Engine, members: Sequence[Member], data: Sequence[TrainingData]) -> None:
    """Let the engine compile what it needs, before there are workers that would wait for each other to do it."""
    seen = set()
    for member, table in zip(members, data, strict=True):
        training = member.spec.training
        if training.dtype not in seen and training.optimizer.name != "lbfgs":
            seen.add(training.dtype)
            few = table._replace(rows=table.rows[:1], dev_rows=table.dev_rows[:1])
            engine.train(member.spec, 0, engine.initial_state(member.spec, 0), few, Plan(), 1)


class _Population:
    """Workers that take members from one queue, and the thread that collects their results."""

    def __init__(self, members: Sequence[Member], data: Sequence[TrainingData], engine: Engine) -> None:
        self.members, self.data, self.engine = members, data, engine
        self.results: dict[int, FitResult] = {}
        self.todo: queue.SimpleQueue[int] = queue.SimpleQueue()
        # Places of members done; an error; None from a worker that ends. Results are not carried by it, so that an interrupt
        # between taking one and keeping it loses none.
        self.done: queue.SimpleQueue[int | BaseException | None] = queue.SimpleQueue()
        self.stop = threading.Event()
        self.threads: list[threading.Thread] = []
        self.working = 0

    def run(self, workers: int, on_result: Callable[[int, FitResult], None] | None, should_stop: Callable[[], bool] | None) -> None:
        """Train all members, or as many as there is time for."""
        for place in range(len(self.members)):
            self.todo.put(place)
        self.threads = [threading.Thread(target=self._work, name=f"wellfit-{number}") for number in range(workers)]
        try:
            # The loop as a whole stands inside: an interrupt may come between one turn and the next.
            try:
                _compile(self.engine, self.members, self.data)
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
        """Train one member after the other until none is left."""
        try:
            while not self.stop.is_set():
                try:
                    place = self.todo.get_nowait()
                except queue.Empty:
                    return
                self.results[place] = self._train(self.members[place], self.data[place])
                self.done.put(place)
        except BaseException as error:  # noqa: BLE001  (raised again in the thread that asked for the population)
            self.done.put(error)
        finally:
            self.done.put(None)

    def _train(self, member: Member, data: TrainingData) -> FitResult:
        """Train one member."""
        parameters = None if member.parameters is None else np.asarray(member.parameters)
        return fit(member.spec, data, seed=member.seed, engine=self.engine, parameters=parameters, should_stop=self.stop.is_set)

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


def _not_begun(engine: Engine, member: Member) -> FitResult:
    """Return the result of a member that an interruption came before."""
    start = time.perf_counter()
    parameters = None if member.parameters is None else np.asarray(member.parameters)
    state = engine.initial_state(member.spec, member.seed, parameters)
    return FitResult(
        spec=member.spec,
        seed=member.seed,
        parameters=state.parameters.copy(),
        history=Recorder(len(member.spec.network.layers)).history(0, 0),
        outcome=Outcome.INTERRUPTED,
        epochs=0,
        best_epoch=0,
        dev_cost=float("nan"),
        dev_error=float("nan"),
        state=state,
        seconds=time.perf_counter() - start,
        message="interrupted before it began.",
    )
