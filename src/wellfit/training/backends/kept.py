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
# Of clients that went away without a word.
SECONDS_UNTOUCHED = 3600.0

_kept: dict[str, tuple[NDArray[Any], float]] = {}
_arrival = threading.Condition()


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
        old = [name for name, (_, touched) in _kept.items() if now - touched > SECONDS_UNTOUCHED]
        for name in {*drop, *old}:
            _kept.pop(name, None)
        _kept.update({name: (array, now) for name, array in arrays.items()})
        _arrival.notify_all()


def train_chunk_of_kept(here: dict[str, str], run: Run, payload: bytes, names: list[str]) -> bytes | str:
    """Train some networks over tables that this worker was sent, or is about to be.

    Parameters
    ----------
    here, run, payload, names :
        As in `train_chunk`.

    Returns
    -------
    bytes or str
        As `train_chunk`; this worker's address if the tables do not come.
    """
    check_versions(here, versions(), get_worker().address)
    end = time.monotonic() + SECONDS_TO_WAIT
    with _arrival:
        while not _kept.keys() >= set(names):
            if is_called_off(run):
                return pack_results([], [])
            if time.monotonic() > end:
                address: str = get_worker().address
                return address
            _arrival.wait(SECONDS_BETWEEN_LOOKS)
        arrays = [_kept[name][0] for name in names]
        _kept.update({name: (array, time.monotonic()) for name, array in zip(names, arrays, strict=True)})
    return train_chunk(here, run, payload, names, *arrays)
