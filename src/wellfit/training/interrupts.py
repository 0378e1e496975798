"""Ctrl-C waits until an engine hands over what it has done."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Self

__all__ = ["HeldBack"]


class HeldBack:
    """A context in which a first Ctrl-C is noted, and a second one interrupts.

    Compiled loops cannot be interrupted, and Python would raise as soon as they return, before their work is taken over: an epoch
    of a minute would be lost. Where somebody else already looks after the signal, and in other threads, which it never reaches,
    nothing is changed.

    Attributes
    ----------
    pressed : bool
        Whether Ctrl-C was pressed.

    Examples
    --------
    >>> with HeldBack() as ctrl_c:
    ...     signal.raise_signal(signal.SIGINT)
    >>> ctrl_c.pressed
    True
    """

    def __init__(self) -> None:
        self.pressed = False
        self._changed = False

    def __enter__(self) -> Self:
        """Take the signal over."""
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._changed = True
            signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give it back."""
        if self._changed:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True
