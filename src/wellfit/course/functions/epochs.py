"""Training on mini-batches, as the optimisation notebooks of both generations do it.

Legend: X (n0, m), Y (1, m): m examples and labels, one a column; a (1, m): probabilities; v, s: averages of gradients and their squares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import numpy as np

from wellfit.course.functions.checks import Array, Parameters
from wellfit.course.functions.costs import log_losses
from wellfit.course.functions.propagation import layers_of, propagate_backward, propagate_forward
from wellfit.course.functions.steps import (
    adam_step,
    initialize_adam,
    initialize_velocity,
    random_mini_batches,
    update_parameters_with_gd,
    update_parameters_with_momentum,
)
from wellfit.errors import SpecError, unknown_name

Step = Callable[[Parameters, float], None]

FIRST_SEED = 10


class Batch(NamedTuple):
    """What an epoch saw of one batch, before its step.

    Attributes
    ----------
    loss : float
        Sum over its examples.
    size : int
        Number of examples.
    """

    loss: float
    size: int


def make_step(
    optimizer: str, parameters: Parameters, beta: float, beta1: float, beta2: float, epsilon: float, form: Literal["inside", "outside"]
) -> Step:
    """Return a function of (gradients, learning rate) that moves the parameters and remembers its averages.

    Parameters
    ----------
    optimizer : str
        ``"gd"``, ``"momentum"`` or ``"adam"``.
    parameters : dict
        W1, b1, ...; the entries are bound to new arrays at each step.
    beta, beta1, beta2, epsilon, form :
        As in `wellfit.course.functions.steps`.

    Returns
    -------
    function

    Raises
    ------
    SpecError
        If the optimiser is unknown.
    """
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

        def adam(grads: Parameters, learning_rate: float) -> None:
            nonlocal t
            t += 1
            adam_step(parameters, grads, v, s, t, learning_rate, beta1, beta2, epsilon, form)

        return adam
    raise SpecError(unknown_name("optimizer", optimizer, ["gd", "momentum", "adam"]))


def epochs(
    X: Array, Y: Array, parameters: Parameters, step: Step, mini_batch_size: int, num_epochs: int, learning_rate: Callable[[int], float]
) -> Iterator[tuple[int, list[Batch]]]:
    """Yield (epoch, its batches) after each epoch.

    The seed of the batches starts at 10 and is incremented before each epoch.

    Parameters
    ----------
    X, Y : arrays of shapes (n0, m), (1, m)
        Examples and labels.
    parameters : dict
        W1, b1, ....
    step : function
        What `make_step` gave for these parameters.
    mini_batch_size, num_epochs : int
        Examples a batch; how many epochs.
    learning_rate : function of the epoch
        Rate of the epoch's steps.

    Yields
    ------
    epoch : int
    batches : list of Batch
    """
    for epoch in range(num_epochs):
        rate, batches = learning_rate(epoch), list[Batch]()
        for batch_X, batch_Y in random_mini_batches(X, Y, mini_batch_size, FIRST_SEED + 1 + epoch):
            a, cache = propagate_forward(batch_X, parameters)
            batches.append(Batch(np.sum(log_losses(a, batch_Y)), batch_X.shape[1]))
            step(propagate_backward(batch_X, batch_Y, layers_of(cache, masks=False), early=True), rate)
        yield epoch, batches
