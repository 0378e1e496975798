"""Ways down a cost, and the averages behind momentum and Adam."""

import numpy as np
import pytest

from wellfit.maths.optimisers import averaged_momentum
from wellfit.plots import BATCH_SIZES, OPTIMIZERS, Descent, OptimizerPathDisplay, WeightedAverageDisplay, weighted_average
from wellfit.plots.descents import checked, cost_at, descend, sample
from wellfit.spec import Optimizer

x, y = checked(*sample())
DESCENT = Descent("plain", Optimizer("gradient_descent"), 0.1)


def costs(path):
    return cost_at(x, y, path[:, 0], path[:, 1])


def test_the_cost_is_half_the_mean_squared_error():
    slope, intercept = np.array([0.0, 1.5, -2.0]), np.array([0.0, -1.0, 3.0])
    by_hand = [np.mean((w * x + b - y) ** 2) / 2 for w, b in zip(slope, intercept, strict=True)]
    assert np.allclose(cost_at(x, y, slope, intercept), by_hand)


def test_a_step_goes_against_the_gradient():
    path = descend(x, y, DESCENT, (1.0, -2.0), 1, 0)
    error = 1.0 * x - 2.0 - y
    assert np.allclose(path, [[1.0, -2.0], [1.0 - 0.1 * np.mean(error * x), -2.0 - 0.1 * np.mean(error)]])


def test_all_examples_once_before_any_comes_again():
    single = descend(x, y, DESCENT._replace(batch_size=1), (0.0, 2.0), 64, 3)
    whole = descend(x, y, DESCENT._replace(batch_size=1, learning_rate=1e-9), (0.0, 2.0), 64, 3)
    assert len(single) == 65
    # With tiny steps the gradient hardly changes on the way: 64 single steps are one step of the whole, 64 times as long.
    once = descend(x, y, DESCENT._replace(learning_rate=64e-9), (0.0, 2.0), 1, 3)
    assert np.allclose(whole[-1], once[-1], rtol=0, atol=1e-13)
    assert not np.array_equal(single, descend(x, y, DESCENT._replace(batch_size=1), (0.0, 2.0), 64, 4))


@pytest.mark.parametrize("descent", [*OPTIMIZERS, *BATCH_SIZES], ids=lambda descent: descent.name)
def test_every_way_leads_down(descent):
    found = costs(descend(x, y, descent, (0.0, 2.0), 120, 0))
    lowest = cost_at(x, y, *np.polyfit(x[:, 0], y[:, 0], 1))
    assert np.all(found >= lowest - 1e-12)
    assert found[-1] - lowest < 0.1 * (found[0] - lowest)
    if descent.batch_size is None and descent.optimizer.name == "gradient_descent":
        assert np.all(np.diff(found) < 0)


def test_the_picture_holds_paths_start_and_lowest_cost():
    display = OptimizerPathDisplay.from_descents(BATCH_SIZES, steps=5)
    *paths, start, lowest = display.ax_.lines
    assert [len(path.get_xdata()) for path in paths] == [6, 6, 6]
    assert set(map(tuple, start.get_xydata())) == {(0.0, 2.0)}
    assert lowest.get_xydata()[0] == pytest.approx(np.polyfit(x[:, 0], y[:, 0], 1))
    names = [text.get_text() for text in display.figure_.legends[0].get_texts()]
    assert names == ["batch", "mini-batch of 16", "stochastic", "start", "lowest cost"]


def test_a_way_that_diverges_does_not_take_the_picture_along():
    away = Descent("away", Optimizer("gradient_descent"), 1e3)
    display = OptimizerPathDisplay.from_descents([away, DESCENT], steps=400)
    assert len(display.paths["away"]) < 400
    assert np.isfinite(display.paths["away"]).all()
    assert np.ptp(display.ax_.get_xlim()) < 15


def test_an_average_is_that_of_the_optimisers():
    values = np.random.default_rng(0).normal(size=20)
    for correction in (True, False):
        average, expected = np.zeros(1), []
        for step, value in enumerate(values, start=1):
            theta, average = averaged_momentum(np.zeros(1), average, np.array([value]), -1.0, step, mu=0.9, bias_correction=correction)
            expected.append(theta[0])
        assert np.allclose(weighted_average(values, 0.9, bias_correction=correction), expected)


def test_averages_are_drawn_with_and_without_correction():
    display = WeightedAverageDisplay.from_series([10.0] * 5, [0.5, 0.9, 0.0], places=[1, 2, 3, 5, 8], name="°C", place_name="day")
    values, corrected, plain, *_ = display.ax_.lines
    assert values.get_xdata().tolist() == [1, 2, 3, 5, 8]
    assert np.allclose(corrected.get_ydata(), 10)
    assert np.allclose(plain.get_ydata(), 10 * (1 - 0.5 ** np.arange(1, 6)))
    labels = [text.get_text() for text in display.figure_.legends[0].get_texts()]
    assert labels == ["°C", "β = 0.5: about 2 values", "β = 0.9: about 10 values", "β = 0: about 1 value", "without bias correction"]
