"""The report of a study: what is on it, that it is the study's own numbers, and that names stay text."""

import dataclasses
import json
import re
import shlex

import pytest

from wellfit.cli.main import main
from wellfit.judge.importance import column_importances
from wellfit.render.as_html import to_file
from wellfit.runs.page import Saved, table_page
from wellfit.runs.pictures import draw_pictures
from wellfit.runs.summary import summarise
from wellfit.study.pages.tried import draw_trials, tried_in_rounds
from wellfit.study.run_files import SEARCH
from wellfit.study.study import Study

BEGIN = ["In short", "What is predicted", "The data", "The split"]
COMPARISON = ["No regularisation, L2, dropout, or both?"]
ROUNDS = ["The search, round by round", "What was tried"]
END = [
    "The verdict on the best network",
    "The model",
    "Which columns matter",
    "What to try next",
    "How to use the model",
    "All settings, to reproduce the run",
]


@pytest.fixture(scope="module")
def wild_search(wild_job, fitted):
    """A study with more than its comparison: rounds followed."""
    return fitted(wild_job.frame, target=wild_job.data.target, name="wild <u>.csv", trials=75)


@pytest.fixture(scope="module")
def plain_search(wild_job, fitted):
    """A study that had room for a plain network and rounds alone."""
    return fitted(wild_job.frame, target=wild_job.data.target, name="wild <u>.csv", trials=9)


@pytest.fixture(scope="module")
def diverged(wild_job, fitted):
    return fitted(wild_job.frame, {"learning_rate": 1e6, "hidden": ((16, 16),), "epochs": 20}, target=wild_job.data.target)


def importances(job):
    rows, model = job.frame.iloc[job.split.dev], job.model({})
    return column_importances(model, model.preparation.transform(rows).X, model.target.encode(rows[model.target.name]), job.metric)


def page_of(job, figures=()):
    return to_file(table_page(job, Saved(importances(job), dict(figures), "wild <u>.csv", "out <p>")))


def study_page(study):
    return to_file(study.blocks(whole=True))


def test_names_and_categories_stay_text_and_nothing_is_fetched(wild_job, see, evil):
    page = page_of(wild_job, draw_pictures(wild_job, wild_job.model({})))
    seen = see(page)
    seen.check_stands_alone()
    assert " ".join(evil.split()) in seen.text
    for name in ("kind <b>", "<img src=x onerror=y>", "</table>no", "wild <u>.csv"):
        assert name in seen.text
    assert len(seen.named("img")) == 2
    assert seen.named("u") == []
    assert len(page) < 3_000_000


def test_a_search_and_its_journal_alone_likewise(wild_search, see):
    for page, pictures in (
        (page_of(wild_search, {SEARCH: draw_trials(wild_search.study)}), 1),
        (study_page(wild_search.study), 1),
    ):
        seen = see(page)
        seen.check_stands_alone()
        assert "<img src=x onerror=y>" in seen.text
        assert seen.named("u") == []
        assert len(seen.named("img")) == pictures
        assert len(page) < 1_000_000


@pytest.mark.parametrize(
    ("name", "between"),
    [("wild_job", COMPARISON), ("number_job", COMPARISON), ("wild_search", COMPARISON + ROUNDS), ("plain_search", ROUNDS)],
)
def test_every_part_is_there(request, see, name, between):
    seen = see(page_of(request.getfixturevalue(name)))
    titles = [*BEGIN, *between, *END, "The test RMSE" if name == "number_job" else "The test error"]
    assert re.findall(r"part-\d+", " ".join(attributes["href"] for attributes in seen.named("a"))) == [
        f"part-{number}" for number in range(1, len(titles) + 1)
    ]
    assert all(title in seen.text for title in titles)
    assert not any(title in seen.text for title in {*COMPARISON, ROUNDS[0]} - {*between})


def test_it_has_the_numbers_of_the_study(wild_job, see):
    seen = see(page_of(wild_job))
    metric, study = wild_job.metric, wild_job.study
    best = study.best
    errors = [best["train_error"], best["dev_error"], study.of_kind("references")[0]["interval"]]
    for estimate, low, high in [*errors, *([end.estimate, end.low, end.high] for end in (wild_job.test.model, study.dev_error))]:
        assert metric.show(estimate) in seen.text
        assert metric.range(type(study.dev_error)(estimate, low, high)) in seen.text
    for found in importances(wild_job):
        assert metric.range(found.rise, sign=True) in seen.text
    for each in study.compared:
        assert metric.figure(each["dev_error"][0]) in seen.text
        assert metric.figure(each["train_error"][0]) in seen.text
    assert f"{study.networks} networks of {sum(each['settings'] for each in study.compared)} settings" in seen.text
    assert study.verdict.reason in seen.text
    assert "empty" in seen.text.split("Not used:")[1]
    for words in study.messages:
        assert words in seen.text


def test_a_search_shows_what_was_tried_in_rounds_beside_the_comparison(wild_search, see):
    seen, study = see(page_of(wild_search)), wild_search.study
    assert "compare regularisers" in seen.text
    for kind in tried_in_rounds(study):
        assert kind.name in seen.text
    for member in study.of_kind("model")[-1]["members"]:
        assert f"{100 * member['weight']:.1f} %" in seen.text
        assert str(member["seed"]) in seen.text


def test_the_journal_alone_shows_the_comparison(wild_job, plain_search, see):
    text = see(study_page(wild_job.study)).text
    assert COMPARISON[0] in text
    assert ROUNDS[0] not in text
    for each in wild_job.study.compared:
        assert wild_job.metric.figure(each["dev_error"][0]) in text
    assert COMPARISON[0] not in see(study_page(plain_search.study)).text


def test_where_all_diverged_the_reason_stands_in_the_table(diverged, see):
    text = see(page_of(diverged)).text
    assert text.count("diverged at epoch") >= 1
    assert diverged.study.divergence in text
    assert "20 networks diverged and cannot be chosen." in text
    assert "Lower the learning rate (--learning-rate 100000)" in text
    assert "nan" not in re.findall(r"\bnan\b", text)
    assert END[0] not in text
    see(study_page(diverged.study)).check_stands_alone()


def test_a_number_in_its_units(number_job, see):
    seen = see(page_of(number_job, draw_pictures(number_job, number_job.model({}))))
    assert len(seen.named("img")) == 3
    seen.check_stands_alone()
    assert "RMSE to expect" in seen.text
    assert "R² of the network" in seen.text
    assert f"Target error: {number_job.metric.show(40.0)}." in seen.text
    assert "predict_proba" not in seen.text
    assert "standard deviation" in seen.text


def test_a_target_error_that_is_met_ends_the_search(wild_job, fitted, see):
    job = fitted(wild_job.frame, target=wild_job.data.target, target_error=0.9, trials=75)
    assert "the target error is reached" in see(page_of(job)).text


def test_a_round_without_a_network_shows_no_errors_of_another(wild_search, see):
    records = list(wild_search.study.records)
    last = max(index for index, record in enumerate(records) if record["kind"] == "choice")
    records[last] = records[last] | {"kept": False, "gain": None, "train_error": [0.123, 0.1, 0.2], "dev_error": [0.321, 0.3, 0.4]}
    job = dataclasses.replace(wild_search, study=dataclasses.replace(wild_search.study, records=records))
    text = see(page_of(job)).text
    assert "none finished" in text
    assert "32.1" not in text
    found = summarise(job)["search"]["rounds"][-1]
    assert (found["kept"], found["train_error"], found["dev_error"], found["gain"]) == (False, None, None, None)


def test_the_error_to_expect_is_that_of_the_last_model(wild_search, see):
    reads = [{"kind": "test", "rows": 30, "error": [error, 0.0, 1.0], "references": {}, "words": ""} for error in (0.4321, 0.1234)]
    study = Study(wild_search.study.header, [*wild_search.study.records, *reads])
    text = see(study_page(study)).text
    assert "12.3 %" in text
    assert "43.2 %" not in text


# === The commands on it ===


def commands(text):
    """Return the words of the commands that repeat and continue a study."""
    found = re.findall(r"wellfit fit '?wild.*?--out='out <p>'", text, flags=re.DOTALL)
    return [shlex.split(command.replace("\\\n", " ")) for command in found]


def test_the_command_repeats_the_study(wild_job, tmp_path, monkeypatch, see, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("wellfit.plots.is_available", lambda: False)
    wild_job.frame.to_csv("wild <u>.csv", index=False)
    again, _ = commands(see(page_of(wild_job)).text)
    assert again[:3] == ["wellfit", "fit", "wild <u>.csv"]
    assert main([*again[1:], "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [network["seed"] for network in found["choice"]["networks"]] == [network.seed for network in wild_job.study.model.networks]
    assert found["plan"] == wild_job.plan.settings()
    assert found["regularisers"] == summarise(wild_job)["regularisers"]
    assert found["test"]["error"]["estimate"] == wild_job.test.model.estimate
    assert found["files"][0] == "report.html"
    assert found["importances"][0]["column"] == importances(wild_job)[0].name
    see((tmp_path / "out <p>" / "report.html").read_text()).check_stands_alone()


def test_the_other_command_continues_it(wild_job, wild_search, see):
    for job in (wild_job, wild_search):
        again, more = commands(see(page_of(job)).text)
        assert "--target=<img src=x onerror=y>" in more
        assert more[-2:] == ["--time-budget=60", "--out=out <p>"]
        assert [word for word in more if word != "--time-budget=60"] == again


def test_no_option_is_left_out_of_the_command(number_job, see):
    data = dataclasses.replace(number_job.data, categories=("plain", "a b"), time="plain", task="regression")
    text = see(page_of(dataclasses.replace(number_job, data=data))).text
    for option in (
        "--categorical-features=plain",
        "--categorical-features='a b'",
        "--order-by=plain",
        "--target-error=40.0",
        "--target='$price^'",
        "--random-state=3",
        "--hidden=6",
        "--hidden=8",
        "--l2=0.1,1.0",
        "--epochs=6",
    ):
        assert f"  {option}" in text
    assert "--group" not in text
