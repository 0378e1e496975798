"""A user's mistake ends in one line that names it, exit code 2, and nothing written."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wellfit import files


def write_tables(good):
    """Every table that cannot be used, each with one fault."""
    Path("empty.csv").write_bytes(b"")
    Path("header.csv").write_text("a,b,label\n")
    Path("binary.csv").write_bytes(bytes(range(256)) * 4)
    Path("ragged.csv").write_text("a,label\n1,2,3\n")
    good.assign(label="yes").to_csv("one_class.csv", index=False)
    good.assign(label=["rare", *good["label"][1:]]).to_csv("rare.csv", index=False)
    good.assign(a=["oops", *good["a"][1:]]).to_csv("text.csv", index=False)
    good.assign(a=[*good["a"][:-1], np.inf]).to_csv("inf.csv", index=False)
    good.head(3).to_csv("three.csv", index=False)
    good.rename(columns={"b": "a"}).to_csv("twice.csv", index=False)
    good[["label"]].to_csv("one_column.csv", index=False)
    good[["label"]].assign(same=1, empty=np.nan).to_csv("useless.csv", index=False)
    good.to_parquet("good.parquet")
    Path("broken.parquet").write_bytes(Path("good.parquet").read_bytes()[:200])


MISTAKES = [
    ("nothing.csv -t label", "no such file: nothing.csv"),
    ("goood.csv -t label", "did you mean good.csv"),
    (". -t label", "is not a file"),
    ("empty.csv -t label", "empty.csv is empty"),
    ("header.csv -t label", "no rows"),
    ("binary.csv -t label", "not UTF-8"),
    ("ragged.csv -t label", "ragged.csv"),
    ("broken.parquet -t label", "broken.parquet is not a readable Parquet file"),
    ("good.csv", "no target is named"),
    ("good.csv -t lable", "did you mean 'label'?"),
    ("one_class.csv -t label", "target 'label' holds only one class ('yes')"),
    ("rare.csv -t label", "class 'rare' has 1 row"),
    ("text.csv -t label", "column 'a' holds 'oops' in row 1"),
    ("inf.csv -t label", "column 'a' holds inf in row 60"),
    ("three.csv -t label", "the table has 3 rows"),
    ("twice.csv -t a", "more than one column named 'a'"),
    ("one_column.csv -t label", "no column besides the target 'label'"),
    ("good.csv -t label --task regression", "target 'label' holds text"),
    ("good.csv -t label --task guess", "task 'guess' is unknown. Valid: auto, classification, regression."),
    ("good.csv -t label --group d", "column to group rows by, 'd' is unknown"),
    ("good.csv -t label --order-by d", "column to order rows by, 'd' is unknown"),
    ("good.csv -t label --group a --order-by b", "group and time cannot both be set"),
    ("good.csv -t label --learning-rate -1", "learning_rate must lie in (0, inf), found -1.0"),
    ("good.csv -t label --learning-rate nan", "learning_rate must lie in (0, inf), found nan"),
    ("good.csv -t label --learning-rate inf", "learning_rate must lie in (0, inf), found inf"),
    ("good.csv -t label --l2 inf", "l2 must lie in [0, inf), found inf"),
    ("good.csv -t label --l2 0.1,-1", "l2 must lie in [0, inf), found -1.0"),
    ("good.csv -t label --dropout 1", "dropout must lie in [0, 1), found 1.0"),
    ("good.csv -t label --hidden 8,0", "hidden layer 2 must be at least 1, found 0"),
    ("good.csv -t label --hidden 8,x", "--hidden: expected whole numbers separated by commas"),
    ("good.csv -t label --l2 many", "--l2: expected numbers separated by commas"),
    ("good.csv -t label --activation rellu", "did you mean 'relu'"),
    ("good.csv -t label --epochs 0", "epochs must be at least 1, found 0"),
    ("good.csv -t label --seeds 0", "seeds must be at least 1, found 0"),
    ("good.csv -t label --batch-size 0", "batch_size must be at least 1, found 0"),
    ("good.csv -t label --seed -1", "seed must be at least 0, found -1"),
    ("good.csv -t label --target-error 5", "target error must be a share of the rows in [0, 1]"),
    ("good.csv -t label --out good.csv", "is a file; name a folder"),
    ("good.csv -t label --epochs ten", "--epochs"),
    ("good.csv -t label --epoch 10", "--epochs"),
    ("good.csv extra -t label", "extra"),
]


@pytest.mark.parametrize(("argv", "words"), MISTAKES, ids=[argv for argv, _ in MISTAKES])
def test_one_line_that_names_the_mistake(folder, wellfit, argv, words):
    write_tables(pd.read_csv("good.csv"))
    before = sorted(path.name for path in folder.iterdir())
    answer = wellfit("fit", *argv.split())
    assert answer.code == 2
    lines = [line for line in answer.err.splitlines() if not line.startswith("warning: ")]
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert words in lines[0]
    assert "Traceback" not in answer.out
    assert sorted(path.name for path in folder.iterdir()) == before


def test_columns_of_no_use_leave_nothing_to_predict_from(folder, wellfit):
    write_tables(pd.read_csv("good.csv"))
    answer = wellfit("fit", "useless.csv", "-t", "label")
    assert answer.code == 2
    assert "no usable column" in answer.err.splitlines()[-1]


def test_with_json_the_error_is_the_object(folder, wellfit):
    answer = wellfit("fit", "nothing.csv", "-t", "label", "--json")
    assert answer.code == 2
    assert answer.object == {"error": answer.err.removeprefix("error: ").strip()}
    usage = wellfit("fit", "--nonsense", "--json")
    assert usage.code == 2
    assert "--nonsense" in usage.object["error"]


COMMANDS = "fit, predict, diagnose, check, warmup, course, reproduce"


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        ("fitt", f"command 'fitt' is unknown; did you mean 'fit'? Valid: {COMMANDS}; see 'wellfit --help'."),
        ("zzz a b --out c", f"command 'zzz' is unknown. Valid: {COMMANDS}; see 'wellfit --help'."),
        ("fit --epoch 10", "option '--epoch' is unknown; did you mean '--epochs'? See 'wellfit fit --help'."),
        ("check --qqqqqq", "option '--qqqqqq' is unknown; see 'wellfit check --help'."),
        ("predict", "Missing argument 'model'; see 'wellfit predict --help'."),
        ("fit a b", "Got unexpected extra argument(s) (b); see 'wellfit fit --help'."),
    ],
)
def test_mistakes_in_the_arguments_are_one_sentence(wellfit, argv, line):
    answer = wellfit(*argv.split())
    assert answer.code == 2
    assert answer.err == f"error: {line}\n"
    assert answer.out == ""
    assert wellfit(*argv.split(), "--json").object == {"error": line}


def test_without_a_command_the_help_is_printed(wellfit):
    answer = wellfit()
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err == wellfit("--help").out
    lines = answer.err.splitlines()
    assert lines[0] == "Usage: wellfit [OPTIONS] COMMAND [ARGS]..."
    assert any(line.startswith("  predict ") for line in lines)


def test_control_characters_of_a_table_do_not_reach_the_terminal(folder, wellfit):
    pd.read_csv("good.csv").rename(columns={"label": "la\x1b[2Jbel\n"}).to_csv("odd.csv", index=False)
    answer = wellfit("fit", "odd.csv", "-t", "label")
    assert answer.code == 2
    assert "\x1b" not in answer.err
    assert len(answer.err.splitlines()) == 1


def test_a_folder_with_files_of_others_is_refused_before_training(folder, wellfit):
    (folder / "mine").mkdir()
    (folder / "mine" / "history.csv").write_text("precious")
    answer = wellfit("fit", "good.csv", "-t", "label", "--out", "mine", quick=True)
    assert answer.code == 2
    assert "holds 'history.csv', which is not from an earlier wellfit fit" in answer.err
    assert "Comparing" not in answer.err
    assert (folder / "mine" / "history.csv").read_text() == "precious"


def test_a_folder_that_refuses_files_is_told_before_training(folder, wellfit, monkeypatch):
    def refuse(path, content):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("wellfit.files._write_new", refuse)
    answer = wellfit("fit", "good.csv", "-t", "label", "--out", "run", quick=True)
    assert answer.code == 2
    assert answer.err == "error: cannot write into 'run': permission denied.\n"


def test_a_full_disk_leaves_nothing_half_written_behind(folder, wellfit, monkeypatch):
    write, calls = files._write_new, []

    def fill(path, content):
        calls.append(path)
        if len(calls) > 3:
            raise OSError(28, "No space left on device")
        write(path, content)

    monkeypatch.setattr("wellfit.files._write_new", fill)
    answer = wellfit("fit", "good.csv", "-t", "label", "--out", "run", quick=True)
    assert answer.code == 2
    assert "no space left on device" in answer.err
    # What was trained is kept, and nothing half-written.
    assert [path.name for path in (folder / "run").iterdir()] == ["journal.jsonl"]
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    assert wellfit("fit", "good.csv", "-t", "label", "--out", "run", quick=True).code == 0


@pytest.mark.parametrize(
    "command", ["predict nothing.safetensors good.csv", "predict good.csv good.csv", "predict . good.csv", "predict model nothing.csv"]
)
def test_predictions_need_a_model_and_a_table(folder, wellfit, command):
    answer = wellfit(*command.split())
    assert answer.code == 2
    assert len(answer.err.splitlines()) == 1
    assert json.loads(wellfit(*command.split(), "--json").out).keys() == {"error"}
