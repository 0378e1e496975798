"""Dev rows held out of a table that is all there is."""

import numpy as np
import pandas as pd
import pytest

from wellfit.errors import DataError, DataWarning
from wellfit.table.split import Labels, hold_out


def labels_of(codes):
    codes = np.asarray(codes)
    return Labels(codes, [f"class {code}" for code in range(codes.max() + 1)])


def test_parts_share_no_row_and_leave_none_out():
    train, dev = hold_out(103, 0.2, 10_000, seed=3)
    assert sorted([*train, *dev]) == list(range(103))
    assert len(dev) == 21
    assert len(hold_out(103, 0.2, 10, seed=3)[1]) == 10


def test_classes_have_their_shares_in_both_parts():
    codes = np.repeat([0, 1, 2], [60, 30, 10])
    train, dev = hold_out(100, 0.2, 10_000, 0, labels_of(codes))
    np.testing.assert_array_equal(np.bincount(codes[dev]), [12, 6, 2])
    np.testing.assert_array_equal(np.bincount(codes[train]), [48, 24, 8])


def test_a_class_of_one_row_is_trained_on():
    codes = [0] * 10 + [1] + [2] * 10
    with pytest.warns(DataWarning, match="only one row of class 'class 1'"):
        train, dev = hold_out(21, 0.2, 10_000, 0, labels_of(codes))
    assert 10 in train
    assert sorted([*train, *dev]) == list(range(21))


def test_groups_stay_together():
    groups = pd.Series(np.arange(100) % 10, name="groups")
    train, dev = hold_out(100, 0.2, 10_000, 0, None, groups)
    assert not set(groups[train]) & set(groups[dev])
    assert len(dev) == 20


@pytest.mark.parametrize(("count", "labels", "said"), [(1, None, "n_samples=1"), (3, labels_of([0, 1, 2]), "class of its own")])
def test_too_few_rows_are_told(count, labels, said):
    with pytest.raises(DataError, match=said), pytest.warns() if labels else pytest.MonkeyPatch.context():
        hold_out(count, 0.2, 10_000, 0, labels)


def test_the_seed_draws_them():
    assert hold_out(50, 0.2, 10_000, 1)[1].tolist() == hold_out(50, 0.2, 10_000, 1)[1].tolist()
    assert hold_out(50, 0.2, 10_000, 1)[1].tolist() != hold_out(50, 0.2, 10_000, 2)[1].tolist()
