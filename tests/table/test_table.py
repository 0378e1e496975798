"""A labelled table: read once at every front door, and laid out alike for all its folds."""

import json
from collections import Counter

import numpy as np
import pandas as pd
import pytest

import wellfit
from wellfit.errors import DataError, DataWarning
from wellfit.runs.table_study import prepare_study, run_study
from wellfit.spec import Data
from wellfit.study.journal import Journal
from wellfit.study.plans import Plan
from wellfit.study.trial import Budget
from wellfit.table.preparation.by_target import TargetValues
from wellfit.table.preparation.preparation import Preparation
from wellfit.table.split import k_folds
from wellfit.table.table import check_groups, check_weights, make_table

ROWS = 200
QUICK = {"hidden": ((4,),), "l2": (0.1,), "dropout": (0.2,), "epochs": 2, "seeds": 1}


def mixed(rows=ROWS):
    """Texts that are categories, numbers and dates, and two labels."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=rows),
            "colour": rng.choice(["red", "green", "blue"], rows),
            "price": [f"{value:.2f}" for value in rng.normal(50, 9, rows)],
            "day": [f"2024-{1 + row % 12:02}-{1 + row % 28:02}" for row in range(rows)],
        }
    )
    return frame, pd.Series(rng.choice(["no", "yes"], rows), name="sick")


def rare(rows=60):
    """A table in which a category, a gap and a value come in a single row each."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "colour": rng.choice(["red", "green", "blue"], rows),
            "dose": rng.normal(size=rows),
            "flag": [0.0] * (rows - 1) + [1.0],
            "town": [f"town {row % 40}" for row in range(rows)],
        }
    )
    frame.loc[7, "colour"] = "violet"
    frame.loc[11, "dose"] = np.nan
    return frame, rng.choice(["no", "yes"], rows)


# === Once ===


def fit(frame, y):
    job = prepare_study(frame.assign(sick=y), Data(target="sick"), lambda frame: None, plan=Plan("regularisation", QUICK))
    with Journal.open(None, job.header()) as journal:
        return run_study(job, Budget(), journal)


DOORS = {
    "fit": fit,
    "search": lambda frame, y: wellfit.search(frame, y, max_trials=16),
    "estimator": lambda frame, y: wellfit.WellfitClassifier(random_state=0).fit(frame, y),
    "estimator that searches": lambda frame, y: wellfit.WellfitClassifier(random_state=0, max_trials=16).fit(frame, y),
}


@pytest.mark.parametrize("door", DOORS)
def test_each_text_is_gone_through_once(door, monkeypatch):
    factorised, parsed = Counter(), Counter()

    def factorize(values, *arguments, before=pd.factorize, **options):
        factorised[getattr(values, "name", None)] += 1
        return before(values, *arguments, **options)

    def numbers_in(texts, form="", before=wellfit.table.numerals.numbers_in):
        parsed.update(text for text in texts if "." in text)
        return before(texts, form)

    monkeypatch.setattr(pd, "factorize", factorize)
    monkeypatch.setattr("wellfit.table.numerals.numbers_in", numbers_in)
    frame, y = mixed()
    DOORS[door](frame, y)
    # The estimators' labels are coded by NumPy, as scikit-learn's are.
    once = ["colour", "price", "day"] if door.startswith("estimator") else ["colour", "price", "day", "sick"]
    assert {name: factorised[name] for name in once} == dict.fromkeys(once, 1)
    # The first texts show whether a column may hold numbers at all, and are then parsed with the others.
    assert max(parsed[text] for text in frame["price"]) <= 2


# === Laid out once ===


def test_all_folds_have_the_same_columns_and_numbers_of_their_own():
    frame, y = rare()
    table = make_table(frame, y).read()
    layout = table.lay_out()
    names, means = set(), set()
    for fold in k_folds(60, 5, np.random.default_rng(0)):
        values = TargetValues.of(table.target.values[fold.train], 2, 0)
        preparation, X = layout.prepare(table.columns, fold.train, values)
        names.add(tuple(preparation.names))
        means.add(preparation.arrays()["mean"].tobytes())
        assert np.isfinite(X).all()
        assert X.shape == (60, len(preparation.names))
        # The numbers are those of the training rows: neither other rows nor the layout have a part in them.
        dose = preparation.columns[1]
        assert dose.fill[0] == pytest.approx(frame["dose"].iloc[fold.train].median(), rel=1e-12)
        again = Preparation.from_dict(json.loads(json.dumps(preparation.to_dict())), preparation.arrays())
        assert again == preparation
        np.testing.assert_array_equal(again.transform(frame.iloc[fold.dev]).X, X[fold.dev])
    (shared,) = names
    assert {"colour = violet", "dose is missing", "flag", "town: encoded"} <= set(shared)
    assert len(means) == 5


def test_a_layout_learns_on_its_own_rows_what_it_was_laid_out_with():
    frame, y = rare()
    table = make_table(frame, y).read()
    rows = np.arange(0, 60, 2)
    with pytest.warns(DataWarning, match="'flag'"):
        on_some = table.lay_out(rows).learn(table.columns, rows, TargetValues.of(table.target.values[rows], 2, 0))[0]
    with pytest.warns(DataWarning, match="'flag'"):
        alone = table.take(rows).lay_out().learn(table.take(rows).columns, None, TargetValues.of(table.target.values[rows], 2, 0))[0]
    assert on_some == alone


def test_the_target_has_no_say_in_the_layout():
    frame, y = rare()
    other = y[::-1].copy()
    assert make_table(frame, y).read().lay_out() == make_table(frame, other).read().lay_out()


# === What kind a column is of ===


def test_test_rows_do_not_decide_what_a_column_holds():
    frame = pd.DataFrame({"code": ["1", "2", "3", "4"] * 10})
    y = [0, 1] * 20
    assert make_table(frame, y).read(np.arange(30)).columns["code"].reading.kind == "number"
    frame.loc[35:, "code"] = "word"
    with pytest.raises(DataError, match="column 'code' holds 'word' in row 36"):
        make_table(frame, y).read(np.arange(30))
    assert make_table(frame, y).read().columns["code"].reading.kind == "category"
    # A column of gaps alone is of no use, whatever the test rows hold.
    frame.loc[:34, "code"] = None
    assert np.isnan(make_table(frame, y).read(np.arange(30)).columns["code"].values).all()


def test_some_rows_of_a_table_are_counted_anew():
    frame, y = rare()
    weights, groups = np.arange(60.0), pd.Series(np.arange(60) // 3)
    table = make_table(frame, y, weights=weights, groups=groups).read()
    some = table.take(np.array([7, 11, 30]))
    assert some.frame.index.tolist() == [0, 1, 2]
    assert some.groups.tolist() == [2, 3, 10]
    assert some.weights.tolist() == [7.0, 11.0, 30.0]
    assert some.columns["colour"].categories()[1][0] == "violet"
    np.testing.assert_array_equal(some.target.values, table.target.values[[7, 11, 30]])


# === What belongs to the rows ===


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, 2.0], r"a value for each of the 3 rows, found the shape \(2,\)"),
        ([[1.0], [2.0], [1.0]], r"a value for each of the 3 rows, found the shape \(3, 1\)"),
        ([1.0, np.nan, 1.0], "finite numbers of at least 0, found nan in row 2"),
        (["much", 1, 1], "finite numbers of at least 0, found 'much' in row 1"),
        ([1.0, 1.0, -2.0], "at least 0, found -2 in row 3"),
        ([0, 0, 0], "found zero for every row"),
    ],
)
def test_weights_that_cannot_be_used(weights, message):
    with pytest.raises(DataError, match=message):
        check_weights(weights, 3)


def test_one_weight_is_that_of_all_rows():
    assert check_weights(2, 3).tolist() == [2.0, 2.0, 2.0]
    assert check_weights(None, 3) is None


def test_groups_are_one_a_row_and_none_is_missing_where_it_is_used():
    used = np.array([0, 2])
    assert check_groups(["a", None, "b"], 3, used).tolist()[::2] == ["a", "b"]
    with pytest.raises(DataError, match="groups has a missing value in row 3; give each row a group"):
        check_groups(["a", "b", None], 3, used)
    with pytest.raises(DataError, match="groups must have a value for each row, found 2 for 3 rows"):
        check_groups(["a", "b"], 3, used)
