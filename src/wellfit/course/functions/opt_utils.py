"""What the older notebook on optimisation (until 2019) imports, and its graded functions.

Legend: X (n0, m), Y (1, m): m examples and labels, one a column; a3 (1, m): probabilities; W, b: weights and biases of a layer;
g: gradient; v, s: averages of g and g^2; t: number of the step; J: cost.

It differs from `opt_utils_v1a` in two things: `compute_cost` is a mean, and `model` prints that of an epoch's last mini-batch; Adam's
epsilon is inside the root. Costs are plain sums; 1/m goes into dz3.
"""

from __future__ import annotations

from wellfit.course.functions import optimisation
from wellfit.course.functions.checks import Array, Parameters
from wellfit.course.functions.costs import mean_loss
from wellfit.course.functions.descent import Descent, follow
from wellfit.course.functions.optimisation import *  # noqa: F403 - the notebook's names
from wellfit.course.functions.optimisation import REPORT, epochs, initialize_parameters, make_step
from wellfit.course.functions.steps import adam_step
from wellfit.spec import Optimizer

__all__ = ["compute_cost", "descent", "model", "update_parameters_with_adam"]
__all__ += optimisation.__all__


def compute_cost(a3: Array, Y: Array) -> float:
    """Return J = (1/m) sum -(y log a + (1 - y) log(1 - a)), a plain sum.

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
    return mean_loss(a3, Y)


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
) -> tuple[Parameters, Parameters, Parameters]:
    """Return parameters - learning_rate v^ / sqrt(s^ + epsilon), with v^ and s^ corrected for their start at 0.

    The printed formula has epsilon outside the root; the published digits of this generation come from inside.

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
    parameters, v, s : dict

    Raises
    ------
    DataError, SpecError
        If shapes do not fit, or t is below 1.
    """
    adam = Optimizer("adam", beta1=beta1, beta2=beta2, epsilon=epsilon, epsilon_form="inside")
    adam_step(adam, parameters, grads, v, s, t, learning_rate)
    return parameters, v, s


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
    num_epochs: int = 10000,
    print_cost: bool = True,
) -> Parameters:
    """Train a network on mini-batches, print its cost every 1,000 epochs and draw it.

    Parameters
    ----------
    X, Y : arrays of shapes (n0, m), (1, m)
        Examples and labels.
    layers_dims : list of int
        Units of each layer, the input's first.
    optimizer : str
        ``"gd"``, ``"momentum"`` or ``"adam"``.
    learning_rate : float
        Length of a step.
    mini_batch_size : int
        Examples a batch.
    beta : float
        Memory of momentum.
    beta1, beta2, epsilon : float
        Of Adam.
    num_epochs : int
        How many.
    print_cost : bool
        Whether to print and draw.

    Returns
    -------
    dict
        W1, b1, ..., WL, bL.

    Raises
    ------
    DataError, SpecError
        If shapes do not fit, or the optimiser is unknown.
    """
    run = descent(X, Y, layers_dims, optimizer, learning_rate, mini_batch_size, beta, beta1, beta2, epsilon, num_epochs)
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
    num_epochs: int = 10000,
) -> Descent:
    """Return an iterator over what `model` does: (epoch, mean cost of its last batch before the step, parameters after it).

    Parameters
    ----------
    X, Y, layers_dims, optimizer, learning_rate, mini_batch_size, beta, beta1, beta2, epsilon, num_epochs :
        As in `model`.

    Returns
    -------
    iterator of (int, float, dict)
        The same dictionary each time, its entries bound to new arrays.
    """
    parameters = initialize_parameters(layers_dims)
    adam = Optimizer("adam", beta1=beta1, beta2=beta2, epsilon=epsilon, epsilon_form="inside")
    step = make_step(optimizer, parameters, beta, adam)
    run = epochs(X, Y, parameters, step, mini_batch_size, num_epochs, lambda epoch: learning_rate)
    return Descent(parameters, ((epoch, 1.0 / batches[-1].size * batches[-1].loss, parameters) for epoch, batches in run))
