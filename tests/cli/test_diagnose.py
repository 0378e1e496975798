"""``wellfit diagnose``: what it prints, whose split it takes, and what it refuses."""

import json
from pathlib import Path

import pandas as pd
import pytest

from wellfit.store import load, save

QUICK = ("--time", "2")


def test_a_network_is_trained_and_diagnosed(folder, wellfit):
    answer = wellfit("diagnose", "good.csv", "--target", "label", "--out", "page.html", *QUICK)
    assert answer.code == 0
    assert answer.out.endswith("page.html: the full report (pictures need matplotlib).\n")
    assert "\ntarget 'label': 2 classes, no (32), yes (28)\n" in answer.out
    assert answer.out.replace("target 'label': 2 classes, no (32), yes (28)\n", "").startswith(
        "good.csv: 60 rows, 4 columns\nsplit stratified, seed 0: 36 training rows, 12 dev; 12 test rows are not"
    )
    for word in (
        "Diagnosis of the network\n",
        "training error: ",
        "dev error: ",
        "bias: ",
        "variance: ",
        "What is wrong",
        "What to try next",
    ):
        assert word in answer.out
    assert "; 36 rows)" in answer.out
    assert "training a network ...\nbias and variance ...\nhealth checks ...\n" in answer.err
    assert "\x1b" not in answer.out
    assert sorted(path.name for path in folder.iterdir()) == ["good.csv", "page.html", "prices.csv"]


def test_codes_can_be_named_as_categories(folder, wellfit):
    table = pd.read_csv("good.csv")
    table.assign(code=[number % 4 for number in range(len(table))]).to_csv("codes.csv", index=False)
    found = wellfit("diagnose", "codes.csv", "-t", "label", "--category", "code", "--json", "--time", "1").object
    assert found["data"]["categories"] == ["code"]
    assert found["columns"] == wellfit("diagnose", "codes.csv", "-t", "label", "--json", "--time", "1").object["columns"] + 3


def test_one_json_object_and_nothing_else(folder, wellfit):
    found = wellfit("diagnose", "prices.csv", "-t", "price", "--json", "--target-error", "0.1", *QUICK).object
    guess = "'price' is treated as a number; set task (--task) to classification to predict a class."
    about = {"name": "prices.csv", "rows": 60, "columns": 3, "target": "price", "task": "regression", "task_guess": guess}
    assert found["table"] == about
    assert found["rows"] == {"train": 36, "dev": 12}
    assert found["metric"] == "RMSE"
    assert found["reference"]["name"] == "the target error"
    assert found["bias"]["estimate"] == pytest.approx(max(0.0, found["train_error"]["estimate"] - 0.1))
    assert found["data"]["seed"] == 0


def test_a_models_own_split_is_taken(folder, wellfit):
    assert wellfit("fit", "good.csv", "-t", "label", "--out", "run", "--seed", "3", quick=True).code == 0
    fitted = json.loads(Path("run/result.json").read_text())
    for model in ("run", "run/model.safetensors"):
        found = wellfit("diagnose", "good.csv", "--model", model, "--json", "--time", "1").object
        assert found["data"] == fitted["data"]
        assert found["data"]["seed"] == 3
        assert found["rows"] == {"train": 36, "dev": 12}
        (note,) = found["table_notes"]
        assert note.startswith("the model has learned from the dev rows, too; the diagnosis is of the same networks")


def test_a_model_that_does_not_know_its_rows_says_so(folder, wellfit):
    assert wellfit("fit", "good.csv", "-t", "label", "--out", "run", quick=True).code == 0
    pd.read_csv("good.csv").head(50).to_csv("less.csv", index=False)
    answer = wellfit("diagnose", "less.csv", "--model", "run", "--time", "1")
    assert answer.code == 0
    assert "note: the model was trained on a table of 60 rows, and this one has 50: dev rows may be among them" in " ".join(
        answer.out.split()
    )
    model = load("run/model.safetensors")
    save(type(model)(model.preparation, model.target, model.networks), "silent.safetensors")
    found = wellfit("diagnose", "good.csv", "--model", "silent.safetensors", "--json", "--time", "1").object
    assert found["table_notes"][0].startswith("the model does not say which rows it was trained on")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nothing.csv -t label", "no such file: nothing.csv"),
        ("good.csv", "no target is named"),
        ("good.csv -t lable", "did you mean 'label'?"),
        ("good.csv -t label --time 0", "--time-budget must be above 0 seconds, found 0"),
        ("good.csv -t label --target-error 2", "target error must be a share"),
        ("good.csv -t label --out nowhere/page.html", "there is no folder 'nowhere'"),
        ("good.csv -t label --out .", "it is a folder; name a file, such as diagnosis.html"),
        ("good.csv -t label --group d", "there is no group column 'd'"),
        ("good.csv -t label --group a --order-by b", "group and time cannot both be set"),
        ("good.csv -t label --model nothing", "nothing"),
        ("good.csv -t label --model good.csv", "good.csv"),
    ],
)
def test_mistakes_end_in_one_line(folder, wellfit, line, said):
    answer = wellfit("diagnose", *line.split(), "--json")
    assert answer.code == 2
    assert said in answer.object["error"]
    errors = [part for part in answer.err.splitlines() if part.startswith("error: ")]
    assert len(errors) == 1
    assert "Traceback" not in answer.err


def test_a_table_without_the_models_columns(folder, wellfit):
    assert wellfit("fit", "good.csv", "-t", "label", "--out", "run", quick=True).code == 0
    pd.read_csv("good.csv").drop(columns="b").to_csv("less.csv", index=False)
    answer = wellfit("diagnose", "less.csv", "--model", "run")
    assert answer.code == 2
    assert "the table lacks column 'b' of the training table" in answer.err
    answer = wellfit("diagnose", "good.csv", "--model", "run", "--target", "a")
    assert "the model predicts 'label', but --target names 'a'; drop --target" in answer.err
