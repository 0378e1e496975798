"""Mini-batches, optimisers and learning rates of the optimisation notebooks.

Legend: X (n0, m), Y (1, m): examples and labels; g: gradient; v: its average; s: average of its square; t: number of the step, from 1;
b1, b2: their memories; J: cost.
"""

# The batches are what NumPy's global generator draws under the published seeds:
# ruff: noqa: NPY002

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from wellfit.course.functions.checks import Array, Parameters, check_gradients, depth
from wellfit.course.functions.descent import update_parameters
from wellfit.errors import DataError, SpecError
from wellfit.maths import optimisers
from wellfit.plurals import counted
from wellfit.spec import Optimizer

Batches = list[tuple[Array, Array]]


def random_mini_batches(X: Array, Y: Array, mini_batch_size: int = 64, seed: int = 0) -> Batches:
    """Return the examples in random order, in batches; the last one is shorter where they do not divide evenly.

    Parameters
    ----------
    X : array of shape (n0, m)
        Examples.
    Y : array of shape (1, m)
        Labels.
    mini_batch_size : int
        Examples a batch.
    seed : int
        NumPy's global generator is set to it.

    Returns
    -------
    list of (X, Y)

    Raises
    ------
    DataError
        If there are not as many labels as examples.
    SpecError
        If the size is no whole number from 1.

    Examples
    --------
    >>> [Y.shape for _, Y in random_mini_batches(np.ones((2, 10)), np.ones((1, 10)), 4)]
    [(1, 4), (1, 4), (1, 2)]
    """
    if mini_batch_size != int(mini_batch_size) or mini_batch_size < 1:
        raise SpecError(f"mini_batch_size must be a whole number from 1, found {mini_batch_size}.")
    m = X.shape[1]
    if np.shape(Y)[-1:] != (m,):
        raise DataError(f"Y has shape {np.shape(Y)}, but X has {counted(m, 'column')}; expected (1, {m}), one column an example.")
    np.random.seed(seed)
    order = np.random.permutation(m)
    X, Y = X[:, order], np.reshape(Y, (-1, m))[:, order]
    return [(X[:, first : first + mini_batch_size], Y[:, first : first + mini_batch_size]) for first in range(0, m, mini_batch_size)]


# === Averages ===


def initialize_velocity(parameters: Mapping[str, Array]) -> Parameters:
    """Return an average of 0 for the gradient of every parameter.

    Parameters
    ----------
    parameters : dict
        W1, b1, ..., WL, bL.

    Returns
    -------
    dict
        dW1, db1, ..., dWL, dbL.
    """
    return {f"d{kind}{l}": np.zeros(np.shape(parameters[f"{kind}{l}"])) for l in range(1, depth(parameters) + 1) for kind in "Wb"}


def initialize_adam(parameters: Mapping[str, Array]) -> tuple[Parameters, Parameters]:
    """Return averages of 0 for the gradient of every parameter, and for its square.

    Parameters
    ----------
    parameters : dict
        W1, b1, ..., WL, bL.

    Returns
    -------
    v, s : dict
        Each with dW1, db1, ..., dWL, dbL.
    """
    return initialize_velocity(parameters), initialize_velocity(parameters)


def initialize_rmsprop(parameters: Mapping[str, Array]) -> Parameters:
    """Return an average of 0 for the square of every parameter's gradient.

    Parameters
    ----------
    parameters : dict
        W1, b1, ..., WL, bL.

    Returns
    -------
    dict
        dW1, db1, ..., dWL, dbL.
    """
    return initialize_velocity(parameters)


# === Steps: entries of the dictionaries are bound to new arrays, and the dictionaries returned ===


def update_parameters_with_gd(parameters: Parameters, grads: Mapping[str, Array], learning_rate: float) -> Parameters:
    """Return W - learning_rate dW and b - learning_rate db for every layer.

    Parameters
    ----------
    parameters, grads : dict
        W1, b1, ...; dW1, db1, ....
    learning_rate : float
        Length of the step.

    Returns
    -------
    dict
    """
    return update_parameters(parameters, grads, learning_rate)


def update_parameters_with_momentum(
    parameters: Parameters, grads: Mapping[str, Array], v: Parameters, beta: float, learning_rate: float
) -> tuple[Parameters, Parameters]:
    """Return parameters - learning_rate v with v <- beta v + (1 - beta) g, not corrected for its start at 0.

    Parameters
    ----------
    parameters, grads, v : dict
        W1, b1, ...; dW1, db1, ...; their averages.
    beta : float
        Memory of the average.
    learning_rate : float
        Length of the step.

    Returns
    -------
    parameters, v : dict
    """
    for name, d in _names(parameters, grads, v):
        parameters[name], v[d] = optimisers.averaged_momentum(
            parameters[name], v[d], grads[d], learning_rate, 1, mu=beta, bias_correction=False
        )
    return parameters, v


def update_parameters_with_rmsprop(
    parameters: Parameters,
    grads: Mapping[str, Array],
    s: Parameters,
    learning_rate: float = 0.01,
    beta2: float = 0.9,
    epsilon: float = 1e-8,
) -> tuple[Parameters, Parameters]:
    """Return parameters - learning_rate g / (sqrt(s) + epsilon) with s <- beta2 s + (1 - beta2) g^2, not corrected for its start at 0.

    Parameters
    ----------
    parameters, grads, s : dict
        W1, b1, ...; dW1, db1, ...; averages of their squares.
    learning_rate : float
        Length of the step.
    beta2 : float
        Memory of the average.
    epsilon : float
        Keeps the denominator from zero.

    Returns
    -------
    parameters, s : dict
    """
    rule = Optimizer("rmsprop", beta2=beta2, epsilon=epsilon)
    for name, d in _names(parameters, grads, s):
        parameters[name], s[d] = optimisers.rmsprop(rule, parameters[name], s[d], grads[d], learning_rate, 1)
    return parameters, s


def adam_step(
    optimizer: Optimizer, parameters: Parameters, grads: Mapping[str, Array], v: Parameters, s: Parameters, t: int, learning_rate: float
) -> None:
    """Do step t of Adam, from 1; the entries of parameters, v and s are bound to new arrays.

    The older published numbers have epsilon ``"inside"`` the root; the newer ones and the printed formula, ``"outside"``.
    """
    if t < 1:
        raise SpecError(f"t must be at least 1, found {t}; it counts Adam's steps.")
    for name, d in _names(parameters, grads, v, s):
        parameters[name], v[d], s[d] = optimisers.adam(optimizer, parameters[name], v[d], s[d], grads[d], learning_rate, t)


def corrected(average: Mapping[str, Array], memory: float, t: int) -> Parameters:
    """Return averages divided by 1 - memory^t, which corrects for their start at 0."""
    return {name: values / (1 - memory**t) for name, values in average.items()}


def _names(parameters: Parameters, grads: Mapping[str, Array], *averages: Mapping[str, Array]) -> list[tuple[str, str]]:
    """Return (name of a parameter, name of its gradient), or raise `DataError` if a gradient or an average is missing."""
    pairs = [(f"{kind}{l}", f"d{kind}{l}") for l in range(1, check_gradients(parameters, grads) + 1) for kind in "Wb"]
    for average in averages:
        missing = [d for _, d in pairs if d not in average]
        if missing:
            raise DataError(f"the averages have no {missing[0]}; expected one for each parameter, as initialize_adam makes them.")
    return pairs
