"""Digits and verdicts: what counts as agreeing, and that what does not agree is never called so."""

import math
from fractions import Fraction

import numpy as np
import pytest

from wellfit.course.published.comparison import Row, Verdict, agreeing_digits, compare, compare_all, not_run, range_of


@pytest.mark.parametrize(
    ("published", "ours", "digits"),
    [
        ("0.13851642423255986", 0.13851642423255986, 17),
        ("0.13851642423255986", 0.13851642423234922, 12),
        ("0.690736", 0.69073649, 6),
        ("0.690736", 0.6907371, 5),
        ("1.9999", 2.0, 4),
        ("1.9999", 2.1, 1),
        ("1.9999", 3.0, 0),
        ("-0.4410571", -0.44105712, 7),
        ("-0.4410571", 0.4410571, 0),
        ("7.17640232e-05", 7.176402324e-05, 9),
        ("0.150830", 0.15083, 6),
        ("0.", 1e-12, 1),
        ("-0.", 0.01, 0),
        ("0.5", math.nan, 0),
        ("0.5", math.inf, 0),
    ],
)
def test_digits(published, ours, digits):
    assert agreeing_digits(published, ours) == digits


def test_verdicts():
    assert compare("", "0.690736", 0.6907361, 10).words == "exact"
    assert compare("", "0.1385164242", 0.138516425, 8).words == "to 8 digits"
    assert compare("", "0.1385164242", 0.138516425, 9).words.startswith("does not reproduce, because ours is 6e-09 (relative) larger")
    assert compare("", "0.5", 0.4, 1).words == "does not reproduce, because ours is 20 % smaller"
    assert compare("", "0.5", math.nan, 1).words == "does not reproduce, because ours is nan"
    assert compare("", "inf", 17.0, 10).verdict is Verdict.OVERFLOW
    assert compare("", "inf", math.inf, 10).verdict is Verdict.EXACT


def test_shares_are_compared_as_counts():
    assert compare("", "198/211", Fraction(198, 211), 12).verdict is Verdict.EXACT
    off = compare("", "198/211", Fraction(199, 211), 12)
    assert (off.ours, off.words) == ("199/211", "does not reproduce, because 199/211 are right")


def test_a_figure_that_rounding_moves_has_to_lie_where_another_run_would():
    spread = range_of(np.linspace(0.61, 0.63, 40))
    assert (spread.low, spread.high, spread.runs) == (0.61, 0.63, 40)
    assert compare("", "0.625", 0.615, 10, spread=spread).verdict is Verdict.DISTRIBUTION
    assert compare("", "0.66", 0.615, 10, spread=spread).words.endswith("because 40 runs with other rounding give 0.61 to 0.63")
    assert compare("", "inf", 5.0, 10, spread=spread).verdict is Verdict.OVERFLOW
    assert compare("", "124/200", Fraction(123, 200), 12, spread=spread).verdict is Verdict.DISTRIBUTION
    assert compare("", "140/200", Fraction(123, 200), 12, spread=spread).verdict is Verdict.DIFFERS


def test_a_count_that_rounding_moves_is_not_exact_by_luck():
    still, moving = range_of(np.full(6, 0.62)), range_of(np.array([0.615, 0.62, 0.625]))
    assert compare("", "124/200", Fraction(124, 200), 12, spread=still).verdict is Verdict.EXACT
    assert compare("", "124/200", Fraction(124, 200), 12, spread=moving).verdict is Verdict.DISTRIBUTION
    # So many digits do not agree by chance.
    assert compare("", "0.6201234567", 0.6201234567, 10, spread=moving).verdict is Verdict.EXACT


def test_a_figure_that_rounding_does_not_move_is_a_target():
    still = range_of(np.array([0.25, 0.25 + 1e-15]))
    assert (
        compare("", "0.2500001", 0.25, 7, spread=still).words == "does not reproduce, because 2 runs with other rounding give 0.25 to 0.25"
    )
    assert compare("", "124/200", Fraction(125, 200), 12, spread=range_of(np.full(6, 0.625))).words.endswith("because 125/200 are right")


def test_another_run_rarely_lies_outside_of_the_prediction_interval():
    draw = np.random.default_rng(0)
    for runs in (6, 40):
        values = draw.standard_normal((5_000, runs + 1))
        ranges = [range_of(row[:-1]) for row in values]
        outside = sum(not each.least <= row[-1] <= each.most for each, row in zip(ranges, values, strict=True))
        assert outside <= 15  # 5 are expected, at most


def test_a_row_is_as_good_as_its_worst():
    row = compare_all("case", "0.25 0.5 1.", [0.25, 0.5000001, 1.0], ["a", "b", "c"], 3)
    assert (row.verdict, row.worst.what, row.shown.what) == (Verdict.EXACT, "b", "a")
    row = compare_all("case", "0.25 0.5000000 1.", [0.25, 0.5000001, 1.0], ["a", "b", "c"], 3)
    assert (row.worst.words, row.shown.what) == ("to 6 digits", "b")
    worse = Row("case", (*row.comparisons, compare("d", "1.5", 2.5, 1)))
    assert worse.verdict is Verdict.DIFFERS
    with pytest.raises(ValueError, match="zip"):
        compare_all("case", "1. 2.", [1.0], ["a", "b"], 3)


def test_not_run_says_why():
    assert not_run("plain", "put it there").worst.words == "not run: put it there"
