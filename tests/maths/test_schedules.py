"""Schedules: rates worked by hand, and scikit-learn's `invscaling` as an oracle."""

import math

import pytest
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

from wellfit.maths.schedules import learning_rate
from wellfit.spec import SCHEDULES, Schedule


def rate(schedule: Schedule, epoch=0, step=0, *, rows=100, epochs=10, batches=4, factor=1.0) -> float:
    return learning_rate(schedule, epoch, step, rows=rows, epochs=epochs, batches=batches, factor=factor)


HAND_WORKED = [
    (Schedule("constant", 0.2), 7, 0.2),
    (Schedule("inverse_time", 0.2), 0, 0.2),
    (Schedule("inverse_time", 0.2, decay=0.5), 6, 0.05),
    (Schedule("inverse_time", 0.2, interval=4), 3, 0.2),
    (Schedule("inverse_time", 0.2, interval=4), 4, 0.1),
    (Schedule("exponential", 0.2, rate=0.5), 3, 0.025),
    (Schedule("inverse_sqrt", 0.2, factor=3.0), 8, 0.2),
    (Schedule("invscaling", 0.2, power=0.5), 0, 0.2),
    (Schedule("invscaling", 0.2, power=0.5), 5, 0.2 / math.sqrt(501)),
    (Schedule("adaptive", 0.2), 5, 0.2),
    (Schedule("cosine", 0.2), 0, 0.2),
    (Schedule("cosine", 0.2), 5, 0.1),
    (Schedule("cosine", 0.2, period=4), 4, 0.2),
    (Schedule("cosine", 0.2, period=4), 6, 0.1),
    (Schedule("cosine", 0.2, period=4, minimum=0.5), 6, 0.15),
    (Schedule("constant", 0.2, warm_up=4), 0, 0.05),
    (Schedule("constant", 0.2, warm_up=4), 3, 0.2),
    (Schedule("constant", 0.2, warm_up=4), 4, 0.2),
    (Schedule("exponential", 0.2, rate=0.5, warm_up=4), 1, 0.05),
]


def test_every_schedule_is_tested():
    assert {schedule.name for schedule, _, _ in HAND_WORKED} == set(SCHEDULES)


@pytest.mark.parametrize(("schedule", "epoch", "value"), HAND_WORKED)
def test_rates_worked_by_hand(schedule, epoch, value):
    assert rate(schedule, epoch) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(("schedule", "t", "value"), [case for case in HAND_WORKED if case[0].name not in ("invscaling", "cosine")])
def test_by_step_the_step_takes_the_place_of_the_epoch(schedule, t, value):
    assert rate(schedule.replace(per="step"), epoch=99, step=t) == pytest.approx(value, rel=1e-14)


def test_a_cosine_by_step_takes_all_steps():
    assert rate(Schedule("cosine", 0.2, per="step"), epoch=5, step=20) == pytest.approx(0.1, rel=1e-14)
    assert rate(Schedule("cosine", 0.2, per="step", minimum=0.5), epoch=9, step=39) == pytest.approx(0.1, rel=0.01)


def test_adaptive_multiplies_by_its_factor():
    assert rate(Schedule("adaptive", 0.2), factor=0.04) == pytest.approx(0.008, rel=1e-14)


def test_only_adaptive_feels_the_factor():
    assert rate(Schedule("constant", 0.2), factor=0.04) == 0.2


def test_invscaling_is_scikit_learns():
    optimizer = SGDOptimizer([], 0.2, lr_schedule="invscaling", power_t=0.3)
    for epoch in range(1, 6):
        optimizer.iteration_ends(epoch * 100)
        assert rate(Schedule("invscaling", 0.2, power=0.3), epoch) == pytest.approx(optimizer.learning_rate, rel=1e-15)
