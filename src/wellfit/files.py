"""Writing files so that a reader sees the old content or the new, never half of it."""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path

from wellfit.errors import OutputError


def write_file(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file atomically: under another name in the same folder, then renamed; a link is followed, an existing file replaced.

    Raise `OutputError` if the folder is missing or refuses files, the disk is full, or `path` is a folder or a device.
    """
    goal = Path(os.path.realpath(path))
    if goal.exists() and not goal.is_file():
        raise OutputError(f"cannot write {str(path)!r}: it is {'a folder' if goal.is_dir() else 'not a regular file'}; name a file.")
    partial = goal.with_name(f".{goal.name[:80]}.{uuid.uuid4().hex[:8]}.partial")
    try:
        _write_new(partial, content)
        os.replace(partial, goal)
        _sync_folder(goal.parent)
    except OSError as error:
        raise OutputError(f"cannot write {str(path)!r}: {_reason(error)}.") from error
    finally:
        # Also reached by Ctrl-C; after the rename there is nothing left to remove.
        with contextlib.suppress(OSError):
            partial.unlink()


def write_folder(folder: str | os.PathLike[str], contents: Mapping[str, bytes], stale: Iterable[str] = ()) -> None:
    """Write files into a folder, made if missing: all are on disk under other names before the first is renamed into place.

    Existing files are replaced, in the order of `contents`, and the `stale` ones removed last. On an `OutputError` all files are as they
    were, and a folder that was new does not exist.
    """
    goal = Path(os.path.realpath(folder))
    new = not goal.exists()
    partial = (goal.parent if new else goal) / f".{goal.name[:80]}.{uuid.uuid4().hex[:8]}.partial"
    try:
        partial.mkdir(parents=True)
        for name, content in contents.items():
            _write_new(partial / name, content)
        _sync_folder(partial)
        if new:
            os.replace(partial, goal)
            _sync_folder(goal.parent)
            return
        for name in contents:
            os.replace(partial / name, goal / name)
        for name in stale:
            with contextlib.suppress(FileNotFoundError):
                (goal / name).unlink()
        _sync_folder(goal)
    except OSError as error:
        raise OutputError(f"cannot write folder {str(folder)!r}: {_reason(error)}.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def check_writable(folder: str | os.PathLike[str]) -> None:
    """Raise `OutputError` if a folder, existing or to be made, cannot be written to; leave nothing behind."""
    goal = Path(os.path.realpath(folder))
    above = goal
    while not above.exists() and above != above.parent:
        above = above.parent
    if not above.is_dir():
        raise OutputError(f"cannot write into {str(folder)!r}: {str(above)!r} is a file; name a folder.")
    probe = above / f".{uuid.uuid4().hex[:8]}.partial"
    try:
        _write_new(probe, b"")
    except OSError as error:
        raise OutputError(f"cannot write into {str(folder)!r}: {_reason(error)}.") from error
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()


def check_file(path: str | os.PathLike[str], example: str) -> None:
    """Raise `OutputError` if a file, such as ``report.html`` (`example`), cannot be written: before hours of work rather than after."""
    goal = Path(os.path.realpath(path))
    if goal.exists() and not goal.is_file():
        what = "a folder" if goal.is_dir() else "not a regular file"
        raise OutputError(f"cannot write {str(path)!r}: it is {what}; name a file, such as {example}.")
    if not goal.parent.is_dir():
        # As it was given, unless a link leads elsewhere.
        folder = goal.parent if Path(path).is_symlink() else Path(path).parent
        raise OutputError(f"cannot write {str(path)!r}: there is no folder {str(folder)!r}; make it, or name another.")
    check_writable(goal.parent)


def is_same_file(path: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    """Return whether two paths lead to one file: written differently, through links, or as two of its names; neither has to exist."""
    try:
        return os.path.samefile(path, other)
    except (OSError, ValueError):
        return False


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that does not exist yet, with the rights that the user's umask leaves, down to the disk."""
    with open(path, "xb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())


def _sync_folder(folder: Path) -> None:
    """Bring a rename to the disk where the system knows how."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            # Some network and FUSE file systems refuse to sync a folder; the rename itself has been done.
            with contextlib.suppress(OSError):
                os.fsync(handle)
        finally:
            os.close(handle)


def _reason(error: OSError) -> str:
    """Return the system's own words, in lower case, such as "permission denied"."""
    return (error.strerror or str(error)).lower()
