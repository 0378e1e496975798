"""The model in the end: the best networks, weighted on dev rows, trained once more on all rows that there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from wellfit.engines.types import EMPTY_ROWS, Array, Outcome
from wellfit.errors import DataError
from wellfit.judge.references import constant_cost
from wellfit.spec import Spec
from wellfit.store import FittedModel, TrainedNetwork
from wellfit.study.choice import MEMBERS, Chosen
from wellfit.study.problem import PreparedTable, SearchProblem
from wellfit.study.requests import Kept, Repeat
from wellfit.study.trainer import Trainer
from wellfit.training.arrays import make_data
from wellfit.training.result import FitResult, History
from wellfit.training.tasks import Task

__all__ = ["Final", "finish"]

FEWEST_MEMBERS = 5


class Member(NamedTuple):
    """A network of the model."""

    spec: Spec  # with as many inputs as the model's preparation makes
    seed: int  # how it was trained
    epochs: int
    kept: Kept  # what came of it


@dataclass(frozen=True, eq=False)
class Final:
    """The model, and how it was made."""

    model: FittedModel  # the average
    histories: tuple[History, ...]  # of its networks
    members: list[dict[str, Any]]  # spec, seed, epochs and weight of each
    refit: int  # how many of them, the last ones, were trained on all rows
    rows: int  # how many rows that is; without such, those of the fold that the others were trained on


def apportion(shares: Sequence[float], count: int) -> list[int]:
    """Return how many of `count` networks each gets by its share, at least one each."""
    given = [1] * len(shares)
    while sum(given) < count:
        # The setting whose networks would have the largest weight gets another.
        given[max(range(len(shares)), key=lambda place: shares[place] / given[place])] += 1
    return given


def finish(trainer: Trainer, chosen: Chosen, until: float, *, refit: bool = True) -> Final:
    """Train the chosen networks on all rows, as long as there is time, and average them.

    With one dev split the chosen networks stay in the average, beside those trained on all rows: measured on open tables, both together
    were as good as the better of them or better. All then share the split's preparation. Networks of cross-validation have a preparation
    each, which no model could hold, and are replaced.
    """
    has_folds = bool(trainer.folds.n_splits)
    rows = trainer.problem.rows_of_the_model
    table = trainer.problem.prepared(rows) if has_folds and refit else trainer.table(chosen.entries[0].trials[0].part)
    new = _trained_on_all(trainer, chosen, table, until) if refit else []
    # What is left after a last training that came to nothing is the first fold's networks.
    table = table if new else trainer.table(chosen.entries[0].trials[0].part)
    old = _as_they_are(trainer, chosen, table) if not (has_folds and new) else []
    if not new and not old:
        raise DataError("no network finished training in time; increase time_budget.")
    members = [(member, weight / (2.0 if new and old else 1.0)) for member, weight in [*old, *new]]
    return _made(chosen, table, members, len(new), len(rows) if new else len(trainer.folds[0].train))


def _trained_on_all(trainer: Trainer, chosen: Chosen, table: PreparedTable, until: float) -> list[tuple[Member, float]]:
    """Return networks trained on all rows with their weights, which sum to 1."""
    problem, rows = trainer.problem, trainer.problem.rows_of_the_model
    data = make_data(table.X, table.Y, "float32", table.weights, rows, EMPTY_ROWS)
    tasks, shares = [], []
    for entry, share, count in zip(chosen.entries, chosen.shares, _counts(trainer, chosen, until), strict=True):
        # Without dev rows there is nothing to stop by: the rate falls to its end by the epoch that was best. Measured on open
        # tables, that was better than to break off at that epoch, which was lucky with the steps before it.
        spec = entry.spec
        spec = spec.replace(training=spec.training.replace(epochs=entry.epochs, monitor="none", patience=None))
        for turn in range(count):
            tasks.append(Task(spec, data, trainer.seed_of(Repeat(len(trainer.folds), turn))))
            shares.append(share / count)
    found: dict[int, FitResult] = {}

    def keep(place: int, result: FitResult) -> None:
        if result.outcome not in (Outcome.INTERRUPTED, Outcome.DIVERGED) and np.isfinite(result.history.cost).all():
            found[place] = result

    trainer.run(tasks, keep, until)
    usable = {place: result for place, result in sorted(found.items()) if not _blew_up(problem, table.Y[rows], result)}
    total = sum(shares[place] for place in usable)
    return [(_member(result), shares[place] / total) for place, result in usable.items()]


def _as_they_are(trainer: Trainer, chosen: Chosen, table: PreparedTable) -> list[tuple[Member, float]]:
    """Return the networks that were trained on one fold, of cross-validation the first, with their weights, which sum to 1."""
    pairs = [(entry.trials[0], share) for entry, share in zip(chosen.entries, chosen.shares, strict=True)]
    pairs = [(trial, share) for trial, share in pairs if trial.key in trainer.kept]
    total = sum(share for _, share in pairs)
    return [(Member(trial.spec, trial.seed, trial.best_epoch, trainer.kept[trial.key]), share / total) for trial, share in pairs]


def _counts(trainer: Trainer, chosen: Chosen, until: float) -> list[int]:
    """Return how many networks of each are trained: as many as there is time for, up to a number that is enough."""
    counts = apportion(chosen.shares, MEMBERS if trainer.folds.n_splits else max(FEWEST_MEMBERS, len(chosen.entries)))
    cost_model, rows = trainer.cost_model, len(trainer.problem.rows_of_the_model)
    if not cost_model.is_timed:
        return counts
    each = [cost_model.seconds(entry.spec, rows, 0, entry.epochs) for entry in chosen.entries]
    room = (until - cost_model.elapsed - max(each)) * cost_model.workers
    # Entries stand in the order of their shares: those that count least go first, twins of a network before the last of its kind.
    while sum(counts) > 1 and sum(count * seconds for count, seconds in zip(counts, each, strict=True)) > room:
        most = max(counts)
        counts[len(counts) - 1 - counts[::-1].index(most)] -= 1
    return counts


def _blew_up(problem: SearchProblem, Y: Array, result: FitResult) -> bool:
    """Whether the last epochs cost more than the best constant answer by far: then nothing was learned."""
    constant = constant_cost(result.spec.training, Y, problem.table.target.outputs)
    return bool(len(result.history.cost)) and float(result.history.cost[-1]) > 10.0 * max(constant, 1e-3)


def _member(result: FitResult) -> Member:
    return Member(result.spec, result.seed, result.epochs, Kept(result.parameters, result.history))


def _made(chosen: Chosen, table: PreparedTable, members: Sequence[tuple[Member, float]], refit: int, rows: int) -> Final:
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
    records = [
        {"spec": member.spec.to_dict(), "seed": member.seed, "epochs": member.epochs, "weight": weight} for member, weight in members
    ]
    return Final(model, tuple(member.kept.history for member, _ in members), records, refit, rows)
