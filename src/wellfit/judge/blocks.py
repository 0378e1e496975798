"""Errors, verdicts, test errors and importances as blocks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from wellfit.judge.importance import ColumnImportance
from wellfit.judge.intervals import Interval
from wellfit.judge.metric import ABOVE, Metric
from wellfit.judge.references import TARGET_ERROR
from wellfit.plurals import counted
from wellfit.render.blocks import Bar, Block, Cell, Fact, Facts, Section, Sentence, Table, Text, Tone
from wellfit.render.words import clipped

if TYPE_CHECKING:
    from wellfit.judge.final_test import FinalTest
    from wellfit.judge.verdict import Verdict

__all__ = [
    "TONES",
    "bias_words",
    "error_fact",
    "error_facts",
    "error_name",
    "importance_section",
    "rise_bar",
    "scale_of",
    "table_of_test",
    "unit_of",
    "variance_words",
    "verdict_blocks",
    "verdict_fact",
    "verdict_words",
    "words_of_test",
]

TONES: Mapping[str, Tone] = {"fits": "good", "overfits": "fair", "underfits": "fair", "diverged": "bad"}
FIRST_IMPORTANCES, MOST_IMPORTANCES = 15, 200

# === Errors ===


def error_name(metric: Metric) -> str:
    """Return the name of errors at the head of a table."""
    return "Error" if metric.task == "classification" else "RMSE"


def unit_of(metric: Metric, target: str = "the target") -> str:
    """Return the unit of figures of errors."""
    return "% of rows" if metric.task == "classification" else f"in units of {target}"


def error_fact(label: str, metric: Metric, error: Interval, of: tuple[int, str] | None = None) -> Fact:
    """Return an error with its 95 % interval, and of how many rows it is."""
    return Fact(label, metric.show(error.estimate), f"95 %: {metric.range(error)}" + ("" if of is None else f"; {counted(*of)}"))


def scale_of(differences: Iterable[Interval]) -> tuple[float, float]:
    """Return the ends of a scale that holds 0 and all finite ends of some intervals."""
    ends = [end for each in differences for end in (each.low, each.high) if math.isfinite(end)]
    return min(0.0, *ends, 0.0), max(0.0, *ends, 0.0)


def rise_bar(rise: Interval, lowest: float, highest: float) -> Cell:
    """Return a bar from 0 to an estimate, with its interval, on a scale that holds 0; ends beyond it are cut off."""
    span = (highest - lowest) or 1.0
    zero, estimate, low, high = (min(1.0, max(0.0, (value - lowest) / span)) for value in (0.0, rise.estimate, rise.low, rise.high))
    return Cell("", bar=Bar(min(zero, estimate), max(zero, estimate), low, high))


# === A verdict ===


def bias_words(verdict: Verdict) -> str:
    """Return the bias in words, without a full stop."""
    metric, reference, bias = verdict.metric, verdict.reference, verdict.bias
    is_named = reference.name == TARGET_ERROR
    what = reference.name if is_named else f"what {reference.words} reaches"
    error = metric.show(reference.error.estimate) if is_named else metric.error_words(reference.error)
    none = "none: " if bias.estimate <= 0 else ""
    return f"{none}the training {metric.name} is {metric.compared(bias, what, ABOVE)}, {error}"


def variance_words(verdict: Verdict) -> str:
    """Return the variance in words, without a full stop."""
    compared = verdict.metric.compared(verdict.gap, f"the training {verdict.metric.name}", ABOVE)
    return f"{'none seen: ' if verdict.gap.estimate <= 0 else ''}the dev {verdict.metric.name} is {compared}"


def verdict_words(verdict: Verdict) -> str:
    """Return a verdict in one sentence without a full stop; if undecided, with the reason."""
    metric = verdict.metric
    gap, bias = (metric.show_difference(each.estimate) for each in (verdict.gap, verdict.bias))
    if verdict.word == "underfits":
        also = f"; and high variance, another {gap} to the dev rows" if verdict.has_variance else ""
        return f"underfits: high bias, {bias} above {verdict.reference.words}{also}"
    if verdict.word == "overfits":
        return f"overfits: high variance, {gap} from training to dev rows"
    if verdict.word == "fits":
        return f"fits: neither bias nor variance reaches {metric.show_difference(verdict.margin)}"
    return f"undecided: {verdict.reason}"


def verdict_fact(label: str, word: str) -> Fact:
    """Return a verdict as a fact."""
    return Fact(label, word, "training and dev error compared", TONES.get(word, ""))


def verdict_blocks(verdict: Verdict, rows: tuple[int, int] | None = None) -> list[Block]:
    """Return training and dev error (and of how many rows they are), bias and variance, and what counts."""
    metric = verdict.metric
    pairs = (("training", verdict.train), ("dev", verdict.dev))
    facts = [
        error_fact(f"{part} {metric.name}", metric, error, None if rows is None else (rows[place], "row"))
        for place, (part, error) in enumerate(pairs)
    ]
    blocks: list[Block] = [Facts(facts), Sentence("bias", bias_words(verdict)), Sentence("variance", variance_words(verdict))]
    if verdict.reference.note:
        blocks.append(Sentence("reference", verdict.reference.note))
    words = (
        "Bias is the training error minus the reference error; variance is the dev error minus the training error. A difference counts "
        f"if it is at least {metric.show_difference(verdict.margin)} and its whole interval lies above 0."
    )
    return [*blocks, Text(words, is_note=True)]


# === Test rows ===


def error_facts(test: FinalTest) -> list[Fact]:
    """Return the test errors of the model and of the simple model that it is compared with."""
    metric, reference = test.metric, dict(test.references)[test.against]
    return [
        error_fact(f"{metric.name} to expect", metric, test.model, (test.rows, "test row")),
        Fact(f"{metric.name} of {test.against}", metric.show(reference.estimate), "the best simple model on dev rows; same rows"),
    ]


def words_of_test(rows: int, reads: int) -> str:
    """Return what a test error is of; `reads` counts the readings of the test part, this one included."""
    how = "The test rows were used once, after the choice."
    if reads > 1:
        how = (
            f"The test rows have now been used {counted(reads, 'time')}, each time after the choice. No choice was based on them; "
            "continuing until the test error looks good would be such a choice."
        )
    return (
        f"Measured on {counted(rows, 'row')} that were used neither to train nor to choose a network. In 95 of 100 such tables, the "
        f"interval contains the true error. {how}"
    )


def table_of_test(metric: Metric, rows: int, model: Interval, references: Iterable[tuple[str, Interval]], *more: Sequence[str]) -> Table:
    """Return the test error of the model beside those of simple models, the most complex first, and further rows below."""
    named = [("the network", model), *reversed([*references])]
    cells = [[name, metric.show(error.estimate), metric.range(error)] for name, error in named]
    return Table(f"{error_name(metric)} on {counted(rows, 'test row')}", ["model", metric.name, "95 %"], [*cells, *more], (1, 2))


# === Columns ===


def importance_section(importances: Sequence[ColumnImportance], metric: Metric, which_rows: str) -> Section:
    """Return how much the error rises on some rows, such as ``"dev rows"``, without each column; what is needed most comes first."""
    shown = importances[:MOST_IMPORTANCES]
    lowest, highest = scale_of(each.rise for each in shown)
    rows = [_importance_row(each, metric, lowest, highest) for each in shown]
    unit = "points" if metric.task == "classification" else "units of the target"
    heads = ["column", "", "error rises by", "95 %", "cost rises by", "needed?"]
    cost = "cross-entropy" if metric.task == "classification" else "half the squared error, target scaled"
    how = f"among {counted(importances[0].rows, 'row')}, {counted(importances[0].shuffles, 'time')}"
    notes = [f"Each column was shuffled {how}, with all others unchanged. The cost ({cost}) can change even if no predicted class does."]
    if len(importances) > len(shown):
        notes.append(f"The first {len(shown):,} of {counted(len(importances), 'column')}.")
    words = (
        f"How much the model's error rises on the {which_rows} when the values of a column are shuffled. It shows what this model uses, "
        "not what causes the target; correlated columns can replace each other, and each may then look unimportant."
    )
    first, rest = rows[:FIRST_IMPORTANCES], rows[FIRST_IMPORTANCES:]
    blocks: list[Block] = [Text(words), Table(f"Columns, the most important first; error in {unit}", heads, first, (2, 3, 4), notes=notes)]
    if rest:
        blocks.append(Table(f"The other {len(rest):,}", heads, rest, (2, 3, 4), is_folded=True))
    return Section("Which columns matter", blocks)


def _importance_row(found: ColumnImportance, metric: Metric, lowest: float, highest: float) -> list[str | Cell]:
    rise = found.rise
    needed = "yes" if rise.low > 0 else "better without" if rise.high < 0 else "undecided"
    figures = [metric.figure(rise.estimate, sign=True), metric.range(rise, sign=True), f"{found.cost:+.3g}"]
    return [clipped(found.name), rise_bar(rise, lowest, highest), *figures, needed]
