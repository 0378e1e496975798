"""What both generations of the optimisation notebook share: most of their names, and training on mini-batches.

Legend: X (n0, m), Y (1, m): m examples and labels, one a column; a (1, m): probabilities; v, s: averages of gradients and their squares.
"""

# Parameters and gradients are what NumPy's global generator draws under a seed:
# ruff: noqa: NPY002

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from wellfit.course.functions.checks import Array, Parameters
from wellfit.course.functions.costs import log_losses
from wellfit.course.functions.descent import Report, update_parameters
from wellfit.course.functions.init_utils import backward_propagation, forward_propagation, predict, predict_dec
from wellfit.course.functions.init_utils import initialize_parameters_he as initialize_parameters
from wellfit.course.functions.pictures import draw_boundary as plot_decision_boundary
from wellfit.course.functions.propagation import layers_of, propagate_backward, propagate_forward, relu, sigmoid
from wellfit.course.functions.samples import load_2D_dataset
from wellfit.course.functions.samples import moons as load_dataset
from wellfit.course.functions.steps import (
    adam_step,
    initialize_adam,
    initialize_rmsprop,
    initialize_velocity,
    random_mini_batches,
    update_parameters_with_gd,
    update_parameters_with_momentum,
    update_parameters_with_rmsprop,
)
from wellfit.errors import SpecError, unknown_name
from wellfit.spec import Optimizer

# What `from opt_utils import *` gives beside the names in which the generations differ.
__all__ = [
    "backward_propagation",
    "forward_propagation",
    "initialize_adam",
    "initialize_parameters",
    "initialize_rmsprop",
    "initialize_velocity",
    "load_2D_dataset",
    "load_dataset",
    "load_params_and_grads",
    "np",
    "plot_decision_boundary",
    "predict",
    "predict_dec",
    "random_mini_batches",
    "relu",
    "sigmoid",
    "update_parameters",
    "update_parameters_with_gd",
    "update_parameters_with_momentum",
    "update_parameters_with_rmsprop",
]

REPORT = Report("epoch", 1000, 100, "f")
FIRST_SEED = 10

Step = Callable[[Parameters, float], None]


def load_params_and_grads(seed: int = 1) -> tuple[Array, ...]:
    """Return W1, b1, W2, b2, dW1, db1, dW2, db2 of 2 inputs, 2 and 3 units, all of them normal numbers.

    Parameters
    ----------
    seed : int
        NumPy's global generator is set to it.

    Returns
    -------
    tuple of 8 arrays
    """
    np.random.seed(seed)
    return tuple(np.random.randn(*shape) for shape in [(2, 3), (2, 1), (3, 3), (3, 1)] * 2)


# === Training on mini-batches ===


class Batch(NamedTuple):
    """The sum of a batch's losses before its step, and the number of its examples."""

    loss: float
    size: int


def make_step(optimizer: str, parameters: Parameters, beta: float, adam: Optimizer) -> Step:
    """Return a function of (gradients, learning rate) that moves the parameters and keeps the optimiser's averages."""
    if optimizer == "gd":

        def gd(grads: Parameters, learning_rate: float) -> None:
            update_parameters_with_gd(parameters, grads, learning_rate)

        return gd
    if optimizer == "momentum":
        velocity = initialize_velocity(parameters)

        def momentum(grads: Parameters, learning_rate: float) -> None:
            update_parameters_with_momentum(parameters, grads, velocity, beta, learning_rate)

        return momentum
    if optimizer == "adam":
        (v, s), t = initialize_adam(parameters), 0

        def by_adam(grads: Parameters, learning_rate: float) -> None:
            nonlocal t
            t += 1
            adam_step(adam, parameters, grads, v, s, t, learning_rate)

        return by_adam
    raise SpecError(unknown_name("optimizer", optimizer, ["gd", "momentum", "adam"]))


def epochs(
    X: Array, Y: Array, parameters: Parameters, step: Step, mini_batch_size: int, num_epochs: int, learning_rate: Callable[[int], float]
) -> Iterator[tuple[int, list[Batch]]]:
    """Yield (epoch, its batches) after each epoch; the seed of the batches is 11 in the first epoch and grows by 1."""
    for epoch in range(num_epochs):
        rate, batches = learning_rate(epoch), list[Batch]()
        for batch_X, batch_Y in random_mini_batches(X, Y, mini_batch_size, FIRST_SEED + 1 + epoch):
            a, cache = propagate_forward(batch_X, parameters)
            batches.append(Batch(np.sum(log_losses(a, batch_Y)), batch_X.shape[1]))
            step(propagate_backward(batch_X, batch_Y, layers_of(cache, masks=False), early=True), rate)
        yield epoch, batches
