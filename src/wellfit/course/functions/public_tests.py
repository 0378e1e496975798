"""Checks of a learner's graded functions, under the names that the notebooks from 2021 on call, for all four of them.

Each runs the learner's function on a published case and compares the result with the published digits; most also run it on inputs of
other shapes, and compare with wellfit's own function. They print that all passed, or raise an AssertionError that names what differs.

W, b, dW, db, v, s, X, Y, J: as in `testCases`; the numbers are those that the notebooks print.
"""

# ruff: noqa: NPY002

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from wellfit.course.functions import init_utils, opt_utils, opt_utils_v1a, reg_utils, testCases, testCases_2022
from wellfit.course.functions.test_utils import check, say_passed

__all__ = [
    "backward_propagation_test",
    "backward_propagation_with_dropout_test",
    "backward_propagation_with_regularization_test",
    "compute_cost_with_regularization_test",
    "forward_propagation_test",
    "forward_propagation_with_dropout_test",
    "gradient_check_n_test",
    "gradient_check_test",
    "initialize_adam_test",
    "initialize_parameters_he_test",
    "initialize_parameters_random_test",
    "initialize_parameters_zeros_test",
    "initialize_velocity_test",
    "random_mini_batches_test",
    "schedule_lr_decay_test",
    "update_lr_test",
    "update_parameters_with_adam_test",
    "update_parameters_with_gd_test",
    "update_parameters_with_momentum_test",
]

Target = Callable[..., Any]


def _like(ours: Target, target: Target, *arguments: Any) -> None:
    """Compare a learner's function with ours; each gets its own copy of the arguments, because it may write to them."""
    check(ours.__name__, target(*copy.deepcopy(arguments)), ours(*copy.deepcopy(arguments)))


# === Initialization ===


def initialize_parameters_zeros_test(target: Target) -> None:
    """Check that all parameters are zeros of the right shapes."""
    _like(init_utils.initialize_parameters_zeros, target, [3, 2, 1])
    _like(init_utils.initialize_parameters_zeros, target, [2, 4, 3, 1])
    say_passed()


def initialize_parameters_random_test(target: Target) -> None:
    """Check weights of seed 3, ten times standard normal."""
    published = {
        "W1": [[17.88628473, 4.36509851, 0.96497468], [-18.63492703, -2.77388203, -3.54758979]],
        "W2": [[-0.82741481, -6.27000677]],
    }
    _like(init_utils.initialize_parameters_random, target, [3, 2, 1])
    check("initialize_parameters_random", target([3, 2, 1]), _arrays(published))
    _like(init_utils.initialize_parameters_random, target, [2, 4, 3, 1])
    say_passed()


def initialize_parameters_he_test(target: Target) -> None:
    """Check weights of seed 3, standard normal times the root of 2 over the units of the layer before."""
    published = {
        "W1": [[1.78862847, 0.43650985], [0.09649747, -1.8634927], [-0.2773882, -0.35475898], [-0.08274148, -0.62700068]],
        "W2": [[-0.03098412, -0.33744411, -0.92904268, 0.62552248]],
    }
    _like(init_utils.initialize_parameters_he, target, [2, 4, 1])
    check("initialize_parameters_he", target([2, 4, 1]), _arrays(published))
    _like(init_utils.initialize_parameters_he, target, [3, 1, 2])
    say_passed()


# === Regularization ===


def compute_cost_with_regularization_test(target: Target) -> None:
    """Check the cost of a 3-2-3-1 network at lambd = 0.1."""
    A3, Y, parameters = testCases.compute_cost_with_regularization_test_case()
    check("compute_cost_with_regularization", target(A3, Y, parameters, 0.1), 1.7864859451590758, rtol=1e-12)
    _like(reg_utils.compute_cost_with_regularization, target, A3, Y, parameters, 2.0)
    say_passed()


def backward_propagation_with_regularization_test(target: Target) -> None:
    """Check all gradients of a 3-2-3-1 network at lambd = 0.7."""
    published = {
        "dW1": [[-0.25604646, 0.12298827, -0.28297129], [-0.17706303, 0.34536094, -0.4410571]],
        "dW2": [[0.79276486, 0.85133918], [-0.0957219, -0.01720463], [-0.13100772, -0.03750433]],
        "dW3": [[-1.77691347, -0.11832879, -0.09397446]],
    }
    X, Y, cache = testCases.backward_propagation_with_regularization_test_case()
    check("backward_propagation_with_regularization", target(X, Y, cache, 0.7), _arrays(published))
    _like(reg_utils.backward_propagation_with_regularization, target, X, Y, cache, 0.7)
    say_passed()


def forward_propagation_with_dropout_test(target: Target) -> None:
    """Check activations and cache at keep_prob = 0.7; the function seeds the generator with 1 itself."""
    X, parameters = testCases.forward_propagation_with_dropout_test_case()
    A3, cache = _pair("forward_propagation_with_dropout", target(X, parameters, 0.7), "A3 and the cache")
    published = np.array([[0.36974721, 0.00305176, 0.04565099, 0.49683389, 0.36974721]])
    check("forward_propagation_with_dropout", A3, published)
    check("forward_propagation_with_dropout's cache", cache, reg_utils.forward_propagation_with_dropout(X, parameters, 0.7)[1])
    say_passed()


def backward_propagation_with_dropout_test(target: Target) -> None:
    """Check all gradients at keep_prob = 0.8."""
    published = {
        "dA1": [[0.36544439, 0.0, -0.00188233, 0.0, -0.17408748], [0.65515713, 0.0, -0.00337459, 0.0, 0.0]],
        "dA2": [
            [0.58180856, 0.0, -0.00299679, 0.0, -0.27715731],
            [0.0, 0.53159854, 0.0, 0.53159854, -0.34089673],
            [0.0, 0.0, -0.00292733, 0.0, 0.0],
        ],
    }
    X, Y, cache = testCases.backward_propagation_with_dropout_test_case()
    check("backward_propagation_with_dropout", target(X, Y, cache, 0.8), _arrays(published))
    _like(reg_utils.backward_propagation_with_dropout, target, X, Y, cache, 0.8)
    say_passed()


# === Gradient checking ===


def forward_propagation_test(target: Target) -> None:
    """Check J = theta x."""
    check("forward_propagation", target(2, 4), 8)
    check("forward_propagation", target(3.0, -0.5), -1.5)
    say_passed()


def backward_propagation_test(target: Target) -> None:
    """Check the derivative of theta x with respect to theta: x."""
    check("backward_propagation", target(2, 4), 2)
    check("backward_propagation", target(3, 4), 3)
    say_passed()


def gradient_check_test(target: Target) -> None:
    """Check that the check of a correct derivative finds next to no difference.

    Published are 2.919335883291695e-10 at (2, 4) and 7.814075313343006e-11 at (3, 4): the rounding errors of a difference
    quotient. They depend on the order in which a learner writes the same sums, so any value of their size passes.
    """
    for x in (2, 4), (3, 4):
        difference = np.asarray(target(*x), dtype=float)
        if difference.ndim or not 0 <= difference < 1e-8:
            raise AssertionError(f"gradient_check: at {x} the difference should be one number, about 1e-10; found {difference}.")
    say_passed()


# With both planted mistakes, and with both corrected; with one of them, the message names it.
GRADIENT_CHECKS = (0.2850931567761623, 1.1890913024229996e-07)
HALF_MENDED = {0.2544229712458523: "db1", 0.17344196893145924: "dW2"}


def gradient_check_n_test(target: Target, parameters: Any, gradients: Any, X: Any, Y: Any) -> None:
    """Check the difference that a check of the notebook's network finds, before its mistakes are corrected or after.

    Parameters
    ----------
    target : callable
        The learner's ``gradient_check_n(parameters, gradients, X, Y)``.
    parameters, gradients : dict of str to arrays
        Of the notebook's case; gradients as its own backward pass computes them.
    X, Y : arrays
        The notebook's case.
    """
    difference = target(parameters, gradients, X, Y)
    if isinstance(difference, np.ndarray) and difference.ndim:
        raise AssertionError("gradient_check_n: the result should be one number; use np.linalg.norm above and below the line.")
    for value, name in HALF_MENDED.items():
        if np.isclose(difference, value, rtol=1e-6):
            raise AssertionError(f"gradient_check_n: {difference} means that one mistake is left in backward_propagation_n: see {name}.")
    # The corrected gradient differs by rounding errors alone: its digits end earlier.
    mistaken, corrected = GRADIENT_CHECKS
    if not (np.isclose(difference, mistaken, rtol=1e-6) or np.isclose(difference, corrected, rtol=1e-2, atol=0)):
        raise AssertionError(
            f"gradient_check_n: should be {mistaken} with the mistakes that were planted, {corrected} without, found {difference}."
        )
    say_passed()


# === Optimization methods ===


def update_parameters_with_gd_test(target: Target) -> None:
    """Check one step of gradient descent."""
    published = {
        "W1": [[1.63535156, -0.62320365, -0.53718766], [-1.07799357, 0.85639907, -2.29470142]],
        "b1": [[1.74604067], [-0.75184921]],
        "W2": [[0.32171798, -0.25467393, 1.46902454], [-2.05617317, -0.31554548, -0.3756023], [1.1404819, -1.09976462, -0.1612551]],
        "b2": [[-0.88020257], [0.02561572], [0.57539477]],
    }
    check("update_parameters_with_gd", target(*testCases.update_parameters_with_gd_test_case()), _arrays(published))
    _like(opt_utils.update_parameters_with_gd, target, *testCases_2022.update_parameters_with_gd_test_case())
    say_passed()


def random_mini_batches_test(target: Target) -> None:
    """Check the batches of seed 0, the short last one included."""
    batches = target(*testCases.random_mini_batches_test_case())
    check("random_mini_batches", batches[0][0][0][:3], np.array([0.90085595, -0.7612069, 0.2344157]))
    np.random.seed(1)
    X, Y = np.random.randn(5, 7), np.random.randn(1, 7) < 0.5
    _like(opt_utils.random_mini_batches, target, X, Y, 2)
    _like(opt_utils.random_mini_batches, target, X[:, :6], Y[:, :6], 3)
    say_passed()


def initialize_velocity_test(target: Target) -> None:
    """Check that the velocity is zeros of the gradients' shapes."""
    _like(opt_utils.initialize_velocity, target, testCases.initialize_velocity_test_case())
    _like(opt_utils.initialize_velocity, target, testCases_2022.initialize_velocity_test_case())
    say_passed()


def update_parameters_with_momentum_test(target: Target) -> None:
    """Check one step with momentum 0.9 at learning rate 0.01, and a second from there."""
    published = {
        "W1": [[1.62544598, -0.61290114, -0.52907334], [-1.07347112, 0.86450677, -2.30085497]],
        "b1": [[1.74493465], [-0.76027113]],
        "W2": [[0.31930698, -0.24990073, 1.4627996], [-2.05974396, -0.32173003, -0.38320915], [1.13444069, -1.0998786, -0.1713109]],
        "b2": [[-0.87809283], [0.04055394], [0.58207317]],
    }
    arguments = (*testCases.update_parameters_with_momentum_test_case(), 0.9, 0.01)
    parameters, _ = _pair("update_parameters_with_momentum", target(*copy.deepcopy(arguments)), "parameters and v")
    check("update_parameters_with_momentum", parameters, _arrays(published))
    parameters, gradients, v = testCases_2022.update_parameters_with_momentum_test_case()
    _like(
        opt_utils.update_parameters_with_momentum, target, parameters, gradients, {name: g / 2 for name, g in gradients.items()}, 0.9, 0.01
    )
    _like(opt_utils.update_parameters_with_momentum, target, parameters, gradients, v, 0.9, 0.01)
    say_passed()


def initialize_adam_test(target: Target) -> None:
    """Check that both averages are zeros of the gradients' shapes."""
    _like(opt_utils.initialize_adam, target, testCases.initialize_adam_test_case())
    _like(opt_utils.initialize_adam, target, testCases_2022.initialize_velocity_test_case())
    say_passed()


def update_parameters_with_adam_test(target: Target) -> None:
    """Check a step of Adam at t = 2: parameters, both averages, and both corrected ones.

    Epsilon is 0.01 here, outside the root: inside, as in the notebooks before 2021, the digits would be others.
    """
    published = {
        "W1": [[1.63942428, -0.6268425, -0.54320974], [-1.08782943, 0.85036983, -2.2865723]],
        "W2": [[0.33356139, -0.26425199, 1.47707772], [-2.04538458, -0.30744933, -0.36903141], [1.14873036, -1.09256871, -0.15734651]],
        "b1": [[1.75854357], [-0.74616067]],
        "b2": [[-0.89228024], [0.02707193], [0.56782561]],
    }
    settings = testCases_2022.update_parameters_with_adam_test_case()[4:]
    arguments = (*testCases.update_parameters_with_adam_test_case(), *settings)
    found = target(*copy.deepcopy(arguments))
    if not isinstance(found, tuple) or len(found) != 5:
        raise AssertionError("update_parameters_with_adam: should return parameters, v, s, v_corrected, s_corrected.")
    check("update_parameters_with_adam", found[0], _arrays(published))
    _like(opt_utils_v1a.update_parameters_with_adam, target, *testCases_2022.update_parameters_with_adam_test_case())
    say_passed()


def update_lr_test(target: Target) -> None:
    """Check the learning rate over 1 + decay times epoch."""
    check("update_lr", target(0.5, 2, 1), 0.16666666666666666, rtol=1e-12)
    check("update_lr", target(1, 2, 1), 0.3333333333333333, rtol=1e-12)
    say_passed()


def schedule_lr_decay_test(target: Target) -> None:
    """Check the learning rate that changes at whole intervals only."""
    for arguments, published in (
        ((0.5, 10, 0.3, 100), 0.5),
        ((0.5, 100, 0.3, 100), 0.3846153846153846),
        ((0.5, 100, 1, 100), 0.25),
        ((0.5, 10, 1, 100), 0.5),
        ((0.3, 1000, 0.25, 100), 0.085714285),
        ((0.3, 100, 0.25, 100), 0.24),
    ):
        check("schedule_lr_decay", target(*arguments), published)
    check("schedule_lr_decay, whose interval is 1000 where none is given", target(0.5, 999, 1), 0.5)
    say_passed()


def _arrays(published: dict[str, Any]) -> dict[str, np.ndarray[Any, Any]]:
    return {name: np.array(values) for name, values in published.items()}


def _pair(function: str, found: Any, what: str) -> Any:
    if not isinstance(found, tuple) or len(found) != 2:
        raise AssertionError(f"{function}: should return {what}.")
    return found
