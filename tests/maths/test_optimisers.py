"""Optimisers: two steps worked by hand, and scikit-learn's own optimisers as oracles."""

import math

import numpy as np
import pytest
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from wellfit.maths.optimisers import update
from wellfit.spec import Optimizer

ALPHA, START = 0.1, 1.0
GRADIENTS = (2.0, -1.0)
ADAM = {"beta1": 0.5, "beta2": 0.75}


def walk(optimizer: Optimizer, gradients, start=START, alpha=ALPHA, *, is_weight=True) -> list[float]:
    theta, v, s = np.array([start]), np.zeros(1), np.zeros(1)
    path = []
    for t, g in enumerate(gradients, start=1):
        theta, v, s = update(optimizer, theta, v, s, np.array([g]), alpha, t, np.array([is_weight]))
        path.append(float(theta[0]))
    return path


@pytest.mark.parametrize(
    ("optimizer", "path"),
    [
        (Optimizer("gradient_descent"), [0.8, 0.9]),
        # v = -0.2; then 0.5 * -0.2 + 0.1 = 0
        (Optimizer("momentum", momentum=0.5), [0.8, 0.8]),
        # v = -0.2, step 0.5 * -0.2 - 0.2; then v = 0, step 0 + 0.1
        (Optimizer("momentum", momentum=0.5, nesterov=True), [0.7, 0.8]),
        # v = 1; then 0.5 - 0.5 = 0
        (Optimizer("averaged_momentum", momentum=0.5), [0.9, 0.9]),
        # v / (1 - 0.5) = 2; then 0
        (Optimizer("averaged_momentum", momentum=0.5, bias_correction=True), [0.8, 0.8]),
        # s = 0.25 * 4 = 1; then 0.75 + 0.25 = 1
        (Optimizer("rmsprop", beta2=0.75, epsilon=1.0), [0.9, 0.95]),
        (Optimizer("rmsprop", beta2=0.75, epsilon=3.0, epsilon_form="inside"), [0.9, 0.95]),
        # s^ = 1 / 0.25 = 4; then 1 / 0.4375 = 16 / 7
        (Optimizer("rmsprop", beta2=0.75, epsilon=0.0, bias_correction=True), [0.9, 0.9 + 0.1 * math.sqrt(7) / 4]),
        # v^ = 1 / 0.5 = 2, s^ = 4; then v = 0
        (Optimizer("adam", epsilon=2.0, **ADAM), [0.95, 0.95]),
        (Optimizer("adam", epsilon=12.0, epsilon_form="inside", **ADAM), [0.95, 0.95]),
        # 0.1 * 0.5 / 0.5 * 1 / (1 + 1)
        (Optimizer("adam", epsilon=1.0, epsilon_form="uncorrected", **ADAM), [0.95, 0.95]),
        # 1 - 0.1 * 0.5 * 1 - 0.05 = 0.9; then 0.9 * 0.95
        (Optimizer("adamw", epsilon=2.0, weight_decay=0.5, **ADAM), [0.9, 0.855]),
    ],
)
def test_two_steps_worked_by_hand(optimizer, path):
    assert walk(optimizer, GRADIENTS) == pytest.approx(path, rel=1e-14)


def test_adamw_leaves_biases_to_adam():
    adam, adamw = Optimizer("adam", **ADAM), Optimizer("adamw", weight_decay=0.5, **ADAM)
    assert walk(adamw, GRADIENTS, is_weight=False) == walk(adam, GRADIENTS)
    assert walk(adamw, GRADIENTS) != walk(adam, GRADIENTS)


@pytest.mark.parametrize("form", ["outside", "inside", "uncorrected"])
def test_adams_first_step_is_the_rate_whatever_the_gradient(form):
    for g in (1e-3, -1.0, 1e3):
        (theta,) = walk(Optimizer("adam", epsilon=0.0, epsilon_form=form), [g])
        assert theta == pytest.approx(START - ALPHA * math.copysign(1, g), rel=1e-12)


def test_adams_forms_agree_without_epsilon():
    gradients = np.random.default_rng(0).standard_normal(20)
    paths = [walk(Optimizer("adam", epsilon=0.0, epsilon_form=form), gradients) for form in ("outside", "inside", "uncorrected")]
    assert paths[1] == pytest.approx(paths[0], rel=1e-12)
    assert paths[2] == pytest.approx(paths[0], rel=1e-12)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Optimizer("momentum", momentum=0.9), lambda theta: SGDOptimizer(theta, 0.01, momentum=0.9, nesterov=False)),
        (Optimizer("momentum", momentum=0.9, nesterov=True), lambda theta: SGDOptimizer(theta, 0.01, momentum=0.9, nesterov=True)),
        (Optimizer("momentum", momentum=0.0), lambda theta: SGDOptimizer(theta, 0.01, momentum=0.0)),
        (Optimizer("gradient_descent"), lambda theta: SGDOptimizer(theta, 0.01, momentum=0.0)),
        (Optimizer("adam", epsilon_form="uncorrected"), lambda theta: AdamOptimizer(theta, 0.01)),
    ],
)
def test_scikit_learn_takes_the_same_steps(ours, theirs):
    generator = np.random.default_rng(1)
    theta, v, s = generator.standard_normal(5), np.zeros(5), np.zeros(5)
    their_theta = theta.copy()
    optimizer = theirs([their_theta])
    for t in range(1, 51):
        g = generator.standard_normal(5)
        theta, v, s = update(ours, theta, v, s, g, 0.01, t, np.ones(5, dtype=bool))
        optimizer.update_params([their_theta], [g])
    np.testing.assert_allclose(theta, their_theta, rtol=1e-12)


@pytest.mark.parametrize("name", ["gradient_descent", "momentum", "averaged_momentum", "rmsprop", "adam", "adamw"])
def test_float32_stays_float32_and_the_arguments_stay_as_they_were(name):
    theta, v, s, g = (np.full(3, value, dtype=np.float32) for value in (1.0, 0.0, 0.0, 0.5))
    moved = update(Optimizer(name, bias_correction=True), theta, v, s, g, 0.1, 1, np.ones(3, dtype=bool))
    assert [array.dtype for array in moved] == [np.float32] * 3
    assert (theta == 1).all()
    assert (v == 0).all()
    assert (s == 0).all()
