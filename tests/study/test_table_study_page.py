"""The report of a search: what is on it, that it is the study's own numbers, and that names stay text."""

import dataclasses
import re
import shlex

import numpy as np
import pandas as pd
import pytest

from wellfit.judge.importance import column_importances
from wellfit.spec import Data
from wellfit.study.run_files import SEARCH
from wellfit.study.search.journal import Journal
from wellfit.study.search.page import study_page
from wellfit.study.search.study import Study
from wellfit.study.search.trial import Budget
from wellfit.study.search.tried import draw_trials, settings_tried, tried_by_kind
from wellfit.study.study_summary import summarise_study
from wellfit.study.table_study import prepare_study, run_study
from wellfit.study.table_study_page import table_study_page

TITLES = [
    "In short",
    "What was asked",
    "The data",
    "The split",
    "The search, round by round",
    "What was tried",
    "The model",
    "The test error",
    "How to use the model",
    "Every setting, to do it again",
]


@pytest.fixture(scope="module")
def wild_study(wild_job):
    """A search on a table whose names are made to be taken for HTML."""
    job = prepare_study(wild_job.frame, wild_job.data, lambda frame: None, name="wild <u>.csv")
    return run_study(job, Budget(trials=12), Journal.open(None, job.header()))


@pytest.fixture(scope="module")
def number_study():
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({"a": draw.normal(size=60), "b": draw.normal(size=60)}).assign(y=lambda table: 100 * table["a"])
    job = prepare_study(frame, Data(target="y", seed=3), lambda frame: None, target_error=150.0)
    return run_study(job, Budget(trials=9), Journal.open(None, job.header()))


def page_of(job, figures=()):
    rows = job.frame.iloc[job.split.dev]
    model = job.model({})
    found = column_importances(model, model.preparation.transform(rows).X, model.target.encode(rows[model.target.name]), job.metric)
    return table_study_page(job, found, dict(figures), table="wild <u>.csv", folder="out <p>")


def test_names_and_categories_stay_text_and_nothing_is_fetched(wild_study, see):
    for page in (page_of(wild_study, {SEARCH: draw_trials(wild_study.study)}), study_page(wild_study.study)):
        seen = see(page)
        seen.check_stands_alone()
        assert "<img src=x onerror=y>" in seen.text
        assert seen.named("u") == []
        assert len(seen.named("img")) == 1
        assert len(page) < 1_000_000


def test_every_part_is_there_and_says_the_studys_numbers(wild_study, see):
    seen = see(page_of(wild_study))
    assert all(title in seen.text for title in TITLES)
    metric, study, test = wild_study.metric, wild_study.study, wild_study.test
    for interval in (test.model, study.dev_error):
        assert metric.show(interval.estimate) in seen.text
        assert metric.range(interval) in seen.text
    for kind in tried_by_kind(study):
        assert kind.name in seen.text
    for member in study.of_kind("model")[-1]["members"]:
        assert f"{100 * member['weight']:.1f} %" in seen.text
        assert str(member["seed"]) in seen.text
    for words in study.told:
        assert words in seen.text


def test_the_command_goes_on_with_the_study(wild_study, see):
    text = see(page_of(wild_study)).text
    command = re.search(r"wellfit fit 'wild.*?--out='out <p>'", text, flags=re.DOTALL)[0]
    words = shlex.split(command.replace("\\\n", ""))
    assert words[:3] == ["wellfit", "fit", "wild <u>.csv"]
    assert "--target=<img src=x onerror=y>" in words
    assert words[-2:] == ["--time-budget=60", "--out=out <p>"]


def test_a_target_error_is_what_bias_is_measured_from(number_study, see):
    text = see(page_of(number_study)).text
    assert "Target error: 150" in text
    assert "the error that was asked for is reached" in text


def test_a_round_without_a_network_says_no_errors_of_another(wild_study, see):
    records = list(wild_study.study.records)
    last = max(place for place, record in enumerate(records) if record["kind"] == "choice")
    records[last] = records[last] | {"kept": False, "gain": None, "train_error": [0.123, 0.1, 0.2], "dev_error": [0.321, 0.3, 0.4]}
    job = dataclasses.replace(wild_study, study=dataclasses.replace(wild_study.study, records=records))
    text = see(page_of(job)).text
    assert "none came to its end" in text
    assert "32.1" not in text
    found = summarise_study(job)["search"]["rounds"][-1]
    assert (found["kept"], found["train_error"], found["dev_error"], found["gain"]) == (False, None, None, None)


def test_the_error_to_expect_is_that_of_the_last_model(wild_study, see):
    reads = [{"kind": "test", "rows": 30, "error": [error, 0.0, 1.0], "references": {}, "words": ""} for error in (0.4321, 0.1234)]
    study = Study(wild_study.study.header, [*wild_study.study.records, *reads])
    text = see(study_page(study)).text
    assert "12.3 %" in text
    assert "43.2 %" not in text


# === The summary behind it ===


@pytest.mark.parametrize("name", ["wild_study", "number_study"])
def test_all_networks_are_counted_once(name, request):
    job = request.getfixturevalue(name)
    study, summary = job.study, summarise_study(job)
    kinds = tried_by_kind(study)
    assert sum(kind.networks for kind in kinds) == study.networks == summary["search"]["networks"]
    assert [kind.dev_error for kind in kinds if kind.spec] == sorted(kind.dev_error for kind in kinds if kind.spec)
    for setting in settings_tried(study):
        mine = [trial for trial in study.trials if trial.spec == setting.spec]
        assert setting.networks == len(mine)
        whole = [trial.dev_error for trial in mine if trial.epochs == trial.spec.training.epochs]
        measured = [choice["dev_error"][0] for choice in study.of_kind("choice") if choice["spec"] == setting.spec.to_dict()]
        assert setting.dev_error in [*measured, pytest.approx(np.mean(whole))]
    assert summary["choice"]["dev_error_of_average"]["estimate"] == study.dev_error.estimate
    assert len(summary["choice"]["networks"]) == len(study.model.networks)
    assert summary["test"]["reads"] == 1
