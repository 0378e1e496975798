"""How long trainings take, as measured on those that are done, and how much time is left."""

from __future__ import annotations

import math
import time
from collections import deque

from wellfit.engines.layout import Layout
from wellfit.spec import Spec
from wellfit.study.trial import Budget

__all__ = ["CostModel"]

# What a step costs beside its rows, and what each of its weights does, in multiplications: with them networks of 32 to 512 units in
# batches of 16 to 256 rows do the same work a second, to within a third.
STEP_WORK = 60_000
WORK_OF_A_WEIGHT = 150
LATEST = 40


class CostModel:
    """Predicts seconds from work: products of the network, its steps, its evaluations on the dev rows."""

    def __init__(self, budget: Budget, workers: int, begin: float | None = None) -> None:
        self.budget, self.workers = budget, workers
        # In seconds; inf where there is none.
        self.limit = math.inf if budget.seconds is None else float(budget.seconds)
        self.begin = time.perf_counter() if begin is None else begin
        # Seconds in which networks were trained, that preparing a table takes, and in which the table was read before this was made.
        self.training = self.table_seconds = 0.0
        self.used_before = self.elapsed
        self._seen: deque[tuple[float, float]] = deque(maxlen=LATEST)

    @property
    def elapsed(self) -> float:
        """Seconds since the clock was started."""
        return time.perf_counter() - self.begin

    @property
    def left(self) -> float:
        """Seconds of the budget that are left."""
        return self.limit - self.elapsed

    @property
    def is_timed(self) -> bool:
        """Whether there is a budget in seconds."""
        return not math.isinf(self.limit)

    def learn(self, spec: Spec, rows: int, dev_rows: int, epochs: int, seconds: float) -> None:
        """Learn from a training that took `seconds` on one thread."""
        if epochs > 0 and seconds > 0:
            self._seen.append((self._work(spec, rows, dev_rows) * epochs, seconds))

    def seconds(self, spec: Spec, rows: int, dev_rows: int, epochs: float | None = None) -> float:
        """Return how long a training will take on one thread; 0 before anything is known."""
        done, took = (sum(part) for part in zip(*self._seen, strict=True)) if self._seen else (1.0, 0.0)
        return self._work(spec, rows, dev_rows) * (spec.training.epochs if epochs is None else epochs) * took / done

    def _work(self, spec: Spec, rows: int, dev_rows: int) -> float:
        """Return the work of an epoch."""
        size = Layout.of(spec.network).size
        batch = min(spec.training.batch_size or rows, rows)
        # Forward and twice as much backward for each training row; dev rows and as many training rows are looked at, forward only.
        looked_at = 2.0 * dev_rows / (3.0 * spec.training.record_every)
        return 6.0 * size * (rows + looked_at) + math.ceil(rows / batch) * (STEP_WORK + WORK_OF_A_WEIGHT * size)
