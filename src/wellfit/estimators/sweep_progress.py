"""Progress of a sweep, in lines of text."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from wellfit.estimators.sweep_networks import Entry, work
from wellfit.plurals import counted

__all__ = ["ProgressPrinter"]

SECONDS_BETWEEN_LINES = 2.0


class ProgressPrinter:
    """Prints networks done, networks a second, the time left and the best score so far, every two seconds and at the end."""

    def __init__(self, folds: int, metric: str | None) -> None:
        self.folds, self.metric = folds, metric
        self.best = -np.inf
        self.begin = self.last = 0.0
        self.done, self.networks, self.work_done, self.work = 0, 0, 0.0, 0.0
        self.scores: dict[int, list[float]] = {}

    def start(self, entries: Sequence[Entry]) -> None:
        """Begin with some networks."""
        trained = [entry for entry in entries if entry.call is not None]
        self.begin = self.last = time.perf_counter()
        self.done, self.networks, self.work_done, self.work = 0, len(trained), 0.0, sum(map(work, trained))
        self.scores = defaultdict(list)
        what = f"{counted(len(entries) // self.folds, 'candidate')} in {counted(self.folds, 'fold')}"
        print(f"Training {counted(len(trained), 'network')}: {what}.", flush=True)

    def add(self, entry: Entry) -> None:
        """Count a network that has been scored."""
        self.done += 1
        self.work_done += work(entry)
        scores = self.scores[entry.candidate]
        scores.append(_one(entry.record["test_scores"], self.metric))
        if len(scores) == self.folds:
            self.best = max(self.best, float(np.mean(scores)))
        now = time.perf_counter()
        if now - self.last >= SECONDS_BETWEEN_LINES or self.done == self.networks:
            self.last = now
            print(self.line(now - self.begin), flush=True)

    def line(self, seconds: float) -> str:
        """Return the line after so many seconds."""
        # The time left follows from the work, because the longest networks come first.
        left = seconds * (self.work - self.work_done) / self.work_done
        best = f", best so far {self.best:.4g}" if np.isfinite(self.best) else ""
        return f"{self.done:,} of {counted(self.networks, 'network')}, {self.done / seconds:.3g} a second, {left:.0f} s left{best}"


def _one(scores: Any, metric: str | None) -> float:
    """Return one of several scores; the first where none is named."""
    return float(scores.get(metric, next(iter(scores.values()))) if isinstance(scores, dict) else scores)
