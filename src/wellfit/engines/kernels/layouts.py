"""What passes between the Python side and the kernels: named tuples of numbers and arrays.

Legend: L layers with weights; n[l] units of layer l; u[l] units of all layers before l; S examples of a slice.
A batch is worked through in slices whose activations stay in cache. Inside, one row is one unit and examples are
contiguous, padded to whole vectors with examples of weight zero.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.types import Array, Rows


class Net(NamedTuple):
    """Shape, losses and penalties of one network."""

    widths: Rows  # n[0..L]
    places: Rows  # u[0..L + 1]
    starts: Rows  # where W[l] stands in the parameter vector; b[l] follows it
    activations: Rows  # code of each hidden layer
    loss: int
    huber_delta: float
    smoothing: float
    l2: float
    l1: float
    slice_size: int  # S, a multiple of 64


class Dropout(NamedTuple):
    """Rates, the seed's two halves, and masks given as an array."""

    active: bool
    rates: NDArray[np.float64]  # of the input and each hidden layer
    seed_low: int
    seed_high: int
    given: NDArray[np.uint8]  # (periods, u[L], rows) or empty
    is_given: Rows  # 1 for each rate whose masks are given


class Rule(NamedTuple):
    """The optimiser."""

    code: int
    momentum: float
    nesterov: bool
    corrected: bool
    beta1: float
    beta2: float
    epsilon: float
    epsilon_form: int
    decay: float


class Rates(NamedTuple):
    """The learning-rate schedule."""

    code: int
    start: float
    per_step: bool
    decay: float
    interval: int
    rate: float
    factor: float
    power: float
    warm_up: int
    period: int
    minimum: float


class Course(NamedTuple):
    """Batches, shuffling and stopping."""

    batch_size: int
    shuffle: bool
    orders: Rows  # (periods, rows) or empty
    monitor: int
    tolerance: float
    patience: int  # negative: never
    total_epochs: int
    record_every: int


class Work(NamedTuple):
    """Buffers of one thread, for one network."""

    A: Array  # activations, u[L + 1] x S
    G: Array  # pre-activations, then slopes, then deltas, u[L + 1] x S
    T: Array  # targets, columns x S
    share: Array  # weight of each example over the batch's weight, S
    scratch: Array  # three rows of S for the losses, or two rows for the penalties, and sums behind them
    turned: Array  # deltas with units contiguous
    padded: Array  # a weight gradient with padded rows
    gradient: Array  # one number a parameter
    sums: NDArray[np.float64]  # of errors, 1 + 3 n[L]
    order: Rows  # a permutation of the training rows
    ordered: Rows  # the training rows in the epoch's order


class Team(NamedTuple):
    """What the threads that share a batch have in common; see `wellfit.engines.kernels.team`."""

    lanes: int
    board: Rows
    numbers: NDArray[np.float64]  # the batch's weight, the learning rate
    costs: NDArray[np.float64]  # one a lane
    gradients: Array  # lanes x parameters; the first lane is the Work.gradient of the thread that leads


class Tally(NamedTuple):
    """State that changes in place while epochs run."""

    parameters: Array
    first_moment: Array
    second_moment: Array
    best_parameters: Array
    safe: Array  # the three vectors at the start of the epoch, one after the other
    counts: Rows  # epoch, step, best_epoch, waited, outcome
    numbers: NDArray[np.float64]  # rate_factor, best_score


class Records(NamedTuple):
    """What `Trace` is made of, preallocated."""

    cost: NDArray[np.float64]
    epoch: Rows
    dev_cost: NDArray[np.float64]
    dev_error: NDArray[np.float64]
    train_error: NDArray[np.float64]
    rate: NDArray[np.float64]
    norms: NDArray[np.float64]


EPOCH, STEP, BEST_EPOCH, WAITED, OUTCOME = range(5)
RATE_FACTOR, BEST_SCORE = range(2)
