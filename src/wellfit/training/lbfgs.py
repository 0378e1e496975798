"""L-BFGS: SciPy chooses the steps, an engine gives the cost and its gradient over all training rows.

An iteration takes the place of an epoch, an evaluation of the cost that of a step. SciPy keeps the memory of past gradients to
itself: a run that is resumed from a state starts with an empty one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from wellfit.engines.evaluation import evaluate_by
from wellfit.engines.layout import Layout
from wellfit.engines.types import Array, Engine, Outcome, State, Trace, TrainingData
from wellfit.engines.watch import Records, gradient_norms, look, monitored
from wellfit.spec import Spec
from wellfit.training.result import Recorder

__all__ = ["Hooks", "minimise"]


class Hooks(NamedTuple):
    """What the search calls on its way; `look` may end it by the state's outcome, the others interrupt it by returning True."""

    before_evaluation: Callable[[State], bool]
    look: Callable[[State, Trace], None]
    after_iteration: Callable[[State], bool]


class _Stopped(Exception):
    """Ends SciPy's loop."""


def minimise(
    engine: Engine,
    spec: Spec,
    seed: int,
    state: State,
    data: TrainingData,
    limit: int,
    recorder: Recorder,
    hooks: Hooks,
) -> tuple[State, str]:
    """Minimise the cost over all training rows by L-BFGS.

    The arithmetic is in float64 whatever the spec's dtype: a line search compares costs that float32 rounds to the same
    number. The parameters come back in the spec's dtype. ``optimizer.max_evaluations`` bounds the evaluations; ``tolerance`` is the
    largest component of the gradient at which the search has converged. Returns the state, and SciPy's message if it ended by itself.
    """
    from scipy.optimize import minimize

    search = _Search(engine, spec, seed, state, data, recorder, hooks)
    try:
        found = minimize(
            search.cost_and_gradient,
            search.start,
            method="L-BFGS-B",
            jac=True,
            callback=search.iteration_done,
            options={
                "maxiter": limit - state.epoch,
                "maxfun": spec.training.optimizer.max_evaluations,
                "gtol": spec.training.tolerance,
            },
        )
    except _Stopped:
        return search.state, ""
    except KeyboardInterrupt:
        search.state.outcome = Outcome.INTERRUPTED
        return search.state, ""
    search.state.outcome = _outcome(found)
    return search.state, str(found.message)


def _outcome(found: Any) -> Outcome:
    """Return how SciPy's search ended."""
    if not np.isfinite(found.fun):
        return Outcome.DIVERGED
    return Outcome.CONVERGED if found.status == 0 else Outcome.EPOCHS_USED_UP


class _Search:
    """One run of L-BFGS: its state, and what it evaluates on the way."""

    def __init__(
        self,
        engine: Engine,
        spec: Spec,
        seed: int,
        state: State,
        data: TrainingData,
        recorder: Recorder,
        hooks: Hooks,
    ) -> None:
        self.engine, self.seed, self.recorder, self.hooks = engine, seed, recorder, hooks
        self.spec, self.layout = spec, Layout.of(spec.network)
        self.spec64 = spec.replace(training=spec.training.replace(dtype="float64"))
        self.data = data
        self.X, self.Y = _rows64(data.X, data), _rows64(data.Y, data)
        self.weights = None if data.weights is None else _rows64(data.weights, data)
        # The vector's place for each of SciPy's variables: all weights, then all biases, as scikit-learn orders them, so that
        # the inner products of L-BFGS round alike and both searches can be compared.
        places = [np.arange(block.start, block.stop) for block in self.layout.blocks]
        self.order = np.concatenate(places[0::2] + places[1::2])
        self.state = state.copy()
        self.start = state.parameters.astype(np.float64)[self.order]
        self.gradient: Array = np.zeros(self.layout.size)

    def cost_and_gradient(self, variables: Array) -> tuple[float, Array]:
        """Evaluate the cost at SciPy's variables."""
        if self.hooks.before_evaluation(self.state):
            self.state.outcome = Outcome.INTERRUPTED
            raise _Stopped
        parameters = np.empty_like(variables)
        parameters[self.order] = variables
        cost, self.gradient = self.engine.loss_and_gradient(self.spec64, self.seed, parameters, self.X, self.Y, self.weights)
        self.state.step += 1
        return cost, self.gradient[self.order]

    def iteration_done(self, intermediate_result: Any) -> None:
        """Record an iteration. SciPy passes its result so far because of the argument's name."""
        state, training = self.state, self.spec.training
        cost = float(intermediate_result.fun)
        if not (np.isfinite(cost) and np.isfinite(intermediate_result.x).all()):
            state.outcome = Outcome.DIVERGED
            raise _Stopped
        state.parameters = np.empty_like(state.parameters)
        state.parameters[self.order] = intermediate_result.x
        state.epoch += 1
        piece = self._look(cost)
        self.hooks.look(state, piece)
        self.recorder.add(piece)
        monitor = monitored(training, has_dev=len(self.data.dev_rows) > 0)
        if monitor.startswith("dev") and len(piece.record_epoch):
            # A rate of 0, so that no schedule lowers it before the search stops.
            look(training, monitor, state, float(getattr(piece, monitor)[0]), training.record_every, rate=0.0)
        is_stopped = self.hooks.after_iteration(state)
        if state.outcome is not Outcome.RUNNING:
            raise _Stopped
        if is_stopped:
            state.outcome = Outcome.INTERRUPTED
            raise _Stopped

    def _look(self, cost: float) -> Trace:
        """Return the trace of one iteration."""
        state, data, records = self.state, self.data, Records()
        records.cost.append(cost)
        if state.epoch % self.spec.training.record_every == 0 or state.epoch == self.spec.training.epochs:
            here = (self.engine, self.spec, state.parameters)
            dev = evaluate_by(*here, data.dev_X, data.dev_Y, data.dev_weights, data.dev_rows)
            train = evaluate_by(*here, data.X, data.Y, data.weights, data.rows[: len(data.dev_rows)])
            norms = gradient_norms(self.layout, self.gradient)
            records.rows.append((state.epoch, *dev, train[1], np.nan, norms))
        return records.trace(self.spec)


def _rows64(table: Array, data: TrainingData) -> Array:
    """Return the training rows of a table in float64, without a copy where they are the whole of it already."""
    whole = len(data.rows) == len(table) and bool((data.rows == np.arange(len(table))).all())
    return np.ascontiguousarray(table if whole else table[data.rows], dtype=np.float64)
