"""Around one run of training: which rows decide, where it starts, what is said on the way and at the end."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from wellfit.engines.contract import Array, Outcome, Rows, State, Trace
from wellfit.errors import DataError, SpecError, TrainingWarning
from wellfit.maths.schedules import invscaling
from wellfit.spec import Schedule, Spec
from wellfit.training.fit import FitResult

__all__ = ["NotConvergedWarning", "Printer", "hold_out", "one_epoch", "resumed", "warn_of_batch_size", "warn_of_outcome"]


class NotConvergedWarning(TrainingWarning, ConvergenceWarning):  # type: ignore[misc]
    """Training ended before it had converged; wellfit's and scikit-learn's filters both catch it."""


def hold_out(rows: int, fraction: float, labels: Any, generator: np.random.RandomState) -> tuple[Rows, Rows]:
    """Split off rows that decide on early stopping, as scikit-learn does.

    Parameters
    ----------
    rows : int
        How many there are.
    fraction : float
        Share to split off, in (0, 1).
    labels : array of shape (rows,) or None
        Classes whose shares both parts should have alike.
    generator : numpy.random.RandomState
        Draws the split.

    Returns
    -------
    train, dev : int64 arrays

    Raises
    ------
    SpecError
        If the fraction is none.
    DataError
        If fewer than two rows would decide.
    """
    if not 0.0 < fraction < 1.0:
        raise SpecError(f"validation_fraction must lie in (0, 1), found {fraction!r}.")
    train, dev = train_test_split(np.arange(rows), test_size=fraction, random_state=generator, stratify=labels)
    if len(dev) < 2:
        raise DataError("The validation set is too small. Increase 'validation_fraction' or the size of your dataset.")
    return train, dev


def resumed(state: State, parameters: Array, *, keep_moments: bool, keep_best: bool) -> State:
    """Return a state to go on from, with parameters that may have been changed since.

    Parameters
    ----------
    state : State
        Where the last run ended.
    parameters : array of shape (size,)
        The parameters to start from.
    keep_moments : bool
        Whether the optimiser goes on, or begins anew.
    keep_best : bool
        Whether the best score so far still counts: it does where the same thing is monitored.

    Returns
    -------
    State
    """
    going = replace(
        state,
        parameters=parameters,
        first_moment=state.first_moment.astype(parameters.dtype),
        second_moment=state.second_moment.astype(parameters.dtype),
        best_parameters=state.best_parameters.astype(parameters.dtype),
        outcome=Outcome.RUNNING,
    )
    if not keep_moments:
        nothing = np.zeros_like(parameters)
        going = replace(going, first_moment=nothing, second_moment=nothing, step=0, rate_factor=1.0)
    if not keep_best:
        going = replace(going, best_parameters=parameters, best_score=float("inf"), best_epoch=0, waited=0)
    return going


def one_epoch(spec: Spec, epochs_done: int, rows_seen: int) -> Spec:
    """Return the spec of one call of ``partial_fit``.

    Parameters
    ----------
    spec : Spec
        As the parameters describe it.
    epochs_done : int
        Calls so far; there may be more of them than the spec has epochs.
    rows_seen : int
        Rows that they brought, each its own number of them: ``invscaling`` goes by these.

    Returns
    -------
    Spec
    """
    training = spec.training
    if training.schedule.name == "invscaling":
        rate = invscaling(training.schedule.learning_rate, rows_seen, training.schedule.power)
        training = training.replace(schedule=Schedule(learning_rate=rate))
    return spec.replace(training=training.replace(epochs=max(training.epochs, epochs_done + 1)))


class Printer:
    """Prints what scikit-learn prints, epoch by epoch, as the epochs come in.

    Parameters
    ----------
    scores : bool
        Whether to print the score on the dev rows, too.
    """

    def __init__(self, scores: bool) -> None:
        self.scores = scores
        self.printed = 0

    def __call__(self, state: State, trace: Trace) -> None:
        """Print the epochs that are new since the last call.

        Parameters
        ----------
        state : State
            Not looked at.
        trace : Trace
            Of this run, so far.
        """
        for epoch in range(self.printed, len(trace.cost)):
            print(f"Iteration {epoch + 1}, loss = {trace.cost[epoch]:.8f}")
            if self.scores:
                print(f"Validation score: {1 - trace.dev_error[epoch]:f}")
        self.printed = len(trace.cost)


def warn_of_batch_size(batch_size: Any, rows: int) -> None:
    """Warn if there are not as many rows as a step was to take.

    Parameters
    ----------
    batch_size : int or str
        The parameter.
    rows : int
        Rows to train on.
    """
    if not isinstance(batch_size, str) and batch_size is not None and batch_size > rows:
        warnings.warn(
            f"Got `batch_size` less than 1 or larger than sample size. It is going to be clipped to {rows}.", UserWarning, stacklevel=4
        )


def warn_of_outcome(result: FitResult) -> None:
    """Warn if a run ended otherwise than by converging.

    Parameters
    ----------
    result : FitResult
        The run.
    """
    if result.outcome is Outcome.DIVERGED:
        message = f"Training {result.message} Lower learning_rate_init, or scale X and y."
        warnings.warn(message, NotConvergedWarning, stacklevel=4)
    elif result.outcome is Outcome.INTERRUPTED:
        warnings.warn(f"Training interrupted by user after {result.history.epochs} epochs.", TrainingWarning, stacklevel=4)
    elif result.outcome is Outcome.EPOCHS_USED_UP and result.spec.training.optimizer.name == "lbfgs":
        message = f"lbfgs failed to converge: {result.message} Raise max_iter or max_fun, or scale X."
        warnings.warn(message, NotConvergedWarning, stacklevel=4)
    elif result.outcome is Outcome.EPOCHS_USED_UP:
        message = f"Stochastic Optimizer: Maximum iterations ({result.history.epochs}) reached and the optimization hasn't converged yet."
        warnings.warn(message, NotConvergedWarning, stacklevel=4)
