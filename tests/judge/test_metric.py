"""Errors, and how they are written."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellfit.errors import SpecError
from wellfit.judge.intervals import Interval, root_mean_square
from wellfit.judge.metric import ABOVE, HIGHER, KINDS, Metric

CLASSES = Metric("classification")


def test_rows_are_right_or_wrong():
    assert CLASSES.row_errors([[0.6], [0.5], [0.4]], [[1], [1], [1]]).tolist() == [0, 1, 1]
    assert CLASSES.row_errors([[0.2, 0.5, 0.3], [0.4, 0.3, 0.3]], [[1], [2]]).tolist() == [0, 1]


def test_numbers_are_measured_in_units_of_the_target():
    metric = Metric("regression", spread=10.0, scale=10.0)
    squares = metric.row_errors([[1.0], [0.0]], np.array([[0.0], [2.0]], np.float32))
    assert squares.tolist() == [100.0, 400.0]
    assert metric.total(squares) == pytest.approx(math.sqrt(250))
    assert metric.interval(squares) == root_mean_square(squares)
    assert CLASSES.total(np.array([0.0, 1.0, 0.0, 0.0])) == 0.25


@pytest.mark.parametrize(
    ("spread", "value", "text"),
    [(1.0, 0.1234, "0.123"), (6.8, 2.626, "2.626"), (351_108.0, 117_000.4, "117,000"), (0.02, 0.00517, "0.00517"), (18.0, -0.004, "0.00")],
)
def test_errors_of_one_table_share_their_decimals(spread, value, text):
    assert Metric("regression", spread=spread).figure(value) == text


def test_extreme_spreads_still_give_figures():
    assert Metric("regression", spread=1e-12).figure(3.14159e-13) == "3.14e-13"
    assert Metric("regression", spread=1e12).figure(3.14159e11) == "3.14e+11"
    assert Metric("regression", spread=1.0).figure(math.inf) == "inf"
    assert Metric("regression", spread=1.0).figure(-math.inf) == "-inf"
    assert Metric("regression", spread=1.0).figure(math.nan) == "?"


def test_shares_are_percent_and_their_differences_points():
    assert CLASSES.show(0.026) == "2.6 %"
    assert CLASSES.show_difference(0.026, sign=True) == "+2.6 points"
    assert CLASSES.range(Interval(0.0, -0.012, 0.034), sign=True) == "-1.2 to +3.4"
    assert CLASSES.figure(-0.0001, sign=True) == CLASSES.figure(0.0001, sign=True) == "0.0"
    assert CLASSES.figure(math.inf, sign=True) == "+inf"
    assert Metric("regression", spread=1.0).show_difference(0.5) == "0.500"


def test_a_difference_and_its_interval_speak_of_the_same():
    change = Interval(0.009, -0.031, 0.053)
    assert CLASSES.compared(change, "that of the mean", HIGHER) == "0.9 points higher than that of the mean (95 %: -3.1 to +5.3)"
    assert CLASSES.compared(change.reversed()) == "0.9 points lower (95 %: -5.3 to +3.1)"
    assert CLASSES.compared(change, which="same rows") == "0.9 points higher (95 %, same rows: -3.1 to +5.3)"
    assert CLASSES.compared(Interval(-1e-5, -0.01, 0.01), "the target error", ABOVE) == "level with the target error (95 %: -1.0 to +1.0)"
    assert CLASSES.difference_words(change) == "+0.9 points (95 %: -3.1 to +5.3)"
    assert CLASSES.figures(change, sign=True) == "+0.9 (-3.1 to +5.3)"
    assert CLASSES.error_words(Interval(0.031, 0.026, 0.036)) == "3.1 % (95 %: 2.6 to 3.6)"


SIZES = st.floats(-1.0, 1.0) | st.sampled_from([0.0, -0.0, 4e-4, -4e-4, 5e-4, -5e-4, math.inf, -math.inf])
WORDED = re.compile(r"(?:(?P<size>[^ +-]\S*)(?: points)? (?P<side>higher|lower)|the same) \(95 %: (?P<low>\S+) to (?P<high>\S+)\)")


@given(
    st.tuples(SIZES, SIZES, SIZES).map(sorted),
    st.sampled_from(["classification", "regression"]),
    st.floats(1e-12, 1e12),
    st.sampled_from([1.0, 1e-3, 3e6, 1e9]),
)
def test_words_and_signs_agree_and_the_estimate_lies_inside(ends, task, spread, times):
    """Of any interval: each sign is that of its number, what rounds to 0 has none, and rounding puts no estimate outside."""
    low, estimate, high = (value if task == "classification" else value * spread * times for value in ends)
    metric, interval = Metric(task, spread=spread), Interval(estimate, low, high)
    for text, value in zip(re.split(" [(]| to |[)]", metric.figures(interval, sign=True))[:3], (estimate, low, high), strict=True):
        written = float(text.replace(",", ""))
        assert text[0] == ("+" if written > 0 else "-" if written < 0 else text[0])
        assert text[0].isdigit() or np.sign(value) == np.sign(written) != 0
    found = WORDED.fullmatch(metric.compared(interval))
    size, low_end, high_end = (float((found[name] or "0").replace(",", "")) for name in ("size", "low", "high"))
    signed = {"higher": size, "lower": -size, None: 0.0}[found["side"]]
    assert low_end <= signed <= high_end
    assert size > 0 or found["side"] is None
    assert np.sign(signed) in (0, np.sign(estimate))
    if low_end > 0:
        assert found["side"] == "higher"
    if high_end < 0:
        assert found["side"] == "lower"
    other_way = WORDED.fullmatch(metric.compared(interval.reversed()))
    assert (other_way["size"], {other_way["side"], found["side"]}) in ((found["size"], {"higher", "lower"}), (None, {None}))


def test_intervals_end_where_errors_end():
    assert CLASSES.possible(Interval(0.1, -0.2, 1.4)) == Interval(0.1, 0.0, 1.0)
    assert CLASSES.possible(Interval(0.1, -1.2, 1.4), is_difference=True) == Interval(0.1, -1.0, 1.0)
    assert Metric("regression").possible(Interval(0.1, -1.2, 9.0)) == Interval(0.1, 0.0, 9.0)
    assert Metric("regression").possible(Interval(0.1, -1.2, 9.0), is_difference=True) == Interval(0.1, -1.2, 9.0)


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, math.inf])
def test_a_target_error_out_of_range(value):
    with pytest.raises(SpecError, match=r"target error must be a share of the rows in \[0, 1\]"):
        CLASSES.parse(value)


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_a_target_rmse_out_of_range(value):
    with pytest.raises(SpecError, match="target error must be an RMSE of at least 0"):
        Metric("regression").parse(value)


def test_a_target_error_in_range():
    assert CLASSES.parse(1.0) == 1.0
    assert Metric("regression").parse(250.0) == 250.0


# === What a metric is made of ===


@pytest.mark.parametrize("task", KINDS)
def test_the_influence_of_a_row_is_the_derivative_by_its_share(task):
    metric, draw = Metric(task), np.random.default_rng(0)
    errors = draw.integers(0, 2, 50).astype(float) if task == "classification" else draw.exponential(size=50)
    influence, step = metric.influence(errors), 1e-6
    for row in (0, 7):
        shares = np.full(50, (1 - step) / 50)
        shares[row] += step
        moved = float(metric.kind.of_mean(np.asarray(shares @ errors)))
        # Another row's share grows at the cost of all.
        assert (moved - metric.total(errors)) / step == pytest.approx(influence[row] - influence.mean(), abs=1e-4)


def test_a_threshold_decides_between_two_classes():
    outputs, truth = [[0.3], [0.6]], [[1], [0]]
    metric = Metric("classification")
    assert metric.row_errors(outputs, truth).tolist() == [1.0, 1.0]
    assert metric.row_errors(outputs, truth, 0.2).tolist() == [0.0, 1.0]
    assert metric.row_errors(outputs, truth, 0.7).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("task", KINDS)
def test_a_row_without_a_number_counts_as_the_worst(task):
    metric = Metric(task)
    assert metric.total(np.full(1000, metric.kind.lost)) == pytest.approx(min(metric.kind.most, np.sqrt(metric.kind.lost)))
    assert np.isfinite(metric.total(np.full(1000, metric.kind.lost)))
