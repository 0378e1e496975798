"""Budgets and trials: what can be asked, and what the journal keeps of a network."""

import json
import math

import pytest

from wellfit.errors import SpecError
from wellfit.spec import Network, Spec, Training
from wellfit.study.trial import Budget, Trial


@pytest.mark.parametrize(
    ("seconds", "trials", "said"),
    [
        (0.5, None, "at least 1 second"),
        (-1.0, None, "at least 1 second"),
        (math.inf, None, "finite"),
        (math.nan, None, "at least 1 second"),
        ("60", None, "a number of seconds"),
        (True, None, "a number of seconds"),
        (None, 0, "at least 1"),
        (None, 2.5, "whole number"),
    ],
)
def test_a_budget_that_is_none_is_told(seconds, trials, said):
    with pytest.raises(SpecError, match=said):
        Budget(seconds, trials)


def test_without_seconds_and_trials_nothing_is_limited():
    assert not Budget().is_limited
    assert Budget(seconds=1.0).is_limited
    assert Budget(trials=1).is_limited


@pytest.mark.parametrize(("error", "message"), [(0.25, ""), (math.nan, "diverged at epoch 3.")])
def test_a_trial_comes_back_from_its_line(error, message):
    spec = Spec(Network(inputs=2, hidden=(3,)), Training(loss="squared_error", dropout=0.1))
    trial = Trial(3, 1, "l2 + dropout", spec, 2**63, 0, 1, 20, 18, 17, "STOPPED_EARLY", error, error, error, 0.5, message)
    record = json.loads(json.dumps(trial.to_record(), allow_nan=False))
    assert record["kind"] == "trial"
    back = Trial.from_record(record)
    assert back.key == trial.key
    assert repr(back) == repr(trial)
    # As journals of earlier versions have it.
    del record["message"]
    assert Trial.from_record(record).message == ""
