"""Targets as they are given: moments are refused, and numbers in text are made plain."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from wellfit.errors import DataError, DataWarning
from wellfit.table.numerals import Decimals, marked
from wellfit.table.table import make_table
from wellfit.table.target import plain_target, read_target, refuse_moments

DAYS = pd.date_range("2024-01-31", periods=3)
MOMENTS = {
    "dates": (DAYS, "dates ('2024-01-31 00:00:00' in row 1), and a regression predicts numbers; .* such as days since a date"),
    "dates of a zone": (DAYS.tz_localize("UTC"), "dates"),
    "array of dates": (DAYS.to_numpy(), "dates"),
    "periods": (DAYS.to_period("M"), "dates"),
    "date objects": ([day.date() for day in DAYS], "dates"),
    "dates in text": ([None, "31.1.2024", "1.2.2024"], "dates \\('31.1.2024' in row 2\\)"),
    "times of day": (["12:30", "14:00", "9:15"], "times of day .* such as hours since midnight"),
    "spans": (pd.to_timedelta([1, 2, 3], unit="D"), "spans of time .* such as hours or days"),
    "array of spans": (pd.to_timedelta([1, 2, 3], unit="D").to_numpy(), "spans of time"),
    "spans in text": (["1 days", "2 days", "3 days"], "spans of time"),
}


@pytest.mark.parametrize("case", MOMENTS)
def test_moments_are_no_numbers(case):
    values, message = MOMENTS[case]
    message = message.replace("('", "\\('").replace("1)", "1\\)") if case == "dates" else message
    for task in ("auto", "regression"):
        with pytest.raises(DataError, match=f"target 'y' holds {message}"):
            read_target(pd.Series(values, name="y"), task)
    for column in (values, pd.Series(values), pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": values})):
        with pytest.raises(DataError, match=f"^y holds {message}") as caught:
            refuse_moments(column, "y")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "values", [[1, 2], np.ones((3, 2)), ["1", "2.5"], ["a", "b"], [[1, "x"], [2, "y"]], [True, False], np.float64(1), ["1", "x"]]
)
def test_what_holds_no_moments_is_not_refused_for_them(values):
    refuse_moments(values, "y")
    refuse_moments(pa.array([1, 2]), "y")


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [(["1,5", "2"], [1.5, 2]), (["1.234,5", "7"], [1234.5, 7]), (["1,234.5", "7"], [1234.5, 7]), (["5 %", "7.5 %"], [5, 7.5])],
)
def test_targets_with_decimal_commas_become_plain_numbers(texts, numbers):
    frame = pd.DataFrame({"a": [1, 2], "y": texts})
    changed = make_table(frame, "y", task="regression")
    np.testing.assert_array_equal(changed.frame["y"], numbers)
    np.testing.assert_array_equal(changed.target.values, numbers)
    assert frame["y"].tolist() == texts
    assert make_table(frame, "y", task="classification").frame is frame
    assert make_table(changed.frame, "y", task="regression").frame is changed.frame


def test_a_target_that_could_be_read_otherwise_is_warned_of():
    target = pd.Series(["1,234", "2,345"], name="y")
    with pytest.warns(DataWarning, match="column 'y': numbers written like '1,234' are read as 1234, though 1.234 could be meant"):
        assert plain_target(target).tolist() == [1234, 2345]
    assert plain_target(target, decimals=Decimals(marked(pd.DataFrame({"y": target}), ",", given=True))).tolist() == [1.234, 2.345]
