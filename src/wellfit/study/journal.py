"""The journal of a study: an append-only file of JSON lines that no kill, full disk or second process can spoil.

The first line is the header, which identifies the study; then come its records in order, each on the disk before the next begins. Each
process that resumes a journal adds a line of its own, by which a second process can name the holder.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import platform
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

import wellfit
from wellfit.errors import DataWarning, JournalError, OutputError
from wellfit.study.fingerprint import differences
from wellfit.study.locks import cannot_write, lock, open_to_append

__all__ = ["FORMAT", "Journal", "is_journal", "read_journal"]

FORMAT = 1
Record = dict[str, Any]

HEADER, OPENED = "header", "opened"
BEGINNING = b'{"kind": "header", "journal": '
# Fields of a header that may differ when a study is resumed: it may get more time, or run on a newer wellfit.
FREE = ("kind", "wellfit", "time_budget", "max_trials", "task_guess")


class Journal:
    """A study's records in order, and its header; on the disk if it has a path. Made by `Journal.open`."""

    def __init__(self, path: Path | None, header: Record, records: list[Record], handle: int = -1, size: int = 0) -> None:
        self.path, self.header, self.records = path, header, records
        self._handle, self._size = handle, size

    @classmethod
    def open(cls, path: str | os.PathLike[str] | None, header: Mapping[str, Any], *, replace: bool = False) -> Self:
        """Open a new journal, or one that an earlier process left, even cut off at any byte; without a path it is in memory only.

        A journal with another header (``time_budget`` and ``max_trials`` apart) raises `JournalError`, unless `replace` is set. It stays
        locked until it is closed or its process ends.
        """
        first = _parsed(_line({"kind": HEADER, "journal": FORMAT, "wellfit": wellfit.__version__, **header}))
        if path is None:
            return cls(None, first, [])
        goal = Path(path)
        handle = open_to_append(goal)
        try:
            _take_lock(handle, goal)
            lines = _read_or_forget(goal) if replace else _read(goal)
            # One that was never begun, as of a table that cannot be used, has nothing to lose.
            is_given_up = replace or not lines.records
            is_new = lines.header is None or (is_given_up and _requested(lines.header) != _requested(first))
            if lines.header is not None and not is_new:
                _check_same(lines.header, first, goal)
            if is_new:
                lines = _Lines(None, [], 0, False)
            os.ftruncate(handle, lines.size)
            journal = cls(goal, lines.header or first, lines.records, handle, lines.size)
            if is_new:
                journal._write(first)
            journal._write(_who())
        except BaseException:
            os.close(handle)
            raise
        if lines.dropped:
            warnings.warn(f"the last line of {str(goal)!r} is incomplete and was dropped; its work is repeated.", DataWarning, stacklevel=2)
        return journal

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a record with a ``"kind"``; when this returns, it is on the disk. Numbers that are not finite become None."""
        kept = _parsed(_line(record))
        if self.path is not None:
            self._write(kept)
        self.records.append(kept)

    def close(self) -> None:
        """Release the lock."""
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            os.close(handle)

    def __enter__(self) -> Self:
        """Return the journal."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close it."""
        self.close()

    def _write(self, record: Record) -> None:
        """Write a line to the disk, or leave the file as it was."""
        line = _line(record)
        try:
            left = memoryview(line)
            while left:
                left = left[os.write(self._handle, left) :]
            os.fsync(self._handle)
        except BaseException as error:
            # Ctrl-C, too, may come between two halves of a line, and the next line would be glued to the first of them.
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, self._size)
            if isinstance(error, OSError):
                raise OutputError(cannot_write(self.path, error)) from error
            raise
        self._size += len(line)


def read_journal(path: str | os.PathLike[str]) -> tuple[Record, list[Record]]:
    """Read header and records of a journal without locking it, such as one of a study that is running."""
    lines = _read(Path(path))
    if lines.header is None:
        raise JournalError(f"{str(path)!r} holds no study: its first line is incomplete.")
    return lines.header, lines.records


def is_journal(path: str | os.PathLike[str]) -> bool:
    """Return whether a file is a journal of wellfit, of any format; an empty one is, too: its process had no time to begin."""
    try:
        with open(path, "rb") as handle:
            return BEGINNING.startswith(handle.read(len(BEGINNING)))
    except OSError:
        return False


def _take_lock(handle: int, path: Path) -> None:
    if not lock(handle, path):
        raise JournalError(f"{str(path)!r} is in use by {_holder(path)}; wait until it has finished, stop it, or choose another folder.")


# === Lines ===


class _Lines(NamedTuple):
    """What a file holds: the bytes of its whole lines, and whether an unfinished one follows them."""

    header: Record | None
    records: list[Record]
    size: int
    dropped: bool


def _line(record: Mapping[str, Any]) -> bytes:
    return json.dumps(_finite(record), allow_nan=False).encode("ascii") + b"\n"


def _finite(value: Any) -> Any:
    """Return a value with None for numbers that JSON does not have."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(each) for key, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list | tuple) else value


def _parsed(line: bytes) -> Record:
    found = json.loads(line, parse_constant=_no_constant)
    if not isinstance(found, dict) or not isinstance(found.get("kind"), str):
        raise ValueError("not a record")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _read_or_forget(path: Path) -> _Lines:
    """Read a journal that may be replaced: one that is damaged, or of another format, counts as empty; a file of others does not."""
    try:
        return _read(path)
    except JournalError:
        if not is_journal(path):
            raise
        return _Lines(None, [], 0, False)


def _read(path: Path) -> _Lines:
    """Read and check all lines."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise JournalError(f"cannot read {str(path)!r}: {(error.strerror or str(error)).lower()}.") from error
    if content[: len(BEGINNING)] != BEGINNING[: len(content)]:
        raise JournalError(f"{str(path)!r} is not a wellfit journal; choose another folder or file. It was not changed.")
    lines, size = content.split(b"\n"), 0
    records: list[Record] = []
    # Behind the last line end is nothing, or a line that was cut off.
    torn = bool(lines.pop())
    for number, line in enumerate(lines, 1):
        try:
            records.append(_parsed(line))
        except (ValueError, RecursionError):
            if number < len(lines) or torn:
                raise JournalError(
                    f"line {number:,} of {str(path)!r} is damaged; restore a copy of the file, or cut it before that line."
                ) from None
            torn = True
            break
        size += len(line) + 1
        if number == 1 and records[0].get("journal") != FORMAT:
            raise JournalError(
                f"{str(path)!r} is a journal of format {records[0].get('journal')!r}, written by wellfit {records[0].get('wellfit')}; "
                f"this is wellfit {wellfit.__version__}, which resumes format {FORMAT}. Use that version, or another folder."
            )
    kept = [record for record in records[1:] if record["kind"] != OPENED]
    return _Lines(records[0] if records else None, kept, size, torn)


# === Whose it is ===


def _check_same(found: Record, requested: Record, path: Path) -> None:
    """Raise if a journal is of another study than the requested one."""
    different = differences(_requested(found), _requested(requested))
    if different:
        raise JournalError(
            f"{str(path)!r} is the journal of another study: {'; '.join(different)}. Give the same settings, name another folder, or "
            "replace it (on the command line: --overwrite)."
        )


def _requested(header: Record) -> Record:
    return {name: value for name, value in header.items() if name not in FREE}


def _who() -> Record:
    """Return the line that names this process."""
    now = datetime.now(UTC).astimezone().isoformat(" ", "seconds")
    return {"kind": OPENED, "wellfit": wellfit.__version__, "pid": os.getpid(), "host": platform.node(), "since": now}


def _holder(path: Path) -> str:
    """Return the holder of a journal, by the last line that a process left."""
    with contextlib.suppress(OSError, ValueError, KeyError, RecursionError):
        opened = [line for line in path.read_bytes().split(b"\n")[:-1] if b'"opened"' in line and _parsed(line)["kind"] == OPENED]
        last = _parsed(opened[-1]) if opened else {}
        if last:
            return f"process {last['pid']} on {last['host']}, since {last['since']}"
    return "another process"
