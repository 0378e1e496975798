"""The folder that the main job leaves."""

import dataclasses
import io
import json
import os

import numpy as np
import pandas as pd
import pytest

from wellfit import plots
from wellfit.errors import OutputError
from wellfit.spec import Data
from wellfit.store import load
from wellfit.study.fit_table import fit_table
from wellfit.study.folder import save_folder
from wellfit.study.grid import sensible_grid
from wellfit.study.replacing import check_folder
from wellfit.study.run_files import MODEL, RESULT, free_folder
from wellfit.study.summary import summarise

QUICK = {"hidden": ((6,),), "l2": (0.1,), "dropout": (0.2,), "epochs": 6, "seeds": 2}
TABLES = ["report.html", "model.safetensors", "history.csv", "networks.csv"]
FILES = [*TABLES, "cost_curves.png", "gaps.png", "decision_boundary.png", "result.json"]


@pytest.fixture(scope="module")
def job(moons_table):
    return fit_table(moons_table(), Data(target="moon"), name="moons", changes=QUICK)


@pytest.fixture(scope="module")
def numbers(moons_table):
    return fit_table(moons_table().assign(z=1.0 * np.arange(150)).drop(columns="moon"), Data(target="y"), name="numbers", changes=QUICK)


@pytest.fixture
def no_pictures(monkeypatch):
    """Pictures take longer than all the rest."""
    monkeypatch.setattr(plots, "is_available", lambda: False)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_everything_is_there(job, tmp_path):
    summary = save_folder(job, tmp_path / "run")
    assert summary["files"] == FILES
    assert names(tmp_path / "run") == sorted(FILES)
    assert json.loads((tmp_path / "run" / RESULT).read_text()) == summary
    assert all((tmp_path / "run" / name).read_bytes().startswith(b"\x89PNG") for name in FILES if name.endswith("png"))


@pytest.mark.usefixtures("no_pictures")
def test_the_saved_model_predicts_the_same_bits(job, tmp_path):
    save_folder(job, tmp_path / "run")
    again, table = load(tmp_path / "run" / MODEL), job.frame.drop(columns="moon")
    assert again.predict_proba(table).tobytes() == job.model({}).predict_proba(table).tobytes()
    assert again.about["test"] == summarise(job)["test"]


@pytest.mark.usefixtures("no_pictures")
def test_the_history_has_a_row_an_epoch_of_each_judged_network(job, tmp_path):
    save_folder(job, tmp_path / "run")
    history = pd.read_csv(tmp_path / "run" / "history.csv")
    assert len(history) == 4 * 2 * 6
    assert {"kind", "setting", "chosen", "seed", "epoch", "cost", "dev_cost", "dev_error", "train_error", "learning_rate"} <= set(
        history.columns
    )
    chosen = job.population.chosen
    own = history[(history["kind"] == chosen.kind) & (history["seed"] == chosen.results[1].seed)]
    assert np.allclose(own["cost"], chosen.results[1].history.cost)
    assert history.loc[history["chosen"], "kind"].unique().tolist() == [chosen.kind]
    networks = pd.read_csv(tmp_path / "run" / "networks.csv")
    assert len(networks) == 8
    assert networks["outcome"].unique().tolist() == ["epochs_used_up"]


def test_the_boundary_is_drawn_for_two_numbers_alone(numbers, tmp_path, moons_table):
    assert "decision_boundary.png" in save_folder(numbers, tmp_path / "numbers")["files"]
    three = moons_table().assign(z=1.0 * np.arange(150))
    assert "decision_boundary.png" not in save_folder(fit_table(three, Data(target="moon"), changes=QUICK), tmp_path / "three")["files"]
    mixed = moons_table().assign(y=np.where(np.arange(150) % 3, "a", "b"))
    assert "decision_boundary.png" not in save_folder(fit_table(mixed, Data(target="moon"), changes=QUICK), tmp_path / "mixed")["files"]


@pytest.mark.usefixtures("no_pictures")
def test_without_matplotlib_there_are_no_pictures(job, tmp_path):
    assert save_folder(job, tmp_path / "run")["files"] == [*TABLES, "result.json"]


def test_a_second_run_replaces_the_first_and_what_it_no_longer_makes(job, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    save_folder(job, folder)
    (folder / "notes.txt").write_text("mine")
    monkeypatch.setattr(plots, "is_available", lambda: False)
    save_folder(job, folder)
    assert names(folder) == ["history.csv", "model.safetensors", "networks.csv", "notes.txt", "report.html", "result.json"]
    assert (folder / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "result", [None, b"{}", b'{"wellfit": "0.1.0", "files": []}', b"[", b"[" * 100_000, b'{"wellfit": 1, "files": 3}', b"\xff"]
)
def test_files_of_others_are_never_replaced(job, tmp_path, result):
    (tmp_path / MODEL).write_bytes(b"precious")
    if result is not None:
        (tmp_path / RESULT).write_bytes(result)
    with pytest.raises(OutputError, match="not from an earlier wellfit fit; name another folder with --out"):
        save_folder(job, tmp_path)
    assert (tmp_path / MODEL).read_bytes() == b"precious"


@pytest.mark.usefixtures("no_pictures")
def test_an_earlier_result_cannot_name_files_elsewhere(job, tmp_path):
    (tmp_path / "precious").write_bytes(b"mine")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / RESULT).write_text(json.dumps({"wellfit": "0.1.0", "files": [RESULT, "../precious"]}))
    assert check_folder(tmp_path / "run") == (RESULT,)
    with pytest.raises(OutputError, match=r"its result\.json does not record the table"):
        save_folder(job, tmp_path / "run")
    save_folder(job, tmp_path / "run", overwrite=True)
    assert (tmp_path / "precious").read_bytes() == b"mine"


def test_the_default_folder_is_always_new(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert str(free_folder()) == "wellfit-run"
    (tmp_path / "wellfit-run").mkdir()
    (tmp_path / "wellfit-run-2").write_text("")
    assert str(free_folder()) == "wellfit-run-3"


def test_the_summary_is_json_without_nan(job, numbers):
    for summary in (summarise(job), summarise(numbers)):
        assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    found = summarise(numbers)
    assert found["metric"] == "RMSE"
    assert found["test"]["r_squared"]["estimate"] == numbers.test.r_squared.estimate
    assert [kind["kind"] for kind in found["kinds"]] == ["no regularisation", "L2", "dropout", "both"]
    assert found["choice"]["seeds"] == [result.seed for result in numbers.population.chosen.results]
    assert found["networks"] == {"planned": 8, "trained": 8, "diverged": 0}


@pytest.mark.usefixtures("no_pictures")
def test_the_history_of_a_run_without_an_epoch_is_still_a_table(moons_table, tmp_path):
    job = fit_table(moons_table(), Data(target="y"), changes=QUICK | {"learning_rate": 1e30, "activation": "relu"})
    summary = save_folder(job, tmp_path / "run")
    assert summary["networks"]["diverged"] == 8
    assert all(kind["divergence"].startswith("diverged at epoch") for kind in summary["kinds"])
    frame = pd.read_csv(io.BytesIO((tmp_path / "run" / "history.csv").read_bytes()))
    assert "cost" in frame.columns
    assert np.isfinite(load(tmp_path / "run" / MODEL).predict(job.frame)).all()


# === Replacing an earlier run ===


@pytest.fixture
def other(job, moons_table):
    """A run of another table."""
    return fit_table(moons_table().assign(x=lambda frame: 2 * frame["x"]), Data(target="moon"), name="moons", changes=QUICK)


@pytest.mark.usefixtures("no_pictures")
def test_a_run_of_another_table_is_not_replaced(job, other, tmp_path):
    save_folder(job, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(OutputError, match=r"of another table or with other settings: its table fingerprint is another one\. .*--overwrite"):
        save_folder(other, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    save_folder(other, tmp_path, overwrite=True)
    assert json.loads((tmp_path / RESULT).read_text())["table"]["fingerprint"] == other.fingerprint != job.fingerprint


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": Data(target="moon", seed=1)}, "its data seed is 0, not 1"),
        ({"target_error": 0.25}, r"its target error is none, not 0\.25"),
        ({"grid": sensible_grid(100)}, r"its grid hidden is \[\[6\]\], not \[\[32\], \[64, 64\]\]"),
    ],
)
@pytest.mark.usefixtures("no_pictures")
def test_a_run_with_other_settings_is_not_replaced(job, tmp_path, change, words):
    save_folder(job, tmp_path)
    with pytest.raises(OutputError, match=words):
        check_folder(tmp_path, dataclasses.replace(job, **change).header())


@pytest.mark.usefixtures("no_pictures")
def test_a_run_of_the_same_by_another_version_is_replaced(job, tmp_path):
    save_folder(job, tmp_path)
    found = json.loads((tmp_path / RESULT).read_text())
    (tmp_path / RESULT).write_text(json.dumps(found | {"wellfit": "9.0"}))
    assert save_folder(job, tmp_path)["wellfit"] != "9.0"


@pytest.mark.parametrize("renamed", range(7))
@pytest.mark.usefixtures("no_pictures")
def test_a_kill_while_a_run_is_replaced_leaves_a_model_that_loads(job, other, tmp_path, monkeypatch, renamed):
    # The report is the first file of five, the model the second.
    folder, done = tmp_path / "run", []
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
            save_folder(other, folder, overwrite=True)
    else:
        save_folder(other, folder, overwrite=True)
    assert load(folder / MODEL).predict_proba(job.frame).tobytes() == (new if renamed > 1 else old)
    assert (folder / "notes.txt").read_text() == "mine"
