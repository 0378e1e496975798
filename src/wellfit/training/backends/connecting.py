"""Connecting to a Dask scheduler, and checking that its workers have the versions of this process."""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from distributed import Client
from distributed.comm import connect as comm_to
from distributed.comm.addressing import parse_address, parse_host_port
from distributed.security import Security
from distributed.versions import VersionMismatchWarning

from wellfit.errors import ClusterError
from wellfit.plurals import counted
from wellfit.training.backends.remote import check_versions, versions

__all__ = ["check_workers", "connect", "no_workers", "without_wellfit"]


def connect(address: str, timeout: float) -> Client:
    """Return a client of the scheduler at an address, which has to answer within `timeout` seconds."""
    begin = time.perf_counter()
    try:
        _check_scheduler(address, timeout)
        with warnings.catch_warnings():
            # What matters is checked by `check_workers`, which reports it in one line.
            warnings.simplefilter("ignore", VersionMismatchWarning)
            return Client(address, timeout=max(1.0, timeout - (time.perf_counter() - begin)), set_as_default=False)
    except (OSError, ValueError, TypeError, ImportError) as error:
        why = str(error).splitlines()[0] if str(error) else "no answer"
        raise ClusterError(
            f"scheduler must be the address of a Dask scheduler that answers within {counted(timeout, 'second')}, such as "
            f"tcp://10.0.0.1:8786, found {address!r}: {why}."
        ) from error


def _check_scheduler(address: str, timeout: float) -> None:
    """Raise unless a scheduler answers: Dask's client waits for ever for a silent server, and fails an assertion for an echo."""
    scheme, location = parse_address(address)
    if scheme in ("tcp", "tls"):
        # A client that was given no port would not end, and complain when it does.
        parse_host_port(location)

    async def identify() -> Any:
        comm = await comm_to(address, timeout=timeout, **Security().get_connection_args("client"))
        try:
            await comm.write({"op": "identity", "reply": True})
            return await comm.read()
        finally:
            comm.abort()

    async def identify_in_time() -> Any:
        return await asyncio.wait_for(identify(), timeout)

    try:
        # In a thread of its own: this one may have an event loop, as notebooks do.
        with ThreadPoolExecutor(1) as thread:
            answer = thread.submit(asyncio.run, identify_in_time()).result()
    except (OSError, ValueError, ImportError):
        raise
    except Exception as error:
        # A server of another kind: its first bytes are read as a length, and the rest as what they are not.
        raise ValueError(f"the server there is not a scheduler ({type(error).__name__})") from error
    kind = answer.get("type") if isinstance(answer, dict) else None
    if kind != "Scheduler":
        raise ValueError(f"the server there is {'not a scheduler' if kind is None else f'a {str(kind).lower()}'}")


def check_workers(client: Client, timeout: float) -> None:
    """Raise unless there are workers, all with the versions that this process has."""
    try:
        client.wait_for_workers(1, timeout=timeout)
    except (OSError, TimeoutError) as error:
        raise no_workers(client, timeout) from error
    # One that hangs does not delay the others, and one with other versions is found by its first task as well.
    with suppress(OSError, TimeoutError):
        _check_answers(client.sync(_versions_there, client, callback_timeout=timeout))


async def _versions_there(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = await client.run(versions, on_error="return", asynchronous=True)
    return found


def _check_answers(found: Mapping[str, Any]) -> None:
    """Raise if a worker has other versions, or none; one that has just died is none of the workers."""
    for worker, there in sorted(found.items()):
        if isinstance(there, OSError):
            continue
        if isinstance(there, BaseException):
            raise without_wellfit(worker, there)
        check_versions(versions(), there, worker)


def without_wellfit(worker: str, error: BaseException) -> ClusterError:
    """Return the error for a worker that cannot import wellfit."""
    return ClusterError(
        f"workers must have wellfit installed, found {worker} without it ({type(error).__name__}: {error}); install the same version there."
    )


def no_workers(client: Client, timeout: float) -> ClusterError:
    """Return the error for a cluster without workers that answer within `timeout` seconds."""
    address = client.scheduler.address
    return ClusterError(
        f"the scheduler at {address} must have workers, found none that answered within {counted(timeout, 'second')}; "
        f"start some: dask worker {address}"
    )
