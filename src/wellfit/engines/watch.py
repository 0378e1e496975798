"""What is written down after an epoch, and when training ends.

The rules of stopping are scikit-learn's: an epoch counts as no improvement unless it beats the best so far by the tolerance,
and more such epochs than `patience` end the run, or first lower an ``adaptive`` rate.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from wellfit.engines.layout import Layout
from wellfit.engines.types import Array, Outcome, State, Trace
from wellfit.spec import Spec, Training

SMALLEST_RATE = 1e-6


@dataclass
class Records:
    """A trace while it grows."""

    cost: list[float] = field(default_factory=list)  # one an epoch
    # epoch, dev cost, dev error, train error, rate, gradient norms
    rows: list[tuple[int, float, float, float, float, tuple[float, ...]]] = field(default_factory=list)

    def trace(self, spec: Spec) -> Trace:
        """Return the records as arrays; the network gives the number of layers if there is no record."""
        epoch, dev_cost, dev_error, train_error, rate, norms = zip(*self.rows, strict=True) if self.rows else ((),) * 6
        return Trace(
            cost=np.array(self.cost, dtype=np.float64),
            record_epoch=np.array(epoch, dtype=np.int64),
            dev_cost=np.array(dev_cost, dtype=np.float64),
            dev_error=np.array(dev_error, dtype=np.float64),
            train_error=np.array(train_error, dtype=np.float64),
            learning_rate=np.array(rate, dtype=np.float64),
            gradient_norms=np.array(norms, dtype=np.float64).reshape(-1, len(spec.network.layers)),
        )


def gradient_norms(layout: Layout, gradient: Array) -> tuple[float, ...]:
    """Return the Euclidean norm of the gradient of each layer's weights."""
    weights, _ = layout.coefs_and_intercepts(gradient)
    return tuple(float(np.sqrt((block.astype(np.float64) ** 2).sum())) for block in weights)


def monitored(training: Training, has_dev: bool) -> str:
    """Return what stopping is decided by: ``"cost"``, ``"dev_cost"``, ``"dev_error"`` or ``"none"``."""
    if training.monitor == "auto":
        return "dev_cost" if has_dev else "cost"
    return training.monitor


def look(training: Training, monitor: str, state: State, value: float, gap: int, rate: float) -> None:
    """Compare a monitored value with the best so far, and change the state: note it, wait, lower the rate or stop.

    `gap` is the number of epochs since the last comparison, `rate` the learning rate of the last step.
    """
    state.waited = state.waited + gap if value > state.best_score - training.tolerance else 0
    if value < state.best_score:
        state.best_score, state.best_epoch = value, state.epoch
        if monitor != "cost":
            state.best_parameters = state.parameters.copy()
    if training.patience is not None and state.waited > training.patience:
        if training.schedule.name == "adaptive" and rate > SMALLEST_RATE:
            state.rate_factor, state.waited = state.rate_factor / 5, 0
        else:
            state.outcome = Outcome.CONVERGED if monitor == "cost" else Outcome.STOPPED_EARLY
