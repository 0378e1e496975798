"""What an estimator keeps of a call, so that the next one can resume where it ended."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from wellfit.engines.types import Array, Outcome, State, TrainingData
from wellfit.spec import Spec

__all__ = ["Memory", "fingerprint"]


@dataclass(frozen=True)
class Memory:
    """The end of one call of `fit` or `partial_fit`."""

    spec: Spec  # what was trained, and how
    state: State  # where the run ended
    seed: int  # drew shuffles and dropout masks, and draws the next
    # As it was before it drew the rows that decide on stopping; a later call draws the same. None: none were drawn.
    splitter: np.random.RandomState | None
    decides: str  # what decided on stopping and on the best epoch: see `fingerprint`

    def resumed(self, spec: Spec, parameters: Array, decides: str) -> State:
        """Return the state to resume from.

        If `parameters`, the estimator's weights now, are the best epoch's, it is that of the last epoch, to which the optimiser's moments
        belong; if they were written to, it has these.
        """
        old, dtype = self.state, parameters.dtype
        same = decides == self.decides
        at_best = old.best_epoch > 0 and np.array_equal(parameters, old.best_parameters.astype(dtype))
        state = replace(
            old,
            parameters=old.parameters.astype(dtype) if same and at_best else parameters,
            first_moment=old.first_moment.astype(dtype),
            second_moment=old.second_moment.astype(dtype),
            best_parameters=old.best_parameters.astype(dtype),
            # A run that had used its patience up gets it anew; an interrupted one continues with what was left.
            waited=0 if old.outcome in (Outcome.CONVERGED, Outcome.STOPPED_EARLY) else old.waited,
            outcome=Outcome.RUNNING,
        )
        if self.spec.training.optimizer.name != spec.training.optimizer.name:
            nothing = np.zeros_like(parameters)
            state = replace(state, first_moment=nothing, second_moment=nothing, step=0)
        if self.spec.training.schedule != spec.training.schedule:
            state = replace(state, rate_factor=1.0)
        if not same:
            state = replace(state, best_parameters=parameters, best_score=float("inf"), best_epoch=0, waited=0)
        return state


def fingerprint(monitor: str, scoring: object, data: TrainingData) -> str:
    """Return what decides on stopping, as text: it differs where what is monitored, or the rows that it is measured on, differ."""
    if monitor == "cost":
        return monitor
    digest = hashlib.blake2b(digest_size=16)
    for table in (data.dev_X, data.dev_Y, data.dev_weights):
        if table is not None:
            part = table[data.dev_rows]
            digest.update(f"{part.dtype}{part.shape}".encode())
            digest.update(part.data)
    return f"{monitor} {scoring!r} {digest.hexdigest()}"
