"""What was tried, the verdict, the chosen network and its test error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wellfit.plots.svg import to_svg
from wellfit.plurals import counted
from wellfit.report.blocks import Block, Cell, Fact, Facts, Picture, Section, Table, Text
from wellfit.report.telling import TONES, capital, clipped, difference_fact, error_fact, layers, rise_bar, scale_of
from wellfit.study.final_test import TestReport
from wellfit.study.fit_table import TableFit
from wellfit.study.importance import ColumnImportance
from wellfit.study.intervals import Interval
from wellfit.study.metric import Metric
from wellfit.study.pictures import BOUNDARY, COSTS, GAPS

__all__ = ["error_facts", "error_name", "importance_section", "short_section", "test_section", "tried_section", "verdict_section"]

CAPTIONS = {
    GAPS: "Training and dev error of each kind at its best setting, with 95 % intervals, and the dev errors of simple models.",
    COSTS: "Cost while training: where the dev cost rises and the training cost falls on, a network learns its rows by heart.",
    BOUNDARY: "What the model says of the plane of its two columns, and the training rows.",
}
FIRST_IMPORTANCES, MOST_IMPORTANCES = 15, 200


def short_section(job: TableFit) -> Section:
    """Return what is to be known at a glance.

    Parameters
    ----------
    job : TableFit
        Finished.

    Returns
    -------
    Section
    """
    metric, population, test = job.problem.metric, job.population, job.test
    assert population is not None
    assert test is not None
    chosen = population.chosen
    words = {"yes": "yes", "no": "no", "undecided": "cannot be told"}
    facts = [
        *error_facts(test, metric),
        Fact("the network", chosen.word, "training and dev error compared", TONES.get(chosen.word, "")),
        Fact("was a network needed?", words[test.network_needed], f"against {test.against}"),
    ]
    return Section("In short", [Facts(facts), Text(capital(test.reason))])


def error_facts(test: TestReport, metric: Metric) -> list[Fact]:
    """Return the test errors of the model and of the simple model that it is compared with, as cards."""
    reference = dict(test.references)[test.against]
    return [
        error_fact(f"{error_name(metric)} to expect", metric, test.model, (test.rows, "test row")),
        Fact(f"of {test.against}", metric.show(reference.estimate), "the simple model that is best on dev rows; same test rows"),
    ]


def tried_section(job: TableFit, figures: Mapping[str, Any]) -> Section:
    """Return what was trained, and how each kind did.

    Parameters
    ----------
    job : TableFit
        Finished.
    figures : mapping of str to Figure
        As `draw_pictures` gives them; may be empty.

    Returns
    -------
    Section
    """
    population, metric = job.population, job.problem.metric
    assert population is not None
    settings = sum(1 for results in population.results if results)
    blocks: list[Block] = [
        Text(
            f"{counted(population.networks, 'network')} of {counted(settings, 'setting')}: four kinds of regularisation, each in "
            f"several strengths and shapes, {counted(population.grid.seeds, 'seed')} a setting. Every kind is shown at the setting "
            "that did best on the dev rows."
        )
    ]
    if population.interrupted:
        blocks.append(Text(f"Training was interrupted after {population.networks:,} of {counted(job.networks, 'network')}."))
    rows: list[list[str | Cell]] = []
    for kind in population.kinds:
        training, is_chosen = kind.setting.spec.training, kind is population.chosen
        rows.append(
            [
                f"{kind.kind}{' (chosen)' if is_chosen else ''}",
                f"{training.l2:g}" if training.l2 else "",
                f"{training.dropout:g}" if training.dropout else "",
                kind.setting.shape,
                metric.figure(kind.train.estimate),
                metric.figure(kind.dev.estimate),
                metric.figures(kind.gap, sign=True),
                Cell(kind.word, TONES.get(kind.word, "")),
            ]
        )
    heads = ["kind", "L2 λ", "dropout", "hidden units", "training", "dev", "gap (95 %)", "verdict"]
    unit = "% of rows" if metric.task == "classification" else f"units of {clipped(job.target.name)}"
    lost = sum(kind.diverged for kind in population.kinds)
    notes = ["gap = dev error - training error. Intervals are over rows and seeds."]
    notes += [f"{counted(lost, 'network')} diverged, and cannot be chosen."] if lost else []
    blocks.append(Table(f"{error_name(metric)} by kind, {unit}", heads, rows, (1, 2, 4, 5, 6), notes=notes))
    simple = [[each.model.name, metric.figure(each.dev.estimate), metric.range(each.dev)] for each in population.references]
    blocks.append(Table(f"Simple models on the dev rows, {unit}", ["model", "dev", "95 %"], simple, (1, 2)))
    blocks += _pictures(figures, (GAPS, COSTS, BOUNDARY))
    return Section("What was tried", blocks)


def verdict_section(job: TableFit) -> Section:
    """Return the verdict on the chosen network, and what that network is.

    Parameters
    ----------
    job : TableFit
        Finished.

    Returns
    -------
    Section
    """
    population, metric = job.population, job.problem.metric
    assert population is not None
    chosen = population.chosen
    verdict, spec = chosen.verdict, chosen.setting.spec
    said = "whether the chosen network fits is undecided" if verdict.word == "undecided" else f"the chosen network {verdict.word}"
    blocks: list[Block] = [
        Text(capital(chosen.divergence or f"{said}: {verdict.reason}")),
        Facts(
            [
                error_fact("training error", metric, chosen.train),
                error_fact("dev error", metric, chosen.dev),
                difference_fact("bias: training error less the error that could be had", metric, verdict.bias),
                difference_fact("variance: dev error less training error", metric, verdict.gap),
            ]
        ),
        Text(
            f"A difference counts from {metric.show_difference(verdict.margin)} on, and where its whole interval lies above 0. A network "
            "with much bias underfits, one with much variance overfits; where the intervals do not tell, the verdict is undecided.",
            is_note=True,
        ),
    ]
    among = sum(1 for results in population.results if results)
    shape, members = layers(spec.network), len(chosen.results)
    about = (
        f"Chosen: {chosen.setting.label}, for the lowest dev error of {counted(among, 'setting')}. It has the layers {shape} "
        f"({counted(chosen.results[0].parameters.size, 'weight and bias', 'weights and biases')}), {spec.network.activation} in the hidden "
        f"ones, and was trained for {counted(chosen.results[0].epochs, 'epoch')}."
    )
    blocks.append(Text(about))
    if members > 1:
        average = metric.error_words(population.average)
        blocks.append(
            Text(f"The model is the average of its {counted(members, 'network')}, which differ by their seeds: dev error {average}.")
        )
    if among > 1:
        blocks.append(Text("Its dev error is the best of many, and so a little too good; the test error is not.", is_note=True))
    return Section("The verdict, and the chosen network", blocks)


def test_section(test: TestReport, metric: Metric, reads: int) -> Section:
    """Return the test errors, and whether a network was needed.

    Parameters
    ----------
    test : TestReport
        As read.
    metric : Metric
        Writes errors.
    reads : int
        How often the test part has been read, this time included.

    Returns
    -------
    Section
    """
    rows = [["the network", metric.show(test.model.estimate), metric.range(test.model)]]
    rows += [[name, metric.show(error.estimate), metric.range(error)] for name, error in reversed(test.references)]
    if test.r_squared is not None:
        rows.append(["R² of the network", f"{test.r_squared.estimate:.3f}", f"{test.r_squared.low:.3f} to {test.r_squared.high:.3f}"])
    often = (
        f" By now the test part has been read {counted(reads, 'time')}; nothing was chosen by it, but who goes on until it looks "
        "well chooses by it."
    )
    return Section(
        "The test error",
        [
            Text(
                f"Of {counted(test.rows, 'row')} that no network and no choice had seen. In 95 of 100 such tables the interval holds the "
                f"error on all rows of this kind.{often if reads > 1 else ''}"
            ),
            Table(f"{error_name(metric)} on the test rows", ["model", metric.name, "95 %"], rows, (1, 2)),
            Text(capital(test.reason)),
        ],
    )


def importance_section(importances: Sequence[ColumnImportance], metric: Metric, which_rows: str) -> Section:
    """Return how much the error rises without each column.

    Parameters
    ----------
    importances : sequence of ColumnImportance
        What is needed most first.
    metric : Metric
        Writes errors.
    which_rows : str
        Such as ``"dev rows"``.

    Returns
    -------
    Section
    """
    shown = importances[:MOST_IMPORTANCES]
    lowest, highest = scale_of(each.rise for each in shown)
    rows = [_importance_row(each, metric, lowest, highest) for each in shown]
    unit = "points" if metric.task == "classification" else "units of the target"
    heads = ["column", "", "error rises by", "95 %", "cost rises by", "is it needed?"]
    cost = "cross-entropy" if metric.task == "classification" else "half the squared error, target scaled"
    how = f"among {counted(importances[0].rows, 'row')}, {counted(importances[0].shuffles, 'time')}"
    notes = [f"Each column was shuffled {how}, all else left as it is. The cost ({cost}) moves before the first decision does."]
    if len(importances) > len(shown):
        notes.append(f"The first {len(shown):,} of {counted(len(importances), 'column')}.")
    said = (
        f"How much the model's error rises on the {which_rows} when the values of a column are shuffled among the rows. It says what this "
        "model uses, not what causes what; columns that say the same can stand in for each other, and each then looks needless."
    )
    first, rest = rows[:FIRST_IMPORTANCES], rows[FIRST_IMPORTANCES:]
    blocks: list[Block] = [Text(said), Table(f"Columns, the most needed first; the error in {unit}", heads, first, (2, 3, 4), notes=notes)]
    if rest:
        blocks.append(Table(f"The {len(rest):,} that follow", heads, rest, (2, 3, 4), is_folded=True))
    return Section("Which columns matter", blocks)


def _importance_row(found: ColumnImportance, metric: Metric, lowest: float, highest: float) -> list[str | Cell]:
    rise = found.rise
    figures = [metric.figure(rise.estimate, sign=True), metric.range(rise, sign=True), f"{found.cost:+.3g}"]
    return [clipped(found.name), rise_bar(rise, lowest, highest), *figures, _need(rise)]


def _need(rise: Interval) -> str:
    if rise.low > 0:
        return "yes"
    return "better without" if rise.high < 0 else "cannot be told"


def _pictures(figures: Mapping[str, Any], names: Sequence[str]) -> list[Block]:
    return [Picture(CAPTIONS[name], to_svg(figures[name])) for name in names if name in figures]


def error_name(metric: Metric) -> str:
    """Return what errors are called at the head of a table."""
    return "Error" if metric.task == "classification" else "RMSE"
