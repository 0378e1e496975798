"""``wellfit warmup``: all that is compiled on first use, compiled now."""

from __future__ import annotations

import time

from rich.progress import MofNCompleteColumn

from wellfit.cli.error_handler import DONE
from wellfit.cli.progress import bar_of
from wellfit.cli.screen import Screen
from wellfit.engines.programs import compile_all
from wellfit.errors import OutputError
from wellfit.events import Event, Progress
from wellfit.plurals import counted
from wellfit.spec import DTYPES

__all__ = ["warmup_command"]


def warmup_command(screen: Screen) -> int:
    """Compile all kernels for both dtypes, and print how many were missing."""
    total, start = 0, time.perf_counter()
    with bar_of(screen, MofNCompleteColumn()) as bar:
        task = bar.add_task("compiling", total=None)

        def follow(event: Event) -> None:
            nonlocal total
            if isinstance(event, Progress):
                total = int(event.total or 0)
                bar.update(task, completed=event.done, total=event.total)

        compiled, is_kept = compile_all(DTYPES, callback=follow)
    seconds = time.perf_counter() - start
    if not is_kept:
        raise OutputError(
            "compiled code cannot be cached: neither wellfit's folder nor the user's cache folder is writable; "
            "set NUMBA_CACHE_DIR to a writable folder."
        )
    if compiled:
        screen.say(
            f"{counted(compiled, 'kernel')} of {total} compiled in {seconds:.0f} s; nothing more needs to be compiled on this machine."
        )
    else:
        screen.say(f"All {total} kernels are compiled already.")
    if screen.as_json:
        screen.object({"kernels": total, "compiled": compiled, "seconds": round(seconds, 2)})
    return DONE
