"""Verdicts: each word where the intervals support it, and no word where they do not."""

import pytest

from wellfit.judge.intervals import Interval, difference, wilson
from wellfit.judge.metric import Metric
from wellfit.judge.verdict import VERDICTS, judge

CLASSES = Metric("classification")


def verdict(train, dev, reference, rows=100_000, dev_rows=20_000):
    on_train, on_dev = wilson(train, rows), wilson(dev, dev_rows)
    return judge(CLASSES, on_train, difference(on_dev, on_train), wilson(reference, dev_rows), "logistic regression")


@pytest.mark.parametrize(
    ("train", "dev", "reference", "word"),
    [
        (0.00, 0.08, 0.10, "overfits"),
        (0.08, 0.085, 0.10, "fits"),
        (0.20, 0.205, 0.10, "underfits"),
        (0.20, 0.30, 0.10, "underfits"),
        (0.08, 0.095, 0.10, "overfits"),
        (0.095, 0.095, 0.08, "underfits"),
    ],
)
def test_many_rows_decide(train, dev, reference, word):
    assert verdict(train, dev, reference).word == word


@pytest.mark.parametrize(("train", "dev"), [(0.0, 0.01), (0.02, 0.04), (0.05, 0.0), (0.02, 0.02)])
def test_few_rows_decide_nothing(train, dev):
    found = verdict(train, dev, 0.03, rows=341, dev_rows=100)
    assert found.word == "undecided"
    assert "too uncertain: a " in found.reason


def test_both_faults_are_told():
    found = verdict(0.20, 0.30, 0.10)
    assert "above logistic regression" in found.reason
    assert "it overfits as well: the gap is +10.0 points" in found.reason


def test_a_gap_beyond_noise_but_too_small_to_count_fits():
    found = verdict(0.050, 0.054, 0.08, rows=10**7, dev_rows=10**7)
    assert found.gap.low > 0
    assert found.word == "fits"
    assert "under the 1.0 points that count" in found.reason
    assert "the training error is 3.0 points below logistic regression (95 %: -3." in found.reason


def test_a_gap_that_is_surely_there_is_not_said_to_be_told_from_none():
    gap = Interval(0.008, 0.002, 0.014)
    found = judge(CLASSES, wilson(0.05, 10**5), gap, wilson(0.08, 10**5), "logistic regression")
    assert found.word == "undecided"
    why = "too uncertain to say whether the gap reaches the 1.0 points that count"
    assert found.reason == f"the gap is +0.8 points (95 %: +0.2 to +1.4), {why}"


def test_the_margin_grows_with_the_reference():
    assert verdict(0.0, 0.1, 0.30).margin == pytest.approx(0.03)
    assert verdict(0.0, 0.1, 0.02).margin == 0.01


def test_an_error_that_the_user_names_is_what_bias_is_measured_from():
    train, dev = wilson(0.10, 100_000), wilson(0.10, 20_000)
    gap = difference(dev, train)
    assert judge(CLASSES, train, gap, Interval.exactly(0.12), "the target error").word == "fits"
    strict = judge(CLASSES, train, gap, Interval.exactly(0.02), "the target error")
    assert strict.word == "underfits"
    assert "8.0 points above the target error" in strict.reason


def test_bias_alone_may_be_undecided():
    train = wilson(0.10, 100_000)
    found = judge(CLASSES, train, Interval(0.0, -0.001, 0.001), wilson(0.10, 100), "logistic regression")
    assert found.word == "undecided"
    assert "too uncertain: a bias of 0 and one of 1.0 points are both possible" in found.reason


def test_regression_speaks_in_units_of_the_target():
    metric = Metric("regression", spread=50.0)
    found = judge(metric, Interval(10.0, 9.0, 11.0), Interval(8.0, 6.0, 10.0), Interval(20.0, 18.0, 22.0), "linear regression")
    assert found.word == "overfits"
    assert found.reason == "the gap is +8.00 (95 %: +6.00 to +10.00)"


def test_words_are_those_that_are_named():
    found = {
        verdict(*errors, rows=rows, dev_rows=rows).word
        for rows in (50, 50_000)
        for errors in ((0, 0.1, 0.1), (0.3, 0.3, 0.1), (0.1, 0.1, 0.1))
    }
    assert found == set(VERDICTS)
