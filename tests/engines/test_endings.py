"""How runs end: used up, converged, stopped early, diverged; and which parameters are kept."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, r2_score

from wellfit.engines.evaluation import error, mean_loss
from wellfit.engines.types import Outcome
from wellfit.errors import SpecError
from wellfit.spec import Optimizer, Schedule, Training

SLOW = Schedule(learning_rate=1e-9)


def test_epochs_used_up(make, engine):
    state, trace = make().train(engine)
    assert (state.outcome, state.epoch, state.step) == (Outcome.EPOCHS_USED_UP, 10, 50)
    assert trace.cost.size == 10


@pytest.mark.parametrize(
    ("monitor", "outcome"), [("cost", Outcome.CONVERGED), ("dev_cost", Outcome.STOPPED_EARLY), ("dev_error", Outcome.STOPPED_EARLY)]
)
def test_patience_runs_out(make, engine, monitor, outcome):
    setting = make(training={"monitor": monitor, "patience": 3, "schedule": SLOW, "epochs": 50, "batch_size": None})
    state, trace = setting.train(engine)
    # The first epoch is the best so far; epochs 2 to 5 are no better by the tolerance, and four are more than three.
    assert (state.outcome, state.epoch, state.waited) == (outcome, 5, 4)
    assert trace.cost.size == 5


def test_patience_counts_epochs_though_looks_are_rarer(make, engine):
    setting = make(training={"monitor": "dev_cost", "patience": 7, "history_every": 3, "schedule": SLOW, "epochs": 50})
    state, trace = setting.train(engine)
    assert (state.outcome, state.epoch, state.waited) == (Outcome.STOPPED_EARLY, 12, 9)
    np.testing.assert_array_equal(trace.record_epoch, [3, 6, 9, 12])


def test_auto_watches_the_dev_rows_where_there_are_any(make, engine):
    setting = make(training={"monitor": "auto", "patience": 3, "schedule": SLOW, "epochs": 50})
    assert setting.train(engine)[0].outcome == Outcome.STOPPED_EARLY
    blind = type(setting)(setting.spec, setting.data._replace(dev_rows=np.zeros(0, dtype=np.int64)), setting.plan)
    assert blind.train(engine)[0].outcome == Outcome.CONVERGED


def test_adaptive_divides_the_rate_by_five_until_it_is_small(make, engine):
    schedule = Schedule("adaptive", learning_rate=1e-4)
    setting = make(training={"monitor": "cost", "patience": 1, "tolerance": 1.0, "schedule": schedule, "epochs": 90, "history_every": 1})
    state, trace = setting.train(engine)
    # Two epochs too many bring 1e-4 down to 2e-5, 4e-6 and 8e-7, where it ends.
    assert state.outcome == Outcome.CONVERGED
    assert trace.learning_rate == pytest.approx([1e-4] * 3 + [2e-5] * 2 + [4e-6] * 2 + [8e-7] * 2, rel=1e-12)


def test_the_best_parameters_are_those_of_the_best_epoch(make, engine):
    changes = {"monitor": "dev_cost", "patience": None, "epochs": 40, "schedule": Schedule(learning_rate=0.2), "history_every": 1}
    setting = make(training=changes)
    state, trace = setting.train(engine)
    best = int(np.argmin(trace.dev_cost))
    assert 0 < best < 39, "the example must get worse again, or it shows nothing"
    assert (state.best_epoch, state.best_score) == (best + 1, trace.dev_cost[best])
    np.testing.assert_array_equal(state.best_parameters, setting.train(engine, epochs=best + 1)[0].parameters)


# === Divergence ===


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_divergence_ends_with_the_last_finite_parameters(make, engine, dtype):
    schedule = Schedule("exponential", 0.05, rate=1e60)
    setting = make(dtype, network={"activation": "relu", "hidden": (5,)}, training={"loss": "squared_error", "schedule": schedule})
    state, trace = setting.train(engine)
    assert state.outcome == Outcome.DIVERGED
    assert 0 < state.epoch < 10
    assert len(trace.cost) == state.epoch
    before, _ = setting.train(engine, epochs=state.epoch)
    assert before.outcome == Outcome.RUNNING
    for name in ("parameters", "first_moment", "second_moment", "best_parameters", "epoch", "step"):
        np.testing.assert_array_equal(getattr(state, name), getattr(before, name))
    assert np.isfinite(state.parameters).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_learning_rate_of_a_million(make, engine, dtype, seed):
    changes = {"loss": "squared_error", "schedule": Schedule(learning_rate=1e6), "optimizer": Optimizer("gradient_descent"), "epochs": 100}
    setting = make(dtype, network={"activation": "relu"}, training=changes)
    state, trace = setting.train(engine)
    assert state.outcome == Outcome.DIVERGED
    assert np.isfinite(state.parameters).all()
    assert np.isfinite(trace.cost).all()


@pytest.mark.parametrize("place", ["X", "Y", "parameters"])
def test_nan_is_divergence_in_the_first_epoch(make, engine, place, seed):
    setting = make(weighted=True)
    start = engine.initial_state(setting.spec, seed)
    data = setting.data
    if place == "parameters":
        start.parameters[0] = np.nan
    else:
        array = getattr(data, place).copy()
        array[data.rows[20]] = np.nan
        data = data._replace(**{place: array})
    state, trace = type(setting)(setting.spec, data, setting.plan).train(engine, state=start)
    assert (state.outcome, state.epoch, trace.cost.size) == (Outcome.DIVERGED, 0, 0)
    np.testing.assert_array_equal(state.parameters, start.parameters)


def test_lbfgs_is_not_for_engines(make, reference):
    with pytest.raises(SpecError, match="lbfgs"):
        make(training={"optimizer": Optimizer("lbfgs")}).train(reference)


# === Costs and errors ===


def recorded(setting, engine, seed):
    """Return the record of the last epoch, and predictions and targets of the dev rows."""
    state, trace = setting.train(engine)
    data = setting.data
    rows = data.dev_rows
    P = engine.forward(setting.spec, state.parameters, data.dev_X[rows])
    weights = None if data.dev_weights is None else data.dev_weights[rows]
    return trace, P, data.dev_Y[rows], weights


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "poisson"])
def test_error_of_regression_is_one_minus_r2(make, engine, seed, loss, weighted):
    trace, P, Y, weights = recorded(make(network={"outputs": 3}, training={"loss": loss}, weighted=weighted), engine, seed)
    assert trace.dev_error[-1] == pytest.approx(1 - r2_score(Y, P, sample_weight=weights), rel=1e-10)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("loss", "outputs"), [("binary_cross_entropy", 1), ("binary_cross_entropy", 3), ("cross_entropy", 3)])
def test_error_of_classes_is_one_minus_accuracy(make, engine, seed, loss, outputs, weighted):
    trace, P, Y, weights = recorded(make(network={"outputs": outputs}, training={"loss": loss}, weighted=weighted), engine, seed)
    truth, guess = (Y[:, 0], P.argmax(axis=1)) if loss == "cross_entropy" else (Y, P > 0.5)
    assert trace.dev_error[-1] == pytest.approx(1 - accuracy_score(truth, guess, sample_weight=weights), abs=1e-12)


@pytest.mark.parametrize(("wrong", "expected"), [(0.0, 0.0), (0.1, 1.0)])
def test_r2_of_a_target_that_never_varies(wrong, expected):
    Y = np.full((5, 1), 2.0)
    assert error(Training(loss="squared_error"), Y + wrong, Y) == expected == 1 - r2_score(Y, Y + wrong)


def test_dev_cost_is_the_mean_loss_without_penalties_and_smoothing(make, engine, seed):
    training = {"loss": "cross_entropy", "l2": 1.0, "l1": 1.0, "label_smoothing": 0.3, "dropout": 0.5}
    trace, P, Y, weights = recorded(make(network={"outputs": 3}, training=training, weighted=True), engine, seed)
    chosen = P[np.arange(len(Y)), Y[:, 0].astype(int)]
    assert trace.dev_cost[-1] == pytest.approx(np.average(-np.log(chosen), weights=weights), rel=1e-10)


def test_train_error_is_of_as_many_rows_as_there_are_dev_rows(make, engine, seed):
    setting = make(training={"l2": 0.1, "dropout": 0.2}, weighted=True)
    state, trace = setting.train(engine)
    rows = setting.data.rows[: len(setting.data.dev_rows)]
    wrong = (engine.forward(setting.spec, state.parameters, setting.data.X[rows]) > 0.5) != setting.data.Y[rows]
    assert trace.train_error[-1] == pytest.approx(np.average(wrong[:, 0], weights=setting.data.weights[rows]), abs=1e-12)


def test_gradient_norms_are_of_the_last_batch(make, engine, seed):
    setting = make(training={"batch_size": None, "l2": 0.3, "epochs": 4, "history_every": 1})
    state, trace = setting.train(engine, epochs=3)
    rows = setting.data.rows
    _, gradient = engine.loss_and_gradient(setting.spec, seed, state.parameters, setting.data.X[rows], setting.data.Y[rows])
    _, trace = setting.train(engine, epochs=1, state=state)
    norms = [np.linalg.norm(gradient[start:stop]) for start, stop in [(0, 15), (20, 40), (44, 48)]]
    np.testing.assert_allclose(trace.gradient_norms, [norms], rtol=1e-10)


def test_epoch_cost_is_the_mean_over_batches_by_their_weight(make, engine, seed):
    setting = make(training={"batch_size": 10, "shuffle": False, "schedule": Schedule(learning_rate=1e-12), "l2": 0.2}, weighted=True)
    data, spec = setting.data, setting.spec
    _, trace = setting.train(engine, epochs=1)
    theta = engine.initial_state(spec, seed).parameters
    batches = [data.rows[i : i + 10] for i in range(0, 37, 10)]
    costs = [engine.loss_and_gradient(spec, seed, theta, data.X[b], data.Y[b], data.weights[b])[0] for b in batches]
    assert trace.cost[0] == pytest.approx(np.average(costs, weights=[data.weights[b].sum() for b in batches]), rel=1e-9)


def test_mean_loss_by_hand():
    Z, Y = np.array([[1.0], [3.0]]), np.array([[0.0], [0.0]])
    training = Training(loss="huber", huber_delta=1.0)
    assert mean_loss(training, Z, Y) == pytest.approx((0.5 + 2.5) / 2)
    assert mean_loss(training, Z, Y, np.array([3.0, 1.0])) == pytest.approx((3 * 0.5 + 2.5) / 4)
