"""What the notebook on initialisation imports, and its graded functions: a network of ReLU layers with a sigmoid at the end.

Legend: X (n0, m), Y (1, m): m examples and labels, one a column; a3 (1, m): probabilities, whatever the depth; W (n, n_before), b (n, 1):
weights and biases of a layer; J: cost.

1/m goes into dz3, and with it into all gradients, whose names are dz3, da2, ... here. Costs are summed with ``nansum``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from wellfit.course.functions.checks import Array, Parameters
from wellfit.course.functions.costs import mean_of_numbers
from wellfit.course.functions.descent import (
    Descent,
    Report,
    descend,
    drawn_parameters,
    follow,
    initial_parameters,
    print_accuracy,
    update_parameters,
)
from wellfit.course.functions.pictures import draw_boundary as plot_decision_boundary
from wellfit.course.functions.propagation import Cache, layers_of, propagate_backward, propagate_forward, relu, sigmoid
from wellfit.course.functions.samples import circles as load_dataset
from wellfit.course.functions.samples import load_cat_dataset
from wellfit.errors import SpecError, unknown_name
from wellfit.maths.initialisers import he

__all__ = [
    "backward_propagation",
    "compute_loss",
    "descent",
    "forward_propagation",
    "initialize_parameters_he",
    "initialize_parameters_random",
    "initialize_parameters_zeros",
    "load_cat_dataset",
    "load_dataset",
    "model",
    "np",
    "plot_decision_boundary",
    "predict",
    "predict_dec",
    "relu",
    "sigmoid",
    "update_parameters",
]

HIDDEN = (10, 5)
REPORT = Report("iteration", 1000, 1000)


# === Initial weights ===


def initialize_parameters_zeros(layers_dims: Iterable[int]) -> Parameters:
    """Return weights and biases of 0; all units of a layer then learn the same.

    Parameters
    ----------
    layers_dims : list of int
        Units of each layer, the input's first.

    Returns
    -------
    dict
        W1, b1, ..., WL, bL.
    """
    return initial_parameters(layers_dims, lambda n, n_before: np.zeros((n, n_before)))


def initialize_parameters_random(layers_dims: Iterable[int]) -> Parameters:
    """Return normal weights of standard deviation 10, far too large, drawn with seed 3; biases of 0.

    Parameters
    ----------
    layers_dims : list of int
        Units of each layer, the input's first.

    Returns
    -------
    dict
        W1, b1, ..., WL, bL.
    """
    return drawn_parameters(layers_dims, lambda W, n_before: W * 10)


def initialize_parameters_he(layers_dims: Iterable[int]) -> Parameters:
    """Return normal weights of standard deviation sqrt(2 / n_before), drawn with seed 3; biases of 0 (He et al. 2015).

    Parameters
    ----------
    layers_dims : list of int
        Units of each layer, the input's first.

    Returns
    -------
    dict
        W1, b1, ..., WL, bL.

    Examples
    --------
    >>> initialize_parameters_he([2, 4, 1])["W2"].round(8)
    array([[-0.03098412, -0.33744411, -0.92904268,  0.62552248]])
    """
    return drawn_parameters(layers_dims, lambda W, n_before: W * he(n_before))


INITIALIZERS = {"zeros": initialize_parameters_zeros, "random": initialize_parameters_random, "he": initialize_parameters_he}


# === Forward, cost, backward ===


def forward_propagation(X: Array, parameters: Mapping[str, Array]) -> tuple[Array, Cache]:
    """Return the probabilities and the cache (z1, a1, W1, b1, z2, a2, W2, b2, z3, a3, W3, b3).

    Parameters
    ----------
    X : array of shape (n0, m)
        Examples.
    parameters : dict
        W1, b1, ..., of any depth.

    Returns
    -------
    a3 : array of shape (1, m)
    cache : tuple of arrays

    Raises
    ------
    DataError
        If shapes do not fit.
    """
    return propagate_forward(X, parameters)


def compute_loss(a3: Array, Y: Array) -> float:
    """Return J = (1/m) sum -(y log a + (1 - y) log(1 - a)).

    It is inf where a probability is exactly 0 or 1 and wrong, as in the published run from large weights; a term of 0 * inf counts as 0.

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
    return mean_of_numbers(a3, Y)


def backward_propagation(X: Array, Y: Array, cache: Cache) -> Parameters:
    """Return the gradients dz3, dW3, db3, da2, dz2, dW2, db2, da1, dz1, dW1, db1.

    Parameters
    ----------
    X, Y : arrays of shapes (n0, m), (1, m)
        Examples and labels.
    cache : tuple of arrays
        What `forward_propagation` gave.

    Returns
    -------
    dict

    Raises
    ------
    DataError
        If shapes do not fit, or the cache has not 4 entries a layer.
    """
    return propagate_backward(X, Y, layers_of(cache, masks=False), early=True)


# === Predictions ===


def predict(X: Array, y: Array, parameters: Mapping[str, Array]) -> Array:
    """Print the accuracy of the whole network, never thinned by dropout, and return its predictions.

    Parameters
    ----------
    X, y : arrays of shapes (n0, m), (1, m)
        Examples and labels.
    parameters : dict
        W1, b1, ..., of any depth.

    Returns
    -------
    int array of shape (1, m)
    """
    return print_accuracy(forward_propagation(X, parameters)[0], y)


def predict_dec(parameters: Mapping[str, Array], X: Array) -> Array:
    """Return whether each example is of class 1, for decision boundaries.

    Parameters
    ----------
    parameters : dict
        W1, b1, ..., of any depth.
    X : array of shape (n0, m)
        Examples.

    Returns
    -------
    boolean array of shape (1, m)
    """
    return forward_propagation(X, parameters)[0] > 0.5


# === The model ===


def model(
    X: Array, Y: Array, learning_rate: float = 0.01, num_iterations: int = 15000, print_cost: bool = True, initialization: str = "he"
) -> Parameters:
    """Train a network of 10 and 5 hidden units by gradient descent, and print and draw its cost every 1,000 iterations.

    Parameters
    ----------
    X, Y : arrays of shapes (n0, m), (1, m)
        Examples and labels.
    learning_rate : float
        Length of each step.
    num_iterations : int
        Steps, each on all examples.
    print_cost : bool
        Whether to print and draw.
    initialization : str
        ``"zeros"``, ``"random"`` or ``"he"``.

    Returns
    -------
    dict
        W1, b1, W2, b2, W3, b3.

    Raises
    ------
    SpecError
        If the initialisation is unknown.
    DataError
        If shapes do not fit.
    """
    run = descent(X, Y, learning_rate, num_iterations, initialization)
    return follow(run, REPORT, learning_rate, print_cost)


def descent(X: Array, Y: Array, learning_rate: float = 0.01, num_iterations: int = 15000, initialization: str = "he") -> Descent:
    """Return an iterator over what `model` does: (iteration, cost before its step, parameters after it).

    Parameters
    ----------
    X, Y, learning_rate, num_iterations, initialization :
        As in `model`.

    Returns
    -------
    iterator of (int, float, dict)
        The same dictionary each time, its entries bound to new arrays.
    """
    if initialization not in INITIALIZERS:
        raise SpecError(unknown_name("initialization", initialization, INITIALIZERS))

    def cost_and_gradients(parameters: Parameters) -> tuple[float, Parameters]:
        a3, cache = forward_propagation(X, parameters)
        return compute_loss(a3, Y), backward_propagation(X, Y, cache)

    parameters = INITIALIZERS[initialization]([X.shape[0], *HIDDEN, 1])
    return descend(parameters, cost_and_gradients, learning_rate, num_iterations)
