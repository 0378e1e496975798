"""Which task a target sets."""

import pandas as pd
import pytest

from wellfit.errors import DataError
from wellfit.table.target import read_target

TASKS = {
    "two words": (["yes", "no"] * 5, "classification"),
    "truth values": ([True, False] * 5, "classification"),
    "declared categories": (pd.Categorical([1.5, 2.5] * 5), "classification"),
    "two whole numbers": ([2, 4], "classification"),
    "few whole numbers": (list(range(10)) * 5, "classification"),
    "whole numbers with gaps": ([1, 2, 3, None] * 20, "classification"),
    "fractions": ([0.5, 1.0] * 10, "regression"),
    "many whole numbers": (list(range(30)) * 10, "regression"),
    "whole numbers far apart": ([0, 10, 100] * 10, "regression"),
    "whole numbers seen once": ([1, 2, 3, 4], "regression"),
    "numbers in text": (["0.5", "1.5"] * 5, "regression"),
}


@pytest.mark.parametrize("case", TASKS)
def test_the_task_is_guessed(case):
    values, task = TASKS[case]
    assert read_target(pd.Series(values)).task == task


@pytest.mark.parametrize(
    ("values", "task", "message"),
    [
        ([None, None], "auto", "target 'y' holds no values"),
        (["2024-05-31", "2024-06-01"], "auto", "target 'y' holds dates"),
        (["2024-05-31", "2024-06-01"], "classification", "target 'y' holds dates"),
        ([None, "tall", "short"], "regression", r"target 'y' holds text \('tall' in row 2\), and a regression predicts numbers"),
        (["1", "2", "3", "four"], "auto", "column 'y' holds 'four' in row 4 where numbers are expected"),
        ([1, 2, 3], "classify", "task must be one of auto, classification, regression, found 'classify'"),
    ],
)
def test_columns_that_cannot_serve(values, task, message):
    with pytest.raises(DataError, match=message):
        read_target(pd.Series(values, name="y"), task)


def test_numbers_with_words_among_them_are_classes_when_classes_are_asked_for():
    assert read_target(pd.Series(["1", "2", "3", "four"]), "classification").coding().classes == ("1", "2", "3", "four")


# === What is guessed ===

COUNTS = [*[number for number in range(18) for _ in range(8)], 18, 19]

GUESSES = {
    "truth values": ([True, False] * 20, "classification", ""),
    "words": (["yes", "no"] * 20, "classification", ""),
    "declared categories": (pd.Categorical([1, 2] * 20), "classification", ""),
    "0 and 1": ([0, 1] * 20, "classification", "treated as classes; set task (--task) to regression"),
    "ratings": ([1, 2, 3, 4, 5] * 8, "classification", "treated as classes; set task (--task) to regression"),
    "ratings in text": (["1", "2", "3", "4", "5"] * 8, "classification", "treated as classes; set task (--task) to regression"),
    "nullable ratings": (pd.array([1, 2, None, 3] * 8, dtype="Int64"), "classification", "treated as classes"),
    "counts": (COUNTS, "regression", "treated as a number because a value occurs only once; set task (--task) to classification"),
    "nullable counts": (pd.array([*COUNTS, None], dtype="Int64"), "regression", "a number because a value occurs only once"),
    "arrow counts": (pd.array(COUNTS, dtype="int64[pyarrow]"), "regression", "a number because a value occurs only once"),
    "counts in text": ([str(count) for count in COUNTS], "regression", "a number because a value occurs only once"),
    "few floats": ([0.5, 1.5, 2.5] * 20, "regression", "treated as a number; set task (--task) to classification"),
    "years": ([*range(1980, 2020)] * 5, "regression", "treated as a number; set"),
}


@pytest.mark.parametrize("case", GUESSES)
def test_what_is_guessed_is_said_with_how_to_decide(case):
    values, task, said = GUESSES[case]
    target = pd.Series(values, name="stars")
    found = read_target(target).guess
    assert read_target(target).task == task
    assert found.startswith("'stars' ") == bool(said)
    assert said in found
    assert read_target(target, "classification").guess == ""


def test_declared_categories_of_numbers_can_be_numbers():
    target = pd.Series(pd.Categorical([1, 2, 3, 10]), name="y")
    assert read_target(target, "regression").task == "regression"
    assert read_target(target, "regression").coding().mean == 4.0
    with pytest.raises(DataError, match="holds text"):
        read_target(pd.Series(pd.Categorical(["a", "b"]), name="y"), "regression")
