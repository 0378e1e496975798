"""The notebook on initialisation: unit cases, the beginning of each published run, and what a learner's own code may hand over."""

# The published numbers come from NumPy\'s global generator:
# ruff: noqa: NPY002

import inspect
import re

import numpy as np
import pytest

from wellfit.course import init_utils
from wellfit.errors import DataError, SpecError

COSTS = {
    "zeros": {0: 0.6931471805599453, 1000: 0.6931471805599453},
    "he": {0: 0.8830537463419761, 1000: 0.6879825919728063, 2000: 0.6751286264523371},
}


def test_weights_of_zero():
    P = init_utils.initialize_parameters_zeros([3, 2, 1])
    assert {name: array.shape for name, array in P.items()} == {"W1": (2, 3), "b1": (2, 1), "W2": (1, 2), "b2": (1, 1)}
    assert not any(array.any() for array in P.values())


def test_large_weights():
    P = init_utils.initialize_parameters_random([3, 2, 1])
    np.testing.assert_array_equal(P["W1"].round(8), [[17.88628473, 4.36509851, 0.96497468], [-18.63492703, -2.77388203, -3.54758979]])
    np.testing.assert_array_equal(P["W2"].round(8), [[-0.82741481, -6.27000677]])
    assert not P["b1"].any() and P["b1"].shape == (2, 1)


def test_he_weights():
    P = init_utils.initialize_parameters_he([2, 4, 1])
    rows = [[1.78862847, 0.43650985], [0.09649747, -1.8634927], [-0.2773882, -0.35475898], [-0.08274148, -0.62700068]]
    np.testing.assert_array_equal(P["W1"].round(8), rows)
    np.testing.assert_array_equal(P["W2"].round(8), [[-0.03098412, -0.33744411, -0.92904268, 0.62552248]])


def test_drawing_leaves_the_global_generator_where_later_cells_expect_it():
    init_utils.initialize_parameters_he([2, 4, 1])
    found = np.random.rand()
    np.random.seed(3)
    np.random.randn(12)
    assert found == np.random.rand()


@pytest.mark.parametrize("initialization", COSTS)
def test_published_costs(initialization, capsys):
    X, Y, _, _ = init_utils.load_dataset(is_plot=False)
    parameters = init_utils.model(X, Y, num_iterations=max(COSTS[initialization]) + 1, initialization=initialization)
    said = dict(re.findall(r"^Cost after iteration (\d+): (\S+)$", capsys.readouterr().out, flags=re.M))
    assert list(map(int, said)) == list(COSTS[initialization])
    # A last digit or two is left to the processor's order of sums.
    np.testing.assert_allclose([float(cost) for cost in said.values()], list(COSTS[initialization].values()), rtol=1e-13)
    assert list(parameters) == ["W1", "b1", "W2", "b2", "W3", "b3"]


def test_large_weights_print_inf_and_then_a_cost(capsys):
    X, Y, _, _ = init_utils.load_dataset(is_plot=False)
    init_utils.model(X, Y, num_iterations=1, initialization="random")
    assert capsys.readouterr().out == "Cost after iteration 0: inf\n"
    costs = [cost for _, cost, _ in init_utils.descent(X, Y, num_iterations=100, initialization="random")]
    assert not np.isnan(costs).any()
    assert np.isfinite(costs[-1])


def test_no_output_without_print_cost(capsys):
    X, Y, _, _ = init_utils.load_dataset(is_plot=False)
    init_utils.model(X, Y, num_iterations=2, print_cost=False)
    assert capsys.readouterr().out == ""


def test_gradients_are_named_small_and_divided_early(network):
    P, X, Y = network(4, 3, 4, 2, 1), np.random.randn(3, 6), np.array([[1, 0, 0, 1, 1, 0]])
    a3, cache = init_utils.forward_propagation(X, P)
    grads = init_utils.backward_propagation(X, Y, cache)
    assert len(cache) == 12
    assert list(grads) == ["dz3", "dW3", "db3", "da2", "dz2", "dW2", "db2", "da1", "dz1", "dW1", "db1"]
    np.testing.assert_array_equal(grads["dz3"], 1 / 6 * (a3 - Y))
    assert all(grads[f"d{name}"].shape == P[name].shape for name in P)


def test_predictions(capsys):
    P = {"W1": np.array([[1.0, -1.0]]), "b1": np.array([[0.0]])}
    X, y = np.array([[2.0, 0.0, 1.0], [0.0, 1.0, 1.0]]), np.array([[1, 0, 1]], dtype=np.uint8)
    p = init_utils.predict(X, y, P)
    assert capsys.readouterr().out == f"Accuracy: {2 / 3}\n"
    assert p.dtype.kind == "i" and p.shape == (1, 3)
    np.testing.assert_array_equal(p, [[1, 0, 0]])  # the third lies on the line: 0.5 is not above one half
    np.testing.assert_array_equal(init_utils.predict_dec(P, X), p.astype(bool))


def test_updates_bind_new_arrays(network):
    P, X, Y = network(4, 3, 2, 1), np.random.randn(3, 6), np.array([[1, 0, 0, 1, 1, 0]])
    _, cache = init_utils.forward_propagation(X, P)
    before = [array.copy() for array in cache]
    same = init_utils.update_parameters(P, init_utils.backward_propagation(X, Y, cache), 0.5)
    assert same is P
    assert (P["W1"] != before[2]).any()
    assert all((now == then).all() for now, then in zip(cache, before, strict=True))


def test_saturated_probabilities():
    a3 = np.array([[1.0, 0.0, 0.5]])
    assert init_utils.compute_loss(a3, np.array([[1, 0, 1]])) == pytest.approx(np.log(2) / 3)
    assert init_utils.compute_loss(a3, np.array([[0, 0, 1]])) == np.inf


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda X, Y, P: init_utils.model(X, Y, initialization="hee"), SpecError, "did you mean 'he'"),
        (lambda X, Y, P: init_utils.forward_propagation(X.T, P), DataError, r"W1 has shape \(4, 2\), but X has 6 rows.*X.T"),
        (lambda X, Y, P: init_utils.forward_propagation(X[0], P), DataError, r"X has shape \(6,\)"),
        (lambda X, Y, P: init_utils.forward_propagation(X[:, :0], P), DataError, "at least one example"),
        (lambda X, Y, P: init_utils.forward_propagation(X, P | {"b1": np.zeros((1, 4))}), DataError, r"b1 has shape \(1, 4\)"),
        (lambda X, Y, P: init_utils.forward_propagation(X, P | {"W2": np.ones((1, 3))}), DataError, "W1 has 4 rows"),
        (lambda X, Y, P: init_utils.forward_propagation(X, {"W1": P["W1"]}), DataError, "no b1"),
        (lambda X, Y, P: init_utils.forward_propagation(X, {}), DataError, "expected parameters W1"),
        (lambda X, Y, P: init_utils.predict(X, Y.T, P), DataError, r"Y has shape \(6, 1\); expected \(1, 6\)"),
        (lambda X, Y, P: init_utils.model(X, Y[:, :5]), DataError, r"Y has shape \(1, 5\)"),
        (lambda X, Y, P: init_utils.backward_propagation(X, Y, (X,) * 7), DataError, "cache has 7 entries"),
        (lambda X, Y, P: init_utils.update_parameters(P, {"dW1": P["W1"]}, 1), DataError, "no db1"),
        (lambda X, Y, P: init_utils.update_parameters(P, {"dW1": P["W1"].T}, 1), DataError, r"dW1 has shape \(2, 4\)"),
        (lambda X, Y, P: init_utils.initialize_parameters_he([3]), SpecError, "at least two whole numbers"),
        (lambda X, Y, P: init_utils.initialize_parameters_he([3, 0, 1]), SpecError, "whole numbers from 1"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(call, error, words, network):
    with pytest.raises(error, match=words) as caught:
        call(np.ones((2, 6)), np.ones((1, 6)), network(1, 2, 4, 1))
    assert "\n" not in str(caught.value)


def test_signatures():
    assert [(p.name, p.default) for p in inspect.signature(init_utils.model).parameters.values()][2:] == [
        ("learning_rate", 0.01),
        ("num_iterations", 15000),
        ("print_cost", True),
        ("initialization", "he"),
    ]
    assert list(inspect.signature(init_utils.predict).parameters) == ["X", "y", "parameters"]
    assert list(inspect.signature(init_utils.predict_dec).parameters) == ["parameters", "X"]
    assert list(inspect.signature(init_utils.plot_decision_boundary).parameters) == ["model", "X", "y"]
