"""Networks in training: worker threads find results, which the caller's thread reports in order of completion."""

from __future__ import annotations

import itertools
import math
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from wellfit.engines.types import Engine
from wellfit.events import Callback, Interrupted, NetworkEnd, Progress, Reporter
from wellfit.training.fit import FitResult, fit_network
from wellfit.training.task import Task, compile_kernels

__all__ = ["Run", "train_on_threads"]

SECONDS_BETWEEN_LOOKS = 0.1
# After a stop, how long other processes are waited for.
SECONDS_TO_END = 1.0


class Run:
    """The tasks of one call, and what was found of them; workers are functions that each get a thread."""

    def __init__(self, tasks: Sequence[Task], engine: Engine, callback: Callback | None) -> None:
        self.tasks, self.engine, self.report = tasks, engine, Reporter(callback)
        self.results: dict[int, FitResult] = {}
        # Why the run ended early, if a cluster went away.
        self.lost = ""
        self.stopped = threading.Event()
        # Set by workers that have to pass a stop on to other processes.
        self.on_stop: Callable[[], None] = lambda: None
        # Indices of tasks done; an error; None from a worker that ends. Results do not travel with them, so that Ctrl-C between taking
        # one and keeping it loses none.
        self._news: queue.SimpleQueue[int | BaseException | None] = queue.SimpleQueue()
        self._ended = self._reported = 0

    def keep(self, index: int, result: FitResult) -> None:
        """Keep the result of a task, and have it reported."""
        # The caller's own spec: from other processes every result brings one more.
        self.results[index] = replace(result, spec=self.tasks[index].spec)
        self._news.put(index)

    def missing(self) -> list[int]:
        """Return the indices of the tasks without a result."""
        return [index for index in range(len(self.tasks)) if index not in self.results]

    def stop(self) -> None:
        """Have networks under way end soon, and begin no more."""
        self.stopped.set()
        self.on_stop()

    def train(self, workers: Sequence[Callable[[], None]], *, compiles: bool = True, patience: float | None = None) -> None:
        """Run the workers until all have ended, or `patience` seconds after a stop; raise what one of them raises."""
        threads = [
            threading.Thread(target=self._work, args=(worker,), name=f"wellfit-{number}", daemon=patience is not None)
            for number, worker in enumerate(workers)
        ]
        try:
            # The loop as a whole stands inside: Ctrl-C may come between one turn and the next.
            try:
                if compiles:
                    compile_kernels(self.engine, self.tasks)
                for thread in threads:
                    thread.start()
                self._report_all(threads, patience)
            except KeyboardInterrupt:
                self.stop()
                self.report(Interrupted())
                self._report_all(threads, patience)
        finally:
            self.stop()
            for thread in threads:
                if thread.ident is not None:
                    thread.join(patience)

    def _work(self, worker: Callable[[], None]) -> None:
        try:
            worker()
        except BaseException as error:  # noqa: BLE001  (raised again in the caller's thread)
            self._news.put(error)
        finally:
            self._news.put(None)

    def _report_all(self, threads: Sequence[threading.Thread], patience: float | None) -> None:
        """Report results until all workers have ended, or are waited for no longer."""
        started, end = sum(thread.ident is not None for thread in threads), math.inf
        # The threads are looked at, too: Ctrl-C may come between taking a worker's last word and counting it.
        while (self._ended < started and any(thread.is_alive() for thread in threads)) or not self._news.empty():
            try:
                news = self._news.get(timeout=SECONDS_BETWEEN_LOOKS)
            except queue.Empty:
                pass
            else:
                if isinstance(news, BaseException):
                    raise news
                if news is None:
                    self._ended += 1
                else:
                    self._reported += 1
                    self.report(NetworkEnd(news, self.results[news], self._reported, len(self.tasks)))
            if not self.stopped.is_set() and (self.report.stopped or self.report(Progress("training", self._reported, len(self.tasks)))):
                self.stop()
            if patience is not None and self.stopped.is_set():
                end = min(end, time.perf_counter() + patience)
                if time.perf_counter() > end:
                    return


def train_on_threads(run: Run, count: int) -> None:
    """Train on threads of this process: no table is copied for them, and starting them costs nothing."""
    run.train([partial(_train_next, run, itertools.count())] * count)


def _train_next(run: Run, indices: itertools.count[int]) -> None:
    """Train one task after the other until none is left."""
    # Threads share the counter, of which each takes the next number at once.
    for index in indices:
        if index >= len(run.tasks) or run.stopped.is_set():
            return
        run.keep(index, fit_network(run.tasks[index], engine=run.engine, callback=lambda event: run.stopped.is_set()))
