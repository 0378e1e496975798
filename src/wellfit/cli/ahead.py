"""Libraries that are needed at the end, imported while networks train."""

from __future__ import annotations

import contextlib
import importlib
import threading

__all__ = ["import_ahead"]


def import_ahead(*names: str) -> None:
    """Import modules in a thread of their own.

    Compiled kernels leave the interpreter to others: what is imported meanwhile is not waited for afterwards. A later import of the
    same module waits until it is there, and fails if it is missing.
    """

    def run() -> None:
        for name in names:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)

    threading.Thread(target=run, name="wellfit-imports", daemon=True).start()
