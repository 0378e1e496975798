"""The test error, and which columns matter."""

from __future__ import annotations

from collections.abc import Sequence

from wellfit.judge.final_test import FinalTest
from wellfit.judge.importance import ColumnImportance
from wellfit.judge.intervals import Interval
from wellfit.judge.metric import Metric
from wellfit.pages.facts import error_fact, rise_bar, scale_of
from wellfit.plurals import counted
from wellfit.render.blocks import Block, Cell, Fact, Section, Table, Text
from wellfit.render.words import capital, clipped

__all__ = ["error_facts", "error_name", "importance_section", "test_section"]

FIRST_IMPORTANCES, MOST_IMPORTANCES = 15, 200


def error_name(metric: Metric) -> str:
    """Return what errors are called at the head of a table."""
    return "Error" if metric.task == "classification" else "RMSE"


def error_facts(test: FinalTest, metric: Metric) -> list[Fact]:
    """Return the test errors of the model and of the simple model that it is compared with, as cards."""
    reference = dict(test.references)[test.against]
    return [
        error_fact(f"{error_name(metric)} to expect", metric, test.model, (test.rows, "test row")),
        Fact(
            f"{capital(test.against)}: {metric.name}", metric.show(reference.estimate), "the best simple model on dev rows; same test rows"
        ),
    ]


def test_section(test: FinalTest, metric: Metric, reads: int) -> Section:
    """Return the test errors, and whether a network was needed.

    Parameters
    ----------
    test : FinalTest
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
