"""Labelled sentences under headings, as text and as a piece of HTML."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Line", "Part", "to_html", "to_text"]

WIDTH = 100


@dataclass(frozen=True)
class Line:
    """A sentence or two, with a label before it.

    Parameters
    ----------
    label : str
        A few words; may be empty.
    text : str
        Plain text.
    """

    label: str
    text: str


@dataclass(frozen=True)
class Part:
    """Some lines under a heading.

    Parameters
    ----------
    title : str
        The heading.
    lines : tuple of Line
        In this order.
    """

    title: str
    lines: tuple[Line, ...]


def to_text(parts: Sequence[Part]) -> str:
    """Return parts as text of at most 100 columns.

    Parameters
    ----------
    parts : list of Part
        What to say.

    Returns
    -------
    str
    """
    lines = []
    for place, part in enumerate(parts):
        lines += ([""] if place else []) + textwrap.wrap(part.title, WIDTH)
        for line in part.lines:
            label = f"{line.label}: " if line.label else ""
            lines += textwrap.wrap(label + line.text, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
    return "\n".join(lines)


def to_html(parts: Sequence[Part]) -> str:
    """Return parts as a piece of HTML that a notebook can show; whatever stands in them is escaped.

    Parameters
    ----------
    parts : list of Part
        What to say.

    Returns
    -------
    str
    """
    pieces = []
    for place, part in enumerate(parts):
        heading = "h3" if place == 0 else "h4"
        rows = "".join(
            f"<tr><th style='text-align:left;vertical-align:top;white-space:nowrap'>{html.escape(line.label)}</th>"
            f"<td style='text-align:left'>{html.escape(line.text)}</td></tr>"
            if line.label
            else f"<tr><td colspan='2' style='text-align:left'>{html.escape(line.text)}</td></tr>"
            for line in part.lines
        )
        pieces.append(f"<{heading}>{html.escape(part.title)}</{heading}><table>{rows}</table>")
    return f"<div class='wellfit'>{''.join(pieces)}</div>"
