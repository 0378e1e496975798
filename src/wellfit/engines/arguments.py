"""Specs and arrays in the form that kernels take them.

Everything that has to be right about shapes and types is made right here, because kernels check nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.kernels.layouts import Course, Dropout, Net, Rates, Records, Rule, Table, Team, Work
from wellfit.engines.kernels.processor import COLUMNS, VECTOR_BYTES
from wellfit.engines.kernels.team import BOARD_SIZE, CLAIM, SHARD_LIMIT
from wellfit.engines.kernels.updates import STRANDS
from wellfit.engines.layout import Layout
from wellfit.engines.programs import activation_addresses
from wellfit.engines.types import Array, Plan, Trace, TrainingData
from wellfit.spec import EPSILON_FORMS, LOSSES, OPTIMIZERS, SCHEDULES, Spec

# Activations and slopes of a slice should fit the second-level cache.
SLICE_BYTES = 1_000_000
SMALLEST_SLICE, LARGEST_SLICE = 128, 1024
# A batch is cut into shards from so many multiplications on, some 70 microseconds, and into more shards where each still has
# some 500 microseconds of work.
SHARED_MULTIPLICATIONS = 4_000_000
SHARD_MULTIPLICATIONS = 30_000_000
MOST_SHARDS = 8
CACHE_LINE = 64
ROWS = np.dtype(np.int64)
Masks = tuple[NDArray[np.bool_] | None, ...]


# === From specs to tuples ===


@lru_cache(maxsize=256)
def net_of(spec: Spec, batch: int) -> Net:
    """Return shape, loss and penalties, and how large a slice of a batch is."""
    network, training = spec.network, spec.training
    widths = np.array(network.widths, np.int64)
    dtype = np.dtype(training.dtype)
    starts = [block.start for block in Layout.of(network).blocks if block.kind == "weights"]
    bytes_an_example = 2 * int(widths.sum()) * dtype.itemsize
    slice_size = min(max(SLICE_BYTES // bytes_an_example // 64 * 64, SMALLEST_SLICE), LARGEST_SLICE)
    shards = shards_for(widths, batch)
    if shards > 1:
        slice_size = min(slice_size, -(-batch // shards // 64) * 64)
    return Net(
        widths.size - 1,
        dtype.itemsize,
        widths,
        np.concatenate([[0], np.cumsum(widths)]).astype(np.int64),
        np.array(starts, np.int64),
        np.array(activation_addresses(network.activations, dtype), np.int64),
        int((widths[:-1] * widths[1:] + widths[1:]).sum()),
        LOSSES.index(training.loss),
        float(training.huber_delta),
        float(training.label_smoothing),
        float(training.l2),
        float(training.l1),
        slice_size,
    )


def shards_for(widths: NDArray[np.int64], batch: int) -> int:
    """Return into how many shards a batch is cut: a question of spec and batch, never of the machine."""
    multiplications = 3 * int((widths[:-1] * widths[1:]).sum()) * batch
    if multiplications < SHARED_MULTIPLICATIONS:
        return 1
    return min(max(2, multiplications // SHARD_MULTIPLICATIONS), MOST_SHARDS)


def team_of(net: Net, batch: int, dtype: np.dtype[np.floating]) -> Team:
    """Return an empty board, and the gradient of each shard."""
    shards = min(shards_for(net.widths, batch), -(-batch // net.slice_size))
    board = np.zeros(BOARD_SIZE, np.int64)
    # No shard of batch 0 is free.
    board[CLAIM] = SHARD_LIMIT - 1
    return Team(shards, board, np.zeros(2), np.zeros(shards), np.zeros(shards * net.parameters, dtype))


def dropout_of(spec: Spec, seed: int, masks: Masks | None, *, active: bool) -> Dropout:
    """Return rates, the seed's halves and given masks, or all of it switched off."""
    rates = np.array(spec.dropout_rates, np.float64)
    is_given = np.zeros(rates.size, np.int64)
    given = np.zeros((0, 0, 0), np.uint8)
    if masks is not None and active:
        widths = spec.network.widths[:-1]
        shape = next(mask.shape for mask in masks if mask is not None)
        given = np.zeros((shape[0], sum(widths), shape[1]), np.uint8)
        place = 0
        for layer, (mask, units) in enumerate(zip(masks, widths, strict=True)):
            if mask is not None:
                given[:, place : place + units] = np.asarray(mask).transpose(0, 2, 1) != 0
                is_given[layer] = 1
            place += units
    return Dropout(active, rates, seed & 0xFFFFFFFF, seed >> 32, given, given.shape[0], given.shape[2], is_given)


def rule_of(spec: Spec) -> Rule:
    """Return the optimiser."""
    optimizer = spec.training.optimizer
    return Rule(
        OPTIMIZERS.index(optimizer.name),
        float(optimizer.momentum),
        optimizer.nesterov,
        optimizer.bias_correction,
        float(optimizer.beta1),
        float(optimizer.beta2),
        float(optimizer.epsilon),
        EPSILON_FORMS.index(optimizer.epsilon_form),
        float(optimizer.weight_decay),
    )


def rates_of(spec: Spec, batch: int, rows: int) -> Rates:
    """Return the schedule; a cosine without a period takes the whole run."""
    schedule = spec.training.schedule
    per_step = schedule.per == "step"
    whole = max(1, spec.training.epochs) * (-(-rows // batch) if per_step else 1)
    return Rates(
        SCHEDULES.index(schedule.name),
        float(schedule.learning_rate),
        per_step,
        float(schedule.decay),
        schedule.interval,
        float(schedule.rate),
        float(schedule.factor),
        float(schedule.power),
        schedule.warm_up,
        schedule.period or whole,
        float(schedule.minimum),
    )


def course_of(spec: Spec, data: TrainingData, plan: Plan, batch: int) -> Course:
    """Return batches, orders, and when to stop."""
    training = spec.training
    monitor = training.monitor
    if monitor == "auto":
        monitor = "dev_cost" if data.dev_rows.size else "cost"
    orders = np.zeros((0, 0), np.int64) if plan.orders is None else np.ascontiguousarray(plan.orders, np.int64)
    return Course(
        batch,
        training.shuffle and batch < data.rows.size,
        orders,
        orders.shape[0],
        ("none", "cost", "dev_cost", "dev_error").index(monitor),
        float(training.tolerance),
        -1 if training.patience is None else training.patience,
        training.epochs,
        training.record_every,
    )


# === Arrays ===


def readable(array: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the array as kernels read arrays: contiguous, aligned, of one dtype."""
    return np.require(array, dtype, ("C", "A"))


def table_of(X: Array, Y: Array, weights: Array | None, rows: NDArray[np.int64], dtype: np.dtype[np.floating]) -> Table:
    """Return examples and which of them count."""
    X, Y, rows = readable(X, dtype), readable(Y, dtype), readable(rows, ROWS)
    held = np.zeros(0, dtype) if weights is None else readable(weights, dtype)
    return Table(X, Y, held, weights is not None, X.shape[1], Y.shape[1], rows, rows.size)


def aligned(count: int, dtype: np.dtype[np.floating]) -> Array:
    """Return zeros that begin with a cache line: a vector of 64 bytes then never lies across two."""
    raw = np.zeros(count + CACHE_LINE // dtype.itemsize, dtype)
    skip = -raw.ctypes.data % CACHE_LINE // dtype.itemsize
    return raw[skip : skip + count]


def work_of(net: Net, gradient: Array, batch: int, targets: int, rows: int = 0) -> Work:
    """Return one thread's buffers for slices of a batch; zeros, so that no padding holds a nan."""
    dtype = gradient.dtype
    size = min(net.slice_size, -(-batch // COLUMNS) * COLUMNS)
    lanes = VECTOR_BYTES // dtype.itemsize
    fan_in, fan_out = int(net.widths[:-1].max()), -(-int(net.widths[1:].max()) // lanes) * lanes
    units = int(net.places[-1])
    return Work(
        aligned(units * size, dtype),
        aligned(units * size, dtype),
        aligned(max(targets, 1) * size, dtype),
        aligned(size, dtype),
        aligned(max(3 * size, 2 * STRANDS) + 2, dtype),
        aligned((fan_out + lanes) * size, dtype),
        aligned(fan_in * fan_out, dtype),
        gradient,
        np.zeros(2 + 3 * int(net.widths[-1])),
        np.zeros(rows, np.int64),
        np.zeros(rows, np.int64),
    )


def new_records(spec: Spec, epochs: int) -> Records:
    """Return room for what the epochs will show."""
    count = epochs // spec.training.record_every + 2
    unknown = np.full((4, count), np.nan)
    norms = np.zeros((count, len(spec.network.layers)))
    return Records(
        np.empty(epochs), np.zeros(count, np.int64), unknown[0], unknown[1], unknown[2], unknown[3], norms, np.zeros(2, np.int64)
    )


def trace_of(records: Records) -> Trace:
    """Return what the epochs have shown."""
    traced, made = records.filled
    return Trace(
        records.cost[:traced],
        records.epoch[:made],
        records.dev_cost[:made],
        records.dev_error[:made],
        records.train_error[:made],
        records.rate[:made],
        records.norms[:made],
    )
