"""Any other backend of joblib (multiprocessing, Ray, ...), through what all of them have: `joblib.Parallel`."""

from __future__ import annotations

import queue
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import joblib

from wellfit.engines.types import Engine
from wellfit.training.backends.parcels import Cargo, unpack_results
from wellfit.training.backends.worker import Run, train_chunk, versions
from wellfit.training.result import FitResult
from wellfit.training.task import Task

__all__ = ["train_by_joblib"]

# Chunks a worker gets, all sizes being fixed before anything is known of how long a task takes.
CHUNKS_EACH = 8
SECONDS_BETWEEN_LOOKS = 0.1
SECONDS_TO_END = 1.0


def train_by_joblib(
    tasks: Sequence[Task],
    engine: Engine,
    backend: Any,
    n_jobs: int,
    on_result: Callable[[int, FitResult], None] | None,
    should_stop: Callable[[], bool] | None,
    on_interrupt: Callable[[], None],
) -> dict[int, FitResult]:
    """Train networks by any backend.

    Tables go with each chunk, in the way of the backend (joblib's own maps large ones into memory). Chunks that other machines have
    are not told of a run that is called off, only given up.

    Parameters
    ----------
    tasks : sequence of Task
        What to train.
    engine : Engine
        What computes.
    backend : joblib's backend
        Where.
    n_jobs : int
        Chunks at once.
    on_result, should_stop, on_interrupt : callable
        As in `run_tasks`.

    Returns
    -------
    dict of int to FitResult
        By place in `tasks`.
    """
    cargo = Cargo(tasks, engine)
    size = max(1, len(tasks) // (n_jobs * CHUNKS_EACH))
    chunks = [list(range(start, min(start + size, len(tasks)))) for start in range(0, len(tasks), size)]
    flag = Path(tempfile.mkdtemp(prefix="wellfit-"), "called_off")
    # Chunks done; an error; None at the end.
    news: queue.SimpleQueue[tuple[int, bytes] | BaseException | None] = queue.SimpleQueue()
    run = (uuid.uuid4().hex, str(flag))

    def collect() -> None:
        try:
            with joblib.parallel_config(backend=backend, n_jobs=n_jobs):
                for done in _unordered(backend, _orders(cargo, chunks, run)):
                    news.put(done)
            news.put(None)
        except BaseException as error:  # noqa: BLE001  (raised again in the thread that asked for all this)
            news.put(error)
        finally:
            # Not before all workers have ended: they look for the flag.
            shutil.rmtree(flag.parent, ignore_errors=True)

    results: dict[int, FitResult] = {}

    def take_until(end: Callable[[], bool]) -> None:
        while not end():
            try:
                found = news.get(timeout=SECONDS_BETWEEN_LOOKS)
            except queue.Empty:
                continue
            if isinstance(found, BaseException):
                raise found
            if found is None:
                return
            places = chunks[found[0]]
            for place, result in zip(places, unpack_results(found[1], [tasks[place] for place in places]), strict=False):
                results[place] = result
                if on_result is not None:
                    on_result(place, result)

    threading.Thread(target=collect, name="wellfit-joblib", daemon=True).start()
    try:
        try:
            take_until(should_stop or (lambda: False))
        except KeyboardInterrupt:
            on_interrupt()
        _touch(flag)
        last = time.perf_counter() + SECONDS_TO_END
        if len(results) < len(tasks):
            take_until(lambda: time.perf_counter() > last)
    finally:
        _touch(flag)
    return results


def _touch(flag: Path) -> None:
    """Put up the flag that workers look for, unless all have ended and its folder is gone."""
    with suppress(FileNotFoundError):
        flag.touch()


def _orders(cargo: Cargo, chunks: list[list[int]], run: Run) -> Iterator[Any]:
    """Yield what workers are to do."""
    for number, places in enumerate(chunks):
        payload, names = cargo.chunk(places)
        yield joblib.delayed(_numbered)(number, versions(), run, payload, names, *(cargo.arrays[name] for name in names))


def _unordered(backend: Any, orders: Iterator[Any]) -> Iterator[tuple[int, bytes]]:
    """Yield what comes back as it comes, or all at the end where the backend can do no better."""
    if not backend.supports_return_generator:
        yield from joblib.Parallel()(orders)
        return
    with closing(joblib.Parallel(return_as="generator_unordered")(orders)) as found:
        yield from found


def _numbered(number: int, *order: Any) -> tuple[int, bytes]:
    """Train a chunk, and say which it was: results come in any order."""
    return number, train_chunk(*order)
