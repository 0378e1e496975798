"""The fast engine: arranges specs and arrays for the kernels, and calls them.

Wide networks share each batch among threads, and predictions are shared by rows; the bits do not depend on how many threads
there are.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.arguments import (
    Masks,
    course_of,
    dropout_of,
    net_of,
    new_records,
    rates_of,
    readable,
    rule_of,
    shards_for,
    table_of,
    team_of,
    trace_of,
    work_of,
)
from wellfit.engines.kernels.epochs import run_epochs
from wellfit.engines.kernels.layouts import Packed, Tally, Team, address_of
from wellfit.engines.kernels.network import batch_cost, predict
from wellfit.engines.kernels.team import CLAIM, STOP, help_along
from wellfit.engines.programs import activation_addresses, compile_all, gradient_code, prediction_code, training_code
from wellfit.engines.types import Array, Outcome, Plan, State, Trace, TrainingData
from wellfit.maths.initialisers import initial_parameters
from wellfit.spec import Spec

# Rows times multiplications a row from which predictions use a second thread: some 10 milliseconds.
SHARED_PREDICTION = 500_000_000


def usable_threads() -> int:
    """Return the cores that this process may use, or fewer where ``OMP_NUM_THREADS`` is lower (joblib sets it for its workers)."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores, int(limit)) if limit.isdigit() and int(limit) > 0 else cores


@dataclass(frozen=True)
class CompiledEngine:
    """Numba kernels over register tiles; see `wellfit.engines.types.Engine` for the methods."""

    threads: int | None = None  # the most for one network; None: all usable cores
    name = "compiled"

    def with_threads(self, threads: int) -> CompiledEngine:
        """Return the engine that uses so many threads a network."""
        return CompiledEngine(threads)

    def prepare(self, spec: Spec, data: TrainingData | None = None) -> None:
        """Compile what training takes; without data, all that networks of this loss and dtype may need."""
        if data is None:
            compile_all((spec.training.dtype,), (spec.training.loss,))
        elif spec.training.optimizer.name == "lbfgs":
            # SciPy takes the steps, in float64.
            spec = spec.replace(training=spec.training.replace(dtype="float64"))
            activation_addresses(spec.network.activations, np.dtype(np.float64))
            gradient_code(spec, dropout_of(spec, 0, None, active=False))
        else:
            activation_addresses(spec.network.activations, np.dtype(spec.training.dtype))
            batch = min(spec.training.batch_size or len(data.rows), len(data.rows))
            is_weighted = data.weights is not None or data.dev_weights is not None
            is_shuffled = spec.training.shuffle and batch < len(data.rows)
            shards = shards_for(np.array(spec.network.widths, np.int64), batch)
            drop = dropout_of(spec, 0, None, active=any(spec.dropout_rates))
            training_code(spec, drop, is_weighted, is_shuffled, bool(len(data.dev_rows)), shards > 1)

    def initial_state(self, spec: Spec, seed: int, parameters: Array | None = None) -> State:
        """Return the state before the first step; parameters are drawn unless given."""
        dtype = np.dtype(spec.training.dtype)
        start = initial_parameters(spec.network, seed, dtype) if parameters is None else np.array(parameters, dtype)
        return State(start, np.zeros_like(start), np.zeros_like(start), start.copy())

    def train(self, spec: Spec, seed: int, state: State, data: TrainingData, plan: Plan, epochs: int) -> tuple[State, Trace]:
        """Train for at most `epochs` more epochs; the state that is given stays as it was."""
        state = state.copy()
        training, dtype = spec.training, state.parameters.dtype
        epochs = max(0, min(epochs, training.epochs - state.epoch)) if state.outcome == Outcome.RUNNING else 0
        if epochs == 0 and state.outcome == Outcome.RUNNING and state.epoch >= training.epochs:
            state.outcome = Outcome.EPOCHS_USED_UP
        records = new_records(spec, epochs)
        if epochs == 0:
            return state, trace_of(records)
        table = table_of(data.X, data.Y, data.weights, data.rows, dtype)
        dev = table_of(data.dev_X, data.dev_Y, data.dev_weights, data.dev_rows, dtype)
        batch = min(training.batch_size or table.size, table.size)
        net, course = net_of(spec, batch), course_of(spec, data, plan, batch)
        team = team_of(net, batch, dtype)
        work = work_of(net, team.gradients[: net.parameters], max(batch, dev.size), table.targets, table.size)
        drop = dropout_of(spec, seed, plan.masks, active=any(spec.dropout_rates))
        tally = Tally(
            state.parameters,
            state.first_moment,
            state.second_moment,
            state.best_parameters,
            np.empty(3 * net.parameters, dtype),
            np.array([state.epoch, state.step, state.best_epoch, state.waited, int(state.outcome)], np.int64),
            np.array([state.rate_factor, state.best_score], np.float64),
            np.zeros(1),
        )
        sections = {
            "code": training_code(
                spec, drop, table.is_weighted or dev.is_weighted, course.shuffle and not course.periods, dev.size > 0, team.shards > 1
            ),
            "net": net,
            "drop": drop,
            "rule": rule_of(spec),
            "rates": rates_of(spec, batch, table.size),
            "course": course,
            "table": table,
            "dev": dev,
            "tally": tally,
            "team": team,
        }

        def help_once() -> None:
            own = work_of(net, np.zeros(0, dtype), batch, table.targets)._replace(ordered=work.ordered)
            run = Packed(**sections, work=own)
            help_along.kernel.callable(dtype)(run.address)

        run = Packed(**sections, work=work, records=records)
        with self._helpers(team, help_once):
            run_epochs.kernel.callable(dtype)(run.address, epochs)
        state.epoch, state.step, state.best_epoch, state.waited = (int(value) for value in tally.counts[:4])
        state.outcome = Outcome(int(tally.counts[4]))
        state.rate_factor, state.best_score = (float(value) for value in tally.numbers)
        return state, trace_of(records)

    @contextmanager
    def _helpers(self, team: Team, help_once: Any) -> Iterator[None]:
        """Have further threads help with the batches, as many as there are shards and cores for."""
        count = min(team.shards, self.threads or usable_threads()) - 1
        helpers = [threading.Thread(target=help_once, daemon=True) for _ in range(count)]
        for helper in helpers:
            helper.start()
        try:
            yield
        finally:
            team.board[CLAIM] = STOP
            for helper in helpers:
                helper.join()

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
        net, dtype = net_of(spec, 0), np.dtype(spec.training.dtype)
        parameters = readable(parameters, dtype)
        table = table_of(X, Y, weights, np.arange(X.shape[0]), dtype)
        gradient = np.zeros(net.parameters, dtype)
        given = None if masks is None else tuple(None if mask is None else mask[None] for mask in masks)
        drop = dropout_of(spec, seed, given, active=step is not None and any(spec.dropout_rates))
        work = work_of(net, gradient, table.size, table.targets)
        run = Packed(code=gradient_code(spec, drop), net=net, drop=drop, table=table, work=work)
        total = float(table.weights.sum(dtype=np.float64)) if table.is_weighted else float(table.size)
        cost = batch_cost.kernel.callable(dtype)(run.address, address_of(parameters), total, step or 0)
        return float(cost), gradient

    def forward(self, spec: Spec, parameters: Array, X: Array) -> Array:
        """Return the network's outputs, without dropout."""
        net, dtype = net_of(spec, 0), np.dtype(spec.training.dtype)
        parameters, X = readable(parameters, dtype), readable(X, dtype)
        out = np.empty((X.shape[0], spec.network.outputs), dtype)
        code = prediction_code(spec)

        def predict_rows(rows: NDArray[np.int64]) -> None:
            work, table = work_of(net, np.zeros(0, dtype), rows.size, 1), table_of(X, out, None, rows, dtype)
            run = Packed(code=code, net=net, table=table, work=work)
            predict.kernel.callable(dtype)(run.address, address_of(parameters), address_of(out[rows[0] :]))

        threads = min(self.threads or usable_threads(), X.shape[0] * parameters.size // SHARED_PREDICTION + 1)
        parts = [part for part in np.array_split(np.arange(X.shape[0]), threads) if part.size]
        if len(parts) <= 1:
            for part in parts:
                predict_rows(part)
        else:
            with ThreadPoolExecutor(len(parts)) as pool:
                list(pool.map(predict_rows, parts))
        return out
