"""A diagnosis as blocks: bias and variance, what is wrong, what to try next; in a report also all that was looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from wellfit.diagnosis.finding import FAULT, FINE, NOT_RUN, Finding
from wellfit.diagnosis.next_step import NextStep
from wellfit.diagnosis.subject import Subject
from wellfit.judge.blocks import importance_section, rise_bar, scale_of, verdict_blocks, verdict_fact
from wellfit.judge.importance import column_importances
from wellfit.judge.references import CROSS_VALIDATION, Reference, in_words
from wellfit.plots.svg import to_svg
from wellfit.plurals import counted
from wellfit.render.blocks import Block, Cell, Fact, Facts, Page, Picture, Points, Section, Sentence, Table, Text, Tone
from wellfit.render.settings import settings_table, versions
from wellfit.render.words import capital, clipped
from wellfit.store import FittedModel

if TYPE_CHECKING:
    from wellfit.diagnosis.result import Diagnosis

__all__ = ["diagnosis_page"]

NEXT_STEP, MORE_DATA = "next step", "more data"
BARS, CURVE = "Bias and variance", "Would more data help?"


def diagnosis_page(diagnosis: Diagnosis, whole: bool) -> Page:
    """Return a diagnosis as blocks; `whole` adds pictures, tables and all numbers."""
    drawn = diagnosis.figures() if whole else {}
    pictures = {title: Picture(title, to_svg(display.figure_)) for title, display in drawn.items()}
    bars, curve = ([pictures.pop(title)] if title in pictures else [] for title in (BARS, CURVE))
    sections = [
        *([_short(diagnosis)] if whole else []),
        Section("Bias and variance", [*_errors(diagnosis), *bars, *(_simple_models(diagnosis) if whole else [])]),
        Section("What is wrong", [*_faults(diagnosis.findings), *(_every_check(diagnosis.findings) if whole else [])]),
        Section("What to try next", _ahead(diagnosis, curve, whole)),
    ]
    if whole:
        sections += _columns(diagnosis.subject)
        sections += [Section("Training and probabilities", list(pictures.values()))] if pictures else []
        sections.append(_everything(diagnosis))
    return Page(f"Diagnosis of {clipped(diagnosis.subject.name)}", capital(diagnosis.sentence), sections)


def _short(diagnosis: Diagnosis) -> Section:
    """Return what to know at a glance."""
    faults, run = len(diagnosis.faults), sum(finding.status in (FAULT, FINE) for finding in diagnosis.findings)
    facts = [verdict_fact("the model", diagnosis.verdict.word)]
    if run:
        facts.append(Fact("faults", f"{faults}" if faults else "none", f"of {counted(run, 'check')}", "bad" if faults else "good"))
    blocks: list[Block] = [Facts(facts)]
    if diagnosis.faults:
        blocks.append(Points([capital(f"{finding.title}: {finding.remedy or finding.evidence}") for finding in diagnosis.faults[:3]]))
    if diagnosis.next_step is not None:
        blocks.append(Text(diagnosis.next_step.sentence))
    return Section("In short", blocks)


def _errors(diagnosis: Diagnosis) -> list[Block]:
    """Return errors, bias and variance, and what else has to be known to read them."""
    subject, metric = diagnosis.subject, diagnosis.verdict.metric
    blocks = verdict_blocks(diagnosis.verdict, (len(subject.y_train), len(subject.y_dev)))
    if diagnosis.seeds is not None:
        (errors,) = diagnosis.seeds.dev
        ends, count = " to ".join(metric.show(float(end)) for end in (errors.min(), errors.max())), len(errors)
        text = f"{counted(count, 'single network')}, each with a seed of its own, have a dev {metric.name} of {ends}"
        blocks.append(Sentence("seeds", text))
    return blocks + [Sentence("note", note) for note in diagnosis.notes]


def _simple_models(diagnosis: Diagnosis) -> list[Block]:
    """Return what simple models reach, with the one that bias is measured from, where that is of several."""
    reference: Reference = diagnosis.verdict.reference
    if not reference.each:
        return []
    metric, known = diagnosis.verdict.metric, {reference.name: reference.error.estimate, **reference.each}
    rows = [[in_words(name), metric.show(error)] for name, error in sorted(known.items(), key=lambda pair: pair[1])]
    each = "Cross-validated: each model was fitted on all folds of the training rows but one, and measured on that fold."
    notes = [each] if reference.measured_on == CROSS_VALIDATION else []
    return [Table(f"What simple models reach on {reference.measured_on}", ["model", metric.name], rows, (1,), notes=notes)]


def _faults(findings: Sequence[Finding]) -> list[Block]:
    """Return faults with evidence, remedy, threshold and source, then in short what is fine and what was not run."""
    fine = [finding for finding in findings if finding.status == FINE]
    faults = [finding for finding in findings if finding.is_fault]
    if not faults:
        none = f"Nothing, according to {counted(len(fine), 'check')}." if fine else "No check was run."
        return [Text(none), *_rest(findings, fine)]
    blocks: list[Block] = []
    for place, finding in enumerate(faults, start=1):
        words = [finding.evidence, f"What to do: {finding.remedy}" if finding.remedy else ""]
        blocks.append(Sentence(f"{place}. {finding.title}", " ".join(capital(text) for text in words if text)))
        about = [f"Counts as a fault: {finding.threshold}" if finding.threshold else "", finding.reference]
        if any(about):
            blocks.append(Text(" ".join(capital(text) for text in about if text), is_note=True))
    return blocks + _rest(findings, fine)


def _rest(findings: Sequence[Finding], fine: Sequence[Finding]) -> list[Block]:
    blocks: list[Block] = [Sentence("passed", capital("; ".join(finding.title for finding in fine)))] if fine else []
    reasons: dict[str, list[str]] = {}
    for finding in findings:
        if finding.status == NOT_RUN:
            reasons.setdefault(finding.evidence, []).append(finding.title)
    return blocks + [Sentence(f"not checked: {'; '.join(titles)}", capital(reason)) for reason, titles in reasons.items()]


def _every_check(findings: Sequence[Finding]) -> list[Block]:
    if not findings:
        return []
    tones: dict[str, Tone] = {FAULT: "bad", FINE: "good"}
    rows: list[list[str | Cell]] = [
        [each.title, Cell(each.status, tones.get(each.status, "")), each.evidence, each.threshold, each.reference] for each in findings
    ]
    heads = ["check", "found", "evidence", "counts as a fault", "source"]
    return [Table(f"All {counted(len(findings), 'check')}", heads, rows, is_folded=True)]


def _ahead(diagnosis: Diagnosis, curve: Sequence[Picture], whole: bool) -> list[Block]:
    """Return what to try next, and whether more rows would help."""
    blocks: list[Block] = []
    for label, found in ((NEXT_STEP, diagnosis.next_step), (MORE_DATA, diagnosis.more_data)):
        if found is not None:
            blocks.append(Sentence(label, found.sentence))
        elif label in diagnosis.left_out:
            blocks.append(Sentence(label, diagnosis.left_out[label]))
        if whole and isinstance(found, NextStep):
            blocks.append(_tried(found))
    return [*blocks, *curve] or [Text("Nothing was tried: allow more time, and set retrain=True.")]


def _tried(step: NextStep) -> Table:
    """Return what was tried, with the gain of each."""
    lowest, highest = scale_of(each.gain.reversed() for each in step.tried)
    rows: list[list[str | Cell]] = [
        [
            each.candidate.text,
            rise_bar(each.gain.reversed(), lowest, highest),
            step.metric.figure(-each.gain.estimate, sign=True),
            step.metric.range(each.gain.reversed(), sign=True),
        ]
        for each in step.tried
    ]
    unit = "points" if step.metric.task == "classification" else "units of the target"
    notes = ["The best of several results is optimistic; the sentence above gives the change measured on other rows."]
    return Table(f"What was tried; error in {unit}", ["change", "", "error changes by", "95 %"], rows, (2, 3), notes=notes)


def _columns(subject: Subject) -> list[Section]:
    """Return which columns matter, for models that prepare their columns themselves; of others it is not known which inputs are one."""
    model = getattr(subject.model, "model_", subject.model)
    if not isinstance(model, FittedModel):
        return []
    found = column_importances(model, subject.inputs_dev.astype(np.float32), subject.Y_dev, subject.metric)
    return [importance_section(found, subject.metric, "dev rows")]


def _everything(diagnosis: Diagnosis) -> Section:
    """Return all numbers, as the JSON has them; findings stand above, in words."""
    numbers = {name: value for name, value in diagnosis.to_dict().items() if name != "findings"}
    return Section(
        "All numbers",
        [
            Text(f"It took {diagnosis.seconds:.1f} s. Only training and dev rows were used."),
            settings_table("All numbers, and versions", numbers | {"versions": versions()}),
        ],
    )
