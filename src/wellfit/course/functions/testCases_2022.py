"""`testCases` of the notebooks from 2022 on: other shapes, and Adam's case includes its settings.

``course.install(cases="2022")`` puts it in place of `testCases`; ``wellfit course`` does so where a notebook needs it.
"""

from __future__ import annotations

from wellfit.course.functions.testCases import (
    Arrays,
    backward_propagation_with_dropout_test_case,
    backward_propagation_with_regularization_test_case,
    compute_cost_with_regularization_test_case,
    draw_step,
    forward_propagation_with_dropout_test_case,
    gradient_check_n_test_case,
    random_mini_batches_test_case,
    zeros_like_gradients,
)

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


def update_parameters_with_gd_test_case() -> tuple[Arrays, Arrays, float]:
    """Return parameters, gradients and the learning rate; W2 is (3, 2)."""
    parameters, gradients = draw_step(3, 2, 2)
    return parameters, gradients, 0.01


def initialize_velocity_test_case() -> Arrays:
    """Return parameters: W1 (3, 2), b1 (3, 1), W2 (3, 3), b2 (3, 1)."""
    return draw_step(2, 3, 3)[0]


def update_parameters_with_momentum_test_case() -> tuple[Arrays, Arrays, Arrays]:
    """Return parameters, gradients and a velocity of zeros; W2 is (3, 2)."""
    parameters, gradients = draw_step(3, 2, 2)
    return parameters, gradients, zeros_like_gradients(parameters)


def initialize_adam_test_case() -> Arrays:
    """Return parameters; W2 is (3, 2)."""
    return draw_step(3, 2, 2)[0]


def update_parameters_with_adam_test_case() -> tuple[Arrays, Arrays, Arrays, Arrays, int, float, float, float, float]:
    """Return parameters, gradients, both averages (zeros), then t, the learning rate, beta1, beta2 and epsilon."""
    parameters, gradients = draw_step(3, 2, 2)
    return parameters, gradients, zeros_like_gradients(parameters), zeros_like_gradients(parameters), 2, 0.02, 0.8, 0.888, 1e-2
