"""Ctrl-C waits until an engine returns its work."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Self

__all__ = ["DelayedInterrupt"]


class DelayedInterrupt:
    """A context in which a first Ctrl-C is noted, and a second one interrupts.

    Compiled loops cannot be interrupted, and Python would raise as soon as they return, before their work is taken over: an epoch
    of a minute would be lost. Where another handler is installed, and in other threads, which the signal never reaches,
    nothing is changed.
    """

    def __init__(self) -> None:
        self.pressed = False
        self._changed = False

    def __enter__(self) -> Self:
        """Install the handler."""
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._changed = True
            signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Restore the handler."""
        if self._changed:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True
