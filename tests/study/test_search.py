"""The front for Python: what it takes as target, weights and settings, and what it leaves at `out`."""

import numpy as np
import pandas as pd
import pytest

import wellfit
from wellfit.errors import DataError, JournalError, SpecError
from wellfit.study.study import Study

pytestmark = pytest.mark.usefixtures("tiny")


def searched(frame, target, **more):
    return wellfit.search(frame, target, **{"max_trials": 2, **more})


# === What is given ===


def test_a_target_may_come_in_any_form(table_of, bits):
    frame, target = table_of(40)
    asked = bits(searched(frame, target.rename(None)))
    for given in (target.tolist(), tuple(target), target.to_numpy(), target.rename(None).to_frame(), target.to_numpy()[:, np.newaxis]):
        assert bits(searched(frame, given)) == asked


@pytest.mark.filterwarnings("ignore::wellfit.errors.DataWarning")
def test_gaps_in_a_list_of_words_are_gaps(table_of):
    frame, target = table_of(40)
    assert searched(frame, [np.nan, np.nan, *target[2:]]).of_kind("start")[0]["rows"] == 30


@pytest.mark.parametrize("y", [np.zeros((40, 2)), pd.DataFrame(np.zeros((40, 3))), [[0, 1]] * 40, None, "d"])
def test_one_target_at_a_time(table_of, y):
    with pytest.raises(DataError, match=r"^y must have one value for each row, found the shape \(.*\); give one target at a time\.$"):
        searched(table_of(40)[0], y)


def test_rows_that_count_nothing_are_as_if_they_were_not_there(table_of, bits):
    frame, target = table_of(80)
    counted = np.arange(80) % 4 > 0
    few = frame[counted].reset_index(drop=True), target[counted].reset_index(drop=True)
    groups = np.repeat(np.arange(40), 2)
    without = searched(*few, sample_weight=np.full(60, 2.0), groups=groups[counted], max_trials=16)
    assert bits(searched(frame, target, sample_weight=2.0 * counted, groups=groups, max_trials=16)) == bits(without)
    # Where all but a few count nothing, too, no part is without weight.
    assert searched(frame, target, sample_weight=np.r_[np.ones(12), np.zeros(68)], max_trials=16).networks == 16


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"random_state": -1}, SpecError, "random_state must be at least 0"),
        ({"random_state": 0.5}, TypeError, "random_state must be a whole number"),
        ({"random_state": "0"}, TypeError, "random_state must be a whole number"),
        ({"sample_weight": ["much"] * 40}, DataError, "sample_weight must hold finite numbers"),
        ({"sample_weight": [-1.0] * 40}, DataError, "sample_weight must be at least 0, found -1 in row 1"),
        ({"groups": np.r_[np.nan, np.arange(39)]}, DataError, "has a missing value in row 1"),
    ],
)
def test_a_mistake_is_one_line(table_of, settings, error, said):
    with pytest.raises(error, match=said) as caught:
        searched(*table_of(40), **settings)
    assert "\n" not in str(caught.value)


def test_numbers_may_be_numpys(table_of, bits, tmp_path):
    frame, target = table_of(40)
    numpys = searched(frame, target, max_trials=np.int64(3), random_state=np.int64(5), out=tmp_path / "j.jsonl")
    assert bits(numpys) == bits(searched(frame, target, max_trials=3, random_state=5))
    assert searched(frame, target, max_trials=np.int32(1), time_budget=np.float32(5)).networks == 1


# === What is left ===


def test_a_search_that_cannot_begin_leaves_nothing_in_the_way(table_of, tmp_path):
    frame, target = table_of(40)
    path = tmp_path / "study.jsonl"
    with pytest.raises(DataError, match="no usable column"):
        searched(pd.DataFrame({"constant": [1] * 40}), target, out=path)
    assert searched(frame, target, out=path).networks == 2
    with pytest.raises(JournalError, match="another study"):
        searched(frame, target, out=path, random_state=1)


def test_the_test_error_is_that_of_the_model(table_of, tmp_path):
    frame, target = table_of(80)
    first = searched(frame, target, max_trials=1, out=tmp_path / "j.jsonl")
    # As if it had been interrupted there: then the model is another one, though no more networks are compared.
    records = [record for record in first.records if record["kind"] != "test"]
    assert not Study(first.header, records).is_tested
    assert first.is_tested
    later = {**next(record for record in records if record["kind"] == "model"), "members": []}
    assert not Study(first.header, [*first.records, later]).is_tested
    second = searched(frame, target, max_trials=30, out=tmp_path / "j.jsonl")
    assert second.test_reads == 2
    assert second.test_error.estimate == second.of_kind("test")[-1]["error"][0]


def told(study):
    return " ".join(str(study).split())


def test_whether_numbers_are_classes_is_told(table_of, tmp_path):
    frame, _ = table_of(40)
    said = "'y' has few distinct whole numbers and is treated as classes; set task (--task) to regression to predict a number."
    stars = [1, 2, 3, 4] * 10
    study = searched(frame, stars, out=tmp_path / "journal")
    assert said in told(study)
    assert study.to_dict()["task_guess"] == said
    assert said in told(Study.read(tmp_path / "journal"))
    assert said not in told(searched(frame, stars, task="classification"))
    single = searched(frame, [*range(20), *([5] * 20)][:40])
    assert single.header["task"] == "regression"
