"""What passes between the Python side and the kernels: named tuples of numbers and arrays, packed into one record.

Legend: L layers with weights; n[l] units of layer l; u[l] units of all layers before l; S examples of a slice.
A batch is worked through in slices whose activations stay in cache. Inside, one row is one unit and examples are
contiguous, padded to whole vectors with examples of weight zero.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple, get_type_hints

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.types import Array, Rows


class Code(NamedTuple):
    """Addresses of the kernels that a run calls; 0 for those that it does not need."""

    gather: int = 0
    gather_shares: int = 0
    weight_of: int = 0
    forward: int = 0
    unrectify: int = 0
    backward: int = 0
    gradient: int = 0
    drop_layer: int = 0
    drop_units: int = 0
    drop_given: int = 0
    forward_pass: int = 0
    backward_pass: int = 0
    part_of_batch: int = 0
    penalty: int = 0
    penalise: int = 0
    loss: int = 0
    error: int = 0
    outputs: int = 0
    put_rows: int = 0
    shuffle: int = 0
    rate_at: int = 0
    update: int = 0
    shrink: int = 0
    norm: int = 0
    all_finite: int = 0
    evaluate: int = 0
    record: int = 0
    run_epoch: int = 0
    shared_gradient: int = 0
    shared_update: int = 0
    sum_range: int = 0
    do_shard: int = 0
    do_task: int = 0


class Net(NamedTuple):
    """Shape, losses and penalties of one network."""

    layers: int  # L
    itemsize: int  # bytes of a parameter
    widths: Rows  # n[0..L]
    places: Rows  # u[0..L + 1]
    starts: Rows  # where W[l] stands in the parameter vector; b[l] follows it
    activations: Rows  # address of each hidden layer's activation; 0 for ReLU, which its product does in passing
    parameters: int  # how many there are
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
    periods: int
    rows: int
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
    periods: int
    monitor: int
    tolerance: float
    patience: int  # negative: never
    total_epochs: int
    record_every: int


class Table(NamedTuple):
    """Examples, and which of them count."""

    X: Array  # (rows of the table, columns)
    Y: Array  # (rows of the table, targets)
    weights: Array  # of each row; empty where each counts 1
    is_weighted: bool
    columns: int
    targets: int
    rows: Rows
    size: int  # how many rows count


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
    sums: NDArray[np.float64]  # of errors, 1 + 3 n[L], and the cost behind them
    order: Rows  # a permutation of the training rows
    ordered: Rows  # the training rows in the epoch's order


class Team(NamedTuple):
    """What the threads that share a batch have in common; see `wellfit.engines.kernels.team`."""

    shards: int
    board: Rows
    numbers: NDArray[np.float64]  # the batch's weight, the learning rate
    costs: NDArray[np.float64]  # one a shard
    gradients: Array  # shards x parameters; the first shard is the Work.gradient of the thread that leads


class Tally(NamedTuple):
    """State that changes in place while epochs run."""

    parameters: Array
    first_moment: Array
    second_moment: Array
    best_parameters: Array
    safe: Array  # the three vectors at the start of the epoch, one after the other
    counts: Rows  # epoch, step, best_epoch, waited, outcome
    numbers: NDArray[np.float64]  # rate_factor, best_score
    rate: NDArray[np.float64]  # of the last step


class Records(NamedTuple):
    """What `Trace` is made of, preallocated, and how much of it is filled."""

    cost: NDArray[np.float64]
    epoch: Rows
    dev_cost: NDArray[np.float64]
    dev_error: NDArray[np.float64]
    train_error: NDArray[np.float64]
    rate: NDArray[np.float64]
    norms: NDArray[np.float64]
    filled: Rows  # epochs traced, records made


EPOCH, STEP, BEST_EPOCH, WAITED, OUTCOME = range(5)
RATE_FACTOR, BEST_SCORE = range(2)
TRACED, MADE = range(2)


# === Records ===

# Sections of a run's record, in their order.
SECTIONS: dict[str, Any] = {
    "code": Code,
    "net": Net,
    "drop": Dropout,
    "rule": Rule,
    "rates": Rates,
    "course": Course,
    "table": Table,
    "dev": Table,
    "tally": Tally,
    "work": Work,
    "team": Team,
    "records": Records,
}


def _record(section: Any) -> np.dtype[Any]:
    """Return how a section lies in memory: numbers, truth as 0 or 1, and addresses of arrays, 8 bytes each."""
    return np.dtype([(name, np.float64 if kind is float else np.int64) for name, kind in get_type_hints(section).items()])


# What kernels know by these names.
RECORDS = {section.__name__: _record(section) for section in SECTIONS.values()}
RECORDS["Run"] = np.dtype([(name, RECORDS[section.__name__]) for name, section in SECTIONS.items()])


def _packing(name: str, section: Any) -> tuple[int, struct.Struct]:
    """Return where a section begins in a run's record, and how its numbers are written there."""
    kinds = get_type_hints(section).values()
    return int(RECORDS["Run"].fields[name][1]), struct.Struct("".join("d" if kind is float else "q" for kind in kinds))  # type: ignore[index]


PACKING = {name: _packing(name, section) for name, section in SECTIONS.items()}


class Packed:
    """A run's record, its sections named as in `SECTIONS`; sections that are not given are zero.

    It holds the arrays that the addresses in it point to.
    """

    def __init__(self, **sections: Any) -> None:
        self.sections = sections
        self.memory = np.zeros(RECORDS["Run"].itemsize, np.uint8)
        self.address = address_of(self.memory)
        for name, section in sections.items():
            start, form = PACKING[name]
            form.pack_into(self.memory.data, start, *(address_of(value) if isinstance(value, np.ndarray) else value for value in section))


def address_of(array: NDArray[Any]) -> int:
    """Return where an array begins."""
    return array.ctypes.data
