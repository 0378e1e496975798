"""What ends a command early: a user's mistake, Ctrl-C, a closed pipe."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from wellfit.cli.screen import Screen, leave
from wellfit.errors import WellfitError

__all__ = ["DONE", "INTERRUPTED", "MISTAKE", "Interrupt", "run"]

DONE, FAILED, MISTAKE, INTERRUPTED = 0, 1, 2, 130
# Writing files has errors of its own.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def run(command: Callable[[Screen], int], as_json: bool) -> int:
    """Run a command and return its exit code: 0 done, 1 a check failed, 2 a user's mistake, 130 Ctrl-C before anything was saved."""
    screen = Screen(as_json)
    try:
        code = command(screen)
        sys.stdout.flush()
    except BrokenPipeError:
        leave(sys.stdout)
        return FAILED
    except WellfitError as error:
        screen.error(str(error))
        return MISTAKE
    except KeyboardInterrupt:
        screen.error("interrupted; nothing was written.")
        return INTERRUPTED
    except MemoryError:
        screen.error("this machine's memory is too small for the table and its networks; use fewer rows or columns.")
        return MISTAKE
    except OSError as error:
        if error.errno not in FULL:
            raise
        leave(sys.stdout)
        screen.error(f"cannot write to standard output: {os.strerror(error.errno).lower()}.")
        return MISTAKE
    return code


class Interrupt:
    """Whether the user pressed Ctrl-C; a second time it ends the process at once."""

    def __init__(self) -> None:
        self.pressed = False

    def __call__(self, event: object) -> bool:
        """Return whether to stop: a callback."""
        return self.pressed

    @contextlib.contextmanager
    def caught(self) -> Iterator[None]:
        """Catch the first Ctrl-C within a ``with`` block."""

        def note(number: int, frame: FrameType | None) -> None:
            if self.pressed:
                raise KeyboardInterrupt
            self.pressed = True

        try:
            before: Any = signal.signal(signal.SIGINT, note)
        except ValueError:
            # Not in the main thread, where signals do not arrive either.
            yield
            return
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
