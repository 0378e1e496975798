"""Encoding of many categories by the target, against scikit-learn's encoder."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import PredefinedSplit
from sklearn.preprocessing import TargetEncoder

from wellfit.errors import DataError
from wellfit.table.preparation.by_target import FOLDS, ManyLevels, TargetValues, encodings
from wellfit.table.preparation.learn import prepare_table
from wellfit.table.preparation.preparation import Preparation

TARGETS = {"continuous": 0, "binary": 2, "multiclass": 4}


def table(rows=600, levels=60, seed=0):
    """A column of many categories, some of them rare, with gaps; and a target that hangs on it."""
    rng = np.random.default_rng(seed)
    number = np.minimum(rng.geometric(0.04, rows), levels)
    town = pd.Series([f"town {place:03}" for place in number], dtype=object).mask(rng.random(rows) < 0.05)
    frame = pd.DataFrame({"town": town, "size": rng.normal(size=rows)})
    frame["town"] = frame["town"].astype(object)
    score = np.sin(number) + rng.normal(size=rows)
    return frame, score


def coded(score, classes):
    return score if not classes else np.digitize(score, np.quantile(score, np.arange(1, classes) / classes)).astype(float)


@pytest.mark.parametrize("kind", TARGETS)
def test_encoded_as_by_scikit_learn_for_the_same_folds(kind):
    frame, score = table()
    target, classes = coded(score, TARGETS[kind]), TARGETS[kind]
    rows = np.arange(0, 600, 2)
    others = np.setdiff1d(np.arange(600), rows)
    preparation, X = prepare_table(frame, rows, target=target, classes=classes, seed=3, dtype=np.float64)

    folds = TargetValues.of(target[rows], classes, seed=3).folds
    theirs = TargetEncoder(target_type=kind, cv=PredefinedSplit(folds))
    given = frame[["town"]].astype(object).where(frame["town"].notna(), None)
    training = theirs.fit_transform(given.iloc[rows], target[rows])
    rest = theirs.transform(given.iloc[others])
    mean, scale = training.mean(axis=0), training.std(axis=0)
    outputs = training.shape[1]
    encoded = ["town: encoded"] if outputs == 1 else [f"town: encoded {number}" for number in range(1, outputs + 1)]
    assert preparation.names == [*encoded, "size"]
    np.testing.assert_allclose(X[rows, :outputs], (training - mean) / scale, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(X[others, :outputs], (rest - mean) / scale, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(X[others], preparation.transform(frame.iloc[others], np.float64).X)


def test_how_often_a_category_comes_stands_beside_where_they_are_very_many():
    rng = np.random.default_rng(0)
    towns = pd.Series("town " + rng.geometric(0.01, 2000).astype(str).astype(object))
    frame = towns.mask(rng.random(2000) < 0.1).to_frame("town")
    rows = np.arange(0, 2000, 2)
    preparation, X = prepare_table(frame, rows, target=rng.normal(size=2000), dtype=np.float64)
    assert preparation.names == ["town: encoded", "town: frequency"]
    named = frame["town"].fillna("gap")
    counts = np.log1p(named.map(named.iloc[rows].value_counts()).fillna(0).to_numpy())
    np.testing.assert_allclose(X[:, 1], (counts - counts[rows].mean()) / counts[rows].std(), rtol=1e-9)
    assert Preparation.from_dict(json.loads(json.dumps(preparation.to_dict())), preparation.arrays()) == preparation


def test_training_rows_do_not_see_their_own_target():
    frame, score = table()
    rows = np.arange(400)
    first = prepare_table(frame, rows, target=score, dtype=np.float64)[1]
    scale = fit_scale(frame, rows, score)
    changed = score.copy()
    changed[7] = score[7] + 1e-3  # too little to change the folds
    second = prepare_table(frame, rows, target=changed, dtype=np.float64)[1]
    # Only the scale of the column, which all rows share, may have moved.
    np.testing.assert_allclose(
        second[7, 0] * fit_scale(frame, rows, changed)[1] + fit_scale(frame, rows, changed)[0],
        first[7, 0] * scale[1] + scale[0],
        rtol=1e-12,
    )
    full = prepare_table(frame, rows, target=score)[0].transform(frame.iloc[rows], np.float64).X
    assert np.corrcoef(full[:, 0], score[rows])[0, 1] > np.corrcoef(first[rows, 0], score[rows])[0, 1] + 0.03


def fit_scale(frame, rows, target):
    column = prepare_table(frame, rows, target=target)[0].columns[0]
    return column.mean[0], column.scale[0]


def test_other_rows_change_nothing():
    frame, score = table()
    rows = np.arange(300)
    other, other_score = frame.copy(), score.copy()
    other.loc[300:, "town"] = "elsewhere"
    other_score[300:] = np.nan
    first, second = prepare_table(frame, rows, target=score), prepare_table(other, rows, target=other_score)
    assert first[0] == second[0]
    np.testing.assert_array_equal(first[1][rows], second[1][rows])


def test_folds_share_the_classes_and_low_and_high_numbers():
    for classes in (0, 2, 3):
        target = coded(np.random.default_rng(0).normal(size=100), classes)
        folds = TargetValues.of(target, classes, seed=0).folds
        assert np.bincount(folds).tolist() == [20] * FOLDS
        means = [target[folds == fold].mean() for fold in range(FOLDS)]
        assert np.ptp(means) < 0.2 * target.std()
    assert (TargetValues.of(target, 3, seed=0).folds != TargetValues.of(target, 3, seed=1).folds).any()


def test_new_categories_get_the_mean_of_all_and_are_said():
    frame, score = table()
    preparation, _ = prepare_table(frame, target=score)
    X, notes = preparation.transform(pd.DataFrame({"town": ["Atlantis", None], "size": [0.0, 0.0]}), np.float64)
    column = preparation.columns[0]
    np.testing.assert_allclose(X[0, 0] * column.scale[0] + column.mean[0], score.mean(), rtol=1e-9)
    assert notes == ["column 'town': 1 cell with categories unknown from training ('Atlantis'): given the mean of all."]
    whole = frame.assign(town=frame["town"].fillna("town 001"))
    later = prepare_table(whole, target=score)[0].transform(frame.iloc[:0:-1])
    assert any(note.startswith("column 'town': ") and "missing value" in note for note in later.notes)


def test_few_categories_and_no_target_are_coded_one_by_one():
    frame, score = table(levels=20)
    preparation, X = prepare_table(frame, target=score)
    np.testing.assert_array_equal(X, prepare_table(frame)[0].transform(frame).X)
    assert "town = town 001" in preparation.names
    many, _ = table()
    assert prepare_table(many)[0].names == prepare_table(many)[0].names
    assert "town = town 001" in prepare_table(many)[0].names


def test_fewer_categories_than_classes_are_coded_one_by_one():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"town": rng.integers(0, 40, 2000).astype(str) + "x"})
    preparation, _ = prepare_table(frame, target=rng.integers(0, 50, 2000), classes=50)
    assert len(preparation.names) == 40


def test_what_was_done_is_said():
    frame, score = table()
    preparation, _ = prepare_table(frame, target=score)
    count = frame["town"].nunique()
    assert preparation.notes == (
        f"column 'town' has {count} categories: each is encoded by the mean of the target in its training rows.",
        "missing values in the training rows of 'town': made a separate category.",
    )


@pytest.mark.parametrize(
    ("target", "rows", "message"),
    [
        (np.zeros(5), None, r"one value for each of the 600 rows, found the shape \(5,\)"),
        (np.full(600, np.nan), None, "the target has missing values in the training rows; drop these rows"),
        (np.r_[np.inf, np.zeros(599)], np.arange(3), "the target has missing values"),
    ],
)
def test_targets_that_do_not_fit(target, rows, message):
    with pytest.raises(DataError, match=message):
        prepare_table(table()[0], rows, target=target)


def test_categories_can_be_named_that_look_like_numbers():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"code": rng.integers(0, 50, 1000), "n": rng.normal(size=1000)})
    preparation, _ = prepare_table(frame, categories=["code"], target=rng.normal(size=1000))
    assert preparation.names == ["code: encoded", "n"]
    assert prepare_table(frame)[0].names == ["code", "n"]
    with pytest.raises(DataError, match="columns that hold categories are not in the table: 'cod'"):
        prepare_table(frame, categories=["cod"])


def test_a_category_of_one_row_and_one_of_equal_targets():
    values = np.array([[1.0], [1.0], [0.0], [0.0], [1.0]])
    found = encodings(np.array([0, 0, 1, 2, 2]), values, 4)[:, 0]
    # Equal targets leave no doubt (w = 1); without rows there is only the mean of all.
    np.testing.assert_allclose(found[[0, 1, 3]], [1, 0, 0.6])
    weight = 0.24 * 2 / (0.24 * 2 + 0.25)
    np.testing.assert_allclose(found[2], weight * 0.5 + (1 - weight) * 0.6)


@pytest.mark.parametrize("rows", [1, 2, 4, 5])
def test_fewer_rows_than_folds(rows):
    target = TargetValues.of(np.arange(rows, dtype=float), 0, seed=0)
    column, training = ManyLevels("a", rows, gaps=False).fit(np.arange(rows), [f"t{row}" for row in range(rows)], target)
    assert np.isfinite(training).all()
    assert np.isfinite(column.encoding).all()


@pytest.mark.parametrize("kind", TARGETS)
def test_encoded_columns_survive_json_to_the_last_bit(kind):
    frame, score = table()
    preparation, _ = prepare_table(frame, target=coded(score, TARGETS[kind]), classes=TARGETS[kind])
    again = Preparation.from_dict(json.loads(json.dumps(preparation.to_dict())), preparation.arrays())
    assert again == preparation
    np.testing.assert_array_equal(again.transform(frame).X, preparation.transform(frame).X)
