"""A callback after every epoch, and a stopping error in the place of a monitor."""

import numpy as np
import pytest

from wellfit.engines.types import Outcome
from wellfit.errors import SpecError
from wellfit.events import EpochEnd
from wellfit.training.fit import fit_network, make_data
from wellfit.training.task import Task


@pytest.fixture(params=["reference", "compiled"])
def engine(request):
    return request.param


@pytest.fixture
def data(table):
    return make_data(*table, "float64", rows=np.arange(90), dev_rows=np.arange(90, 120))


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_every_epoch_is_reported_and_no_bit_changes(make_spec, data, engine, optimizer):
    spec = make_spec(epochs=9, optimizer=optimizer)
    seen = []

    def follow(event):
        if isinstance(event, EpochEnd):
            seen.append((event.epoch, event.history.epochs))

    result = fit_network(Task(spec, data), engine=engine, callback=follow, every_epoch=True)
    plain = fit_network(Task(spec, data), engine=engine)
    assert seen == [(epoch, epoch) for epoch in range(1, result.epochs + 1)]
    assert np.array_equal(result.parameters, plain.parameters)
    assert result.history.cost.tolist() == plain.history.cost.tolist()


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_a_run_that_a_callback_stops_may_be_resumed(make_spec, data, engine, optimizer):
    spec = make_spec(epochs=9, optimizer=optimizer)
    first = fit_network(
        Task(spec, data), engine=engine, callback=lambda event: isinstance(event, EpochEnd) and event.epoch == 4, every_epoch=True
    )
    assert (first.outcome, first.epochs, first.state.outcome) == (Outcome.INTERRUPTED, 4, Outcome.RUNNING)
    assert first.message == "interrupted after epoch 4."
    rest = fit_network(Task(spec, data, state=first.state), engine=engine)
    assert first.epochs + rest.history.epochs == rest.epochs
    if optimizer == "adam":
        assert np.array_equal(rest.parameters, fit_network(Task(spec, data), engine=engine).parameters)


def test_a_stopping_error_equal_to_what_the_monitor_sees_decides_alike(make_spec, data, engine):
    settings = {"epochs": 300, "patience": 3, "tolerance": 1e-3, "history_every": 1}
    by_engine = fit_network(Task(make_spec(monitor="dev_cost", **settings), data), engine=engine)
    costs = iter(by_engine.history.dev_cost.tolist())
    by_error = fit_network(Task(make_spec(monitor="none", **settings), data), engine=engine, stopping_error=lambda parameters: next(costs))
    assert by_engine.outcome is by_error.outcome is Outcome.STOPPED_EARLY
    assert (by_engine.epochs, by_engine.best_epoch) == (by_error.epochs, by_error.best_epoch)
    assert np.array_equal(by_engine.parameters, by_error.parameters)
    assert by_error.state.best_score == by_engine.state.best_score


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_a_stopping_error_gets_the_parameters_of_each_record(make_spec, data, engine, optimizer):
    seen = []
    spec = make_spec(epochs=8, optimizer=optimizer, monitor="none", history_every=2)
    result = fit_network(
        Task(spec, data), engine=engine, stopping_error=lambda parameters: seen.append(parameters.copy()) or -float(len(seen))
    )
    assert len(seen) == len(result.history.record_epoch) == 4
    assert np.array_equal(seen[-1], result.parameters)
    assert result.best_epoch == 8


def test_an_interrupted_stopping_error_leaves_the_epoch_out(make_spec, data, engine):
    calls = []

    def error(parameters):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return -float(len(calls))

    result = fit_network(Task(make_spec(epochs=9, monitor="none", history_every=1), data), engine=engine, stopping_error=error)
    assert (result.outcome, result.epochs, result.best_epoch) == (Outcome.INTERRUPTED, 2, 2)
    assert result.history.epochs == 2


def test_a_stopping_error_and_a_monitor_exclude_each_other(make_spec, data):
    with pytest.raises(SpecError, match="monitor must be 'none' where stopping_error decides on stopping, found 'dev_cost'"):
        fit_network(Task(make_spec(monitor="dev_cost"), data), engine="reference", stopping_error=lambda parameters: 0.0)
