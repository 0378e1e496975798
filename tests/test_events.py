"""One callback for all long work: what it is called with, and what its answer does."""

import numpy as np
import pytest

import wellfit
from wellfit import events
from wellfit.engines.types import Outcome
from wellfit.spec import Member, Network, Spec, Training

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 2))
Y = X[:, 0] - X[:, 1]
SPEC = Spec(Network(inputs=2, hidden=(4,)), Training(loss="squared_error", epochs=6))


def test_the_events_are_public():
    kinds = {kind.__name__ for kind in events.Event.__args__}
    assert kinds == {"EpochEnd", "Interrupted", "Message", "NetworkEnd", "Progress", "TrialEnd"}
    assert all(getattr(wellfit.types, name) is getattr(events, name) for name in kinds)


def test_one_network_reports_its_epochs():
    seen = []
    result = wellfit.fit(SPEC, X, Y, callback=seen.append, every_epoch=True)
    assert [event.epoch for event in seen] == [1, 2, 3, 4, 5, 6]
    assert [event.history.cost.tolist() for event in seen] == [result.history.cost[:count].tolist() for count in range(1, 7)]
    assert np.array_equal(seen[-1].network.parameters, result.state.parameters)


def test_a_run_that_ends_with_the_epoch_at_which_it_is_stopped_is_not_interrupted():
    result = wellfit.fit(SPEC, X, Y, callback=lambda event: event.epoch == 6, every_epoch=True)
    assert result.outcome is Outcome.EPOCHS_USED_UP
    again = wellfit.fit(SPEC, X, Y, callback=lambda event: np.bool_(event.epoch == 5), every_epoch=True)
    assert (again.outcome, again.epochs) == (Outcome.INTERRUPTED, 5)


def test_a_population_reports_networks_and_progress():
    seen = []
    wellfit.fit_many([Member(SPEC, seed) for seed in range(3)], X, Y, n_jobs=1, callback=seen.append)
    ends = [event for event in seen if isinstance(event, events.NetworkEnd)]
    assert [(event.done, event.total, event.result.seed) for event in ends] == [
        (done + 1, 3, event.index) for done, event in enumerate(ends)
    ]
    assert any(event == events.Progress("training", 3, 3) for event in seen)


def test_a_population_reports_ctrl_c():
    seen = []

    def follow(event):
        is_first = events.NetworkEnd not in seen
        seen.append(type(event))
        if isinstance(event, events.NetworkEnd) and is_first:
            raise KeyboardInterrupt

    spec = SPEC.replace(training=SPEC.training.replace(epochs=10**7, patience=None))
    results = wellfit.fit_many([Member(SPEC), Member(spec)], X, Y, n_jobs=1, callback=follow)
    assert events.Interrupted in seen
    assert results[1].outcome is Outcome.INTERRUPTED


@pytest.mark.parametrize("kind", [events.Message, events.TrialEnd, events.Progress])
def test_a_search_stops_at_any_event(kind):
    """Also at the very first message, before there is a trainer."""
    seen = []

    def follow(event):
        seen.append(event)
        return isinstance(event, kind) and (kind is not events.TrialEnd or event.done >= 2)

    labels = np.where(Y > 0, 1, 0)
    if kind is events.TrialEnd:
        study = wellfit.search(X, labels, max_trials=20, callback=follow, n_jobs=1)
        assert study.interrupted
        assert study.networks < 20
    else:
        with pytest.raises(KeyboardInterrupt):
            wellfit.search(X, labels, max_trials=20, callback=follow)
        assert not any(isinstance(event, events.TrialEnd) for event in seen)


def test_a_reporter_remembers_that_it_was_stopped():
    answers = iter([None, False, True, False])
    report = events.Reporter(lambda event: next(answers))
    assert [report(events.Message("")) for _ in range(4)] == [False, False, True, True]
    assert events.Reporter(None)(events.Message("")) is False
