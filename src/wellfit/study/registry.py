"""The networks of a study: their trials, their numbers, and the lowest dev error so far."""

from __future__ import annotations

import math
from collections.abc import Callable

from wellfit.spec import Spec
from wellfit.study.folds import Folds
from wellfit.study.requests import Repeat
from wellfit.study.trial import Key, Trial

__all__ = ["Network", "TrialRegistry"]

# Spec, seed and part.
Network = tuple[Spec, int, int]


class TrialRegistry:
    """Counts networks as their trials come in."""

    def __init__(self, folds: Folds, seed_of: Callable[[Repeat], int], is_classification: bool) -> None:
        self.trials: dict[Key, Trial] = {}
        self.finished: set[int] = set()
        # Of a network, or with folds of a setting over all folds, lest one lucky fold look like the best.
        self.best_error: float | None = None
        # Error rates are averaged as they are; of RMSEs, the squares.
        self._is_classification = is_classification
        self._sizes = [len(fold.dev) for fold in folds[: folds.n_splits]]
        self._first = {(fold, seed_of(Repeat(fold))) for fold in range(folds.n_splits)}
        self._errors: dict[Spec, dict[int, float]] = {}
        self._numbers: dict[Network, int] = {}
        self._taken: set[int] = set()
        self._next = 0

    def add(self, trial: Trial) -> None:
        """Add a trial, a new one or one of the journal."""
        self.trials[trial.key] = trial
        self.finished.add(trial.number)
        self._give((trial.spec, trial.seed, trial.part), trial.number)
        error = self._error(trial)
        if error is not None and math.isfinite(error):
            self.best_error = error if self.best_error is None else min(self.best_error, error)

    @property
    def count(self) -> int:
        """Networks that have a number."""
        return len(self._numbers)

    def has(self, network: Network) -> bool:
        """Return whether a network has a number."""
        return network in self._numbers

    def number(self, network: Network) -> int:
        """Return the number of a network; a new one gets the lowest that is free.

        After a resumption that is the number it had before: requests come in the same order.
        """
        if network not in self._numbers:
            while self._next in self._taken:
                self._next += 1
            self._give(network, self._next)
        return self._numbers[network]

    def whole(self) -> list[Trial]:
        """Return the trials of networks that were trained to their end and did not diverge, by number."""
        ended = [trial for trial in self.trials.values() if trial.epochs == trial.spec.training.epochs and math.isfinite(trial.dev_cost)]
        return sorted(ended, key=lambda trial: trial.number)

    def _give(self, network: Network, number: int) -> None:
        self._numbers[network] = number
        self._taken.add(number)

    def _error(self, trial: Trial) -> float | None:
        """Return the dev error of a network, or with folds of its setting where this was the last of them."""
        if not self._sizes:
            return trial.dev_error
        if (trial.part, trial.seed) not in self._first:
            return None
        errors = self._errors.setdefault(trial.spec, {})
        errors[trial.part] = trial.dev_error
        if len(errors) < len(self._sizes):
            return None
        pairs = [(size / sum(self._sizes), errors[part]) for part, size in enumerate(self._sizes)]
        if self._is_classification:
            return sum(share * error for share, error in pairs)
        return math.hypot(*(math.sqrt(share) * error for share, error in pairs))
