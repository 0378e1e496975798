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
    """How a run ended; `RUNNING` while it may continue."""

    RUNNING = 0
    CONVERGED = 1
    STOPPED_EARLY = 2
    EPOCHS_USED_UP = 3
    INTERRUPTED = 4
    DIVERGED = 5


# === Data and plan ===


class TrainingData(NamedTuple):
    """One table and the rows of it that a network sees. All arrays are in the spec's dtype, except the row numbers.

    Y holds class codes 0..K-1 in one column for ``cross_entropy``; for ``binary_cross_entropy`` 0 or 1, in one column for two classes or
    one a label; else one column a target.
    """

    X: Array  # (rows of the table, inputs), C-contiguous
    Y: Array  # (rows of the table, targets)
    weights: Array | None  # (rows of the table,); None: every row counts 1
    rows: Rows  # training rows
    dev_X: Array  # the table that `dev_rows` index; mostly the same array as X
    dev_Y: Array
    dev_weights: Array | None
    dev_rows: Rows  # rows that are evaluated but never trained on; may be empty


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
    """All that a run needs to resume: the same bits come out however often it is interrupted.

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
        `RUNNING` while training may continue.
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
    """What one call of `train` recorded. Records are made at the end of some epochs; those of dev rows are nan without dev rows."""

    cost: Array  # (epochs done,): mean of J over an epoch's batches, each before its update, weighted by the batch's weight
    record_epoch: Rows  # (records,): epochs, from 1
    dev_cost: Array  # (records,): mean loss, without penalties
    dev_error: Array  # (records,): 1 - accuracy (multi-label: of whole rows), or 1 - R^2 (mean over targets)
    train_error: Array  # (records,): the same on as many training rows, the first ones, without dropout; nan without dev rows
    learning_rate: Array  # (records,): of the epoch's last step
    gradient_norms: Array  # (records, layers): Euclidean norms of the last batch's gradient of the weights, penalties included


EMPTY_ROWS: Rows = np.zeros(0, dtype=np.int64)


# === Engine ===


class Engine(Protocol):
    """Pure functions that compute the equations of `wellfit.maths`; found by name through `wellfit.engines.api.get_engine`."""

    @property
    def name(self) -> str:
        """What `get_engine` calls it."""
        ...

    def with_threads(self, threads: int) -> Engine:
        """Return an engine that uses at most so many threads (at least 1) for one network; its results are the same bits."""
        ...

    def initial_state(self, spec: Spec, seed: int, parameters: Array | None = None) -> State:
        """Return the state before the first step, with parameters drawn by `seed` unless they are given."""
        ...

    def prepare(self, spec: Spec, data: TrainingData | None = None) -> None:
        """Compile what training on `data` needs and is not compiled yet; None: all that networks of this loss and dtype may need."""
        ...

    def train(self, spec: Spec, seed: int, state: State, data: TrainingData, plan: Plan, epochs: int) -> tuple[State, Trace]:
        """Train for at most `epochs` more epochs; the given state is not changed. The seed also keys shuffles and dropout masks."""
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
        """Return the cost J of one batch, penalties included, and its gradient (size,).

        `step` selects the dropout masks that are drawn (None: no dropout); `masks` of shape (rows, units) replace them (then `step` may be
        0).
        """
        ...

    def forward(self, spec: Spec, parameters: Array, X: Array) -> Array:
        """Return the network's outputs, (rows, outputs), without dropout.

        They are probabilities for the cross-entropies (sigmoid for each output, or softmax over them), expected counts for Poisson, else
        predictions.
        """
        ...
