"""Which regularisation helps on the football field: many seeds of each, compared on the same rows.

A published run is one seed. Here each method trains networks from the same initial weights, seed by seed. Errors of rows are averaged
over seeds; an interval covers what other test rows and other seeds would change, and differences are between networks on the same rows
and of the same seeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wellfit.course.published.engine_runs import engine_data, engine_plan, predicted_classes, uninterrupted
from wellfit.course.published.inputs import initial_vector
from wellfit.course.published.populations import side_by_side, train_members
from wellfit.course.published.recipes import Recipe, of_source
from wellfit.datasets import Parts
from wellfit.engines.api import get_engine
from wellfit.judge.intervals import Interval, difference, pooled_spread, row_correlation, widened_by_seeds, wilson
from wellfit.judge.metric import Metric
from wellfit.plurals import counted
from wellfit.training.fit import fit_network
from wellfit.training.result import FitResult
from wellfit.training.task import Task

__all__ = ["SHARES", "Evidence", "Method", "MethodResult", "evaluate", "methods_of", "train_networks"]

# Accuracies and their differences are written as error rates are.
SHARES = Metric("classification")

# Of shape (seeds, rows): 1 where a network is wrong.
Errors = NDArray[np.float64]


@dataclass(frozen=True)
class Method:
    """One way to regularise."""

    name: str  # in tables
    # l2, keep_prob: penalty and chance of keeping a unit
    l2: float = 0.0
    keep_prob: float = 1.0
    one_mask: bool = False  # whether all steps of a network use one mask, as in the notebook; else each step draws new ones


@dataclass(frozen=True)
class MethodResult:
    """The accuracies of a method."""

    method: Method
    # train, test: mean accuracy over seeds
    train: Interval
    test: Interval
    gain: Interval | None  # test accuracy over that without regularisation; None for that itself


@dataclass(frozen=True)
class Evidence:
    """All methods on one network."""

    results: tuple[MethodResult, ...]  # the first is without regularisation
    seeds: int  # networks a method
    rows: int  # test rows
    best: tuple[str, str, Interval]  # the best method, the second, and the difference of their test accuracies

    @property
    def sentences(self) -> list[str]:
        """The conclusions, in words."""
        better = [result for result in self.results if result.gain is not None and result.gain.low > 0]
        worse = [result for result in self.results if result.gain is not None and result.gain.high < 0]
        rest = [result for result in self.results if result.gain is not None and result not in better and result not in worse]
        found = []
        for result in (*better, *worse):
            assert result.gain is not None
            found.append(f"With {result.method.name} the test accuracy is {SHARES.compared(result.gain)}.")
        if rest:
            names = "; ".join(f"{result.method.name} {SHARES.difference_words(result.gain)}" for result in rest if result.gain is not None)
            size = f"{counted(self.rows, 'test row')} and {counted(self.seeds, 'seed')}"
            found.append(f"Cannot be distinguished from no regularisation with {size}: {names}.")
        first, second, lead = self.best
        clearly = "clearly" if lead.low > 0 else "but they cannot be distinguished"
        found.append(f"The best is {first}, then {second}, {clearly}: the difference is {SHARES.difference_words(lead)}.")
        return found


def methods_of(source: str) -> list[Method]:
    """Return the methods to compare on a source's network, first none; no methods for a source without regularisation."""
    if source == "regularization":
        return [
            Method("none"),
            Method("L2, λ 0.1", l2=0.1),
            Method("L2, λ 0.7", l2=0.7),
            Method("dropout, keep 0.86, one mask", keep_prob=0.86, one_mask=True),
            Method("dropout, keep 0.86, fresh masks", keep_prob=0.86),
            Method("both, λ 0.1, keep 0.86, fresh masks", l2=0.1, keep_prob=0.86),
            Method("both, λ 0.7, keep 0.86, fresh masks", l2=0.7, keep_prob=0.86),
        ]
    if source != "textbook":
        return []
    return [
        Method("none"),
        Method("L2, λ 0.1", l2=0.1),
        Method("dropout, keep 0.8, one mask", keep_prob=0.8, one_mask=True),
        Method("dropout, keep 0.8, fresh masks", keep_prob=0.8),
        Method("both, λ 0.1, keep 0.9, fresh masks", l2=0.1, keep_prob=0.9),
    ]


def train_networks(source: str, method: Method, parts: Parts, seeds: int, iterations: int | None = None) -> list[FitResult]:
    """Train a method's networks; seed s draws initial weights and masks. By default as many iterations as in the source."""
    plain = of_source(source)[0]
    recipe = replace(plain, l2=method.l2, keep_prob=method.keep_prob, iterations=iterations or plain.iterations)
    starts = [(seed, initial_vector(recipe.layers, recipe.weights, seed)) for seed in range(seeds)]
    if not method.one_mask:
        return train_members(recipe, parts, starts)
    return _with_one_mask(recipe, parts, starts)


def _with_one_mask(recipe: Recipe, parts: Parts, starts: Sequence[tuple[int, NDArray[np.float64]]]) -> list[FitResult]:
    """Train networks with given masks, which `fit_many` does not take, on all cores."""
    engine, data = get_engine("compiled").with_threads(1), engine_data(parts)

    def train(start: tuple[int, NDArray[np.float64]]) -> FitResult:
        plan = engine_plan(recipe, len(parts.X_train), mask_seed=start[0])
        return fit_network(Task(recipe.spec, data, parameters=start[1], epochs=recipe.iterations), engine=engine, plan=plan)

    return [uninterrupted(result) for result in side_by_side(train, starts)]


def evaluate(methods: Sequence[Method], networks: Sequence[Sequence[FitResult]], parts: Parts) -> Evidence:
    """Return the evidence of trained networks: equally many of each method, in the same order of seeds; the first method is none."""
    train, test = (
        [np.stack([predicted_classes(one.spec, one.parameters, X) != y for one in group]).astype(np.float64) for group in networks]
        for X, y in ((parts.X_train, parts.y_train), (parts.X_test, parts.y_test))
    )
    results = []
    for place, method in enumerate(methods):
        on_train, on_test = (_accuracy(part[place], part) for part in (train, test))
        results.append(MethodResult(method, on_train, on_test, _gain(test[0], test[place]) if place else None))
    first, second = sorted(range(len(methods)), key=lambda place: float(test[place].mean()))[:2]
    lead = _gain(test[second], test[first])
    seeds, rows = test[0].shape
    return Evidence(tuple(results), seeds, rows, (methods[first].name, methods[second].name, lead))


def _accuracy(errors: Errors, of_all: Sequence[Errors]) -> Interval:
    """Return the mean accuracy of a method's networks; the spread over seeds is pooled over all methods."""
    spread = pooled_spread([each.mean(axis=1) for each in of_all])
    wrong = widened_by_seeds(wilson(float(errors.mean()), errors.shape[1]), spread, len(errors))
    return Interval(1 - wrong.estimate, 1 - wrong.high, 1 - wrong.low).within(0.0, 1.0)


def _gain(base: Errors, other: Errors) -> Interval:
    """Return how much lower the second error is, on the same rows and, seed by seed, from the same initial weights."""
    wrong, less = (wilson(float(errors.mean()), errors.shape[1]) for errors in (base, other))
    over_rows = difference(wrong, less, correlation=row_correlation(base.mean(axis=0), other.mean(axis=0)))
    return widened_by_seeds(over_rows, pooled_spread([base.mean(axis=1) - other.mean(axis=1)]), len(base))
