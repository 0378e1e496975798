"""What becomes of a trained network: whether it is of use, and the trial that the journal takes."""

import dataclasses
import math

import numpy as np
import pytest

from wellfit.engines.types import Outcome
from wellfit.spec import Network, Spec, Training
from wellfit.study.requests import Repeat, TrialRequest, divergence, trial_of
from wellfit.training.arrays import make_data
from wellfit.training.fit import fit_network
from wellfit.training.task import Task

SPEC = Spec(Network(inputs=2, hidden=(3,)), Training(loss="binary_cross_entropy", epochs=3))


@pytest.fixture(scope="module")
def result():
    """A network that was trained for three epochs."""
    X = np.random.default_rng(0).normal(size=(40, 2))
    return fit_network(Task(SPEC, make_data(X, (X[:, 0] > 0) * 1.0, "float32", rows=np.arange(30), dev_rows=np.arange(30, 40))))


def with_costs(result, costs):
    return dataclasses.replace(result, history=dataclasses.replace(result.history, cost=np.array(costs)))


def test_a_cost_far_beyond_that_of_a_constant_answer_is_a_divergence_though_it_came_back(result):
    assert divergence(result, 0.69) == ""
    assert divergence(with_costs(result, [0.7, 6_000.0, 0.6]), 0.69) == ""
    assert divergence(with_costs(result, [0.7, 7e3, 9e3]), 0.69) == (
        "diverged at epoch 2: the training cost reached 9.0e+03, but a constant prediction costs 0.69; lower the learning rate."
    )


def test_rows_that_are_all_alike_make_no_divergence(result):
    assert divergence(with_costs(result, [0.7, 0.3, 0.1]), 0.0) == ""
    assert divergence(with_costs(result, [0.7, 1e6, 0.1]), 0.0).startswith("diverged at epoch 2")


def test_a_trial_that_diverged_has_its_reason_and_no_errors(result):
    request = TrialRequest("L2", SPEC, Repeat(0), 0, 3)
    lost = trial_of(request, result, 0.1, 0.0, 7, 0, "diverged at epoch 2.")
    assert (lost.outcome, lost.message) == (Outcome.DIVERGED.name, "diverged at epoch 2.")
    assert all(math.isnan(error) for error in (lost.train_error, lost.dev_error, lost.dev_cost))
    kept = trial_of(request, result, 0.1, 0.0, 7, 0)
    assert (kept.outcome, kept.message, kept.train_error) == (result.outcome.name, "", 0.1)
