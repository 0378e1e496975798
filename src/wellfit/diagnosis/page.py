"""The report of a diagnosis: the verdict first, then what is wrong, what would help, and all that was looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from wellfit.diagnosis.finding import FAULT, FINE, Finding
from wellfit.diagnosis.next_step import NextStep
from wellfit.diagnosis.subject import Subject
from wellfit.judge.importance import column_importances
from wellfit.judge.references import CROSS_VALIDATION, in_words
from wellfit.pages.errors import importance_section
from wellfit.pages.facts import TONES, difference_fact, error_fact, rise_bar, scale_of
from wellfit.plots.svg import to_svg
from wellfit.plurals import counted
from wellfit.render.blocks import Block, Cell, Fact, Facts, Picture, Points, Section, Table, Text, Tone
from wellfit.render.page import render_page
from wellfit.render.settings import settings_table, versions
from wellfit.render.words import capital, clipped
from wellfit.store import FittedModel

if TYPE_CHECKING:
    from wellfit.diagnosis.result import Diagnosis

__all__ = ["diagnosis_page"]

HELPED, MORE_DATA = "next step", "more data"
BARS, CURVE = "Bias and variance", "Would more data help?"


def diagnosis_page(diagnosis: Diagnosis) -> str:
    """Return the report of a diagnosis as HTML.

    Parameters
    ----------
    diagnosis : Diagnosis
        What was found.

    Returns
    -------
    str
        All of the file.
    """
    pictures = {title: Picture(title, to_svg(display.figure_)) for title, display in diagnosis.figures().items()}
    sections = [
        _short(diagnosis),
        Section("Bias and variance", [*_errors(diagnosis), *_taken(pictures, BARS)]),
        _faults(diagnosis.findings),
        _ahead(diagnosis, _taken(pictures, CURVE)),
    ]
    sections += _columns(diagnosis.subject)
    if pictures:
        sections.append(Section("The training, and the probabilities", list(pictures.values())))
    sections.append(_everything(diagnosis))
    return render_page(f"Diagnosis of {clipped(diagnosis.subject.name)}", capital(diagnosis.sentence), sections)


def _taken(pictures: dict[str, Picture], title: str) -> list[Block]:
    """Return a picture, if it is there, and take it out of those that are left."""
    return [pictures.pop(title)] if title in pictures else []


def _short(diagnosis: Diagnosis) -> Section:
    """Return what is to be known at a glance."""
    verdict, metric = diagnosis.verdict, diagnosis.subject.metric
    faults, run = len(diagnosis.faults), sum(finding.status in (FAULT, FINE) for finding in diagnosis.findings)
    word = verdict.word
    rows = (len(diagnosis.subject.y_train), len(diagnosis.subject.y_dev))
    facts = [
        Fact("the model", word, "training and dev error compared", TONES.get(word, "")),
        error_fact(f"training {metric.name}", metric, verdict.train, (rows[0], "row")),
        error_fact(f"dev {metric.name}", metric, verdict.dev, (rows[1], "row")),
    ]
    if run:
        facts.append(Fact("faults", f"{faults}" if faults else "none", f"of {counted(run, 'check')}", "bad" if faults else "good"))
    blocks: list[Block] = [Facts(facts)]
    if diagnosis.faults:
        blocks.append(Points([capital(f"{finding.title}: {finding.remedy or finding.evidence}") for finding in diagnosis.faults[:3]]))
    if diagnosis.next_step is not None:
        blocks.append(Text(diagnosis.next_step.sentence))
    return Section("In short", blocks)


def _errors(diagnosis: Diagnosis) -> list[Block]:
    """Return bias and variance, and what the bias is measured from."""
    reference, metric = diagnosis.verdict.reference, diagnosis.subject.metric
    facts = [
        difference_fact("bias", metric, diagnosis.bias),
        difference_fact("variance", metric, diagnosis.variance),
        error_fact(f"{reference.words}, which bias is measured from", metric, reference.error),
    ]
    said = (
        "Bias is the training error less the error that could be had; variance is the dev error less the training error. A difference "
        f"counts from {metric.show_difference(diagnosis.verdict.margin)} on, and where its whole interval lies above 0."
    )
    blocks: list[Block] = [Facts(facts), Text(said, is_note=True)]
    notes = [reference.note, *diagnosis.notes]
    if diagnosis.seeds is not None:
        (errors,) = diagnosis.seeds.dev
        low, high = float(errors.min()), float(errors.max())
        notes.append(
            f"alone, {counted(len(errors), 'network')} that differ by their seeds have dev errors of {metric.show(low)} to "
            f"{metric.show(high)}"
        )
    blocks += [Text(capital(note)) for note in notes if note]
    if reference.each:
        # With the one that bias is measured from, where that is of several models.
        known = {reference.name: reference.error.estimate, **reference.each}
        rows = [[in_words(name), metric.show(error)] for name, error in sorted(known.items(), key=lambda pair: pair[1])]
        notes = ["Each was fitted on all folds of the training rows but one, and measured on that one."]
        notes = notes if reference.measured_on == CROSS_VALIDATION else []
        blocks.append(Table(f"What simple models reach on {reference.measured_on}", ["model", metric.name], rows, (1,), notes=notes))
    return blocks


def _faults(findings: Sequence[Finding]) -> Section:
    """Return what is wrong, with evidence and remedy, and all checks below it."""
    faults = [finding for finding in findings if finding.is_fault]
    looked = sum(finding.status == FINE for finding in findings)
    blocks: list[Block] = []
    if not findings:
        blocks.append(Text("No check was run."))
    elif not faults:
        blocks.append(Text(f"Nothing, as far as {counted(looked, 'check')} can see."))
    for place, finding in enumerate(faults, start=1):
        said = [finding.evidence, f"What to do: {finding.remedy}" if finding.remedy else ""]
        blocks.append(Text(f"{place}. {finding.title}. {' '.join(capital(text) for text in said if text)}"))
        about = [f"A fault: {finding.threshold}" if finding.threshold else "", finding.reference]
        if any(about):
            blocks.append(Text(" ".join(capital(text) for text in about if text), is_note=True))
    if findings:
        tones: dict[str, Tone] = {FAULT: "bad", FINE: "good"}
        rows: list[list[str | Cell]] = [
            [each.title, Cell(each.status, tones.get(each.status, "")), each.evidence, each.threshold, each.reference] for each in findings
        ]
        heads = ["check", "found", "evidence", "a fault from", "source"]
        blocks.append(Table(f"All {counted(len(findings), 'check')}", heads, rows, is_folded=True))
    return Section("What is wrong", blocks)


def _ahead(diagnosis: Diagnosis, curve: list[Block]) -> Section:
    """Return what to try next, and whether more rows would help."""
    blocks: list[Block] = []
    step, forecast, why = diagnosis.next_step, diagnosis.more_data, diagnosis.left_out
    if step is not None:
        blocks += [Text(step.sentence), _tried(step)]
    elif HELPED in why:
        blocks.append(Text(f"The next step was {why[HELPED]}"))
    if forecast is not None:
        blocks += [Text(forecast.sentence), *curve]
    elif MORE_DATA in why:
        blocks.append(Text(f"What more data would do was {why[MORE_DATA]}"))
    return Section("What to try next", blocks or [Text("Nothing was tried: diagnose with more time, and with retrain=True.")])


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
    notes = ["The best of several looks better than it is; the sentence above gives the change as measured on other rows."]
    return Table(f"What was tried; the error in {unit}", ["change", "", "error changes by", "95 %"], rows, (2, 3), notes=notes)


def _columns(subject: Subject) -> list[Section]:
    """Return which columns matter, for models that prepare their columns themselves; of others it is not known which inputs are one."""
    model = getattr(subject.model, "model_", subject.model)
    if not isinstance(model, FittedModel):
        return []
    found = column_importances(model, subject.inputs_dev.astype(np.float32), subject.Y_dev, subject.metric)
    return [importance_section(found, subject.metric, "dev rows")]


def _everything(diagnosis: Diagnosis) -> Section:
    """Return all numbers, as the JSON has them."""
    said = diagnosis.to_dict()
    # They stand above, in words.
    said.pop("findings", None)
    return Section(
        "Every number",
        [
            Text(f"It took {diagnosis.seconds:.1f} s. Only training and dev rows were looked at."),
            settings_table("All numbers, and versions", said | {"versions": versions()}),
        ],
    )
