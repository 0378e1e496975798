"""Many machines, by a Dask scheduler: tables are Dask's data, and tasks travel in chunks of about a quarter of a second."""

from __future__ import annotations

import io
import itertools
import math
import os
import pickle
import time
import uuid
import warnings
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from distributed import Client, KilledWorker, as_completed, get_worker
from numpy.typing import NDArray

from wellfit.errors import ClusterError, TrainingWarning
from wellfit.plurals import counted
from wellfit.training.backends.by_joblib import check_engine
from wellfit.training.backends.connecting import no_workers, without_wellfit
from wellfit.training.backends.remote import Call, stop_here, train_remotely, versions
from wellfit.training.backends.run import SECONDS_TO_END, Run
from wellfit.training.result import FitResult

__all__ = ["train_by_dask"]

# A hundred times what sending a chunk takes.
SECONDS_A_CHUNK = 0.25
SECONDS_BETWEEN_TAKES = 0.005
SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_TO_ANSWER = 10.0
SECONDS_TO_RECONNECT = 5.0
# Machines that were taken away, or that a cluster gives back between rounds, take minutes to start again; silence is no answer meanwhile.
SECONDS_WITHOUT_WORKERS = 300.0
SECONDS_IN_SILENCE = 10.0
# Smaller arrays travel with the tasks: Dask's record of each would cost more.
LEAST_BYTES_SHARED = 2048
MOST_LOSSES = 10
TABLES = ("X", "Y", "weights", "dev_X", "dev_Y", "dev_weights")
# Dask's message where the scheduler cannot import what tasks call.
UNREADABLE = "deserialization of the task graph"

# The tables of each client's last run: Dask keeps what a future stands for, and the next run mostly needs the same.
_tables: dict[Client, dict[int, Any]] = {}


def train_by_dask(run: Run, client: Client) -> None:
    """Train on all threads of a cluster; `run.lost` is set if it went away."""
    check_engine(run)
    for other in [other for other in _tables if other.status == "closed"]:
        del _tables[other]
    with warnings.catch_warnings():
        # Of tables, which no other way of Dask's would make again when workers die, and of the state of a large network.
        warnings.filterwarnings("ignore", message="Sending large graph")
        run.train([_Session(run, client).work], compiles=False, patience=SECONDS_TO_END)


# === On the workers ===


def keep_table(array: NDArray[Any]) -> NDArray[Any]:
    """Return a table: the result is Dask's, which copies it to the workers that need it, and makes it again if they die."""
    return array


def train_chunk(payload: bytes, *tables: NDArray[Any]) -> bytes:
    """Train the tasks of a chunk."""
    call, engine, tasks = _Unpickler(payload, tables).load()
    return pickle.dumps(train_remotely(call, engine, tasks, get_worker().address), protocol=5)


# === Tasks as bytes, their tables apart ===


class _Pickler(pickle.Pickler):
    """Leaves shared arrays out, and notes which in `found`."""

    def __init__(self, file: io.BytesIO, shared: dict[int, Any]) -> None:
        super().__init__(file, protocol=5)
        self.shared, self.found = shared, dict[int, int]()

    def persistent_id(self, value: Any) -> int | None:
        """Return the number of a shared array among those found; None for all else."""
        return self.found.setdefault(id(value), len(self.found)) if id(value) in self.shared else None


class _Unpickler(pickle.Unpickler):
    """Puts the shared arrays back."""

    def __init__(self, payload: bytes, tables: Sequence[NDArray[Any]]) -> None:
        super().__init__(io.BytesIO(payload))
        self.tables = tables

    def persistent_load(self, number: int) -> NDArray[Any]:
        """Return a shared array by its number."""
        return self.tables[number]


def _pickled(value: Any, shared: dict[int, Any]) -> tuple[bytes, list[int]]:
    """Return a value as bytes, and which of the shared arrays it needs, in order."""
    file = io.BytesIO()
    pickler = _Pickler(file, shared)
    pickler.dump(value)
    return file.getvalue(), list(pickler.found)


def _unpickled(payload: bytes) -> list[FitResult]:
    results: list[FitResult] = pickle.loads(payload)  # noqa: S301  (from a process that works for this one)
    return results


# === Here ===


class _Session:
    """One run on a cluster; `work` has a thread of its own."""

    def __init__(self, run: Run, client: Client) -> None:
        self.run, self.client = run, client
        self.call = Call(uuid.uuid4().hex, versions(), os.getpid())
        # Workers that earlier runs had may come back, and those runs have found something that is to be kept.
        self.is_first = client not in _tables
        self.tables: dict[int, Any] | None = None
        self.todo = deque(range(len(run.tasks)))
        self.chunks: dict[str, tuple[Any, list[int]]] = {}
        self.done = as_completed(loop=client.loop, with_results=True, raise_errors=False)
        self.threads, self.losses = 0, 0
        self.seconds_each: float | None = None
        self.next_look = self.scheduler_seen = self.workers_seen = time.perf_counter()
        self.is_warned = False
        run.on_stop = self._stop

    def work(self) -> None:
        """Send chunks and take results until there are no more."""
        run, end = self.run, math.inf
        try:
            while len(run.results) < len(run.tasks) and time.perf_counter() < end:
                if run.stopped.is_set():
                    end = min(end, time.perf_counter() + SECONDS_TO_END)
                    if not self.chunks:
                        return
                else:
                    self._look()
                    if run.lost:
                        return
                    self._submit()
                if not self.done.has_ready():
                    time.sleep(SECONDS_BETWEEN_TAKES)
                for future, outcome in self.done.next_batch(block=False):
                    self._take(future, outcome)
        finally:
            if self.chunks and self.client.status == "running":
                self.client.loop.add_callback(self._cancel, [future for future, _ in self.chunks.values()])

    # === Sending ===

    def _submit(self) -> None:
        """Keep two chunks a thread under way, so that none waits; at least two in all, for which some clusters start a worker."""
        slots = max(1, self.threads)
        try:
            while self.client.status == "running" and self.todo and len(self.chunks) < 2 * slots:
                self.tables = self._share() if self.tables is None else self.tables
                self._submit_chunk(slots)
        except Exception:
            # The client has many errors for a scheduler that went away, which the next check finds out.
            if self.client.status == "running":
                raise

    def _share(self) -> dict[int, Any]:
        """Make Dask's data of tables, and of rows that several tasks have, unless it has them; return the futures by array."""
        uses: Counter[int] = Counter()
        arrays: dict[int, NDArray[Any]] = {}
        for task in self.run.tasks:
            for field, array in task.data._asdict().items():
                if array is not None and array.nbytes >= LEAST_BYTES_SHARED:
                    arrays[id(array)] = array
                    uses[id(array)] += 2 if field in TABLES else 1
        # The key identifies the content, and what the cluster has under a key is not sent again.
        tables = {one: self.client.submit(keep_table, array) for one, array in arrays.items() if uses[one] > 1}
        _tables[self.client] = tables
        # Those of a connection that was lost are cancelled, under the same keys.
        again = {one: self.client.submit(keep_table, arrays[one], pure=False) for one, future in tables.items() if future.cancelled()}
        tables.update(again)
        return tables

    def _submit_chunk(self, slots: int) -> None:
        count = 1.0
        if self.seconds_each is not None:
            # Towards the end less, so that all workers end together.
            count = min(SECONDS_A_CHUNK / max(self.seconds_each, 1e-6), len(self.todo) / (2 * slots))
        indices = list(itertools.islice(self.todo, max(1, int(count))))
        assert self.tables is not None
        payload, shared = _pickled((self.call, self.run.engine, [self.run.tasks[index] for index in indices]), self.tables)
        tables = (self.tables[one] for one in shared)
        # Without fifo_timeout=0 Dask takes what is submitted within 0.1 seconds in any order.
        future = self.client.submit(train_chunk, payload, *tables, pure=False, fifo_timeout=0)
        for _ in indices:
            self.todo.popleft()
        self.chunks[future.key] = future, indices
        self.done.add(future)

    # === Taking ===

    def _take(self, future: Any, outcome: Any) -> None:
        """Keep the results of a chunk, or put its tasks in front again if it was lost."""
        _, indices = self.chunks.pop(future.key)
        if isinstance(outcome, bytes):
            results = _unpickled(outcome)
            for index, result in zip(indices, results, strict=False):
                self.run.keep(index, result)
            if results:
                self.seconds_each, self.losses = sum(result.seconds for result in results) / len(results), 0
        elif future.status == "error":
            raise _readable(outcome[1], indices)
        else:
            self.todo.extendleft(reversed(indices))
            self.tables = None
            self.losses += 1
            if self.losses > MOST_LOSSES and self.client.status == "running":
                raise ClusterError(
                    f"task {indices[0]} must come back from its worker, but {self.losses} in a row were lost; look at the cluster's log."
                )

    # === Watching ===

    def _look(self) -> None:
        """Check from time to time which workers are there; note in `run.lost` that the scheduler, or all workers, went away for good."""
        client, now = self.client, time.perf_counter()
        if now < self.next_look:
            return
        is_running = client.status == "running"
        self.threads = self._count_threads() if is_running else 0
        self.next_look = now + SECONDS_BETWEEN_LOOKS
        self.scheduler_seen = now if is_running else self.scheduler_seen
        self.workers_seen = now if self.threads or not is_running else self.workers_seen
        alone = now - self.workers_seen
        if now - self.scheduler_seen > SECONDS_TO_RECONNECT or client.status not in ("running", "connecting"):
            self.run.lost = "the scheduler was lost"
        elif self.is_first and not self.run.results and alone > SECONDS_TO_ANSWER:
            raise no_workers(client, SECONDS_TO_ANSWER)
        elif alone > SECONDS_WITHOUT_WORKERS:
            self.run.lost = "all workers were lost"
        elif alone > SECONDS_IN_SILENCE and not self.is_warned:
            address = client.scheduler.address
            warnings.warn(
                f"the scheduler at {address} must have workers, found none for {SECONDS_IN_SILENCE:g} seconds; start some: dask worker "
                f"{address} (after {SECONDS_WITHOUT_WORKERS:g} seconds, or Ctrl-C, training ends with what was found so far).",
                TrainingWarning,
                stacklevel=2,
            )
        self.is_warned = alone > SECONDS_IN_SILENCE

    def _count_threads(self) -> int:
        """Return the threads of all workers; 0 while the scheduler does not answer."""
        try:
            return sum(self.client.sync(self.client.scheduler.ncores, callback_timeout=SECONDS_TO_ANSWER).values())
        except (OSError, TimeoutError):
            return 0

    # === Ending ===

    def _stop(self) -> None:
        """Have all workers end what they do for the run."""
        if self.chunks and self.client.status == "running":
            self.client.loop.add_callback(self._stop_workers)

    async def _stop_workers(self) -> None:
        with suppress(OSError):  # the scheduler was lost
            await self.client.run(stop_here, self.call.run, on_error="ignore", asynchronous=True)

    async def _cancel(self, futures: list[Any]) -> None:
        with suppress(OSError):
            await self.client.cancel(futures, asynchronous=True)


def _readable(error: BaseException, indices: Sequence[int]) -> BaseException:
    """Return what to raise for the error of a chunk."""
    if isinstance(error, KilledWorker):
        tasks = f"{'task' if len(indices) == 1 else 'one of tasks'} {', '.join(map(str, indices))}"
        return ClusterError(
            f"{tasks} must leave its worker alive, but {counted(error.allowed_failures + 1, 'worker')} died in a row; systems kill "
            "processes that use too much memory: use smaller batches, a smaller network or fewer threads a worker."
        )
    if UNREADABLE in str(error):
        return ClusterError("the scheduler must have wellfit installed, as its workers have; install the same version there.")
    if isinstance(error, ModuleNotFoundError):
        return without_wellfit("a worker", error)
    return error
