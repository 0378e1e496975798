"""What an estimator remembers of a call, so that the next one can go on where it ended."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from wellfit.engines.types import Array, Outcome, State, TrainingData
from wellfit.spec import Spec

__all__ = ["Memory", "fingerprint"]


@dataclass(frozen=True)
class Memory:
    """The end of one call of `fit` or `partial_fit`.

    Parameters
    ----------
    spec : Spec
        What was trained, and how.
    state : State
        Where the run ended.
    seed : int
        Drew shuffles and dropout masks, and goes on to do so.
    splitter : RandomState or None
        As it was before it drew the rows that decide on stopping; a later call draws the same. None: none were drawn.
    decides : str
        What decided on stopping and on the best epoch: see `fingerprint`.
    """

    spec: Spec
    state: State
    seed: int
    splitter: np.random.RandomState | None
    decides: str

    def resumed(self, spec: Spec, parameters: Array, decides: str) -> State:
        """Return the state to go on from.

        Parameters
        ----------
        spec : Spec
            Of the call to come. The optimiser's memory lasts as long as its name, the ``adaptive`` rate as long as the schedule.
        parameters : array of shape (size,)
            The weights that the estimator has now. If they are the best epoch's, training goes on from the last epoch's, to which
            the optimiser's memory belongs; if they were written to, from them.
        decides : str
            What will decide on stopping. If it is the same as before, the best epoch so far stays the one to beat.

        Returns
        -------
        State
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
    """Return what decides on stopping, in a form that can be compared.

    Parameters
    ----------
    monitor : str
        The spec's.
    scoring : object
        The estimator's scorer.
    data : TrainingData
        Its dev rows.

    Returns
    -------
    str
        Differs where what is monitored differs, or the rows that it is measured on.
    """
    if monitor == "cost":
        return monitor
    digest = hashlib.blake2b(digest_size=16)
    for table in (data.dev_X, data.dev_Y, data.dev_weights):
        if table is not None:
            part = table[data.dev_rows]
            digest.update(f"{part.dtype}{part.shape}".encode())
            digest.update(part.data)
    return f"{monitor} {scoring!r} {digest.hexdigest()}"
