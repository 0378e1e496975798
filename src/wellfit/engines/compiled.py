"""The fast engine: checks and lays out arrays, then calls the kernels.

Everything that has to be right about shapes and types is made right here, because kernels check nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.contract import Array, Layout, Outcome, Plan, State, Trace, TrainingData
from wellfit.engines.kernels import epochs as epoch_kernels
from wellfit.engines.kernels import network as kernels
from wellfit.engines.kernels.jit import COLUMNS, VECTOR_BYTES
from wellfit.engines.kernels.layouts import Course, Dropout, Net, Rates, Records, Rule, Tally, Work
from wellfit.maths.initialisers import initial_parameters
from wellfit.spec import ACTIVATIONS, EPSILON_FORMS, LOSSES, OPTIMIZERS, SCHEDULES, Spec

# Activations and slopes of a slice should fit the second-level cache.
SLICE_BYTES = 1_000_000
SMALLEST_SLICE, LARGEST_SLICE = 128, 1024
Masks = tuple[NDArray[np.bool_] | None, ...]


class CompiledEngine:
    """Numba kernels over register tiles; see `wellfit.engines.contract.Engine` for the methods."""

    name = "compiled"

    def initial_state(self, spec: Spec, seed: int, parameters: Array | None = None) -> State:
        """Return the state before the first step; parameters are drawn unless given."""
        dtype = np.dtype(spec.training.dtype)
        start = initial_parameters(spec.network, seed, dtype) if parameters is None else np.array(parameters, dtype)
        return State(start, np.zeros_like(start), np.zeros_like(start), start.copy())

    def train(self, spec: Spec, seed: int, state: State, data: TrainingData, plan: Plan, epochs: int) -> tuple[State, Trace]:
        """Train for at most `epochs` more epochs; the state that is given stays as it was."""
        state = state.copy()
        training, rows = spec.training, data.rows
        epochs = max(0, min(epochs, training.epochs - state.epoch)) if state.outcome == Outcome.RUNNING else 0
        if epochs == 0 and state.outcome == Outcome.RUNNING and state.epoch >= training.epochs:
            state.outcome = Outcome.EPOCHS_USED_UP
        records = _new_records(spec, epochs)
        if epochs == 0:
            return state, _trace(records, 0, 0)
        net, dtype = _net(spec), state.parameters.dtype
        batch = min(training.batch_size or rows.size, rows.size)
        tally = Tally(
            state.parameters,
            state.first_moment,
            state.second_moment,
            state.best_parameters,
            np.empty(3 * state.parameters.size, dtype),
            np.array([state.epoch, state.step, state.best_epoch, state.waited, int(state.outcome)], np.int64),
            np.array([state.rate_factor, state.best_score], np.float64),
        )
        drop = _dropout(spec, seed, plan.masks, active=any(spec.dropout_rates))
        traced, made = epoch_kernels.run_epochs(
            net,
            drop,
            drop._replace(active=False),
            _rule(spec),
            _rates(spec, batch, rows.size),
            _course(spec, data, plan, batch),
            tally,
            _work(net, dtype, max(batch, data.dev_rows.size), data.Y.shape[1], rows.size),
            _readable(data.X, dtype),
            _readable(data.Y, dtype),
            _weights(data.weights, dtype),
            _readable(rows, np.dtype(np.int64)),
            _readable(data.dev_X, dtype),
            _readable(data.dev_Y, dtype),
            _weights(data.dev_weights, dtype),
            _readable(data.dev_rows, np.dtype(np.int64)),
            records,
            epochs,
        )
        state.epoch, state.step, state.best_epoch, state.waited = (int(value) for value in tally.counts[:4])
        state.outcome = Outcome(int(tally.counts[4]))
        state.rate_factor, state.best_score = (float(value) for value in tally.numbers)
        return state, _trace(records, traced, made)

    def loss_and_gradient(
        self,
        spec: Spec,
        seed: int,
        parameters: Array,
        X: Array,
        Y: Array,
        weights: Array | None = None,
        step: int | None = None,
        masks: Masks | None = None,
    ) -> tuple[float, Array]:
        """Return the cost J of one batch, penalties included, and its gradient."""
        net, dtype = _net(spec), np.dtype(spec.training.dtype)
        parameters, X, Y = (_readable(array, dtype) for array in (parameters, X, Y))
        work = _work(net, dtype, X.shape[0], Y.shape[1])
        given = None if masks is None else tuple(None if mask is None else mask[None] for mask in masks)
        drop = _dropout(spec, seed, given, active=step is not None and any(spec.dropout_rates))
        held, rows = _weights(weights, dtype), np.arange(X.shape[0])
        total = float(X.shape[0]) if weights is None else float(held.sum(dtype=np.float64))
        cost = kernels.batch_cost(net, drop, parameters, work, X, Y, held, rows, total, step or 0)
        return float(cost), work.gradient

    def forward(self, spec: Spec, parameters: Array, X: Array) -> Array:
        """Return the network's outputs, without dropout."""
        net, dtype = _net(spec), np.dtype(spec.training.dtype)
        parameters, X = _readable(parameters, dtype), _readable(X, dtype)
        out = np.empty((X.shape[0], spec.network.outputs), dtype)
        work = _work(net, dtype, X.shape[0], 1)
        drop = _dropout(spec, 0, None, active=False)
        kernels.predict(net, drop, parameters, work, X, np.arange(X.shape[0]), out)
        return out


# === From specs to tuples ===


@lru_cache(maxsize=256)
def _net(spec: Spec) -> Net:
    network, training = spec.network, spec.training
    widths = np.array(network.widths, np.int64)
    codes = [ACTIVATIONS.index(name) for name in network.activations]
    starts = [block.start for block in Layout.of(network).blocks if block.kind == "weights"]
    bytes_an_example = 2 * int(widths.sum()) * np.dtype(training.dtype).itemsize
    slice_size = min(max(SLICE_BYTES // bytes_an_example // 64 * 64, SMALLEST_SLICE), LARGEST_SLICE)
    return Net(
        widths,
        np.concatenate([[0], np.cumsum(widths)]).astype(np.int64),
        np.array(starts, np.int64),
        np.array(codes, np.int64),
        LOSSES.index(training.loss),
        float(training.huber_delta),
        float(training.label_smoothing),
        float(training.l2),
        float(training.l1),
        slice_size,
    )


def _dropout(spec: Spec, seed: int, masks: Masks | None, *, active: bool) -> Dropout:
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
    return Dropout(active, rates, seed & 0xFFFFFFFF, seed >> 32, given, is_given)


def _rule(spec: Spec) -> Rule:
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


def _rates(spec: Spec, batch: int, rows: int) -> Rates:
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


def _course(spec: Spec, data: TrainingData, plan: Plan, batch: int) -> Course:
    training = spec.training
    monitor = training.monitor
    if monitor == "auto":
        monitor = "dev_cost" if data.dev_rows.size else "cost"
    orders = np.zeros((0, 0), np.int64) if plan.orders is None else np.ascontiguousarray(plan.orders, np.int64)
    return Course(
        batch,
        training.shuffle and batch < data.rows.size,
        orders,
        ("none", "cost", "dev_cost", "dev_error").index(monitor),
        float(training.tolerance),
        -1 if training.patience is None else training.patience,
        training.epochs,
        training.record_every,
    )


# === Arrays ===


class _Writeable:
    """The memory of an array, without its flag of being read-only."""

    def __init__(self, array: NDArray[Any]) -> None:
        self.owner = array
        self.__array_interface__ = {**array.__array_interface__, "data": (array.__array_interface__["data"][0], False)}


def _readable(array: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the array as kernels know arrays: contiguous, of one dtype, not marked as read-only.

    Numba would compile everything anew for read-only arrays (memory maps, frames). Kernels never write to what is passed
    through here.
    """
    array = np.ascontiguousarray(array, dtype)
    return array if array.flags.writeable else np.asarray(_Writeable(array))


def _weights(weights: Array | None, dtype: np.dtype[np.floating]) -> Array:
    return np.zeros(0, dtype) if weights is None else _readable(weights, dtype)


def _work(net: Net, dtype: np.dtype[np.floating], batch: int, targets: int, rows: int = 0) -> Work:
    """Return buffers for slices of a batch; zeros, so that no padding holds a nan."""
    size = min(net.slice_size, -(-batch // COLUMNS) * COLUMNS)
    lanes = VECTOR_BYTES // dtype.itemsize
    fan_in, fan_out = int(net.widths[:-1].max()), -(-int(net.widths[1:].max()) // lanes) * lanes
    parameters = int((net.widths[:-1] * net.widths[1:] + net.widths[1:]).sum())
    units = int(net.places[-1])
    return Work(
        np.zeros(units * size, dtype),
        np.zeros(units * size, dtype),
        np.zeros(max(targets, 1) * size, dtype),
        np.zeros(size, dtype),
        np.zeros(3 * size, dtype),
        np.zeros(fan_out * size, dtype),
        np.zeros(fan_in * fan_out, dtype),
        np.zeros(parameters, dtype),
        np.zeros(2 * (-(-size // 32) * 8), np.uint32),
        np.zeros(1 + 3 * int(net.widths[-1])),
        np.zeros(rows, np.int64),
        np.zeros(rows, np.int64),
    )


def _new_records(spec: Spec, epochs: int) -> Records:
    count = epochs // spec.training.record_every + 2
    unknown = np.full((4, count), np.nan)
    norms = np.zeros((count, len(spec.network.layers)))
    return Records(np.empty(epochs), np.zeros(count, np.int64), unknown[0], unknown[1], unknown[2], unknown[3], norms)


def _trace(records: Records, traced: int, made: int) -> Trace:
    return Trace(
        records.cost[:traced],
        records.epoch[:made],
        records.dev_cost[:made],
        records.dev_error[:made],
        records.train_error[:made],
        records.rate[:made],
        records.norms[:made],
    )
