"""Initial weights, gradient descent on all examples at once, predictions, and what the notebooks print and draw of them.

Legend: W (n, n_before), b (n, 1): weights and biases of a layer; A (1, m): probabilities; J: cost.
"""

# Seed 3 of NumPy's global generator draws the published initial weights:
# ruff: noqa: NPY002

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from wellfit.course.functions import pictures
from wellfit.course.functions.checks import Array, Parameters, check_gradients, check_labels, check_layers
from wellfit.maths.optimisers import gradient_descent

SEED = 3


class Report(NamedTuple):
    """How often a notebook's model prints its cost, and how often it keeps it for the curve."""

    unit: str  # "iteration" or "epoch"
    printed: int
    kept: int
    number: str = ""  # the cost's format


def initial_parameters(layer_dims: Iterable[int], weights: Callable[[int, int], Array]) -> Parameters:
    """Return W1, b1, ..., WL, bL; `weights` of (units, units_before) makes each layer's weights, in order, and biases are zero."""
    sizes, parameters = check_layers(layer_dims), Parameters()
    for l in range(1, len(sizes)):
        parameters[f"W{l}"] = weights(sizes[l], sizes[l - 1])
        parameters[f"b{l}"] = np.zeros((sizes[l], 1))
    return parameters


def drawn_parameters(layer_dims: Iterable[int], spread: Callable[[Array, int], Array]) -> Parameters:
    """Return parameters drawn with seed 3; `spread` of (standard normal weights, units_before) scales each layer's.

    NumPy's global generator is set to the seed, as in the notebooks: later cells may rely on its state.
    """
    sizes = check_layers(layer_dims)
    np.random.seed(SEED)
    return initial_parameters(sizes, lambda n, n_before: spread(np.random.randn(n, n_before), n_before))


def update_parameters(parameters: Parameters, grads: Mapping[str, Array], learning_rate: float) -> Parameters:
    """Return W - learning_rate dW and b - learning_rate db for every layer.

    Parameters
    ----------
    parameters : dict
        W1, b1, ..., WL, bL. Its entries are bound to new arrays; the old arrays, which caches may still hold, stay as they are.
    grads : dict
        dW1, db1, ..., dWL, dbL.
    learning_rate : float
        Length of the step.

    Returns
    -------
    dict
        The same dictionary.

    Raises
    ------
    DataError
        If a gradient is missing or has the wrong shape.

    Examples
    --------
    >>> P = {"W1": np.ones((1, 1)), "b1": np.zeros((1, 1))}
    >>> float(update_parameters(P, {"dW1": np.ones((1, 1)), "db1": np.zeros((1, 1))}, 0.25)["W1"][0, 0])
    0.75
    """
    for l in range(1, check_gradients(parameters, grads) + 1):
        for name in (f"W{l}", f"b{l}"):
            parameters[name] = gradient_descent(parameters[name], grads[f"d{name}"], learning_rate)
    return parameters


class Descent(Iterator[tuple[Any, ...]]):
    """What a notebook's `model` does, step by step: (number, cost before the step, parameters after it), and some the next learning rate.

    The parameters are the same dictionary each time; a step binds its entries to new arrays.
    """

    def __init__(self, parameters: Parameters, steps: Iterator[tuple[Any, ...]]) -> None:
        self.parameters, self._steps = parameters, steps

    def __next__(self) -> tuple[Any, ...]:
        """Do the next step."""
        return next(self._steps)


def descend(
    parameters: Parameters, cost_and_gradients: Callable[[Parameters], tuple[float, Parameters]], learning_rate: float, num_iterations: int
) -> Descent:
    """Return gradient descent on all examples at once."""

    def steps() -> Iterator[tuple[int, float, Parameters]]:
        for iteration in range(num_iterations):
            cost, grads = cost_and_gradients(parameters)
            update_parameters(parameters, grads, learning_rate)
            yield iteration, cost, parameters

    return Descent(parameters, steps())


def follow(run: Descent, report: Report, learning_rate: float, print_cost: bool) -> Parameters:
    """Run a descent to its end, print and draw its costs, and return the parameters; the learning rate is the curve's title."""
    costs: list[float] = []
    for number, cost, _, *rate in run:
        if print_cost and number % report.printed == 0:
            print(f"Cost after {report.unit} {number}: {cost:{report.number}}")
            for value in rate:
                print(f"learning rate after {report.unit} {number}: {value:f}")
        if print_cost and number % report.kept == 0:
            costs.append(cost)
    if costs and pictures.is_available():
        pictures.draw_costs(costs, f"{report.unit}s (in {report.kept}s)", f"Learning rate = {learning_rate}")
    return run.parameters


def print_accuracy(A: Array, y: Array) -> Array:
    """Print the accuracy, and return the predictions, shape (1, m): 1 where the probability is above one half."""
    check_labels(A, y)
    p = (A > 0.5).astype(int)
    print(f"Accuracy: {np.mean(p == y)}")
    return p
