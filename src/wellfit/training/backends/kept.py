"""What a Dask worker does: it keeps tables that it was sent, and trains chunks over them.

Tables are not data of Dask's own, which keeps no more copies than it deems useful and fetches the others anew: from a worker that hangs,
for ever.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

from distributed import get_worker
from numpy.typing import NDArray

from wellfit.training.backends.parcels import pack_results
from wellfit.training.backends.worker import Run, check_versions, is_called_off, train_chunk, versions

__all__ = ["keep", "train_chunk_of_kept"]

# Tables come by a way of their own, and may come after the first chunk.
SECONDS_TO_WAIT = 30.0
SECONDS_BETWEEN_LOOKS = 0.1
# Clients go away without a word; one that was only slow sends its tables again.
SECONDS_UNTOUCHED = 600.0

_kept: dict[str, tuple[NDArray[Any], float]] = {}
# Names of what was forgotten by itself, until somebody is told.
_forgotten: set[str] = set()
_arrival = threading.Condition()
_sweeper: threading.Timer | None = None


def keep(arrays: dict[str, NDArray[Any]], drop: Sequence[str] = ()) -> None:
    """Keep tables for chunks to come.

    Parameters
    ----------
    arrays : dict of str to array
        By name.
    drop : sequence of str
        Those that are needed no more.
    """
    now = time.monotonic()
    with _arrival:
        for name in drop:
            _kept.pop(name, None)
        _kept.update({name: (array, now) for name, array in arrays.items()})
        _forgotten.difference_update({*arrays, *drop})
        _arrival.notify_all()
    _sweep()


def _sweep() -> None:
    """Forget what nobody has touched for long, and look again when the next may be due."""
    global _sweeper
    now = time.monotonic()
    with _arrival:
        old = [name for name, (_, touched) in _kept.items() if now - touched >= SECONDS_UNTOUCHED]
        for name in old:
            del _kept[name]
        _forgotten.update(old)
        if _sweeper is not None:
            _sweeper.cancel()
        _sweeper = None
        if _kept:
            _sweeper = threading.Timer(min(touched for _, touched in _kept.values()) + SECONDS_UNTOUCHED - now, _sweep)
            _sweeper.daemon = True
            _sweeper.start()


def train_chunk_of_kept(here: dict[str, str], run: Run, payload: bytes, names: list[str]) -> bytes | str:
    """Train some networks over tables that this worker was sent, or is about to be.

    Parameters
    ----------
    here, run, payload, names :
        As in `train_chunk`.

    Returns
    -------
    bytes or str
        As `train_chunk`; this worker's address if the tables do not come, or were forgotten.
    """
    check_versions(here, versions(), get_worker().address)
    end = time.monotonic() + SECONDS_TO_WAIT
    with _arrival:
        while not _kept.keys() >= set(names):
            if is_called_off(run):
                return pack_results([], [])
            if time.monotonic() > end or not _forgotten.isdisjoint(names):
                # Once: by then they are under way again, and a task that comes back at once each time would soon be given up.
                _forgotten.difference_update(names)
                address: str = get_worker().address
                return address
            _arrival.wait(SECONDS_BETWEEN_LOOKS)
        arrays = [_kept[name][0] for name in names]
        _kept.update({name: (array, time.monotonic()) for name, array in zip(names, arrays, strict=True)})
    return train_chunk(here, run, payload, names, *arrays)
