"""A notebook's file: read in any format version, written in the fourth."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wellfit.errors import DataError

__all__ = ["read_notebook", "to_json"]


def read_notebook(path: str | os.PathLike[str]) -> Any:
    """Read a notebook of any format version as one of version 4."""
    import nbformat

    try:
        content = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"cannot read {str(path)!r}: {(error.strerror or str(error)).lower()}; name a notebook (.ipynb).") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{str(path)!r} is not text, so not a notebook; name an .ipynb file.") from error
    try:
        raw = json.loads(content)
    except (json.JSONDecodeError, RecursionError) as error:
        raise DataError(f"{str(path)!r} is not a notebook: it is not JSON ({error}); name an .ipynb file.") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("nbformat"), int):
        raise DataError(f"{str(path)!r} is JSON, but not a notebook: it has no 'nbformat'; name an .ipynb file.")
    try:
        with _quietly():
            notebook: Any = nbformat.reads(content, as_version=4)  # type: ignore[no-untyped-call]
            for cell in notebook.cells:
                cell.source, cell.cell_type = str(cell.source), str(cell.cell_type)
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
        messages = str(error).strip().splitlines() or [type(error).__name__]
        raise DataError(f"{str(path)!r} is a damaged notebook: {messages[0]}; open and save it in Jupyter.") from error
    return notebook


def to_json(notebook: Any) -> str:
    """Return a notebook as the text of its file."""
    import nbformat

    with _quietly():
        return str(nbformat.writes(notebook)) + "\n"  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Silence nbformat, which warns and logs about what it repairs, such as cells without names."""
    log = logging.getLogger("traitlets")
    before = log.disabled
    log.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.disabled = before
