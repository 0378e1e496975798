"""Columns of numbers that hold categories: named, or not."""

import numpy as np
import pandas as pd
import pytest

import wellfit
from wellfit import WellfitClassifier, WellfitRegressor
from wellfit.cli import main
from wellfit.errors import SpecError, SpecTypeError
from wellfit.spec import Data


def coded(rows=600):
    """Return codes that say all of the class, but not by their size, beside noise."""
    draw = np.random.default_rng(0)
    code = draw.integers(0, 60, rows)
    return pd.DataFrame({"code": code, "noise": draw.normal(size=rows)}), code * 7919 % 97 % 2


@pytest.mark.parametrize("named", [["code"], [0], np.array([0]), ("code",)])
def test_named_codes_are_categories(named):
    X, y = coded()
    model = WellfitClassifier(categorical_features=named, random_state=0).fit(X[:400], y[:400])
    assert model.model_.preparation.names[0] == "code: encoded"
    assert model.score(X[400:], y[400:]) == 1.0
    by_place = WellfitClassifier(categorical_features=[0], random_state=0).fit(X[:400].to_numpy(), y[:400])
    assert np.array_equal(by_place.predict(X[400:].to_numpy()), model.predict(X[400:]))


def test_unnamed_codes_are_numbers():
    X, y = coded()
    model = WellfitRegressor(random_state=0).fit(X, y)
    assert model.model_.preparation.names == ["code", "noise"]


@pytest.mark.parametrize(
    ("named", "error", "said"),
    [
        ("code", SpecTypeError, "must be a list of column names or indices"),
        (["cod"], SpecError, "'cod' is unknown; did you mean 'code'"),
        ([2], SpecError, "index 2, but the table has columns 0 to 1"),
        ([True], SpecTypeError, "found True"),
        ([0.5], SpecTypeError, "found 0.5"),
    ],
)
def test_columns_that_are_none_are_refused(named, error, said):
    X, y = coded(60)
    with pytest.raises(error) as caught:
        WellfitClassifier(categorical_features=named).fit(X, y)
    assert said in str(caught.value)


def test_command_line_names_categories(tmp_path, capsys):
    X, y = coded(300)
    X.assign(y=y).to_csv(tmp_path / "codes.csv", index=False)
    few = ["--hidden", "8", "--l2", "0.1", "--dropout", "0.1", "--seeds", "1", "--epochs", "2"]
    start = ["fit", str(tmp_path / "codes.csv"), "--target", "y", *few]
    assert main([*start, "--category", "code", "--out", str(tmp_path / "run")]) == 0
    assert wellfit.load(tmp_path / "run" / "model.safetensors").preparation.names[0] == "code: encoded"
    capsys.readouterr()
    assert main([*start, "--category", "cod", "--out", str(tmp_path / "other")]) == 2
    assert "that hold categories are not in the table: 'cod'" in capsys.readouterr().err.replace("\n", " ")


def test_a_target_is_no_column_of_categories():
    with pytest.raises(SpecError, match="names the target"):
        Data("y", categories=("y",))
    with pytest.raises(SpecTypeError, match="tuple of names"):
        Data("y", categories=(1,))
    assert Data.from_dict(Data("y", categories=("a",)).to_dict()) == Data("y", categories=("a",))
