"""What the commands print with: results on standard output, everything else on standard error."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import IO, Any

from rich.console import Console

from wellfit.render.as_text import draw_page, plain, wrapped
from wellfit.render.blocks import Page

__all__ = ["NARROW", "Screen", "fitted", "leave"]

NARROW = 72


class Screen:
    """Two consoles that respect NO_COLOR, pipes and the terminal's width."""

    def __init__(self, as_json: bool = False) -> None:
        for stream in (sys.stdout, sys.stderr):
            # A terminal that knows no λ gets a question mark instead of a traceback.
            if hasattr(stream, "reconfigure"):
                with contextlib.suppress(OSError, ValueError):
                    stream.reconfigure(errors="replace")
        self.as_json = as_json
        # The folder of results, which are saved even if standard output is closed; None: there is none.
        self.results: str | None = None
        self.out = _Console(self.reader_left, markup=False, highlight=False, emoji=False)
        self.err = _Console(self.reader_left, stderr=True, markup=False, highlight=False, emoji=False)

    @property
    def is_lively(self) -> bool:
        """Whether standard error is a terminal that can redraw a line."""
        return self.err.is_terminal and not self.err.is_dumb_terminal

    @property
    def bar_width(self) -> int:
        """Columns that a progress bar may take beside its words; 0 on a narrow terminal."""
        return max(0, min(30, self.err.width - 60)) if self.err.width >= NARROW else 0

    def say(self, text: str, indent: int = 0, style: str = "") -> None:
        """Print a sentence of the result, wrapped at words; nothing with JSON."""
        if not self.as_json:
            self.out.print(wrapped(plain(text), self.out.width, indent), style=style, soft_wrap=True)

    def show(self, what: Any, style: str = "") -> None:
        """Print anything that rich can print; nothing with JSON."""
        if not self.as_json:
            self.out.print(what, style=style)

    def page(self, page: Page) -> None:
        """Print a result; nothing with JSON."""
        if not self.as_json:
            draw_page(page, self.out)

    def report(self, text: str, style: str = "") -> None:
        """Print a line of progress, or a warning, on standard error."""
        self._print_err(plain(text), style)

    def error(self, text: str) -> None:
        """Print an error in one line, and with JSON the object that stands for it."""
        line = plain(" ".join(text.split()))
        self._print_err(f"error: {line}", "bold red")
        if self.as_json:
            self.object({"error": line})

    def _print_err(self, text: str, style: str) -> None:
        """Print on standard error: on a terminal wrapped at words, else in one line, which programs read."""
        if self.err.is_terminal:
            text = "\n".join(wrapped(line, self.err.width) for line in text.split("\n"))
        self.err.print(text, style=style, soft_wrap=True)

    def object(self, values: dict[str, Any]) -> None:
        """Print the one JSON object."""
        # Escapes keep it whole on any terminal; no width may wrap it.
        try:
            sys.stdout.write(json.dumps(values, allow_nan=False) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            self.reader_left(sys.stdout)

    def reader_left(self, stream: IO[str]) -> None:
        """Continue without printing where results are to be saved; else end the command by `BrokenPipeError`."""
        if self.results is None:
            raise BrokenPipeError
        leave(stream)
        if stream is sys.stdout:
            self.report(f"standard output is closed; results are still saved in {self.results}.")


class _Console(Console):
    """A console that handles a closed pipe; rich itself would end the process."""

    def __init__(self, reader_left: Callable[[IO[str]], None], **how: Any) -> None:
        super().__init__(**how)
        self._reader_left = reader_left

    def on_broken_pipe(self) -> None:
        """Handle a closed pipe."""
        self._reader_left(self.file)


def leave(stream: IO[str]) -> None:
    """Send the rest of a stream nowhere: Python would fail again when it closes it."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def fitted(parts: Sequence[str], width: int) -> str:
    """Return as many parts of a line, from the first on, as a width has room for; one that has no room alone ends in an ellipsis."""
    for count in range(len(parts), 0, -1):
        text = ", ".join(parts[:count])
        if len(text) <= width:
            return text
    return parts[0][: max(0, width - 1)] + "…" if parts else ""
