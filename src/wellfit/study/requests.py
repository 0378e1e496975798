"""What a trainer is to train, and what it keeps: requests, trials from results."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from wellfit.engines.types import Array, Outcome
from wellfit.spec import Spec
from wellfit.study.trial import Trial
from wellfit.training.result import FitResult, History

__all__ = ["Kept", "Repeat", "TrialRequest", "divergence", "trial_of", "with_epochs"]


class Repeat(NamedTuple):
    """The fold that a network is trained on, and which of its seeds is used."""

    fold: int  # which training and dev rows
    draw: int = 0  # which of the seeds for this fold


class TrialRequest(NamedTuple):
    """A network to be trained, or trained further."""

    change: str  # what it tries
    spec: Spec  # what to train
    repeat: Repeat  # on which rows, from which weights
    rung: int  # how many comparisons it has come through
    epochs: int  # how many it is to have done in all


class Kept(NamedTuple):
    """What is kept of a trained network."""

    parameters: Array  # the best epoch's
    history: History  # of its last rung


# === Specs ===


def with_epochs(spec: Spec, epochs: int) -> Spec:
    """Return a spec that trains for another number of epochs, its patience in proportion."""
    patience = spec.training.patience
    if patience is not None:
        patience = max(1, round(patience * epochs / max(spec.training.epochs, 1)))
    return spec.replace(training=spec.training.replace(epochs=epochs, patience=patience))


# === Trials ===


# In units of the constant answer's cost. At a learning rate of 0.3 usable networks of the open tables spiked to up to 660.
BLOWN_UP = 10_000.0
# Of training rows that are all alike the constant answer costs nothing, and a network costs as much as it has not learned yet.
LEAST_COST = 0.05


def divergence(result: FitResult, constant: float) -> str:
    """Return why a network is of no use, in a sentence; empty where training did not blow up.

    Adam's steps are bounded, so that far too high a learning rate sends the cost to 1e15 rather than to nan, and a falling
    rate may bring it back: such weights are finite and useless. `constant` is the cost of the best constant answer.
    """
    if result.diverged:
        return result.message
    high = np.flatnonzero(result.history.cost > BLOWN_UP * max(constant, LEAST_COST))
    if not high.size:
        return ""
    return (
        f"diverged at epoch {int(high[0]) + 1}: the training cost reached {float(result.history.cost.max()):.1e}, but a constant "
        f"prediction costs {constant:.2g}; lower the learning rate."
    )


def trial_of(
    request: TrialRequest, result: FitResult, train_error: float, scale: float, number: int, round_: int, message: str = ""
) -> Trial:
    """Return the trial of a network that has been trained."""
    return Trial(
        number=number,
        round=round_,
        change=request.change,
        spec=request.spec,
        seed=result.seed,
        part=request.repeat.fold,
        rung=request.rung,
        epochs=request.epochs,
        epochs_done=result.epochs,
        best_epoch=result.best_epoch,
        outcome=Outcome.DIVERGED.name if message else result.outcome.name,
        train_error=math.nan if message else train_error,
        dev_error=math.nan if message else _dev_error(result, scale),
        dev_cost=math.nan if message else result.dev_cost,
        seconds=result.seconds,
        message=message,
    )


def _dev_error(result: FitResult, scale: float) -> float:
    """Return the error in the metric's units: the cost of numbers is half the mean square."""
    return math.sqrt(2.0 * max(result.dev_cost, 0.0)) * scale if scale else result.dev_error
