"""A study as one JSON object."""

import json

import numpy as np
import pytest

from wellfit.runs.summary import summarise
from wellfit.study.pages.tried import settings_tried, tried_by_kind
from wellfit.study.plans import REGULARISERS


@pytest.fixture(scope="module")
def jobs(fitted, moons_table):
    """Studies of classes and of a number, without a budget and with one that leaves rounds."""
    frame = moons_table()
    return {
        "classes": fitted(frame, target="moon"),
        "number": fitted(frame.drop(columns="moon").assign(z=np.arange(150.0)), target="y", target_error=0.1),
        "rounds": fitted(frame, target="moon", trials=80),
        "plain": fitted(frame, target="moon", trials=7),
    }


NAMES = ["classes", "number", "rounds", "plain"]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_json_without_nan(jobs, name):
    found = summarise(jobs[name])
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@pytest.mark.parametrize("name", NAMES)
def test_it_has_the_numbers_of_the_study(jobs, name):
    job = jobs[name]
    found, study = summarise(job), job.study
    assert found["test"]["error"]["estimate"] == job.test.model.estimate
    assert found["test"]["reads"] == 1
    assert found["choice"]["dev_error_of_average"]["estimate"] == study.dev_error.estimate
    assert (found["choice"]["kind"], found["choice"]["verdict"]) == (study.best["change"], study.best["verdict"])
    assert [network["seed"] for network in found["choice"]["networks"]] == [network.seed for network in study.model.networks]
    assert sum(network["weight"] for network in found["choice"]["networks"]) == pytest.approx(1)
    assert found["search"]["networks"] == study.networks
    assert found["search"]["end"] == study.end_reason
    assert found["plan"]["plan"] == "regularisation"
    assert found["split"] == {"search": 120, "test": 30, "seed": 0}
    references = study.of_kind("references")[0]
    assert found["reference"]["name"] == references["asked_name"]
    assert found["reference"]["error"]["estimate"] == references["interval"][0]


@pytest.mark.parametrize("name", NAMES)
def test_all_networks_are_counted_once(jobs, name):
    study, found = jobs[name].study, summarise(jobs[name])
    kinds = tried_by_kind(study)
    assert sum(kind.networks for kind in kinds) == study.networks == sum(kind["networks"] for kind in found["search"]["kinds"])
    assert [kind.dev_error for kind in kinds if kind.spec] == sorted(kind.dev_error for kind in kinds if kind.spec)
    for setting in settings_tried(study):
        mine = [trial for trial in study.trials if trial.spec == setting.spec]
        assert setting.networks == len(mine)
        whole = [trial.dev_error for trial in mine if trial.epochs == trial.spec.training.epochs]
        measured = [choice["dev_error"][0] for choice in study.of_kind("choice") if choice["spec"] == setting.spec.to_dict()]
        assert setting.dev_error in [*measured, pytest.approx(np.mean(whole))]


def test_numbers_are_in_their_units(jobs):
    job = jobs["number"]
    found = summarise(job)
    assert found["metric"] == "RMSE"
    assert found["target_error"] == found["reference"]["error"]["estimate"] == 0.1
    assert found["test"]["r_squared"]["estimate"] == job.test.r_squared.estimate


def test_each_regulariser_is_there_at_its_best_setting(jobs):
    for name in ("classes", "number", "rounds"):
        found = summarise(jobs[name])["regularisers"]
        assert [each["regulariser"] for each in found] == list(REGULARISERS)
        assert [(each["l2"], each["dropout"], each["hidden"]) for each in found] == [
            (0.0, 0.0, [6]),
            (0.1, 0.0, [6]),
            (0.0, 0.2, [6]),
            (0.1, 0.2, [6]),
        ]
        for each in found:
            assert (each["settings"], each["networks"], each["diverged"], each["divergence"]) == (1, 5, 0, None)
            assert each["gap"]["low"] <= each["gap"]["estimate"] <= each["gap"]["high"]
            assert each["verdict"] in ("underfits", "overfits", "fits", "undecided")
            assert each["reason"]
    plain = summarise(jobs["plain"])
    assert (plain["regularisers"], plain["grid"]) == ([], None)


@pytest.mark.parametrize("target", ["moon", "y"])
def test_where_all_diverged_it_says_so(fitted, moons_table, target):
    found = summarise(fitted(moons_table(), {"learning_rate": 1e6, "hidden": ((16, 16),), "epochs": 20}, target=target))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    for each in found["regularisers"]:
        assert (each["verdict"], each["reason"]) == ("diverged", None)
        assert each["divergence"].startswith("diverged at epoch ")
        assert each["train_error"] is each["dev_error"] is each["gap"] is None
    assert found["search"]["end"] == "diverged"
    assert found["choice"]["kind"] is found["choice"]["verdict"] is None
    assert found["test"]["error"]["estimate"] >= 0


def test_a_number_of_settings_is_what_was_requested(fitted, moons_table):
    job = fitted(moons_table(), {"l2": (0.1, 1.0)}, target="moon")
    assert summarise(job)["plan"] == job.plan.settings()
    # With what follows the rows.
    assert summarise(job)["grid"] == job.plan.grid(96).to_dict()
    assert [each["settings"] for each in summarise(job)["regularisers"]] == [1, 2, 1, 2]
