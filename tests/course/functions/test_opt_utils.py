"""The notebooks on optimisation, of both generations: unit cases, and the beginning of each published run."""

# The published numbers come from NumPy\'s global generator:
# ruff: noqa: NPY002

import inspect
import re

import numpy as np
import pytest

from wellfit.course import opt_utils, opt_utils_v1a
from wellfit.errors import DataError, SpecError
from wellfit.maths import optimisers
from wellfit.spec import Optimizer

V = {
    "dW1": [[-0.11006192, 0.11447237, 0.09015907], [0.05024943, 0.09008559, -0.06837279]],
    "db1": [[-0.01228902], [-0.09357694]],
    "dW2": [[-0.02678881, 0.05303555, -0.06916608], [-0.03967535, -0.06871727, -0.08452056], [-0.06712461, -0.00126646, -0.11173103]],
    "db2": [[0.02344157], [0.16598022], [0.07420442]],
}
S = {
    "dW1": [[0.00121136, 0.00131039, 0.00081287], [0.0002525, 0.00081154, 0.00046748]],
    "db1": [[1.51020075e-05], [8.75664434e-04]],
    "dW2": [
        [7.17640232e-05, 2.81276921e-04, 4.78394595e-04],
        [1.57413361e-04, 4.72206320e-04, 7.14372576e-04],
        [4.50571368e-04, 1.60392066e-07, 1.24838242e-03],
    ],
    "db2": [[5.49507194e-05], [2.75494327e-03], [5.50629536e-04]],
}
STEPS = {
    "gd": {
        "W1": [[1.63535156, -0.62320365, -0.53718766], [-1.07799357, 0.85639907, -2.29470142]],
        "b1": [[1.74604067], [-0.75184921]],
        "W2": [[0.32171798, -0.25467393, 1.46902454], [-2.05617317, -0.31554548, -0.3756023], [1.1404819, -1.09976462, -0.1612551]],
        "b2": [[-0.88020257], [0.02561572], [0.57539477]],
    },
    "momentum": {
        "W1": [[1.62544598, -0.61290114, -0.52907334], [-1.07347112, 0.86450677, -2.30085497]],
        "b1": [[1.74493465], [-0.76027113]],
        "W2": [[0.31930698, -0.24990073, 1.4627996], [-2.05974396, -0.32173003, -0.38320915], [1.13444069, -1.0998786, -0.1713109]],
        "b2": [[-0.87809283], [0.04055394], [0.58207317]],
    },
    "adam, inside": {
        "W1": [[1.63178673, -0.61919778, -0.53561312], [-1.08040999, 0.85796626, -2.29409733]],
        "b1": [[1.75225313], [-0.75376553]],
        "W2": [[0.32648046, -0.25681174, 1.46954931], [-2.05269934, -0.31497584, -0.37661299], [1.14121081, -1.09245036, -0.16498684]],
        "b2": [[-0.88529978], [0.03477238], [0.57537385]],
    },
    "adam, outside": {
        "W1": [[1.63942428, -0.6268425, -0.54320974], [-1.08782943, 0.85036983, -2.2865723]],
        "b1": [[1.75854357], [-0.74616067]],
        "W2": [[0.33356139, -0.26425199, 1.47707772], [-2.04538458, -0.30744933, -0.36903141], [1.14873036, -1.09256871, -0.15734651]],
        "b2": [[-0.89228024], [0.02707193], [0.56782561]],
    },
}


@pytest.fixture
def case_Q():
    W1, b1, W2, b2, dW1, db1, dW2, db2 = opt_utils.load_params_and_grads()
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def assert_printed(found, published):
    """Equal as printed with 8 digits after the point, or, of numbers below 1e-4, with 8 after the first."""
    assert set(published) <= set(found)
    for name, values in published.items():
        np.testing.assert_allclose(found[name], values, rtol=6e-9, atol=0.51e-8)


# === Unit cases ===


def test_the_case_is_drawn_in_its_order():
    arrays = opt_utils_v1a.load_params_and_grads(seed=1)
    np.random.seed(1)
    for array, shape in zip(arrays, [(2, 3), (2, 1), (3, 3), (3, 1)] * 2, strict=True):
        np.testing.assert_array_equal(array, np.random.randn(*shape))


def test_gradient_descent(case_Q):
    assert_printed(opt_utils.update_parameters_with_gd(*case_Q, 0.01), STEPS["gd"])


def test_momentum(case_Q):
    P, grads = case_Q
    found, v = opt_utils.update_parameters_with_momentum(P, grads, opt_utils.initialize_velocity(P), beta=0.9, learning_rate=0.01)
    assert_printed(found, STEPS["momentum"])
    assert_printed(v, V)


def test_adam_of_the_older_notebook(case_Q):
    P, grads = case_Q
    v, s = opt_utils.initialize_adam(P)
    found, v, s = opt_utils.update_parameters_with_adam(P, grads, v, s, t=2)
    assert_printed(found, STEPS["adam, inside"])
    assert_printed(v, V)
    for name, values in S.items():
        np.testing.assert_allclose(s[name], values, rtol=2e-6 if name == "dW1" else 1e-4 if name == "dW2" else 1e-8, atol=0.51e-8)


def test_epsilon_outside_gives_other_digits(case_Q):
    P, grads = case_Q
    found, *_ = opt_utils_v1a.update_parameters_with_adam(P, grads, *opt_utils_v1a.initialize_adam(P), t=2)
    assert found["W2"][2, 1].round(8) == -1.09244991
    assert found["b2"][0, 0].round(8) == -0.88529979


def test_adam_of_the_newer_notebook(case_Q):
    P, grads = case_Q
    v, s = opt_utils_v1a.initialize_adam(P)
    options = {"t": 2, "learning_rate": 0.02, "beta1": 0.8, "beta2": 0.888, "epsilon": 1e-2}
    found, v, s, v_corrected, s_corrected = opt_utils_v1a.update_parameters_with_adam(P, grads, v, s, **options)
    assert_printed(found, STEPS["adam, outside"])
    np.testing.assert_allclose(v_corrected["dW1"], 0.2 * grads["dW1"] / (1 - 0.8**2), rtol=1e-14)
    np.testing.assert_allclose(s_corrected["db2"], 0.112 * grads["db2"] ** 2 / (1 - 0.888**2), rtol=1e-14)


def test_rmsprop(case_Q):
    P, grads = case_Q
    W, s = P["W2"].copy(), np.zeros((3, 3))
    for _ in range(2):
        W, s = optimisers.rmsprop(Optimizer("rmsprop", beta2=0.8), W, s, grads["dW2"], 0.05, 1)
    average = opt_utils.initialize_rmsprop(P)
    for _ in range(2):
        P, average = opt_utils.update_parameters_with_rmsprop(P, grads, average, learning_rate=0.05, beta2=0.8)
    np.testing.assert_array_equal(P["W2"], W)
    np.testing.assert_allclose(average["dW2"], (0.8 * 0.2 + 0.2) * grads["dW2"] ** 2, rtol=1e-14)


def test_averages_start_at_zero(network):
    P = network(1, 2, 3, 3)
    for averages in (opt_utils.initialize_velocity(P), *opt_utils.initialize_adam(P)):
        assert {name: array.shape for name, array in averages.items()} == {"dW1": (3, 2), "db1": (3, 1), "dW2": (3, 3), "db2": (3, 1)}
        assert not any(array.any() for array in averages.values())


def test_steps_bind_new_arrays_and_return_the_same_dictionaries(case_Q):
    P, grads = case_Q
    v, s = opt_utils.initialize_adam(P)
    arrays = [*P.values(), *v.values(), *s.values()]
    before = [array.copy() for array in arrays]
    same_P, same_v, same_s = opt_utils.update_parameters_with_adam(P, grads, v, s, t=1)
    assert (same_P is P) and (same_v is v) and (same_s is s)
    assert all((now == then).all() for now, then in zip(arrays, before, strict=True))
    assert (P["W1"] != before[0]).all()


def test_mini_batches():
    np.random.seed(1)
    X = np.random.randn(12288, 148)
    Y = np.random.randn(1, 148) < 0.5
    batches = opt_utils.random_mini_batches(X, Y, 64)
    assert [(x.shape, y.shape) for x, y in batches] == [((12288, n), (1, n)) for n in (64, 64, 20)]
    np.testing.assert_array_equal(batches[0][0][0, :3].round(8), [0.90085595, -0.7612069, 0.2344157])
    order = np.concatenate([x[0] for x, _ in batches]).argsort()
    np.testing.assert_array_equal(np.concatenate([y[0] for _, y in batches])[order], Y[0, X[0].argsort()])
    assert [y.shape for _, y in opt_utils.random_mini_batches(X, Y, 74)] == [(1, 74), (1, 74)]
    assert [y.shape for _, y in opt_utils.random_mini_batches(X, Y, 500)] == [(1, 148)]


def test_rates():
    assert opt_utils_v1a.update_lr(0.5, 2, 1) == 0.16666666666666666
    assert opt_utils_v1a.update_lr(1, 2, 1) == 0.3333333333333333
    for given, expected in (
        ((0.5, 10, 0.3, 100), 0.5),
        ((0.5, 100, 0.3, 100), 0.3846153846153846),
        ((0.5, 100, 1, 100), 0.25),
        ((0.5, 10, 1, 100), 0.5),
        ((0.3, 100, 0.25, 100), 0.24),
    ):
        assert opt_utils_v1a.schedule_lr_decay(*given) == expected
    assert round(opt_utils_v1a.schedule_lr_decay(0.3, 1000, 0.25, 100), 9) == 0.085714286
    assert opt_utils_v1a.schedule_lr_decay(0.5, 1999, 1) == 0.25


def test_a_mean_and_a_sum(capsys):
    a3, Y = np.array([[0.5, 0.5]]), np.array([[1, 0]], dtype=np.uint8)
    assert opt_utils.compute_cost(a3, Y) == pytest.approx(np.log(2))
    assert opt_utils_v1a.compute_cost(a3, Y) == pytest.approx(2 * np.log(2))


# === Runs ===


def lines(kind, printed):
    return re.findall(rf"^{kind} after epoch (\d+): ([\d.]+)$", printed, flags=re.M)


@pytest.mark.parametrize(
    ("optimizer", "published"),
    [("gd", ["0.690736", "0.685273"]), ("momentum", ["0.690741"]), ("adam", ["0.690552", "0.185501"])],
)
def test_older_runs(optimizer, published, capsys):
    X, Y = opt_utils.load_dataset(is_plot=False)
    opt_utils.model(X, Y, [2, 5, 2, 1], optimizer, num_epochs=1000 * len(published) - 999)
    assert lines("Cost", capsys.readouterr().out) == [(str(1000 * place), cost) for place, cost in enumerate(published)]


@pytest.mark.parametrize(
    ("optimizer", "published"),
    [("gd", ["0.702405"]), ("momentum", ["0.702413"]), ("adam", ["0.702166", "0.167845"])],
)
def test_newer_runs(optimizer, published, capsys):
    X, Y = opt_utils_v1a.load_dataset(is_plot=False)
    opt_utils_v1a.model(X, Y, [2, 5, 2, 1], optimizer, num_epochs=1000 * len(published) - 999)
    printed = capsys.readouterr().out
    assert lines("Cost", printed) == [(str(1000 * place), cost) for place, cost in enumerate(published)]
    assert lines("learning rate", printed) == []


@pytest.mark.parametrize(
    ("optimizer", "rate", "decay", "costs", "rates"),
    [
        ("gd", 0.1, opt_utils_v1a.update_lr, ["0.701091", "0.661884"], ["0.100000", "0.000100"]),
        ("gd", 0.1, opt_utils_v1a.schedule_lr_decay, ["0.701091", "0.127161"], ["0.100000", "0.050000"]),
        ("momentum", 0.1, opt_utils_v1a.schedule_lr_decay, ["0.702226"], ["0.100000"]),
        ("adam", 0.01, opt_utils_v1a.schedule_lr_decay, ["0.699346"], ["0.010000"]),
    ],
)
def test_newer_runs_with_decay(optimizer, rate, decay, costs, rates, capsys):
    X, Y = opt_utils_v1a.load_dataset(is_plot=False)
    epochs = 1000 * len(costs) - 999
    opt_utils_v1a.model(X, Y, [2, 5, 2, 1], optimizer, learning_rate=rate, num_epochs=epochs, decay=decay)
    printed = capsys.readouterr().out
    assert lines("Cost", printed) == [(str(1000 * place), cost) for place, cost in enumerate(costs)]
    assert lines("learning rate", printed) == [(str(1000 * place), value) for place, value in enumerate(rates)]


def test_the_rate_of_an_epoch_was_set_after_the_one_before():
    calls = []

    def decay(first, epoch, decay_rate):
        calls.append((first, epoch, decay_rate))
        return 0.0

    X, Y = opt_utils_v1a.load_dataset(is_plot=False)
    run = opt_utils_v1a.descent(X, Y, [2, 5, 2, 1], "gd", learning_rate=0.1, num_epochs=3, decay=decay, decay_rate=2)
    weights = [parameters["W1"] for _, _, parameters, _ in run]
    assert (weights[0] == weights[2]).all()  # a rate of 0 from the second epoch on
    assert {epoch for _, epoch, _ in calls} == {0, 1, 2}
    assert {(first, rate) for first, _, rate in calls} == {(0.1, 2)}


@pytest.mark.parametrize("module", [opt_utils, opt_utils_v1a])
def test_what_does_not_fit_is_refused_in_one_line(module, case_Q):
    X, Y = module.load_dataset(is_plot=False)
    P, grads = case_Q
    for error, words, call in (
        (SpecError, "optimizer 'adm' is unknown; did you mean 'adam'", lambda: module.model(X, Y, [2, 5, 1], "adm")),
        (SpecError, "mini_batch_size must be a whole number from 1", lambda: module.model(X, Y, [2, 5, 1], "gd", mini_batch_size=0)),
        (DataError, "W1 has shape", lambda: module.model(X, Y, [3, 5, 1], "gd")),
        (DataError, r"Y has shape \(300, 1\)", lambda: module.random_mini_batches(X, Y.T)),
        (DataError, "the averages have no dW1", lambda: module.update_parameters_with_momentum(P, grads, {}, 0.9, 0.1)),
        (SpecError, "t must be at least 1", lambda: module.update_parameters_with_adam(P, grads, *module.initialize_adam(P), 0)),
    ):
        with pytest.raises(error, match=words):
            call()
    with pytest.raises(SpecError, match="time_interval must be above 0"):
        opt_utils_v1a.schedule_lr_decay(0.1, 1, 1, 0)


def test_signatures():
    shared = [
        ("learning_rate", 0.0007),
        ("mini_batch_size", 64),
        ("beta", 0.9),
        ("beta1", 0.9),
        ("beta2", 0.999),
        ("epsilon", 1e-8),
    ]
    for module, ending in (
        (opt_utils, [("num_epochs", 10000), ("print_cost", True)]),
        (opt_utils_v1a, [("num_epochs", 5000), ("print_cost", True), ("decay", None), ("decay_rate", 1)]),
    ):
        found = [(p.name, p.default) for p in inspect.signature(module.model).parameters.values()]
        assert found == [(name, inspect.Parameter.empty) for name in ("X", "Y", "layers_dims", "optimizer")] + shared + ending
        adam = inspect.signature(module.update_parameters_with_adam)
        assert list(adam.parameters) == ["parameters", "grads", "v", "s", "t", "learning_rate", "beta1", "beta2", "epsilon"]
