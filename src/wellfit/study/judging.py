"""Each kind of network at its best setting: errors over rows and seeds, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from wellfit.engines.api import get_engine
from wellfit.engines.types import Array, Outcome, Rows
from wellfit.judge.evaluation import Evaluation, SeedErrors
from wellfit.judge.intervals import Interval
from wellfit.judge.metric import Metric, Rowwise
from wellfit.judge.references import Reference, constant_cost
from wellfit.judge.verdict import Verdict, judge
from wellfit.spec import Training
from wellfit.study.grid import KINDS, Setting
from wellfit.training.fit import FitResult

__all__ = ["KindResult", "Problem", "average_outputs", "divergence", "judge_kinds", "rank"]


# In units of the constant answer's cost. At a learning rate of 0.3 usable networks of the open tables spiked to up to 660.
BLOWN_UP = 10_000.0


class Problem(NamedTuple):
    """A prepared table, and what is asked of it.

    Attributes
    ----------
    X : array of shape (rows, inputs)
        Prepared inputs of all rows.
    Y : array of shape (rows, 1)
        Class codes, or the coded target.
    train, dev : int arrays
        Rows to train on, and rows to choose with.
    loss : str
        What is minimised.
    outputs : int
        Units of the last layer.
    classes : int
        How many classes there are; 0 for regression.
    metric : Metric
        What is reported.
    """

    X: Array
    Y: Array
    train: Rows
    dev: Rows
    loss: str
    outputs: int
    classes: int
    metric: Metric

    @property
    def constant_cost(self) -> float:
        """Training cost of the best constant answer."""
        return constant_cost(Training(loss=self.loss), self.Y[self.train], self.outputs)


@dataclass(frozen=True)
class KindResult:
    """One kind of regularisation, at the setting of it that did best on the dev rows.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    setting : Setting
        The best of its grid.
    results : tuple of FitResult
        The setting's networks, one a seed.
    verdict : Verdict
        Training error, dev error, bias and gap, averaged over the networks, and what their intervals support.
    settings, networks, diverged : int
        Settings tried of this kind, networks trained, and how many of those diverged.
    divergence : str or None
        What is to be said where a network of the setting diverged; None where none did.
    """

    kind: str
    setting: Setting
    results: tuple[FitResult, ...]
    verdict: Verdict
    settings: int
    networks: int
    diverged: int
    divergence: str | None

    @property
    def train(self) -> Interval:
        """Training error."""
        return self.verdict.train

    @property
    def dev(self) -> Interval:
        """Dev error."""
        return self.verdict.dev

    @property
    def gap(self) -> Interval:
        """Dev error less training error."""
        return self.verdict.gap

    @property
    def word(self) -> str:
        """The verdict's word; of a kind that diverged, ``"diverged"``."""
        return "diverged" if self.divergence else self.verdict.word


# === Divergence ===


def divergence(result: FitResult, constant: float) -> str | None:
    """Return what is to be said of a network whose training blew up; None where it did not.

    Adam's steps are bounded, so that far too high a learning rate sends the cost to 1e15 rather than to nan, and a falling
    rate may bring it back: such weights are finite and say nothing.

    Parameters
    ----------
    result : FitResult
        The network.
    constant : float
        See `Problem.constant_cost`.

    Returns
    -------
    str or None
        One sentence.
    """
    if result.diverged:
        return result.message
    high = np.flatnonzero(result.history.cost > BLOWN_UP * constant)
    if not high.size:
        return None
    peak = float(result.history.cost.max())
    return (
        f"diverged at epoch {int(high[0]) + 1}: the training cost reached {peak:.1e}, where always the same answer costs "
        f"{constant:.2g}; the last weights, which are finite, are kept. Lower the learning rate."
    )


def rank(results: Sequence[FitResult], constant: float) -> tuple[bool, bool, float, float]:
    """Return what sorts settings, the best first: whole runs before diverged and interrupted ones, then dev error, then dev cost.

    Parameters
    ----------
    results : list of FitResult
        One setting's networks.
    constant : float
        See `Problem.constant_cost`.

    Returns
    -------
    tuple
    """
    diverged = any(divergence(result, constant) for result in results)
    cut = all(result.outcome is Outcome.INTERRUPTED for result in results)
    means = (float(np.mean([getattr(result, name) for result in results])) for name in ("dev_error", "dev_cost"))
    error, cost = (value if np.isfinite(value) else float("inf") for value in means)
    return diverged, cut, error, cost


# === Kinds ===


class _Errors(NamedTuple):
    """Errors of a setting's networks on the rows of one part: of each row, averaged; and of each network."""

    rows: Rowwise
    each: Rowwise


def judge_kinds(
    problem: Problem, settings: Sequence[Setting], results: Sequence[tuple[FitResult, ...]], reference: Reference, engine: str
) -> list[KindResult]:
    """Return each kind at its best setting, with errors over all rows of both parts.

    Parameters
    ----------
    problem : Problem
        The prepared table.
    settings : list of Setting
        What was tried.
    results : list of tuple of FitResult
        For each setting the networks that were trained.
    reference : Reference
        The error that the bias is measured from.
    engine : str
        Which engine computes.

    Returns
    -------
    list of KindResult
        In the order of `KINDS`; without those of which nothing was trained.
    """
    metric, constant = problem.metric, problem.constant_cost
    by_kind = {kind: [place for place, setting in enumerate(settings) if setting.kind == kind and results[place]] for kind in KINDS}
    best = {kind: min(places, key=lambda place: rank(results[place], constant)) for kind, places in by_kind.items() if places}
    train = {kind: _errors(problem, results[place], problem.train, engine) for kind, place in best.items()}
    dev = {kind: _errors(problem, results[place], problem.dev, engine) for kind, place in best.items()}
    seeds = SeedErrors(tuple(errors.each for errors in train.values()), tuple(errors.each for errors in dev.values()), 1)
    judged = []
    for kind, place in best.items():
        of_kind = seeds._replace(averaged=len(results[place]))
        networks = [result for other in by_kind[kind] for result in results[other]]
        judged.append(
            KindResult(
                kind=kind,
                setting=settings[place],
                results=results[place],
                verdict=judge(Evaluation(metric, train[kind].rows, dev[kind].rows, reference, of_kind)),
                settings=len(by_kind[kind]),
                networks=len(networks),
                diverged=sum(divergence(result, constant) is not None for result in networks),
                divergence=next(filter(None, (divergence(result, constant) for result in results[place])), None),
            )
        )
    return judged


def _errors(problem: Problem, networks: Sequence[FitResult], rows: Rows, engine: str) -> _Errors:
    """Return the errors of a setting's networks on some rows."""
    computer = get_engine(engine)
    X, Y = problem.X[rows], problem.Y[rows]
    table = np.stack([problem.metric.row_errors(computer.forward(each.spec, each.parameters, X), Y) for each in networks])
    return _Errors(table.mean(axis=0), np.array([problem.metric.total(row) for row in table]))


def average_outputs(networks: Sequence[FitResult], X: Array, engine: str = "compiled") -> Array:
    """Return the average of some networks' outputs.

    Parameters
    ----------
    networks : list of FitResult
        At least one.
    X : array of shape (rows, inputs)
        Prepared rows.
    engine : str
        Which engine computes.

    Returns
    -------
    array of shape (rows, outputs)
        Float64.
    """
    computer = get_engine(engine)
    outputs = [computer.forward(each.spec, each.parameters, X).astype(np.float64) for each in networks]
    mean: Array = np.sum(outputs, axis=0) / len(outputs)
    return mean
