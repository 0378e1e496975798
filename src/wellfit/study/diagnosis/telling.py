"""A diagnosis as sections of labelled sentences, and those as text and as HTML."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from wellfit.plurals import counted
from wellfit.study.diagnosis.finding import FAULT, FINE, NOT_RUN, Finding

__all__ = ["Line", "Part", "finding_parts", "to_html", "to_text"]

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


def finding_parts(findings: Sequence[Finding]) -> list[Part]:
    """Return findings as parts: faults with evidence and remedy, then in short what is fine and what was not run.

    Parameters
    ----------
    findings : list of Finding
        Ordered.

    Returns
    -------
    list of Part
        Without those that would be empty, but always with one on faults where checks were run.
    """
    by_status = {status: [finding for finding in findings if finding.status == status] for status in (FAULT, FINE, NOT_RUN)}
    faults, run = by_status[FAULT], len(by_status[FAULT]) + len(by_status[FINE])
    parts = []
    if faults:
        lines = [Line(f"{place}. {finding.title}", _fault(finding)) for place, finding in enumerate(faults, start=1)]
        parts.append(Part("What is wrong", tuple(lines)))
    elif run:
        parts.append(Part("What is wrong", (Line("", f"Nothing, as far as {counted(run, 'check')} can see."),)))
    if by_status[FINE]:
        parts.append(Part("What is fine", (Line("", _ended("; ".join(finding.title for finding in by_status[FINE]))),)))
    if by_status[NOT_RUN]:
        titles: dict[str, list[str]] = {}
        for finding in by_status[NOT_RUN]:
            titles.setdefault(finding.evidence, []).append(finding.title)
        lines = [Line("; ".join(those), _ended(reason)) for reason, those in titles.items()]
        parts.append(Part("What was not looked at", tuple(lines)))
    return parts


def _fault(finding: Finding) -> str:
    """Return evidence, remedy and where that is written."""
    source = f" ({finding.reference})" if finding.reference else ""
    said = [_ended(text) for text in (finding.evidence, finding.remedy) if text]
    return f"{' '.join(said).removesuffix('.')}{source}."


def _ended(sentence: str) -> str:
    """Return a sentence with a full stop at its end, and a capital at its start."""
    return sentence[:1].upper() + sentence[1:] + ("" if sentence.endswith((".", "!", "?")) else ".")


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
    return f"<div class='wellfit-diagnosis'>{''.join(pieces)}</div>"
