"""Threads of this process: no table is copied for them, and starting them costs nothing."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence

from wellfit.engines.types import Engine
from wellfit.training.result import FitResult
from wellfit.training.task import Task, compile_kernels, train

__all__ = ["Crew"]

SECONDS_BETWEEN_LOOKS = 0.1


class Crew:
    """Workers that take tasks from one queue, and the thread that collects their results.

    Parameters
    ----------
    tasks : sequence of Task
        What to train.
    engine : Engine
        What computes.

    Attributes
    ----------
    results : dict of int to FitResult
        What was trained, by place in `tasks`.
    """

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

    def run(
        self,
        workers: int,
        on_result: Callable[[int, FitResult], None] | None,
        should_stop: Callable[[], bool] | None,
        on_interrupt: Callable[[], None],
    ) -> None:
        """Do all tasks, or as many as there is time for.

        Parameters
        ----------
        workers : int
            Threads to train on.
        on_result, should_stop, on_interrupt : callable
            As in `run_tasks`.
        """
        for place in range(len(self.tasks)):
            self.todo.put(place)
        self.threads = [threading.Thread(target=self._work, name=f"wellfit-{number}") for number in range(workers)]
        try:
            # The loop as a whole stands inside: an interrupt may come between one turn and the next.
            try:
                compile_kernels(self.engine, self.tasks)
                for thread in self.threads:
                    thread.start()
                    self.working += 1
                self._collect_all(on_result, should_stop)
            except KeyboardInterrupt:
                self.stop.set()
                on_interrupt()
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
                self.results[place] = train(self.tasks[place], self.engine, self.stop.is_set)
                self.done.put(place)
        except BaseException as error:  # noqa: BLE001  (raised again in the thread that asked for all this)
            self.done.put(error)
        finally:
            self.done.put(None)

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
