"""What is asked of a trainer, and what it keeps: networks at places, trials from results."""

from __future__ import annotations

import math
from typing import NamedTuple

from wellfit.engines.types import Array
from wellfit.spec import Spec
from wellfit.study.search.trial import Trial
from wellfit.training.result import FitResult, History

__all__ = ["Ask", "Kept", "Place", "trial_of", "with_epochs"]


class Place(NamedTuple):
    """Where, and from which weights, a network is trained.

    Attributes
    ----------
    part : int
        Rows.
    draw : int
        Which of the seeds for this part.
    """

    part: int
    draw: int = 0


class Ask(NamedTuple):
    """A network to be trained, or trained further.

    Attributes
    ----------
    change : str
        What it tries.
    spec : Spec
        What to train.
    place : Place
        On which rows, from which weights.
    rung : int
        How many comparisons it has come through.
    epochs : int
        How many it is to have done in all.
    """

    change: str
    spec: Spec
    place: Place
    rung: int
    epochs: int


class Kept(NamedTuple):
    """What is kept of a trained network.

    Attributes
    ----------
    parameters : array
        The best epoch's.
    history : History
        Of its last rung.
    """

    parameters: Array
    history: History


# === Specs ===


def with_epochs(spec: Spec, epochs: int) -> Spec:
    """Return a spec that trains for another number of epochs, its patience in proportion.

    Parameters
    ----------
    spec : Spec
        What is trained.
    epochs : int
        At least 1.

    Returns
    -------
    Spec
    """
    patience = spec.training.patience
    if patience is not None:
        patience = max(1, round(patience * epochs / max(spec.training.epochs, 1)))
    return spec.replace(training=spec.training.replace(epochs=epochs, patience=patience))


# === Trials ===


def trial_of(ask: Ask, result: FitResult, train_error: float, scale: float, number: int, round_: int) -> Trial:
    """Return the trial of a network that has been trained.

    Parameters
    ----------
    ask : Ask
        What was asked.
    result : FitResult
        What came of it.
    train_error : float
        Its error on training rows.
    scale : float
        Units of the target in one unit of Y; 0 for classes.
    number, round_ : int
        Of the trial.

    Returns
    -------
    Trial
    """
    return Trial(
        number=number,
        round=round_,
        change=ask.change,
        spec=ask.spec,
        seed=result.seed,
        part=ask.place.part,
        rung=ask.rung,
        epochs=ask.epochs,
        epochs_done=result.epochs,
        best_epoch=result.best_epoch,
        outcome=result.outcome.name,
        train_error=train_error,
        dev_error=_dev_error(result, scale),
        dev_cost=math.nan if result.diverged else result.dev_cost,
        seconds=result.seconds,
    )


def _dev_error(result: FitResult, scale: float) -> float:
    """Return the error in the metric's units: the cost of numbers is half the mean square."""
    if result.diverged:
        return math.nan
    return math.sqrt(2.0 * max(result.dev_cost, 0.0)) * scale if scale else result.dev_error
