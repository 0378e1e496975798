"""Which tables the workers of a Dask cluster were sent: to each once, however many runs ask for them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from distributed import Client
from numpy.typing import NDArray

from wellfit.training.backends.kept import keep

__all__ = ["Tables", "tables_of"]

LEAST_SECONDS = 10.0
SLOWEST_BYTES_A_SECOND = 5_000_000
BYTES_AT_ONCE = 1_000_000_000
# Tables of earlier runs are kept for the next up to this size.
BYTES_KEPT = 256_000_000


class Tables:
    """What a cluster's workers were sent, by the name of what is in it.

    Parameters
    ----------
    client : distributed.Client
        Of their scheduler.

    Attributes
    ----------
    arrays : dict of str to array
        What runs asked for, the latest last.
    sent : dict of str to set of str
        The names of what each worker was sent, or is being sent.
    dropped : set of str
        What workers need no more.
    awaited : Counter of str
        How many sendings are under way to each worker.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.arrays: dict[str, NDArray[Any]] = {}
        self.sent: dict[str, set[str]] = {}
        self.dropped: set[str] = set()
        self.awaited: Counter[str] = Counter()

    def wanted(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Note what a run needs, and forget the oldest of what it does not where that takes too much room."""
        for name, array in arrays.items():
            self.arrays.pop(name, None)
            self.arrays[name] = array
            self.dropped.discard(name)
        old = [name for name in self.arrays if name not in arrays]
        while old and sum(array.nbytes for array in self.arrays.values()) > BYTES_KEPT:
            self._drop(old.pop(0))

    def _drop(self, name: str) -> None:
        """Forget a table, here and with the next sending there; a run that asks for it again has it sent again."""
        del self.arrays[name]
        self.dropped.add(name)
        for names in list(self.sent.values()):
            names.discard(name)

    async def send(self, names: Iterable[str], workers: Iterable[str]) -> None:
        """Send what they were not sent before to some workers, to each once."""
        groups: dict[frozenset[str], list[str]] = {}
        for worker in workers:
            new = frozenset(self.arrays.keys() & set(names)) - self.sent.setdefault(worker, set())
            if new:
                self.sent[worker] |= new
                self.awaited[worker] += 1
                groups.setdefault(new, []).append(worker)
        for new, group in groups.items():
            arrays = {name: self.arrays[name] for name in new}
            size = sum(array.nbytes for array in arrays.values())
            # The scheduler holds a copy for each worker that it is sending to.
            most = max(1, BYTES_AT_ONCE // max(1, size))
            for first in range(0, len(group), most):
                await self._send(arrays, group[first : first + most], LEAST_SECONDS + size / SLOWEST_BYTES_A_SECOND)

    async def _send(self, arrays: dict[str, NDArray[Any]], workers: list[str], timeout: float) -> None:
        """Send arrays to workers; those that do not take them in time will say so when they miss them."""
        order = self.client.run(keep, arrays, list(self.dropped), workers=workers, on_error="return", asynchronous=True)
        try:
            with suppress(OSError, TimeoutError):
                await asyncio.wait_for(order, timeout)
        finally:
            self.awaited.subtract(workers)

    def missed_by(self, worker: str) -> None:
        """Note that a worker has nothing, unless what it misses is still under way: twice the tables would take twice as long."""
        if self.awaited[worker] <= 0:
            self.sent.pop(worker, None)


_tables: dict[Client, Tables] = {}


def tables_of(client: Client) -> Tables:
    """Return what a client's cluster has; forget clients that are closed.

    Parameters
    ----------
    client : distributed.Client
        Of its scheduler.

    Returns
    -------
    Tables
    """
    for other in [other for other in _tables if other.status == "closed"]:
        del _tables[other]
    return _tables.setdefault(client, Tables(client))
