"""``wellfit fit`` resumed after any end, and extended by a budget."""

import contextlib
import json
import shutil
import warnings
from pathlib import Path

import pandas as pd
import pytest
from run_folder import FILES, LINE, QUICK, bits, cut_off_after, names, networks, result, timeless

from wellfit.cli import study_progress
from wellfit.errors import TrainingWarning
from wellfit.events import TrialEnd
from wellfit.study.journal import Journal, read_journal
from wellfit.study.study import Study
from wellfit.study.trainer import Trainer

JOURNALS = pytest.StashKey[list]()


def by_number(folder):
    """The networks of a study, without their times."""
    return timeless([trial.to_record() for trial in Study.read(Path(folder) / "journal.jsonl").trials])


@pytest.mark.parametrize("trials", [0, 3, 6])
def test_a_study_that_was_cut_off_ends_as_in_one_go(finished, wellfit, trials):
    expected, expected_bits = timeless(result()), bits()
    cut_off_after(trials)
    answer = wellfit(*LINE, "--trials", "7")
    assert answer.code == 0
    if trials:
        assert f"run: the study resumes after {trials} network" in answer.out
    assert "the last line of 'run/journal.jsonl' is incomplete and was dropped" in answer.err
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
    assert "run: holds a finished study of 7 networks, the limit of --max-trials 7; a larger number extends it" in " ".join(
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
        assert "The test rows have now been used 2 times" in " ".join(answer.out.split())


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
        assert "it ended there" in answer.out
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
        def __call__(self, event):
            self.interrupt.pressed = isinstance(event, TrialEnd) and event.done >= 12
            return super().__call__(event)

    with monkeypatch.context() as patch, held_after(12):
        patch.setattr("wellfit.cli.fit.StudyWatcher", Pressing)
        answer = wellfit(*LINE, *QUICK, pictures=True)
    assert answer.code == 0
    assert "Ctrl-C: keeping the best so far" in answer.err
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


def test_overwrite_replaces_a_study_by_one_of_another_grid(finished, wellfit):
    Path("run/notes.txt").write_text("mine")
    with Journal.open("run/journal.jsonl", read_journal("run/journal.jsonl")[0]):
        held = wellfit(*LINE, *QUICK, "--overwrite")
    assert held.code == 2
    assert "'run/journal.jsonl' is in use by process" in held.err
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
        def __call__(self, event):
            self.interrupt.pressed = isinstance(event, TrialEnd) and event.done >= 4
            return super().__call__(event)

    with monkeypatch.context() as patch:
        patch.setattr("wellfit.cli.fit.StudyWatcher", Pressing)
        answer = wellfit(*LINE, "--trials", "7")
    assert answer.code == 0
    assert "Ctrl-C: keeping the best so far" in answer.err
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
            warnings.warn("the scheduler was lost: 0 of 5 networks were trained", TrainingWarning, stacklevel=2)
        return {}, "the scheduler was lost"

    monkeypatch.setattr("wellfit.training.backends.active.connected", lambda address: contextlib.nullcontext())
    monkeypatch.setattr("wellfit.training.tasks.train_all", gone)
    answer = wellfit(*LINE, *options, "--scheduler", "tcp://here:8786")
    assert answer.code == 2
    assert answer.err.splitlines()[-2:] == [
        "warning: the scheduler was lost: 0 of 5 networks were trained",
        "error: the scheduler was lost before any network was trained; start again on a stable cluster.",
    ]
    assert not Path("run").exists()
