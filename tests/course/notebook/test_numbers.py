"""Numbers of a stored output against those of today."""

import pytest

from wellfit.course.notebook.numbers import CLOSE, DIFFERS, MET, NONE_STORED, UNSTABLE, compare, numbers
from wellfit.plurals import counted


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("W1 = [[ 1.62 -0.61]\n [-1.07  0.  ]]", ["1.62", "-0.61", "-1.07", "0."]),
        ('v["dW2"] = v[[ 7.17640232e-05  2.8E+02]]', ["7.17640232e-05", "2.8E+02"]),
        ("the 1st, 2nd mini_batch_X: (12288, 64)", ["12288", "64"]),
        ("Cost after iteration 0: inf", ["0", "inf"]),
        ("information about np.float64(0.5), nan and .25", ["0.5", "nan", ".25"]),
        ("accuracy: 94.8%, x1.5", ["94.8"]),
        ("第1000次迭代，成本值为：0.687982591973", ["1000", "0.687982591973"]),
        ("All tests passed.", []),
    ],
)
def test_digits_in_names_do_not_count(text, found):
    assert numbers(text) == found


@pytest.mark.parametrize(
    ("stored", "here", "digits"),
    [
        ("[[ 0.  0.]]", "[[0. 0.]]", 1),
        ("cost = 1.78648594516", "cost = 1.7864859451590758", 12),
        ("0.9933333333333333", "0.993333333333", 12),
        ("0.797", "0.7966666666666666", 3),
        ("-0.", "0.0", 1),
        ("8", "8.0", 1),
        ("1.50e-05", "0.0000150", 3),
        ("inf 0.25 nan", "inf 0.25 nan", 2),
    ],
)
def test_met_in_all_digits_that_both_show(stored, here, digits):
    found = compare(stored, here)
    assert (found.verdict, found.digits) == (MET, digits)
    assert found.reason == ("met" if digits == 1 else f"met, all {digits} digits")


@pytest.mark.parametrize(
    ("stored", "here", "digits"),
    [
        ("0.13851642423255986", "0.13851642423254343", 12),
        ("1.1890913023330276e-07", "1.1890913024229996e-07", 10),
        ("0.2850931567761623", "0.2850931567761624", 15),
        ("5 0.702405", "5 0.702406", 5),  # one in the last place of a printed column
        ("0.", "-1.3e-17", 1),
    ],
)
def test_met_up_to_rounding(stored, here, digits):
    found = compare(stored, here)
    assert (found.verdict, found.digits) == (CLOSE, digits)
    assert found.reason.startswith(f"met to {counted(digits, 'digit')}: stored ")


@pytest.mark.parametrize(
    ("stored", "here", "reason"),
    [
        ("Accuracy: 0.83", "Accuracy: 0.84", "differs: stored 0.83, here 0.84"),
        ("[[1 0 1]]", "[[1 1 1]]", "differs: stored 0, here 1"),
        ("0.123456789 0.5", "0.123456788 0.4", "differs: stored 0.5, here 0.4"),
        ("cost: inf", "cost: 3.2", "differs: stored inf, here 3.2"),
        ("cost: nan", "cost: inf", "differs: stored nan, here inf"),
        ("1 2 3", "1 2", "differs: 3 numbers stored, 2 here"),
        ("0.702405", "0.70252", "differs: stored 0.702405, here 0.70252"),
    ],
)
def test_other_numbers(stored, here, reason):
    found = compare(stored, here)
    assert (found.verdict, found.reason) == (DIFFERS, reason)


def test_nothing_stored():
    assert compare("All tests passed.", "7").verdict == NONE_STORED


RANDOM = "Cost after iteration 0: inf\nCost after iteration 1000: {}\nAccuracy: {}"


def test_large_random_start_has_no_stable_digits():
    found = compare(RANDOM.format("0.6237287551108738", "0.83"), RANDOM.format("0.6247924745506072", "0.83"))
    assert found.verdict == UNSTABLE
    assert "within 0.17 % of the stored: the large random start is chaotic" in found.reason


def test_no_excuse_beyond_the_spread():
    assert compare(RANDOM.format("0.6237287551108738", "0.83"), RANDOM.format("0.71", "0.83")).verdict == DIFFERS
    assert compare("cost 0.6237", "cost 0.6248").verdict == DIFFERS


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("p = model(X, Y)", UNSTABLE),
        ("p = model(X, Y, lambd=0.1)", UNSTABLE),
        ("model(X, Y, keep_prob=0.8)", DIFFERS),
        ("accuracy", DIFFERS),
    ],
)
def test_the_textbook_s_network(code, verdict):
    stored, here = "Accuracy: 0.976303317535545", "Accuracy: 0.966824644549763"
    assert compare(stored, here, code, "layers = [X.shape[0], 20, 5, 1]").verdict == verdict
    assert compare(stored, here, code, "layers = [X.shape[0], 20, 3, 1]").verdict == DIFFERS


def test_a_gradient_check_without_a_fault_finds_rounding():
    stored = "Your backward propagation works perfectly fine! difference = 1.1890913024229996e-07"
    notebook = "difference = gradient_check_n(parameters, gradients, X, Y)"
    here = stored.replace("1.1890913024229996e-07", "{}").format
    assert compare(stored, here("1.1890417876371308e-07"), "", notebook).verdict == UNSTABLE
    assert compare(stored, here("2.1890417876371308e-07"), "", notebook).verdict == DIFFERS
    assert compare("difference = 0.285093156781", "difference = 0.286093156781", "", notebook).verdict == DIFFERS


def test_classes_from_all_zero_weights_are_ties():
    notebook, zeros = 'parameters = model(X, Y, initialization = "zeros")', "predictions_train = [[0 0 0\n 0 0 0]]"
    found = compare(zeros, zeros.replace("0", "1"), "print(predictions_train)", notebook)
    assert (found.verdict, found.reason[-26:]) == (UNSTABLE, "so that its class is a tie")
    # Weights that are not what they should be are no ties.
    assert compare("W1 = [[0. 0. 0.]]", "W1 = [[0. 1. 0.]]", "print(W1)", notebook).verdict == DIFFERS
    assert compare(zeros.replace("0 0 0", "0 1 0"), zeros, "print(predictions_train)", notebook).verdict == DIFFERS
