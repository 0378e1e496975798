"""``wellfit fit`` without a budget: what it prints, what it writes, and that both say the same."""

import io
import json
import re
import sys

import numpy as np
import pandas as pd
import pytest

from wellfit.cli import main
from wellfit.render.as_text import to_text
from wellfit.render.blocks import Page
from wellfit.store import load
from wellfit.study.study import Study

REGULARISERS = ["no regularisation", "L2", "dropout", "both"]


def test_the_whole_job_in_words(folder, wellfit):
    answer = wellfit("fit", "good.csv", "--target", "label", "--out", "run", quick=True, pictures=True)
    assert answer.code == 0
    assert "good.csv: 60 rows, 4 columns" in answer.out
    assert "target 'label': 2 classes, no (32), yes (28)" in answer.out
    assert "split stratified, seed 0: 48 rows to learn from, 12 test; 3 columns become 3 inputs" in answer.out
    assert "Error by regulariser, each at its best setting (% of rows)" in answer.out
    assert "networks were compared by cross-validation of 48 rows in 5 folds" in " ".join(answer.out.split())
    assert "The best network alone (" in answer.out
    assert "Error by kind of change" not in answer.out
    assert "Error on 12 test rows" in answer.out
    assert "The test rows were used once, after the choice." in " ".join(answer.out.split())
    assert "majority class" in answer.out
    assert "logistic regression" in answer.out
    assert re.search(r"^  error of (logistic regression|majority class): ", answer.out, re.MULTILINE)
    files = "report.html, model.safetensors, trials.csv, history.csv, gaps.png, cost_curves.png, journal.jsonl, result.json"
    assert f"Saved in run: {files}" in " ".join(answer.out.split())
    assert [line.split(":")[0] for line in answer.err.splitlines()] == [
        "References (38 rows)",
        "Comparing no regularisation, L2, dropout and both",
        "Best",
        "The model",
        "All settings are trained.",
    ]
    assert "\x1b" not in answer.out
    result = json.loads((folder / "run" / "result.json").read_text())
    for found, line in zip(result["regularisers"], [line for line in answer.out.splitlines() if names_a_regulariser(line)], strict=True):
        assert f"{100 * found['dev_error']['estimate']:.1f}" in line
        assert found["verdict"] in line
        assert line.startswith("*") == (found["regulariser"] == result["choice"]["kind"])


def test_what_is_printed_is_what_the_study_prints(folder, wellfit, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    for number, budget in enumerate(((), ("--max-trials", "25"))):
        answer = wellfit("fit", "good.csv", "-t", "label", "--out", f"run{number}", *budget, quick=True)
        assert answer.code == 0
        printed = "\n".join(line.rstrip() for line in answer.out.splitlines())
        sections = [
            section for section in Study.read(f"run{number}").blocks().sections if not section.title.startswith(("In short", "The test"))
        ]
        assert len(sections) == (3 if budget else 2)
        for section in sections:
            assert to_text(Page("title", "lead", [section]), width=120).removeprefix("title\nlead\n") in printed


def names_a_regulariser(line):
    return line[3:].split("  ")[0].strip() in ("none", "L2", "dropout", "both") and "%" not in line


def test_one_json_object_and_nothing_else(folder, wellfit):
    answer = wellfit("fit", "good.csv", "-t", "label", "--out", "run", "--json", quick=True)
    assert answer.code == 0
    found = answer.object
    assert len(found["table"]["fingerprint"]) == 64
    saved = json.loads((folder / "run" / "result.json").read_text())
    assert found.pop("folder") == "run"
    assert found == saved
    assert [each["regulariser"] for each in found["regularisers"]] == REGULARISERS
    assert found["table"] == {
        "name": "good.csv",
        "rows": 60,
        "columns": 4,
        "fingerprint": found["table"]["fingerprint"],
        "inputs": 3,
        "target": "label",
        "task": "classification",
        "task_guess": "",
        "classes": ["no", "yes"],
    }
    assert found["split"] == {"search": 48, "test": 12, "seed": 0}
    assert found["choice"]["kind"] in REGULARISERS
    assert found["search"]["end"] == "planned"
    assert found["test"]["reads"] == 1
    assert found["test"]["network_needed"] in ("yes", "no", "undecided")
    for name in ("error", *("estimate", "low", "high")):
        assert name in found["test"] or name in found["test"]["error"]
    assert found["test"]["error"]["low"] <= found["test"]["error"]["estimate"] <= found["test"]["error"]["high"]
    for each in found["regularisers"]:
        assert each["verdict"] in ("underfits", "overfits", "fits", "undecided")
        assert each["gap"]["low"] <= each["gap"]["estimate"] <= each["gap"]["high"]


def test_a_number_is_predicted_in_its_units(folder, wellfit):
    answer = wellfit("fit", "prices.csv", "-t", "price", "--out", "run", quick=True)
    assert answer.code == 0
    assert "target 'price': a number" in answer.out
    assert "split at random" in answer.out
    assert "RMSE by regulariser, each at its best setting (in units of 'price')" in answer.out
    assert "R² of the network" in answer.out
    assert "linear regression" in answer.out


def test_the_same_seed_gives_the_same_files(folder, wellfit):
    for name in ("first", "second"):
        assert wellfit("fit", "good.csv", "-t", "label", "--out", name, quick=True).code == 0
    for file in ("history.csv", "model.safetensors"):
        first, second = ((folder / name / file).read_bytes() for name in ("first", "second"))
        if file == "history.csv":
            assert first == second
    models = [load(folder / name / "model.safetensors") for name in ("first", "second")]
    assert [network.parameters.tobytes() for network in models[0].networks] == [
        network.parameters.tobytes() for network in models[1].networks
    ]
    assert wellfit("fit", "good.csv", "-t", "label", "--out", "third", "--seed", "1", quick=True).code == 0
    assert (folder / "third" / "history.csv").read_bytes() != (folder / "first" / "history.csv").read_bytes()


def test_without_out_each_run_gets_a_new_folder(folder, wellfit):
    for _ in range(2):
        assert wellfit("fit", "good.csv", "-t", "label", quick=True).code == 0
    assert (folder / "wellfit-run" / "result.json").exists()
    assert (folder / "wellfit-run-2" / "result.json").exists()


def test_a_new_folder_that_another_process_makes_meanwhile_is_left_alone(folder, wellfit, monkeypatch):
    fit = sys.modules["wellfit.cli.fit"]
    real = fit.prepare_study

    def with_another(*arguments, **options):
        job = real(*arguments, **options)
        (folder / "wellfit-run").mkdir()
        (folder / "wellfit-run" / "model.safetensors").write_text("another's")
        return job

    monkeypatch.setattr(fit, "prepare_study", with_another)
    answer = wellfit("fit", "good.csv", "-t", "label", quick=True)
    assert (folder / "wellfit-run" / "model.safetensors").read_text() == "another's"
    assert answer.code == 0
    assert "Saved in wellfit-run-2: " in answer.out


def test_without_a_table_the_built_in_one_is_used(folder, wellfit):
    answer = wellfit("fit", "--out", "run", "--json", quick=True)
    assert answer.code == 0
    assert answer.object["table"]["name"] == "loans (simulated, built in)"
    assert answer.object["table"]["rows"] == 1000
    assert wellfit("fit", "-t", "diagnoses", quick=True).code == 2


# === Tables as people have them ===


def semicolons(table):
    table.to_csv("odd.csv", index=False, sep=";")


def byte_order_mark(table):
    table.to_csv("odd.csv", index=False, encoding="utf-8-sig")


def packed(table):
    table.to_csv("odd.csv.gz", index=False)


def parquet(table):
    table.to_parquet("odd.parquet")


def dates(table):
    table.assign(day=pd.date_range("2024-01-01", periods=len(table)).astype(str)).to_csv("odd.csv", index=False)


def gaps(table):
    table.loc[::7, "a"] = np.nan
    table.loc[::11, "c"] = None
    table.to_csv("odd.csv", index=False)


def quotes(table):
    table["c"] = 'say "x", or\nnothing; ' + table["c"]
    table.to_csv("odd.csv", index=False)


def odd_names(table):
    table.rename(columns={"a": "[bold]a[/bold]", "b": "λ $x_1^2$", "c": "<script>"}).to_csv("odd.csv", index=False)


def numbers_as_labels(table):
    table.assign(label=(table["label"] == "yes") * 7).to_csv("odd.csv", index=False)


def many_classes(table):
    table.assign(label=np.arange(len(table)) % 6).to_csv("odd.csv", index=False)


@pytest.mark.parametrize(
    "make",
    [semicolons, byte_order_mark, packed, parquet, dates, gaps, quotes, odd_names, numbers_as_labels, many_classes],
    ids=lambda make: make.__name__,
)
def test_tables_as_people_have_them(folder, wellfit, make):
    make(pd.read_csv("good.csv"))
    name = next(path.name for path in folder.iterdir() if path.name.startswith("odd."))
    answer = wellfit("fit", name, "-t", "label", "--out", "run", quick=True)
    assert answer.code == 0
    assert wellfit("predict", "run", name, "--out", "predictions.csv").code == 0
    assert len(pd.read_csv("predictions.csv")) == 60


def test_useless_columns_and_missing_targets_are_told(folder, wellfit):
    table = pd.read_csv("good.csv").assign(same=1, empty=np.nan)
    table.loc[3:9, "label"] = None
    table.to_csv("odd.csv", index=False)
    answer = wellfit("fit", "odd.csv", "-t", "label", "--out", "run", quick=True)
    assert answer.code == 0
    warned = [line for line in answer.err.splitlines() if line.startswith("warning: ")]
    assert len(warned) == 3
    assert any("'same'" in line for line in warned)
    assert any("'empty'" in line for line in warned)
    assert any("7 of 60 rows" in line for line in warned)
    assert json.loads((folder / "run" / "result.json").read_text())["warnings"] == [line.removeprefix("warning: ") for line in warned]


def test_two_columns_get_a_decision_boundary(folder, wellfit):
    pd.read_csv("good.csv").drop(columns="c").to_csv("two.csv", index=False)
    wellfit("fit", "two.csv", "-t", "label", "--out", "run", quick=True, pictures=True)
    assert (folder / "run" / "decision_boundary.png").read_bytes().startswith(b"\x89PNG")


# === Settings ===


def test_settings_reach_the_networks(folder, wellfit):
    options = (
        "--hidden 5,4 --hidden none --l2 0.5 --dropout 0.1,0.4 --activation tanh --learning-rate 0.02 --batch-size 9 --epochs 3 --seeds 1"
    )
    answer = wellfit("fit", "good.csv", "-t", "label", "--json", "--out", "run", *options.split())
    grid = answer.object["grid"]
    assert grid == {
        "hidden": [[5, 4], []],
        "l2": [0.5],
        "dropout": [0.1, 0.4],
        "learning_rate": 0.02,
        "activation": "tanh",
        "epochs": 3,
        "batch_size": 9,
        "seeds": 1,
    }
    # Without a hidden layer there is nothing to drop; each setting is trained on five folds.
    assert answer.object["search"]["networks"] == 5 * (2 + 2 + 2 + 2)
    assert answer.object["plan"] == {"plan": "regularisation", **grid}
    training = load(folder / "run" / "model.safetensors").networks[0].spec.training
    assert (training.schedule.learning_rate, training.batch_size, training.epochs) == (0.02, 9, 3)


def test_a_target_error_is_what_underfitting_is_measured_from(folder, wellfit):
    answer = wellfit("fit", "good.csv", "-t", "label", "--json", "--out", "run", "--target-error", "0.25", quick=True)
    assert answer.object["reference"] == {"name": "the target error", "error": {"estimate": 0.25, "low": 0.25, "high": 0.25}}


def test_a_learning_rate_of_a_million_ends_as_diverged(folder, wellfit):
    argv = (
        "fit",
        "prices.csv",
        "-t",
        "price",
        "--out",
        "run",
        "--learning-rate",
        "1e6",
        "--epochs",
        "20",
        "--hidden",
        "16,16",
        "--seeds",
        "2",
    )
    answer = wellfit(*argv)
    assert answer.code == 0
    assert [line.split()[-1] for line in answer.out.splitlines() if names_a_regulariser(line)] == ["diverged"] * 4
    assert "No network can be chosen. The first diverged at epoch " in answer.out
    assert "nan" not in answer.out
    assert "All networks diverged: lower the learning rate, or look for outliers in the table." in answer.err
    assert answer.err.splitlines()[-1].startswith("warning: ")
    result = json.loads((folder / "run" / "result.json").read_text())
    assert all(each["divergence"].startswith("diverged at epoch ") for each in result["regularisers"])
    assert np.isfinite(load(folder / "run" / "model.safetensors").predict(pd.read_csv("prices.csv"))).all()


# === Words ===


def test_one_of_anything_is_no_plural(folder, wellfit):
    pd.read_csv("good.csv")[["a", "label"]].to_csv("one.csv", index=False)
    answer = wellfit("fit", "one.csv", "-t", "label", "--out", "run", "--hidden", "1", "--l2", "0", "--epochs", "1", "--seeds", "1")
    assert answer.code == 0
    assert wellfit("fit", "one.csv", "-t", "label", "--out", "study", "--trials", "1").code == 0
    pages = [re.sub("<[^>]+>", " ", (folder / name / "report.html").read_text()) for name in ("run", "study")]
    said = " ".join(" ".join([answer.out, answer.err, *pages]).split())
    assert "1 column becomes 1 input" in said
    nouns = "row|column|network|epoch|input|setting|seed|class|round|fold|time"
    assert re.findall(rf"(?<![\d.,-])1 (?:more |training |dev |test )?(?:{nouns})s\b.*", said) == []


def test_the_error_beside_that_of_a_simple_model_is_worded_in_one_direction(folder, wellfit):
    answer = wellfit("fit", "good.csv", "-t", "label", "--out", "run", quick=True)
    test = json.loads((folder / "run" / "result.json").read_text())["test"]
    others = {each["name"]: each["error"]["estimate"] for each in test["references"]}
    difference = test["error"]["estimate"] - others[test["advantage"]["over"]]
    side = r"(?:([\d.]+) points (higher|lower) than|the same as) that of .*"
    words = re.search(rf"its error is {side} \(95 %, same rows: (\S+) to (\S+)\)", test["reason"])
    assert words[0] in " ".join(answer.out.split())
    size, low, high = (float(words[place] or 0) for place in (1, 3, 4))
    shown = -size if words[2] == "lower" else size
    assert shown == pytest.approx(100 * difference, abs=0.0501)
    assert low <= shown <= high


# === Terminals ===


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 300])
def test_every_width_shows_every_figure(folder, wellfit, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    answer = wellfit("fit", "good.csv", "-t", "label", "--out", "run", quick=True)
    assert answer.code == 0
    assert "…" not in answer.out
    words = " ".join(answer.out.split())
    result = json.loads((folder / "run" / "result.json").read_text())
    for each in result["regularisers"]:
        assert f"{100 * each['train_error']['estimate']:.1f}" in words
        assert f"{100 * each['gap']['high']:+.1f}" in words


def test_a_terminal_without_greek_letters_is_no_obstacle(folder, monkeypatch):
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="ascii") for _ in range(2))
    monkeypatch.setattr("wellfit.plots.is_available", lambda: False)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    assert main(["fit", "good.csv", "-t", "label", "--out", "run", "--epochs", "2", "--seeds", "1", "--hidden", "3"]) == 0
    out.flush()
    said = out.buffer.getvalue().decode("ascii")
    assert "The best network alone" in said
    assert "?" in said


@pytest.mark.parametrize(
    "verb",
    [
        ("fit", "counts.csv", "--out", "run"),
        ("fit", "counts.csv", "--out", "run", "--trials", "1"),
        ("diagnose", "counts.csv", "--time", "1"),
    ],
)
def test_whether_numbers_are_classes_is_announced_with_how_to_decide(folder, wellfit, verb):
    table = pd.read_csv("good.csv").drop(columns="label")
    table["stars"] = 1 + np.arange(60) % 3
    table["visits"] = np.minimum(np.arange(60) % 10, 8) + (np.arange(60) == 59) * 4
    table.to_csv("counts.csv", index=False)
    quick = "run" in verb and "--trials" not in verb
    stars = wellfit(*verb, "-t", "stars", quick=quick)
    assert stars.code == 0
    words = " ".join(stars.out.split())
    assert "target 'stars': 3 classes, 1 (20), 2 (20), 3 (20). 'stars' has few distinct whole numbers and is treated as classes; " in words
    assert "set task (--task) to regression to predict a number." in words
    if quick:
        decided = wellfit("fit", "counts.csv", "--out", "decided", "-t", "stars", "--task", "regression", quick=True)
        assert "target 'stars': a number, 1 to 3, standard deviation 0.803\n" in decided.out
    # A class of one row could not be split.
    visits = wellfit(
        *verb[:2],
        *(("--out", "other") if "--out" in verb else ()),
        *verb[4 if "--out" in verb else 2 :],
        "-t",
        "visits",
        "--json",
        quick=quick,
    ).object
    assert visits["table"]["task"] == "regression"
    assert visits["table"]["task_guess"] == (
        "'visits' is treated as a number because a value occurs only once; set task (--task) to classification to predict a class."
    )


def test_classes_that_are_asked_for_must_be_large_enough(folder, wellfit):
    table = pd.read_csv("good.csv").drop(columns="label")
    table["visits"] = np.minimum(np.arange(60) % 10, 8) + (np.arange(60) == 59) * 4
    table.to_csv("counts.csv", index=False)
    answer = wellfit("fit", "counts.csv", "-t", "visits", "--task", "classification", quick=True)
    assert answer.code == 2
    assert answer.err == (
        "error: class '12' has 1 row, too few to split: at least 2 are needed; drop its row, join it with another class, or set task "
        "(--task) to regression.\n"
    )
    table.assign(visits=np.where(table.index == 3, "rare", np.where(table.index % 2, "a", "b"))).to_csv("words.csv", index=False)
    answer = wellfit("fit", "words.csv", "-t", "visits", quick=True)
    assert answer.err.endswith("drop its row or join it with another class.\n")


@pytest.mark.parametrize("task", ["auto", "regression"])
@pytest.mark.parametrize("verb", ["fit", "diagnose"])
def test_dates_are_no_target(folder, wellfit, verb, task):
    days = pd.date_range("2024-01-01", periods=60)
    pd.read_csv("good.csv").assign(day=days).to_csv("days.csv", index=False)
    answer = wellfit(verb, "days.csv", "-t", "day", "--task", task)
    assert answer.code == 2
    assert answer.err == (
        "error: target 'day' holds dates ('2024-01-01' in row 1), and a regression predicts numbers; convert them to numbers, such as days "
        "since a date.\n"
    )
