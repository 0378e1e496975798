"""The notebook on regularisation: unit cases, the beginning of each published run, and oracles for what nobody published."""

# The published numbers come from NumPy\'s global generator:
# ruff: noqa: NPY002

import inspect

import numpy as np
import pytest

from wellfit.course import ch8_utils, reg_utils
from wellfit.engines.reference import ReferenceEngine
from wellfit.errors import DataError, SpecError
from wellfit.spec import Network, Spec, Training

# === Unit cases ===


def test_cost_with_regularization(case_P):
    A3 = np.array([[0.40682402, 0.01629284, 0.16722898, 0.10118111, 0.40682402]])
    Y = np.array([[1, 1, 0, 1, 0]])
    assert reg_utils.compute_cost_with_regularization(A3, Y, case_P, lambd=0.1) == 1.7864859451590758
    assert reg_utils.compute_cost(A3, Y) == 1.6025016047573226


def test_gradients_with_regularization(case_XP):
    X, P, Y = case_XP
    _, cache = reg_utils.forward_propagation(X, P)
    for given, digits in ((tuple(array.round(8) for array in cache), 8), (cache, 7)):  # the published cache is rounded to 8 decimals
        grads = reg_utils.backward_propagation_with_regularization(X, Y, given, lambd=0.7)
        dW1 = [[-0.25604646, 0.12298827, -0.28297129], [-0.17706303, 0.34536094, -0.4410571]]
        dW2 = [[0.79276486, 0.85133918], [-0.0957219, -0.01720463], [-0.13100772, -0.03750433]]
        atol = 0.51 * 10.0**-digits
        np.testing.assert_allclose(grads["dW1"], dW1, rtol=0, atol=atol)
        np.testing.assert_allclose(grads["dW2"], dW2, rtol=0, atol=atol)
        np.testing.assert_allclose(grads["dW3"], [[-1.77691347, -0.11832879, -0.09397446]], rtol=0, atol=atol)


def test_forward_with_dropout(case_XP):
    X, P, _ = case_XP
    A3, cache = reg_utils.forward_propagation_with_dropout(X, P, keep_prob=0.7)
    np.testing.assert_array_equal(A3.round(8), [[0.36974721, 0.00305176, 0.04565099, 0.49683389, 0.36974721]])
    Z1, D1, A1, W1, _, _, D2, A2, _, _, _, last, _, _ = cache
    assert W1 is P["W1"] and last is A3
    np.random.seed(1)
    np.testing.assert_array_equal(D1, np.random.rand(2, 5) < 0.7)
    np.testing.assert_array_equal(D2, np.random.rand(3, 5) < 0.7)
    assert D1.dtype == bool
    np.testing.assert_allclose(A1, np.maximum(Z1, 0) * D1 / 0.7, rtol=1e-15)
    assert not A2[~D2].any()


def test_the_mask_is_the_same_at_every_call(case_XP):
    X, P, _ = case_XP
    first, _ = reg_utils.forward_propagation_with_dropout(X, P, keep_prob=0.5)
    np.random.rand(100)
    again, _ = reg_utils.forward_propagation_with_dropout(X, P, keep_prob=0.5)
    np.testing.assert_array_equal(first, again)


def test_gradients_with_dropout(case_XP):
    X, P, Y = case_XP
    _, cache = reg_utils.forward_propagation_with_dropout(X, P, keep_prob=0.5)
    grads = reg_utils.backward_propagation_with_dropout(
        X, Y, tuple(array if array.dtype == bool else array.round(8) for array in cache), keep_prob=0.8
    )
    dA1 = [[0.36544439, 0, -0.00188233, 0, -0.17408748], [0.65515713, 0, -0.00337459, 0, 0]]
    dA2 = [[0.58180856, 0, -0.00299679, 0, -0.27715731], [0, 0.53159854, 0, 0.53159854, -0.34089673], [0, 0, -0.00292733, 0, 0]]
    np.testing.assert_array_equal(grads["dA1"].round(8), dA1)
    np.testing.assert_array_equal(grads["dA2"].round(8), dA2)
    assert list(grads) == ["dZ3", "dW3", "db3", "dA2", "dZ2", "dW2", "db2", "dA1", "dZ1", "dW1", "db1"]


def test_initial_weights():
    P = reg_utils.initialize_parameters([2, 20, 3, 1])
    np.random.seed(3)
    for name, n, n_before in (("W1", 20, 2), ("W2", 3, 20), ("W3", 1, 3)):
        np.testing.assert_array_equal(P[name], np.random.randn(n, n_before) / np.sqrt(n_before))
    assert not any(P[name].any() for name in ("b1", "b2", "b3"))


# === Oracles ===


@pytest.mark.parametrize("lambd", [0.0, 0.7])
@pytest.mark.parametrize("keep_prob", [1.0, 0.6])
def test_costs_and_gradients_are_those_of_the_reference_engine(network, lambd, keep_prob):
    # Small weights: near 0 and 1 the rounding of a probability shows in the logarithm, which the engine takes of the logit.
    P = {name: array / 2 for name, array in network(2, 3, 6, 5, 4, 1).items()}
    X, Y = np.random.randn(3, 9), np.random.randint(0, 2, (1, 9)).astype(np.uint8)
    A, cache = reg_utils.forward_propagation_with_dropout(X, P, keep_prob)
    grads = reg_utils.backward_propagation_with_regularization_dropout(X, Y, cache, lambd, keep_prob)
    training = Training(loss="binary_cross_entropy", l2=lambd, dropout=1 - keep_prob, dtype="float64")
    spec = Spec(Network(3, (6, 5, 4), 1), training)
    theta = np.concatenate([part.ravel() for l in range(1, 5) for part in (P[f"W{l}"].T, P[f"b{l}"])])
    masks = (None, *(cache[5 * l + 1].T for l in range(3)))
    cost, gradient = ReferenceEngine().loss_and_gradient(spec, 0, theta, X.T, Y.T, step=0, masks=masks)
    assert reg_utils.compute_cost_with_regularization(A, Y, P, lambd) == pytest.approx(cost, rel=1e-13)
    ours = np.concatenate([part.ravel() for l in range(1, 5) for part in (grads[f"dW{l}"].T, grads[f"db{l}"])])
    np.testing.assert_allclose(ours, gradient, rtol=1e-11, atol=1e-14)


def test_one_at_a_time_are_special_cases_of_both_at_once(case_XP):
    X, P, Y = case_XP
    _, plain = reg_utils.forward_propagation(X, P)
    _, kept = reg_utils.forward_propagation_with_dropout(X, P, keep_prob=1.0)
    both = reg_utils.backward_propagation_with_regularization_dropout
    for one, other in (
        (reg_utils.backward_propagation(X, Y, plain), both(X, Y, kept, 0.0, 1.0)),
        (reg_utils.backward_propagation_with_regularization(X, Y, plain, 0.3), both(X, Y, kept, 0.3, 1.0)),
    ):
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])


def test_a_learners_own_masks_of_numbers(case_XP):
    X, P, Y = case_XP
    _, cache = reg_utils.forward_propagation_with_dropout(X, P, keep_prob=0.5)
    numbers = tuple(array.astype(int) if array.dtype == bool else array for array in cache)
    one, other = (reg_utils.backward_propagation_with_dropout(X, Y, given, 0.5) for given in (cache, numbers))
    assert all((one[name] == other[name]).all() for name in one)


# === Runs ===


@pytest.mark.parametrize(
    ("options", "first"),
    [({}, 0.6557412523481002), ({"lambd": 0.7}, 0.6974484493131264), ({"keep_prob": 0.86}, 0.6543912405149825)],
    ids=["plain", "L2", "dropout"],
)
def test_first_published_costs(options, first, course_data, capsys):
    X, Y, _, _ = reg_utils.load_2D_dataset(is_plot=False)
    parameters = reg_utils.model(X, Y, num_iterations=1, **options)
    line = capsys.readouterr().out
    assert line.startswith("Cost after iteration 0: ")
    # A last digit or two is left to the processor's order of sums.
    assert float(line.split()[-1]) == pytest.approx(first, rel=1e-14)
    assert [parameters[f"W{l}"].shape for l in (1, 2, 3)] == [(20, 2), (3, 20), (1, 3)]


def test_the_dropout_run_to_its_first_published_cost(course_data):
    X, Y, _, _ = reg_utils.load_2D_dataset(is_plot=False)
    run = reg_utils.descent(X, Y, num_iterations=10_001, keep_prob=0.86)
    costs = [cost for _, cost, _ in run]
    # Beyond iteration 3,546 terms of 0 * inf are among those added up.
    # A last digit or two is left to the processor's order of sums, which this run does not magnify.
    assert costs[-1] == pytest.approx(0.06101698657490559, rel=1e-13)
    assert not np.isnan(costs).any()


def test_the_textbooks_network(course_data, capsys):
    X, Y, _, _ = ch8_utils.load_2D_dataset(is_plot=False)
    parameters = ch8_utils.model(X, Y, num_iterations=2, lambd=0.1, keep_prob=0.9)
    assert capsys.readouterr().out.startswith("Cost after iteration 0: 0.70870054")
    assert [parameters[f"W{l}"].shape for l in (1, 2, 3)] == [(20, 2), (5, 20), (1, 5)]


def test_both_at_once_learn(capsys):
    np.random.seed(0)
    X = np.random.randn(2, 60)
    Y = (X.sum(axis=0, keepdims=True) > 0).astype(np.uint8)
    parameters = reg_utils.model(X, Y, num_iterations=300, lambd=0.1, keep_prob=0.9, print_cost=False)
    assert (reg_utils.predict(X, Y, parameters) == Y).mean() > 0.9


# === What does not fit ===


@pytest.mark.parametrize("keep_prob", [0, -0.1, 1.01, np.nan])
def test_keep_prob_outside_its_range(keep_prob, case_XP):
    X, P, Y = case_XP
    for call in (
        lambda: reg_utils.forward_propagation_with_dropout(X, P, keep_prob),
        lambda: reg_utils.backward_propagation_with_dropout(X, Y, (X,) * 14, keep_prob),
        lambda: reg_utils.model(X, Y, keep_prob=keep_prob),
        lambda: ch8_utils.model(X, Y, keep_prob=keep_prob),
    ):
        with pytest.raises(SpecError, match="keep_prob must be above 0 and at most 1, found"):
            call()


def test_other_misfits(case_XP):
    X, P, Y = case_XP
    _, plain = reg_utils.forward_propagation(X, P)
    with pytest.raises(SpecError, match="lambd must be at least 0, found -1"):
        reg_utils.backward_propagation_with_regularization(X, Y, plain, -1)
    with pytest.raises(SpecError, match="lambd must be at least 0, found nan"):
        reg_utils.model(X, Y, lambd=np.nan)
    with pytest.raises(DataError, match="cache has 12 entries; expected 5 entries a hidden layer"):
        reg_utils.backward_propagation_with_dropout(X, Y, plain, 0.5)
    with pytest.raises(DataError, match="X has 4 columns, but the cache holds 5 examples"):
        reg_utils.backward_propagation(X[:, :4], Y, plain)
    with pytest.raises(DataError, match=r"Y has shape \(5, 1\)"):
        reg_utils.compute_cost(np.full((1, 5), 0.5), Y.T)


def test_signatures():
    for module in (reg_utils, ch8_utils):
        assert [(p.name, p.default) for p in inspect.signature(module.model).parameters.values()][2:] == [
            ("learning_rate", 0.3),
            ("num_iterations", 30000),
            ("print_cost", True),
            ("lambd", 0),
            ("keep_prob", 1),
        ]
        assert inspect.signature(module.forward_propagation_with_dropout).parameters["keep_prob"].default == 0.5
        assert list(inspect.signature(module.compute_cost_with_regularization).parameters) == ["A3", "Y", "parameters", "lambd"]
