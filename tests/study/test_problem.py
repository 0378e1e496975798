"""Rows become tables, and parts: nothing is learned from rows that are not trained on."""

import numpy as np
import pandas as pd
import pytest

from wellfit.errors import DataError, SpecError
from wellfit.study.folds import capped, make_folds
from wellfit.study.problem import problem_of
from wellfit.table.split import Fold
from wellfit.table.table import make_table


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_table_is_learned_on_its_training_rows_alone(task, table_of, set_problem):
    frame, target = table_of(60, task=task)
    train = np.arange(0, 60, 2)
    before = set_problem(frame, target).prepared(train)
    other, others = frame.copy(), target.copy()
    other.iloc[1::2, :3] *= 100.0
    other.iloc[1::2, 3] = other.iloc[1::2, 3].to_numpy()[::-1]
    others.iloc[1::2] = others.iloc[1::2].to_numpy()[::-1] if task == "classification" else 1e3
    after = set_problem(other, others).prepared(train)
    assert after.preparation.to_dict() == before.preparation.to_dict()
    for name, values in before.preparation.arrays().items():
        np.testing.assert_array_equal(after.preparation.arrays()[name], values)
    assert after.coding == before.coding
    np.testing.assert_array_equal(after.X[train], before.X[train])
    np.testing.assert_array_equal(after.Y[train], before.Y[train])


def test_rows_without_a_target_are_left_out_and_parts_counted_anew(table_of, set_problem):
    frame, target = table_of(30)
    target[[3, 7]] = None
    usable = np.flatnonzero(target.notna())
    made = set_problem(frame, target, folds=[Fold(usable[:20], usable[20:])])
    assert len(made.values) == 28
    assert made.folds[0].train.tolist() == list(range(20))
    assert made.classes == ("no", "yes")
    assert set(np.unique(made.values)) == {0.0, 1.0}


def test_weights_are_one_on_the_average_of_the_training_rows(problem):
    made = problem(40, weights=np.linspace(1, 9, 40))
    rows = np.arange(10, 30)
    assert made.prepared(rows).weights[rows].mean() == pytest.approx(1.0, rel=1e-6)


def test_the_fingerprint_tells_every_cell(table_of, set_problem):
    frame, target = table_of(40)
    one = set_problem(frame, target).header(0)["table"]["fingerprint"]
    assert one == set_problem(frame.copy(), target.copy()).header(0)["table"]["fingerprint"]
    changed = frame.copy()
    changed.loc[7, "a"] += 1e-9
    assert set_problem(changed, target).header(0)["table"]["fingerprint"] != one
    changed = frame.copy()
    changed.loc[7, "d"] = "pink"
    assert set_problem(changed, target).header(0)["table"]["fingerprint"] != one
    assert set_problem(frame.rename(columns={"a": "z"}), target).header(0)["table"]["fingerprint"] != one
    assert set_problem(frame, target, weights=np.ones(40)).header(0)["table"]["fingerprint"] != one
    other = target.copy()
    other[0] = "yes" if other[0] == "no" else "no"
    assert set_problem(frame, other).header(0)["table"]["fingerprint"] != one


def test_what_cannot_be_searched_is_told(table_of, set_problem):
    frame, target = table_of(20)
    with pytest.raises(DataError, match="only one class"):
        set_problem(frame, pd.Series(["no"] * 20, name="y"))
    with pytest.raises(DataError, match="at least 2"):
        set_problem(frame.iloc[:1], ["a"])
    with pytest.raises(DataError, match=r"only one class \('no'\) in the rows to learn from"):
        problem_of(make_table(frame, ["no"] * 19 + ["yes"]), np.arange(19))
    with pytest.raises(DataError, match="holds only 3"):
        set_problem(frame, np.full(20, 3.0), task="regression")
    with pytest.raises(SpecError, match="target error"):
        set_problem(frame, target, target_error=2.0)


# === Parts ===


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_few_rows_are_cross_validated_again_and_again(task, problem):
    parts = make_folds(problem(53, task=task), 0, 100)
    assert parts.n_splits == 5
    assert len(parts) == 20
    for turn in range(4):
        dev = np.concatenate([part.dev for part in parts[5 * turn : 5 * turn + 5]])
        assert sorted(dev) == list(range(53))
    assert all(not set(part.train) & set(part.dev) for part in parts)
    assert parts[0].dev.tolist() != parts[5].dev.tolist()


def test_each_fold_has_its_share_of_each_class(problem):
    made = problem(100)
    shares = [made.values[part.dev].mean() for part in make_folds(made, 0, 100)]
    assert max(shares) - min(shares) <= 0.051


def test_many_rows_or_few_networks_make_one_dev_part(problem):
    assert make_folds(problem(2_100), 0, 59).n_splits == 0
    assert make_folds(problem(2_100), 0, 60).n_splits == 5
    assert make_folds(problem(4_000), 0, 1_000).n_splits == 0
    assert make_folds(problem(60), 0, 10).n_splits == 0
    (part,) = make_folds(problem(60), 0, 10)
    assert sorted([*part.train, *part.dev]) == list(range(60))
    assert len(part.dev) == 12


def test_groups_stay_whole(problem):
    groups = pd.Series(np.repeat(np.arange(12), 5))
    made = problem(60, groups=groups)
    for parts in (make_folds(made, 0, 100), make_folds(made, 0, 1)):
        for part in parts:
            assert not set(groups[part.train]) & set(groups[part.dev])
    few = make_folds(problem(60, groups=pd.Series(np.repeat([0, 1, 2], 20))), 0, 100)
    assert few.n_splits == 3
    with pytest.raises(DataError, match="one group only"):
        make_folds(problem(60, groups=pd.Series(np.zeros(60))), 0, 100)


def test_given_parts_are_kept_and_training_rows_can_be_capped(problem):
    given = (Fold(np.arange(40), np.arange(40, 60)),)
    parts = make_folds(problem(60, folds=given), 0, 100)
    assert parts.n_splits == 0
    assert parts[0] is not None
    few = capped(parts[0], 10, 0)
    assert len(few.train) == 10
    assert set(few.train) <= set(range(40))
    assert capped(parts[0], np.inf, 0) is parts[0]
