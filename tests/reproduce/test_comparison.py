"""Digits and verdicts: what counts as agreeing, and that what does not agree is never called so."""

import math
from fractions import Fraction

import pytest

from wellfit.reproduce.comparison import Range, Row, Verdict, agreeing_digits, compare, compare_all, compare_range, not_run


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
    assert compare("", "0.5", 0.4, 1, "of a reason").words == "does not reproduce, because of a reason"
    assert compare("", "inf", 17.0, 10).verdict is Verdict.OVERFLOW
    assert compare("", "inf", math.inf, 10).verdict is Verdict.EXACT


def test_shares_are_compared_as_counts():
    assert compare("", "198/211", Fraction(198, 211), 12).verdict is Verdict.EXACT
    off = compare("", "198/211", Fraction(199, 211), 12)
    assert (off.ours, off.words) == ("199/211", "does not reproduce, because 199/211 are right")


def test_what_is_no_target_has_to_lie_within_the_range():
    spread = Range(0.62, 0.61, 0.63, 40)
    assert compare_range("", "0.625", 0.615, spread).verdict is Verdict.DISTRIBUTION
    assert compare_range("", "0.635", 0.615, spread).words.endswith("outside the range of 40 runs, 0.61 to 0.63")
    assert compare_range("", "inf", 5.0, spread).verdict is Verdict.OVERFLOW
    assert compare_range("", "124/200", Fraction(123, 200), spread).verdict is Verdict.DISTRIBUTION


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
