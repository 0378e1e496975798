"""``wellfit fit`` with and without a budget: reported while it runs, saved at the end, resumed after any end, and extended."""

import contextlib
import dataclasses
import errno
import json
import os
import re
import shutil
import warnings
from pathlib import Path

import pandas as pd
import pytest

from wellfit import files
from wellfit.cli import study_progress
from wellfit.cli.error_handler import Interrupt
from wellfit.cli.screen import Screen
from wellfit.errors import TrainingWarning
from wellfit.judge.metric import Metric
from wellfit.store import load, save
from wellfit.study import journal as journal_module
from wellfit.study.journal import Journal, read_journal
from wellfit.study.study import Study
from wellfit.study.trainer import Trainer
from wellfit.study.trial import Budget

LINE = ("fit", "good.csv", "-t", "label", "--out", "run")
# Small enough for a comparison of twenty networks, four on each of five folds.
QUICK = ("--hidden", "6", "--l2", "0.1", "--dropout", "0.2", "--epochs", "6", "--seeds", "2")
FILES = ["report.html", "model.safetensors", "trials.csv", "history.csv", "journal.jsonl", "result.json"]


def names(folder="run"):
    return sorted(path.name for path in Path(folder).iterdir())


def timeless(value):
    """A result without its times."""
    if isinstance(value, dict):
        return {name: timeless(each) for name, each in value.items() if name != "seconds"}
    return [timeless(each) for each in value] if isinstance(value, list) else value


def result(folder="run"):
    return json.loads((Path(folder) / "result.json").read_text())


def bits(folder="run"):
    return [network.parameters.tobytes() for network in load(Path(folder) / "model.safetensors").networks]


def networks(folder="run"):
    return {record["number"] for record in read_journal(Path(folder) / "journal.jsonl")[1] if record["kind"] == "trial"}


@pytest.fixture
def finished(folder, wellfit, request):
    """A finished study of seven networks in run, made once and copied."""
    kept = request.config.stash.setdefault(KEPT, {})
    if "run" not in kept:
        assert wellfit(*LINE, "--trials", "7").code == 0
        kept["run"] = {name: (folder / "run" / name).read_bytes() for name in names()}
    Path("run").mkdir(exist_ok=True)
    for name, content in kept["run"].items():
        Path("run", name).write_bytes(content)
    return folder


KEPT, JOURNALS = pytest.StashKey[dict](), pytest.StashKey[list]()


def by_number(folder):
    """The networks of a study, without their times."""
    return timeless([trial.to_record() for trial in Study.read(Path(folder) / "journal.jsonl").trials])


def cut_off_after(trials):
    """Leave the journal as a process leaves it that was killed after so many trials, and nothing of the rest."""
    lines, kept, seen = Path("run/journal.jsonl").read_bytes().splitlines(keepends=True), [], 0
    for line in lines:
        seen += json.loads(line)["kind"] == "trial"
        if seen > trials:
            break
        kept.append(line)
    shutil.rmtree("run")
    Path("run").mkdir()
    Path("run/journal.jsonl").write_bytes(b"".join(kept) + b'{"kind": "tri')


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
    assert "kept: how often it became the best network" in out
    assert "Error by kind of change, each at its best setting (% of rows)" in out
    assert "The best network alone (" in out
    assert "The test error Of 12 rows that no network and no choice had seen." in out
    assert "It was read once, after the choice." in out
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


# === Resumed and extended ===


@pytest.mark.parametrize("trials", [0, 3, 6])
def test_a_study_that_was_cut_off_ends_as_in_one_go(finished, wellfit, trials):
    expected, expected_bits = timeless(result()), bits()
    cut_off_after(trials)
    answer = wellfit(*LINE, "--trials", "7")
    assert answer.code == 0
    if trials:
        assert f"run: the study resumes after {trials} network" in answer.out
    assert "the last line of 'run/journal.jsonl' was cut off and is dropped" in answer.err
    assert timeless(result()) == expected
    assert bits() == expected_bits


@pytest.mark.parametrize("kept", [(1,), (2, 0), (2, 1)])
def test_the_order_in_which_networks_were_ready_is_forgotten(folder, wellfit, request, kept):
    pd.read_csv("good.csv").head(40).to_csv("good.csv", index=False)
    journals = request.config.stash.setdefault(JOURNALS, [])
    if not journals:
        assert wellfit(*LINE, "--trials", "18").code == 0
        journals += [Path("run/journal.jsonl").read_bytes().splitlines(keepends=True), by_number("run")]
    Path("run").mkdir(exist_ok=True)
    lines, expected = journals
    kinds = [json.loads(line)["kind"] for line in lines]
    last = len(kinds) - 1 - kinds[::-1].index("choice")
    rest = sorted(lines[last + 1 : last + 4], key=lambda line: json.loads(line)["number"])
    assert kinds[last + 1 : last + 4] == ["trial"] * 3
    Path("run/journal.jsonl").write_bytes(b"".join([*lines[: last + 1], *(rest[place] for place in kept)]))
    assert wellfit(*LINE, "--trials", "18").code == 0
    assert by_number("run") == expected


def test_a_finished_study_with_nothing_more_asked_for_stays_as_it_is(finished, wellfit):
    before, expected = timeless(result()), bits()
    answer = wellfit(*LINE, "--trials", "7")
    assert answer.code == 0
    assert "run: holds a finished study of 7 networks, all that --max-trials 7 asks for; ask for more to extend it" in " ".join(
        answer.out.split()
    )
    assert timeless(result()) == before
    assert result()["test"]["reads"] == 1
    assert bits() == expected


def test_a_finished_study_is_extended(finished, wellfit):
    answer = wellfit(*LINE, "--trials", "12")
    assert answer.code == 0
    assert "run: extends the study of 7 networks" in answer.out
    assert networks() == set(range(12))
    found = result()
    assert found["search"]["networks"] == 12
    assert found["test"]["reads"] in (1, 2)
    if found["test"]["reads"] == 2:
        assert "By now the test part has been read 2 times" in " ".join(answer.out.split())


@pytest.fixture
def compared(folder, wellfit, request):
    """A finished study of twenty networks without a budget in run, made once and copied; what it printed."""
    kept = request.config.stash.setdefault(KEPT, {})
    if "compared" not in kept:
        answer = wellfit(*LINE, *QUICK)
        assert answer.code == 0
        kept["compared"] = {name: (folder / "run" / name).read_bytes() for name in names()}, answer
    contents, answer = kept["compared"]
    Path("run").mkdir(exist_ok=True)
    for name, content in contents.items():
        Path("run", name).write_bytes(content)
    return answer


def comparison(out):
    """The part of what was printed from the comparison on."""
    return out[out.index("Error by regulariser") : out.index("Saved in")]


@pytest.mark.parametrize("trials", [0, 1, 7, 19])
def test_a_study_without_a_budget_that_was_killed_ends_as_in_one_go(compared, wellfit, trials):
    expected, expected_bits, history = timeless(result()), bits(), Path("run/history.csv").read_bytes()
    cut_off_after(trials)
    answer = wellfit(*LINE, *QUICK)
    assert answer.code == 0
    if trials:
        assert f"run: the study resumes after {trials} network" in answer.out
        assert "it was cut off there" in answer.out
    assert timeless(result()) == expected
    assert bits() == expected_bits
    assert comparison(answer.out) == comparison(compared.out)
    if trials == 0:
        assert Path("run/history.csv").read_bytes() == history


def test_the_same_again_prints_the_same_and_reads_the_test_rows_no_further(compared, wellfit):
    expected, expected_bits = timeless(result()), bits()
    answer = wellfit(*LINE, *QUICK)
    assert answer.code == 0
    assert "run: holds a finished study of 20 networks; --time-budget or --max-trials extends it" in " ".join(answer.out.split())
    assert comparison(answer.out) == comparison(compared.out)
    assert timeless(result()) == expected
    assert bits() == expected_bits
    assert "(the earlier result was replaced)" in answer.out


@pytest.mark.parametrize("budget", [("--max-trials", "80"), ("--time-budget", "2")])
def test_a_study_without_a_budget_is_extended_by_one(compared, wellfit, budget):
    before, regularisers = networks(), result()["regularisers"]
    answer = wellfit(*LINE, *QUICK, *budget)
    assert answer.code == 0
    assert "run: extends the study of 20 networks" in answer.out
    assert "Round 1: dev error " in answer.err
    assert "Error by kind of change" in answer.out
    found = result()
    assert found["regularisers"] == regularisers
    assert networks() > before
    assert found["search"]["rounds"][0]["round"] == 0
    assert len(found["search"]["rounds"]) > 1
    # Without a budget nothing is added.
    extended = networks()
    assert wellfit(*LINE, *QUICK).code == 0
    assert networks() == extended


def test_ctrl_c_during_the_comparison_keeps_what_is_done_and_a_second_run_finishes_it(compared, wellfit, monkeypatch, held_after):
    expected, expected_bits = timeless(result()), bits()
    shutil.rmtree("run")

    class Pressing(study_progress.StudyWatcher):
        def trained(self, done, *rest):
            self.interrupt.asked = done >= 12
            super().trained(done, *rest)

    with monkeypatch.context() as patch, held_after(12):
        patch.setattr("wellfit.cli.fit.StudyWatcher", Pressing)
        answer = wellfit(*LINE, *QUICK, pictures=True)
    assert answer.code == 0
    assert "Ctrl-C: keeping what is best so far" in answer.err
    assert "not trained" in answer.out
    assert "To resume: the same command with --out run." in answer.out
    assert 12 <= len(networks()) < 20
    assert result()["search"]["interrupted"] is True
    assert {each["verdict"] is None for each in result()["regularisers"]} == {True, False}
    again = wellfit(*LINE, *QUICK)
    assert again.code == 0
    found = timeless(result())
    assert (found["test"].pop("reads"), expected["test"].pop("reads")) == (2, 1)
    assert found == expected | {"files": found["files"]}
    assert bits() == expected_bits
    table = comparison(compared.out)
    assert comparison(again.out).startswith(table[: table.index("The test error")])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--l2", "0.5"), "its settings l2 is [0.1], not [0.5]."),
        (("--epochs", "7"), "its settings epochs is 6, not 7."),
        (("--max-trials", "80", "--activation", "tanh"), 'its settings activation is none, not "tanh".'),
    ],
)
def test_another_grid_is_another_study(compared, wellfit, options, words):
    before = {name: Path("run", name).read_bytes() for name in names()}
    answer = wellfit(*LINE, *QUICK, *options)
    assert answer.code == 2
    assert len(answer.err.splitlines()) == 1
    assert f"'run/journal.jsonl' is the journal of another study: {words}" in answer.err
    assert {name: Path("run", name).read_bytes() for name in names()} == before


def test_a_journal_without_a_plan_is_refused_in_a_line(finished, wellfit):
    header = read_journal("run/journal.jsonl")[0]
    change_header(settings={name: value for name, value in header["settings"].items() if name != "plan"})
    before = {name: Path("run", name).read_bytes() for name in names()}
    answer = wellfit(*LINE)
    assert answer.code == 2
    assert len(answer.err.splitlines()) == 1
    assert 'its settings plan is none, not "regularisation".' in answer.err
    assert {name: Path("run", name).read_bytes() for name in names()} == before


def test_overwrite_replaces_a_study_by_one_of_another_grid(finished, wellfit):
    Path("run/notes.txt").write_text("mine")
    with Journal.open("run/journal.jsonl", read_journal("run/journal.jsonl")[0]):
        held = wellfit(*LINE, *QUICK, "--overwrite")
    assert held.code == 2
    assert "'run/journal.jsonl' is held by process" in held.err
    answer = wellfit(*LINE, *QUICK, "--overwrite")
    assert answer.code == 0
    assert "the earlier result was replaced" in answer.out
    assert names() == sorted([*FILES, "notes.txt"])
    assert networks() == set(range(20))


def test_overwrite_replaces_a_search_by_another_and_resumes_the_same(finished, wellfit):
    before, model = networks(), Path("run/model.safetensors").read_bytes()
    assert wellfit(*LINE, "--trials", "8", "--overwrite").code == 0
    assert networks() == {*before, 7}
    answer = wellfit(*LINE, "--trials", "3", "--seed", "1", "--overwrite")
    assert answer.code == 0
    assert read_journal("run/journal.jsonl")[0]["data"]["seed"] == 1
    assert networks() == {0, 1, 2}
    assert Path("run/model.safetensors").read_bytes() != model


def test_a_search_that_replaces_another_and_is_killed_leaves_the_earlier_model(finished, wellfit, monkeypatch):
    model = Path("run/model.safetensors").read_bytes()

    def press(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("wellfit.cli.fit.save_folder", press)
        assert wellfit(*LINE, "--trials", "3", "--seed", "1", "--overwrite").code == 130
    assert Path("run/model.safetensors").read_bytes() == model
    answer = wellfit(*LINE, "--trials", "3", "--seed", "1")
    assert answer.code == 0
    assert Path("run/model.safetensors").read_bytes() != model


def test_ctrl_c_keeps_the_best_so_far_and_says_how_to_go_on(finished, wellfit, monkeypatch):
    expected, expected_bits = timeless(result()), bits()
    shutil.rmtree("run")

    class Pressing(study_progress.StudyWatcher):
        def trained(self, done, *rest):
            self.interrupt.asked = done >= 4
            super().trained(done, *rest)

    with monkeypatch.context() as patch:
        patch.setattr("wellfit.cli.fit.StudyWatcher", Pressing)
        answer = wellfit(*LINE, "--trials", "7")
    assert answer.code == 0
    assert "Ctrl-C: keeping what is best so far" in answer.err
    assert "To resume: the same command with --out run." in answer.out
    assert result()["search"]["interrupted"] is True
    assert 4 <= len(networks()) < 7
    assert wellfit("predict", "run", "good.csv", "--out", "said.csv").code == 0
    assert wellfit(*LINE, "--trials", "7").code == 0
    again = timeless(result())
    # The test part was looked at when it was interrupted, and that is counted.
    assert again["test"].pop("reads") == 2
    assert expected["test"].pop("reads") == 1
    assert again == expected
    assert bits() == expected_bits


def test_ctrl_c_before_the_first_network_leaves_nothing(folder, wellfit, monkeypatch):
    def press(self, *arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "train", press)
    answer = wellfit(*LINE, "--trials", "7")
    assert answer.code == 130
    assert answer.err.splitlines()[-1] == "error: interrupted; nothing was written."
    assert not Path("run").exists()


def test_ctrl_c_while_all_is_saved_says_where_the_networks_are(folder, wellfit, monkeypatch):
    def press(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("wellfit.cli.fit.save_folder", press)
    answer = wellfit(*LINE, "--trials", "3")
    assert answer.code == 130
    said = "error: interrupted; what was trained is in run/journal.jsonl, and the same command with --out run resumes after it."
    assert answer.err.splitlines()[-1] == said
    assert len(networks()) == 3


@pytest.mark.parametrize("options", [("--trials", "3"), ("--seeds", "1", "--hidden", "3", "--epochs", "2")])
def test_networks_are_trained_where_the_scheduler_says(folder, wellfit, monkeypatch, options):
    asked = []

    @contextlib.contextmanager
    def connected(address):
        asked.append(address)
        yield
        asked.append("left")

    monkeypatch.setattr("wellfit.training.backends.active.connected", connected)
    assert wellfit(*LINE, *options, "--scheduler", "tcp://here:8786").code == 0
    assert asked == ["tcp://here:8786", "left"]


@pytest.mark.parametrize("options", [("--trials", "3"), ("--seeds", "1", "--hidden", "3", "--epochs", "2")])
def test_a_scheduler_that_goes_away_is_told_of_in_a_line_each(folder, wellfit, monkeypatch, options):
    def gone(*_):
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("the scheduler went away: 0 of 5 networks were trained", TrainingWarning, stacklevel=2)
        return {}, "the scheduler went away"

    monkeypatch.setattr("wellfit.training.backends.active.connected", lambda address: contextlib.nullcontext())
    monkeypatch.setattr("wellfit.training.tasks.train_all", gone)
    answer = wellfit(*LINE, *options, "--scheduler", "tcp://here:8786")
    assert answer.code == 2
    assert answer.err.splitlines()[-2:] == [
        "warning: the scheduler went away: 0 of 5 networks were trained",
        "error: the scheduler went away before any network was trained; begin again on a cluster that stays.",
    ]
    assert not Path("run").exists()


# === With what is there ===


def test_the_model_predicts_and_is_diagnosed_on_rows_that_it_has_not_learned_from(finished, wellfit):
    assert wellfit("predict", "run", "good.csv", "--out", "said.csv").code == 0
    assert len(pd.read_csv("said.csv")) == 60
    answer = wellfit("diagnose", "good.csv", "-m", "run", "--json", "--time", "1")
    assert answer.code == 0
    found = answer.object
    assert found["rows"] == {"train": 36, "dev": 12}
    (note,) = found["table_notes"]
    assert note.startswith("the model has learned from the dev rows, too; what is diagnosed are the same networks")


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
    assert "it has not come to its end yet" in Path("page.html").read_text()


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
    bar.trained(10, 40, None, 0.031, 2.0)
    assert bar.line == ("10 of 40 networks, 0:15 left, best dev error 3.1 %, 2 a second", 0.25)
    bar.trained(1, 40, None, None, 0.0)
    assert bar.line == ("1 of 40 networks", 0.025)
    bar = Bar(Screen(), Interrupt(), Budget(seconds=7200.0))
    bar.begin(Metric("regression", spread=10.0))
    bar.trained(1200, None, 3600.5, 2.5, 123.4)
    assert bar.line == ("1,200 networks, 1:00:01 left, best dev RMSE 2.50, 123 a second", pytest.approx(0.5, abs=1e-3))
    bar = Bar(Screen(), Interrupt(), Budget(seconds=10.0, trials=40))
    bar.begin(Metric("classification"))
    bar.trained(30, 40, 9.0, 0.5, 10.0)
    assert bar.line == ("30 of 40 networks, 0:01 left, best dev error 50.0 %, 10 a second", 0.75)


# === Mistakes ===


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--time 0.5", "--time-budget must be at least 1 second and finite, found 0.5"),
        ("--time -3", "--time-budget must be at least 1 second and finite, found -3"),
        ("--time nan", "--time-budget must be at least 1 second and finite, found nan"),
        ("--time inf", "--time-budget must be at least 1 second and finite, found inf"),
        ("--trials 0", "--max-trials must be at least 1, found 0"),
        ("--trials -5 --time 60", "--max-trials must be at least 1, found -5"),
        ("--trials 7 --l2 -1", "l2 must lie in [0, inf), found -1.0"),
        ("--time 9 --hidden 8,0", "hidden layer 2 must be at least 1, found 0"),
        ("--trials 7 --target-error 5", "target error must be a share of the rows in [0, 1]"),
        ("--trials many", "--trials"),
        ("--trials 7 --group d", "column to group rows by, 'd' is unknown"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(folder, wellfit, options, words):
    before = names(folder)
    answer = wellfit(*LINE, *options.split())
    assert answer.code == 2
    lines = [line for line in answer.err.splitlines() if not line.startswith("warning: ")]
    assert len(lines) == 1
    assert words in lines[0]
    assert names(folder) == before


def change_header(**changes):
    path = Path("run/journal.jsonl")
    first, rest = path.read_bytes().split(b"\n", 1)
    path.write_bytes(json.dumps(json.loads(first) | changes).encode() + b"\n" + rest)


def damage_the_middle():
    path = Path("run/journal.jsonl")
    lines = path.read_bytes().split(b"\n")
    lines[4] = lines[4][:-9]
    path.write_bytes(b"\n".join(lines))


SPOILED = {
    "another table": (
        lambda: pd.read_csv("good.csv").assign(a=0.5).assign(a=lambda t: t.index * 1.0).to_csv("good.csv", index=False),
        (),
        "its table fingerprint is another one",
    ),
    "fewer rows": (lambda: pd.read_csv("good.csv").head(50).to_csv("good.csv", index=False), (), "its table rows is 60, not 50"),
    "another seed": (lambda: None, ("--seed", "1"), "its data seed is 0, not 1"),
    "another target": (lambda: None, ("--target", "c"), 'its data target is "label", not "c"'),
    "another error": (lambda: None, ("--target-error", "0.1"), "its settings target error is none, not 0.1"),
    "a newer journal": (lambda: change_header(journal=2, wellfit="9.0"), (), "is a journal of format 2, written by wellfit 9.0"),
    "a damaged line": (damage_the_middle, (), "line 5 of 'run/journal.jsonl' is damaged, and lines follow it"),
    "no journal": (
        lambda: Path("run/journal.jsonl").write_text("mine\n"),
        (),
        "holds 'journal.jsonl', which is not from an earlier wellfit fit",
    ),
}


@pytest.mark.parametrize("case", SPOILED)
def test_a_folder_that_cannot_be_gone_on_with_is_left_as_it_is(finished, wellfit, case):
    spoil, options, words = SPOILED[case]
    spoil()
    before = {name: Path("run", name).read_bytes() for name in names()}
    answer = wellfit(*LINE, "--trials", "9", *options)
    assert answer.code == 2
    lines = [line for line in answer.err.splitlines() if not line.startswith("warning: ")]
    assert len(lines) == 1
    assert words in lines[0]
    assert {name: Path("run", name).read_bytes() for name in names()} == before


def test_a_second_process_is_told_who_is_at_work(finished, wellfit):
    header, records = read_journal("run/journal.jsonl")
    with Journal.open("run/journal.jsonl", {name: value for name, value in header.items() if name not in ("kind", "journal")}):
        answer = wellfit(*LINE, "--trials", "9")
    assert answer.code == 2
    assert f"'run/journal.jsonl' is held by process {os.getpid()} on " in answer.err
    assert read_journal("run/journal.jsonl")[1] == records


def test_files_of_others_are_not_replaced(folder, wellfit):
    Path("run").mkdir()
    Path("run/report.html").write_text("mine")
    answer = wellfit(*LINE, "--trials", "7")
    assert answer.code == 2
    assert "holds 'report.html', which is not from an earlier wellfit fit" in answer.err
    assert names() == ["report.html"]


def test_a_folder_that_cannot_be_written_to(folder, wellfit, monkeypatch):
    def refuse(path, content):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(files, "_write_new", refuse)
    answer = wellfit(*LINE, "--trials", "7")
    assert answer.code == 2
    assert answer.err.splitlines()[-1] == "error: cannot write into 'run': read-only file system."
    assert names(folder) == ["good.csv", "prices.csv"]


def test_a_full_disk_in_the_middle_loses_no_trial(finished, wellfit, monkeypatch):
    expected, expected_bits = timeless(result()), bits()
    shutil.rmtree("run")
    append, calls = Journal.append, []

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    def filling(self, record):
        calls.append(record)
        if sum(each["kind"] == "trial" for each in calls) == 5:
            patch.setattr(journal_module.os, "fsync", full)
        append(self, record)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", filling)
        answer = wellfit(*LINE, "--trials", "7")
    assert answer.code == 2
    assert answer.err.splitlines()[-1] == "error: cannot write 'run/journal.jsonl': no space left on device."
    assert names() == ["journal.jsonl"]
    assert len(networks()) == 4
    answer = wellfit(*LINE, "--trials", "7")
    assert answer.code == 0
    assert "run: the study resumes after 4 networks; it was cut off there" in answer.out
    assert timeless(result()) == expected
    assert bits() == expected_bits


def test_a_full_disk_at_the_end_leaves_the_journal(folder, wellfit, monkeypatch):
    write, calls = files._write_new, []

    def full(path, content):
        calls.append(path)
        if len(calls) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(files, "_write_new", full)
        answer = wellfit(*LINE, "--trials", "4")
    assert answer.code == 2
    assert answer.err.splitlines()[-1] == "error: cannot write folder 'run': no space left on device."
    assert names() == ["journal.jsonl"]
    assert len(networks()) == 4
    assert wellfit(*LINE, "--trials", "4").code == 0
    assert names() == sorted(FILES)
