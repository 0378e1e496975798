"""Several entrants on one task, turn by turn, so that whatever disturbs the machine disturbs them all."""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.tasks import Task, to_dict

ROOT = Path(__file__).resolve().parents[1]
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NPROC")
# Idle threads of OpenBLAS and OpenMP spin for a while before they sleep; the next entrant waits until they do.
REST_SECONDS = 0.06


class Library(NamedTuple):
    """Who takes part.

    Parameters
    ----------
    name : str
        Name in the table.
    module : str
        Where the functions named after the kinds of task stand.
    requires : str
        Package that must be installed.
    """

    name: str
    module: str
    requires: str


WELLFIT = Library("wellfit", "benchmarks.ours", "wellfit")
NUMPY = Library("NumPy loop (float64)", "benchmarks.rivals.numpy_loop", "numpy")
SCIKIT_LEARN = Library("scikit-learn", "benchmarks.rivals.scikit_learn", "sklearn")
PYTORCH = Library("PyTorch, eager", "benchmarks.rivals.pytorch", "torch")
JAX = Library("JAX, jitted loop", "benchmarks.rivals.jax_loop", "jax")


@dataclass(frozen=True)
class Entrant:
    """A library on a task.

    Parameters
    ----------
    label : str
        Tells it from the others in one race.
    library : Library
        Who takes part.
    task : Task
        What is timed.
    threads : tuple of (int or None)
        Numbers of threads to try; the better one counts. None leaves it to the entrant.
    """

    label: str
    library: Library
    task: Task
    threads: tuple[int | None, ...] = (None,)


@dataclass
class Timing:
    """What was measured of one entrant.

    Parameters
    ----------
    name : str
        Of the library.
    steps : int
        Steps of one sample.
    samples : list of float
        Seconds a step, one for each sample.
    cpu_samples : list of float
        The same in processor time of all its threads.
    cost : float
        After the steps of the task's check, from the same initial weights for all.
    threads : int or None
        The better number of threads.
    others : dict
        Median seconds a step with the other numbers of threads.
    failed : str
        Why there are no samples; empty if there are.
    """

    name: str
    steps: int = 0
    samples: list[float] = field(default_factory=list)
    cpu_samples: list[float] = field(default_factory=list)
    cost: float = float("nan")
    threads: int | None = None
    others: dict[str, float] = field(default_factory=dict)
    failed: str = ""

    @property
    def median(self) -> float:
        """Median seconds a step; nan without samples."""
        return statistics.median(self.samples) if self.samples else float("nan")


def race(entrants: Sequence[Entrant], repeats: int, seconds: float, say: Callable[[str], None]) -> dict[str, Timing]:
    """Time all entrants in turns.

    Parameters
    ----------
    entrants : sequence of Entrant
        Those whose package is missing are passed over and said so.
    repeats : int
        Samples of each.
    seconds : float
        About how long a sample takes.
    say : function of str
        Told what goes on.

    Returns
    -------
    dict of str to Timing
        In the order of the entrants.
    """
    timings: dict[str, list[Timing]] = {}
    workers: list[tuple[Timing, _Worker]] = []
    try:
        for entrant in entrants:
            tried = timings[entrant.label] = []
            if not installed(entrant.library.requires):
                tried.append(Timing(entrant.library.name, failed="not installed"))
                continue
            for threads in entrant.threads:
                say(f"  {entrant.label}: warming up{'' if threads is None else f' on {threads} thread(s)'}")
                tried.append(Timing(entrant.library.name, threads=threads))
                worker = _Worker(entrant, threads, seconds)
                ready = worker.read()
                if "failed" in ready:
                    tried[-1].failed = ready["failed"]
                    worker.close()
                    continue
                tried[-1].cost, tried[-1].steps = ready["cost"], ready["steps"]
                workers.append((tried[-1], worker))
        for repeat in range(repeats):
            say(f"  round {repeat + 1} of {repeats}")
            for timing, worker in workers:
                time.sleep(REST_SECONDS)
                sample = worker.ask()
                if "failed" in sample:
                    timing.failed = sample["failed"]
                    continue
                timing.samples.append(sample["seconds"] / timing.steps)
                timing.cpu_samples.append(sample["cpu_seconds"] / timing.steps)
    finally:
        for _, worker in workers:
            worker.close()
    return {label: _better(tried) for label, tried in timings.items()}


def installed(package: str) -> bool:
    """Return whether a package can be imported, without importing it."""
    return importlib.util.find_spec(package) is not None


def _better(tried: list[Timing]) -> Timing:
    """Return the timing with the lower median; the others' medians are kept beside it."""
    good = [timing for timing in tried if timing.samples and not timing.failed]
    if not good:
        return tried[0]
    best = min(good, key=lambda timing: timing.median)
    best.others = {f"{timing.threads} threads": timing.median for timing in good if timing is not best}
    return best


def environment(threads: int | None) -> dict[str, str]:
    """Return the environment of a child process that may use so many threads.

    Parameters
    ----------
    threads : int or None
        None leaves out every limit.

    Returns
    -------
    dict of str to str
    """
    values = {name: value for name, value in os.environ.items() if name not in THREAD_VARIABLES}
    values["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    if threads is not None:
        values |= {name: str(threads) for name in THREAD_VARIABLES}
        if threads == 1:
            values["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    return values


class _Worker:
    """The parent's end of a `benchmarks.worker` process."""

    def __init__(self, entrant: Entrant, threads: int | None, seconds: float) -> None:
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115, closed with the process
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            cwd=ROOT,
            env=environment(threads),
        )
        self._write({"module": entrant.library.module, "task": to_dict(entrant.task), "seconds": seconds})

    def ask(self) -> dict[str, Any]:
        """Return one sample."""
        self._write({})
        return self.read()

    def read(self) -> dict[str, Any]:
        """Return the next reply, or why there is none."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if line:
            reply: dict[str, Any] = json.loads(line)
            return reply
        self.process.wait()
        self.errors.seek(0)
        last = (self.errors.read().strip().splitlines() or ["no message"])[-1]
        return {"failed": f"failed: {last}"}

    def close(self) -> None:
        """End the process."""
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:
                continue
        self.process.wait(timeout=60)
        self.errors.close()

    def _write(self, values: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(values) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return
