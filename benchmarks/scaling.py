"""What it costs to train on other processes: networks a minute, bytes and scheduler tasks a trial, on a Dask cluster of this machine.

    python -m benchmarks.scaling

The same population is trained on threads, on loky's processes and on local Dask clusters of one and two processes, all in turns in one
run. Times are medians; each is set beside one thread's. On a machine with other work the ratios suffer less than the times.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, Self

import joblib
import numpy as np
from distributed import Client, LocalCluster

from wellfit.spec import Network, Optimizer, Spec, Training
from wellfit.training.arrays import make_data
from wellfit.training.backends import cluster, dispatch
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


class Traffic:
    """Counts what goes over the wire while it is installed: bytes of tables, of chunks and of results, and chunks."""

    def __init__(self) -> None:
        self.tables = self.out = self.back = self.chunks = 0

    def __enter__(self) -> Self:
        self._before = cluster.Cluster.submit, cluster._Tables.send, dispatch.unpack_results
        submit, send, unpack = self._before

        def counted_submit(pool: Any, copy: int, payload: bytes, *rest: Any) -> None:
            self.out, self.chunks = self.out + len(payload), self.chunks + 1
            submit(pool, copy, payload, *rest)

        def counted_send(tables: Any, arrays: Any, workers: list[str]) -> None:
            new = set(arrays) - set(tables.futures)
            self.tables += sum(arrays[name].nbytes for name in new)
            send(tables, arrays, workers)

        def counted_unpack(payload: bytes, tasks: Sequence[Task]) -> Any:
            self.back += len(payload)
            return unpack(payload, tasks)

        cluster.Cluster.submit, cluster._Tables.send, dispatch.unpack_results = counted_submit, counted_send, counted_unpack  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        cluster.Cluster.submit, cluster._Tables.send, dispatch.unpack_results = self._before  # type: ignore[method-assign]


def measure(name: str, tasks: list[Task], repeats: int, clients: dict[int, Client]) -> list[str]:
    """Return the rows of one population's table."""

    def on(backend: str, workers: int) -> Callable[[], float]:
        def run() -> float:
            how = {"client": clients[workers]} if backend == "dask" else {}
            with joblib.parallel_config(backend, n_jobs=workers, **how):
                begin = time.perf_counter()
                run_tasks(tasks)
                return time.perf_counter() - begin

        return run

    ways = {(backend, workers): on(backend, workers) for backend in ("threading", "loky", "dask") for workers in PROCESSES}
    del ways["loky", 1]  # which is a thread
    for run in ways.values():
        run()  # processes are started, kernels loaded, tables sent
    seconds: dict[tuple[str, int], list[float]] = {way: [] for way in ways}
    for _ in range(repeats):
        for way, run in ways.items():
            seconds[way].append(run())
    middle = {way: statistics.median(found) for way, found in seconds.items()}
    rows = []
    for (backend, workers), found in middle.items():
        ratio = statistics.median(one / other for one, other in zip(seconds["threading", 1], seconds[backend, workers], strict=True))
        rows.append(f"| {name} | {backend} | {workers} | {60 * len(tasks) / found:,.0f} | {ratio:.2f} |")
    return rows


def traffic(name: str, tasks: list[Task], client: Client) -> str:
    """Return one population's row of what it sends."""
    client.run(lambda: None)
    cluster._tables.clear()
    with Traffic() as seen, joblib.parallel_config("dask", client=client):
        run_tasks(tasks)
        once = seen.tables
        run_tasks(tasks)
    trials = 2 * len(tasks)
    again = seen.tables - once
    return f"| {name} | {once:,} | {again:,} | {seen.out / trials:,.0f} | {seen.back / trials:,.0f} | {seen.chunks / trials:.2f} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that everything runs, the numbers mean nothing")
    options = parser.parse_args(arguments)
    repeats = 1 if options.quick else options.repeats
    populations = {"small": small(10 if options.quick else 300, options.quick), "large": large(4 if options.quick else 24, options.quick)}
    with ExitStack() as stack:
        clients = {}
        for count in PROCESSES:
            made = stack.enter_context(
                LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=":0", memory_limit=None, silence_logs=logging.ERROR)
            )
            clients[count] = stack.enter_context(Client(made, set_as_default=False))
        print("| population | backend | workers | networks a minute | times one thread |\n|---|---|---|---|---|")
        for name, tasks in populations.items():
            print(*measure(name, tasks, repeats, clients), sep="\n", flush=True)
        print("\n| population | bytes of tables, first run | second run | bytes a trial out | back | scheduler tasks a trial |")
        print("|---|---|---|---|---|---|")
        for name, tasks in populations.items():
            print(traffic(name, tasks, clients[2]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
