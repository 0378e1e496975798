"""What the notebook on regularisation and the textbook's chapter share: L2, dropout, and both, on networks of any depth.

Legend: X (n0, m), Y (1, m): m examples and labels, one a column; A3 (1, m): probabilities, whatever the depth; D (n, m): mask of dropout;
W (n, n_before), b (n, 1): weights and biases of a layer; J: cost.

1/m is multiplied into dW and db after the product, and gradients are called dZ3, dA2, ... here. Costs are summed with ``nansum``.
"""

# Dropout sets NumPy's global generator to the published seed:
# ruff: noqa: NPY002

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from wellfit.course.functions.checks import Array, Parameters, check_keep_prob, check_lambd
from wellfit.course.functions.costs import penalty
from wellfit.course.functions.descent import Descent, Report, descend, drawn_parameters, update_parameters
from wellfit.course.functions.init_utils import compute_loss as compute_cost
from wellfit.course.functions.init_utils import forward_propagation, predict, predict_dec
from wellfit.course.functions.pictures import draw_boundary as plot_decision_boundary
from wellfit.course.functions.propagation import Cache, layers_of, propagate_backward, propagate_forward, relu, sigmoid
from wellfit.course.functions.samples import load_2D_dataset, load_planar_dataset
from wellfit.course.functions.samples import load_cat_dataset as load_dataset

# What `from reg_utils import *` gives beside `model` and `descent`.
__all__ = [
    "backward_propagation",
    "backward_propagation_with_dropout",
    "backward_propagation_with_regularization",
    "backward_propagation_with_regularization_dropout",
    "compute_cost",
    "compute_cost_with_regularization",
    "forward_propagation",
    "forward_propagation_with_dropout",
    "initialize_parameters",
    "load_2D_dataset",
    "load_dataset",
    "load_planar_dataset",
    "np",
    "plot_decision_boundary",
    "predict",
    "predict_dec",
    "relu",
    "sigmoid",
    "update_parameters",
]

MASK_SEED = 1
REPORT = Report("iteration", 10000, 1000)


# === Initial weights ===


def initialize_parameters(layer_dims: Iterable[int]) -> Parameters:
    """Return normal weights divided by sqrt(n_before), drawn with seed 3; biases of 0.

    That is Xavier's rule, as in `wellfit.maths.initialisers.xavier`; a quotient in place of a product with sqrt(1 / n_before), as the
    last digits of the published plain run follow those of the weights.

    Parameters
    ----------
    layer_dims : list of int
        Units of each layer, the input's first.

    Returns
    -------
    dict
        W1, b1, ..., WL, bL.
    """
    return drawn_parameters(layer_dims, lambda W, n_before: W / np.sqrt(n_before))


# === Without regularisation ===


def backward_propagation(X: Array, Y: Array, cache: Cache) -> Parameters:
    """Return the gradients dZ3, dW3, db3, dA2, dZ2, dW2, db2, dA1, dZ1, dW1, db1.

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
    return propagate_backward(X, Y, layers_of(cache, masks=False), early=False)


# === L2 ===


def compute_cost_with_regularization(A3: Array, Y: Array, parameters: Mapping[str, Array], lambd: float) -> float:
    """Return J = (1/m) sum -(y log a + (1 - y) log(1 - a)) + lambd / 2m sum W^2.

    Parameters
    ----------
    A3 : array of shape (1, m)
        Probabilities.
    Y : array of shape (1, m)
        Labels, 0 or 1.
    parameters : dict
        W1, b1, ...; the penalty is on W1, W2, ... alone.
    lambd : float
        At least 0.

    Returns
    -------
    float

    Raises
    ------
    DataError, SpecError
        If shapes do not fit, or lambd is negative.
    """
    return compute_cost(A3, Y) + penalty(parameters, lambd, A3.shape[1])


def backward_propagation_with_regularization(X: Array, Y: Array, cache: Cache, lambd: float) -> Parameters:
    """Return the gradients of the cost with its penalty: dW is larger by lambd / m W.

    Parameters
    ----------
    X, Y : arrays of shapes (n0, m), (1, m)
        Examples and labels.
    cache : tuple of arrays
        What `forward_propagation` gave.
    lambd : float
        At least 0.

    Returns
    -------
    dict

    Raises
    ------
    DataError, SpecError
        If shapes do not fit, or lambd is negative.
    """
    check_lambd(lambd)
    return propagate_backward(X, Y, layers_of(cache, masks=False), early=False, lambd=lambd)


# === Dropout ===


def forward_propagation_with_dropout(X: Array, parameters: Mapping[str, Array], keep_prob: float = 0.5) -> tuple[Array, Cache]:
    """Return the probabilities of a network thinned by inverted dropout, and the cache with the masks.

    NumPy's global generator is set to seed 1 at every call, so the masks never change during training: the published costs are those of one
    thinned network. wellfit's own networks draw new masks at every step.

    Parameters
    ----------
    X : array of shape (n0, m)
        Examples.
    parameters : dict
        W1, b1, ..., of any depth.
    keep_prob : float
        Chance of keeping a unit of a hidden layer, in (0, 1].

    Returns
    -------
    A3 : array of shape (1, m)
    cache : tuple of arrays
        (Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3); A1 and A2 after mask and division.

    Raises
    ------
    DataError, SpecError
        If shapes do not fit, or keep_prob is no such chance.
    """
    check_keep_prob(keep_prob)
    np.random.seed(MASK_SEED)
    return propagate_forward(X, parameters, keep_prob)


def backward_propagation_with_dropout(X: Array, Y: Array, cache: Cache, keep_prob: float) -> Parameters:
    """Return the gradients of a thinned network: dA2 and dA1 are masked and divided as A2 and A1 were.

    Parameters
    ----------
    X, Y : arrays of shapes (n0, m), (1, m)
        Examples and labels.
    cache : tuple of arrays
        What `forward_propagation_with_dropout` gave.
    keep_prob : float
        Chance of keeping a unit, in (0, 1].

    Returns
    -------
    dict

    Raises
    ------
    DataError, SpecError
        If shapes do not fit, the cache holds no masks, or keep_prob is no such chance.
    """
    return backward_propagation_with_regularization_dropout(X, Y, cache, 0.0, keep_prob)


def backward_propagation_with_regularization_dropout(X: Array, Y: Array, cache: Cache, lambd: float, keep_prob: float) -> Parameters:
    """Return the gradients of a thinned network's cost with its penalty: L2 and dropout at once.

    Parameters
    ----------
    X, Y : arrays of shapes (n0, m), (1, m)
        Examples and labels.
    cache : tuple of arrays
        What `forward_propagation_with_dropout` gave.
    lambd : float
        At least 0.
    keep_prob : float
        Chance of keeping a unit, in (0, 1].

    Returns
    -------
    dict

    Raises
    ------
    DataError, SpecError
        If shapes do not fit, the cache holds no masks, keep_prob is no such chance, or lambd is negative.
    """
    check_lambd(lambd)
    check_keep_prob(keep_prob)
    return propagate_backward(X, Y, layers_of(cache, masks=True), early=False, lambd=lambd, keep_prob=keep_prob)


# === The model ===


def descent_from(
    parameters: Parameters, X: Array, Y: Array, learning_rate: float, num_iterations: int, lambd: float, keep_prob: float
) -> Descent:
    """Return the descent of `model` from given parameters, of any depth."""
    check_keep_prob(keep_prob)
    check_lambd(lambd)

    def cost_and_gradients(parameters: Parameters) -> tuple[float, Parameters]:
        thinned = keep_prob < 1
        A3, cache = forward_propagation_with_dropout(X, parameters, keep_prob) if thinned else forward_propagation(X, parameters)
        cost = compute_cost_with_regularization(A3, Y, parameters, lambd) if lambd else compute_cost(A3, Y)
        layers = layers_of(cache, masks=thinned)
        return cost, propagate_backward(X, Y, layers, early=False, lambd=lambd, keep_prob=keep_prob)

    return descend(parameters, cost_and_gradients, learning_rate, num_iterations)
