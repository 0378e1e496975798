"""Which networks are averaged in the end: the best networks, weighted on dev rows alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wellfit.engines.types import Array, Rows
from wellfit.errors import DataError
from wellfit.judge.calibration import best_temperature, best_threshold
from wellfit.judge.intervals import Interval
from wellfit.maths.calibration import tempered
from wellfit.maths.losses import loss_of_predictions
from wellfit.spec import CLASSIFICATION_LOSSES, Spec
from wellfit.study.ensemble import choose_members
from wellfit.study.evaluation import coded_target, common_outputs
from wellfit.study.requests import Repeat
from wellfit.study.trainer import Trainer
from wellfit.study.trial import Trial

__all__ = ["FEWEST_ROWS", "MEMBERS", "Chosen", "Entry", "available_entries", "choose", "entries_of"]

POOL, POOL_OF_A_SPEC, POOL_OF_SETTINGS = 24, 6, 12
MEMBERS, ALIKE = 8, 5
FEWEST_ROWS, MOST_ROWS = 20, 3_000
# An average of several forgives a choice that was lucky, so that it takes more than a little to do without.
CLEARLY_BETTER = 0.9


@dataclass(frozen=True, eq=False)
class Entry:
    """A network, or with folds the networks of one spec, that may become a part of the model."""

    spec: Spec  # what was trained
    trials: tuple[Trial, ...]  # the network, or those of the folds

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
    """The networks of the model, and their weights."""

    entries: tuple[Entry, ...]  # the networks, or specs
    shares: tuple[float, ...]  # what each counts; they sum to 1
    dev: Interval  # error of the average on dev rows, each half of them averaged with shares that the other half chose
    temperature: float  # of its probabilities, likewise
    threshold: float | None  # of its decision, likewise


def entries_of(trainer: Trainer, repeats: Sequence[Repeat]) -> list[Entry]:
    """Return the networks that may be averaged, the best first."""
    whole = trainer.registry.whole()
    if not trainer.folds.n_splits:
        entries = [Entry(trial.spec, (trial,)) for trial in sorted(whole, key=lambda trial: trial.dev_cost)]
        counts: dict[Spec, int] = {}
        kept = []
        for entry in entries:
            counts[entry.spec] = counts.get(entry.spec, 0) + 1
            if counts[entry.spec] <= POOL_OF_A_SPEC:
                kept.append(entry)
        return kept[:POOL]
    wanted = {(repeat.fold, trainer.seed_of(repeat)) for repeat in repeats}
    by_spec: dict[Spec, list[Trial]] = {}
    for trial in whole:
        by_spec.setdefault(trial.spec, []).append(trial)
    full = [
        Entry(spec, tuple(sorted((trial for trial in trials if (trial.part, trial.seed) in wanted), key=lambda trial: trial.part)))
        for spec, trials in by_spec.items()
        if wanted <= {(trial.part, trial.seed) for trial in trials}
    ]
    return sorted(full, key=lambda entry: entry.cost)[:POOL_OF_SETTINGS]


def available_entries(trainer: Trainer, pool: Sequence[Entry], until: float) -> list[Entry]:
    """Return those of a pool whose networks are kept, after training again those of an earlier session that there is time for.

    Empty only after an interruption.
    """
    cost_model = trainer.cost_model
    if not pool:
        return []
    trainer.again(pool[0].trials)
    others: list[Trial] = []
    room = (until - cost_model.elapsed) * cost_model.workers
    for entry in pool[1:]:
        missing = [trial for trial in entry.trials if trial.key not in trainer.kept]
        for trial in missing:
            part = trainer.folds[trial.part]
            room -= cost_model.seconds(trial.spec, len(part.train), len(part.dev), trial.epochs_done)
        if room < 0:
            break
        others += missing
    trainer.again(others, until)
    return [entry for entry in pool if all(trial.key in trainer.kept for trial in entry.trials)]


def choose(trainer: Trainer, pool: Sequence[Entry]) -> Chosen:
    """Choose the networks of the model and their weights by their dev rows alone."""
    problem = trainer.problem
    # Which of several seeds of one network did better on the dev rows is chance: they count the same.
    are_twins = len({entry.spec for entry in pool}) == 1
    pool = sorted(pool, key=lambda entry: entry.trials[0].number) if are_twins else pool
    rows = np.unique(np.concatenate([trainer.folds[trial.part].dev for trial in pool[0].trials]))
    outputs = np.stack([_outputs(trainer, entry, rows) for entry in pool])
    Y = coded_target(problem, rows)
    weights = None if problem.table.weights is None else problem.table.weights[rows]
    ballot = _Selection(outputs, Y, problem.table.target.loss, weights)
    shares, honest, seen = ballot.equal() if are_twins else ballot.decided()
    order = [place for place in np.argsort(-shares, kind="stable") if shares[place] > 0]
    metric = problem.metric
    temperature, threshold = 1.0, None
    if problem.classes:
        temperature = best_temperature(honest, Y[seen], None if weights is None else weights[seen])
        # Of what was chosen here many rows come out right that else would not: to be surer for that is half believed.
        temperature = math.sqrt(temperature) if temperature < 1.0 and not are_twins else temperature
        if problem.threshold is not None and len(np.unique(Y[seen])) > 1:
            decided = tempered(honest, temperature)[:, 0]
            threshold = best_threshold(decided, Y[seen, 0], problem.threshold, None if weights is None else weights[seen])
    return Chosen(
        entries=tuple(pool[place] for place in order),
        shares=tuple(float(shares[place]) for place in order),
        dev=metric.interval(metric.row_errors(honest, Y[seen])),
        temperature=temperature,
        threshold=threshold,
    )


class _Selection:
    """Candidates before their dev rows.

    Networks chosen on some rows look better there, and their probabilities surer, than they are. So each half of the rows is evaluated
    with weights that the other half chose; that decides the method, and gives the error and the temperature.
    """

    def __init__(self, outputs: Array, Y: Array, loss: str, weights: Array | None) -> None:
        self.outputs, self.Y, self.loss, self.weights = outputs, Y, loss, weights

    def equal(self) -> tuple[Array, Array, Rows]:
        """Return the same share for all that give finite numbers, the outputs of their average, and all rows."""
        usable = np.isfinite(self.outputs).all(axis=(1, 2))
        if not usable.any():
            raise DataError("no network gives finite numbers for all dev rows; lower the learning rate.")
        rows = np.arange(len(self.Y))
        shares = usable / usable.sum()
        return shares, self._average(shares, rows), rows

    def decided(self) -> tuple[Array, Array, Rows]:
        """Return shares, outputs of honest averages, and the rows that these are of."""
        rows = np.random.default_rng(0).permutation(len(self.Y))[:MOST_ROWS]
        if len(rows) < FEWEST_ROWS:
            shares = self._ways(rows)[1]
            return shares, self._average(shares, rows), rows
        halves = np.array_split(rows, 2)
        seen = np.concatenate(halves)
        ways = [self._ways(there) for there in halves[::-1]]
        honest = [np.concatenate([self._average(way[kind], here) for way, here in zip(ways, halves, strict=True)]) for kind in (0, 1)]
        picked, spread_out = (self._cost(outputs, seen) for outputs in honest)
        best = 0 if picked < CLEARLY_BETTER * spread_out else 1
        return self._ways(rows)[best], honest[best], seen

    def _ways(self, rows: Rows) -> tuple[Array, Array]:
        """Return shares chosen greedily; and such of which a half goes to the best alone, equally."""
        weights = None if self.weights is None else self.weights[rows]
        picked = np.asarray(choose_members(self.outputs[:, rows], self.Y[rows], self.loss, weights, most=MEMBERS))
        costs = [self._cost(each[rows], rows) for each in self.outputs]
        best = [place for place in np.argsort(costs, kind="stable")[:ALIKE] if np.isfinite(costs[place])]
        shares = np.zeros(len(costs))
        shares[best] = 1.0 / len(best)
        return picked, (shares + picked) / 2.0

    def _average(self, shares: Array, rows: Rows) -> Array:
        chosen = np.flatnonzero(shares)
        found: Array = np.tensordot(shares[chosen], self.outputs[chosen][:, rows], axes=1)
        return found

    def _cost(self, outputs: Array, rows: Rows) -> float:
        """Return the mean cost of outputs on rows."""
        weights = np.ones(len(rows)) if self.weights is None else self.weights[rows]
        return float(np.average(loss_of_predictions(outputs, self.Y[rows], self.loss in CLASSIFICATION_LOSSES), weights=weights))


def _outputs(trainer: Trainer, entry: Entry, rows: Rows) -> Array:
    """Return the outputs on dev rows, averaged where several networks were not trained on a row."""
    total = np.zeros((len(trainer.problem.values), trainer.problem.table.target.outputs))
    counts = np.zeros(len(total))
    for trial in entry.trials:
        dev = trainer.folds[trial.part].dev
        total[dev] += common_outputs(trainer.problem, trainer.table(trial.part), trainer.outputs(trial, dev))
        counts[dev] += 1
    found: Array = total[rows] / counts[rows, np.newaxis]
    return found
