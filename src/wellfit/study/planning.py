"""What a round trains: as many candidates as there is time for, and the rungs on which they are compared."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wellfit.remedies.remedies import Candidate, candidates
from wellfit.spec import Spec
from wellfit.study.default_network import FIXED
from wellfit.study.plans import DEFAULT, Grid, Plan
from wellfit.study.requests import Repeat
from wellfit.study.trainer import Trainer

__all__ = ["FINALISTS", "MOST_SEEDS", "SEEDS", "InitialRound", "Planner", "Rung"]

FEWEST, MOST = 16, 256
# Fewer than this are trained to their end at once: there is nothing to halve.
FEWEST_HALVED = 6
FIRST_EPOCHS = 0.25
FINALISTS = 3
SEEDS, MOST_SEEDS = 3, 6
SHARE_OF_TIME, SHARE_OF_TRIALS = 0.33, 1 / 3
# What the last comparison costs, spread over all candidates.
OF_FINALISTS = 0.12
# A network that takes longer than this share of the budget, and than the best so far, would leave no time to be trained anew.
LONGEST = 0.15
# Cores wait for the last network of a rung.
BUSY = 0.85
MOST_OF_TIME = 0.7
DRAWS, MOST_MISSES = 4_000, 20


class Rung(NamedTuple):
    """One comparison: the remaining candidates are trained at some repeats, and the best are kept."""

    repeats: tuple[Repeat, ...]  # where each is trained by now
    epochs: float  # share of its epochs that it has done by now
    keep: int  # how many are kept


class InitialRound(NamedTuple):
    """What is trained before the first round."""

    name: str  # ``"plain"`` or ``"regularisation"``
    candidates: list[Candidate]  # all of it
    rung: Rung  # where each is trained
    grid: Grid | None = None  # what the candidates were made from


class Planner:
    """Plans rounds for the time, or the trials, that are left."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer

    # === Where ===

    @property
    def n_splits(self) -> int:
        """Folds of one cross-validation; 0: there is none."""
        return self.trainer.folds.n_splits

    def repeats(self, count: int) -> tuple[Repeat, ...]:
        """Return the first repeats: seeds with one dev split, or folds."""
        if not self.n_splits:
            return tuple(Repeat(0, draw) for draw in range(count))
        parts = len(self.trainer.folds)
        return tuple(Repeat(number % parts, number // parts) for number in range(count))

    @property
    def whole(self) -> int:
        """Repeats at which a network has to be trained before it is evaluated."""
        return self.n_splits or 1

    # === The initial round ===

    def initial_round(self, plan: Plan, plain: Spec) -> InitialRound:
        """Return what is trained before the first round, as far as there are time and trials for it.

        A comparison of regularisers may take a third of the budget. Where that is too little it shrinks to one setting of each, then to the
        plain network.
        """
        cost_model = self.trainer.cost_model
        if plan.name == "regularisation":
            problem = self.trainer.problem
            grid = plan.grid(len(self.trainer.folds[0].train))
            for each in (grid, grid.reduced()):
                found = each.candidates(plain.network.inputs, problem.table.target.outputs, problem.table.target.loss)
                found += [] if plan.changes else [Candidate(DEFAULT, plain)]
                rung = Rung(self.repeats(self.n_splits * -(-each.seeds // self.n_splits) if self.n_splits else each.seeds), 1.0, 1)
                if self._has_room(found, rung):
                    return InitialRound(plan.name, found, rung, each)
        if plan.name == "fixed":
            return InitialRound(
                "plain", [Candidate("plain", plain)], Rung(self.repeats(FIXED[self.trainer.problem.table.target.task].members), 1.0, 1)
            )
        # Seeds beyond the workers would be waited for.
        seeds = min(SEEDS, cost_model.workers) if cost_model.is_timed else SEEDS
        return InitialRound("plain", [Candidate("plain", plain)], Rung(self.repeats(self.n_splits or seeds), 1.0, 1))

    def _has_room(self, found: Sequence[Candidate], rung: Rung) -> bool:
        cost_model, left = self.trainer.cost_model, self.trainer.trials_left
        if len(found) * len(rung.repeats) > left * SHARE_OF_TRIALS and not math.isinf(left):
            return False
        if not cost_model.is_timed:
            return True
        seconds = sum(self.seconds(each.spec) for each in found) * len(rung.repeats) / self.whole
        return seconds <= SHARE_OF_TIME * cost_model.left * cost_model.workers * BUSY

    # === What ===

    def plan(self, best: Spec, names: Sequence[str], number: int, until: float) -> tuple[list[Candidate], list[Rung]]:
        """Return as many candidates as there are time and trials for, and how they are compared; none where there is no time for one."""
        trainer, cost_model = self.trainer, self.trainer.cost_model
        drawn = candidates(best, names, int(np.random.SeedSequence([trainer.seed, number]).generate_state(1)[0]))
        tried = {trial.spec for trial in trainer.trials.values()}
        most, left = self._affordable(), until - cost_model.elapsed
        longest = max(LONGEST * cost_model.limit, 1.3 * self.seconds(best) / self.whole) if cost_model.is_timed else math.inf
        room, spent, misses = SHARE_OF_TIME * left * cost_model.workers * BUSY, 0.0, 0
        made: dict[Spec, Candidate] = {}
        for candidate in itertools.islice(drawn, DRAWS):
            if len(made) >= most or misses > MOST_MISSES:
                break
            if candidate.spec in tried or candidate.spec in made:
                continue
            seconds = self.seconds(candidate.spec) if cost_model.is_timed else 0.0
            cost = self._share_of_a_candidate() * seconds
            # Where there is time for little else, one network may take most of it.
            fits = spent + cost <= room if made else seconds <= MOST_OF_TIME * left * cost_model.workers
            if fits and seconds / self.whole <= min(longest, MOST_OF_TIME * left):
                made[candidate.spec] = candidate
                spent += cost
            else:
                misses += 1
        return list(made.values()), self._rungs(len(made))

    def _affordable(self) -> int:
        """Return how many candidates there are trials for."""
        left = self.trainer.trials_left
        if math.isinf(left):
            return MOST
        each = (self._share_of_a_candidate() - OF_FINALISTS) * self.n_splits if self.n_splits else 1.0
        # The finalists' further repeats, and the best one's where it has none yet.
        more = (FINALISTS + 1) * (self.n_splits or SEEDS - 1)
        if left < more + FEWEST_HALVED * each:
            return int(left // self.whole)
        return int(min(max(FEWEST, left * SHARE_OF_TRIALS / each), (left - more) / each, MOST))

    def _share_of_a_candidate(self) -> float:
        """Return the mean cost of a candidate, in trainings at all repeats, with those that are dropped early."""
        if self.n_splits:
            return 2 / 5 + 3 / 5 / 3 + OF_FINALISTS
        return FIRST_EPOCHS + (1 - FIRST_EPOCHS) / 4 + OF_FINALISTS

    def _rungs(self, count: int) -> list[Rung]:
        """Return how so many candidates are compared: the more there are, the more the finalists may cost."""
        if count < FEWEST_HALVED:
            return [Rung(self.repeats(self.whole), 1.0, 1)]
        left, kept = self.trainer.trials_left, max(2, -(-count // (3 if self.n_splits else 4)))
        finalists, turns = (FINALISTS, SEEDS) if count >= 3 * FEWEST else (2, SEEDS) if count >= 2 * FEWEST else (2, 2)
        if not self.n_splits:
            rungs = [Rung(self.repeats(1), FIRST_EPOCHS, kept), Rung(self.repeats(1), 1.0, finalists)]
            used, more = count, (finalists + 1) * (turns - 1)
            last = Rung(self.repeats(turns), 1.0, 1)
        else:
            few = -(-2 * self.n_splits // 5)
            rungs = [Rung(self.repeats(few), 1.0, kept), Rung(self.repeats(self.n_splits), 1.0, finalists)]
            used, more = count * few + kept * (self.n_splits - few), (finalists + 1) * self.n_splits
            last = Rung(self.repeats(2 * self.n_splits), 1.0, 1)
        return [*rungs, last] if count >= 2 * FEWEST_HALVED and left >= used + more else rungs

    def seconds(self, spec: Spec) -> float:
        """Return how long one training of a spec at all repeats takes on one thread."""
        part = self.trainer.folds[0]
        return self.whole * self.trainer.cost_model.seconds(spec, len(part.train), len(part.dev))
