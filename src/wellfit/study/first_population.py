"""The first population: networks of each kind of regularisation are trained, judged, and one setting is chosen on the dev rows.

Test rows play no part in this module but in `read_test`, which is called once, after the choice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from wellfit.engines.contract import Array, Outcome, Rows, get_engine
from wellfit.errors import DataError
from wellfit.study.grid import KINDS, Grid, Setting
from wellfit.study.intervals import Interval, determination, difference, row_correlation, widened_by_seeds
from wellfit.study.metric import Metric, Rowwise
from wellfit.study.references import Reference, fit_references
from wellfit.study.verdict import Verdict, judge
from wellfit.training.fit import FitResult
from wellfit.training.population import Member, fit_many

__all__ = ["FirstPopulation", "KindResult", "Problem", "ReferenceResult", "TestReport", "first_population", "read_test"]

OnResult = Callable[[int, FitResult], None]


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
    train, dev, gap : Interval
        Training error, dev error and dev less training error: averages over the networks, with intervals over rows and seeds.
    verdict : Verdict
        What the intervals say.
    settings, networks, diverged : int
        Settings tried of this kind, networks trained, and how many of those diverged.
    """

    kind: str
    setting: Setting
    results: tuple[FitResult, ...]
    train: Interval
    dev: Interval
    gap: Interval
    verdict: Verdict
    settings: int
    networks: int
    diverged: int

    @property
    def divergence(self) -> str | None:
        """What is to be said where a network of the setting diverged; None where none did."""
        messages = [result.message for result in self.results if result.diverged]
        return messages[0] if messages else None


@dataclass(frozen=True)
class ReferenceResult:
    """A simple model and its error on the dev rows.

    Parameters
    ----------
    model : Reference
        The model.
    dev : Interval
        Its error.
    """

    model: Reference
    dev: Interval


@dataclass(frozen=True)
class FirstPopulation:
    """What came of it.

    Parameters
    ----------
    grid : Grid
        What was tried.
    settings : tuple of Setting
        All of it.
    results : tuple of tuple of FitResult
        For each setting the networks that were trained; fewer where training was interrupted.
    kinds : tuple of KindResult
        In the order of `KINDS`; without those of which nothing was trained.
    chosen : KindResult
        The one with the lowest dev error; of equals the one with the lower dev cost.
    average : Interval
        Dev error of the average of the chosen networks, which is the model.
    references : tuple of ReferenceResult
        Simple models, the constant answer first.
    asked : Interval
        The error that the bias is measured from, and ...
    asked_name : str
        ... what it is: the best reference, or the user's target error.
    interrupted : bool
        Whether training was stopped before all networks were done.
    """

    grid: Grid
    settings: tuple[Setting, ...]
    results: tuple[tuple[FitResult, ...], ...]
    kinds: tuple[KindResult, ...]
    chosen: KindResult
    average: Interval
    references: tuple[ReferenceResult, ...]
    asked: Interval
    asked_name: str
    interrupted: bool

    @property
    def networks(self) -> int:
        """How many networks were trained."""
        return sum(len(results) for results in self.results)

    @property
    def best_reference(self) -> ReferenceResult:
        """The simple model with the lowest dev error."""
        return min(self.references, key=lambda reference: reference.dev.estimate)


@dataclass(frozen=True)
class TestReport:
    """Errors on the test rows, read once.

    Parameters
    ----------
    rows : int
        How many test rows there are.
    model : Interval
        Error of the model.
    references : tuple of (str, Interval)
        Names and errors of the references.
    r_squared : Interval or None
        R^2 of the model; None for classes.
    advantage : Interval
        Error of the best reference (chosen on dev) less the model's, on the same rows.
    against : str
        Which reference that is.
    network_needed : str
        ``"yes"``, ``"no"`` or ``"undecided"``.
    reason : str
        One sentence with the numbers that decided.
    """

    __test__ = False  # no test case, whatever its name says to pytest

    rows: int
    model: Interval
    references: tuple[tuple[str, Interval], ...]
    r_squared: Interval | None
    advantage: Interval
    against: str
    network_needed: str
    reason: str


# === Training and choice ===


def first_population(
    problem: Problem,
    grid: Grid,
    *,
    seed: int = 0,
    target_error: float | None = None,
    engine: str = "compiled",
    n_jobs: int | None = None,
    on_result: OnResult | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> FirstPopulation:
    """Train the grid with all its seeds at once, judge each kind and choose a setting on the dev rows.

    Parameters
    ----------
    problem : Problem
        The prepared table.
    grid : Grid
        What to try.
    seed : int
        Draws the seeds of the networks.
    target_error : float, optional
        What the user asks for; underfitting is judged against it instead of the best reference.
    engine : str
        Which engine trains.
    n_jobs : int, optional
        Networks trained at once; None: one for each core.
    on_result : callable, optional
        Called with the networks done so far and the newest result.
    should_stop : callable, optional
        True ends training; what is done is judged.

    Returns
    -------
    FirstPopulation

    Raises
    ------
    KeyboardInterrupt
        If training was stopped before any network had done an epoch.
    SpecError
        If a value of the grid cannot be used.
    DataError
        If there are no dev rows.
    """
    if not len(problem.dev):
        raise DataError("a first population is chosen on dev rows, found none; set a dev_fraction above 0.")
    metric = problem.metric
    asked = None if target_error is None else Interval.exactly(metric.parse(target_error))
    settings = grid.settings(problem.X.shape[1], problem.outputs, problem.loss)
    # Seed by seed, so that an early interruption leaves some networks of every setting.
    members = [Member(setting.spec, number, problem.train, problem.dev) for number in grid.seed_numbers(seed) for setting in settings]
    counter = _Counter(on_result)
    trained = fit_many(members, problem.X, problem.Y, n_jobs=n_jobs, engine=engine, on_result=counter, should_stop=should_stop)
    results = tuple(tuple(_finished(trained[place :: len(settings)])) for place in range(len(settings)))
    if not any(results):
        raise KeyboardInterrupt
    references = _references(problem)
    best = min(references, key=lambda reference: reference.dev.estimate)
    standard = asked or best.dev
    name = best.model.name if asked is None else "the target error"
    kinds = []
    for kind in KINDS:
        places = [place for place, setting in enumerate(settings) if setting.kind == kind and results[place]]
        if places:
            kinds.append(_judge_kind(problem, settings, results, places, standard, name, engine))
    chosen = min(kinds, key=lambda item: _rank(item.results))
    average = metric.interval(metric.row_errors(average_outputs(chosen.results, problem.X[problem.dev], engine), problem.Y[problem.dev]))
    return FirstPopulation(
        grid,
        settings,
        results,
        tuple(kinds),
        chosen,
        average,
        references,
        standard,
        name,
        sum(map(len, results)) < len(members) or any(result.outcome is Outcome.INTERRUPTED for result in trained),
    )


class _Counter:
    """Counts results for the caller."""

    def __init__(self, on_result: OnResult | None) -> None:
        self.done, self.on_result = 0, on_result

    def __call__(self, place: int, result: FitResult) -> None:
        self.done += 1
        if self.on_result is not None:
            self.on_result(self.done, result)


def _finished(results: Sequence[FitResult]) -> list[FitResult]:
    """Results that say something; where one was cut short, only the others count if there are any."""
    begun = [result for result in results if result.epochs or result.diverged]
    whole = [result for result in begun if result.outcome is not Outcome.INTERRUPTED]
    return whole or begun


def _rank(results: Sequence[FitResult]) -> tuple[bool, bool, float, float]:
    """Sorts settings, the best first: whole runs before diverged and interrupted ones, then dev error, then dev cost."""
    errors = float(np.mean([result.dev_error for result in results]))
    costs = float(np.mean([result.dev_cost for result in results]))
    cut = all(result.outcome is Outcome.INTERRUPTED for result in results)
    return any(result.diverged for result in results), cut, _finite(errors), _finite(costs)


def _finite(value: float) -> float:
    return value if np.isfinite(value) else float("inf")


def _judge_kind(
    problem: Problem,
    settings: Sequence[Setting],
    results: Sequence[tuple[FitResult, ...]],
    places: Sequence[int],
    asked: Interval,
    asked_name: str,
    engine: str,
) -> KindResult:
    """Return a kind at its best setting, with errors over all rows of both parts."""
    place = min(places, key=lambda place: _rank(results[place]))
    networks = results[place]
    train_rows, train, train_each = _errors(problem, networks, problem.train, engine)
    dev_rows, dev, dev_each = _errors(problem, networks, problem.dev, engine)
    gap = widened_by_seeds(difference(problem.metric.interval(dev_rows), problem.metric.interval(train_rows)), dev_each - train_each)
    everything = [result for other in places for result in results[other]]
    return KindResult(
        kind=settings[place].kind,
        setting=settings[place],
        results=networks,
        train=train,
        dev=dev,
        gap=gap,
        verdict=judge(problem.metric, train, gap, asked, asked_name),
        settings=len(places),
        networks=len(everything),
        diverged=sum(result.diverged for result in everything),
    )


def _errors(problem: Problem, networks: Sequence[FitResult], rows: Rows, engine: str) -> tuple[Rowwise, Interval, Rowwise]:
    """Return the error of each row (averaged over networks), the error with its interval, and each network's error."""
    computer = get_engine(engine)
    X, Y = problem.X[rows], problem.Y[rows]
    table = np.stack([problem.metric.row_errors(computer.forward(each.spec, each.parameters, X), Y) for each in networks])
    each = np.array([problem.metric.total(row) for row in table])
    over_rows = table.mean(axis=0)
    wide = widened_by_seeds(problem.metric.interval(over_rows), each)
    # An error is never negative, however far the seeds lie apart.
    return over_rows, Interval(wide.estimate, max(0.0, wide.low), wide.high), each


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


def _references(problem: Problem) -> tuple[ReferenceResult, ...]:
    """Fit the references and look at the dev rows with them."""
    models = fit_references(problem.X, problem.Y, problem.train, problem.metric.task, problem.classes)
    X, Y = problem.X[problem.dev], problem.Y[problem.dev]
    return tuple(ReferenceResult(model, problem.metric.interval(problem.metric.row_errors(model.outputs(X), Y))) for model in models)


# === Test ===


def read_test(problem: Problem, population: FirstPopulation, rows: Rows, engine: str = "compiled") -> TestReport:
    """Return the errors on the test rows: to be called once, when nothing is left to choose.

    Parameters
    ----------
    problem : Problem
        The prepared table.
    population : FirstPopulation
        With its choice made.
    rows : int array
        The test rows.
    engine : str
        Which engine computes.

    Returns
    -------
    TestReport

    Raises
    ------
    DataError
        If there are no test rows.
    """
    if not len(rows):
        raise DataError("the test error needs test rows, found none; set a test_fraction above 0.")
    metric, X, Y = problem.metric, problem.X[rows], problem.Y[rows]
    own = metric.row_errors(average_outputs(population.chosen.results, X, engine), Y)
    theirs = {reference.model.name: metric.row_errors(reference.model.outputs(X), Y) for reference in population.references}
    model, others = metric.interval(own), {name: metric.interval(errors) for name, errors in theirs.items()}
    against = population.best_reference.model.name
    advantage = difference(others[against], model, row_correlation(theirs[against], own))
    r_squared = None
    if metric.task == "regression":
        truth = Y[:, 0].astype(np.float64) * metric.scale
        r_squared = determination(own, (truth - truth.mean()) ** 2)
    needed, reason = _needed(metric, advantage, metric.margin(population.best_reference.dev.estimate), against, len(rows))
    return TestReport(len(rows), model, tuple(others.items()), r_squared, advantage, against, needed, reason)


def _needed(metric: Metric, advantage: Interval, margin: float, against: str, rows: int) -> tuple[str, str]:
    """Return whether a network was needed, and why."""
    better = advantage.estimate >= 0
    size = metric.show_difference(abs(advantage.estimate))
    compared = f"its {metric.name} is {size} {'lower' if better else 'higher'} than that of {against}"
    ends = f"(95 %, same rows: {metric.range(advantage, sign=True)})"
    if advantage.low > 0:
        return "yes", f"a network was needed: {compared} {ends}."
    if advantage.high < margin:
        return (
            "no",
            f"a network was not needed: {compared} {ends}, and under {metric.show_difference(margin)} do not count; use the simpler model.",
        )
    return "undecided", f"whether a network was needed is undecided: {compared} {ends}, which {rows:,} test rows cannot tell from none."
