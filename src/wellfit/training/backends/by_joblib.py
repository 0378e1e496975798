"""Any backend of joblib (loky, multiprocessing, Ray, ...), through what all of them have: `joblib.Parallel`."""

from __future__ import annotations

import os
import pickle
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import joblib

from wellfit.errors import ClusterError, SpecError
from wellfit.plurals import counted
from wellfit.training.backends.remote import Call, train_remotely, versions
from wellfit.training.backends.run import SECONDS_TO_END, Run
from wellfit.training.result import FitResult
from wellfit.training.task import Task

__all__ = ["check_engine", "train_by_joblib"]

# Arrays above this size become files that the processes of this machine map into memory; smaller ones travel with the tasks.
LEAST_BYTES_MAPPED = 65_536
MOST_DEATHS = 3


def train_by_joblib(run: Run, backend: Any, n_jobs: int) -> None:
    """Train by a backend; processes on other machines do not see a stop, and are waited for no longer."""
    check_engine(run)
    run.train([partial(_train, run, backend, n_jobs)], patience=SECONDS_TO_END)


def check_engine(run: Run) -> None:
    """Raise unless the engine can be sent to another process."""
    try:
        pickle.dumps(run.engine)
    except Exception as error:
        name = type(run.engine).__name__
        raise SpecError(f"engine must be picklable, found {name} ({error}); use threads.") from error


def _train(run: Run, backend: Any, n_jobs: int) -> None:
    """Train all tasks; those whose process died are trained again by others."""
    flag = Path(tempfile.mkdtemp(prefix="wellfit-"), "stopped")
    run.on_stop = partial(_touch, flag)
    call = Call(uuid.uuid4().hex, versions(), os.getpid(), str(flag))
    order = "generator_unordered" if backend.supports_return_generator else "list"
    begun: set[int] = set()
    deaths = 0
    try:
        # After a death those that were not begun come first: a network that kills every worker costs no other its turn.
        while (missing := sorted(run.missing(), key=begun.__contains__)) and not run.stopped.is_set():
            try:
                with joblib.parallel_config(backend=backend, n_jobs=n_jobs):
                    for index, result in joblib.Parallel(max_nbytes=LEAST_BYTES_MAPPED, return_as=order)(_calls(run, missing, call, begun)):
                        if result is not None:
                            run.keep(index, result)
            except BrokenExecutor as error:
                deaths = deaths + 1 if len(run.missing()) == len(missing) else 1
                if deaths == MOST_DEATHS:
                    raise ClusterError(
                        f"workers must stay alive, but {deaths} died in a row with {counted(len(missing), 'network')} left; "
                        "systems kill processes that use too much memory: use fewer jobs, smaller batches or a smaller network."
                    ) from error
    finally:
        # Not before all workers have ended: they look for the flag.
        shutil.rmtree(flag.parent, ignore_errors=True)


def _touch(flag: Path) -> None:
    """Stop the workers, unless all have ended and the folder is gone."""
    with suppress(FileNotFoundError):
        flag.touch()


def _calls(run: Run, indices: list[int], call: Call, begun: set[int]) -> Iterator[Any]:
    """Yield what workers have to do, until the run is stopped; note the indices in `begun`."""
    for index in indices:
        if run.stopped.is_set():
            return
        begun.add(index)
        yield joblib.delayed(_train_one)(call, run.engine, index, run.tasks[index])


def _train_one(call: Call, engine: Any, index: int, task: Task) -> tuple[int, FitResult | None]:
    """Train a task; results come in any order, so the index goes with it."""
    return index, next(iter(train_remotely(call, engine, [task])), None)
