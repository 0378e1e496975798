"""What the notebook on gradient checking imports, and its graded functions.

Legend: x, theta: numbers, J = theta x; X (n0, m), Y (m,) or (1, m): m examples and labels, one a column; W, b: weights and
biases of a layer; theta (size, 1): all parameters under each other, each row by row; epsilon: step of a difference.

1/m is multiplied into dW and db after the product. Costs are plain sums. `wellfit.check_gradients` checks wellfit's own networks,
with steps fitted to each parameter and without those at a kink; the published numbers need one step of 1e-7 for all.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from wellfit.course.functions.checks import Array, Parameters, check_gradients, depth
from wellfit.course.functions.costs import mean_loss
from wellfit.course.functions.propagation import Cache, layers_of, propagate_backward, propagate_forward, relu, sigmoid
from wellfit.engines.differences import relative_distance
from wellfit.errors import DataError, SpecError
from wellfit.plurals import counted

__all__ = [
    "backward_propagation",
    "backward_propagation_n",
    "dictionary_to_vector",
    "forward_propagation",
    "forward_propagation_n",
    "gradient_check",
    "gradient_check_n",
    "gradients_to_vector",
    "np",
    "relu",
    "sigmoid",
    "vector_to_dictionary",
]

# The network of the notebook: 4 inputs, 5 and 3 hidden units, 1 output.
SHAPES = {"W1": (5, 4), "b1": (5, 1), "W2": (3, 5), "b2": (3, 1), "W3": (1, 3), "b3": (1, 1)}

# The older notebook compares with 1e-7 in n dimensions, and so calls the right gradient, at 1.19e-7, a mistake. The newer one takes this:
THRESHOLD = 2e-7


# === One dimension ===


def forward_propagation(x: float, theta: float) -> float:
    """Return J = theta x.

    Parameters
    ----------
    x, theta : float
        Input and parameter.

    Returns
    -------
    float
    """
    return theta * x


def backward_propagation(x: float, theta: float) -> float:
    """Return dJ / dtheta = x.

    Parameters
    ----------
    x, theta : float
        Input and parameter.

    Returns
    -------
    float
    """
    return x


def gradient_check(x: float, theta: float, epsilon: float = 1e-7, print_msg: bool = False) -> float:
    """Return the relative distance of dJ / dtheta from its central difference.

    Parameters
    ----------
    x, theta : float
        Input and parameter.
    epsilon : float
        Step of the difference.
    print_msg : bool
        Whether to print a verdict on the distance.

    Returns
    -------
    float

    Raises
    ------
    SpecError
        If epsilon is not above 0.

    Examples
    --------
    >>> gradient_check(2, 4)
    2.919335883291695e-10
    """
    _check_step(epsilon)
    slope = (forward_propagation(x, theta + epsilon) - forward_propagation(x, theta - epsilon)) / (2 * epsilon)
    difference = relative_distance(np.array([backward_propagation(x, theta)], dtype=float), np.array([slope]))
    if print_msg:
        _print_verdict(difference)
    return difference


# === All parameters of a network ===


def forward_propagation_n(X: Array, Y: Array, parameters: Mapping[str, Array]) -> tuple[float, Cache]:
    """Return the cost and the cache (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3).

    J = (1/m) sum -(y log a + (1 - y) log(1 - a)), a plain sum.

    Parameters
    ----------
    X : array of shape (n0, m)
        Examples.
    Y : array of shape (m,) or (1, m)
        Labels, 0 or 1.
    parameters : dict
        W1, b1, ..., of any depth.

    Returns
    -------
    cost : float
    cache : tuple of arrays

    Raises
    ------
    DataError
        If shapes do not fit.
    """
    A, cache = propagate_forward(X, parameters)
    return mean_loss(A, Y), cache


def backward_propagation_n(X: Array, Y: Array, cache: Cache) -> Parameters:
    """Return the right gradients dZ3, dW3, db3, dA2, dZ2, dW2, db2, dA1, dZ1, dW1, db1; the notebook plants two bugs in its own.

    Parameters
    ----------
    X : array of shape (n0, m)
        Examples.
    Y : array of shape (m,) or (1, m)
        Labels, 0 or 1.
    cache : tuple of arrays
        What `forward_propagation_n` gave.

    Returns
    -------
    dict

    Raises
    ------
    DataError
        If shapes do not fit, or the cache has not 4 entries a layer.
    """
    return propagate_backward(X, Y, layers_of(cache, masks=False), early=False)


def gradient_check_n(
    parameters: Mapping[str, Array], gradients: Mapping[str, Array], X: Array, Y: Array, epsilon: float = 1e-7, print_msg: bool = False
) -> float:
    """Return the relative distance of a network's gradients from their central differences.

    Parameters
    ----------
    parameters : dict
        W1, b1, ..., of any depth.
    gradients : dict
        dW1, db1, ..., and any others.
    X : array of shape (n0, m)
        Examples.
    Y : array of shape (m,) or (1, m)
        Labels, 0 or 1.
    epsilon : float
        Step of the differences.
    print_msg : bool
        Whether to print a verdict on the distance; the threshold is 2e-7.

    Returns
    -------
    float

    Raises
    ------
    DataError
        If shapes do not fit, or a gradient is missing.
    SpecError
        If epsilon is not above 0.
    """
    _check_step(epsilon)
    check_gradients(parameters, gradients)
    theta, shapes = dictionary_to_vector(parameters)[0], {name: np.shape(parameters[name]) for name in _names(parameters)}

    def J(theta: Array) -> float:
        return forward_propagation_n(X, Y, _in_shapes(theta, shapes))[0]

    slopes = np.zeros(theta.shape)
    for i in range(len(theta)):
        step = np.zeros(theta.shape)
        step[i] = epsilon
        slopes[i] = (J(theta + step) - J(theta - step)) / (2 * epsilon)
    difference = relative_distance(gradients_to_vector(gradients), slopes)
    if print_msg:
        _print_verdict(difference)
    return difference


# === Dictionaries and vectors ===


def dictionary_to_vector(parameters: Mapping[str, Array]) -> tuple[Array, list[str]]:
    """Return all parameters as one column, and beside each of its entries the name of the array it is from.

    Parameters
    ----------
    parameters : dict
        W1, b1, ..., of any depth.

    Returns
    -------
    theta : array of shape (size, 1)
    keys : list of str
    """
    names = _names(parameters)
    return _column(parameters, names), [name for name in names for _ in range(np.size(parameters[name]))]


def vector_to_dictionary(theta: Array, like: Mapping[str, Array] | None = None) -> Parameters:
    """Return the parameters that a column holds: the way back from `dictionary_to_vector`.

    Parameters
    ----------
    theta : array of shape (size, 1)
        All parameters.
    like : dict, optional
        Parameters of the same shapes. None: those of the notebook's network, 47 numbers.

    Returns
    -------
    dict

    Raises
    ------
    DataError
        If the column has another length.
    """
    return _in_shapes(theta, SHAPES if like is None else {name: np.shape(like[name]) for name in _names(like)})


def gradients_to_vector(gradients: Mapping[str, Array]) -> Array:
    """Return dW1, db1, dW2, ... as one column, in the order of `dictionary_to_vector`.

    Parameters
    ----------
    gradients : dict
        dW1, db1, ..., and any others, which are left out.

    Returns
    -------
    array of shape (size, 1)
    """
    return _column(gradients, [f"d{name}" for name in _names({key.removeprefix("d"): gradients[key] for key in gradients})])


def _names(parameters: Mapping[str, Array]) -> list[str]:
    return [f"{kind}{l}" for l in range(1, depth(parameters) + 1) for kind in "Wb"]


def _column(arrays: Mapping[str, Array], names: list[str]) -> Array:
    return np.concatenate([np.reshape(arrays[name], (-1, 1)) for name in names])


def _in_shapes(theta: Array, shapes: Mapping[str, tuple[int, ...]]) -> Parameters:
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])
    if np.size(theta) != ends[-1]:
        found = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise DataError(f"theta has {counted(np.size(theta), 'number')}; expected {ends[-1]} for {found}.")
    pieces = np.split(np.ravel(theta), ends[:-1])
    return {name: piece.reshape(shape) for piece, (name, shape) in zip(pieces, shapes.items(), strict=True)}


def _check_step(epsilon: float) -> None:
    if not epsilon > 0:
        raise SpecError(f"epsilon must be above 0, found {epsilon}; it is the step of the differences, such as 1e-7.")


def _print_verdict(difference: float) -> None:
    """Print the verdict on a distance, in the notebook's colours."""
    if difference < THRESHOLD:
        print(f"\033[92mThe gradient is correct! difference = {difference}\033[0m")
    else:
        print(f"\033[93mThere is a mistake in the backward propagation! difference = {difference}\033[0m")
