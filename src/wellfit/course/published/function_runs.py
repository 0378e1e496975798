"""A recipe on the course's functions, in NumPy: a run takes seconds, on the engine tenths of a second.

Arrays are transposed on the way in and out: a column is an example in the course.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.course.functions import ch8_utils, gc_utils, init_utils, opt_utils, opt_utils_v1a, reg_utils
from wellfit.course.published.cases import gradient_check_rows
from wellfit.course.published.comparison import Row, compare
from wellfit.course.published.engine_runs import Run
from wellfit.course.published.numbers import UNITS
from wellfit.course.published.recipes import Recipe
from wellfit.datasets import Parts
from wellfit.engines.types import Array
from wellfit.events import Callback, Progress

__all__ = ["course_gradient_rows", "run_on_functions"]

METHODS = {"gradient_descent": "gd", "averaged_momentum": "momentum", "adam": "adam"}
WEIGHTS = {"zeros": "zeros", "large random": "random", "he": "he"}
TICKS = 100


def run_on_functions(recipe: Recipe, parts: Parts, callback: Callback | None = None) -> Run:
    """Run a recipe on the functions that the notebooks import; a callback that returns True ends it by a `KeyboardInterrupt`."""
    X, Y = parts.X_train.T, parts.y_train.reshape(1, -1)
    # One iteration more, for its cost alone.
    module, steps = _descent(recipe, X, Y, recipe.iterations + 1)
    tick = max(1, recipe.iterations // TICKS)
    costs = np.full(recipe.iterations + 1, np.nan)
    parameters: dict[str, Any] = {}
    begin = time.perf_counter()
    # The published formulas overflow and drop 0 * inf from their sums; both have to be reproduced.
    with np.errstate(all="ignore"):
        for iteration, cost, now, *_ in steps:
            costs[iteration] = cost
            if iteration == recipe.iterations - 1:
                parameters = dict(now)
            if callback is not None and iteration % tick == 0 and callback(Progress(recipe.name, iteration, recipe.iterations)):
                raise KeyboardInterrupt
        seconds = time.perf_counter() - begin
        classes = [_classes(module, parameters, examples) for examples in (parts.X_train, parts.X_test)]
    blocks = [parameters[f"{letter}{layer}"].T.ravel() for layer in range(1, len(recipe.layers)) for letter in "Wb"]
    return Run(costs, np.concatenate(blocks), classes[0], classes[1], seconds)


def _descent(recipe: Recipe, X: NDArray[Any], Y: NDArray[Any], iterations: int) -> tuple[ModuleType, Iterator[Any]]:
    """Return the module of a recipe's notebook, and its run."""
    if recipe.source == "init":
        return init_utils, init_utils.descent(X, Y, recipe.learning_rate, iterations, WEIGHTS[recipe.weights])
    if recipe.source == "optimization":
        old = recipe.last_batch
        module = opt_utils if old else opt_utils_v1a
        options: dict[str, Any] = {"learning_rate": recipe.learning_rate, "num_epochs": iterations}
        if recipe.decay_interval is not None:
            decay = opt_utils_v1a.update_lr if recipe.decay_interval == 1 else opt_utils_v1a.schedule_lr_decay
            options |= {"decay": decay, "decay_rate": 1}
        return module, module.descent(X, Y, list(recipe.layers), METHODS[recipe.optimizer.name], **options)
    field: ModuleType = reg_utils if recipe.source == "regularization" else ch8_utils
    return field, field.descent(X, Y, recipe.learning_rate, iterations, recipe.l2, recipe.keep_prob)


def _classes(module: ModuleType, parameters: dict[str, Any], X: NDArray[Any]) -> NDArray[np.int64]:
    if not len(X):
        return np.zeros(0, np.int64)
    return np.asarray(module.predict_dec(parameters, X.T)).ravel().astype(np.int64)


def course_gradient_rows() -> list[Row]:
    """Return the comparisons of the notebook on gradient checking, by its own functions."""
    random = np.random.RandomState(1)
    X, Y = random.randn(4, 3), np.array([1, 1, 0])
    theta = np.concatenate([random.randn(*shape).ravel() for shape in gc_utils.SHAPES.values()])

    def check(theta: Array) -> tuple[float, float]:
        """Return the distance with two faults planted, and with them fixed."""
        parameters = gc_utils.vector_to_dictionary(theta)
        _, cache = gc_utils.forward_propagation_n(X, Y, parameters)
        right = gc_utils.backward_propagation_n(X, Y, cache)
        faulty = right | {"dW2": 2 * right["dW2"], "db1": 4 * right["db1"]}
        planted, fixed = (gc_utils.gradient_check_n(parameters, gradients, X, Y) for gradients in (faulty, right))
        return planted, fixed

    one, three = (gc_utils.gradient_check(x, 4) for x in (2, 3))
    scalar = [
        Row("gradient_check(2, 4)", tuple(compare(copy, UNITS[f"gradient check 1-D, {copy}"], one, 9) for copy in ("old", "new"))),
        Row("gradient_check(3, 4)", (compare("new", UNITS["gradient check 1-D of (3, 4)"], three, 9),)),
    ]
    return scalar + gradient_check_rows(check, theta)
