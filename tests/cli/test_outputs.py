"""What a command writes never replaces what it reads, or a file of a run."""

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from wellfit.cli.outputs import check_output
from wellfit.errors import OutputError


@pytest.fixture
def fitted(folder, wellfit):
    assert wellfit("fit", "good.csv", "-t", "label", "--out", "run", quick=True).code == 0
    return folder


def contents():
    return {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def absolute(name):
    return Path(name).resolve()


def roundabout(name):
    return Path("run") / ".." / name


def symbolic(name):
    Path("link").symlink_to(name)
    return Path("link")


def hard(name):
    os.link(name, "link")
    return Path("link")


def through_a_folder(name):
    Path("elsewhere").symlink_to(Path(name).resolve().parent)
    return Path("elsewhere") / Path(name).name


WAYS = [Path, absolute, roundabout, symbolic, hard, through_a_folder]


# === What is read ===


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("read", ["good.csv", "run/model.safetensors"])
@pytest.mark.parametrize("command", ["predict run good.csv", "predict run/model.safetensors good.csv", "diagnose good.csv --model run"])
def test_what_is_read_is_not_written_over(fitted, wellfit, monkeypatch, command, read, way):
    monkeypatch.setattr("wellfit.cli.predict.read_table", lambda path: pytest.fail("the table was read"))
    monkeypatch.setattr("wellfit.cli.diagnose.read_table", lambda path: pytest.fail("the table was read"))
    out = way(read)
    before = contents()
    answer = wellfit(*command.split(), "--out", out)
    assert answer.code == 2
    what = "table 'good.csv'" if read == "good.csv" else "model 'run/model.safetensors'"
    assert answer.err.startswith(f"error: --out {str(out)!r} would replace the {what}; name another file, such as ")
    assert len(answer.err.splitlines()) == 1
    assert contents() == before


def test_the_error_is_the_object_with_json(fitted, wellfit):
    answer = wellfit("predict", "run", "good.csv", "--out", "good.csv", "--json")
    assert answer.code == 2
    assert "would replace the table" in answer.object["error"]


def test_a_table_that_was_linked_to_is_safe_and_new_files_are_written(fitted, wellfit):
    Path("link.csv").symlink_to("good.csv")
    before = Path("good.csv").read_bytes()
    assert wellfit("predict", "run", "link.csv", "--out", "good.csv").code == 2
    assert wellfit("predict", "run", "link.csv", "--out", "run/predictions.csv").code == 0
    assert wellfit("predict", "run", "link.csv", "--out", "run/predictions.csv").code == 0
    assert Path("good.csv").read_bytes() == before
    assert len(pd.read_csv("run/predictions.csv")) == 60


@pytest.mark.parametrize("name", ["result.json", "history.csv", "trials.csv", "journal.jsonl"])
def test_files_of_a_run_are_not_written_over(fitted, wellfit, name):
    shutil.copytree("run", "other")
    for out in (Path("run", name), Path("other", name)):
        answer = wellfit("predict", "run", "good.csv", "--out", out)
        assert answer.code == 2
        assert "would replace a file of the run in" in answer.err


def test_files_beside_a_journal_are_of_its_search(tmp_path):
    (tmp_path / "journal.jsonl").write_bytes(b'{"kind": "header", "journal": 1}\n')
    (tmp_path / "report.html").write_bytes(b"a report")
    for name in ("journal.jsonl", "report.html"):
        with pytest.raises(OutputError, match="would replace a file of the run"):
            check_output(tmp_path / name, "page.html", {})
    (tmp_path / "journal.jsonl").write_bytes(b"a diary\n")
    check_output(tmp_path / "report.html", "page.html", {})


def test_a_notebook_and_its_data_are_not_written_over(folder, wellfit):
    for name in ("a.ipynb", "data.mat"):
        Path(name).write_text("{}")
        before = contents()
        answer = wellfit("course", "a.ipynb", "--out", name)
        assert answer.code == 2
        assert f"--out '{name}' would replace the {'notebook' if name == 'a.ipynb' else 'data.mat'} '{name}'" in answer.err
        assert contents() == before
    assert "would replace the data.mat" in wellfit("reproduce", "gradients", "--data", ".", "--out", "data.mat").err


# === Folders of results ===


@pytest.mark.parametrize("options", [(), ("--trials", "3")])
def test_a_table_in_the_folder_of_results_is_not_replaced(fitted, wellfit, options):
    before = contents()
    for table in ("run/history.csv", "run/trials.csv"):
        answer = wellfit("fit", table, "-t", "epochs", "--out", "run", "--overwrite", *options)
        assert answer.code == 2
        assert f"results in folder 'run' would replace the table '{table}'; name another folder with --out" in answer.err
    assert contents() == before


def test_a_run_of_another_table_is_refused_before_training(fitted, wellfit):
    before = contents()
    pd.read_csv("good.csv").assign(a=lambda frame: -frame["a"]).to_csv("other.csv", index=False)
    before[Path("other.csv")] = Path("other.csv").read_bytes()
    for table, options, words in (
        ("other.csv", (), "its table fingerprint is another one"),
        ("good.csv", ("--seed", "1"), "its data seed is 0, not 1"),
        ("good.csv", ("--activation", "tanh"), 'its settings activation is none, not "tanh"'),
        ("good.csv", ("--target-error", "0.1"), "its settings target error is none, not 0.1"),
    ):
        answer = wellfit("fit", table, "-t", "label", "--out", "run", *options, quick=True)
        assert answer.code == 2
        assert len(answer.err.splitlines()) == 1
        assert "'run/journal.jsonl' is the journal of another study: " in answer.err
        assert words in answer.err
        assert "--overwrite" in answer.err
        assert contents() == before
    answer = wellfit("fit", "other.csv", "-t", "label", "--out", "run", "--overwrite", quick=True)
    assert answer.code == 0
    assert "the earlier result was replaced" in answer.out


def test_overwrite_does_not_reach_files_of_others(fitted, wellfit):
    Path("mine").mkdir()
    Path("mine/history.csv").write_text("precious")
    answer = wellfit("fit", "good.csv", "-t", "label", "--out", "mine", "--overwrite", quick=True)
    assert answer.code == 2
    assert "holds 'history.csv', which is not from an earlier wellfit fit" in answer.err
    Path("run/notes.txt").write_text("mine")
    assert wellfit("fit", "good.csv", "-t", "label", "--seed", "1", "--out", "run", "--overwrite", quick=True).code == 0
    assert Path("run/notes.txt").read_text() == "mine"
