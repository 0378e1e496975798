"""A pool of processes on many machines, by a Dask scheduler that somebody else started."""

from __future__ import annotations

import asyncio
import queue
import time
import uuid
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from distributed import Client, KilledWorker
from numpy.typing import NDArray

from wellfit.errors import ClusterError, TrainingWarning
from wellfit.training.backends.connecting import find_worker, no_workers
from wellfit.training.backends.dispatch import Killed, Lost, News
from wellfit.training.backends.kept import train_chunk_of_kept
from wellfit.training.backends.tables import tables_of
from wellfit.training.backends.worker import call_off, versions

__all__ = ["Cluster"]

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_TO_ANSWER = 10.0
SECONDS_TO_RECONNECT = 5.0
# Machines that were taken away, or that a cluster gives back between rounds, take minutes to start again; silence is no answer meanwhile.
SECONDS_WITHOUT_WORKERS = 300.0
SECONDS_IN_SILENCE = 10.0
# What Dask says where the scheduler cannot import what tasks call.
UNREADABLE = "deserialization of the task graph"


class Cluster:
    """A pool of the workers of a Dask scheduler; see `Pool` for the methods.

    Parameters
    ----------
    client : distributed.Client
        Of that scheduler.

    Raises
    ------
    ClusterError
        If the scheduler has no workers.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._run = uuid.uuid4().hex
        self._versions = versions()
        self._tables = tables_of(client)
        self._names: set[str] = set()
        self._futures: dict[int, Any] = {}
        self._threads: dict[str, int] = {}
        self._processing: dict[str, Sequence[str]] = {}
        self._scheduler, self._workers = _Absence(), _Absence()
        self._is_told = False
        self._is_over = False
        # Workers that earlier runs had may come back, and those have found something that is to be kept.
        if client.status == "running" and not find_worker(client, SECONDS_TO_ANSWER) and not self._tables.sent:
            raise no_workers(client, SECONDS_TO_ANSWER)
        if client.status == "running":
            with suppress(OSError):  # it went away, or hangs; `lost` says so
                client.sync(self._look, callback_timeout=SECONDS_TO_ANSWER)
        client.loop.add_callback(self._keep_looking)

    async def _look(self) -> None:
        """See who is there, and what they are at."""
        self._threads = await self.client.scheduler.ncores()
        self._processing = await self.client.scheduler.processing()

    async def _keep_looking(self) -> None:
        """Look again and again, and send new workers what they need."""
        while not self._is_over and self.client.status != "closed":
            try:
                await asyncio.wait_for(self._look(), SECONDS_TO_ANSWER)
                # Not waited for: a worker that hangs may take nothing.
                self.client.loop.add_callback(self._tables.send, self._names, list(self._threads))
            except (OSError, RuntimeError):  # the connection is lost, or the scheduler hangs; `lost` says so
                self._threads, self._processing = {}, {}
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)

    def slots(self) -> int:
        """Return the threads of all workers; at least one while connected, since tasks that wait make some clusters grow."""
        return max(1, sum(self._threads.values())) if self.client.status == "running" else 0

    def idle(self) -> int:
        """Return the threads without work."""
        return sum(max(0, threads - len(self._processing.get(worker, ()))) for worker, threads in self._threads.items())

    def share(self, arrays: Mapping[str, NDArray[Any]]) -> bool:
        """Send the arrays to workers that do not have them; chunks wait there until they come."""
        self._tables.wanted(arrays)
        self._names = set(arrays)
        self.client.loop.add_callback(self._tables.send, self._names, list(self._threads))
        return True

    def submit(self, copy: int, payload: bytes, names: list[str], apart_from: Sequence[int]) -> None:
        """Have a chunk trained, rather by workers that have no other copy of it."""
        key = self._key(copy)
        others = {self._key(other) for other in apart_from}
        elsewhere = [worker for worker in self._threads if others.isdisjoint(self._processing.get(worker, ()))] if others else []
        order = (self._versions, (self._run, None), payload, names)
        where = {"workers": elsewhere, "allow_other_workers": True} if elsewhere else {}
        try:
            with warnings.catch_warnings():
                # Of large tasks: what is in them is the state of one network, which no other task shares.
                warnings.filterwarnings("ignore", message="Sending large graph")
                future = self.client.submit(train_chunk_of_kept, *order, key=key, pure=False, **where)
        except Exception:
            if self.client.status == "running":
                raise
            self.news.put(News(copy, Lost()))
            return
        self._futures[copy] = future
        self.client.loop.add_callback(self._follow, copy, future)

    def _key(self, copy: int) -> str:
        return f"wellfit-{self._run}-{copy}"

    async def _follow(self, copy: int, future: Any) -> None:
        """Wait for a chunk, and pass on what became of it."""
        outcome: bytes | BaseException
        try:
            found: bytes | str = await self.client.gather(future, asynchronous=True)
            if isinstance(found, str):
                self._tables.missed_by(found)
            outcome = Lost() if isinstance(found, str) else found
        except Exception as error:  # noqa: BLE001  (raised again in the thread that asked for all this)
            outcome = _outcome(error, future.status)
        if self._futures.pop(copy, None) is not None:
            self.news.put(News(copy, outcome))

    def stop(self) -> None:
        """Tell all workers that the run is called off."""
        if self.client.status == "running":
            self.client.loop.add_callback(self._call_off)

    async def _call_off(self) -> None:
        with suppress(OSError):  # nobody is there to be told
            await self.client.run(call_off, self._run, on_error="ignore", asynchronous=True)

    def lost(self) -> str:
        """Return whether the scheduler, or all of its workers, are lost and do not come back soon, in words."""
        status = self.client.status
        if self._scheduler.seconds(status == "running") > SECONDS_TO_RECONNECT or status not in ("running", "connecting"):
            return "the scheduler went away"
        alone = self._workers.seconds(bool(self._threads) or status != "running")
        if alone > SECONDS_WITHOUT_WORKERS:
            return "all workers went away"
        if alone > SECONDS_IN_SILENCE and not self._is_told:
            address = self.client.scheduler.address
            warnings.warn(
                f"the scheduler at {address} must have workers, found none for {SECONDS_IN_SILENCE:g} seconds; start some: dask worker "
                f"{address} (after {SECONDS_WITHOUT_WORKERS:g} seconds, or Ctrl-C, training ends with what was found so far).",
                TrainingWarning,
                stacklevel=7,
            )
        self._is_told = alone > SECONDS_IN_SILENCE
        return ""

    def close(self) -> None:
        """Give up what is still under way: what has not begun is cancelled, the rest told to end."""
        self._is_over = True
        left = list(self._futures.values())
        self._futures.clear()
        if left and self.client.status == "running":
            self.stop()
            self.client.loop.add_callback(self._cancel, left)

    async def _cancel(self, futures: list[Any]) -> None:
        with suppress(OSError):
            await self.client.cancel(futures, asynchronous=True)


class _Absence:
    """How long something has been away."""

    def __init__(self) -> None:
        self.since: float | None = None

    def seconds(self, is_there: bool) -> float:
        """Note whether it is there, and return for how many seconds it has not been."""
        now = time.perf_counter()
        self.since = None if is_there else now if self.since is None else self.since
        return 0.0 if self.since is None else now - self.since


def _outcome(error: Exception, status: str) -> Exception:
    """Return what became of a chunk that brought an error."""
    if isinstance(error, KilledWorker):
        return Killed(2)
    if UNREADABLE in str(error):
        return ClusterError("the scheduler must have wellfit installed, as its workers have; install the same version there.")
    return error if status == "error" else Lost()
