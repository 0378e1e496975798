"""``wellfit fit`` with a budget: a search, reported while it runs and saved at the end, and what is made of its folder."""

import dataclasses
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from run_folder import FILES, LINE, QUICK, bits, cut_off_after, names, result, timeless

from wellfit.cli import study_progress
from wellfit.cli.error_handler import Interrupt
from wellfit.cli.screen import Screen
from wellfit.events import TrialEnd
from wellfit.judge.metric import Metric
from wellfit.store import load, save
from wellfit.study.journal import read_journal
from wellfit.study.study import Study
from wellfit.study.trial import Budget

# === The whole job ===


def test_the_whole_job_in_words(folder, wellfit):
    answer = wellfit(*LINE, "--trials", "7", pictures=True)
    assert answer.code == 0
    out = " ".join(answer.out.split())
    assert "good.csv: 60 rows, 4 columns" in out
    assert "split stratified, seed 0: 48 rows to learn from, 12 test; 3 columns become 3 inputs" in out
    assert "The plain network: " in answer.err
    assert "Round 1: dev error " in answer.err
    assert "All trials are used up." in answer.err
    assert re.search(r"networks were compared by \d+ dev rows, trained on [\d,]+\. Dev error of simple models: ", out)
    assert "kept: how often the change gave the best network so far" in out
    assert "Error by kind of change, each at its best setting (% of rows)" in out
    assert "The best network alone (" in out
    assert "The test error Measured on 12 rows that were used neither to train nor to choose a network." in out
    assert "The test rows were used once, after the choice." in out
    assert "majority class" in out
    assert "logistic regression" in out
    assert (
        "Saved in run: report.html, model.safetensors, trials.csv, history.csv, cost_curves.png, search.png, journal.jsonl, result.json"
        in out
    )
    assert "\x1b" not in answer.out + answer.err
    assert len(pd.read_csv("run/trials.csv")) == 7
    assert names() == sorted([*FILES, "search.png", "cost_curves.png"])


def test_one_json_object_and_nothing_else(folder, wellfit):
    answer = wellfit(*LINE, "--trials", "4", "--json")
    assert answer.code == 0
    found = answer.object
    assert found.pop("folder") == "run"
    assert found == result()
    assert found["search"]["networks"] == 4
    assert found["search"]["end"] == "trials"
    assert sum(kind["networks"] for kind in found["search"]["kinds"]) == 4
    assert sum(network["weight"] for network in found["choice"]["networks"]) == pytest.approx(1)
    assert found["search"]["compared_by"] == {"folds": 0, "parts": 1, "train_rows": 38, "dev_rows": 10}
    assert found["reference"]["name"] in ("majority class", "logistic regression")
    assert 0 <= found["reference"]["error"]["estimate"] <= 1
    assert found["test"]["reads"] == 1
    assert found["files"] == FILES
    assert load("run/model.safetensors").about["choice"] == found["choice"]


def test_a_number_in_its_units_by_time(folder, wellfit):
    table = pd.read_csv("prices.csv").assign(day=range(60))
    table.to_csv("days.csv", index=False)
    answer = wellfit("fit", "days.csv", "-t", "price", "--order-by", "day", "--out", "run", "--trials", "4")
    assert answer.code == 0
    assert "split by time, seed 0: 48 rows to learn from, 12 test" in answer.out
    assert "RMSE by kind of change, each at its best setting (in units of 'price')" in answer.out
    start = next(record for record in read_journal("run/journal.jsonl")[1] if record["kind"] == "start")
    assert (start["train_rows"], start["dev_rows"]) == (36, 12)


def test_seconds_are_a_budget_too(folder, wellfit):
    answer = wellfit(*LINE, "--time", "1", "--json")
    assert answer.code == 0
    assert answer.object["search"]["end"] in ("time", "three rounds")


def test_without_out_each_search_gets_a_new_folder(folder, wellfit):
    for _ in range(2):
        assert wellfit("fit", "good.csv", "-t", "label", "--trials", "3").code == 0
    assert Path("wellfit-run/journal.jsonl").exists()
    assert Path("wellfit-run-2/journal.jsonl").exists()


def test_results_that_a_killed_process_left_without_their_list_are_the_studys_own(finished, wellfit):
    expected = timeless(result())
    Path("run/result.json").unlink()
    assert wellfit(*LINE, "--trials", "7").code == 0
    assert timeless(result()) == expected
    assert names() == sorted(FILES)


def test_a_run_of_an_earlier_version_is_replaced_on_request_alone(folder, wellfit):
    Path("run").mkdir()
    for name in ("history.csv", "networks.csv", "model.safetensors"):
        Path("run", name).write_text("earlier")
    Path("run/result.json").write_text(json.dumps({"wellfit": "0.1.0", "files": [*names(), "result.json"]}))
    before = {name: Path("run", name).read_bytes() for name in names()}
    for options in (("--trials", "3"), QUICK):
        refused = wellfit(*LINE, *options)
        assert refused.code == 2
        assert refused.err == (
            "error: folder 'run' holds a run of an earlier wellfit, which cannot be resumed: name another folder with --out, or replace it "
            "with --overwrite.\n"
        )
        assert {name: Path("run", name).read_bytes() for name in names()} == before
    answer = wellfit(*LINE, "--trials", "3", "--overwrite")
    assert answer.code == 0
    assert "the earlier result was replaced" in answer.out
    assert names() == sorted(FILES)


# === With what is there ===


def test_the_model_predicts_and_is_diagnosed_on_rows_that_it_has_not_learned_from(finished, wellfit):
    assert wellfit("predict", "run", "good.csv", "--out", "said.csv").code == 0
    assert len(pd.read_csv("said.csv")) == 60
    answer = wellfit("diagnose", "good.csv", "-m", "run", "--json", "--time", "1")
    assert answer.code == 0
    found = answer.object
    assert found["rows"] == {"train": 36, "dev": 12}
    (note,) = found["table_notes"]
    assert note.startswith("the model has learned from the dev rows, too; the diagnosis is of the same networks")


def test_by_time_the_dev_rows_are_those_of_the_search(folder, wellfit):
    pd.read_csv("good.csv").assign(day=range(60)).to_csv("days.csv", index=False)
    assert wellfit("fit", "days.csv", "-t", "label", "--order-by", "day", "--out", "run", "--trials", "3").code == 0
    model = load("run/model.safetensors")
    as_chosen = {**model.about, "choice": {**model.about["choice"], "refit": False}}
    save(dataclasses.replace(model, about=as_chosen), "as_chosen.safetensors")
    assert (
        "the model has learned from the dev rows" not in wellfit("diagnose", "days.csv", "-m", "as_chosen.safetensors", "--time", "1").out
    )
    known = [{"seed": network.seed, "epochs": 1} for network in model.networks]
    for networks_told, words in (
        ([], "the model does not say how its networks were trained; fit it again."),
        (["one", "two"], "the model does not say how its networks were trained; fit it again."),
        ([{**each, "epochs": 1.5} for each in known], "the model does not say how its networks were trained; fit it again."),
        ([{**each, "epochs": 10**9} for each in known], "epochs, found 1000000000; the file is damaged."),
    ):
        save(dataclasses.replace(model, about={**model.about, "choice": {"refit": True, "networks": networks_told}}), "odd.safetensors")
        answer = wellfit("diagnose", "days.csv", "-m", "odd.safetensors", "--time", "1")
        assert answer.code == 2
        assert answer.err.splitlines()[-1].startswith("error: ")
        assert answer.err.splitlines()[-1].endswith(words)


def test_the_journal_opens_as_a_study_with_a_report(finished):
    study = Study.read("run/journal.jsonl")
    assert study.model is None
    whole = Study.read("run")
    assert whole.records == study.records
    assert [network.parameters.tobytes() for network in whole.model.networks] == bits()
    cut_off_after(5)
    assert Study.read("run").model is None
    assert study.networks == 7
    assert len(study.to_frame()) == 7
    assert study.finished
    study.report("page.html")
    page = Path("page.html").read_text()
    assert "A search for “label”" in page
    assert "The search, round by round" in page


@pytest.mark.parametrize("lines", [1, 2, 3, 4, 5, 8])
def test_a_study_that_was_cut_off_has_a_report_too(finished, lines):
    content = Path("run/journal.jsonl").read_bytes().splitlines(keepends=True)
    Path("cut.jsonl").write_bytes(b"".join(content[:lines]))
    Study.read("cut.jsonl").report("page.html")
    assert "not finished" in Path("page.html").read_text()


# === Progress ===


class Bar(study_progress.StudyWatcher):
    """A watcher whose line can be read."""

    @property
    def line(self):
        return self.bar.tasks[0].fields["text"], self.bar.tasks[0].completed


def test_the_line_says_how_many_how_long_how_good_and_how_fast(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    bar = Bar(Screen(), Interrupt(), Budget(trials=40))
    bar.begin(Metric("classification"))
    bar(TrialEnd(None, 10, 40, None, 0.031, 2.0))
    assert bar.line == ("10 of 40 networks, 0:15 left, best dev error 3.1 %, 2 a second", 0.25)
    bar(TrialEnd(None, 1, 40, None, None, 0.0))
    assert bar.line == ("1 of 40 networks", 0.025)
    bar = Bar(Screen(), Interrupt(), Budget(seconds=7200.0))
    bar.begin(Metric("regression", spread=10.0))
    bar(TrialEnd(None, 1200, None, 3600.5, 2.5, 123.4))
    assert bar.line == ("1,200 networks, 1:00:01 left, best dev RMSE 2.50, 123 a second", pytest.approx(0.5, abs=1e-3))
    bar = Bar(Screen(), Interrupt(), Budget(seconds=10.0, trials=40))
    bar.begin(Metric("classification"))
    bar(TrialEnd(None, 30, 40, 9.0, 0.5, 10.0))
    assert bar.line == ("30 of 40 networks, 0:01 left, best dev error 50.0 %, 10 a second", 0.75)
