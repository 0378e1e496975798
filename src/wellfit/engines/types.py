"""What every engine offers, and the shapes that pass between engines and training.

An engine is a set of pure functions over a resumable `State`, whose parameters are one contiguous vector (see
`wellfit.engines.layout`). How an engine arranges its own work inside is its own business.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from wellfit.spec import Spec

Array = NDArray[np.floating]
Rows = NDArray[np.int64]


class Outcome(enum.IntEnum):
    """How a run ended; `RUNNING` while it may go on."""

    RUNNING = 0
    CONVERGED = 1
    STOPPED_EARLY = 2
    EPOCHS_USED_UP = 3
    INTERRUPTED = 4
    DIVERGED = 5


# === Data and plan ===


class TrainingData(NamedTuple):
    """One table and the rows of it that a network sees.

    Attributes
    ----------
    X : array of shape (rows of the table, inputs)
        C-contiguous, in the spec's dtype.
    Y : array of shape (rows of the table, targets)
        Same dtype. Class codes 0..K-1 in one column for ``cross_entropy``; 0 or 1 in one column for two classes or one a
        label for ``binary_cross_entropy``; else one column a target.
    weights : array of shape (rows of the table,) or None
        Same dtype; None: every row counts 1.
    rows : array of int64
        Training rows.
    dev_X, dev_Y, dev_weights :
        The table that `dev_rows` point into; mostly the same arrays as above.
    dev_rows : array of int64
        Rows that are looked at but never trained on; may be empty.
    """

    X: Array
    Y: Array
    weights: Array | None
    rows: Rows
    dev_X: Array
    dev_Y: Array
    dev_weights: Array | None
    dev_rows: Rows


class Plan(NamedTuple):
    """Batch orders and dropout masks given as arrays, in place of the counter-based ones.

    Attributes
    ----------
    orders : int64 array of shape (periods, training rows) or None
        Epoch e takes its rows as ``rows[orders[e % periods]]``.
    masks : tuple of (array of shape (periods, training rows, units) or None), one a dropout rate, input first; or None
        Nonzero keeps a unit. Step s uses period ``s % periods``; positions in the batch count from 0. Kept units are
        divided by 1 - rate, as always.
    """

    orders: Rows | None = None
    masks: tuple[NDArray[np.bool_] | None, ...] | None = None


# === State and trace ===


@dataclass
class State:
    """All that a run needs to go on: the same bits come out however often it is interrupted.

    Parameters
    ----------
    parameters, first_moment, second_moment : array of shape (size,)
        The optimiser's vectors; moments stay zero where it has none.
    best_parameters : array of shape (size,)
        Parameters of the best epoch seen, where there is a monitor on dev rows; else a copy of the start.
    epoch, step : int
        Epochs and steps done.
    rate_factor : float
        What the ``adaptive`` schedule multiplies the rate with.
    best_score : float
        Lowest monitored value so far.
    best_epoch : int
        Epoch (from 1) of the best score; 0 for none yet.
    waited : int
        Epochs without improvement.
    outcome : Outcome
        `RUNNING` while training may go on.
    """

    parameters: Array
    first_moment: Array
    second_moment: Array
    best_parameters: Array
    epoch: int = 0
    step: int = 0
    rate_factor: float = 1.0
    best_score: float = float("inf")
    best_epoch: int = 0
    waited: int = 0
    outcome: Outcome = Outcome.RUNNING

    def copy(self) -> State:
        """Return a state that shares no array with this one.

        Returns
        -------
        State
        """
        return State(
            self.parameters.copy(),
            self.first_moment.copy(),
            self.second_moment.copy(),
            self.best_parameters.copy(),
            self.epoch,
            self.step,
            self.rate_factor,
            self.best_score,
            self.best_epoch,
            self.waited,
            self.outcome,
        )


@dataclass
class Trace:
    """What one call of `train` saw.

    Parameters
    ----------
    cost : array of shape (epochs done,)
        Mean training cost J over the batches of each epoch, each before its update, weighted by the batch's weight.
    record_epoch : int array of shape (records,)
        Epochs (from 1) at whose end a record was made.
    dev_cost : array of shape (records,)
        Mean loss on the dev rows, without penalties; nan without dev rows.
    dev_error : array of shape (records,)
        1 - accuracy (multi-label: of whole rows), or 1 - R^2 (mean over targets); nan without dev rows.
    train_error : array of shape (records,)
        The same on the first training rows, as many as there are dev rows, without dropout; nan without dev rows.
    learning_rate : array of shape (records,)
        The rate of the epoch's last step.
    gradient_norms : array of shape (records, layers)
        Euclidean norm of the last batch's gradient of each layer's weights, penalties included.
    """

    cost: Array
    record_epoch: Rows
    dev_cost: Array
    dev_error: Array
    train_error: Array
    learning_rate: Array
    gradient_norms: Array


EMPTY_ROWS: Rows = np.zeros(0, dtype=np.int64)


# === Engine ===


class Engine(Protocol):
    """Pure functions that compute the equations of `wellfit.maths`; found by name through `wellfit.engines.api.get_engine`."""

    @property
    def name(self) -> str:
        """What `get_engine` calls it."""
        ...

    def with_threads(self, threads: int) -> Engine:
        """Return an engine that uses at most so many threads for one network; its results are the same bits.

        Parameters
        ----------
        threads : int
            At least 1.

        Returns
        -------
        Engine
        """
        ...

    def initial_state(self, spec: Spec, seed: int, parameters: Array | None = None) -> State:
        """Return the state before the first step.

        Parameters
        ----------
        spec : Spec
            Network and training.
        seed : int
            Draws the initial parameters.
        parameters : array of shape (size,), optional
            Initial parameters, taken as they are.

        Returns
        -------
        State
        """
        ...

    def prepare(self, spec: Spec, data: TrainingData | None = None) -> None:
        """Compile what training takes, so that nothing waits for it later; what is compiled already is left alone.

        Parameters
        ----------
        spec : Spec
            Network and training.
        data : TrainingData, optional
            What it will be trained on; None: all that networks of this loss and dtype may need.
        """
        ...

    def train(self, spec: Spec, seed: int, state: State, data: TrainingData, plan: Plan, epochs: int) -> tuple[State, Trace]:
        """Train for at most `epochs` more epochs; the state that is given stays as it was.

        Parameters
        ----------
        spec, seed :
            As in `initial_state`; the seed also keys shuffles and dropout masks.
        state : State
            Where to go on from.
        data : TrainingData
            Table and rows.
        plan : Plan
            Orders and masks given as arrays, if any.
        epochs : int
            The most epochs to do now.

        Returns
        -------
        state : State
        trace : Trace
        """
        ...

    def loss_and_gradient(
        self,
        spec: Spec,
        seed: int,
        parameters: Array,
        X: Array,
        Y: Array,
        weights: Array | None = None,
        step: int | None = None,
        masks: tuple[NDArray[np.bool_] | None, ...] | None = None,
    ) -> tuple[float, Array]:
        """Return the cost J of one batch, penalties included, and its gradient.

        Parameters
        ----------
        spec, seed :
            As in `train`.
        parameters : array of shape (size,)
            Where to evaluate.
        X, Y, weights :
            The batch, as in `TrainingData`.
        step : int, optional
            Draws the dropout masks of that step; None: no dropout.
        masks : optional
            Masks of one period, each of shape (rows, units), in place of drawn ones (then `step` may be 0).

        Returns
        -------
        cost : float
        gradient : array of shape (size,)
        """
        ...

    def forward(self, spec: Spec, parameters: Array, X: Array) -> Array:
        """Return the network's outputs, without dropout.

        Parameters
        ----------
        spec : Spec
            Network and training (its loss says what the outputs mean).
        parameters : array of shape (size,)
            The parameters.
        X : array of shape (rows, inputs)
            The examples.

        Returns
        -------
        array of shape (rows, outputs)
            Probabilities for the cross-entropies (sigmoid for each output, or softmax over them), expected counts for
            Poisson, else predictions.
        """
        ...
