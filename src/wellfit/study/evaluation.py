"""A network of the search evaluated: its errors over all its seeds and folds, its verdict, and whether another is better."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.types import Array, Rows
from wellfit.judge.evaluation import Evaluation, SeedErrors
from wellfit.judge.intervals import Interval, Spread, student, widened_by_seeds
from wellfit.judge.references import Reference
from wellfit.judge.verdict import Verdict, judge
from wellfit.maths.losses import loss_of_predictions
from wellfit.spec import Spec
from wellfit.study.problem import PreparedTable, SearchProblem
from wellfit.study.requests import Repeat
from wellfit.study.trainer import Trainer
from wellfit.study.trial import Trial

__all__ = ["Evaluated", "coded_target", "common_outputs", "evaluate", "gain_of", "row_costs"]

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Evaluated:
    """A network and its verdict."""

    change: str  # what it was tried as
    spec: Spec  # the network
    trials: dict[Repeat, Trial]  # where it was trained
    verdict: Verdict  # its errors, of each row the average over the networks that were trained on it, or were not; and what they mean


def evaluate(trainer: Trainer, change: str, trials: dict[Repeat, Trial], reference: Reference, seeds: SeedErrors) -> Evaluated | None:
    """Return the verdict on a network whose trials are kept; None if one of them diverged."""
    problem = trainer.problem
    seen, unseen = _RowMeans(len(problem.values)), _RowMeans(len(problem.values))
    for repeat, trial in trials.items():
        table, units = trainer.table(repeat.fold), problem.metric_of(trainer.table(repeat.fold))
        for means, rows in ((unseen, trainer.folds[repeat.fold].dev), (seen, trainer.seen_rows(repeat.fold))):
            outputs = trainer.outputs(trial, rows)
            if not np.isfinite(outputs).all():
                return None
            means.add(rows, units.row_errors(outputs, table.Y[rows]))
    evaluation = Evaluation(problem.metric, seen.means(), unseen.means(), reference, seeds._replace(averaged=len(trials)))
    return Evaluated(change, next(iter(trials.values())).spec, trials, judge(evaluation))


def gain_of(trainer: Trainer, before: dict[Repeat, Trial], after: dict[Repeat, Trial], spread: Spread) -> Interval:
    """Return by how much a network's cost on dev rows is lower than another's, over the repeats that they share.

    The rows are the same, and so are the seeds: so the spread of their differences counts.
    """
    problem = trainer.problem
    shared = [repeat for repeat in before if repeat in after]
    over_rows = _RowMeans(len(problem.values))
    for repeat in shared:
        dev, table = trainer.folds[repeat.fold].dev, trainer.table(repeat.fold)
        costs = [
            row_costs(problem, common_outputs(problem, table, trainer.outputs(trials[repeat], dev)), dev) for trials in (before, after)
        ]
        over_rows.add(dev, costs[0] - costs[1])
    gains = over_rows.means()
    gain = float(gains.mean())
    if len(gains) < 2:
        return Interval(gain, -math.inf, math.inf)
    half = student(len(gains) - 1) * float(gains.std(ddof=1)) / math.sqrt(len(gains))
    return widened_by_seeds(Interval(gain, gain - half, gain + half), spread, len(shared))


def common_outputs(problem: SearchProblem, table: PreparedTable, outputs: Array) -> Numbers:
    """Return outputs (rows, outputs) in the coding that all folds are compared in."""
    found = np.asarray(outputs, dtype=np.float64)
    if problem.classes:
        return found
    coding = problem.coding
    return (found * table.coding.scale + table.coding.mean - coding.mean) / coding.scale


def coded_target(problem: SearchProblem, rows: Rows) -> Numbers:
    """Return the target of some rows in the coding of `common_outputs`, as a column."""
    coding, values = problem.coding, problem.values[rows, np.newaxis]
    return values if problem.classes else (values - coding.mean) / coding.scale


def row_costs(problem: SearchProblem, outputs: Array, rows: Rows) -> Numbers:
    """Return the loss of each row, times its weight; outputs (rows, outputs) as from `common_outputs`."""
    costs = loss_of_predictions(outputs, coded_target(problem, rows), bool(problem.classes))
    if problem.table.weights is not None:
        costs = costs * problem.table.weights[rows] / problem.table.weights.mean()
    return np.asarray(costs)


class _RowMeans:
    """A value of each row, averaged over networks: a row counts once, however many networks there are."""

    def __init__(self, rows: int) -> None:
        self.sums, self.counts = np.zeros(rows), np.zeros(rows)

    def add(self, rows: Rows, values: Numbers) -> None:
        """Add one network's values of some rows."""
        self.sums[rows] += values
        self.counts[rows] += 1

    def means(self) -> Numbers:
        """Return the averages of the rows that have a value."""
        seen = self.counts > 0
        return self.sums[seen] / self.counts[seen]
