"""A pool of processes on this machine, by joblib's loky; tables are files that all of them map into memory."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import tempfile
import threading
import time
import uuid
import weakref
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from joblib.externals.loky.process_executor import BrokenProcessPool, ProcessPoolExecutor, ShutdownExecutorError
from numpy.typing import NDArray

from wellfit.training.backends.dispatch import Killed, Lost, News
from wellfit.training.backends.worker import train_chunk_of_files, versions

__all__ = ["Processes"]

SECONDS_IDLE = 300
SECONDS_TO_END = 0.5
# Tables of earlier runs are kept for the next up to this size.
BYTES_KEPT = 256_000_000
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


# === What outlives a run: processes and tables ===


class _Workers:
    """The processes, kept for the next run: starting them takes a second or two.

    Each is a pool of its own, for processes that share a queue share its lock: one that hangs while it holds that stops all.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.pools: list[Any] = []

    def get(self, number: int, instead_of: Any = None) -> Any:
        """Return the pool of that number, not one that is known to be of no use."""
        with self.lock:
            while len(self.pools) <= number:
                self.pools.append(_new_pool())
            if self.pools[number] is instead_of:
                self.pools[number] = _new_pool()
            return self.pools[number]

    def kill(self, number: int, pool: Any) -> None:
        """End a process whatever it is at."""
        pool.shutdown(wait=False, kill_workers=True)
        self.get(number, instead_of=pool)


def _new_pool() -> Any:
    return ProcessPoolExecutor(1, timeout=SECONDS_IDLE, initializer=_leave_ctrl_c_to_the_parent, env=ONE_THREAD)


class _Files:
    """Arrays as files by the name of what is in them, until this process ends or others need the room.

    Parameters
    ----------
    folder : str or None
        Where; None: where this machine puts temporary files.
    """

    def __init__(self, folder: str | None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="wellfit-", dir=folder))
        self.lock = threading.Lock()
        self.sizes: dict[str, int] = {}
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name: str) -> str:
        return str(self.folder / f"{name}.npy")

    def keep(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Write what is not there yet, and drop the oldest of what nobody asked for."""
        with self.lock:
            for name, array in arrays.items():
                if self.sizes.pop(name, None) is None:
                    np.save(self.path(name), array, allow_pickle=False)
                self.sizes[name] = array.nbytes
            old = [name for name in self.sizes if name not in arrays]
            while old and sum(self.sizes.values()) > BYTES_KEPT:
                del self.sizes[old[0]]
                Path(self.path(old.pop(0))).unlink(missing_ok=True)


_workers = _Workers()
_folders: dict[str | None, _Files] = {}


def _leave_ctrl_c_to_the_parent() -> None:
    """Ignore Ctrl-C, which a terminal sends to all processes: the parent tells this one to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


# === One run ===


class Processes:
    """A pool of this machine's processes; see `Pool` for the methods.

    Parameters
    ----------
    size : int
        How many.
    """

    def __init__(self, size: int) -> None:
        folder = os.environ.get("JOBLIB_TEMP_FOLDER")
        self.news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._size = size
        if folder not in _folders:
            _folders[folder] = _Files(folder)
        self._files = _folders[folder]
        self._run = uuid.uuid4().hex
        self._flag = self._files.folder / self._run
        # Copies under way: their process, its pool, and what will come of them.
        self._sent: dict[int, tuple[int, Any, Any]] = {}
        self._versions = versions()

    def slots(self) -> int:
        """Return the number of processes."""
        return self._size

    def idle(self) -> int:
        """Return the number of processes without work."""
        return self._size - len({number for number, _, _ in list(self._sent.values())})

    def share(self, arrays: Mapping[str, NDArray[Any]]) -> bool:
        """Write the arrays to files, unless they are there."""
        self._files.keep(arrays)
        return True

    def submit(self, copy: int, payload: bytes, names: list[str], apart_from: Sequence[int]) -> None:
        """Have a chunk trained by the process that has least to do, and no other copy of it."""
        files = {name: self._files.path(name) for name in names}
        order = (train_chunk_of_files, self._versions, (self._run, str(self._flag)), payload, files)
        sent = dict(self._sent)
        loads = Counter(number for number, _, _ in sent.values())
        taken = {sent[other][0] for other in apart_from if other in sent}
        number = min(range(self._size), key=lambda number: (number in taken, loads[number]))
        pool = _workers.get(number)
        try:
            future = pool.submit(*order)
        except (BrokenProcessPool, ShutdownExecutorError):
            pool = _workers.get(number, instead_of=pool)
            future = pool.submit(*order)
        self._sent[copy] = (number, pool, future)
        future.add_done_callback(lambda done: self._tell(copy, done))

    def _tell(self, copy: int, future: Any) -> None:
        """Pass on what became of a chunk."""
        self._sent.pop(copy, None)
        self.news.put(News(copy, _outcome(future)))

    def stop(self) -> None:
        """Put up the flag that workers look for."""
        self._flag.touch()

    def lost(self) -> str:
        """Return nothing: new processes can always be started."""
        return ""

    def close(self) -> None:
        """Wait a little for what is still under way, then end its processes."""
        left = [(number, pool, future) for number, pool, future in list(self._sent.values()) if not future.cancel()]
        if left:
            self.stop()
            end = time.perf_counter() + SECONDS_TO_END
            while not all(future.done() for _, _, future in left) and time.perf_counter() < end:
                time.sleep(0.01)
            for number, pool in {number: pool for number, pool, future in left if not future.done()}.items():
                _workers.kill(number, pool)
        self._flag.unlink(missing_ok=True)


def _outcome(future: Any) -> bytes | BaseException:
    """Return what became of a chunk."""
    if future.cancelled():
        return Lost()
    error = future.exception()
    if error is None:
        packed: bytes = future.result()
        return packed
    if isinstance(error, ShutdownExecutorError):  # another run in this process has ended it
        return Lost()
    return Killed() if isinstance(error, BrokenProcessPool) else error
