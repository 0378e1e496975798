"""What every engine promises: resumed runs equal uninterrupted ones, zero options change nothing, rows may be reordered."""

import numpy as np
import pytest

from wellfit.engines.types import Outcome, Plan
from wellfit.maths.counter import keep_mask, shuffled
from wellfit.spec import Optimizer, Schedule

VECTORS = ("parameters", "first_moment", "second_moment", "best_parameters")
COUNTS = ("epoch", "step", "rate_factor", "best_score", "best_epoch", "waited", "outcome")
COLUMNS = ("cost", "record_epoch", "dev_cost", "dev_error", "train_error", "learning_rate", "gradient_norms")


def assert_same_bits(one, other):
    (state, trace), (other_state, other_trace) = one, other
    for name in VECTORS:
        np.testing.assert_array_equal(getattr(state, name), getattr(other_state, name), err_msg=name)
    for name in COUNTS:
        assert getattr(state, name) == getattr(other_state, name), name
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(trace, name), getattr(other_trace, name), err_msg=name)


# === Resuming ===


def test_resumed_equals_uninterrupted(setting, engine):
    whole, whole_trace = setting.train(engine)
    state, traces = None, []
    for epochs in (3, 1, 6):
        state, trace = setting.train(engine, epochs, state)
        traces.append(trace)
    joined = type(whole_trace)(*(np.concatenate([getattr(trace, name) for trace in traces]) for name in COLUMNS))
    assert_same_bits((whole, whole_trace), (state, joined))


def test_training_leaves_the_given_state_as_it_was(make, engine):
    setting = make(training={"monitor": "dev_cost"})
    state, _ = setting.train(engine, epochs=2)
    before = state.copy()
    setting.train(engine, epochs=2, state=state)
    for name in VECTORS:
        np.testing.assert_array_equal(getattr(state, name), getattr(before, name))
    assert (state.epoch, state.step) == (before.epoch, before.step) == (2, 10)


def test_an_ended_run_stays_ended(make, engine):
    setting = make()
    state, _ = setting.train(engine)
    assert state.outcome == Outcome.EPOCHS_USED_UP
    again, trace = setting.train(engine, epochs=5, state=state)
    assert (again.epoch, again.outcome) == (10, Outcome.EPOCHS_USED_UP)
    assert trace.cost.size == trace.record_epoch.size == 0
    assert trace.gradient_norms.shape == (0, 3)


def test_no_epochs_at_all(make, engine, seed):
    setting = make(training={"epochs": 0})
    state, trace = setting.train(engine, epochs=1)
    assert (state.epoch, state.outcome, trace.cost.size) == (0, Outcome.EPOCHS_USED_UP, 0)
    np.testing.assert_array_equal(state.parameters, engine.initial_state(setting.spec, seed).parameters)


# === Options that come to the same ===

ALL_OFF = {"l1": 0.0, "l2": 0.0, "dropout": (0.0, 0.0), "input_dropout": 0.0, "label_smoothing": 0.0}
SAME_BITS = [
    ({"training": ALL_OFF}, {}),
    ({"training": {"optimizer": Optimizer("adamw", weight_decay=0.0)}}, {}),
    ({"training": {"schedule": Schedule("constant", 0.05, warm_up=1)}}, {}),
    ({"training": {"schedule": Schedule("inverse_time", 0.05, decay=0.0)}}, {}),
    ({"training": {"schedule": Schedule("exponential", 0.05, rate=1.0)}}, {}),
    ({"training": {"schedule": Schedule("adaptive", 0.05), "monitor": "none"}}, {}),
    ({"training": {"schedule": Schedule("cosine", 0.05, minimum=1.0)}}, {}),
    ({"training": {"schedule": Schedule("inverse_time", 0.05, per="step"), "batch_size": None}},
     {"training": {"schedule": Schedule("inverse_time", 0.05), "batch_size": None}}),
    ({"network": {"activation": "tanh"}}, {"network": {"activation": ("tanh", "tanh")}}),
    ({"training": {"batch_size": 37}}, {"training": {"batch_size": None}}),
    ({"training": {"batch_size": None, "shuffle": False}}, {"training": {"batch_size": None}}),
    ({"training": {"dropout": 0.3}}, {"training": {"dropout": (0.3, 0.3)}}),
    ({"training": {"optimizer": Optimizer("momentum", momentum=0.0)}}, {"training": {"optimizer": Optimizer("gradient_descent")}}),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME_BITS, ids=str)
def test_options_that_come_to_the_same(make, engine, one, other):
    (state, trace), (other_state, other_trace) = make(**one).train(engine), make(**other).train(engine)
    np.testing.assert_allclose(state.parameters, other_state.parameters, rtol=0, atol=1e-12)
    np.testing.assert_allclose(trace.cost, other_trace.cost, rtol=0, atol=1e-12)


DIFFERENT = [
    {"l1": 0.1},
    {"l2": 0.1},
    {"dropout": 0.1},
    {"dropout": (0.0, 0.1)},
    {"input_dropout": 0.1},
    {"label_smoothing": 0.1},
    {"batch_size": 9},
    {"shuffle": False},
    {"optimizer": Optimizer("adamw")},
    {"optimizer": Optimizer(epsilon_form="inside", epsilon=1e-3)},
    {"schedule": Schedule("cosine", 0.05)},
]


@pytest.mark.parametrize("changes", DIFFERENT, ids=str)
def test_options_that_do_not(make, engine, changes):
    plain, _ = make().train(engine)
    changed, _ = make(training=changes).train(engine)
    assert np.abs(plain.parameters - changed.parameters).max() > 1e-4


def test_seeds_draw_parameters_masks_and_shuffles(make, engine):
    setting = make(training={"dropout": 0.3})
    theta = engine.initial_state(setting.spec, 1).parameters
    ends = [
        engine.train(setting.spec, seed, engine.initial_state(setting.spec, 0, theta), setting.data, Plan(), 2)[0].parameters
        for seed in (1, 2, 1 + 2**32)
    ]
    assert all(np.abs(a - b).max() > 1e-4 for a, b in [(ends[0], ends[1]), (ends[0], ends[2]), (ends[1], ends[2])])


# === Given in place of drawn ===


def test_drawn_orders_given_as_arrays(make, engine, seed):
    setting = make()
    orders = np.array([shuffled(seed, epoch, 37) for epoch in range(10)])
    given = type(setting)(setting.spec, setting.data, Plan(orders=orders))
    assert_same_bits(setting.train(engine), given.train(engine))


def test_drawn_masks_given_as_arrays(make, engine, seed):
    setting = make(training={"dropout": (0.3, 0.0), "input_dropout": 0.2, "epochs": 3})
    steps = 3 * 5
    masks = tuple(
        np.array([keep_mask(seed, step, layer, rate, 37, units) for step in range(steps)]) if rate else None
        for layer, (rate, units) in enumerate([(0.2, 3), (0.3, 5), (0.0, 4)])
    )
    given = type(setting)(setting.spec, setting.data, Plan(masks=masks))
    assert_same_bits(setting.train(engine), given.train(engine))


def test_given_orders_and_masks_start_anew_after_their_last_period(make, engine):
    setting = make(training={"dropout": 0.5, "batch_size": None}, plan="orders and masks")
    plan = setting.plan
    thrice = Plan(np.tile(plan.orders, (4, 1)), tuple(np.tile(mask, (3, 1, 1)) for mask in plan.masks))
    assert_same_bits(setting.train(engine), type(setting)(setting.spec, setting.data, thrice).train(engine))


def test_masks_of_one_step(make, engine, seed):
    setting = make(training={"dropout": 0.5, "input_dropout": 0.2})
    spec, X, Y = setting.spec, setting.data.X, setting.data.Y
    theta = engine.initial_state(spec, seed).parameters
    masks = tuple(keep_mask(seed, 3, layer, rate, len(X), units) for layer, (rate, units) in enumerate([(0.2, 3), (0.5, 5), (0.5, 4)]))
    drawn = engine.loss_and_gradient(spec, seed, theta, X, Y, None, 3)
    given = engine.loss_and_gradient(spec, seed, theta, X, Y, None, 0, masks)
    assert drawn[0] == given[0]
    np.testing.assert_array_equal(drawn[1], given[1])


@pytest.mark.parametrize(("rate", "kept"), [(1e-7, 1.0), (2.0**-16, None), (1 - 2.0**-16, None), (0.9999999, 0.0)])
def test_masks_at_the_ends_of_their_16_bits(make, engine, seed, rate, kept):
    setting = make(training={"dropout": 0.0, "input_dropout": rate})
    spec, X, Y = setting.spec, setting.data.X, setting.data.Y
    mask = keep_mask(seed, 3, 0, rate, len(X), 3)
    assert kept is None or (mask == kept).all()
    theta = engine.initial_state(spec, seed).parameters
    drawn = engine.loss_and_gradient(spec, seed, theta, X, Y, None, 3)
    given = engine.loss_and_gradient(spec, seed, theta, X, Y, None, 0, (mask, None, None))
    assert drawn[0] == given[0]
    np.testing.assert_array_equal(drawn[1], given[1])


# === Rows and weights ===


def gradient_on(setting, engine, seed, rows, weights=None):
    theta = engine.initial_state(setting.spec, seed).parameters
    return engine.loss_and_gradient(setting.spec, seed, theta, setting.data.X[rows], setting.data.Y[rows], weights)


def assert_same_cost(one, other):
    assert one[0] == pytest.approx(other[0], rel=1e-12)
    np.testing.assert_allclose(one[1], other[1], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "squared_error", "poisson"])
def test_row_order_does_not_change_a_full_batch_cost(make, engine, seed, loss):
    setting = make(network={"outputs": 3}, training={"loss": loss, "l2": 0.1, "l1": 0.1})
    order = np.random.default_rng(0).permutation(60)
    assert_same_cost(gradient_on(setting, engine, seed, np.arange(60)), gradient_on(setting, engine, seed, order))


def test_a_weight_of_two_is_a_row_twice_and_a_weight_of_zero_is_none(make, engine, seed):
    setting = make(training={"l2": 0.1, "l1": 0.1})
    weights = np.random.default_rng(0).integers(0, 3, 60)
    repeated = gradient_on(setting, engine, seed, np.repeat(np.arange(60), weights))
    assert_same_cost(gradient_on(setting, engine, seed, np.arange(60), weights.astype(float)), repeated)


def test_weights_of_one_are_none(make, engine, seed):
    setting = make(training={"l2": 0.1})
    assert_same_cost(gradient_on(setting, engine, seed, np.arange(60)), gradient_on(setting, engine, seed, np.arange(60), np.ones(60)))


def test_a_batch_without_weight_is_passed_over(make, engine):
    setting = make(training={"shuffle": False, "dropout": 0.3})
    data = setting.data
    weights = np.ones(60)
    weights[data.rows[8:16]] = 0
    passed_over = type(setting)(setting.spec, data._replace(weights=weights), Plan())
    left_out = type(setting)(setting.spec, data._replace(rows=np.delete(data.rows, np.arange(8, 16))), Plan())
    (state, trace), (other, other_trace) = (s.train(engine, epochs=1) for s in (passed_over, left_out))
    assert state.step == other.step == 4
    np.testing.assert_allclose(state.parameters, other.parameters, rtol=0, atol=1e-12)
    np.testing.assert_allclose(trace.cost, other_trace.cost, rtol=1e-12)


def test_dev_rows_change_no_step(make, engine):
    setting = make(training={"monitor": "none", "dropout": 0.3})
    none = setting.data._replace(dev_rows=np.zeros(0, dtype=np.int64))
    (state, trace), (blind, blind_trace) = setting.train(engine), type(setting)(setting.spec, none, Plan()).train(engine)
    np.testing.assert_array_equal(state.parameters, blind.parameters)
    np.testing.assert_array_equal(trace.cost, blind_trace.cost)
    assert np.isnan(blind_trace.dev_cost).all()
    assert np.isnan(blind_trace.dev_error).all()
    assert np.isnan(blind_trace.train_error).all()


def test_a_dev_table_of_its_own(make, engine):
    setting = make(training={"monitor": "dev_cost"}, weighted=True)
    data = setting.data
    rows = data.dev_rows
    apart = data._replace(
        dev_X=data.X[rows].copy(), dev_Y=data.Y[rows].copy(), dev_weights=data.weights[rows].copy(), dev_rows=np.arange(len(rows))
    )
    assert_same_bits(setting.train(engine), type(setting)(setting.spec, apart, Plan()).train(engine))


def test_float32_follows_float64(make, engine):
    single, double = (make(dtype, training={"epochs": 3}).train(engine)[0].parameters for dtype in ("float32", "float64"))
    assert (single.dtype, double.dtype) == (np.float32, np.float64)
    np.testing.assert_allclose(single, double, rtol=0, atol=1e-4)
