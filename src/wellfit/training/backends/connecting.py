"""Getting to a Dask scheduler, and to workers that have what this process has."""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from distributed import Client
from distributed.comm import connect as comm_to
from distributed.comm.addressing import parse_address, parse_host_port
from distributed.security import Security
from distributed.versions import VersionMismatchWarning

from wellfit.errors import ClusterError
from wellfit.plurals import counted
from wellfit.training.backends.worker import check_versions, versions

__all__ = ["check_workers", "connect", "find_worker", "no_workers"]

# Beside what workers have to answer, for the scheduler to say who is there.
SECONDS_BETWEEN_LOOKS = 0.5


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
    begin = time.perf_counter()
    try:
        _check_scheduler(address, timeout)
        with warnings.catch_warnings():
            # What matters is checked by `check_workers`, and said in one line.
            warnings.simplefilter("ignore", VersionMismatchWarning)
            return Client(address, timeout=max(1.0, timeout - (time.perf_counter() - begin)), set_as_default=False)
    except (OSError, ValueError, TypeError, ImportError) as error:
        said = str(error).splitlines()[0] if str(error) else "no answer"
        raise ClusterError(
            f"scheduler must be the address of a Dask scheduler that answers within {counted(timeout, 'second')}, such as "
            "tcp://10.0.0.1:8786, "
            f"found {address!r}: {said}."
        ) from error


def _check_scheduler(address: str, timeout: float) -> None:
    """Raise unless a scheduler answers: Dask's client waits for ever for what says nothing, and fails an assertion for what echoes."""
    scheme, place = parse_address(address)
    if scheme in ("tcp", "tls"):
        # A client that was given no port would not end, and complain when it does.
        parse_host_port(place)

    async def ask() -> Any:
        comm = await comm_to(address, timeout=timeout, **Security().get_connection_args("client"))
        try:
            await comm.write({"op": "identity", "reply": True})
            return await comm.read()
        finally:
            comm.abort()

    async def ask_in_time() -> Any:
        return await asyncio.wait_for(ask(), timeout)

    try:
        # In a thread of its own: this one may have an event loop, as notebooks do.
        with ThreadPoolExecutor(1) as thread:
            answer = thread.submit(asyncio.run, ask_in_time()).result()
    except (OSError, ValueError, ImportError):
        raise
    except Exception as error:
        # A server of another kind: its first bytes are read as a length, and the rest as what they are not.
        raise ValueError(f"what answers there is no scheduler ({type(error).__name__})") from error
    kind = answer.get("type") if isinstance(answer, dict) else None
    if kind != "Scheduler":
        raise ValueError(f"what answers there is {'no scheduler' if kind is None else f'a {str(kind).lower()}'}")


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
        raise no_workers(client, timeout) from error
    _check_answers(found)


def find_worker(client: Client, timeout: float) -> bool:
    """Wait for a first worker that answers: by a task where there is none, for which clusters that grow on demand start one.

    Parameters
    ----------
    client : distributed.Client
        Of its scheduler.
    timeout : float
        Seconds to wait.

    Returns
    -------
    bool
        Whether there is one.

    Raises
    ------
    ClusterError
        If one of those that answer has other versions.
    """
    try:
        found = _asked(client, timeout, asyncio.FIRST_COMPLETED)
        _check_answers(found)
        if not found:
            client.submit(versions, pure=False).result(timeout=timeout)
    except (OSError, TimeoutError):
        return False
    return True


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


def no_workers(client: Client, timeout: float) -> ClusterError:
    """Return the error for a cluster without workers.

    Parameters
    ----------
    client : distributed.Client
        Of its scheduler.
    timeout : float
        Seconds that some had to answer in.

    Returns
    -------
    ClusterError
    """
    address = client.scheduler.address
    return ClusterError(
        f"the scheduler at {address} must have workers, found none that answered within {counted(timeout, 'second')}; "
        f"start some: dask worker {address}"
    )
