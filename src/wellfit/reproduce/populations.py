"""Many runs of one recipe: what a published figure says that is no stable target, and what seeds change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.data.samples import Parts
from wellfit.reproduce.comparison import Range
from wellfit.reproduce.engine_runs import predicted_classes, uninterrupted
from wellfit.reproduce.inputs import initial_vector
from wellfit.reproduce.recipes import Recipe
from wellfit.training.population import Member, fit_many
from wellfit.training.result import FitResult

__all__ = ["Population", "fresh_masks", "one_bit_beside", "range_of", "train_members"]

RUNS = 40


class Population(NamedTuple):
    """Costs and accuracies of many runs.

    Attributes
    ----------
    costs : float64 array of shape (runs, iterations)
        Before each iteration's update.
    train, test : float64 array of shape (runs,)
        Accuracies.
    """

    costs: NDArray[np.float64]
    train: NDArray[np.float64]
    test: NDArray[np.float64]


def one_bit_beside(recipe: Recipe, parts: Parts, runs: int = RUNS) -> Population:
    """Return runs whose initial weights are moved by one unit in the last place, each up or down or not, at random.

    Parameters
    ----------
    recipe : Recipe
        Without dropout.
    parts : Parts
        Its data.
    runs : int
        How many.

    Returns
    -------
    Population
    """
    start, draw = initial_vector(recipe.layers, recipe.weights), np.random.default_rng(0)
    moved = [np.nextafter(start, np.inf * draw.choice([-1.0, 1.0], start.size)) for _ in range(runs)]
    starts = [np.where(draw.integers(3, size=start.size) > 0, other, start) for other in moved]
    # Biases start at exactly zero everywhere.
    return _population(recipe, parts, [(0, np.where(start == 0, start, other)) for other in starts])


def fresh_masks(recipe: Recipe, parts: Parts, runs: int = RUNS) -> Population:
    """Return runs from the published initial weights whose dropout draws new masks at every step.

    Parameters
    ----------
    recipe : Recipe
        With dropout.
    parts : Parts
        Its data.
    runs : int
        How many.

    Returns
    -------
    Population
    """
    start = initial_vector(recipe.layers, recipe.weights)
    return _population(recipe, parts, [(seed, start) for seed in range(runs)])


def train_members(recipe: Recipe, parts: Parts, starts: Sequence[tuple[int, NDArray[np.float64]]]) -> list[FitResult]:
    """Train a recipe's network from several initial weights, without its one mask.

    Parameters
    ----------
    recipe : Recipe
        What to train.
    parts : Parts
        Its data.
    starts : list of (seed, initial weights)
        One a network; the seed draws masks.

    Returns
    -------
    list of FitResult

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C ended it.
    """
    spec = replace(recipe.spec, training=replace(recipe.spec.training, epochs=recipe.iterations))
    members = [Member(spec, seed, parameters=start) for seed, start in starts]
    return [uninterrupted(result) for result in fit_many(members, parts.X_train, parts.y_train)]


def range_of(values: NDArray[np.float64]) -> Range:
    """Return the median and the range of a population's values.

    Parameters
    ----------
    values : array of shape (runs,)
        One a run.

    Returns
    -------
    Range
    """
    return Range(float(np.median(values)), float(values.min()), float(values.max()), len(values))


def _population(recipe: Recipe, parts: Parts, starts: Sequence[tuple[int, NDArray[np.float64]]]) -> Population:
    results = train_members(recipe, parts, starts)
    pairs = ((parts.X_train, parts.y_train), (parts.X_test, parts.y_test))
    scores = [[float((predicted_classes(one.spec, one.parameters, X) == y).mean()) for one in results] for X, y in pairs]
    return Population(np.stack([one.history.cost for one in results]), np.array(scores[0]), np.array(scores[1]))
