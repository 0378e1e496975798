"""Activations against their definitions, and each derivative against central differences."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellfit import MLPClassifier
from wellfit.maths.activations import ACTIVATION_FUNCTIONS
from wellfit.spec import ACTIVATIONS

NAMES = sorted(ACTIVATION_FUNCTIONS)
AWAY_FROM_ZERO = np.concatenate([-np.geomspace(8, 0.01, 60), np.geomspace(0.01, 8, 60)])


def test_every_name_of_the_spec_has_a_function():
    assert set(ACTIVATION_FUNCTIONS) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", NAMES)
def test_derivative_against_central_differences(name):
    g, dg, *_ = ACTIVATION_FUNCTIONS[name]
    h = 6e-6
    numeric = (g(AWAY_FROM_ZERO + h) - g(AWAY_FROM_ZERO - h)) / (2 * h)
    np.testing.assert_allclose(dg(AWAY_FROM_ZERO), numeric, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", [name for name in NAMES if not ACTIVATION_FUNCTIONS[name].kinked])
def test_smooth_ones_have_their_derivative_at_zero_too(name):
    g, dg, *_ = ACTIVATION_FUNCTIONS[name]
    h = np.array([6e-6])
    np.testing.assert_allclose(dg(np.zeros(1)), (g(h) - g(-h)) / (2 * h), rtol=1e-9)


BY_HAND = [
    ("identity", -3.0, -3.0),
    ("sigmoid", math.log(3), 0.75),
    ("tanh", math.log(2), 0.6),
    ("relu", -2.0, 0.0),
    ("relu", 2.0, 2.0),
    ("leaky_relu", -2.0, -0.02),
    ("leaky_relu", 2.0, 2.0),
    ("gelu", 1.0, 0.8413447460685429),  # the normal distribution function at 1
    ("silu", math.log(3), 0.75 * math.log(3)),
]


@pytest.mark.parametrize(("name", "z", "value"), BY_HAND)
def test_values_worked_by_hand(name, z, value):
    assert ACTIVATION_FUNCTIONS[name].g(np.array([z]))[0] == pytest.approx(value, rel=1e-15)


def test_each_is_worked_by_hand_and_named_to_users_of_the_estimators():
    assert {name for name, _, _ in BY_HAND} == set(ACTIVATIONS)
    assert all(f"``{name}``" in MLPClassifier.__doc__ for name in ACTIVATIONS)


@pytest.mark.parametrize("name", NAMES)
def test_rectifiers_silence_half_of_the_units_and_do_not_saturate(name):
    silenced, once, twice = np.abs(ACTIVATION_FUNCTIONS[name].g(np.array([-6.0, 3.0, 6.0])))
    assert ACTIVATION_FUNCTIONS[name].is_rectifier == (silenced < 0.1 * twice and twice > 1.5 * once)


@pytest.mark.parametrize(("name", "slope"), [("relu", 0.0), ("leaky_relu", 0.01)])
def test_slope_at_the_kink_is_the_lower_one(name, slope):
    assert ACTIVATION_FUNCTIONS[name].dg(np.zeros(1))[0] == slope


@pytest.mark.parametrize("name", NAMES)
@given(z=st.floats(-(2.0**100), 2.0**100, width=32))
def test_float32_stays_float32_and_finite(name, z):
    g, dg, *_ = ACTIVATION_FUNCTIONS[name]
    Z = np.array([z], dtype=np.float32)
    with np.errstate(over="ignore", under="ignore"):
        A, slope = g(Z), dg(Z)
    assert A.dtype == slope.dtype == np.float32
    assert np.isfinite(A).all()
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("name", NAMES)
def test_nan_stays_nan(name):
    assert np.isnan(ACTIVATION_FUNCTIONS[name].g(np.array([np.nan])))[0]
