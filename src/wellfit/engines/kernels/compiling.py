"""Announcing that kernels are being compiled, which takes seconds and happens once a machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from numba.core import event

__all__ = ["ONCE", "announced_compiling"]

ONCE = "compiling for this machine: once, some 5 seconds"


class _First(event.Listener):  # type: ignore[misc]
    """Calls back when the first kernel is compiled; those found in the cache pass through none of Numba's passes."""

    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback: Callable[[], object] | None = callback

    def on_start(self, event: event.Event) -> None:
        callback, self.callback = self.callback, None
        if callback is not None:
            callback()

    def on_end(self, event: event.Event) -> None:
        """Do nothing."""


@contextmanager
def announced_compiling(callback: Callable[[], object]) -> Iterator[None]:
    """Call back before the first kernel is compiled within a ``with`` block: at most once, in the thread that compiles."""
    listener = _First(callback)
    with event.install_listener("numba:run_pass", listener):
        yield
