"""Around one run of training: the spec of a ``partial_fit``, what is printed on the way, and warnings at the end."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from sklearn.exceptions import ConvergenceWarning

from wellfit.engines.types import Outcome
from wellfit.errors import TrainingWarning
from wellfit.maths.schedules import invscaling
from wellfit.plurals import counted
from wellfit.spec import Schedule, Spec
from wellfit.training.result import FitResult, History

__all__ = ["NotConvergedWarning", "Printer", "has_not_converged", "one_epoch", "warn", "warn_of_batch_size", "warn_of_outcome"]


class NotConvergedWarning(TrainingWarning, ConvergenceWarning):  # type: ignore[misc]
    """Training ended before it had converged; wellfit's and scikit-learn's filters both catch it."""


def one_epoch(spec: Spec, epochs_done: int, rows_seen: int) -> Spec:
    """Return the spec of one call of ``partial_fit``; ``invscaling`` goes by `rows_seen`, the rows of all calls so far."""
    training = spec.training
    if training.schedule.name == "invscaling":
        rate = invscaling(training.schedule.learning_rate, rows_seen, training.schedule.power)
        training = training.replace(schedule=Schedule(learning_rate=rate))
    return spec.replace(training=training.replace(epochs=max(training.epochs, epochs_done + 1), history_every=1))


class Printer:
    """Prints what scikit-learn prints, epoch by epoch, as the epochs come in."""

    def __init__(self, scores: Callable[[History], Sequence[float]] | None) -> None:
        self.scores = scores
        self.printed = 0

    def __call__(self, history: History) -> None:
        """Print the epochs of a run that are new since the last call."""
        scores = None if self.scores is None else self.scores(history)
        for epoch in range(self.printed, history.epochs):
            print(f"Iteration {epoch + 1}, loss = {history.cost[epoch]:.8f}")
            if scores is not None:
                print(f"Validation score: {scores[epoch]:f}")
        self.printed = history.epochs


def warn_of_batch_size(batch_size: Any, rows: int) -> None:
    """Warn if there are not as many rows as a step was to take."""
    if not isinstance(batch_size, str) and batch_size is not None and batch_size > rows:
        warn(f"Got `batch_size` less than 1 or larger than sample size. It is going to be clipped to {rows}.", UserWarning)


def has_not_converged(result: FitResult) -> bool:
    """Return whether a run that was to stop by itself used up what it was given.

    ``tol=0`` switches stopping off: no improvement of the cost is too small. Where rows held out decide, it takes
    ``n_iter_no_change=inf`` as well, which by itself still warns, as in scikit-learn. L-BFGS may also end because of `max_fun` or its
    line search.
    """
    training = result.spec.training
    wants_all = training.tolerance == 0 and (training.monitor == "cost" or training.patience is None)
    if training.optimizer.name == "lbfgs":
        wants_all = wants_all and result.state.epoch >= training.epochs
    return result.outcome is Outcome.EPOCHS_USED_UP and not wants_all


def warn_of_outcome(result: FitResult) -> None:
    """Warn if a run ended otherwise than by converging, and was to converge."""
    if result.outcome is Outcome.DIVERGED:
        warn(f"Training {result.message} Lower learning_rate_init, or scale X and y.", NotConvergedWarning)
    elif result.outcome is Outcome.INTERRUPTED:
        epochs = result.history.epochs
        warn(f"Training interrupted by user after {counted(epochs, 'epoch')}.", TrainingWarning)
    elif has_not_converged(result) and result.spec.training.optimizer.name == "lbfgs":
        warn(f"lbfgs failed to converge: {result.message} Raise max_iter or max_fun, or scale X.", NotConvergedWarning)
    elif has_not_converged(result):
        epochs = result.history.epochs
        warn(f"Stochastic Optimizer: Maximum iterations ({epochs}) reached and the optimization hasn't converged yet.", NotConvergedWarning)


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the line of the caller outside of wellfit."""
    # How deep that is depends on the version of scikit-learn, which from 1.9 on wraps `fit`.
    depth, frame = 1, sys._getframe(0)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(("wellfit.", "sklearn.callback.")):
        depth, frame = depth + 1, frame.f_back
    warnings.warn(message, category, stacklevel=depth)
