"""What it costs to train on other processes: networks a minute, bytes and scheduler tasks a trial, on a Dask cluster of this machine.

    python -m benchmarks.scaling

The same population is trained on threads, on loky's processes and on local Dask clusters of one and two processes, all in turns in one
run. Times are medians; each is set beside one thread's, and so is the processor time of all processes together, on which other work
on the machine has less influence.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any
from unittest import mock

import joblib
import numpy as np
import psutil
from distributed import Client, LocalCluster

from wellfit.spec import Network, Optimizer, Spec, Training
from wellfit.training.arrays import make_data
from wellfit.training.backends import by_dask
from wellfit.training.tasks import Task, run_tasks

PROCESSES = (1, 2)


def small(count: int, quick: bool) -> list[Task]:
    """Return networks of [20, 3] over 211 points, 2,000 steps of full batches: some 20 milliseconds each."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(211, 2)).astype(np.float32)
    table = make_data(X, (X[:, 0] * X[:, 1] > 0).astype(float), "float32")
    training = Training(
        loss="binary_cross_entropy", epochs=20 if quick else 2000, batch_size=None, patience=None, optimizer=Optimizer("gradient_descent")
    )
    return [Task(Spec(Network(2, (20, 3)), training), table, seed=seed) for seed in range(count)]


def large(count: int, quick: bool) -> list[Task]:
    """Return networks of [64, 64] over 20,000 rows of 54 columns (4.3 MB), batches of 256: some tenths of a second each."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(20_000, 54)).astype(np.float32)
    rows = np.arange(20_000)
    table = make_data(X, (X[:, 0] * X[:, 1] > 0).astype(float), "float32", rows=rows[:16_000], dev_rows=rows[16_000:])
    training = Training(loss="binary_cross_entropy", epochs=1 if quick else 10, batch_size=256, patience=None)
    return [Task(Spec(Network(54, (64, 64)), training), table, seed=seed) for seed in range(count)]


def measure(name: str, tasks: list[Task], repeats: int, clients: dict[int, Client]) -> list[str]:
    """Return the rows of one population's table."""

    def on(backend: str, workers: int) -> Callable[[], tuple[float, float]]:
        def run() -> tuple[float, float]:
            how = {"client": clients[workers]} if backend == "dask" else {}
            with joblib.parallel_config(backend, n_jobs=workers, **how):
                begin, used = time.perf_counter(), processor_time()
                run_tasks(tasks)
                return time.perf_counter() - begin, processor_time() - used

        return run

    ways = {(backend, workers): on(backend, workers) for backend in ("threading", "loky", "dask") for workers in PROCESSES}
    del ways["loky", 1]  # which is a thread
    for run in ways.values():
        run()  # processes are started, kernels loaded, tables sent
    samples: dict[tuple[str, int], list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(repeats):
        for way, run in ways.items():
            samples[way].append(run())
    rows = []
    for (backend, workers), found in samples.items():
        pairs = list(zip(samples["threading", 1], found, strict=True))
        speed = statistics.median(one[0] / other[0] for one, other in pairs)
        work = statistics.median(other[1] / one[1] for one, other in pairs)
        a_minute = 60 * len(tasks) / statistics.median(seconds for seconds, _ in found)
        rows.append(f"| {name} | {backend} | {workers} | {a_minute:,.0f} | {speed:.2f} | {work:.2f} |")
    return rows


def processor_time() -> float:
    """Return the seconds that this process and all that it started have computed."""
    everybody = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return sum(times.user + times.system for times in (process.cpu_times() for process in everybody))


def traffic(name: str, tasks: list[Task], client: Client) -> str:
    """Return one population's row of what goes over the wire: tables to the cluster, chunks out, results back."""
    sizes: dict[str, list[int]] = {"tables": [], "out": [], "back": []}
    submit, unpickled = client.submit, by_dask._unpickled

    def counted_submit(function: Any, *order: Any, **how: Any) -> Any:
        known = set(client.futures)
        future = submit(function, *order, **how)
        if function is by_dask.keep_table and future.key not in known:
            sizes["tables"].append(order[0].nbytes)
        if function is by_dask.train_chunk:
            sizes["out"].append(len(order[0]))
        return future

    def counted_unpickled(payload: bytes) -> Any:
        sizes["back"].append(len(payload))
        return unpickled(payload)

    by_dask._tables.clear()
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(client, "submit", counted_submit))
        stack.enter_context(mock.patch.object(by_dask, "_unpickled", counted_unpickled))
        stack.enter_context(joblib.parallel_config("dask", client=client))
        run_tasks(tasks)
        once = sum(sizes["tables"])
        run_tasks(tasks)
    trials = 2 * len(tasks)
    out, back, chunks = sum(sizes["out"]) / trials, sum(sizes["back"]) / trials, len(sizes["out"]) / trials
    return f"| {name} | {once:,} | {sum(sizes['tables']) - once:,} | {out:,.0f} | {back:,.0f} | {chunks:.2f} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that everything runs, the numbers mean nothing")
    options = parser.parse_args(arguments)
    repeats = 1 if options.quick else options.repeats
    populations = {"small": small(10 if options.quick else 120, options.quick), "large": large(4 if options.quick else 16, options.quick)}
    with ExitStack() as stack:
        clients = {}
        for count in PROCESSES:
            made = stack.enter_context(
                LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=":0", memory_limit=None, silence_logs=logging.ERROR)
            )
            clients[count] = stack.enter_context(Client(made, set_as_default=False))
        print("| population | backend | workers | networks a minute | speed, times one thread | processor time, times one thread |")
        print("|---|---|---|---|---|---|")
        for name, tasks in populations.items():
            print(*measure(name, tasks, repeats, clients), sep="\n", flush=True)
        print("\n| population | bytes of tables, first run | second run | bytes a trial out | back | scheduler tasks a trial |")
        print("|---|---|---|---|---|---|")
        for name, tasks in populations.items():
            print(traffic(name, tasks, clients[2]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
