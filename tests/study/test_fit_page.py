"""The report of the main job: what is on it, that it is the job's own numbers, and that names stay text."""

import dataclasses
import json
import re
import shlex

import pytest

from wellfit.cli.main import main
from wellfit.judge.importance import column_importances
from wellfit.judge.intervals import Interval
from wellfit.study.advice import advice
from wellfit.study.fit_page import fit_page
from wellfit.study.pictures import draw_pictures

TITLES = [
    "In short",
    "What was asked",
    "The data",
    "The split",
    "What was tried",
    "The verdict, and the chosen network",
    "The test error",
    "Which columns matter",
    "What to try next",
    "How to use the model",
    "Every setting, to do it again",
]


def importances(job):
    dev = job.split.dev
    return column_importances(job.model({}), job.problem.X[dev], job.problem.Y[dev], job.problem.metric)


def page_of(job, *, pictures=False):
    figures = draw_pictures(job, job.model({})) if pictures else {}
    return fit_page(job, importances(job), figures, table="wild <u>.csv", folder="out <p>")


def test_names_and_categories_stay_text_and_nothing_is_fetched(wild_job, see, evil):
    page = page_of(wild_job, pictures=True)
    seen = see(page)
    seen.check_stands_alone()
    assert " ".join(evil.split()) in seen.text
    for name in ("kind <b>", "<img src=x onerror=y>", "</table>no", "wild <u>.csv"):
        assert name in seen.text
    assert len(seen.named("img")) == 2
    assert seen.named("u") == []
    assert len(page) < 3_000_000


def test_every_part_is_there_and_says_the_jobs_numbers(wild_job, see):
    seen = see(page_of(wild_job))
    assert re.findall(r"part-\d+", " ".join(attributes["href"] for attributes in seen.named("a"))) == [
        f"part-{number}" for number in range(1, len(TITLES) + 1)
    ]
    assert all(title in seen.text for title in TITLES)
    metric, population, test = wild_job.problem.metric, wild_job.population, wild_job.test
    for interval in (test.model, population.chosen.train, population.chosen.dev, population.reference.error, population.average):
        assert metric.show(interval.estimate) in seen.text
        assert metric.range(interval) in seen.text
    for found in importances(wild_job):
        assert metric.range(found.rise, sign=True) in seen.text
    assert f"{len(wild_job.split.train)}" in seen.text
    assert wild_job.population.chosen.verdict.reason in seen.text
    assert "'empty' has no value in the training rows" in seen.text or "empty" in seen.text.split("Not used:")[1]


def test_a_number_in_its_units(number_job, see):
    seen = see(page_of(number_job, pictures=True))
    assert len(seen.named("img")) == 3
    seen.check_stands_alone()
    assert "RMSE to expect" in seen.text
    assert "R² of the network" in seen.text
    assert f"An error of {number_job.problem.metric.show(40.0)} was asked for" in seen.text
    assert "predict_proba" not in seen.text
    assert "standard deviation" in seen.text


def test_the_command_repeats_the_run(wild_job, tmp_path, monkeypatch, see, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("wellfit.plots.is_available", lambda: False)
    wild_job.frame.to_csv("wild <u>.csv", index=False)
    text = see(page_of(wild_job)).text
    command = re.search(r"wellfit fit .*?--out=\S+ ?\S*", text, flags=re.DOTALL)[0]
    words = shlex.split(command.replace("\\\n", " "))
    assert words[:3] == ["wellfit", "fit", "wild <u>.csv"]
    assert main([*words[1:], "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    chosen = wild_job.population.chosen
    assert found["choice"]["seeds"] == [result.seed for result in chosen.results]
    assert found["choice"]["l2"] == chosen.setting.spec.training.l2
    assert found["test"]["error"]["estimate"] == wild_job.test.model.estimate
    assert found["files"][0] == "report.html"
    assert found["importances"][0]["column"] == importances(wild_job)[0].name
    see((tmp_path / "out <p>" / "report.html").read_text()).check_stands_alone()


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
    ):
        assert f"  {option}" in text
    assert "--group" not in text


# === Advice ===


def changed(job, word, **training):
    """The job, had the chosen network been judged otherwise, or been another."""
    chosen = job.population.chosen
    spec = dataclasses.replace(chosen.setting.spec, training=dataclasses.replace(chosen.setting.spec.training, **training))
    setting = dataclasses.replace(chosen.setting, spec=spec)
    kind = dataclasses.replace(chosen, verdict=dataclasses.replace(chosen.verdict, word=word), setting=setting, divergence=None)
    return dataclasses.replace(job, population=dataclasses.replace(job.population, chosen=kind))


@pytest.mark.parametrize(
    ("word", "first"),
    [
        ("underfits", "Lower the bias"),
        ("overfits", "Lower the variance"),
        ("fits", "Bias and variance are both"),
        ("undecided", "The dev rows"),
    ],
)
def test_what_to_try_follows_from_the_verdict(wild_job, word, first):
    assert advice(changed(wild_job, word, l2=0.1))[0].startswith(first)


def test_the_edges_of_what_was_tried_are_told(wild_job):
    assert any("L2 penalty, 1, is the largest tried" in text for text in advice(changed(wild_job, "fits", l2=1.0)))
    assert not any("largest tried: try larger ones" in text for text in advice(changed(wild_job, "fits", l2=0.1)))


def test_what_ended_early_is_told_first(wild_job):
    job = dataclasses.replace(wild_job, population=dataclasses.replace(wild_job.population, interrupted=True))
    assert advice(job)[0].startswith("Let it run to its end")
    chosen = dataclasses.replace(wild_job.population.chosen, divergence="diverged at epoch 1")
    job = dataclasses.replace(wild_job, population=dataclasses.replace(wild_job.population, chosen=chosen))
    assert advice(job)[0] == "Lower the learning rate: the chosen network diverged at 0.01 (--learning-rate 0.001)."
    needless = dataclasses.replace(wild_job, test=dataclasses.replace(wild_job.test, network_needed="no"))
    assert "instead: it does as well, up to a difference too small to count, on the test rows, and is simpler." in advice(needless)[-1]
    worse = dataclasses.replace(needless.test, advantage=Interval(-0.1, -0.2, -0.05))
    assert "instead: it does better on the test rows, and is simpler." in advice(dataclasses.replace(needless, test=worse))[-1]
