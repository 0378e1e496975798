"""A diagnosis in sentences: bias, variance, the verdict, and the findings."""

from __future__ import annotations

from collections.abc import Sequence

from wellfit.diagnosis.finding import FAULT, FINE, NOT_RUN, Finding
from wellfit.judge.metric import ABOVE, Metric
from wellfit.judge.references import TARGET_ERROR
from wellfit.judge.verdict import Verdict
from wellfit.plurals import counted
from wellfit.render.lines import Line, Part

__all__ = ["bias_words", "finding_parts", "variance_words", "verdict_words"]


def bias_words(metric: Metric, verdict: Verdict) -> str:
    """Return the bias in words, without a full stop."""
    reference, bias = verdict.reference, verdict.bias
    is_named = reference.name == TARGET_ERROR
    what = reference.name if is_named else f"what {reference.words} reaches"
    error = metric.show(reference.error.estimate) if is_named else metric.error_words(reference.error)
    none = "none: " if bias.estimate <= 0 else ""
    return f"{none}the training {metric.name} is {metric.compared(bias, what, ABOVE)}, {error}"


def variance_words(metric: Metric, verdict: Verdict) -> str:
    """Return the variance in words, without a full stop."""
    compared = metric.compared(verdict.gap, f"the training {metric.name}", ABOVE)
    return f"{'none seen: ' if verdict.gap.estimate <= 0 else ''}the dev {metric.name} is {compared}"


def verdict_words(metric: Metric, verdict: Verdict) -> str:
    """Return the verdict in one sentence without a full stop; where the intervals support none, what they are too wide for."""
    gap, bias = (metric.show_difference(each.estimate) for each in (verdict.gap, verdict.bias))
    if verdict.word == "underfits":
        also = f"; and high variance, another {gap} to the dev rows" if verdict.has_variance else ""
        return f"underfits: high bias, {bias} above {verdict.reference.words}{also}"
    if verdict.word == "overfits":
        return f"overfits: high variance, {gap} from training to dev rows"
    if verdict.word == "fits":
        return f"fits: neither bias nor variance reaches {metric.show_difference(verdict.margin)}"
    return f"undecided: {verdict.reason}"


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
