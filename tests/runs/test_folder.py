"""The folder that a study leaves."""

import io
import json
import os

import numpy as np
import pandas as pd
import pytest

from wellfit import plots
from wellfit.errors import OutputError
from wellfit.judge.importance import column_importances
from wellfit.runs.folder import save_folder
from wellfit.runs.replacing import check_folder, check_table
from wellfit.runs.summary import summarise
from wellfit.store import load
from wellfit.study.run_files import JOURNAL, MODEL, RESULT, free_folder

TABLES = ["report.html", "model.safetensors", "trials.csv", "history.csv"]
# The journal is there from the first trial on; the command line keeps it.
LAST = ["journal.jsonl", "result.json"]
FILES = [*TABLES, "gaps.png", "cost_curves.png", "decision_boundary.png", *LAST]


@pytest.fixture(scope="module")
def job(fitted, moons_table):
    return fitted(moons_table(), target="moon", name="moons")


@pytest.fixture(scope="module")
def numbers(fitted, moons_table):
    return fitted(moons_table().assign(z=1.0 * np.arange(150)).drop(columns="moon"), target="y", name="numbers")


@pytest.fixture
def no_pictures(monkeypatch):
    """Pictures take longer than all the rest."""
    monkeypatch.setattr(plots, "is_available", lambda: False)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def keep_journal(folder, job):
    """Put a journal into a folder, as the command line does before the first trial."""
    folder.mkdir(exist_ok=True)
    lines = [{"kind": "header", "journal": 1, **job.header()}, *job.study.records]
    (folder / JOURNAL).write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_everything_is_there(job, tmp_path):
    summary = save_folder(job, tmp_path / "run")
    assert summary["files"] == FILES
    assert names(tmp_path / "run") == sorted(set(FILES) - {JOURNAL})
    assert json.loads((tmp_path / "run" / RESULT).read_text()) == summary
    assert all((tmp_path / "run" / name).read_bytes().startswith(b"\x89PNG") for name in FILES if name.endswith("png"))


@pytest.mark.usefixtures("no_pictures")
def test_the_saved_model_predicts_the_same_bits(job, tmp_path):
    save_folder(job, tmp_path / "run")
    again, table = load(tmp_path / "run" / MODEL), job.frame.drop(columns="moon")
    assert again.predict_proba(table).tobytes() == job.model({}).predict_proba(table).tobytes()
    assert again.about["test"] == summarise(job)["test"]


@pytest.mark.usefixtures("no_pictures")
def test_the_history_has_a_row_an_epoch_of_each_network_that_is_compared(job, tmp_path):
    save_folder(job, tmp_path / "run")
    history = pd.read_csv(tmp_path / "run" / "history.csv")
    assert len(history) == 4 * 5 * 6
    assert {"change", "chosen", "network", "epoch", "cost", "dev_cost", "dev_error", "train_error", "learning_rate"} <= set(history.columns)
    best = job.study.best["change"]
    own = history[(history["change"] == best) & (history["network"] == 2)]
    assert np.allclose(own["cost"], job.study.curves[best][1].cost)
    assert history.loc[history["chosen"], "change"].unique().tolist() == [best]
    trials = pd.read_csv(tmp_path / "run" / "trials.csv")
    assert len(trials) == 20
    assert trials["outcome"].unique().tolist() == ["EPOCHS_USED_UP"]
    assert trials["message"].isna().all()


@pytest.mark.usefixtures("no_pictures")
def test_without_a_comparison_the_history_is_of_the_models_networks(fitted, moons_table, tmp_path):
    job = fitted(moons_table(), target="moon", trials=3)
    assert job.study.compared == []
    save_folder(job, tmp_path / "run")
    history = pd.read_csv(tmp_path / "run" / "history.csv")
    assert history["change"].unique().tolist() == ["model"]
    assert history["network"].max() == len(job.study.model.networks)


def test_there_is_a_picture_of_all_trials_where_rounds_followed(fitted, moons_table, tmp_path):
    job = fitted(moons_table(), target="moon", trials=75)
    assert job.study.has_rounds
    files = save_folder(job, tmp_path / "run")["files"]
    assert files == [*TABLES, "gaps.png", "cost_curves.png", "search.png", "decision_boundary.png", *LAST]


def test_the_boundary_is_drawn_for_two_numbers_alone(numbers, tmp_path, moons_table, fitted):
    assert "decision_boundary.png" in save_folder(numbers, tmp_path / "numbers")["files"]
    three = moons_table().assign(z=1.0 * np.arange(150))
    assert "decision_boundary.png" not in save_folder(fitted(three, target="moon"), tmp_path / "three")["files"]
    mixed = moons_table().assign(y=np.where(np.arange(150) % 3, "a", "b"))
    assert "decision_boundary.png" not in save_folder(fitted(mixed, target="moon"), tmp_path / "mixed")["files"]


@pytest.mark.usefixtures("no_pictures")
def test_without_matplotlib_there_are_no_pictures(job, tmp_path):
    assert save_folder(job, tmp_path / "run")["files"] == [*TABLES, *LAST]


def test_a_second_run_replaces_the_first_and_what_it_no_longer_makes(job, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    keep_journal(folder, job)
    save_folder(job, folder)
    (folder / "notes.txt").write_text("mine")
    monkeypatch.setattr(plots, "is_available", lambda: False)
    save_folder(job, folder)
    assert names(folder) == sorted([*TABLES, *LAST, "notes.txt"])
    assert (folder / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "result", [None, b"{}", b'{"wellfit": "0.1.0", "files": []}', b"[", b"[" * 100_000, b'{"wellfit": 1, "files": 3}', b"\xff"]
)
def test_files_of_others_are_never_replaced(job, tmp_path, result):
    (tmp_path / MODEL).write_bytes(b"precious")
    if result is not None:
        (tmp_path / RESULT).write_bytes(result)
    for overwrite in (False, True):
        with pytest.raises(OutputError, match="not from an earlier wellfit fit; name another folder with --out"):
            check_folder(tmp_path, overwrite=overwrite)
    with pytest.raises(OutputError, match="not from an earlier wellfit fit; name another folder with --out"):
        save_folder(job, tmp_path)
    assert (tmp_path / MODEL).read_bytes() == b"precious"


def test_an_earlier_result_cannot_name_files_elsewhere(job, tmp_path, no_pictures):
    (tmp_path / "precious").write_bytes(b"mine")
    keep_journal(tmp_path / "run", job)
    (tmp_path / "run" / RESULT).write_text(json.dumps({"wellfit": "0.1.0", "files": [RESULT, "../precious"]}))
    assert check_folder(tmp_path / "run") == (RESULT, JOURNAL)
    save_folder(job, tmp_path / "run")
    assert (tmp_path / "precious").read_bytes() == b"mine"


def test_a_run_of_an_earlier_version_without_a_journal_is_replaced_on_request_alone(job, tmp_path, no_pictures):
    old = {"report.html": b"old", MODEL: b"old", "networks.csv": b"old", RESULT: b""}
    old[RESULT] = json.dumps({"wellfit": "0.1.0", "files": list(old)}).encode()
    for name, content in old.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(OutputError, match=r"holds a run of an earlier wellfit, which cannot be resumed: .* --overwrite\.$"):
        check_folder(tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in old} == old
    assert set(check_folder(tmp_path, overwrite=True)) == set(old)
    keep_journal(tmp_path, job)
    save_folder(job, tmp_path)
    assert names(tmp_path) == sorted([*TABLES, *LAST])


def test_the_default_folder_is_always_new(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(free_folder()) == "wellfit-run"
    (tmp_path / "wellfit-run").mkdir()
    (tmp_path / "wellfit-run-2").write_text("")
    assert str(free_folder()) == "wellfit-run-3"


@pytest.mark.parametrize("name", ["history.csv", "trials.csv", "networks.csv", "journal.jsonl"])
def test_a_table_among_the_files_of_a_run_is_refused(tmp_path, name):
    (tmp_path / name).write_text("a,b\n")
    with pytest.raises(OutputError, match="would replace the table"):
        check_table(tmp_path, tmp_path / name)


@pytest.mark.usefixtures("no_pictures")
def test_the_history_of_a_run_without_an_epoch_is_still_a_table(fitted, moons_table, tmp_path):
    job = fitted(moons_table(), {"learning_rate": 1e30, "activation": "relu"}, target="y")
    summary = save_folder(job, tmp_path / "run")
    assert [each["diverged"] for each in summary["regularisers"]] == [5] * 4
    assert all(each["divergence"].startswith("diverged at epoch") for each in summary["regularisers"])
    frame = pd.read_csv(io.BytesIO((tmp_path / "run" / "history.csv").read_bytes()))
    assert "cost" in frame.columns
    assert np.isfinite(load(tmp_path / "run" / MODEL).predict(job.frame)).all()


# === Killed while files are replaced ===


@pytest.mark.parametrize("renamed", range(7))
@pytest.mark.usefixtures("no_pictures")
def test_a_kill_while_a_run_is_replaced_leaves_a_model_that_loads(job, fitted, moons_table, tmp_path, monkeypatch, renamed):
    # The report is the first file of five, the model the second.
    other = fitted(moons_table().assign(x=lambda frame: 2 * frame["x"]), target="moon")
    folder, done = tmp_path / "run", []
    keep_journal(folder, job)
    save_folder(job, folder)
    (folder / "notes.txt").write_text("mine")
    old, new = (each.model({}).predict_proba(job.frame).tobytes() for each in (job, other))
    replace = os.replace

    def killed(*paths):
        if len(done) == renamed:
            raise KeyboardInterrupt
        done.append(replace(*paths))

    monkeypatch.setattr("wellfit.files.os.replace", killed)
    if renamed < 5:
        with pytest.raises(KeyboardInterrupt):
            save_folder(other, folder)
    else:
        save_folder(other, folder)
    assert load(folder / MODEL).predict_proba(job.frame).tobytes() == (new if renamed > 1 else old)
    assert (folder / "notes.txt").read_text() == "mine"


def test_of_a_whole_study(moons_table, fitted):
    table = moons_table(600).assign(noise=np.random.default_rng(0).normal(size=600))
    job = fitted(table, {"epochs": 30}, target="moon")
    rows, model = job.frame.iloc[job.split.dev], job.model({})
    found = column_importances(model, model.preparation.transform(rows).X, model.target.encode(rows["moon"]), job.metric)
    assert found[0].name == "y"
    assert found[0].rise.low > 0
    assert {each.name: each for each in found}["noise"].rise.holds(0.0)
    assert found[0].to_dict()["error_rise"]["estimate"] == found[0].rise.estimate
