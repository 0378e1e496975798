"""Errors on the test rows after the choice: those of the model and of simple models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wellfit.judge.blocks import error_facts, table_of_test, words_of_test
from wellfit.judge.intervals import Interval, determination, difference, row_correlation
from wellfit.judge.metric import HIGHER, Metric, Rowwise
from wellfit.plurals import counted
from wellfit.render.blocks import Facts, Page, Section, Text
from wellfit.render.result import Result
from wellfit.render.words import capital

__all__ = ["FinalTest", "report_of"]


@dataclass(frozen=True)
class FinalTest(Result):
    """Errors on the test rows, read once."""

    rows: int  # test rows
    model: Interval  # error of the model
    references: tuple[tuple[str, Interval], ...]
    r_squared: Interval | None  # of the model; None for classes
    advantage: Interval  # error of the best reference (chosen on dev) - the model's, on the same rows
    against: str  # that reference
    network_needed: str  # "yes", "no" or "undecided"
    reason: str  # one sentence with the numbers that decided
    metric: Metric

    def blocks(self, whole: bool = False) -> Page:
        """Return the test errors, and whether a network was needed."""
        title = f"The test {self.metric.name}"
        return Page(title, capital(self.reason), [Section(title, [Facts(error_facts(self)), *self.section(1).blocks])])

    def section(self, reads: int) -> Section:
        """Return the test errors of the model and of simple models; `reads` counts the readings of the test part, this one included."""
        more = []
        if self.r_squared is not None:
            ends = f"{self.r_squared.low:.3f} to {self.r_squared.high:.3f}"
            more.append(["R² of the network", f"{self.r_squared.estimate:.3f}", ends])
        table = table_of_test(self.metric, self.rows, self.model, self.references, *more)
        return Section(
            f"The test {self.metric.name}", [Text(words_of_test(self.rows, reads), is_note=True), table, Text(capital(self.reason))]
        )


def report_of(metric: Metric, own: Rowwise, theirs: Mapping[str, Rowwise], against: str, margin: float, truth: Rowwise) -> FinalTest:
    """Compare a model's errors on test rows with the references'; all are (rows,), as from `Metric.row_errors`.

    `against` is the reference that was best on dev rows, `margin` the smallest relevant advantage, `truth` the target of a regression.
    """
    model, others = metric.interval(own), {name: metric.interval(errors) for name, errors in theirs.items()}
    advantage = difference(others[against], model, row_correlation(theirs[against], own))
    r_squared = determination(own, (truth - truth.mean()) ** 2) if metric.task == "regression" else None
    needed, reason = _needed(metric, advantage, margin, against, len(own))
    return FinalTest(len(own), model, tuple(others.items()), r_squared, advantage, against, needed, reason, metric)


def _needed(metric: Metric, advantage: Interval, margin: float, against: str, rows: int) -> tuple[str, str]:
    """Return whether a network was needed, and why."""
    compared = f"its {metric.name} is {metric.compared(advantage.reversed(), f'that of {against}', HIGHER, 'same rows')}"
    if advantage.low > 0:
        return "yes", f"a network was needed: {compared}."
    if advantage.high <= 0:
        return "no", f"a network was not needed: {compared}; use the simpler model."
    if advantage.high < margin:
        small = f"a gain of under {metric.show_difference(margin)} does not count"
        return "no", f"a network was not needed: {compared}, and {small}; use the simpler model."
    return (
        "undecided",
        f"whether a network was needed is undecided: {compared}; {counted(rows, 'test row is', 'test rows are')} too few to tell.",
    )
