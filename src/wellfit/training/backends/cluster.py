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
from distributed.comm.addressing import parse_address, parse_host_port
from distributed.versions import VersionMismatchWarning
from numpy.typing import NDArray

from wellfit.errors import ClusterError
from wellfit.training.backends.dispatch import Killed, Lost, News
from wellfit.training.backends.kept import train_chunk_of_kept
from wellfit.training.backends.tables import tables_of
from wellfit.training.backends.worker import call_off, check_versions, versions

__all__ = ["Cluster", "check_workers", "connect"]

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_TO_ANSWER = 10.0
SECONDS_TO_RECONNECT = 5.0
# What Dask says where the scheduler cannot import what tasks call.
UNREADABLE = "deserialization of the task graph"


# === Getting there ===


def connect(address: str, timeout: float) -> Client:
    """Return a client of the scheduler at an address.

    Parameters
    ----------
    address : str
        Such as ``"tcp://10.0.0.1:8786"``.
    timeout : float
        Seconds within which it has to answer.

    Returns
    -------
    distributed.Client

    Raises
    ------
    ClusterError
        If it does not.
    """
    try:
        scheme, place = parse_address(address)
        if scheme in ("tcp", "tls"):
            # A client that was given no port would not end, and complain when it does.
            parse_host_port(place)
        with warnings.catch_warnings():
            # What matters is checked by `check_workers`, and said in one line.
            warnings.simplefilter("ignore", VersionMismatchWarning)
            return Client(address, timeout=timeout, set_as_default=False)
    except (OSError, ValueError, TypeError, ImportError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ClusterError(
            f"scheduler must be the address of a Dask scheduler that answers within {timeout:g} seconds, such as tcp://10.0.0.1:8786, "
            f"found {address!r}: {said}."
        ) from error


def check_workers(client: Client, timeout: float) -> None:
    """Raise unless there are workers, all with the versions that this process has.

    Parameters
    ----------
    client : distributed.Client
        Of their scheduler.
    timeout : float
        Seconds to wait for a first one.

    Raises
    ------
    ClusterError
        If there is none, or one has other versions.
    """
    try:
        client.wait_for_workers(1, timeout=timeout)
        found = _asked(client, timeout, asyncio.ALL_COMPLETED)
    except (OSError, TimeoutError) as error:
        raise _no_workers(client, timeout) from error
    _check_answers(found)


def _check_answers(found: Mapping[str, Any]) -> None:
    """Raise if a worker has other versions, or none; one that has just died is none of the workers."""
    for worker, there in sorted(found.items()):
        if isinstance(there, OSError):
            continue
        if isinstance(there, BaseException):
            raise ClusterError(
                f"workers must have wellfit installed, found {worker} without it ({type(there).__name__}: {there}); "
                "install the same version there."
            )
        check_versions(versions(), there, worker)


def _asked(client: Client, timeout: float, until: str) -> dict[str, Any]:
    """Return the versions of the workers that answer in time, by address: one that hangs keeps nobody from those that do not."""

    async def ask() -> dict[str, Any]:
        asked = [
            asyncio.ensure_future(client.run(versions, workers=[worker], on_error="return", asynchronous=True))
            for worker in await client.scheduler.ncores()
        ]
        if not asked:
            return {}
        done, late = await asyncio.wait(asked, timeout=timeout, return_when=until)
        for one in late:
            one.cancel()
        if not done:
            raise TimeoutError
        return {worker: found for one in done for worker, found in one.result().items()}

    # A little more, for the scheduler to say who is there.
    found: dict[str, Any] = client.sync(ask, callback_timeout=timeout + SECONDS_BETWEEN_LOOKS)
    return found


def _no_workers(client: Client, timeout: float) -> ClusterError:
    address = client.scheduler.address
    return ClusterError(
        f"the scheduler at {address} must have workers, found none that answered within {timeout:g} seconds; "
        f"start some: dask worker {address}"
    )


# === One run ===


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
        self._lost_since: float | None = None
        self._is_over = False
        if client.status == "running":
            self._first_look()
        client.loop.add_callback(self._keep_looking)

    def _first_look(self) -> None:
        """Wait for a first worker that answers: by a task where there is none, for which clusters that grow on demand start one."""
        try:
            found = _asked(self.client, SECONDS_TO_ANSWER, asyncio.FIRST_COMPLETED)
            _check_answers(found)
            if not found:
                self.client.submit(versions, pure=False).result(timeout=SECONDS_TO_ANSWER)
            self.client.sync(self._look, callback_timeout=SECONDS_TO_ANSWER)
        except (OSError, TimeoutError) as error:
            raise _no_workers(self.client, SECONDS_TO_ANSWER) from error

    async def _look(self) -> None:
        """See who is there, and what they are at."""
        self._threads = await self.client.scheduler.ncores()
        self._processing = await self.client.scheduler.processing()

    async def _keep_looking(self) -> None:
        """Look again and again, and send new workers what they need."""
        while not self._is_over and self.client.status != "closed":
            try:
                await self._look()
                # Not waited for: a worker that hangs may take nothing.
                self.client.loop.add_callback(self._tables.send, self._names, list(self._threads))
            except (OSError, RuntimeError):  # the connection is lost; `lost` says so
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
        """Return whether the scheduler is lost, and does not come back soon, in words."""
        if self.client.status == "running":
            self._lost_since = None
            return ""
        now = time.perf_counter()
        self._lost_since = self._lost_since or now
        is_coming_back = self.client.status == "connecting" and now - self._lost_since <= SECONDS_TO_RECONNECT
        return "" if is_coming_back else "the scheduler went away"

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


def _outcome(error: Exception, status: str) -> Exception:
    """Return what became of a chunk that brought an error."""
    if isinstance(error, KilledWorker):
        return Killed(2)
    if UNREADABLE in str(error):
        return ClusterError("the scheduler must have wellfit installed, as its workers have; install the same version there.")
    return error if status == "error" else Lost()
