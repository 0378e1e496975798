"""Output files of a command: refused before anything is read or computed if writing them would destroy another file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from wellfit.course.files import FILES, find
from wellfit.errors import DataError, OutputError
from wellfit.files import check_file, is_same_file
from wellfit.runs.replacing import files_of_run

__all__ = ["check_output", "data_files"]


def check_output(out: Path | None, example: str, read: Mapping[str, Path | None]) -> None:
    """Raise if a file cannot be written, is one that the command reads, or belongs to a run of ``wellfit fit``."""
    if out is None:
        return
    check_file(out, example)
    for what, path in read.items():
        if path is not None and is_same_file(out, path):
            raise OutputError(f"--out {str(out)!r} would replace the {what} {str(path)!r}; name another file, such as {example}.")
    goal = Path(os.path.realpath(out))
    if goal.name in files_of_run(goal.parent):
        raise OutputError(f"--out {str(out)!r} would replace a file of the run in {str(goal.parent)!r}; name another, such as {example}.")


def data_files(folder: Path | None) -> dict[str, Path | None]:
    """Return the data files of the course that a command finds."""
    found: dict[str, Path | None] = {}
    for name in FILES:
        with contextlib.suppress(DataError):
            found[name] = find(name, folder)
    return found
