"""Who is averaged: chosen on dev rows, judged on those that did not choose; and trained anew where there is more to see."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from wellfit.spec import Network, Spec, Training
from wellfit.study.choice import _Selection, entries_of
from wellfit.study.cost_model import CostModel
from wellfit.study.final import apportion
from wellfit.study.trial import Budget, Trial

pytestmark = pytest.mark.usefixtures("tiny")


def outputs_of(count, rows, noise, seed=0):
    """Return candidates that miss a truth by noise of their own."""
    rng = np.random.default_rng(seed)
    Y = rng.normal(size=(rows, 1))
    return Y + noise * rng.normal(size=(count, rows, 1)), Y


def test_candidates_that_are_alike_share():
    outputs, Y = outputs_of(12, 400, 0.5)
    shares, honest, rows = _Selection(outputs, Y, "squared_error", None).decided()
    assert shares.sum() == pytest.approx(1.0)
    assert np.count_nonzero(shares) >= 5
    assert sorted(rows) == list(range(400))
    assert np.mean((honest - Y[rows]) ** 2) < 0.5 * np.mean((outputs[0] - Y) ** 2)


def test_one_that_is_far_better_goes_alone():
    outputs, Y = outputs_of(12, 400, 5.0)
    outputs[7] = Y + 0.01
    shares, _, _ = _Selection(outputs, Y, "squared_error", None).decided()
    assert shares[7] == pytest.approx(1.0)


def test_the_error_is_told_by_rows_that_did_not_choose():
    # 40 candidates that guess: the luckiest looks better than it is where it was chosen.
    rng = np.random.default_rng(0)
    Y = rng.integers(0, 2, (60, 1)).astype(float)
    outputs = rng.uniform(0.05, 0.95, (40, 60, 1))
    shares, honest, rows = _Selection(outputs, Y, "binary_cross_entropy", None).decided()
    there = np.mean((np.tensordot(shares, outputs, axes=1)[:, 0] > 0.5) != Y[:, 0])
    honestly = np.mean((honest[:, 0] > 0.5) != Y[rows, 0])
    assert there < 0.4
    assert honestly > there + 0.05


def test_few_rows_are_not_halved():
    outputs, Y = outputs_of(4, 10, 0.5)
    shares, honest, rows = _Selection(outputs, Y, "squared_error", None).decided()
    assert len(rows) == 10
    np.testing.assert_allclose(honest, np.tensordot(shares, outputs[:, rows], axes=1))


def test_rows_without_weight_choose_nothing():
    outputs, Y = outputs_of(6, 100, 1.0)
    outputs[2, 50:] = Y[50:]
    outputs[3, :50] = Y[:50]
    weights = np.repeat([1.0, 0.0], 50)
    shares, _, _ = _Selection(outputs, Y, "squared_error", weights).decided()
    assert shares.argmax() == 3


def test_seats_go_by_shares():
    assert apportion([0.6, 0.3, 0.1], 8) == [5, 2, 1]
    assert apportion([0.5, 0.5], 1) == [1, 1]


def test_few_seeds_of_one_network_come_into_question_the_best_first():
    specs = [Spec(Network(inputs=2, hidden=(units,)), Training(loss="squared_error", epochs=9)) for units in (1, 2)]
    costs = [0.1 * number for number in range(8)]
    trials = [trial_of(spec, number, cost) for spec, first in zip(specs, (0, 8), strict=True) for number, cost in enumerate(costs, first)]
    trainer = SimpleNamespace(registry=SimpleNamespace(whole=lambda: trials[::-1]), folds=SimpleNamespace(n_splits=0))
    pool = entries_of(trainer, ())
    assert [entry.cost for entry in pool] == sorted([*costs[:6], *costs[:6]])
    assert [sum(entry.spec == spec for entry in pool) for spec in specs] == [6, 6]


def trial_of(spec, number, cost):
    return Trial(number, 1, "l2", spec, number, 0, 0, 9, 9, 9, "EPOCHS_USED_UP", 0.1, 0.1, cost, 0.1)


# === The last training ===


def test_on_one_dev_part_chosen_and_new_networks_are_averaged(problem, searched):
    study = searched(problem(2_050), 20)
    (record,) = study.of_kind("model")
    new = len(record["members"]) - record["as_chosen"]
    assert record["refit"]
    assert record["as_chosen"] > 0
    assert new >= 5
    weights = [member["weight"] for member in record["members"]]
    assert sum(weights[: record["as_chosen"]]) == pytest.approx(0.5)
    assert sum(weights) == pytest.approx(1.0)
    assert record["rows"] == 2_050


def test_of_folds_all_are_trained_anew(problem, searched):
    study = searched(problem(80), 30)
    (record,) = study.of_kind("model")
    assert record["as_chosen"] == 0
    assert len(record["members"]) >= 8
    assert record["rows"] == 80


def test_rows_that_may_not_be_trained_on_in_the_end_are_not(problem, searched):
    from wellfit.table.split import Fold

    given = Fold(np.arange(60), np.arange(60, 80))
    study = searched(problem(80, folds=[given]), 8)
    assert study.of_kind("model")[0]["rows"] == 80
    made = problem(80, folds=[given])
    kept = dataclasses.replace(made, final_rows=np.arange(60))
    (record,) = searched(kept, 8).of_kind("model")
    assert not record["refit"]
    assert record["rows"] == 60


# === Time ===


def test_what_was_seen_foretells(problem):
    from wellfit.study.default_network import FIXED

    spec = FIXED["regression"].spec(5, 1, "squared_error", 1_000)
    cost_model = CostModel(Budget(seconds=10.0), 2)
    assert cost_model.seconds(spec, 1_000, 100) == 0.0
    cost_model.learn(spec, 1_000, 100, 5, 0.5)
    assert cost_model.seconds(spec, 1_000, 100, 10) == pytest.approx(1.0)
    assert cost_model.seconds(spec, 2_000, 200, 10) == pytest.approx(2.0, rel=0.05)
    wide = spec.replace(network=spec.network.replace(hidden=(100,)))
    assert cost_model.seconds(wide, 1_000, 100, 10) > 3.0
