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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from joblib.externals.loky.process_executor import BrokenProcessPool, ProcessPoolExecutor
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


class _Executor:
    """The processes, kept for the next run: starting them takes a second or two."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.current: Any = None
        self.size = 0

    def get(self, size: int, instead_of: Any = None) -> Any:
        """Return an executor of so many processes, not one that is known to be broken."""
        with self.lock:
            if self.current is None or self.size != size or self.current is instead_of:
                if self.current is not None:
                    self.current.shutdown(wait=False, kill_workers=self.current is instead_of)
                self.size = size
                self.current = ProcessPoolExecutor(size, timeout=SECONDS_IDLE, initializer=_leave_ctrl_c_to_the_parent, env=ONE_THREAD)
            return self.current

    def kill(self, executor: Any) -> None:
        """End the processes whatever they are at."""
        with self.lock:
            executor.shutdown(wait=False, kill_workers=True)
            if executor is self.current:
                self.current = None


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


_executor = _Executor()
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
        self._executor = _executor.get(size)
        self._futures: dict[int, Any] = {}
        self._versions = versions()

    def slots(self) -> int:
        """Return the number of processes."""
        return self._size

    def idle(self) -> int:
        """Return the number of processes without work."""
        return max(0, self._size - len(self._futures))

    def share(self, arrays: Mapping[str, NDArray[Any]]) -> bool:
        """Write the arrays to files, unless they are there."""
        self._files.keep(arrays)
        return True

    def submit(self, copy: int, payload: bytes, names: list[str], apart_from: Sequence[int]) -> None:
        """Have a chunk trained; a process that is busy with another copy of it takes no second one."""
        files = {name: self._files.path(name) for name in names}
        order = (train_chunk_of_files, self._versions, (self._run, str(self._flag)), payload, files)
        try:
            future = self._executor.submit(*order)
        except (BrokenProcessPool, RuntimeError):
            self._executor = _executor.get(self._size, instead_of=self._executor)
            future = self._executor.submit(*order)
        self._futures[copy] = future
        future.add_done_callback(lambda done: self._tell(copy, done))

    def _tell(self, copy: int, future: Any) -> None:
        """Pass on what became of a chunk."""
        self._futures.pop(copy, None)
        self.news.put(News(copy, _outcome(future)))

    def stop(self) -> None:
        """Put up the flag that workers look for."""
        self._flag.touch()

    def is_gone(self) -> bool:
        """Return False: new processes can always be started."""
        return False

    def close(self) -> None:
        """Wait a little for what is still under way, then end its processes."""
        left = [future for future in list(self._futures.values()) if not future.cancel()]
        if left:
            self.stop()
            end = time.perf_counter() + SECONDS_TO_END
            while not all(future.done() for future in left) and time.perf_counter() < end:
                time.sleep(0.01)
            if not all(future.done() for future in left):
                _executor.kill(self._executor)
        self._flag.unlink(missing_ok=True)


def _outcome(future: Any) -> bytes | BaseException:
    """Return what became of a chunk."""
    if future.cancelled():
        return Lost()
    error = future.exception()
    if error is None:
        packed: bytes = future.result()
        return packed
    return Killed() if isinstance(error, BrokenProcessPool) else error
