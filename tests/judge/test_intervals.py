"""Intervals against published tables, against SciPy, and against tables drawn from a known truth."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from wellfit.errors import DataError
from wellfit.judge.intervals import (
    Interval,
    determination,
    difference,
    pooled_spread,
    root_mean_square,
    row_correlation,
    widened_by_seeds,
    wilson,
)

rates = st.integers(1, 5000).flatmap(lambda rows: st.tuples(st.integers(0, rows), st.just(rows)))


# === Error rates ===


@pytest.mark.parametrize(  # Newcombe (1998), interval estimation for the single proportion, method 3
    ("wrong", "rows", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
)
def test_wilson_meets_newcombes_table(wrong, rows, low, high):
    interval = wilson(wrong / rows, rows)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@given(rates)
def test_wilson_agrees_with_scipy(case):
    wrong, rows = case
    ours, theirs = wilson(wrong / rows, rows), stats.binomtest(wrong, rows).proportion_ci(method="wilson")
    assert ours.low == pytest.approx(theirs.low, abs=1e-12)
    assert ours.high == pytest.approx(theirs.high, abs=1e-12)
    assert 0 <= ours.low <= ours.estimate <= ours.high <= 1


@pytest.mark.parametrize(  # Newcombe (1998), difference between independent proportions, table II, method 10
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_difference_meets_newcombes_table(first, second, low, high):
    found = difference(*(wilson(wrong / rows, rows) for wrong, rows in (first, second)))
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_difference_on_the_same_rows_by_hand():
    both, first_only, second_only, neither = 43, 8, 2, 47
    first = np.repeat([1, 1, 0, 0], [both, first_only, second_only, neither])
    second = np.repeat([1, 0, 1, 0], [both, first_only, second_only, neither])
    phi = (both * neither - first_only * second_only) / math.sqrt(51 * 49 * 45 * 55)
    assert row_correlation(first, second) == pytest.approx(phi)
    one, two = wilson(0.51, 100), wilson(0.45, 100)
    found = difference(one, two, phi)
    below, above = one.estimate - one.low, two.high - two.estimate
    assert found.estimate - found.low == pytest.approx(math.sqrt(below**2 - 2 * phi * below * above + above**2))
    assert found.high - found.low < difference(one, two).high - difference(one, two).low


@pytest.mark.parametrize(("rate", "rows"), [(0.03, 114), (0.2, 60), (0.4, 400)])
def test_error_rates_and_their_differences_hold_the_truth(rate, rows):
    draw = np.random.default_rng(0)
    hits, gaps, paired = 0, 0, 0
    for _ in range(500):
        train, dev = draw.random(3 * rows) < rate / 2, draw.random(rows) < rate
        other = np.where(draw.random(rows) < 0.7, dev, draw.random(rows) < rate)
        on_train, on_dev, on_other = (wilson(float(wrong.mean()), wrong.size) for wrong in (train, dev, other))
        hits += on_dev.holds(rate)
        gaps += difference(on_dev, on_train).holds(rate / 2)
        paired += difference(on_dev, on_other, row_correlation(dev, other)).holds(0.0)
    assert hits / 500 > 0.92
    assert gaps / 500 > 0.92
    assert paired / 500 > 0.92


# === RMSE and R^2 ===


@pytest.mark.parametrize("rows", [50, 300])
def test_rmse_and_r_squared_hold_the_truth(rows):
    draw = np.random.default_rng(1)
    rmse, advantage, r_squared = 0, 0, 0
    for _ in range(500):
        signal, common = draw.normal(size=rows), draw.normal(size=rows)
        errors = [common + scale * draw.normal(size=rows) for scale in (0.5, 1.0)]
        squares = [error**2 for error in errors]
        first, second = (root_mean_square(square) for square in squares)
        rmse += first.holds(math.sqrt(1.25))
        advantage += difference(second, first, row_correlation(*squares)).holds(math.sqrt(2) - math.sqrt(1.25))
        target = 2 * signal + errors[0]
        r_squared += determination(squares[0], (target - target.mean()) ** 2).holds(1 - 1.25 / 5.25)
    assert rmse / 500 > 0.91
    assert advantage / 500 > 0.91
    assert r_squared / 500 > 0.91


def test_heavier_tails_widen():
    draw = np.random.default_rng(2)
    normal, heavy = draw.normal(size=2000), draw.standard_t(5, size=2000) / math.sqrt(5 / 3)
    widths = [math.log(interval.high / interval.low) for interval in map(root_mean_square, (normal**2, heavy**2))]
    assert widths[1] > 1.3 * widths[0]


def test_rmse_at_its_edges():
    assert root_mean_square([0.0, 0.0]) == Interval.exactly(0.0)
    assert root_mean_square([4.0]) == Interval(2.0, 0.0, math.inf)
    assert root_mean_square([3.0, 3.0, 3.0]) == Interval.exactly(math.sqrt(3.0))
    assert determination([0.0, 0.0], [1.0, 1.0]) == Interval.exactly(1.0)
    assert determination([1.0, 1.0], [0.0, 0.0]) == Interval.exactly(0.0)
    assert difference(root_mean_square([4.0]), root_mean_square([1.0])) == Interval(1.0, -math.inf, math.inf)


def test_no_rows_are_an_error():
    for attempt in (lambda: wilson(0.0, 0), lambda: root_mean_square([]), lambda: determination([], [])):
        with pytest.raises(DataError, match="at least 1 row, found 0"):
            attempt()


# === Correlation and seeds ===


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=30))
def test_correlation_stays_in_its_bounds(pairs):
    first, second = np.array(pairs).T
    assert -1 <= row_correlation(first, second) <= 1
    assert row_correlation(first, np.full(len(first), 7.0)) == 0


def test_seeds_alone_give_students_interval():
    values = np.array([0.03, 0.05, 0.04, 0.06])
    wide = widened_by_seeds(Interval.exactly(values.mean()), pooled_spread([values]), 4)
    low, high = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    assert (wide.low, wide.high) == (pytest.approx(low), pytest.approx(high))


def test_seeds_widen_and_single_networks_do_not():
    interval = Interval(0.1, 0.06, 0.16)
    wide = widened_by_seeds(interval, pooled_spread([[0.0, 0.2], [0.1, 0.1, 0.1]]), 2)
    assert wide.low < interval.low
    assert wide.high > interval.high
    assert widened_by_seeds(interval, pooled_spread([[0.1], [0.3]]), 1) == interval
    assert pooled_spread([[0.1, 0.3], [0.2, 0.4], [5.0]]) == (pytest.approx(math.sqrt(0.02)), 2)


def test_an_interval_is_cut_where_its_quantity_ends():
    assert Interval(0.5, -0.2, 1.3).within(0, 1) == Interval(0.5, 0, 1)
