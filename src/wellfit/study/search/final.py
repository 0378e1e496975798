"""The model in the end: the best networks, weighted on dev rows, trained once more on all rows that there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from wellfit.engines.contract import EMPTY_ROWS, Array, Outcome, Rows
from wellfit.errors import DataError
from wellfit.maths.calibration import tempered
from wellfit.spec import Spec
from wellfit.store import FittedModel, TrainedNetwork
from wellfit.study.intervals import Interval
from wellfit.study.search.ensemble import choose_members
from wellfit.study.search.problem import SearchProblem, Table
from wellfit.study.search.standing import common_outputs
from wellfit.study.search.trainer import Kept, Place, Trainer, fitting
from wellfit.study.search.trial import Trial
from wellfit.study.temperature import best_temperature
from wellfit.study.threshold import best_threshold
from wellfit.training.arrays import make_data
from wellfit.training.result import FitResult, History
from wellfit.training.tasks import Task

__all__ = ["Chosen", "Entry", "Final", "choose", "finish", "pool_of"]

POOL, POOL_OF_A_SPEC, POOL_OF_SETTINGS = 24, 6, 12
MEMBERS, FEWEST_MEMBERS = 8, 5


@dataclass(frozen=True, eq=False)
class Entry:
    """A network, or with folds the networks of one spec, that may have a part in the model.

    Parameters
    ----------
    spec : Spec
        What was trained.
    trials : tuple of Trial
        The network, or those of the folds.
    """

    spec: Spec
    trials: tuple[Trial, ...]

    @property
    def cost(self) -> float:
        """Mean cost on dev rows."""
        return float(np.mean([trial.dev_cost for trial in self.trials]))

    @property
    def epochs(self) -> int:
        """Epochs to train for where there are no dev rows to stop by."""
        return max(1, round(float(np.mean([trial.best_epoch for trial in self.trials]))))


@dataclass(frozen=True, eq=False)
class Chosen:
    """Who has a part in the model.

    Parameters
    ----------
    entries : tuple of Entry
        The networks, or specs.
    shares : tuple of float
        What each counts; they sum to 1.
    rows : int64 array
        Dev rows of all parts that were looked at.
    outputs : array of shape (rows, outputs)
        Of the average, by networks that were not trained on the row.
    dev : Interval
        Its error.
    temperature : float
        Of its probabilities.
    threshold : float or None
        Of its decision.
    """

    entries: tuple[Entry, ...]
    shares: tuple[float, ...]
    rows: Rows
    outputs: Array
    dev: Interval
    temperature: float
    threshold: float | None


class Member(NamedTuple):
    """A network of the model.

    Attributes
    ----------
    spec : Spec
        With as many inputs as the model's preparation makes.
    seed, epochs : int
        How it was trained.
    kept : Kept
        What came of it.
    """

    spec: Spec
    seed: int
    epochs: int
    kept: Kept


@dataclass(frozen=True, eq=False)
class Final:
    """The model, and how it came about.

    Parameters
    ----------
    model : FittedModel
        The average.
    histories : tuple of History
        Of its networks.
    members : list of dict
        Spec, seed, epochs and weight of each.
    refit : int
        How many of them, the last ones, were trained on all rows.
    rows : int
        How many rows that is; without such, of the part that the others were trained on.
    """

    model: FittedModel
    histories: tuple[History, ...]
    members: list[dict[str, Any]]
    refit: int
    rows: int


# === Who ===


def pool_of(trainer: Trainer, places: Sequence[Place]) -> list[Entry]:
    """Return who comes into question, the best first.

    Parameters
    ----------
    trainer : Trainer
        Has the trials.
    places : sequence of Place
        With folds, where a spec has to have been trained; else any network will do that was trained to its end.

    Returns
    -------
    list of Entry
    """
    whole = [trial for trial in trainer.trials.values() if trial.epochs == trial.spec.training.epochs and math.isfinite(trial.dev_cost)]
    whole.sort(key=lambda trial: trial.number)
    if not trainer.parts.folds:
        entries = [Entry(trial.spec, (trial,)) for trial in sorted(whole, key=lambda trial: trial.dev_cost)]
        counts: dict[Spec, int] = {}
        kept = []
        for entry in entries:
            counts[entry.spec] = counts.get(entry.spec, 0) + 1
            if counts[entry.spec] <= POOL_OF_A_SPEC:
                kept.append(entry)
        return kept[:POOL]
    asked = {(place.part, trainer.seed_of(place)) for place in places}
    by_spec: dict[Spec, list[Trial]] = {}
    for trial in whole:
        by_spec.setdefault(trial.spec, []).append(trial)
    full = [
        Entry(spec, tuple(sorted((trial for trial in trials if (trial.part, trial.seed) in asked), key=lambda trial: trial.part)))
        for spec, trials in by_spec.items()
        if asked <= {(trial.part, trial.seed) for trial in trials}
    ]
    return sorted(full, key=lambda entry: entry.cost)[:POOL_OF_SETTINGS]


def choose(trainer: Trainer, pool: Sequence[Entry]) -> Chosen:
    """Return who has a part in the model, and what each counts, by their dev rows alone.

    Parameters
    ----------
    trainer : Trainer
        Keeps the networks, or trains them again.
    pool : sequence of Entry
        Of `pool_of`.

    Returns
    -------
    Chosen

    Raises
    ------
    DataError
        If none gives finite numbers.
    """
    problem = trainer.problem
    trainer.again([trial for entry in pool for trial in entry.trials])
    rows = np.unique(np.concatenate([trainer.parts[trial.part].dev for trial in pool[0].trials]))
    outputs = np.stack([_outputs(trainer, entry, rows) for entry in pool])
    coding = problem.coding
    codes = problem.values[rows] if problem.classes else (problem.values[rows] - coding.mean) / coding.scale
    Y = codes[:, np.newaxis]
    weights = None if problem.weights is None else problem.weights[rows]
    shares = np.asarray(choose_members(outputs, Y, problem.loss, weights, most=MEMBERS))
    order = [place for place in np.argsort(-shares, kind="stable") if shares[place] > 0]
    with np.errstate(invalid="ignore"):
        average = np.tensordot(shares[order], outputs[order], axes=1)
    metric = problem.metric
    temperature, threshold = 1.0, None
    if problem.classes:
        temperature = best_temperature(average, Y, weights)
        if problem.threshold is not None and len(np.unique(Y)) > 1:
            threshold = best_threshold(tempered(average, temperature)[:, 0], Y[:, 0], problem.threshold, weights)
    return Chosen(
        entries=tuple(pool[place] for place in order),
        shares=tuple(float(shares[place]) for place in order),
        rows=rows,
        outputs=average,
        dev=metric.interval(metric.row_errors(average, Y)),
        temperature=temperature,
        threshold=threshold,
    )


def _outputs(trainer: Trainer, entry: Entry, rows: Rows) -> Array:
    """Return the outputs on dev rows, averaged where several networks were not trained on a row."""
    total = np.zeros((len(trainer.problem.values), trainer.problem.outputs))
    counts = np.zeros(len(total))
    for trial in entry.trials:
        dev = trainer.parts[trial.part].dev
        if trial.key in trainer.kept:
            total[dev] += common_outputs(trainer.problem, trainer.table(trial.part), trainer.outputs(trial, dev))
        else:
            total[dev] = np.nan
        counts[dev] += 1
    found: Array = total[rows] / counts[rows, np.newaxis]
    return found


# === The last training ===


def seats(shares: Sequence[float], count: int) -> list[int]:
    """Return how many networks each gets of a number in all, by its share, at least one each.

    Parameters
    ----------
    shares : sequence of float
        They sum to 1.
    count : int
        Networks in all; more where there are more shares.

    Returns
    -------
    list of int

    Examples
    --------
    >>> seats([0.6, 0.3, 0.1], 8)
    [5, 2, 1]
    """
    given = [1] * len(shares)
    while sum(given) < count:
        # Whose networks would each count the most gets another.
        given[max(range(len(shares)), key=lambda place: shares[place] / given[place])] += 1
    return given


def finish(trainer: Trainer, chosen: Chosen, until: float, *, refit: bool = True) -> Final:
    """Train the chosen networks on all rows, as long as there is time, and make the model of them.

    Of one dev part the networks that were chosen stay in the average, beside those trained on all rows: they are known to be good,
    and the others have seen more. Measured on open tables, the two together were as good as the better of them or better, and which
    of them that is differs from table to table. All then go by the preparation of the part. Networks of folds go by preparations
    of their own, which no model could hold, and are replaced.

    Parameters
    ----------
    trainer : Trainer
        Trains.
    chosen : Chosen
        Who.
    until : float
        When to break off.
    refit : bool
        False: the networks are taken as they are.

    Returns
    -------
    Final

    Raises
    ------
    DataError
        If no network was trained in time.
    """
    has_folds = bool(trainer.parts.folds)
    rows = trainer.problem.trained_in_the_end
    table = trainer.problem.table(rows) if has_folds and refit else trainer.table(chosen.entries[0].trials[0].part)
    new = _trained_on_all(trainer, chosen, table, until) if refit else []
    # What is left after a last training that came to nothing is the first fold's networks.
    table = table if new else trainer.table(chosen.entries[0].trials[0].part)
    old = _as_they_are(trainer, chosen, table) if not (has_folds and new) else []
    if not new and not old:
        raise DataError("no network was trained in time; give a larger time_budget.")
    members = [(member, weight / (2.0 if new and old else 1.0)) for member, weight in [*old, *new]]
    return _made(chosen, table, members, len(new), len(rows) if new else len(trainer.parts[0].train))


def _trained_on_all(trainer: Trainer, chosen: Chosen, table: Table, until: float) -> list[tuple[Member, float]]:
    """Return networks trained on all rows with their weights, which sum to 1."""
    problem, rows = trainer.problem, trainer.problem.trained_in_the_end
    data = make_data(table.X, table.Y, "float32", table.weights, rows, EMPTY_ROWS)
    tasks, shares = [], []
    for entry, share, count in zip(chosen.entries, chosen.shares, _counts(trainer, chosen, until), strict=True):
        # Without dev rows there is nothing to stop by: the rate falls to its end by the epoch that was best. Measured on open
        # tables, that was better than to break off at that epoch, which was lucky with the steps before it.
        spec = fitting(entry.spec, table)
        spec = spec.replace(training=spec.training.replace(epochs=entry.epochs, monitor="none", patience=None))
        for turn in range(count):
            tasks.append(Task(spec, data, trainer.seed_of(Place(len(trainer.parts), turn))))
            shares.append(share / count)
    found: dict[int, FitResult] = {}

    def hear(place: int, result: FitResult) -> None:
        if result.outcome not in (Outcome.INTERRUPTED, Outcome.DIVERGED) and np.isfinite(result.history.cost).all():
            found[place] = result

    trainer.run(tasks, hear, until)
    usable = {place: result for place, result in sorted(found.items()) if not _blew_up(problem, table.Y[rows], result)}
    total = sum(shares[place] for place in usable)
    return [(_member(result), shares[place] / total) for place, result in usable.items()]


def _as_they_are(trainer: Trainer, chosen: Chosen, table: Table) -> list[tuple[Member, float]]:
    """Return the networks that were trained on one part, of folds the first, with their weights, which sum to 1."""
    pairs = [(entry.trials[0], share) for entry, share in zip(chosen.entries, chosen.shares, strict=True)]
    pairs = [(trial, share) for trial, share in pairs if trial.key in trainer.kept]
    total = sum(share for _, share in pairs)
    return [
        (Member(fitting(trial.spec, table), trial.seed, trial.best_epoch, trainer.kept[trial.key]), share / total) for trial, share in pairs
    ]


def _counts(trainer: Trainer, chosen: Chosen, until: float) -> list[int]:
    """Return how many networks of each are trained: as many as there is time for, up to a number that is enough."""
    most = max(FEWEST_MEMBERS, len(chosen.entries)) if not trainer.parts.folds else MEMBERS
    counts = seats(chosen.shares, most)
    pace, rows = trainer.pace, len(trainer.problem.trained_in_the_end)
    if not pace.is_timed:
        return counts
    each = [pace.seconds(entry.spec, rows, 0, entry.epochs) for entry in chosen.entries]
    # At least one of each, which the clock may still break off.
    while sum(counts) > len(counts) and sum(c * s for c, s in zip(counts, each, strict=True)) > (until - pace.elapsed) * pace.workers:
        counts[counts.index(max(counts))] -= 1
    return counts


def _blew_up(problem: SearchProblem, Y: Array, result: FitResult) -> bool:
    """Whether the last epochs cost more than the best constant answer by far: then nothing was learned."""
    if problem.classes:
        counts = np.bincount(Y[:, 0].astype(np.int64))
        shares = counts[counts > 0] / counts.sum()
        constant = float(-(shares * np.log(shares)).sum())
    else:
        constant = float(Y.var() / 2)
    return bool(len(result.history.cost)) and float(result.history.cost[-1]) > 10.0 * max(constant, 1e-3)


def _member(result: FitResult) -> Member:
    return Member(result.spec, result.seed, result.epochs, Kept(result.parameters, result.history))


def _made(chosen: Chosen, table: Table, members: Sequence[tuple[Member, float]], refit: int, rows: int) -> Final:
    weights = [weight for _, weight in members]
    equal = max(weights) - min(weights) < 1e-12
    model = FittedModel(
        table.preparation,
        table.coding,
        tuple(TrainedNetwork(member.spec, member.seed, member.kept.parameters) for member, _ in members),
        temperature=chosen.temperature,
        threshold=chosen.threshold,
        weights=None if equal else tuple(weights),
    )
    told = [{"spec": member.spec.to_dict(), "seed": member.seed, "epochs": member.epochs, "weight": weight} for member, weight in members]
    return Final(model, tuple(member.kept.history for member, _ in members), told, refit, rows)
