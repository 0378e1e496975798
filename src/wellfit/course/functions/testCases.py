"""Inputs on which the notebooks of 2017 to 2021 try their graded functions.

Each is drawn from NumPy's global generator after ``np.random.seed(1)``, as in the notebooks: code after a case may rely on the
generator's state.

W, b: weights and biases; dW, db: their gradients; v, s: running averages of gradients and of their squares; X, Y: inputs and labels,
one column an example.
"""

# ruff: noqa: NPY002

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.course.functions import reg_utils

__all__ = [
    "backward_propagation_with_dropout_test_case",
    "backward_propagation_with_regularization_test_case",
    "compute_cost_with_regularization_test_case",
    "forward_propagation_with_dropout_test_case",
    "gradient_check_n_test_case",
    "initialize_adam_test_case",
    "initialize_velocity_test_case",
    "random_mini_batches_test_case",
    "update_parameters_with_adam_test_case",
    "update_parameters_with_gd_test_case",
    "update_parameters_with_momentum_test_case",
]

Array = NDArray[Any]
Arrays = dict[str, Array]

SEED = 1
LABELS = [[1, 1, 0, 1, 0]]


def draw_layers(*sizes: int, gradients: bool = False) -> Arrays:
    """Draw W1, b1, W2, b2, ... of these sizes, the inputs first, from the standard normal distribution; or dW1, db1, ....

    Examples
    --------
    >>> [*draw_layers(3, 2, 1, gradients=True)]
    ['dW1', 'db1', 'dW2', 'db2']
    """
    d = "d" if gradients else ""
    drawn: Arrays = {}
    for l in range(1, len(sizes)):
        drawn[f"{d}W{l}"] = np.random.randn(sizes[l], sizes[l - 1])
        drawn[f"{d}b{l}"] = np.random.randn(sizes[l], 1)
    return drawn


def zeros_like_gradients(parameters: Arrays) -> Arrays:
    """Return zeros of the parameters' shapes, named as gradients."""
    return {f"d{name}": np.zeros(value.shape) for name, value in parameters.items()}


# === Regularization ===


def compute_cost_with_regularization_test_case() -> tuple[Array, Array, Arrays]:
    """Return A3 (1, 5), Y (1, 5) and the parameters of a 3-2-3-1 network."""
    np.random.seed(SEED)
    parameters = draw_layers(3, 2, 3, 1)
    return np.array([[0.40682402, 0.01629284, 0.16722898, 0.10118111, 0.40682402]]), np.array(LABELS), parameters


def backward_propagation_with_regularization_test_case() -> tuple[Array, Array, tuple[Array, ...]]:
    """Return X (3, 5), Y (1, 5) and the 12 entries of a cache: a forward pass, rounded to 8 decimals."""
    X, parameters = forward_propagation_with_dropout_test_case()
    _, cache = reg_utils.forward_propagation(X, parameters)
    return _drawn_inputs(), np.array(LABELS), _rounded(cache)


def forward_propagation_with_dropout_test_case() -> tuple[Array, Arrays]:
    """Return X (3, 5), drawn first, and the parameters of a 3-2-3-1 network."""
    X = _drawn_inputs()
    return X, draw_layers(3, 2, 3, 1)


def backward_propagation_with_dropout_test_case() -> tuple[Array, Array, tuple[Array, ...]]:
    """Return X (3, 5), Y (1, 5) and the 14 entries of a cache: a forward pass that keeps one unit in two, rounded to 8 decimals."""
    X, parameters = forward_propagation_with_dropout_test_case()
    _, cache = reg_utils.forward_propagation_with_dropout(X, parameters, keep_prob=0.5)
    return _drawn_inputs(), np.array(LABELS), _rounded(cache)


def _drawn_inputs() -> Array:
    np.random.seed(SEED)
    return np.asarray(np.random.randn(3, 5))


def _rounded(cache: tuple[Array, ...]) -> tuple[Array, ...]:
    return tuple(entry if entry.dtype == bool else np.round(entry, 8) for entry in cache)


# === Gradient checking ===


def gradient_check_n_test_case() -> tuple[Array, Array, Arrays]:
    """Return x (4, 3), y (3,), which has one dimension only, and the parameters of a 4-5-3-1 network."""
    np.random.seed(SEED)
    x = np.random.randn(4, 3)
    return x, np.array([1, 1, 0]), draw_layers(4, 5, 3, 1)


# === Optimization methods ===


def update_parameters_with_gd_test_case() -> tuple[Arrays, Arrays, float]:
    """Return parameters, gradients and the learning rate."""
    parameters, gradients = draw_step(3, 2, 3)
    return parameters, gradients, 0.01


def random_mini_batches_test_case() -> tuple[Array, Array, int]:
    """Return X (12288, 148), Y (1, 148) of truth values, and the size of a batch."""
    np.random.seed(SEED)
    X = np.random.randn(12288, 148)
    Y = np.random.randn(1, 148) < 0.5
    return X, Y, 64


def initialize_velocity_test_case() -> Arrays:
    """Return parameters."""
    return draw_step(3, 2, 3)[0]


def update_parameters_with_momentum_test_case() -> tuple[Arrays, Arrays, Arrays]:
    """Return parameters, gradients and a velocity of zeros."""
    parameters, gradients = draw_step(3, 2, 3)
    return parameters, gradients, zeros_like_gradients(parameters)


def initialize_adam_test_case() -> Arrays:
    """Return parameters."""
    return draw_step(3, 2, 3)[0]


def update_parameters_with_adam_test_case() -> tuple[Arrays, Arrays, Arrays, Arrays]:
    """Return parameters, gradients, and both averages, which are zeros."""
    parameters, gradients = draw_step(3, 2, 3)
    return parameters, gradients, zeros_like_gradients(parameters), zeros_like_gradients(parameters)


def draw_step(inputs: int, first: int, last: int) -> tuple[Arrays, Arrays]:
    """Draw what a step of an optimiser takes, after seeding: W1, b1, W2, b2, then their gradients.

    W2 has the shape (3, `last`): in the notebooks until 2021 it does not fit W1, which no optimiser minds.
    """
    np.random.seed(SEED)
    drawn: list[Arrays] = []
    for d in ("", "d"):
        shapes = {f"{d}W1": (first, inputs), f"{d}b1": (first, 1), f"{d}W2": (3, last), f"{d}b2": (3, 1)}
        drawn.append({name: np.random.randn(*shape) for name, shape in shapes.items()})
    return drawn[0], drawn[1]
