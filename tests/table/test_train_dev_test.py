"""Splits: at random, by strata, by groups, by time; and what cannot be split."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedShuffleSplit

from wellfit.errors import DataError, DataWarning, SpecError
from wellfit.plurals import counted
from wellfit.spec import Data
from wellfit.table import train_dev_test
from wellfit.table.target import column_of, read_target
from wellfit.table.train_dev_test import train_dev_test_split

DATA = Data(target="y")
Y = np.repeat(["a", "b", "c"], [600, 300, 100])


def split_rows(y, data, groups=None, times=None):
    return train_dev_test.split_rows(read_target(column_of(y, data.target), data.task), data, groups, times)


def assert_partition(split, rows):
    together = np.concatenate(split)
    assert sorted(together) == list(rows)
    for part in split:
        assert part.dtype == np.int64
        assert (np.diff(part) > 0).all()


# === At random and by strata ===


def test_each_part_gets_its_share_of_each_class():
    split = split_rows(Y, DATA)
    assert_partition(split, range(1000))
    for part, expected in zip(split, ([360, 180, 60], [120, 60, 20], [120, 60, 20]), strict=True):
        assert np.unique(Y[part], return_counts=True)[1].tolist() == expected


def test_class_shares_agree_with_scikit_learns():
    y = np.random.default_rng(0).choice(4, size=937, p=[0.5, 0.3, 0.15, 0.05])
    ours = split_rows(y, Data(target="y", dev_fraction=0.0))
    _, theirs = next(StratifiedShuffleSplit(1, test_size=len(ours.test), random_state=0).split(y[:, None], y))
    assert np.abs(np.bincount(y[ours.test]) - np.bincount(y[theirs])).max() <= 1


def test_one_seed_one_split():
    first, again, other = split_rows(Y, DATA), split_rows(Y, DATA), split_rows(Y, Data(target="y", seed=1))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert (first.test != other.test).any()


def test_dev_and_test_are_capped():
    split = split_rows(np.arange(1000) / 7, Data(target="y", most_rows=50))
    assert [len(part) for part in split] == [900, 50, 50]
    assert_partition(split, range(1000))


@pytest.mark.parametrize(("dev", "test"), [(0.0, 0.25), (0.25, 0.0), (0.0, 0.0), (0.1, 0.3)])
def test_fractions(dev, test):
    split = split_rows(np.tile([0, 1], 50), Data(target="y", dev_fraction=dev, test_fraction=test))
    assert [len(part) for part in split] == [round(100 * (1 - dev - test)), round(100 * dev), round(100 * test)]


def test_rare_classes_are_in_every_part_if_they_can_be():
    y = np.repeat([0, 1], [997, 3])
    for part in split_rows(y, DATA):
        assert (y[part] == 1).sum() == 1


def test_a_class_of_two_rows_is_trained_on_and_tested():
    y = np.repeat(["common", "rare"], [98, 2])
    with pytest.warns(DataWarning, match="dev part has no rows of class 'rare'"):
        split = split_rows(y, DATA)
    assert [(y[part] == "rare").sum() for part in split] == [1, 0, 1]


def test_a_class_of_one_row_is_too_rare():
    with pytest.raises(DataError, match="class 'rare' has 1 row, too few to split: at least 2"):
        split_rows(np.repeat(["common", "rare"], [99, 1]), DATA)


def test_rows_without_a_target_are_in_no_part_and_said():
    y = pd.Series(Y, name="y").mask(np.arange(1000) % 10 == 0)
    with pytest.warns(DataWarning, match="target 'y' has missing values in 100 of 1,000 rows: those rows are dropped"):
        split = split_rows(y, DATA)
    assert_partition(split, np.flatnonzero(y.notna()))


@pytest.mark.parametrize("rows", [1, 3, 9])
def test_tables_of_a_few_rows_are_too_small(rows):
    values = [0, 1, 1, 0, 1, 0, 1, 0, 1][:rows]
    with pytest.raises(DataError, match=f"has {counted(rows, 'row')} with a target; at least 10 are needed"):
        split_rows(values, DATA)


@given(
    counts=st.lists(st.integers(2, 60), min_size=2, max_size=6),
    dev=st.floats(0.01, 0.45),
    test=st.floats(0.01, 0.45),
    seed=st.integers(0, 99),
)
@pytest.mark.filterwarnings("ignore:the dev part has no rows:wellfit.errors.DataWarning")
def test_any_classes_are_parted(counts, dev, test, seed):
    y = np.repeat([f"c{number}" for number in range(len(counts))], counts)
    assume(len(y) >= 10)
    split = split_rows(y, Data(target="y", dev_fraction=dev, test_fraction=test, seed=seed))
    assert_partition(split, range(len(y)))
    for number, count in enumerate(counts):
        inside = [(y[part] == f"c{number}").sum() for part in split]
        assert inside[0] >= 1
        assert inside[2] >= 1
        assert inside[1] >= 1 or count == 2
        assert abs(inside[2] - test * count) <= 2 or inside[2] == 1


# === By groups ===


def test_groups_stay_together_and_parts_come_near_their_size():
    rng = np.random.default_rng(0)
    groups = rng.integers(60, size=1000)
    y = rng.integers(2, size=1000)
    split = split_rows(y, Data(target="y", group="g"), groups=groups)
    assert_partition(split, range(1000))
    owners = [set(groups[part]) for part in split]
    assert not (owners[0] & owners[1] or owners[0] & owners[2] or owners[1] & owners[2])
    assert abs(len(split.test) - 200) <= 20
    assert abs(len(split.dev) - 200) <= 20


def test_groups_are_drawn_so_that_classes_keep_their_shares():
    groups = np.repeat(np.arange(40), 10)
    y = np.where(groups % 4 == 0, 1, 0)
    split = split_rows(y, Data(target="y", group="g"), groups=groups)
    assert [0.15 < y[part].mean() < 0.4 for part in split] == [True, True, True]


def test_three_groups_make_three_parts():
    groups = pd.Series(np.repeat(["big", "mid", "small"], [80, 15, 5]))
    split = split_rows(np.tile([0, 1], 50), Data(target="y", group="g"), groups=groups)
    assert [groups[part].nunique() for part in split] == [1, 1, 1]
    assert set(groups[split.train]) == {"big"}


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (np.repeat(["a", "b"], 10), "column 'g' has 2 groups, too few to split into 3 parts"),
        (["a"] * 3 + [None] + ["b"] * 16, "column 'g', which defines the split, has a missing value in row 4"),
        ([" "] * 3 + ["c"] + ["b"] * 16, "column 'g', which defines the split, has a missing value in row 1"),
        (["a", "b", "c"], "column 'g' has 3 rows but the target has more"),
    ],
)
def test_groups_that_cannot_be_split_by(groups, message):
    with pytest.raises(DataError, match=message):
        split_rows(np.tile([0, 1], 10), Data(target="y", group="g"), groups=groups)


def test_groups_that_hold_one_class_each_side_are_refused():
    y = np.repeat([0, 1, 1], [30, 3, 3])
    with pytest.raises(DataError, match="training part holds only one class"):
        split_rows(y, Data(target="y", group="g"), groups=np.repeat(["a", "b", "c"], [30, 3, 3]))


# === By time ===


@pytest.mark.parametrize("kind", ["numbers", "dates", "text"])
def test_the_newest_rows_are_the_test_part(kind):
    order = np.random.default_rng(0).permutation(100)
    times = {
        "numbers": order * 0.5,
        "dates": pd.Timestamp("2024-01-01") + pd.to_timedelta(order, unit="D"),
        "text": (pd.Timestamp("2024-01-01") + pd.to_timedelta(order, unit="D")).strftime("%Y-%m-%d"),
    }[kind]
    split = split_rows(np.tile([0, 1], 50), Data(target="y", time="t"), times=times)
    assert_partition(split, range(100))
    assert [order[part].min() for part in split] == [0, 60, 80]
    assert [order[part].max() for part in split] == [59, 79, 99]


def test_rows_of_one_moment_stay_together():
    times = np.repeat(np.arange(10), 10)[::-1].copy()
    times[times == 8] = 7
    split = split_rows(np.tile([0, 1], 50), Data(target="y", time="t"), times=times)
    moments = [set(times[part]) for part in split]
    assert not (moments[0] & moments[1] or moments[1] & moments[2])
    assert max(moments[0]) < min(moments[1]) <= max(moments[1]) < min(moments[2])


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (np.ones(20), r"column 't' has 1 different moment, too few to split by"),
        (np.repeat([1.0, 2.0], 10), r"column 't' has 2 different moments"),
        ([np.nan] + [1.0] * 19, "column 't', which defines the split, has a missing value in row 1"),
        (["soon", "later"] * 10, "column 't' holds 'soon' in row 1 where times are expected"),
    ],
)
def test_times_that_cannot_be_split_by(times, message):
    with pytest.raises(DataError, match=message):
        split_rows(np.tile([0, 1], 10), Data(target="y", time="t"), times=times)


@given(st.lists(st.integers(0, 8), min_size=10, max_size=60), st.floats(0.05, 0.4), st.floats(0.05, 0.4))
def test_any_times_are_parted_in_order(times, dev, test):
    times = np.array(times)
    assume(len(set(times)) >= 3)
    split = split_rows(np.linspace(0, 1, len(times)) ** 2, Data(target="y", time="t", dev_fraction=dev, test_fraction=test), times=times)
    assert_partition(split, range(len(times)))
    assert times[split.train].max() < times[split.dev].min()
    assert times[split.dev].max() < times[split.test].min()


# === Arrays and frames ===


def test_arrays_frames_matrices_and_lists_are_taken():
    X = np.arange(200).reshape(100, 2)
    arrays = [X, pd.DataFrame(X), pl.DataFrame(X), scipy.sparse.coo_array(X), list(range(100)), np.tile([0, 1], 50)]
    parts = train_dev_test_split(*arrays)
    assert len(parts) == 18
    for number, array in enumerate(arrays):
        assert type(parts[3 * number]) is (scipy.sparse.csr_array if number == 3 else type(array))
    for part in range(3):
        rows = np.asarray(parts[12 + part])
        np.testing.assert_array_equal(parts[part], X[rows])
        np.testing.assert_array_equal(parts[3 + part].to_numpy(), X[rows])
        np.testing.assert_array_equal(parts[6 + part].to_numpy(), X[rows])
        np.testing.assert_array_equal(parts[9 + part].toarray(), X[rows])
    assert [len(part) for part in parts[:3]] == [60, 20, 20]


def test_it_splits_as_the_command_line_does():
    rows = np.arange(len(Y))
    for ours, theirs in zip(train_dev_test_split(rows, Y)[:3], split_rows(Y, DATA), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_stratify_may_be_given_or_switched_off():
    X, labels = np.arange(100), np.repeat([0, 1], [90, 10])
    given = train_dev_test_split(X, stratify=labels)
    assert [labels[part].sum() for part in given] == [6, 2, 2]
    with pytest.raises(DataError, match="class '1' has 1 row"):
        train_dev_test_split(X, np.repeat([0, 1], [99, 1]))
    assert len(train_dev_test_split(X, np.repeat([0, 1], [99, 1]), stratify=None)[0]) == 60


def test_values_and_several_targets_are_split_at_random():
    assert [len(part) for part in train_dev_test_split(np.random.default_rng(0).normal(size=(50, 3)))] == [30, 10, 10]
    assert [len(part) for part in train_dev_test_split(np.random.default_rng(0).normal(size=50))] == [30, 10, 10]


def test_random_state_is_a_seed_or_draws_one():
    rows = np.arange(50)
    by = [train_dev_test_split(rows, random_state=state)[0].tolist() for state in (3, np.int64(3), 4)]
    assert by[0] == by[1] != by[2]
    drawn = [train_dev_test_split(rows, random_state=np.random.RandomState(1))[0].tolist() for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert len({tuple(train_dev_test_split(rows, random_state=None)[0]) for _ in range(5)}) > 1


def test_groups_and_times_of_arrays():
    X = np.arange(30)
    train, dev, test = train_dev_test_split(X, times=X)
    assert (train.max(), dev.max(), test.max()) == (17, 23, 29)
    train, dev, test = train_dev_test_split(X, groups=X // 3)
    assert not set(train // 3) & set(dev // 3) | set(train // 3) & set(test // 3)


@pytest.mark.parametrize(
    ("arrays", "options", "error", "message"),
    [
        ((), {}, DataError, "at least one array"),
        (([1, 2, 3], [1, 2]), {}, DataError, "the same number of rows, found 3, 2"),
        ((np.float64(5),), {}, DataError, "found a single float64"),
        ((5,), {}, DataError, "expects arrays with rows, found a single int"),
        (([1, 2],), {}, DataError, "2 rows are too few to split into 3 parts"),
        (
            (np.arange(20),),
            {"validation_fraction": 0.6, "test_fraction": 0.5},
            SpecError,
            r"^validation_fraction \+ test_fraction must leave rows",
        ),
        ((np.arange(20),), {"random_state": -1}, SpecError, "random_state must be at least 0"),
        ((np.arange(20),), {"most_rows": 0}, SpecError, "most_rows must be at least 1"),
        ((np.arange(20),), {"test_fraction": -0.1}, SpecError, "test_fraction must lie in"),
        ((np.arange(20),), {"groups": np.arange(20), "times": np.arange(20)}, SpecError, "groups and times cannot both"),
        ((np.arange(20),), {"stratify": [1, 2]}, DataError, "a label for each of the 20 rows, found 2"),
        ((np.arange(20),), {"stratify": ["a", None] * 10}, DataError, "stratify has a missing value in row 2"),
        ((np.arange(20),), {"stratify": np.eye(20)}, DataError, r"one value for each row, found the shape \(20, 20\)"),
    ],
)
def test_bad_arguments(arrays, options, error, message):
    with pytest.raises(error, match=message):
        train_dev_test_split(*arrays, **options)
