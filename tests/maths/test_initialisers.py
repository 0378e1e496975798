"""Initialisers: the variance of each, seeds, and what `auto` chooses."""

import math

import numpy as np
import pytest

from wellfit.maths.activations import ACTIVATION_FUNCTIONS
from wellfit.maths.initialisers import initial_parameters, initial_weights
from wellfit.spec import ACTIVATIONS, INITIALIZERS, Network

N_IN, N_OUT, SCALE = 300, 200, 0.5
SD = {
    "random_normal": SCALE,
    "random_uniform": SCALE / math.sqrt(3),
    "xavier_normal": math.sqrt(1 / N_IN),
    "xavier_uniform": math.sqrt(1 / N_IN),
    "he_normal": math.sqrt(2 / N_IN),
    "he_uniform": math.sqrt(2 / N_IN),
    "glorot_normal": math.sqrt(2 / (N_IN + N_OUT)),
    "glorot_uniform": math.sqrt(2 / (N_IN + N_OUT)),
}


def test_every_initialiser_is_tested():
    assert set(SD) | {"auto", "zeros"} == set(INITIALIZERS)


@pytest.mark.parametrize(("name", "sd"), SD.items())
def test_mean_and_variance(name, sd):
    W = initial_weights(name, N_IN, N_OUT, np.random.default_rng(0), scale=SCALE)
    assert W.shape == (N_IN, N_OUT)
    count = W.size
    assert abs(W.mean()) < 4 * sd / math.sqrt(count)
    # The variance of a sample variance is at most 2 sd^4 / count for these laws.
    assert abs(W.var() - sd**2) < 4 * sd**2 * math.sqrt(2 / count)


@pytest.mark.parametrize("name", [name for name in SD if name.endswith("uniform")])
def test_a_uniform_law_ends_at_its_half_width(name):
    W = initial_weights(name, N_IN, N_OUT, np.random.default_rng(0), scale=SCALE)
    half_width = math.sqrt(3) * SD[name]
    assert 0.999 * half_width < np.abs(W).max() <= half_width


def test_zeros_are_zero():
    assert not initial_parameters(Network(3, (4,), 2, initializer="zeros"), seed=0).any()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_auto_is_he_before_rectifiers_and_xavier_before_anything_else(activation):
    network = Network(N_IN, (N_OUT,), 100, activation=activation)
    theta = initial_parameters(network, seed=1)
    first, last = theta[: N_IN * N_OUT], theta[N_IN * N_OUT + N_OUT : -100]
    gain = 2 if ACTIVATION_FUNCTIONS[activation].is_rectifier else 1
    assert first.var() * N_IN == pytest.approx(gain, rel=0.05)
    assert last.var() * N_OUT == pytest.approx(1, rel=0.05)


def test_biases_start_at_zero_and_weights_stand_row_by_row():
    network = Network(2, (3,), 1, initializer="glorot_normal")
    theta = initial_parameters(network, seed=5)
    generator = np.random.default_rng(5)
    W1 = math.sqrt(2 / 5) * generator.standard_normal((2, 3))
    W2 = math.sqrt(2 / 4) * generator.standard_normal((3, 1))
    np.testing.assert_array_equal(theta, np.concatenate([W1.ravel(), np.zeros(3), W2.ravel(), np.zeros(1)]))


def test_float32_is_float64_rounded():
    network = Network(5, (4, 3), 2)
    single, double = (initial_parameters(network, 9, dtype) for dtype in ("float32", "float64"))
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single, double.astype(np.float32))


def test_seeds_differ_and_repeat():
    network = Network(5, (4,), 2)
    np.testing.assert_array_equal(initial_parameters(network, 7), initial_parameters(network, 7))
    assert (initial_parameters(network, 7) != initial_parameters(network, 8)).any()
