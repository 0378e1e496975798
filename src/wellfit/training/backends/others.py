"""Any other backend of joblib (multiprocessing, Ray, ...), through what all of them have: `joblib.Parallel`."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import joblib
from joblib.parallel import get_active_backend

from wellfit.engines.contract import Engine
from wellfit.training.backends.parcels import Cargo, unpack_results
from wellfit.training.backends.worker import train_chunk, versions
from wellfit.training.result import FitResult
from wellfit.training.task import Task

__all__ = ["train_by_joblib"]

# Chunks a worker gets, all sizes being fixed before anything is known of how long a task takes.
CHUNKS_EACH = 8


def train_by_joblib(
    tasks: Sequence[Task],
    engine: Engine,
    n_jobs: int,
    on_result: Callable[[int, FitResult], None] | None,
    should_stop: Callable[[], bool] | None,
) -> dict[int, FitResult]:
    """Train networks by the active backend.

    `should_stop` is asked whenever results come; tables go with each chunk, in the way of the backend (joblib's own maps large ones
    into memory).

    Parameters
    ----------
    tasks : sequence of Task
        What to train.
    engine : Engine
        What computes.
    n_jobs : int
        Chunks at once.
    on_result, should_stop : callable, optional
        As in `run_tasks`.

    Returns
    -------
    dict of int to FitResult
        By place in `tasks`.
    """
    cargo, here = Cargo(tasks, engine), versions()
    size = max(1, len(tasks) // (n_jobs * CHUNKS_EACH))
    chunks = [list(range(start, min(start + size, len(tasks)))) for start in range(0, len(tasks), size)]
    results: dict[int, FitResult] = {}
    with tempfile.TemporaryDirectory(prefix="wellfit-") as folder:
        flag = Path(folder, "called_off")
        run = (uuid.uuid4().hex, str(flag))

        def orders() -> Iterator[Any]:
            for number, places in enumerate(chunks):
                payload, names = cargo.chunk(places)
                yield joblib.delayed(_numbered)(number, here, run, payload, names, *(cargo.arrays[name] for name in names))

        try:
            for number, packed in _unordered(n_jobs, orders()):
                places = chunks[number]
                for place, result in zip(places, unpack_results(packed, [tasks[place] for place in places]), strict=False):
                    results[place] = result
                    if on_result is not None:
                        on_result(place, result)
                if should_stop is not None and should_stop():
                    flag.touch()
        except KeyboardInterrupt:
            pass
    return results


def _unordered(n_jobs: int, orders: Iterator[Any]) -> Iterator[tuple[int, bytes]]:
    """Yield what comes back as it comes, or all at the end where the backend can do no better."""
    if not get_active_backend()[0].supports_return_generator:
        yield from joblib.Parallel(n_jobs=n_jobs)(orders)
        return
    with closing(joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered")(orders)) as found:
        yield from found


def _numbered(number: int, *order: Any) -> tuple[int, bytes]:
    """Train a chunk, and say which it was: results come in any order."""
    return number, train_chunk(*order)
