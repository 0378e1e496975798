"""Who is averaged in the end: the best networks, weighted on dev rows alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wellfit.engines.contract import Array, Rows
from wellfit.maths.calibration import tempered
from wellfit.spec import Spec
from wellfit.study.intervals import Interval
from wellfit.study.search.asks import Place
from wellfit.study.search.ensemble import choose_members
from wellfit.study.search.standing import common_outputs
from wellfit.study.search.trainer import Trainer
from wellfit.study.search.trial import Trial
from wellfit.study.temperature import best_temperature
from wellfit.study.threshold import best_threshold

__all__ = ["MEMBERS", "Chosen", "Entry", "choose", "pool_of"]

POOL, POOL_OF_A_SPEC, POOL_OF_SETTINGS = 24, 6, 12
MEMBERS = 8


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
