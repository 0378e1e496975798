"""Losses against hand-worked values and scikit-learn's metrics, and each derivative against central differences."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss, mean_poisson_deviance

from wellfit.maths.losses import LEAST_PROBABILITY, Loss, likelihood, loss_of_predictions, make_loss, softmax
from wellfit.spec import CLASSIFICATION_LOSSES, LOSSES

SMOOTHED = [(name, eps) for name in LOSSES for eps in ((0.0, 0.1) if name in CLASSIFICATION_LOSSES else (0.0,))]


def example(name: str, m: int = 12, n: int = 3) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(3)
    Z = generator.standard_normal((m, n))
    if name == "cross_entropy":
        return Z, generator.integers(0, n, (m, 1)).astype(float)
    if name == "binary_cross_entropy":
        return Z, generator.integers(0, 2, (m, n)).astype(float)
    if name == "poisson":
        return Z, generator.poisson(2, (m, n)).astype(float)
    return Z, 2 * generator.standard_normal((m, n))


def of_one(loss: Loss, z: list[float], y: list[float]) -> float:
    return float(loss.value(np.array([z]), np.array([y]))[0])


@pytest.mark.parametrize(("name", "eps"), SMOOTHED)
def test_derivative_against_central_differences(name, eps):
    loss = make_loss(name, huber_delta=0.7, label_smoothing=eps)
    Z, Y = example(name)
    numeric = np.empty_like(Z)
    for output in range(Z.shape[1]):
        step = np.zeros_like(Z)
        step[:, output] = 6e-6
        numeric[:, output] = (loss.value(Z + step, Y) - loss.value(Z - step, Y)) / 12e-6
    np.testing.assert_allclose(loss.dZ(Z, Y), numeric, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(
    ("loss", "z", "y", "value"),
    [
        (make_loss("squared_error"), [3.0, -1.0], [1.0, 0.0], 2.5),
        (make_loss("absolute_error"), [3.0, -1.0], [1.0, 0.0], 3.0),
        (make_loss("huber", huber_delta=1.0), [0.5, 3.0], [0.0, 0.0], 0.125 + 2.5),
        (make_loss("poisson"), [0.0], [0.0], 1.0),
        (make_loss("poisson"), [math.log(4.0)], [4.0], 0.0),
        (make_loss("binary_cross_entropy"), [0.0, math.log(3)], [1.0, 1.0], math.log(2) + math.log(4 / 3)),
        (make_loss("binary_cross_entropy", label_smoothing=0.2), [math.log(3)], [1.0], 0.9 * math.log(4 / 3) + 0.1 * math.log(4)),
        (make_loss("cross_entropy"), [math.log(2), 0.0, 0.0], [0.0], math.log(2)),
        (make_loss("cross_entropy", label_smoothing=0.3), [math.log(2), 0.0, 0.0], [0.0], 0.8 * math.log(2) + 0.2 * math.log(4)),
    ],
)
def test_values_worked_by_hand(loss, z, y, value):
    assert of_one(loss, z, y) == pytest.approx(value, abs=1e-15)


def test_cross_entropies_are_scikit_learns_log_loss():
    Z, Y = example("cross_entropy", m=40)
    assert make_loss("cross_entropy").value(Z, Y).mean() == pytest.approx(log_loss(Y[:, 0], softmax(Z)), rel=1e-12)
    Z, Y = example("binary_cross_entropy", m=40, n=1)
    loss = make_loss("binary_cross_entropy")
    assert loss.value(Z, Y).mean() == pytest.approx(log_loss(Y[:, 0], loss.predict(Z)[:, 0]), rel=1e-12)


def test_poisson_is_half_of_scikit_learns_deviance():
    Z, Y = example("poisson", m=40, n=1)
    loss = make_loss("poisson")
    assert 2 * loss.value(Z, Y).mean() == pytest.approx(mean_poisson_deviance(Y[:, 0], loss.predict(Z)[:, 0]), rel=1e-12)


def test_two_classes_cost_the_same_by_either_cross_entropy():
    Z, Y = example("binary_cross_entropy", n=1)
    both = make_loss("cross_entropy").value(np.hstack([np.zeros_like(Z), Z]), Y)
    np.testing.assert_allclose(both, make_loss("binary_cross_entropy").value(Z, Y), rtol=1e-13)


@pytest.mark.parametrize("name", CLASSIFICATION_LOSSES)
@given(z=st.lists(st.floats(-1e30, 1e30), min_size=3, max_size=3), y=st.integers(0, 2))
def test_no_finite_input_makes_a_cross_entropy_infinite(name, z, y):
    Z = np.array([z])
    Y = np.array([[float(y)]]) if name == "cross_entropy" else (np.arange(3) == y)[None].astype(float)
    loss = make_loss(name, label_smoothing=0.1)
    with np.errstate(under="ignore"):
        assert np.isfinite(loss.value(Z, Y)).all()
        assert np.isfinite(loss.dZ(Z, Y)).all()
        assert (loss.predict(Z) >= 0).all()
        assert (loss.predict(Z) <= 1).all()


def test_a_confident_right_answer_still_has_a_measurable_cost():
    assert of_one(make_loss("binary_cross_entropy"), [50.0], [1.0]) == pytest.approx(math.exp(-50), rel=1e-12)


@pytest.mark.parametrize("name", LOSSES)
def test_float32_stays_float32(name):
    loss = make_loss(name, label_smoothing=0.1)
    Z, Y = (array.astype(np.float32) for array in example(name))
    assert loss.value(Z, Y).dtype == loss.dZ(Z, Y).dtype == loss.predict(Z).dtype == np.float32


@given(shift=st.floats(-100, 100))
def test_softmax_does_not_feel_a_common_shift(shift):
    Z, _ = example("cross_entropy")
    np.testing.assert_allclose(softmax(Z + shift), softmax(Z), rtol=1e-12)
    np.testing.assert_allclose(softmax(Z).sum(axis=1), 1, rtol=1e-14)


# === Of predictions ===


@pytest.mark.parametrize("classes", [2, 4])
def test_the_loss_of_predictions_is_that_of_their_scores(classes):
    name, columns = ("binary_cross_entropy", 1) if classes == 2 else ("cross_entropy", classes)
    draw = np.random.default_rng(0)
    Z, Y = draw.normal(size=(50, columns)), draw.integers(0, classes, (50, 1)).astype(float)
    loss = make_loss(name)
    P = loss.predict(Z)
    np.testing.assert_allclose(loss_of_predictions(P, Y, True), loss.value(Z, Y), rtol=1e-12)
    assert loss_of_predictions(P, Y, True).mean() == pytest.approx(log_loss(Y[:, 0], P if classes > 2 else P[:, 0], labels=range(classes)))
    several = likelihood(np.stack([P, P[::-1]]), Y)
    np.testing.assert_array_equal(several[0], likelihood(P, Y))
    assert several.shape == (2, 50)


def test_a_sure_prediction_that_is_wrong_costs_a_finite_amount():
    assert loss_of_predictions(np.array([[0.0]]), np.array([[1.0]]), True)[0] == -math.log(LEAST_PROBABILITY)


def test_of_numbers_it_is_half_the_square():
    assert loss_of_predictions(np.array([[3.0]]), np.array([[1.0]]), False).tolist() == [2.0]
