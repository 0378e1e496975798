"""The column to predict: its coding, and back."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import LabelEncoder, StandardScaler

from wellfit.errors import DataError, ModelFileError
from wellfit.table.coding import TargetCoding
from wellfit.table.target import read_target

# === Classes ===

LABELS = {
    "words": (["b", "a", "b", "c"], ("a", "b", "c"), str),
    "whole numbers": ([3, 1, 3, 10], (1, 3, 10), np.int64),
    "whole numbers read as floats": ([3.0, 1.0, 3.0, 10.0], (1, 3, 10), np.int64),
    "numbers": ([0.5, 0.25, 0.5, 2.0], (0.25, 0.5, 2.0), np.float64),
    "truth values": ([True, False, True, True], (False, True), np.bool_),
    "truth values in text": (["true", "FALSE", "true", "True"], (False, True), np.bool_),
    "declared categories": (pd.Categorical(["b", "a", "b", "c"], categories=["z", "c", "b", "a"]), ("a", "b", "c"), str),
}


@pytest.mark.parametrize("case", LABELS)
def test_labels_go_there_and_back(case):
    values, classes, kind = LABELS[case]
    target = pd.Series(values, name="y")
    coding = read_target(target, "classification").coding()
    assert coding.classes == classes
    codes = coding.encode(target, np.float64)
    assert codes.shape == (4, 1)
    probabilities = codes if coding.outputs == 1 else np.eye(len(classes))[codes[:, 0].astype(int)]
    decoded = coding.decode(probabilities)
    assert isinstance(decoded[0], kind)
    np.testing.assert_array_equal(coding.encode(pd.Series(decoded), np.float64), codes)


@given(st.lists(st.sampled_from(["x", "y", "zz", "Ä"]), min_size=2).filter(lambda labels: len(set(labels)) > 1))
def test_codes_agree_with_scikit_learns(labels):
    coding = read_target(pd.Series(labels), "classification").coding()
    theirs = LabelEncoder().fit(labels)
    assert list(coding.classes) == theirs.classes_.tolist()
    np.testing.assert_array_equal(coding.encode(pd.Series(labels))[:, 0], theirs.transform(labels))


def test_gaps_are_nan_and_new_labels_are_refused():
    coding = read_target(pd.Series(["no", "yes", None], name="y")).coding()
    np.testing.assert_array_equal(coding.encode(pd.Series(["yes", None, "no"])), [[1], [np.nan], [0]])
    with pytest.raises(DataError, match="holds maybe in row 2, which is not one of the classes of the training table: 'no', 'yes'"):
        coding.encode(pd.Series(["yes", "maybe"]))
    numbers = read_target(pd.Series([1, 2, 3] * 9, name="y")).coding()
    np.testing.assert_array_equal(numbers.encode(pd.Series([" 2", None, "3"])), [[1], [np.nan], [2]])
    with pytest.raises(DataError, match=r"holds 7.0 in row 1, which is not one of"):
        numbers.encode(pd.Series([7, 1]))


def test_probabilities_have_one_column_a_class():
    two, three = TargetCoding("y", "classification", ("a", "b")), TargetCoding("y", "classification", ("a", "b", "c"))
    assert (two.outputs, three.outputs, TargetCoding("y", "regression").outputs) == (1, 3, 1)
    np.testing.assert_allclose(two.probabilities([[0.25], [0.75]]), [[0.75, 0.25], [0.25, 0.75]])
    np.testing.assert_allclose(three.probabilities([[0.2, 0.5, 0.3]]), [[0.2, 0.5, 0.3]])
    assert two.decode([[0.25], [0.75]]).tolist() == ["a", "b"]
    assert three.decode([[0.2, 0.5, 0.3]]).tolist() == ["b"]
    with pytest.raises(DataError, match=r"outputs must have the shape \(rows, 3\), found \(1, 1\)"):
        three.decode([[0.5]])
    with pytest.raises(DataError, match="a regression has no probabilities"):
        TargetCoding("y", "regression").probabilities([[0.5]])


def test_one_class_is_too_few():
    with pytest.raises(DataError, match=r"target 'y' holds only one class \('a'\)"):
        read_target(pd.Series(["a", "a", None], name="y")).coding()


# === Values ===


def test_values_are_scaled_by_the_training_rows_as_scikit_learn_does():
    values = pd.Series(np.random.default_rng(0).normal(300, 20, 50), name="y")
    rows = np.arange(0, 50, 2)
    coding = read_target(values).coding(rows)
    theirs = StandardScaler().fit(values.to_numpy()[rows, None])
    np.testing.assert_allclose(coding.encode(values, np.float64), theirs.transform(values.to_numpy()[:, None]), rtol=1e-12)
    np.testing.assert_allclose(coding.decode(coding.encode(values, np.float64)), values, rtol=1e-12)
    assert coding.encode(values).dtype == np.float32


def test_other_rows_change_no_scale():
    values = pd.Series(np.linspace(0, 1, 20), name="y")
    other = values.where(values.index < 10, 1e9)
    assert read_target(values).coding(np.arange(10)) == read_target(other).coding(np.arange(10))


def test_gaps_and_large_values():
    coding = read_target(pd.Series([1e300, -1e300, None, 0.5], name="y")).coding()
    encoded = coding.encode(pd.Series([1e300, -1e300, None, 0.5]), np.float64)
    assert np.isfinite(encoded[[0, 1, 3]]).all()
    assert np.isnan(encoded[2, 0])


@pytest.mark.parametrize(
    ("values", "rows", "message"),
    [
        ([2.5, 2.5, 2.5], None, "target 'y' holds only 2.5 in the training rows"),
        ([2.5, 2.5, 3.5], [0, 1], "target 'y' holds only 2.5 in the training rows"),
        ([None, None, 3.5], [0, 1], "target 'y' holds no value in the training rows"),
        ([1.5, np.inf, 3.5], None, "column 'y' holds inf in row 2"),
    ],
)
def test_values_that_cannot_be_learned(values, rows, message):
    with pytest.raises(DataError, match=message):
        read_target(pd.Series(values, name="y", dtype=float), "regression").coding(None if rows is None else np.array(rows))


# === In a file ===


@pytest.mark.parametrize(
    "target",
    [
        pd.Series(["a", "b", "c"], name="y"),
        pd.Series([True, False], name="y"),
        pd.Series([1, 2], name="y"),
        pd.Series([0.1, 1 / 3, 9.0], name="y"),
    ],
)
def test_a_coding_survives_json(target):
    coding = read_target(target).coding()
    assert TargetCoding.from_dict(json.loads(json.dumps(coding.to_dict()))) == coding


GOOD = TargetCoding("y", "classification", ("a", "b")).to_dict()


@pytest.mark.parametrize(
    "damage",
    [
        {"name": 3},
        {"task": "clustering"},
        {"task": ["classification"]},
        {"task": "regression"},
        {"classes": []},
        {"classes": ["a"]},
        {"classes": ["a", "a"]},
        {"classes": ["a", 1]},
        {"classes": [["a"], ["b"]]},
        {"classes": "ab"},
        {"classes": [1.5, float("nan")]},
        {"classes": [1, 10**400]},
        {"mean": float("inf")},
        {"mean": 10**400},
        {"scale": 0.0},
        {"scale": "1"},
        {"more": 1},
    ],
)
def test_a_damaged_coding_is_refused(damage):
    with pytest.raises(ModelFileError, match="the file is damaged"):
        TargetCoding.from_dict(GOOD | damage)


@pytest.mark.parametrize("values", [None, [], "classes", {}])
def test_what_is_no_coding_is_refused(values):
    with pytest.raises(ModelFileError, match="must have the fields"):
        TargetCoding.from_dict(values)


@pytest.mark.parametrize("factor", [1e-305, 1e305])
def test_a_number_that_varies_by_more_or_less_than_float64_can_divide_by_is_refused(factor):
    with pytest.raises(DataError, match=r"a standard deviation of .* give it in other units, between 1e-300 and 1e\+300"):
        read_target(pd.Series([1.0, 2.0, 4.5, 9.0], name="y") * factor, "regression").coding()
