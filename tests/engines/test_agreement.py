"""Fast engines against the reference, over every option: after one step, and after ten epochs."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wellfit.engines.api import get_engine
from wellfit.engines.layout import Layout
from wellfit.maths.counter import keep_mask
from wellfit.spec import ACTIVATIONS, LOSSES, Network, Spec, Training

ONE_STEP = {"float64": 1e-10, "float32": 2e-5}


def assert_close(actual, desired, tolerance):
    np.testing.assert_allclose(actual, desired, rtol=tolerance, atol=tolerance * max(1e-3, float(np.abs(desired).max(initial=0))))


def one_batch(setting):
    """Return the setting with as many rows as make one batch, the first of them not without weight."""
    spec, data, rows = setting.spec, setting.data, setting.data.rows
    if data.weights is not None:
        rows = rows[np.argsort(data.weights[rows] == 0, kind="stable")]
    size = spec.training.batch_size or len(rows)
    return type(setting)(spec, data._replace(rows=rows[:size]), setting.plan._replace(orders=None))


def assert_one_step_agrees(setting, fast_engine, reference, seed, tolerance):
    spec, data = setting.spec, setting.data
    theta = reference.initial_state(spec, seed).parameters
    np.testing.assert_array_equal(theta, fast_engine.initial_state(spec, seed).parameters)
    weights = None if data.weights is None else data.weights[data.rows]
    batch = (data.X[data.rows], data.Y[data.rows], weights)
    for step in (None, 5):
        (cost, gradient), (fast_cost, fast_gradient) = (
            e.loss_and_gradient(spec, seed, theta, *batch, step) for e in (reference, fast_engine)
        )
        assert_close(fast_cost, cost, tolerance)
        assert_close(fast_gradient, gradient, tolerance)
        assert fast_gradient.dtype == theta.dtype
    assert_close(fast_engine.forward(spec, theta, data.X), reference.forward(spec, theta, data.X), tolerance)
    (state, trace), (fast_state, fast_trace) = (one_batch(setting).train(e, epochs=1) for e in (reference, fast_engine))
    for name in ("parameters", "first_moment", "second_moment"):
        assert_close(getattr(fast_state, name), getattr(state, name), tolerance)
    assert fast_state.step == state.step == 1
    assert_close(fast_trace.cost, trace.cost, tolerance)


def assert_ten_epochs_agree(setting, fast_engine, reference, seed, least):
    """Allow 100 times what the reference itself makes of a start that differs by one unit in the last place."""
    state, trace = setting.train(reference)
    start = reference.initial_state(setting.spec, seed)
    start.parameters = np.nextafter(start.parameters, np.inf, dtype=start.parameters.dtype)
    other, other_trace = setting.train(reference, state=start)
    fast_state, fast_trace = setting.train(fast_engine)

    def assert_near(fast, exact, perturbed):
        assert np.shape(fast) == np.shape(exact)
        change = np.abs(exact - perturbed).max(initial=0) if np.shape(exact) == np.shape(perturbed) else 0
        np.testing.assert_allclose(fast, exact, rtol=0, atol=max(least, 100 * float(np.nan_to_num(change))))

    for name in ("parameters", "first_moment", "second_moment", "best_parameters"):
        assert_near(getattr(fast_state, name), getattr(state, name), getattr(other, name))
    for name in ("epoch", "step", "best_epoch", "waited", "outcome"):
        assert getattr(fast_state, name) == getattr(state, name), name
    assert fast_state.rate_factor == pytest.approx(state.rate_factor, rel=1e-12)
    np.testing.assert_array_equal(fast_trace.record_epoch, trace.record_epoch)
    for name in ("cost", "dev_cost", "dev_error", "train_error", "learning_rate", "gradient_norms"):
        assert_near(getattr(fast_trace, name), getattr(trace, name), getattr(other_trace, name))


def test_one_step(setting, fast_engine, reference, seed):
    assert_one_step_agrees(setting, fast_engine, reference, seed, ONE_STEP["float64"])


def test_ten_epochs(setting, fast_engine, reference, seed):
    assert_ten_epochs_agree(setting, fast_engine, reference, seed, least=1e-6)


SINGLE = [
    {},
    {"network": {"activation": "relu", "outputs": 3}, "training": {"loss": "cross_entropy", "l2": 0.1}},
    {"network": {"activation": "gelu"}, "training": {"loss": "squared_error", "dropout": 0.3}},
    {"network": {"hidden": (17, 33), "outputs": 3}, "training": {"loss": "poisson", "batch_size": None}},
    {"network": {"hidden": ()}, "training": {"batch_size": 1}, "weighted": True},
]


@pytest.mark.parametrize("changes", SINGLE, ids=str)
def test_float32(make, changes, fast_engine, reference, seed):
    setting = make("float32", **changes)
    assert_one_step_agrees(setting, fast_engine, reference, seed, ONE_STEP["float32"])
    # One step's rounding is 1e-7 of the parameters; Adam's normalised steps carry it on.
    assert_ten_epochs_agree(setting, fast_engine, reference, seed, least=1e-4)


# === Shapes ===


@st.composite
def shapes(draw):
    loss = draw(st.sampled_from(LOSSES))
    hidden = draw(st.lists(st.integers(1, 40), max_size=3))
    outputs = draw(st.integers(2 if loss == "cross_entropy" else 1, 12))
    activations = tuple(draw(st.lists(st.sampled_from(ACTIVATIONS), min_size=len(hidden), max_size=len(hidden))))
    network = Network(draw(st.integers(1, 50)), tuple(hidden), outputs, activation=activations)
    rates = tuple(draw(st.lists(st.sampled_from([0.0, 0.3]), min_size=len(hidden), max_size=len(hidden))))
    dtype = draw(st.sampled_from(["float64", "float32"]))
    training = Training(loss=loss, l2=0.1, l1=0.1, dropout=rates, input_dropout=draw(st.sampled_from([0.0, 0.2])), dtype=dtype)
    return Spec(network, training), draw(st.integers(1, 150)), draw(st.booleans()), draw(st.integers(0, 2**64 - 1))


# A kernel's first call compiles for seconds, which says nothing of the example at hand.
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(case=shapes())
@pytest.mark.parametrize("name", ["compiled"])
def test_any_shape(name, case):
    spec, rows, weighted, seed = case
    generator = np.random.default_rng(seed)
    network, dtype = spec.network, spec.training.dtype
    X = generator.standard_normal((rows, network.inputs)).astype(dtype)
    signal = 0.5 * generator.standard_normal((rows, network.outputs))
    if spec.training.loss == "cross_entropy":
        Y = signal.argmax(axis=1)[:, None]
    else:
        Y = (signal > 0) if "entropy" in spec.training.loss else np.floor(np.exp(signal))
    weights = generator.uniform(0.5, 2, rows).astype(dtype) if weighted else None
    reference, fast = get_engine("reference"), get_engine(name)
    theta = reference.initial_state(spec, seed).parameters
    batch = (theta, X, Y.astype(dtype), weights, 3)
    (cost, gradient), (fast_cost, fast_gradient) = (e.loss_and_gradient(spec, seed, *batch) for e in (reference, fast))
    assert_close(fast_cost, cost, ONE_STEP[dtype])
    assert_close(fast_gradient, gradient, ONE_STEP[dtype])


# === Masks: both engines draw the same, bit by bit ===


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("first", [0, 32, 64])
def test_masks_bit_by_bit(engine, layer, first, seed):
    """Read a mask out of a gradient: with activations 2^p at position p, its sum over positions is the mask as a binary number."""
    units, rows, rate, step = 21, 128, 0.5, 6
    powers = np.zeros((rows, 1))
    powers[first : first + 32, 0] = 2.0 ** np.arange(32)
    if layer == 0:
        network = Network(units, (), 1, initializer="zeros")
        training = Training(loss="squared_error", input_dropout=rate, dtype="float64")
        X, theta = np.repeat(powers, units, axis=1), np.zeros(units + 1)
    else:
        network = Network(1, (units,), 1, activation="identity")
        training = Training(loss="squared_error", dropout=rate, dtype="float64")
        X, theta = powers, np.zeros(3 * units + 1)
        theta[:units] = 1
    spec = Spec(network, training)
    # Predictions are 0 and targets -1, so dZ = 1 / rows; kept activations are doubled.
    _, gradient = engine.loss_and_gradient(spec, seed, theta, X, np.full((rows, 1), -1.0), None, step)
    last = next(block for block in reversed(Layout.of(network).blocks) if block.kind == "weights")
    numbers = gradient[last.start : last.stop] * rows * (1 - rate)
    bits = (numbers.astype(np.uint64)[None, :] >> np.arange(32, dtype=np.uint64)[:, None]) & np.uint64(1)
    np.testing.assert_array_equal(bits == 1, keep_mask(seed, step, layer, rate, rows, units)[first : first + 32])
