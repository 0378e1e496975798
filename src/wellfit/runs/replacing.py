"""What an earlier run left in a folder: which files are its own, and whether a new run may replace them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from wellfit.errors import OutputError
from wellfit.files import check_writable, is_same_file
from wellfit.study.journal import is_journal
from wellfit.study.run_files import JOURNAL, NAMES, earlier_files

__all__ = ["check_folder", "check_table", "files_of_run"]


def check_folder(folder: str | os.PathLike[str], *, overwrite: bool = False) -> tuple[str, ...]:
    """Raise if a study must not or cannot go to a folder; whether a study in it is the same one is checked by its journal."""
    goal = Path(folder)
    check_writable(goal)
    own = files_of_run(goal)
    _refuse_foreign(goal, (*NAMES, JOURNAL), own)
    if own and JOURNAL not in own and not overwrite:
        raise OutputError(
            f"folder {str(folder)!r} holds a run of an earlier wellfit, which cannot be resumed: name another folder with --out, "
            "or replace it with --overwrite."
        )
    return own


def check_table(folder: str | os.PathLike[str], table: str | os.PathLike[str]) -> None:
    """Raise if a table is among the files of a folder that a run there would replace."""
    if any(is_same_file(Path(folder) / name, table) for name in (*NAMES, JOURNAL)):
        raise OutputError(f"results in folder {str(folder)!r} would replace the table {str(table)!r}; name another folder with --out.")


def files_of_run(folder: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return the names of the files in a folder that an earlier run left there."""
    goal = Path(folder)
    own = earlier_files(goal)
    if is_journal(goal / JOURNAL):
        # Beside a journal they are its study's: a process that ended while it put them in their places left no list of them.
        own = (*own, *(name for name in (*NAMES, JOURNAL) if name not in own and os.path.lexists(goal / name)))
    return own


def _refuse_foreign(folder: Path, names: Sequence[str], own: Sequence[str]) -> None:
    """Raise if files that would be replaced are not of an earlier run."""
    foreign = [name for name in names if os.path.lexists(folder / name) and name not in own]
    if foreign:
        raise OutputError(
            f"folder {str(folder)!r} holds {foreign[0]!r}, which is not from an earlier wellfit fit; name another folder with --out."
        )
