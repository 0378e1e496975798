"""The picture of a search's trials: everything that was tried can be seen, and what went wrong does not squeeze the rest."""

import numpy as np
import pytest

from wellfit.errors import DataError
from wellfit.plots import TrialsDisplay

ERRORS = [0.3, 0.2, 0.25, 0.21]
KINDS = ["plain", "L2", "L2", "dropout $x$"]
ROUNDS = [(1, 0.3, 0.2, 0.4), (4, 0.2, 0.1, 0.3)]


def keys(display):
    return [text.get_text() for text in display.figure_.legends[0].get_texts()]


def test_each_kind_and_the_best_after_each_round():
    display = TrialsDisplay(ERRORS, KINDS, ROUNDS, {"logistic regression": 0.28, "majority class": 0.9}, as_percent=True).plot()
    assert keys(display) == [
        "best after each round",
        "its 95 % interval",
        "logistic regression, dev",
        "plain",
        "L2",
        r"dropout \$x\$",
    ]
    dots = [line for line in display.ax_.lines if line.get_linestyle() == "None"]
    assert [list(line.get_xdata()) for line in dots] == [[1], [2, 3], [4]]
    assert [list(line.get_ydata()) for line in dots] == [[0.3], [0.2, 0.25], [0.21]]
    steps = next(line for line in display.ax_.lines if line.get_drawstyle() == "steps-post")
    assert list(steps.get_xdata()) == [1, 4, 4.5]
    assert list(steps.get_ydata()) == [0.3, 0.2, 0.2]


def test_trials_that_went_wrong_stand_at_the_edge_or_leave_a_gap():
    display = TrialsDisplay([*ERRORS, 1e6, np.nan], [*KINDS, "rate", "rate"]).plot()
    low, high = display.ax_.get_ylim()
    assert 0 <= low < 0.2
    assert high < 1
    drawn = display.ax_.lines[-1]
    assert list(drawn.get_xdata()) == [5]
    assert drawn.get_ydata()[0] <= high
    assert display.ax_.get_xlim() == (0.5, 6.5)


def test_the_marker_of_a_trial_lies_over_the_interval_of_the_best():
    *dots, steps = TrialsDisplay(ERRORS, KINDS, ROUNDS).plot().ax_.lines
    assert all(line.get_zorder() > steps.get_zorder() for line in dots)


def test_one_trial_is_a_picture_too():
    assert TrialsDisplay([0.0], ["plain"], [(1, 0.0, 0.0, 0.1)]).plot().ax_.get_ylim()[1] > 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([np.nan], ["plain"]), "no trial has a finite dev error"),
        (([0.1], ["plain", "L2"]), "must be equally long, found 1 and 2"),
        (([0.1], ["plain"], [(1, 0.1)]), "best must hold trials, error, low and high"),
    ],
)
def test_what_cannot_be_drawn(arguments, words):
    with pytest.raises(DataError, match=words):
        TrialsDisplay(*arguments)


def test_of_very_many_kinds_the_key_of_the_best_is_not_the_one_left_out():
    display = TrialsDisplay([0.1] * 40, [f"kind {number}" for number in range(40)], ROUNDS).plot()
    assert keys(display)[0] == "best after each round"
    assert keys(display)[-1].startswith("and ")


def test_the_legend_of_many_kinds_stays_on_the_page():
    kinds = ["plain", "L2", "dropout", "smaller", "optimiser"]
    display = TrialsDisplay([0.1] * 5, kinds, [(5, 0.1, 0.05, 0.15)], {"logistic regression": 0.1}).plot()
    display.figure_.canvas.draw()
    box = display.figure_.legends[0].get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= display.figure_.bbox.x1
