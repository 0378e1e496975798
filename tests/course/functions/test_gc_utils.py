"""The notebook on gradient checking: every published figure, and that the check finds what is wrong."""

# The published numbers come from NumPy\'s global generator:
# ruff: noqa: NPY002

import numpy as np
import pytest

from wellfit.course import gc_utils
from wellfit.errors import DataError, SpecError


@pytest.fixture
def case():
    np.random.seed(1)
    X, Y, P = np.random.randn(4, 3), np.array([1, 1, 0]), {}
    for l, (n, n_before) in enumerate([(5, 4), (3, 5), (1, 3)], start=1):
        P[f"W{l}"], P[f"b{l}"] = np.random.randn(n, n_before), np.random.randn(n, 1)
    cost, cache = gc_utils.forward_propagation_n(X, Y, P)
    return X, Y, P, cost, cache


def with_faults(grads, faults):
    return grads | {name: grads[name] * factor for name, factor in faults.items()}


def test_one_dimension():
    assert gc_utils.forward_propagation(2, 4) == 8
    assert gc_utils.backward_propagation(2, 4) == 2
    assert gc_utils.backward_propagation(3, 4) == 3
    assert gc_utils.gradient_check(2, 4) == 2.919335883291695e-10
    assert gc_utils.gradient_check(3, 4) == 7.814075313343006e-11
    assert gc_utils.gradient_check(0, 4) == 0.0


def test_cost_of_labels_in_one_dimension(case):
    _, _, _, cost, cache = case
    assert cost == pytest.approx(2.407833389834357, rel=1e-15)
    np.testing.assert_array_equal(cache[9].round(8), [[0.97206672, 0.66583257, 0.99887329]])


@pytest.mark.parametrize(
    ("faults", "published"),
    [
        ({}, 1.1890913024229996e-07),
        ({"dW2": 2, "db1": 4}, 0.2850931567761623),
        ({"db1": 4}, 0.2544229712458523),
        ({"dW2": 2}, 0.17344196893145924),
    ],
    ids=["right", "both faults", "db1 wrong", "dW2 wrong"],
)
def test_published_differences(case, faults, published, capsys):
    X, Y, P, _, cache = case
    grads = with_faults(gc_utils.backward_propagation_n(X, Y, cache), faults)
    difference = gc_utils.gradient_check_n(P, grads, X, Y)
    # A step of 1e-7 turns the rounding of costs, 4e-16, into 2e-9 of a slope: little beside faults, a tenth of what is left without.
    assert difference == pytest.approx(published, abs=1e-7 if faults else 2e-8)
    assert capsys.readouterr().out == ""
    gc_utils.gradient_check_n(P, grads, X, Y, epsilon=1e-7, print_msg=True)
    said = capsys.readouterr().out
    assert ("There is a mistake" if faults else "The gradient is correct!") in said
    assert str(difference) in said


def test_any_depth_and_labels_in_two_dimensions(network):
    P, X, Y = network(5, 2, 3, 3, 2, 1), np.random.randn(2, 4), np.array([[1, 0, 1, 1]], dtype=np.uint8)
    grads = gc_utils.backward_propagation_n(X, Y, gc_utils.forward_propagation_n(X, Y, P)[1])
    assert gc_utils.gradient_check_n(P, grads, X, Y, epsilon=1e-6) < 1e-7
    assert gc_utils.gradient_check_n(P, with_faults(grads, {"dW4": 1.001}), X, Y, epsilon=1e-6) > 1e-5


def test_dictionaries_and_vectors(case):
    X, Y, P, _, cache = case
    theta, keys = gc_utils.dictionary_to_vector(P)
    assert theta.shape == (47, 1)
    assert keys == ["W1"] * 20 + ["b1"] * 5 + ["W2"] * 15 + ["b2"] * 3 + ["W3"] * 3 + ["b3"]
    back = gc_utils.vector_to_dictionary(theta)
    assert list(back) == list(P)
    assert all((back[name] == P[name]).all() for name in P)
    grads = gc_utils.backward_propagation_n(X, Y, cache)
    gradient = gc_utils.gradients_to_vector(grads)
    assert gradient.shape == (47, 1)
    assert all((gc_utils.vector_to_dictionary(gradient)[name] == grads[f"d{name}"]).all() for name in P)
    other = {"W1": np.ones((2, 2)), "b1": np.zeros((2, 1))}
    there_and_back = gc_utils.vector_to_dictionary(gc_utils.dictionary_to_vector(other)[0], like=other)
    assert all((there_and_back[name] == other[name]).all() for name in other)


def test_the_parameters_are_left_as_they_are(case):
    X, Y, P, _, cache = case
    before = {name: array.copy() for name, array in P.items()}
    gc_utils.gradient_check_n(P, gc_utils.backward_propagation_n(X, Y, cache), X, Y)
    assert all((P[name] == before[name]).all() for name in P)


def test_a_fault_in_one_dimension_is_reported(monkeypatch, capsys):
    gc_utils.gradient_check(2, 4, print_msg=True)
    assert "The gradient is correct!" in capsys.readouterr().out
    monkeypatch.setattr(gc_utils, "backward_propagation", lambda x, theta: 2 * x)
    assert gc_utils.gradient_check(2, 4, print_msg=True) == pytest.approx(1 / 3)
    assert "There is a mistake" in capsys.readouterr().out


def test_what_does_not_fit_is_refused(case):
    X, Y, P, _, _ = case
    with pytest.raises(DataError, match=r"theta has 46 numbers; expected 47 for W1 \(5, 4\)"):
        gc_utils.vector_to_dictionary(np.zeros((46, 1)))
    with pytest.raises(DataError, match="no dW1"):
        gc_utils.gradient_check_n(P, {}, X, Y)
    with pytest.raises(DataError, match=r"Y has shape \(3, 1\)"):
        gc_utils.forward_propagation_n(X, Y[:, np.newaxis], P)
    with pytest.raises(SpecError, match="epsilon must be above 0"):
        gc_utils.gradient_check(2, 4, epsilon=0)
