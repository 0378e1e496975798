"""Many runs of one recipe: how far rounding and seeds move its results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from wellfit.course.published.engine_runs import predicted_classes, run_on_engine, uninterrupted
from wellfit.course.published.inputs import initial_vector
from wellfit.course.published.recipes import Recipe
from wellfit.datasets import Parts
from wellfit.engines.compiled import usable_threads
from wellfit.engines.types import Array
from wellfit.spec import Member
from wellfit.training.population import fit_many
from wellfit.training.result import FitResult

__all__ = ["Population", "fresh_masks", "moved_by_one_bit", "one_bit_beside", "population_of", "side_by_side", "train_members"]

Item = TypeVar("Item")
Trained = TypeVar("Trained")

# Runs to see whether anything moves, and runs to see how far.
FEW, MANY = 6, 40
# Costs of runs that differ by rounding alone have a relative spread below this where one run is a reliable target.
MOVES = 1e-10


class Population(NamedTuple):
    """Costs and predicted classes of many runs."""

    costs: NDArray[np.float64]  # (runs, iterations): before each iteration's update
    # train, test: (runs, rows): predicted classes
    train: NDArray[np.int64]
    test: NDArray[np.int64]


def population_of(recipe: Recipe, parts: Parts) -> Population:
    """Return the runs over which a recipe's results vary: with new masks if the source does not say which, else with other rounding."""
    if recipe.draws_masks:
        return fresh_masks(recipe, parts)
    few = one_bit_beside(recipe, parts, FEW)
    spread = np.ptp(few.costs, axis=0) / np.abs(few.costs[0])
    moved = np.nanmax(spread) > MOVES or any(np.ptp(classes, axis=0).any() for classes in (few.train, few.test))
    return one_bit_beside(recipe, parts, MANY) if moved else few


def moved_by_one_bit(start: Array, runs: int) -> list[Array]:
    """Return copies of a vector, each number moved up or down by one unit in the last place, or not, at random; zeros stay.

    Fewer copies are the first of more.
    """
    draw = np.random.default_rng(0)
    steps = draw.integers(-1, 2, size=(runs, start.size)).reshape(runs, *start.shape)
    return [np.where((step == 0) | (start == 0), start, np.nextafter(start, np.inf * np.where(step == 0, 1, step))) for step in steps]


def one_bit_beside(recipe: Recipe, parts: Parts, runs: int = MANY) -> Population:
    """Return runs whose initial weights are moved by one unit in the last place."""
    starts = moved_by_one_bit(initial_vector(recipe.layers, recipe.weights), runs)
    found = side_by_side(lambda start: run_on_engine(recipe, parts, start), starts)
    return Population(*(np.stack(arrays) for arrays in zip(*(run[0:1] + run[2:4] for run in found), strict=True)))


def fresh_masks(recipe: Recipe, parts: Parts, runs: int = MANY) -> Population:
    """Return runs from the published initial weights whose dropout draws new masks at every step."""
    start = initial_vector(recipe.layers, recipe.weights)
    results = train_members(recipe, parts, [(seed, start) for seed in range(runs)])
    classes = [np.stack([predicted_classes(one.spec, one.parameters, X) for one in results]) for X in (parts.X_train, parts.X_test)]
    return Population(np.stack([one.history.cost for one in results]), *classes)


def side_by_side(train: Callable[[Item], Trained], items: Iterable[Item]) -> list[Trained]:
    """Return a function's results in the order of its items, computed on as many threads as there are cores; Ctrl-C ends all."""
    with ThreadPoolExecutor(usable_threads()) as pool:
        try:
            return list(pool.map(train, items))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise


def train_members(recipe: Recipe, parts: Parts, starts: Sequence[tuple[int, NDArray[np.float64]]]) -> list[FitResult]:
    """Train a recipe's network from several (seed, initial weights), with new masks at each step, drawn by the seed."""
    spec = replace(recipe.spec, training=replace(recipe.spec.training, epochs=recipe.iterations))
    members = [Member(spec, seed, parameters=start) for seed, start in starts]
    return [uninterrupted(result) for result in fit_many(members, parts.X_train, parts.y_train)]
