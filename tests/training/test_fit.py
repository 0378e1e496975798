"""One network: chunks, resuming, the best epoch, interruptions and divergence."""

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wellfit.engines.reference import evaluate
from wellfit.engines.types import Outcome, Plan
from wellfit.errors import DataError, SpecError
from wellfit.training import fit as fit_module
from wellfit.training.fit import fit_network, make_data
from wellfit.training.task import Task

TRAIN, DEV = np.arange(90), np.arange(90, 120)


def assert_same_run(one, other):
    """Everything but the time that it took is the same to the bit."""
    assert np.array_equal(one.parameters, other.parameters)
    assert (one.outcome, one.epochs, one.best_epoch, one.message) == (other.outcome, other.epochs, other.best_epoch, other.message)
    for first, second in ((asdict(one.history), asdict(other.history)), (asdict(one.state), asdict(other.state))):
        for name, value in first.items():
            assert np.array_equal(value, second[name], equal_nan=True), name


@pytest.fixture(params=["reference", "compiled"])
def engine(request):
    return request.param


@pytest.fixture
def data(table):
    return make_data(*table, "float64", rows=TRAIN, dev_rows=DEV)


@pytest.mark.parametrize("changes", [{"optimizer": "adam", "dropout": 0.2}, {"optimizer": "rmsprop", "history_every": 4, "patience": 5}])
def test_chunks_never_change_the_bits(make_spec, data, engine, changes, monkeypatch):
    spec = make_spec(**changes)
    monkeypatch.setattr(fit_module, "SECONDS_A_CALL", 1e9)
    at_once = fit_network(Task(spec, data, seed=3), engine=engine)
    monkeypatch.setattr(fit_module, "SECONDS_A_CALL", 0.0)
    one_by_one = fit_network(Task(spec, data, seed=3), engine=engine)
    assert_same_run(at_once, one_by_one)


def test_calls_grow_until_one_takes_a_tenth_of_a_second(make_spec, data, watched_engine):
    engine = watched_engine()
    result = fit_network(Task(make_spec(epochs=400), data), engine=engine)
    assert engine.calls[0] == 1
    assert sum(engine.calls) == result.epochs == 400
    assert len(engine.calls) < 400


def test_resumed_equals_uninterrupted(make_spec, data, engine):
    spec = make_spec(dropout=0.1, history_every=3)
    whole = fit_network(Task(spec, data, seed=5), engine=engine)
    part = fit_network(Task(spec, data, seed=5, epochs=11), engine=engine)
    assert part.outcome is Outcome.RUNNING
    assert part.epochs == 11
    assert part.message == "11 of 30 epochs done."
    rest = fit_network(Task(spec, data, seed=5, state=part.state), engine=engine)
    assert np.array_equal(rest.parameters, whole.parameters)
    joined = part.history.followed_by(rest.history)
    for name, value in asdict(whole.history).items():
        assert np.array_equal(value, getattr(joined, name)), name
    assert asdict(rest.state).keys() == asdict(whole.state).keys()
    assert rest.dev_cost == whole.dev_cost


@given(lengths=st.lists(st.integers(0, 9), max_size=5))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_resumed_wherever_it_was_cut(make_spec, data, lengths):
    spec = make_spec(dropout=0.1, epochs=24, history_every=2)
    result = fit_network(Task(spec, data, epochs=0), engine="reference")
    for length in lengths:
        result = fit_network(Task(spec, data, state=result.state, epochs=length), engine="reference")
        assert result.history.epochs <= length
    result = fit_network(Task(spec, data, state=result.state), engine="reference")
    whole = fit_network(Task(spec, data), engine="reference")
    assert np.array_equal(result.parameters, whole.parameters)
    assert (result.best_epoch, result.dev_cost) == (whole.best_epoch, pytest.approx(whole.dev_cost, rel=1e-12))


def test_a_run_whose_epochs_were_used_up_may_get_more(make_spec, data):
    spec = make_spec()
    longer = spec.replace(training=spec.training.replace(epochs=45))
    first = fit_network(Task(spec, data), engine="reference")
    more = fit_network(Task(longer, data, state=first.state), engine="reference")
    assert (more.epochs, more.history.epochs) == (45, 15)
    assert np.array_equal(more.parameters, fit_network(Task(longer, data), engine="reference").parameters)


def test_dev_rows_change_no_step(make_spec, table):
    spec = make_spec(monitor="none")
    runs = [
        fit_network(Task(spec, make_data(*table, "float64", rows=TRAIN, dev_rows=rows)), engine="reference")
        for rows in (None, DEV, DEV[:7])
    ]
    assert np.array_equal(runs[0].parameters, runs[1].parameters)
    assert np.array_equal(runs[0].history.cost, runs[2].history.cost)
    assert np.isnan(runs[0].dev_cost)


def test_best_epoch_on_dev_rows_is_kept(make_spec, data, engine):
    result = fit_network(Task(make_spec(learning_rate=0.1, epochs=60), data), engine=engine)
    costs = result.history.dev_cost
    assert result.best_epoch == costs.argmin() + 1 < result.epochs
    assert result.dev_cost == costs.min()
    cost, error = evaluate(result.spec, result.parameters, data.dev_X, data.dev_Y, None, DEV)
    assert (result.dev_cost, result.dev_error) == pytest.approx((cost, error), rel=1e-12)
    assert not np.array_equal(result.parameters, result.state.parameters)


def test_stopping_early(make_spec, data):
    result = fit_network(Task(make_spec(learning_rate=0.1, epochs=1000, patience=5), data), engine="reference")
    assert result.outcome is Outcome.STOPPED_EARLY
    assert result.epochs == result.best_epoch + 6
    assert result.message.startswith(
        f"stopped early at epoch {result.epochs}: no improvement on the dev rows since epoch {result.best_epoch}"
    )


def test_converged_without_dev_rows(make_spec, table):
    result = fit_network(Task(make_spec(learning_rate=1e-6, patience=2), make_data(*table, "float64")), engine="reference")
    assert result.outcome is Outcome.CONVERGED
    assert result.message == f"converged at epoch {result.epochs}: the cost fell by less than 0.0001 over 2 epochs."


def test_scores_at_an_epoch_that_was_not_recorded(make_spec, data):
    result = fit_network(Task(make_spec(history_every=10, monitor="cost"), data, epochs=13), engine="reference")
    assert result.history.record_epoch.tolist() == [10]
    cost, error = evaluate(result.spec, result.parameters, data.dev_X, data.dev_Y, None, DEV)
    assert (result.dev_cost, result.dev_error) == (cost, error)


@pytest.mark.parametrize("learning_rate", [1e6, 1e300])
def test_divergence_is_a_result_with_finite_parameters(make_spec, table, engine, learning_rate):
    X, y = table
    spec = make_spec(learning_rate=learning_rate, optimizer="gradient_descent", loss="squared_error", monitor="cost", epochs=1000)
    result = fit_network(Task(spec, make_data(X, y, "float64")), engine=engine)
    assert result.outcome is Outcome.DIVERGED
    assert result.diverged
    assert np.isfinite(result.parameters).all()
    assert np.isfinite(result.history.cost).all()
    assert result.message.startswith(f"diverged at epoch {result.epochs + 1}: ")
    again = fit_network(Task(spec, make_data(X, y, "float64"), state=result.state), engine=engine)
    assert again.outcome is Outcome.DIVERGED
    assert again.history.epochs == 0


# === Interruptions ===


def interrupt():
    raise KeyboardInterrupt


def test_ctrl_c_ends_with_what_is_best_so_far_and_may_go_on(make_spec, data, watched_engine, monkeypatch):
    monkeypatch.setattr(fit_module, "SECONDS_A_CALL", 0.0)
    spec = make_spec(dropout=0.1)
    result = fit_network(Task(spec, data), engine=watched_engine(at=9, do=interrupt))
    assert result.outcome is Outcome.INTERRUPTED
    assert (result.epochs, result.history.epochs) == (8, 8)
    assert result.message == "interrupted after epoch 8."
    assert result.best_epoch == result.history.dev_cost.argmin() + 1
    rest = fit_network(Task(spec, data, state=result.state), engine="reference")
    assert rest.outcome is Outcome.EPOCHS_USED_UP
    assert np.array_equal(rest.parameters, fit_network(Task(spec, data), engine="reference").parameters)


def test_ctrl_c_between_recording_and_going_on_leaves_both_at_the_same_epoch(make_spec, data, monkeypatch):
    monkeypatch.setattr(fit_module, "SECONDS_A_CALL", 0.0)
    add = fit_module.Recorder.add

    def add_and_interrupt(self, piece):
        add(self, piece)
        if len(self.trace().cost) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(fit_module.Recorder, "add", add_and_interrupt)
    result = fit_network(Task(make_spec(), data), engine="reference")
    assert (result.epochs, result.history.epochs, len(result.history.record_epoch)) == (4, 4, 4)


def test_a_callback_is_called_between_calls_of_the_engine_and_stops_the_run(make_spec, data, monkeypatch):
    monkeypatch.setattr(fit_module, "SECONDS_A_CALL", 0.0)
    seen = []

    def follow(event):
        seen.append((event.epoch, event.history.epochs, event.history.record_epoch[-1]))
        return len(seen) == 20

    result = fit_network(Task(make_spec(epochs=10_000_000, history_every=1), data), engine="reference", callback=follow)
    assert result.outcome is Outcome.INTERRUPTED
    assert seen == [(epoch, epoch, epoch) for epoch in range(1, 21)]


# === What is given ===


def test_initial_parameters_are_taken_as_they_are(make_spec, data):
    spec = make_spec(epochs=0)
    given = np.linspace(-1, 1, 57)
    result = fit_network(Task(spec, data, parameters=given), engine="reference")
    assert np.array_equal(result.parameters, given)
    assert result.parameters is not given
    assert (result.outcome, result.epochs, result.best_epoch) == (Outcome.EPOCHS_USED_UP, 0, 0)
    assert np.isfinite(result.dev_cost)


def test_orders_given_as_arrays_reach_the_engine(make_spec, data, engine):
    spec = make_spec(shuffle=False, epochs=4)
    backwards = Plan(orders=np.arange(90)[None, ::-1].copy())
    given = fit_network(Task(spec, data), engine=engine, plan=backwards)
    turned = fit_network(Task(spec, data._replace(rows=TRAIN[::-1].copy())), engine=engine)
    assert np.array_equal(given.parameters, turned.parameters)


def test_float32_stays_float32(make_spec, table, engine):
    result = fit_network(Task(make_spec(dtype="float32"), make_data(*table, "float32")), engine=engine)
    assert result.parameters.dtype == np.float32


def test_engines_agree_through_fit(make_spec, data):
    spec = make_spec(dropout=0.2, l1=0.01, l2=0.1)
    one, other = (fit_network(Task(spec, data, seed=9), engine=name) for name in ("reference", "compiled"))
    assert one.history.cost == pytest.approx(other.history.cost, rel=1e-6)


@pytest.mark.parametrize(
    ("start", "how", "error", "message"),
    [
        ({}, {"engine": "compield"}, SpecError, "did you mean 'compiled'"),
        ({"seed": -1}, {}, SpecError, "seed must lie between 0 and 2\\^64 - 1, found -1"),
        ({"parameters": np.zeros(3)}, {}, SpecError, "parameters must be 57 numbers for this network, found shape \\(3,\\)"),
    ],
)
def test_bad_arguments(make_spec, data, start, how, error, message):
    with pytest.raises(error, match=message):
        fit_network(Task(make_spec(), data, **start), **how)


def test_state_and_parameters_exclude_each_other(make_spec, data):
    state = fit_network(Task(make_spec(), data, epochs=1), engine="reference").state
    with pytest.raises(SpecError, match="cannot both be given"):
        fit_network(Task(make_spec(), data, state=state, parameters=np.zeros(57)), engine="reference")


def test_data_that_do_not_fit_are_refused_before_training(make_spec, table):
    with pytest.raises(DataError, match="X must be in the spec's dtype float64"):
        fit_network(Task(make_spec(), make_data(*table, "float32")))


@pytest.mark.parametrize(("optimizer", "epochs"), [("adam", 0), ("adam", 5), ("lbfgs", 5)])
def test_the_compiled_engine_does_without_the_reference(make_spec, table, monkeypatch, optimizer, epochs):
    data = make_data(*table, "float64", rows=np.arange(80), dev_rows=np.arange(80, 120))
    spec = make_spec(optimizer=optimizer, batch_size=None, epochs=5)
    expected = fit_network(Task(spec, data, epochs=epochs), engine="reference")

    def fail(*_):
        raise AssertionError("the reference engine computed")

    monkeypatch.setattr("wellfit.engines.reference._last_layer", fail)
    found = fit_network(Task(spec, data, epochs=epochs))
    assert found.dev_cost == pytest.approx(expected.dev_cost, rel=1e-9)
    assert found.dev_error == pytest.approx(expected.dev_error, rel=1e-9)
