"""The findings of a diagnosis as labelled sentences."""

from __future__ import annotations

from collections.abc import Sequence

from wellfit.plurals import counted
from wellfit.render.lines import Line, Part
from wellfit.study.diagnosis.finding import FAULT, FINE, NOT_RUN, Finding

__all__ = ["finding_parts"]


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
