"""What the newer notebooks on optimisation (2019 on, and with learning-rate decay 2021 on) import, and their graded functions.

Legend: X (n0, m), Y (1, m): m examples and labels, one a column; a3 (1, m): probabilities; W, b: weights and biases of a layer;
g: gradient; v, s: averages of g and g^2; t: number of the step; J: cost.

It differs from `opt_utils` in two things: `compute_cost` is a batch's sum, and `model` prints an epoch's total divided by m; Adam's epsilon
is outside the root, and its function returns five values. Costs are plain sums; 1/m goes into dz3.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from wellfit.course.functions import optimisation
from wellfit.course.functions.checks import Array, Parameters
from wellfit.course.functions.costs import log_losses
from wellfit.course.functions.descent import Descent, follow
from wellfit.course.functions.optimisation import *  # noqa: F403 - the notebook's names
from wellfit.course.functions.optimisation import REPORT, epochs, initialize_parameters, make_step
from wellfit.course.functions.steps import adam_step, corrected
from wellfit.errors import SpecError
from wellfit.maths.schedules import inverse_time
from wellfit.spec import Optimizer

__all__ = ["compute_cost", "descent", "model", "schedule_lr_decay", "update_lr", "update_parameters_with_adam"]
__all__ += optimisation.__all__

Decay = Callable[[float, int, float], float]


def compute_cost(a3: Array, Y: Array) -> float:
    """Return sum -(y log a + (1 - y) log(1 - a)): the total of a batch, not its mean.

    Parameters
    ----------
    a3 : array of shape (1, m)
        Probabilities.
    Y : array of shape (1, m)
        Labels, 0 or 1.

    Returns
    -------
    float

    Raises
    ------
    DataError
        If shapes do not fit.
    """
    cost_total: float = np.sum(log_losses(a3, Y))
    return cost_total


def update_parameters_with_adam(
    parameters: Parameters,
    grads: Parameters,
    v: Parameters,
    s: Parameters,
    t: int,
    learning_rate: float = 0.01,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> tuple[Parameters, Parameters, Parameters, Parameters, Parameters]:
    """Return parameters - learning_rate v^ / (sqrt(s^) + epsilon), with v^ and s^ corrected for their start at 0.

    Parameters
    ----------
    parameters, grads, v, s : dict
        W1, b1, ...; dW1, db1, ...; averages of these and of their squares. Their entries are bound to new arrays.
    t : int
        Number of the step, from 1.
    learning_rate, beta1, beta2, epsilon : float
        Length of the step; memories of v and s; what keeps the denominator from zero.

    Returns
    -------
    parameters, v, s, v_corrected, s_corrected : dict

    Raises
    ------
    DataError, SpecError
        If shapes do not fit, or t is below 1.
    """
    adam = Optimizer("adam", beta1=beta1, beta2=beta2, epsilon=epsilon, epsilon_form="outside")
    adam_step(adam, parameters, grads, v, s, t, learning_rate)
    return parameters, v, s, corrected(v, beta1, t), corrected(s, beta2, t)


# === Learning rates ===


def update_lr(learning_rate0: float, epoch_num: int, decay_rate: float) -> float:
    """Return learning_rate0 / (1 + decay_rate epoch_num).

    Parameters
    ----------
    learning_rate0 : float
        Rate at the start.
    epoch_num : int
        Number of the epoch, from 0.
    decay_rate : float
        How fast it falls.

    Returns
    -------
    float

    Examples
    --------
    >>> update_lr(0.5, 2, 1)
    0.16666666666666666
    """
    return schedule_lr_decay(learning_rate0, epoch_num, decay_rate, 1)


def schedule_lr_decay(learning_rate0: float, epoch_num: int, decay_rate: float, time_interval: int = 1000) -> float:
    """Return learning_rate0 / (1 + decay_rate floor(epoch_num / time_interval)).

    Parameters
    ----------
    learning_rate0 : float
        Rate at the start.
    epoch_num : int
        Number of the epoch, from 0.
    decay_rate : float
        How fast it falls.
    time_interval : int
        Epochs between two falls.

    Returns
    -------
    float

    Raises
    ------
    SpecError
        If the interval is not above 0.

    Examples
    --------
    >>> schedule_lr_decay(0.5, 100, 0.3, 100)
    0.3846153846153846
    """
    if not time_interval > 0:
        raise SpecError(f"time_interval must be above 0, found {time_interval}; it is the number of epochs between two falls of the rate.")
    return inverse_time(learning_rate0, epoch_num, decay_rate, time_interval)


def model(
    X: Array,
    Y: Array,
    layers_dims: list[int],
    optimizer: str,
    learning_rate: float = 0.0007,
    mini_batch_size: int = 64,
    beta: float = 0.9,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    num_epochs: int = 5000,
    print_cost: bool = True,
    decay: Decay | None = None,
    decay_rate: float = 1,
) -> Parameters:
    """Train a network on mini-batches, print its cost every 1,000 epochs and draw it.

    Parameters
    ----------
    X, Y, layers_dims, optimizer, learning_rate, mini_batch_size, beta, beta1, beta2, epsilon, num_epochs, print_cost :
        As in `wellfit.course.opt_utils.model`.
    decay : function of (first learning rate, epoch, decay_rate), optional
        Gives the rate of the next epoch, such as `update_lr` or `schedule_lr_decay`; the rates are printed, too.
    decay_rate : float
        How fast it falls.

    Returns
    -------
    dict
        W1, b1, ..., WL, bL.

    Raises
    ------
    DataError, SpecError
        If shapes do not fit, or the optimiser is unknown.
    """
    run = descent(X, Y, layers_dims, optimizer, learning_rate, mini_batch_size, beta, beta1, beta2, epsilon, num_epochs, decay, decay_rate)
    return follow(run, REPORT, learning_rate, print_cost)


def descent(
    X: Array,
    Y: Array,
    layers_dims: list[int],
    optimizer: str,
    learning_rate: float = 0.0007,
    mini_batch_size: int = 64,
    beta: float = 0.9,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    num_epochs: int = 5000,
    decay: Decay | None = None,
    decay_rate: float = 1,
) -> Descent:
    """Return an iterator over what `model` does: (epoch, mean cost, parameters after it, rate of the next).

    Parameters
    ----------
    X, Y, layers_dims, optimizer, learning_rate, mini_batch_size, beta, beta1, beta2, epsilon, num_epochs, decay, decay_rate :
        As in `model`.

    Returns
    -------
    iterator of (int, float, dict), with a decay (int, float, dict, float)
        The cost is the mean over all examples, each before the step of its batch. The same dictionary each time, its entries bound to
        new arrays.
    """
    parameters = initialize_parameters(layers_dims)
    adam = Optimizer("adam", beta1=beta1, beta2=beta2, epsilon=epsilon, epsilon_form="outside")
    step = make_step(optimizer, parameters, beta, adam)

    def rate(epoch: int) -> float:
        # Each epoch sets the rate of the next, always from the first rate.
        return learning_rate if decay is None or epoch == 0 else decay(learning_rate, epoch - 1, decay_rate)

    run = epochs(X, Y, parameters, step, mini_batch_size, num_epochs, rate)
    costs = ((epoch, sum(batch.loss for batch in batches) / X.shape[1], parameters) for epoch, batches in run)
    return Descent(parameters, costs if decay is None else ((*found, rate(found[0] + 1)) for found in costs))
