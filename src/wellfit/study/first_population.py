"""The first population: networks of each kind of regularisation are trained and judged, and one setting is chosen on the dev rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wellfit.engines.types import Outcome
from wellfit.errors import DataError
from wellfit.judge.intervals import Interval
from wellfit.judge.references import Reference, ReferenceModel, best_on_dev, fit_references, target_reference
from wellfit.spec import Member
from wellfit.study.grid import Grid, Setting
from wellfit.study.judging import KindResult, Problem, average_outputs, judge_kinds, rank
from wellfit.training.fit import FitResult
from wellfit.training.population import fit_many
from wellfit.training.tasks import cut_short

__all__ = ["FirstPopulation", "ReferenceResult", "first_population"]

OnResult = Callable[[int, FitResult], None]


@dataclass(frozen=True)
class ReferenceResult:
    """A simple model and its error on the dev rows.

    Parameters
    ----------
    model : ReferenceModel
        The model.
    dev : Interval
        Its error.
    """

    model: ReferenceModel
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
    reference : Reference
        The error that the bias is measured from: that of the best simple model, or the user's target error.
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
    reference: Reference
    interrupted: bool

    @property
    def networks(self) -> int:
        """How many networks were trained."""
        return sum(len(results) for results in self.results)

    @property
    def best_reference(self) -> ReferenceResult:
        """The simple model with the lowest dev error."""
        return min(self.references, key=lambda reference: reference.dev.estimate)


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
    ClusterError
        If the scheduler of a cluster went away before that.
    SpecError
        If a value of the grid cannot be used.
    DataError
        If there are no dev rows.
    """
    if not len(problem.dev):
        raise DataError("a first population is chosen on dev rows, found none; set a dev_fraction above 0.")
    metric = problem.metric
    reference = None if target_error is None else target_reference(metric, target_error)
    settings = grid.settings(problem.X.shape[1], problem.outputs, problem.loss)
    # Seed by seed, so that an early interruption leaves some networks of every setting.
    members = [Member(setting.spec, number, problem.train, problem.dev) for number in grid.seed_numbers(seed) for setting in settings]
    counter = _Counter(on_result)
    trained = fit_many(members, problem.X, problem.Y, n_jobs=n_jobs, engine=engine, on_result=counter, should_stop=should_stop)
    results = tuple(tuple(_finished(trained[place :: len(settings)])) for place in range(len(settings)))
    if not any(results):
        raise cut_short(trained)
    references, best = _references(problem)
    reference = reference or best
    kinds = judge_kinds(problem, settings, results, reference, engine)
    costs = problem.constant_cost
    chosen = min(kinds, key=lambda item: rank(item.results, costs))
    average = metric.interval(metric.row_errors(average_outputs(chosen.results, problem.X[problem.dev], engine), problem.Y[problem.dev]))
    return FirstPopulation(
        grid,
        settings,
        results,
        tuple(kinds),
        chosen,
        average,
        references,
        reference,
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


def _references(problem: Problem) -> tuple[tuple[ReferenceResult, ...], Reference]:
    """Fit the simple models, and return their dev errors and the best of them."""
    metric, X, Y = problem.metric, problem.X[problem.dev], problem.Y[problem.dev]
    models = fit_references(problem.X, problem.Y, problem.train, metric.task, problem.classes)
    errors = {model.name: metric.row_errors(model.outputs(X), Y) for model in models}
    return tuple(ReferenceResult(model, metric.interval(errors[model.name])) for model in models), best_on_dev(metric, errors)
