"""What the commands print with: results on standard output, everything else on standard error."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import textwrap
from collections.abc import Callable
from typing import IO, Any

from rich.console import Console
from rich.text import Text

__all__ = ["NARROW", "Screen", "leave", "plain"]

NARROW = 72


class Screen:
    """Two consoles that respect NO_COLOR, pipes and the terminal's width.

    Parameters
    ----------
    as_json : bool
        Standard output then carries one JSON object and nothing else.

    Attributes
    ----------
    goal : str or None
        Folder that the command saves what it finds in, though nobody may read what it prints; None: it then ends.
    """

    def __init__(self, as_json: bool = False) -> None:
        for stream in (sys.stdout, sys.stderr):
            # A terminal that knows no λ gets a question mark instead of a traceback.
            if hasattr(stream, "reconfigure"):
                with contextlib.suppress(OSError, ValueError):
                    stream.reconfigure(errors="replace")
        self.as_json = as_json
        self.goal: str | None = None
        self.out = _Console(self.reader_left, markup=False, highlight=False, emoji=False)
        self.err = _Console(self.reader_left, stderr=True, markup=False, highlight=False, emoji=False)

    @property
    def is_lively(self) -> bool:
        """Whether standard error is a terminal that can redraw a line."""
        return self.err.is_terminal and not self.err.is_dumb_terminal

    def has_room_for(self, what: Any) -> bool:
        """Return whether something can be printed without cutting or wrapping it.

        Parameters
        ----------
        what : renderable
            Such as a table.

        Returns
        -------
        bool
        """
        roomy = self.out.options.update(width=10_000)
        return self.out.measure(what, options=roomy).maximum <= self.out.width

    def say(self, text: str, indent: int = 0, style: str = "") -> None:
        """Print a sentence of the result, wrapped at words; nothing with JSON.

        Parameters
        ----------
        text : str
            The sentence.
        indent : int
            Columns to leave free on the left.
        style : str
            A rich style, such as ``"bold"``.
        """
        margin = " " * indent
        # Wrapped here, for rich would fill every line up with spaces, and part figures from their percent signs.
        tied = plain(text).replace(" %", "\N{NO-BREAK SPACE}%")
        lines = textwrap.wrap(tied, max(20, self.out.width), initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False)
        self.show(Text("\n".join(lines).replace("\N{NO-BREAK SPACE}%", " %")), style)

    def show(self, what: Any, style: str = "") -> None:
        """Print anything that rich can print; nothing with JSON.

        Parameters
        ----------
        what : renderable
            Text, table, ...
        style : str
            A rich style.
        """
        if not self.as_json:
            self.out.print(what, style=style)

    def tell(self, text: str, style: str = "") -> None:
        """Print a line of progress or a warning on standard error.

        Parameters
        ----------
        text : str
            The line.
        style : str
            A rich style.
        """
        self.err.print(plain(text), style=style, soft_wrap=True)

    def error(self, text: str) -> None:
        """Print an error in one line, and with JSON the object that stands for it.

        Parameters
        ----------
        text : str
            What was expected, what was found, what to do.
        """
        line = plain(" ".join(text.split()))
        self.err.print(f"error: {line}", style="bold red", soft_wrap=True)
        if self.as_json:
            self.object({"error": line})

    def object(self, values: dict[str, Any]) -> None:
        """Print the one JSON object.

        Parameters
        ----------
        values : dict
            What `json.dumps` takes, nan and inf excepted.
        """
        # Escapes keep it whole on any terminal; no width may wrap it.
        try:
            sys.stdout.write(json.dumps(values, allow_nan=False) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            self.reader_left(sys.stdout)

    def reader_left(self, stream: IO[str]) -> None:
        """Go on where there is something to be saved, printing to nobody; end the command else.

        Parameters
        ----------
        stream : file
            Standard output or standard error.

        Raises
        ------
        BrokenPipeError
            Which the gate knows.
        """
        if self.goal is None:
            raise BrokenPipeError
        leave(stream)
        if stream is sys.stdout:
            self.tell(f"nobody reads standard output any more; what is found is saved in {self.goal} all the same.")


class _Console(Console):
    """One that asks what to do where nobody reads any more; rich itself would end the process."""

    def __init__(self, reader_left: Callable[[IO[str]], None], **how: Any) -> None:
        super().__init__(**how)
        self._reader_left = reader_left

    def on_broken_pipe(self) -> None:
        """Ask."""
        self._reader_left(self.file)


def leave(stream: IO[str]) -> None:
    """Let what is left of a stream go nowhere: Python would complain again when it closes it.

    Parameters
    ----------
    stream : file
        Standard output or standard error.
    """
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def plain(text: str) -> str:
    r"""Return text whose control characters cannot move a terminal's cursor: column names come from anywhere.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Line breaks stay; what cannot be printed is written as an escape.

    Examples
    --------
    >>> plain("a" + chr(27) + "[2J")
    'a\\x1b[2J'
    """
    return "".join(letter if letter.isprintable() or letter == "\n" else letter.encode("unicode_escape").decode("ascii") for letter in text)
