"""The gradient check itself: it passes what is right, finds what is wrong, and names it."""

import itertools

import numpy as np
import pytest

from wellfit.engines.api import get_engine
from wellfit.engines.differences import relative_distance
from wellfit.engines.gradcheck import ACTIVATIONS, LOSSES, PENALTIES, Case, check_case, check_gradients, check_matrix, matrix_cases
from wellfit.engines.layout import Layout
from wellfit.errors import DataError
from wellfit.spec import Network, Spec, Training

GENERATOR = np.random.default_rng(0)
X = GENERATOR.standard_normal((40, 4))
Y = np.sin(X @ GENERATOR.standard_normal((4, 2)))
SPEC = Spec(Network(4, (6, 5), 2, "tanh"), Training(loss="squared_error", l2=0.3, dropout=0.2))


class Faulty:
    """The reference, with a fault planted in what it returns."""

    name = "faulty"

    def __init__(self, fault):
        self.fault, self.reference = fault, get_engine("reference")

    def loss_and_gradient(self, spec, *arguments):
        cost, gradient = self.reference.loss_and_gradient(spec, *arguments)
        self.fault(Layout.of(spec.network).views(gradient))
        return cost, gradient


# === Right gradients pass ===


def test_the_matrix_holds_every_combination():
    cases = matrix_cases()
    assert len(cases) == len(set(cases)) == len(LOSSES) * 2 * len(ACTIVATIONS) * len(PENALTIES) * 2 * 2


@pytest.mark.parametrize("loss", LOSSES)
def test_every_option_passes(fast_engine, loss):
    # 20 parameters of each network; `wellfit check` compares them all.
    found = [(case, check_case(case, fast_engine, sample=20)) for case in matrix_cases() if case.loss == loss]
    worst = max(found, key=lambda pair: pair[1].relative_distance)
    assert worst[1].passed, f"{worst[0]}\n{worst[1]}"
    assert all(check.passed and check.checked >= 19 for _, check in found)


def test_the_matrix_is_checked_case_by_case():
    first, second = itertools.islice(check_matrix("reference"), 2)
    assert [case for case, _ in (first, second)] == matrix_cases()[:2]
    assert first[1] == check_case(first[0], "reference")


@pytest.mark.parametrize("case", matrix_cases()[::17], ids=str)
def test_a_share_of_the_options_passes_for_the_reference(case):
    check = check_case(case, "reference")
    assert check.passed, str(check)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_depth_width_and_units_of_one_network_differ(engine, activation):
    spec = Spec(Network(4, (7, 1, 6, 5), 2, activation), Training(loss="huber", l1=0.1, dropout=(0.2, 0.0, 0.1, 0.0)))
    check = check_gradients(spec, X, Y, engine=engine, sample_weight=np.arange(40))
    assert check.passed, str(check)


def test_no_hidden_layer(engine):
    check = check_gradients(Spec(Network(4, (), 2), Training(loss="poisson", input_dropout=0.3)), X, np.round(Y + 2), engine=engine)
    assert check.passed, str(check)
    assert list(check.layer_distances) == ["layer 1"]


def test_a_network_trained_to_its_minimum(engine):
    """At a minimum the gradient drowns in the cost's rounding: the check moves off, says so, and passes."""
    from scipy.optimize import minimize

    spec = Spec(Network(4, (5,), 2, "tanh"), Training(loss="squared_error", l2=1.0, dtype="float64"))
    theta = engine.initial_state(spec, 0).parameters
    options = {"gtol": 1e-14, "ftol": 1e-16, "maxiter": 5000}
    found = minimize(lambda t: engine.loss_and_gradient(spec, 0, t, X, Y), theta, jac=True, method="L-BFGS-B", options=options)
    assert np.linalg.norm(found.jac) < 1e-6
    check = check_gradients(spec, X, Y, found.x, engine=engine)
    assert check.passed, str(check)
    assert "too small" in check.reason


def test_a_cost_that_bends_within_the_recipes_steps(engine):
    """With inputs in the hundreds a step moves exp(z) by more than a straight line can follow; a shorter one does not."""
    spec = Spec(Network(4, (), 1), Training(loss="poisson", dtype="float64"))
    theta = engine.initial_state(spec, 0).parameters / 300
    check = check_gradients(spec, 300 * X, np.ones(40), theta, engine=engine)
    assert check.passed, str(check)
    assert "bends within them" in check.reason


def test_float32_specs_are_checked_in_float64(engine):
    assert check_gradients(SPEC.replace(training=SPEC.training.replace(dtype="float32")), X, Y, engine=engine).passed


# === Wrong gradients do not ===


@pytest.mark.parametrize("layer", [1, 2, 3])
@pytest.mark.parametrize("kind", [0, 1])
def test_a_factor_of_two_is_found_and_its_layer_named(layer, kind):
    def double(blocks):
        blocks[2 * layer - 2 + kind] *= 2

    check = check_gradients(SPEC, X, Y, engine=Faulty(double))
    assert not check.passed
    assert check.suspect == f"layer {layer}"
    assert all(name.startswith(f"layer {layer} {('weights', 'biases')[kind]}") for name, _, _ in check.worst[:2])
    assert f"layer {layer}" in check.reason
    assert "FAILED" in str(check)


def test_a_fault_on_the_way_back_is_named_where_it_arose():
    def lose_dropout_between_two_and_one(blocks):
        # What a wrong factor at layer 2's backward pass does: all earlier layers are off.
        for block in blocks[:4]:
            block *= 1.25

    assert check_gradients(SPEC, X, Y, engine=Faulty(lose_dropout_between_two_and_one)).suspect == "layer 2"


@pytest.mark.parametrize("size", [1e-5, 3e-6])
def test_a_small_fault_in_one_parameter_is_found(size):
    def nudge(blocks):
        blocks[2][1, 3] *= 1 + size / abs(blocks[2][1, 3]) * np.sqrt(sum((block**2).sum() for block in blocks))

    check = check_gradients(SPEC, X, Y, engine=Faulty(nudge))
    assert not check.passed
    assert check.worst[0][0] == "layer 2 weights[1, 3]"
    assert check.suspect == "layer 2"


def test_a_gradient_of_zero_is_not_taken_for_a_minimum():
    def silence(blocks):
        for block in blocks:
            block[...] = 0

    check = check_gradients(SPEC, X, Y, engine=Faulty(silence))
    assert check.relative_distance == 1
    assert check.suspect == "layer 3"


def test_a_cost_that_bends_too_sharply_is_not_blamed_on_a_layer(engine):
    spec = Spec(Network(4, (), 1), Training(loss="poisson", dtype="float64"))
    theta = engine.initial_state(spec, 0).parameters / 1e4
    check = check_gradients(spec, 1e4 * X, np.ones(40), theta, engine=engine)
    assert not check.passed
    assert check.suspect is None
    assert "scale the inputs" in check.reason


def test_a_cost_that_is_not_finite_is_not_blamed_on_a_layer(engine):
    spec = Spec(Network(4, (), 1), Training(loss="poisson"))
    check = check_gradients(spec, 1e4 * X, np.ones(40), engine=engine)
    assert not check.passed
    assert check.suspect is None
    assert "not finite" in check.reason


@pytest.mark.parametrize("size", [1.0, 1e-200, 1e200])
def test_distances_of_gradients_of_any_size(size):
    a, b = size * np.array([3.0, 0.0, 4.0]), size * np.array([3.0, 1.0, 4.0])
    assert relative_distance(a, b) == pytest.approx(1 / (5 + np.sqrt(26)), rel=1e-14)
    assert relative_distance(a, a) == 0
    assert relative_distance(a, -a) == 1


def test_distances_at_the_ends():
    zero = np.zeros(2)
    assert relative_distance(zero, zero) == 0
    assert relative_distance(np.zeros(0), np.zeros(0)) == 0
    assert np.isnan(relative_distance(zero, np.array([1.0, np.inf])))
    assert np.isnan(relative_distance(np.array([1.0, np.nan]), zero))


# === Kinks ===


def test_a_parameter_at_a_kink_is_left_out(engine):
    spec = Spec(Network(4, (6, 5), 2, "tanh"), Training(loss="squared_error", l1=0.5, dtype="float64"))
    theta = engine.initial_state(spec, 0).parameters
    theta[[2, 40]] = 0
    check = check_gradients(spec, X, Y, theta, engine=engine)
    assert check.passed, str(check)
    assert (check.left_out, check.checked) == (2, theta.size - 2)


@pytest.mark.parametrize(
    "training", [{"loss": "squared_error", "l1": 0.5}, {"loss": "absolute_error"}, {"loss": "huber", "huber_delta": 0.5}]
)
def test_a_start_full_of_kinks_is_moved(engine, training):
    spec = Spec(Network(4, (6,), 1, "relu", initializer="zeros"), Training(**training))
    check = check_gradients(spec, X, np.full(40, 0.5 if training["loss"] == "huber" else 0.0), engine=engine)
    assert check.passed, str(check)
    assert "sit at kinks" in check.reason
    assert check.left_out <= 0.05 * (check.left_out + check.checked)


# === What is compared ===


def test_sampling_takes_from_every_block():
    spec = Spec(Network(30, (40, 3), 2, "tanh"), Training(loss="squared_error"))
    wide = GENERATOR.standard_normal((20, 30))
    check = check_gradients(spec, wide, Y[:20], engine="reference", sample=60)
    assert check.passed
    assert check.checked == 60
    assert set(check.layer_distances) == {"layer 1", "layer 2", "layer 3"}
    assert all(distance > 0 for distance in check.layer_distances.values())


def test_large_networks_are_sampled_by_themselves():
    spec = Spec(Network(30, (40, 30), 2, "tanh"), Training(loss="squared_error"))
    assert check_gradients(spec, GENERATOR.standard_normal((20, 30)), Y[:20], engine="reference").checked == 1000


def test_the_same_seed_gives_the_same_check(engine):
    many = np.tile(X, (5, 1)) + 0.1 * GENERATOR.standard_normal((200, 4))
    targets = np.tile(Y, (5, 1))
    checks = [check_gradients(SPEC, many, targets, random_state=seed, engine=engine) for seed in (1, 1, 2)]
    assert checks[0] == checks[1] != checks[2]


BAD_INPUT = [
    ({"X": X[:, :3]}, "X must have shape"),
    ({"X": X[:0], "y": Y[:0]}, "at least one example"),
    ({"y": Y[:, 0]}, r"y must have shape \(40, 2\)"),
    ({"y": np.where(np.arange(80).reshape(40, 2) == 7, np.nan, Y)}, "must be finite"),
    ({"sample_weight": np.ones(3)}, "sample_weight must be 40 numbers"),
    ({"sample_weight": np.zeros(40)}, "sample_weight must be 40 numbers"),
    ({"parameters": np.zeros(3)}, "parameters must have shape"),
]


@pytest.mark.parametrize(("changes", "message"), BAD_INPUT, ids=[message for _, message in BAD_INPUT])
def test_bad_input(changes, message):
    with pytest.raises(DataError, match=message):
        check_gradients(SPEC, **{"X": X, "y": Y, "engine": "reference"} | changes)


def test_unknown_class_codes():
    spec = Spec(Network(4, (3,), 2), Training(loss="cross_entropy"))
    with pytest.raises(DataError, match=r"class codes 0\.\.1"):
        check_gradients(spec, X, np.full(40, 2), engine="reference")


def test_case_names_its_options():
    assert Case("huber", 3, "relu", "l1 + l2", True, False) in matrix_cases()
