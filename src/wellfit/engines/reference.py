"""The textbook's forward and backward propagation in NumPy: the oracle that every faster engine is held to.

Legend, for layers l = 1..L of n[l] units and a batch of m examples (the input is layer 0):

    A[0] = X                           (m, n[0])       activations; dropped-out ones where there is dropout
    Z[l] = A[l-1] W[l] + b[l]          (m, n[l])       pre-activations
    A[l] = g[l](Z[l])                  (m, n[l])       for hidden layers, l < L
    J = 1/M sum w loss(Z[L], Y) + penalties            cost, with w (m,) the examples' weights and M their sum

    dZ, dA, dW, db                                     derivatives of J with respect to Z, A, W, b

Lists count from 0, so W[l] below is the layer between A[l] and Z[l].
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.evaluation import error, mean_loss
from wellfit.engines.layout import Layout
from wellfit.engines.types import Array, Outcome, Plan, State, Trace, TrainingData
from wellfit.engines.watch import Records, gradient_norms, look, monitored
from wellfit.errors import SpecError
from wellfit.maths.activations import ACTIVATION_FUNCTIONS
from wellfit.maths.counter import keep_mask, shuffled
from wellfit.maths.initialisers import initial_parameters
from wellfit.maths.losses import Loss, make_loss
from wellfit.maths.optimisers import update
from wellfit.maths.regularisation import d_dropout, d_l1_penalty, d_l2_penalty, dropout, l1_penalty, l2_penalty
from wellfit.maths.schedules import learning_rate
from wellfit.spec import Spec, Training

Masks = tuple[NDArray[np.bool_] | None, ...]
layout_of = lru_cache(maxsize=64)(Layout.of)


# === The equations ===


def propagate_forward(spec: Spec, theta: Array, X: Array, masks: Masks) -> tuple[list[Array], list[Array]]:
    """Return A[0..L-1] (after dropout) and Z[1..L]; a mask of A[l], of shape (m, n[l]), may be None and keeps all."""
    W, b = layout_of(spec.network).coefs_and_intercepts(theta)
    A: list[Array] = []
    Z: list[Array] = []
    activation = X
    for l, rate in enumerate(spec.dropout_rates):
        if l > 0:
            g = ACTIVATION_FUNCTIONS[spec.network.activations[l - 1]].g
            activation = g(Z[-1])
        mask = masks[l]
        A.append(activation if mask is None else dropout(activation, mask, rate))
        Z.append(A[l] @ W[l] + b[l])
    return A, Z


def propagate_backward(spec: Spec, theta: Array, A: list[Array], Z: list[Array], Y: Array, w: Array, M: float, masks: Masks) -> Array:
    """Return the gradient of J with respect to theta, from the last layer to the first; M is the sum of the weights w (m,)."""
    training, layout = spec.training, layout_of(spec.network)
    W, _ = layout.coefs_and_intercepts(theta)
    gradient = np.empty_like(theta)
    dW, db = layout.coefs_and_intercepts(gradient)
    dZ = loss_of(spec.training).dZ(Z[-1], Y) * (w / M)[:, None]
    for l in reversed(range(len(W))):
        dW[l][...] = A[l].T @ dZ + d_l2_penalty(W[l], training.l2, M) + d_l1_penalty(W[l], training.l1, M)
        db[l][...] = dZ.sum(axis=0)
        if l > 0:
            dA = dZ @ W[l].T
            mask = masks[l]
            if mask is not None:
                dA = d_dropout(dA, mask, spec.dropout_rates[l])
            dZ = dA * ACTIVATION_FUNCTIONS[spec.network.activations[l - 1]].dg(Z[l - 1])
    return gradient


def cost(spec: Spec, theta: Array, Z: Array, Y: Array, w: Array, M: float) -> float:
    """Return J = 1/M sum w loss(Z, Y) + l2 / 2M sum W^2 + l1 / M sum |W|, Z the last layer's pre-activations (m, n[L])."""
    training = spec.training
    W, _ = layout_of(spec.network).coefs_and_intercepts(theta)
    penalties = sum(l2_penalty(W_l, training.l2, M) + l1_penalty(W_l, training.l1, M) for W_l in W)
    return float((w * loss_of(training).value(Z, Y)).sum()) / M + penalties


def loss_of(training: Training) -> Loss:
    """Return the loss that a network is trained with, its options filled in."""
    return make_loss(training.loss, huber_delta=training.huber_delta, label_smoothing=training.label_smoothing)


# === The engine ===


class ReferenceEngine:
    """The equations as they stand in the books, in float64 (or float32), without haste."""

    name = "reference"

    def with_threads(self, threads: int) -> ReferenceEngine:
        """Return itself: it is in no haste."""
        return self

    def prepare(self, spec: Spec, data: TrainingData | None = None) -> None:
        """Do nothing: nothing is compiled."""

    def initial_state(self, spec: Spec, seed: int, parameters: Array | None = None) -> State:
        """Return the state before the first step: see `wellfit.engines.types.Engine`."""
        dtype = spec.training.dtype
        theta = initial_parameters(spec.network, seed, dtype) if parameters is None else np.array(parameters, dtype=dtype)
        return State(theta, np.zeros_like(theta), np.zeros_like(theta), theta.copy())

    def forward(self, spec: Spec, parameters: Array, X: Array) -> Array:
        """Return the predictions for X: see `wellfit.engines.types.Engine`."""
        with np.errstate(all="ignore"):
            return loss_of(spec.training).predict(_last_layer(spec, parameters, X))

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
        """Return the cost of one batch and its gradient: see `wellfit.engines.types.Engine`."""
        dtype = spec.training.dtype
        theta, X, Y = (np.asarray(array, dtype=dtype) for array in (parameters, X, Y))
        w = np.ones(len(X), dtype=dtype) if weights is None else np.asarray(weights, dtype=dtype)
        M = float(w.sum())
        drawn = step_masks(spec, seed, step, len(X), masks)
        with np.errstate(all="ignore"):
            A, Z = propagate_forward(spec, theta, X, drawn)
            return cost(spec, theta, Z[-1], Y, w, M), propagate_backward(spec, theta, A, Z, Y, w, M, drawn)

    def train(self, spec: Spec, seed: int, state: State, data: TrainingData, plan: Plan, epochs: int) -> tuple[State, Trace]:
        """Train for at most `epochs` more epochs: see `wellfit.engines.types.Engine`."""
        training = spec.training
        if training.optimizer.name == "lbfgs":
            raise SpecError("an engine makes single steps, which lbfgs does not have; use wellfit.fit, or choose another optimizer.")
        state, records = state.copy(), Records()
        stop = min(state.epoch + epochs, training.epochs)
        with np.errstate(all="ignore"):
            while state.outcome == Outcome.RUNNING and state.epoch < stop:
                state = self._epoch(spec, seed, state, data, plan, records)
        if state.outcome == Outcome.RUNNING and state.epoch >= training.epochs:
            state.outcome = Outcome.EPOCHS_USED_UP
        return state, records.trace(spec)

    def _epoch(self, spec: Spec, seed: int, start: State, data: TrainingData, plan: Plan, records: Records) -> State:
        """Return the state after one more epoch; or, where that is not finite, the state before it, as diverged."""
        training, m = spec.training, len(data.rows)
        state = start.copy()
        size = min(training.batch_size or m, m)
        rows = data.rows[_epoch_order(spec, seed, state.epoch, m, plan)]
        gradient, rate = np.zeros_like(state.parameters), 0.0
        total = total_weight = 0.0
        for first in range(0, m, size):
            X, Y, w = _examples(data, rows[first : first + size])
            M = float(w.sum())
            if M == 0:
                continue
            masks = None if plan.masks is None else _period(plan.masks, state.step, len(X))
            J, gradient = self.loss_and_gradient(spec, seed, state.parameters, X, Y, w, state.step, masks)
            total, total_weight = total + J * M, total_weight + M
            rate = learning_rate(
                training.schedule, state.epoch, state.step, rows=m, epochs=training.epochs, batches=-(-m // size), factor=state.rate_factor
            )
            _make_step(spec, state, gradient, rate)
        mean = total / total_weight if total_weight else math.nan
        if not (math.isfinite(mean) and np.isfinite(state.parameters).all()):
            start.outcome = Outcome.DIVERGED
            return start
        state.epoch += 1
        self._watch(spec, state, data, mean, gradient, rate, records)
        return state

    def _watch(self, spec: Spec, state: State, data: TrainingData, mean: float, gradient: Array, rate: float, records: Records) -> None:
        """Write the epoch down, and decide whether it was the last."""
        training, every = spec.training, spec.training.record_every
        values = {"cost": mean}
        records.cost.append(mean)
        if state.epoch % every == 0 or state.epoch == training.epochs:
            dev = evaluate(spec, state.parameters, data.dev_X, data.dev_Y, data.dev_weights, data.dev_rows)
            train = evaluate(spec, state.parameters, data.X, data.Y, data.weights, data.rows[: len(data.dev_rows)])
            norms = gradient_norms(layout_of(spec.network), gradient)
            records.rows.append((state.epoch, *dev, train[1], rate, norms))
            values["dev_cost"], values["dev_error"] = dev
        monitor = monitored(training, has_dev=len(data.dev_rows) > 0)
        if monitor in values:
            gap = 1 if monitor == "cost" else every
            look(training, monitor, state, values[monitor], gap, rate)


# === Batches, orders, masks ===


def _examples(data: TrainingData, rows: NDArray[np.int64]) -> tuple[Array, Array, Array]:
    """Return X, Y and w of some rows; where no weights are given, each counts 1."""
    w = np.ones(len(rows), dtype=data.X.dtype) if data.weights is None else data.weights[rows]
    return data.X[rows], data.Y[rows], w


def _epoch_order(spec: Spec, seed: int, epoch: int, m: int, plan: Plan) -> NDArray[np.int64]:
    """Return the order of m training rows in an epoch: the given one, a shuffle, or as they come."""
    if plan.orders is not None:
        given: NDArray[np.int64] = plan.orders[epoch % len(plan.orders)]
        return given
    size = spec.training.batch_size
    several = size is not None and size < m
    return shuffled(seed, epoch, m) if spec.training.shuffle and several else np.arange(m)


def step_masks(spec: Spec, seed: int, step: int | None, m: int, given: Masks | None) -> Masks:
    """Return the masks of one step, the input's first, given or drawn; None for those that keep all units, and for all without a step."""
    masks: list[NDArray[np.bool_] | None] = []
    for layer, (rate, units) in enumerate(zip(spec.dropout_rates, spec.network.widths[:-1], strict=True)):
        if step is None or rate == 0:
            masks.append(None)
        elif given is not None and given[layer] is not None:
            masks.append(np.asarray(given[layer]) != 0)
        else:
            masks.append(keep_mask(seed, step, layer, rate, m, units))
    return tuple(masks)


def is_weight(spec: Spec) -> NDArray[np.bool_]:
    """Return where the parameter vector holds weights, not biases, as booleans of shape (size,)."""
    return np.concatenate([np.full(block.stop - block.start, block.kind == "weights") for block in layout_of(spec.network).blocks])


def _make_step(spec: Spec, state: State, gradient: Array, rate: float) -> None:
    """Move a state's parameters and moments by one step of the optimiser, in place."""
    theta, v, s = state.parameters, state.first_moment, state.second_moment
    state.step += 1
    theta, v, s = update(spec.training.optimizer, theta, v, s, gradient, rate, state.step, is_weight(spec))
    state.parameters, state.first_moment, state.second_moment = theta, v, s


def _period(masks: Masks, step: int, m: int) -> Masks:
    """Return the part of given masks that a step of m examples uses."""
    return tuple(None if mask is None else mask[step % len(mask), :m] for mask in masks)


# === Evaluation ===


def _last_layer(spec: Spec, theta: Array, X: Array) -> Array:
    """Return Z[L] without dropout."""
    no_masks = (None,) * len(spec.dropout_rates)
    _, Z = propagate_forward(spec, theta, np.asarray(X, dtype=spec.training.dtype), no_masks)
    return Z[-1]


def evaluate(spec: Spec, theta: Array, X: Array, Y: Array, weights: Array | None, rows: NDArray[np.int64]) -> tuple[float, float]:
    """Return the mean loss and the error on some rows of a table, without dropout; nan where there are no rows."""
    if len(rows) == 0:
        return math.nan, math.nan
    w = None if weights is None else weights[rows]
    with np.errstate(all="ignore"):
        Z = _last_layer(spec, theta, X[rows])
        return mean_loss(spec.training, Z, Y[rows], w), error(spec.training, Z, Y[rows], w)
