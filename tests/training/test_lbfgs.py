"""L-BFGS over an engine, against exact answers and through its own ways of ending."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from wellfit.engines.reference import evaluate
from wellfit.engines.types import Outcome, Plan
from wellfit.errors import SpecError
from wellfit.events import EpochEnd, Progress
from wellfit.spec import Network, Optimizer, Spec, Training
from wellfit.training import fit as fit_module
from wellfit.training.fit import fit_network, make_data
from wellfit.training.task import Task

TRAIN, DEV = np.arange(90), np.arange(90, 120)


@pytest.fixture(params=["reference", "compiled"])
def engine(request):
    return request.param


def test_several_targets_reach_the_least_squares_solution(engine):
    generator = np.random.default_rng(2)
    X, Y = generator.normal(size=(60, 4)), generator.normal(size=(60, 3))
    spec = Spec(
        Network(inputs=4, hidden=(), outputs=3),
        Training(loss="squared_error", optimizer=Optimizer("lbfgs"), epochs=500, tolerance=1e-10, dtype="float64"),
    )
    result = fit_network(Task(spec, make_data(X, Y, "float64")), engine=engine)
    exact, *_ = np.linalg.lstsq(np.column_stack([X, np.ones(60)]), Y, rcond=None)
    # SciPy stops once the cost falls by less than 2e-9 of itself, which leaves the parameters this far off.
    assert result.parameters == pytest.approx(exact.ravel(), abs=1e-5)


def test_logistic_regression_with_penalty_and_weights(table, make_spec, engine):
    X, y = table
    weights = np.linspace(0.5, 2.0, 120)
    spec = make_spec(hidden=(), optimizer="lbfgs", l2=2.0, epochs=500, tolerance=1e-9)
    result = fit_network(Task(spec, make_data(X, y, "float64", weights)), engine=engine)
    oracle = LogisticRegression(C=0.5, tol=1e-10, max_iter=1000).fit(X, y, sample_weight=weights)
    assert result.outcome is Outcome.CONVERGED
    assert "converged at iteration" in result.message
    assert result.parameters == pytest.approx(np.concatenate([oracle.coef_[0], oracle.intercept_]), abs=1e-6)


def test_rows_out_of_order_are_the_rows_that_are_used(table, make_spec):
    X, y = table
    rows = np.array([5, 3, 80, 80, 1, 44, 17, 60])
    spec = make_spec(hidden=(), optimizer="lbfgs", l2=1.0, epochs=100)
    picked = fit_network(Task(spec, make_data(X, y, "float64", rows=rows)), engine="reference")
    copied = fit_network(Task(spec, make_data(X[rows], y[rows], "float64")), engine="reference")
    assert np.array_equal(picked.parameters, copied.parameters)


def test_float32_parameters_come_from_float64_arithmetic(table, make_spec):
    X, y = (array.astype(np.float32) for array in table)
    spec = make_spec(optimizer="lbfgs", l2=0.1, epochs=60, dtype="float32")
    start = np.random.default_rng(0).normal(size=57).astype(np.float32)
    single = fit_network(Task(spec, make_data(X, y, "float32"), parameters=start), engine="reference")
    wide = spec.replace(training=spec.training.replace(dtype="float64"))
    double = fit_network(Task(wide, make_data(X, y, "float64"), parameters=start), engine="reference")
    assert single.parameters.dtype == np.float32
    assert np.array_equal(single.history.cost, double.history.cost)
    assert np.array_equal(single.parameters, double.parameters.astype(np.float32))


def test_history_and_limits(table, make_spec):
    data = make_data(*table, "float64", rows=TRAIN, dev_rows=DEV)
    result = fit_network(Task(make_spec(optimizer="lbfgs", epochs=12, monitor="cost", tolerance=0.0), data), engine="reference")
    assert (result.outcome, result.epochs) == (Outcome.EPOCHS_USED_UP, 12)
    assert (np.diff(result.history.cost) < 0).all()
    assert result.history.gradient_norms.shape == (12, 3)
    assert np.isnan(result.history.learning_rate).all()
    cost, error = evaluate(result.spec, result.parameters, data.dev_X, data.dev_Y, None, DEV)
    assert (result.dev_cost, result.dev_error) == (cost, error)
    few = Optimizer("lbfgs", max_evaluations=5)
    spec = make_spec(epochs=12, monitor="cost", tolerance=0.0)
    short = fit_network(Task(spec.replace(training=spec.training.replace(optimizer=few)), data), engine="reference")
    assert short.outcome is Outcome.EPOCHS_USED_UP
    assert short.epochs <= 5
    assert "EVALUATIONS" in short.message


def test_best_iteration_on_dev_rows_and_patience(table, make_spec):
    data = make_data(*table, "float64", rows=TRAIN, dev_rows=DEV)
    spec = make_spec(hidden=(20,), optimizer="lbfgs", epochs=200, patience=4)
    result = fit_network(Task(spec, data), engine="reference")
    assert result.outcome is Outcome.STOPPED_EARLY
    assert result.best_epoch == result.history.dev_cost.argmin() + 1
    assert result.dev_cost == result.history.dev_cost.min()
    assert result.epochs == result.best_epoch + 5


def test_a_cost_that_is_not_finite_is_divergence(make_spec):
    X = np.full((4, 3), 1e200)
    spec = make_spec(hidden=(), optimizer="lbfgs", loss="squared_error", monitor="cost")
    result = fit_network(Task(spec, make_data(X, [0.0, 1.0, 2.0, 3.0], "float64")), engine="reference")
    assert result.outcome is Outcome.DIVERGED
    assert result.epochs == 0
    assert np.isfinite(result.parameters).all()


def interrupt():
    raise KeyboardInterrupt


def test_ctrl_c(table, make_spec, watched_engine):
    spec = make_spec(optimizer="lbfgs", epochs=100, monitor="cost")
    result = fit_network(Task(spec, make_data(*table, "float64")), engine=watched_engine(at=15, do=interrupt))
    assert result.outcome is Outcome.INTERRUPTED
    assert result.state.outcome is Outcome.RUNNING
    assert 0 < result.epochs < 15
    assert result.history.epochs == result.epochs
    rest = fit_network(Task(spec, make_data(*table, "float64"), state=result.state), engine="reference")
    assert rest.history.cost[-1] < result.history.cost[-1]


def test_a_callback_is_called_within_iterations_and_stops_the_search(table, make_spec, monkeypatch):
    monkeypatch.setattr(fit_module, "SECONDS_A_CALL", 0.0)
    seen = []

    def follow(event):
        seen.append(event)
        return len(seen) == 10

    task = Task(make_spec(optimizer="lbfgs", epochs=100, monitor="cost"), make_data(*table, "float64"))
    result = fit_network(task, engine="reference", callback=follow)
    assert result.outcome is Outcome.INTERRUPTED
    assert len(seen) == 10
    assert {type(event) for event in seen} == {EpochEnd, Progress}
    assert all(event.epoch == event.history.epochs for event in seen if isinstance(event, EpochEnd))
    assert all(event.total == 100 for event in seen if isinstance(event, Progress))


def test_part_of_the_iterations(table, make_spec):
    result = fit_network(Task(make_spec(optimizer="lbfgs", monitor="cost"), make_data(*table, "float64"), epochs=4), engine="reference")
    assert result.epochs == 4
    used_up = fit_network(Task(result.spec, make_data(*table, "float64"), state=result.state, epochs=0), engine="reference")
    assert np.array_equal(used_up.parameters, result.parameters)


def test_orders_are_refused(table, make_spec):
    with pytest.raises(SpecError, match="plan must be omitted with lbfgs"):
        fit_network(Task(make_spec(optimizer="lbfgs"), make_data(*table, "float64")), plan=Plan(orders=np.arange(120)[None]))
