"""A recipe on the compiled engine, in float64: given initial weights, masks and batch orders."""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.course.published.inputs import batch_orders, fixed_masks, initial_vector
from wellfit.course.published.numbers import RUNS
from wellfit.course.published.recipes import Recipe
from wellfit.datasets import Parts
from wellfit.engines.api import get_engine
from wellfit.engines.types import Array, Engine, Outcome, Plan, State, TrainingData
from wellfit.spec import Spec
from wellfit.training.arrays import make_data
from wellfit.training.fit import FitResult, fit_network
from wellfit.training.task import Task
from wellfit.training.tasks import interruption_error

__all__ = ["Run", "engine_data", "engine_plan", "predicted_classes", "run_on_engine", "uninterrupted"]


class Run(NamedTuple):
    """The results of a recipe."""

    # (iterations + 1,): the cost that the source prints, before each iteration's update; nan where it prints none and it was not
    # computed
    costs: Array
    parameters: Array  # (size,): after the last iteration
    # train, test: predicted classes
    train: NDArray[np.int64]
    test: NDArray[np.int64]
    seconds: float  # wall time of the training


def run_on_engine(recipe: Recipe, parts: Parts, start: Array | None = None) -> Run:
    """Run a recipe on the compiled engine, from the published initial weights or from `start`."""
    # One thread: these networks are too small to share.
    engine = get_engine("compiled").with_threads(1)
    spec, data, plan = recipe.spec, engine_data(parts), engine_plan(recipe, len(parts.X_train))
    begin = time.perf_counter()
    state = engine.initial_state(spec, 0, initial_vector(recipe.layers, recipe.weights) if start is None else start)
    first: Array = np.empty(0)
    if recipe.decay_interval is not None:
        state, first, plan = _first_epoch(spec, engine, state, data, plan)
    result = uninterrupted(fit_network(Task(spec, data, state=state, epochs=recipe.iterations - len(first)), engine=engine, plan=plan))
    seconds = time.perf_counter() - begin
    # The cost after the last iteration takes one iteration more, whose update is dropped.
    beyond = uninterrupted(fit_network(Task(spec, data, state=result.state, epochs=1), engine=engine, plan=plan))
    costs = np.concatenate([first, result.history.cost, beyond.history.cost])
    if recipe.last_batch:
        costs = _last_batch_costs(recipe, spec, engine, state, data, plan)
    classes = [predicted_classes(spec, result.parameters, X) for X in (parts.X_train, parts.X_test)]
    return Run(costs, result.parameters, classes[0], classes[1], seconds)


def engine_data(parts: Parts) -> TrainingData:
    """Return a recipe's training rows in the engines' form."""
    return make_data(parts.X_train, parts.y_train, "float64")


def engine_plan(recipe: Recipe, rows: int, mask_seed: int | None = None) -> Plan:
    """Return a recipe's batch orders and dropout masks: one mask of a seed, or the notebook's, or new ones at each step."""
    orders = None if recipe.batch_size is None else batch_orders(recipe.iterations + 1, rows)
    if recipe.keep_prob == 1 or (mask_seed is None and recipe.draws_masks):
        return Plan(orders)
    seeds = {} if mask_seed is None else {"seed": mask_seed}
    return Plan(orders, fixed_masks(recipe.layers, recipe.keep_prob, rows, **seeds))


def predicted_classes(spec: Spec, parameters: NDArray[np.floating], X: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return 1 where the probability is above one half, else 0; there may be no rows."""
    if not len(X):
        return np.zeros(0, np.int64)
    return (get_engine("compiled").forward(spec, parameters, X)[:, 0] > 0.5).astype(np.int64)


def uninterrupted(result: FitResult) -> FitResult:
    """Return a result, or raise `KeyboardInterrupt` or `ClusterError` if it was cut short: half a run reproduces nothing."""
    if result.outcome is Outcome.INTERRUPTED:
        raise interruption_error([result])
    return result


def _first_epoch(spec: Spec, engine: Engine, state: State, data: TrainingData, plan: Plan) -> tuple[State, Array, Plan]:
    """Train the first epoch, and start the schedule only after it.

    The notebook sets the rate of the next epoch from the number of this one, so that epochs 0 and 1 both have the first rate. The
    engine's schedule counts the epochs done; its count is set back to 0, and the first order is dropped.
    """
    state, trace = engine.train(spec, 0, state, data, plan, 1)
    state.epoch = 0
    assert plan.orders is not None
    return state, trace.cost, Plan(plan.orders[1:], plan.masks)


def _last_batch_costs(recipe: Recipe, spec: Spec, engine: Engine, state: State, data: TrainingData, plan: Plan) -> NDArray[np.float64]:
    """Return the cost of the last mini-batch before its update, at the printed epochs; nan at the others.

    An epoch's trace is the mean over its batches, so each printed epoch is trained again, up to its last batch.
    """
    assert plan.orders is not None
    assert recipe.batch_size is not None
    costs = np.full(recipe.iterations + 1, np.nan)
    rows = len(data.rows)
    last = (rows - 1) // recipe.batch_size * recipe.batch_size
    for epoch in range(0, recipe.iterations, RUNS[recipe.key].every):
        state, _ = engine.train(spec, 0, state, data, plan, epoch - state.epoch)
        order = plan.orders[epoch]
        before, _ = engine.train(spec, 0, state, data._replace(rows=order[:last]), Plan(), 1)
        costs[epoch], _ = engine.loss_and_gradient(spec, 0, before.parameters, data.X[order[last:]], data.Y[order[last:]])
    return costs
