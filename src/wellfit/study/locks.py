"""Files that are added to at their end by one process at a time; the system releases a lock when its process ends, even by kill -9.

The lock is on the file itself: one on a second file would not be seen by an older wellfit, and would leave that file behind. filelock can
lock a file that is open, but on Windows it locks the first byte, which no other process can read then: neither the holder of a
journal nor the results of a running search could be read.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import warnings
from pathlib import Path

from wellfit.errors import DataWarning, OutputError

__all__ = ["cannot_write", "lock", "open_to_append"]

# Not errors of a lock but of a file system that has none.
NO_LOCKS = (errno.ENOTSUP, errno.ENOSYS, errno.ENOLCK)


def open_to_append(path: Path) -> int:
    """Open a file to append to, made if it is not there; return its descriptor."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
    except OSError as error:
        raise OutputError(cannot_write(path, error)) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OutputError(f"cannot write {str(path)!r}: it is not a regular file; choose another.")
    return handle


def lock(handle: int, path: Path) -> bool:
    """Lock a file until it is closed; return False if another process holds it. Without locks on the file system: True, and a warning."""
    try:
        _lock_now(handle)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            return False
        message = f"the file system of {str(path)!r} does not support locks: do not let a second process use it."
        warnings.warn(message, DataWarning, stacklevel=3)
    return True


def cannot_write(path: Path | None, error: OSError) -> str:
    """Return the sentence for a file that cannot be written, with the system's own words."""
    return f"cannot write {str(path)!r}: {(error.strerror or str(error)).lower()}."


if sys.platform == "win32":
    import msvcrt

    def _lock_now(handle: int) -> None:
        # Locked bytes cannot be read there either: one far behind the end keeps all others readable.
        os.lseek(handle, 2**30, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock_now(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
