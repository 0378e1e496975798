"""``wellfit predict``: predictions, probabilities, and what is said of tables that differ."""

import io
import os

import numpy as np
import pandas as pd
import pytest

from wellfit.store import load


@pytest.fixture
def fitted(folder, wellfit):
    assert wellfit("fit", "good.csv", "-t", "label", "--out", "run", quick=True).code == 0
    assert wellfit("fit", "prices.csv", "-t", "price", "--out", "numbers", quick=True).code == 0
    return folder


def test_predictions_go_to_a_file(fitted, wellfit):
    answer = wellfit("predict", "run/model.safetensors", "good.csv", "--out", "predictions.csv")
    assert answer.code == 0
    assert "60 predictions of 'label' written to predictions.csv" in answer.out
    found, model = pd.read_csv("predictions.csv"), load("run/model.safetensors")
    assert found.columns.tolist() == ["prediction", "probability of no", "probability of yes"]
    expected = model.apply(pd.read_csv("good.csv"))
    assert (found["prediction"] == expected.values).all()
    assert np.array_equal(found.iloc[:, 1:].to_numpy(), expected.probabilities)


def test_predictions_go_to_standard_output(fitted, wellfit):
    answer = wellfit("predict", "run", "good.csv")
    assert len(pd.read_csv(io.StringIO(answer.out))) == 60
    assert wellfit("predict", "numbers", "prices.csv").out.splitlines()[0] == "prediction"


def test_json_holds_predictions_and_probabilities(fitted, wellfit):
    found = wellfit("predict", "run", "good.csv", "--json").object
    assert found["target"] == "label"
    assert found["classes"] == ["no", "yes"]
    assert found["rows"] == len(found["predictions"]) == len(found["probabilities"]) == 60
    assert np.allclose(np.sum(found["probabilities"], axis=1), 1)
    numbers = wellfit("predict", "numbers", "prices.csv", "--json").object
    assert "probabilities" not in numbers
    assert np.isfinite(numbers["predictions"]).all()
    with_file = wellfit("predict", "run", "good.csv", "--out", "file.csv", "--json").object
    assert with_file["out"] == "file.csv"
    assert "predictions" not in with_file


def test_where_the_target_is_known_the_error_is_told(fitted, wellfit):
    answer = wellfit("predict", "run", "good.csv")
    wrong = pd.read_csv(io.StringIO(answer.out))["prediction"] != pd.read_csv("good.csv")["label"]
    assert f"the table holds the target 'label': error {100 * wrong.mean():.1f} %" in answer.err
    numbers = wellfit("predict", "numbers", "prices.csv")
    squares = (pd.read_csv(io.StringIO(numbers.out))["prediction"] - pd.read_csv("prices.csv")["price"]) ** 2
    assert f"RMSE {np.sqrt(squares.mean()):.2f}" in numbers.err
    pd.read_csv("good.csv").assign(label="perhaps").to_csv("other.csv", index=False)
    assert "could not be compared" in wellfit("predict", "run", "other.csv").err


def test_tables_that_differ_are_told_and_predicted(fitted, wellfit):
    table = pd.read_csv("good.csv").drop(columns="label").assign(new=1)
    table.loc[5, "c"] = "never seen"
    table.loc[6, "a"] = np.nan
    table.to_csv("other.csv", index=False)
    answer = wellfit("predict", "run", "other.csv")
    assert answer.code == 0
    assert "ignored: 'new'" in answer.err
    assert "'c'" in answer.err
    assert len(pd.read_csv(io.StringIO(answer.out))) == 60
    assert "target" not in answer.err


def test_the_order_of_columns_does_not_matter(fitted, wellfit):
    pd.read_csv("good.csv")[["c", "label", "b", "a"]].to_csv("turned.csv", index=False)
    assert wellfit("predict", "run", "turned.csv").out == wellfit("predict", "run", "good.csv").out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda table: table.drop(columns="b"), "the table lacks column 'b' of the training table; add it"),
        (lambda table: table.rename(columns={"a": "p", "b": "q"}), "the table lacks 2 columns ('a', 'b') of the training table"),
        (lambda table: table.assign(a=["oops", *table["a"][1:]]), "column 'a' holds 'oops' in row 1"),
        (lambda table: table.assign(a=[np.inf, *table["a"][1:]]), "column 'a' holds inf in row 1"),
        (lambda table: table.head(0), "no rows"),
    ],
)
def test_tables_that_cannot_be_used(fitted, wellfit, change, words):
    change(pd.read_csv("good.csv")).to_csv("other.csv", index=False)
    answer = wellfit("predict", "run", "other.csv", "--out", "predictions.csv")
    assert answer.code == 2
    assert words in answer.err
    assert len(answer.err.splitlines()) == 1
    assert not (fitted / "predictions.csv").exists()


def test_a_damaged_model_is_refused(fitted, wellfit):
    content = bytearray((fitted / "run" / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (fitted / "damaged").write_bytes(content)
    answer = wellfit("predict", "damaged", "good.csv")
    assert answer.code == 2
    assert answer.err == "error: 'damaged' is damaged: its content does not match its checksum; take another copy.\n"


def test_what_cannot_be_written_to_is_told(fitted, wellfit):
    assert "is a folder; name a file" in wellfit("predict", "run", "good.csv", "--out", "run").err
    assert "there is no folder 'nowhere'; make it" in wellfit("predict", "run", "good.csv", "--out", "nowhere/file.csv").err
    assert "is not a regular file; name a file" in wellfit("predict", "run", "good.csv", "--out", os.devnull).err


def test_rows_far_outside_the_training_range_are_told(fitted, wellfit):
    table = pd.read_csv("good.csv").drop(columns="label")
    table.loc[7, "a"] *= 1000 / abs(table.loc[7, "a"]) * 3
    table.to_csv("far.csv", index=False)
    answer = wellfit("predict", "run", "far.csv")
    assert "note: column 'a': 1 of 60 rows (1.67 %) lies far outside the training range, " in answer.err
    assert len(wellfit("predict", "run", "far.csv", "--json").object["notes"]) == 1
    assert wellfit("predict", "run", "good.csv", "--json").object["notes"][0].startswith("the table holds the target")


@pytest.fixture
def exports(folder):
    """The same table twice: as Americans write it, and as Europeans do."""
    draw = np.random.default_rng(3)
    table = pd.DataFrame(
        {"a": draw.normal(5, 3, 60).round(2), "people": draw.uniform(101, 999, 60).round(3), "c": draw.choice(["x", "y"], 60)}
    )
    table["price"] = (2 * table["a"] + table["people"] / 100).round(2)
    table.to_csv("points.csv", index=False)
    digits = {"a": 2, "people": 3, "price": 2}
    text = {name: [f"{value:.{places}f}".replace(".", ",") for value in table[name]] for name, places in digits.items()}
    table.assign(**text).to_csv("commas.csv", sep=";", index=False)
    return folder


def test_decimal_commas_and_points_give_the_same_predictions(exports, wellfit):
    predictions = set()
    for name in ("points", "commas"):
        assert wellfit("fit", f"{name}.csv", "-t", "price", "--out", name, quick=True).code == 0
        for other in ("points", "commas"):
            answer = wellfit("predict", name, f"{other}.csv")
            predictions.add(answer.out)
            assert ("though" in answer.err) == (other == "commas")
            assert "the table holds the target 'price': RMSE" in answer.err
    assert len(predictions) == 1
    sure = wellfit("predict", "points", "commas.csv", "--decimal", ",")
    assert sure.out in predictions
    assert "though" not in sure.err
    assert "far outside the training range" in wellfit("predict", "points", "commas.csv", "--decimal", ".").err
    assert wellfit("predict", "points", "commas.csv", "--decimal", ";").code == 2


def test_the_decimal_sign_can_be_said_to_every_command(exports, wellfit):
    doubt = "column 'people': numbers written like"
    doubted = wellfit("fit", "commas.csv", "-t", "price", "--out", "doubted", quick=True)
    assert doubt in doubted.err
    sure = wellfit("fit", "commas.csv", "-t", "price", "--out", "sure", "--decimal", ",", quick=True)
    assert (sure.code, doubt in sure.err) == (0, False)
    assert "--decimal=," in (exports / "sure" / "report.html").read_text()
    assert "though" not in wellfit("diagnose", "commas.csv", "--model", "sure", "--time", "1").err
    for verb in (("fit", "commas.csv", "-t", "price"), ("fit", "commas.csv", "-t", "price", "--trials", "1"), ("diagnose", "commas.csv")):
        answer = wellfit(*verb, "--decimal", "comma")
        assert answer.code == 2
        assert answer.err == "error: decimal must be '.' or ',', found 'comma'.\n"


def test_a_target_too_far_from_the_predictions_is_not_compared(fitted, wellfit):
    pd.read_csv("prices.csv").assign(price=1e200).to_csv("far.csv", index=False)
    answer = wellfit("predict", "numbers", "far.csv", "--out", "predictions.csv")
    assert answer.code == 0
    assert "could not be compared: it is too far from the predictions" in answer.err
