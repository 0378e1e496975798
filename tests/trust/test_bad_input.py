"""What bad input gets: one line that names the column or the parameter, and what to do."""

import numpy as np
import pandas as pd
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from wellfit import MLPClassifier, WellfitClassifier, WellfitRegressor
from wellfit.cli import main
from wellfit.store import FORMAT, load, save

ROWS = 60
QUICK = ("--hidden", "6", "--l2", "0.1", "--dropout", "0.2", "--epochs", "6", "--seeds", "2")


@pytest.fixture
def good(tmp_path, monkeypatch):
    """A table that can be learned from, in a folder of its own, which is the current one."""
    monkeypatch.chdir(tmp_path)
    draw = np.random.default_rng(0)
    table = pd.DataFrame(
        {"a": draw.normal(size=ROWS).round(3), "b": draw.normal(size=ROWS).round(3), "c": draw.choice(["x", "y", "z"], ROWS)}
    )
    table["day"] = pd.date_range("2024-01-30", periods=ROWS).strftime("%Y-%m-%d")
    return table.assign(label=np.where(table["a"] + table["b"] > 0, "yes", "no"))


@pytest.fixture
def command(capfd, monkeypatch):
    """Call the command line without pictures; return its exit code and what it says."""

    def call(*argv):
        monkeypatch.setattr("wellfit.plots.is_available", lambda: False)
        capfd.readouterr()
        code = main([*map(str, argv)])
        return code, *capfd.readouterr()

    return call


def one_line(answer):
    """Return the one line of a mistake."""
    code, _, err = answer
    lines = [line for line in err.splitlines() if not line.startswith(("warning: ", "note: "))]
    assert code == 2
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    return lines[0]


# === Tables ===


@pytest.mark.parametrize(
    ("column", "row", "cell", "words"),
    [
        ("a", 7, "about 3", "column 'a' holds 'about 3' in row 8"),
        ("day", 9, "2024-02-30", "column 'day' holds '2024-02-30' in row 10"),
        ("day", 9, "soon", "column 'day' holds 'soon' in row 10"),
        ("a", 3, "inf", "column 'a' holds inf in row 4"),
    ],
)
def test_a_cell_that_does_not_fit_its_column_is_named(good, command, column, row, cell, words):
    good.astype({column: object}).assign(**{column: [*good[column][:row], cell, *good[column][row + 1 :]]}).to_csv("bad.csv", index=False)
    line = one_line(command("fit", "bad.csv", "-t", "label", "--out", "run", *QUICK))
    assert words in line
    assert "correct it or leave the cell empty" in line or "expected" in line or "finite" in line


def test_rows_without_a_target_are_left_out_and_that_is_said(good, command):
    good.loc[[3, 17], "label"] = None
    good.to_csv("gaps.csv", index=False)
    code, _, err = command("fit", "gaps.csv", "-t", "label", "--out", "run", *QUICK)
    assert code == 0
    assert "target 'label' has missing values in 2 of 60 rows: those rows are dropped" in err


@pytest.fixture
def model(good):
    """A model's file, and the table it was trained on."""
    good.to_csv("good.csv", index=False)
    estimator = WellfitClassifier(random_state=0, n_jobs=1).fit(good.drop(columns="label"), good["label"])
    save(estimator, "model.safetensors")
    return good


def test_a_table_without_one_of_the_columns_names_it(model, command):
    model.drop(columns="b").to_csv("less.csv", index=False)
    line = one_line(command("predict", "model.safetensors", "less.csv", "--out", "predictions.csv"))
    assert "the table lacks column 'b' of the training table" in line
    assert "add it" in line
    model.rename(columns={"b": "B "}).to_csv("other.csv", index=False)
    assert "'b'" in one_line(command("predict", "model.safetensors", "other.csv"))


def test_a_model_of_a_newer_version_asks_for_an_upgrade(model, command):
    with safe_open("model.safetensors", framework="numpy") as content:
        value = content.metadata()["wellfit"]
    save_file(load_file("model.safetensors"), "newer.safetensors", {"wellfit": f"{FORMAT + 1} {value.partition(' ')[2]}"})
    line = one_line(command("predict", "newer.safetensors", "good.csv"))
    assert f"'newer.safetensors' has model format {FORMAT + 1}, and wellfit" in line
    assert "upgrade wellfit" in line


def test_a_network_without_preparation_predicts_from_the_command_line(good, command):
    numbers = good[["a", "b"]]
    estimator = MLPClassifier(hidden_layer_sizes=(3,), max_iter=30, solver="lbfgs", random_state=0).fit(numbers, good["label"])
    save(estimator, "network.safetensors")
    good.to_csv("good.csv", index=False)
    code, _, _ = command("predict", "network.safetensors", "good.csv", "--out", "predictions.csv")
    found = pd.read_csv("predictions.csv")
    assert code == 0
    assert found["prediction"].tolist() == estimator.predict(numbers).tolist()
    np.testing.assert_array_equal(found[["probability of no", "probability of yes"]], estimator.predict_proba(numbers))
    good.drop(columns="b").to_csv("less.csv", index=False)
    assert "the table lacks 'b'" in one_line(command("predict", "network.safetensors", "less.csv"))
    good.assign(b="x").to_csv("words.csv", index=False)
    assert "takes numbers alone" in one_line(command("predict", "network.safetensors", "words.csv"))


# === Parameters ===


@pytest.mark.parametrize("kind", [MLPClassifier, WellfitClassifier, WellfitRegressor])
@pytest.mark.parametrize(
    ("weights", "words"),
    [([1.0] * 59 + [-1.0], "negative|at least 0"), ([0.0] * 60, "zero|at least one"), ([np.nan] * 60, "NaN|nan|finite")],
)
def test_weights_that_count_nothing_are_refused(good, kind, weights, words):
    X, y = good[["a", "b"]], good["label"] if kind is not WellfitRegressor else good["a"]
    with pytest.raises(ValueError, match=rf"(?i)weight.*({words})|({words}).*weight"):
        kind().fit(X, y, sample_weight=weights)


@pytest.mark.parametrize("kind", [MLPClassifier, WellfitClassifier])
def test_a_class_weight_for_no_class_is_named(good, kind):
    with pytest.raises(ValueError, match=r"class_weight.*maybe"):
        kind(class_weight={"yes": 2.0, "maybe": 1.0}).fit(good[["a", "b"]], good["label"])


@pytest.mark.parametrize("kind", [MLPClassifier, WellfitClassifier])
def test_an_eval_set_with_other_columns_is_refused(good, kind):
    X, y = good[["a", "b"]], good["label"]
    with pytest.raises(ValueError, match=r"feature names|lacks the column 'b'"):
        kind().fit(X, y, eval_set=(X.rename(columns={"b": "new"}), y))


def test_the_saved_model_is_the_estimators(model):
    found = load("model.safetensors")
    assert found.classes == ("no", "yes")
    assert len(found.predict(model)) == ROWS
