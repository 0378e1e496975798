"""Costs, errors and gradient norms over epochs: which numbers are drawn, of one run and of many."""

from types import SimpleNamespace

import numpy as np
import pytest

from wellfit.plots import GradientNormDisplay, LearningCurveDisplay, PowerLaw, TrainingCurveDisplay, ValidationCurveDisplay
from wellfit.plots.bands import aligned


def keys(display):
    found = display.figure_.legends[0] if display.figure_.legends else display.ax_.get_legend()
    return [text.get_text() for text in found.get_texts()]


def band(display, number=0):
    """Return the heights that a band reaches."""
    heights = display.ax_.collections[number].get_paths()[0].vertices[:, 1]
    return heights.min(), heights.max()


def test_runs_that_were_recorded_at_other_epochs_are_compared_at_equal_ones():
    places, table = aligned([(np.array([1, 3, 5]), np.array([1.0, 3.0, 5.0])), (np.array([2, 3]), np.array([20.0, np.nan]))])
    assert places.tolist() == [1, 2, 3, 5]
    assert np.array_equal(table, [[1, 2, 3, 5], [np.nan, 20, np.nan, np.nan]], equal_nan=True)


def test_the_history_of_a_fit_is_drawn_as_it_is(results):
    result, history = results[0], results[0].history
    display = TrainingCurveDisplay.from_results(result)
    training, dev, best = display.ax_.lines
    assert np.array_equal(training.get_xydata(), np.column_stack([np.arange(1, 13), history.cost]))
    assert np.array_equal(dev.get_xydata(), np.column_stack([history.record_epoch, history.dev_cost]))
    assert best.get_xdata()[0] == result.best_epoch
    assert keys(display) == ["training cost", "dev cost", f"best epoch: {result.best_epoch}"]
    errors = TrainingCurveDisplay.from_history(history, quantity="error")
    assert np.array_equal(errors.ax_.lines[0].get_ydata(), history.train_error)
    assert np.array_equal(errors.ax_.lines[1].get_ydata(), history.dev_error)
    assert errors.ax_.get_ylabel().startswith("error")


def test_many_runs_are_a_median_and_a_band(results):
    display = TrainingCurveDisplay.from_results(results[:3])
    costs = [result.history.cost for result in results[:3]]
    assert np.allclose(display.ax_.lines[0].get_ydata(), np.median(costs, axis=0))
    assert band(display) == pytest.approx((np.min(costs), np.max(costs)))
    assert "range over 3 runs" in keys(display)
    flat = TrainingCurveDisplay([([1, 2], [level, level]) for level in range(1, 1001)]).plot()
    assert band(flat) == pytest.approx((50.95, 950.05))
    assert "5th to 95th percentile of 1,000 runs" in keys(flat)


def test_estimators_are_drawn_by_the_history_that_they_keep(results):
    histories = [result.history for result in results[:2]]
    for draw in (TrainingCurveDisplay, GradientNormDisplay):
        one = draw.from_estimator(SimpleNamespace(history_=histories[0]))
        several = draw.from_estimator(SimpleNamespace(histories_=histories))
        assert len(several.ax_.collections) > len(one.ax_.collections) == 0
    foreign = TrainingCurveDisplay.from_estimator(SimpleNamespace(loss_curve_=[0.5, 0.25]))
    assert foreign.ax_.lines[0].get_xydata().tolist() == [[1, 0.5], [2, 0.25]]


def test_gaps_stay_gaps_and_lonely_places_are_seen():
    values = [0.5, np.nan, np.inf, 0.4, 0.3]
    line, lonely = TrainingCurveDisplay([(np.arange(1, 6), values)]).plot().ax_.lines
    assert np.array_equal(line.get_ydata(), [0.5, np.nan, np.nan, 0.4, 0.3], equal_nan=True)
    assert lonely.get_xydata().tolist() == [[1, 0.5]]
    single = LearningCurveDisplay([50], [[0.1, 0.3]]).plot()
    assert np.allclose(single.ax_.collections[-1].get_segments()[0], [[50, 0.1], [50, 0.3]])


def test_a_first_error_that_is_huge_hides_nothing():
    epochs = np.arange(1, 101)
    assert TrainingCurveDisplay([(epochs, 0.1 + 1e6 / epochs**8)], quantity="error").plot().ax_.get_ylim()[1] < 2


@pytest.mark.parametrize("most", [0.29, 0.4, 0.9, 5.0, 700.0])
def test_a_logarithmic_axis_has_numbers_to_read_it_by(most):
    panel = TrainingCurveDisplay([(np.arange(1, 31), np.linspace(most, 0.25, 30))]).plot().ax_
    low, high = panel.get_ylim()
    assert 3 <= sum(low <= tick <= high for tick in panel.get_yticks()) <= 12


def test_gradient_norms_have_a_line_a_layer(results):
    history = results[3].history
    display = GradientNormDisplay.from_results(results[3])
    assert len(display.ax_.lines) == 3
    assert all(np.array_equal(line.get_ydata(), norms) for line, norms in zip(display.ax_.lines, history.gradient_norms.T, strict=True))
    assert keys(display) == ["layer 1", "layer 2", "layer 3"]
    still = GradientNormDisplay([([1, 2], [[0, 0.5], [0, 0.4]])]).plot()
    assert keys(still) == ["layer 1: 0 throughout", "layer 2"]
    deep = GradientNormDisplay([([1, 2], np.ones((2, 12)))]).plot()
    assert deep.figure_.axes[1].get_ylabel() == "layer"


def test_a_learning_curve_goes_on_where_its_law_does():
    law = PowerLaw([10, 1000], [0.3, 0.1], [0.2, 0.05], [0.4, 0.15], "a law")
    display = LearningCurveDisplay([100, 10], [0.2, 0.3], law=law, error_name="error", as_percent=True).plot()
    assert display.ax_.lines[0].get_xydata().tolist() == [[10, 0.3], [100, 0.2]]
    assert display.ax_.lines[1].get_xydata().tolist() == [[10, 0.3], [1000, 0.1]]
    assert display.ax_.get_xlim()[1] > 900
    assert "a law, with its interval" in keys(display)
    assert display.ax_.yaxis.get_major_formatter()(0.05) == "5 %"


def test_a_penalty_of_zero_has_a_place_beside_a_logarithmic_axis():
    penalty = ValidationCurveDisplay([10.0, 0.0, 0.01], [3, 1, 2], parameter="alpha").plot()
    assert penalty.ax_.lines[0].get_xydata().tolist() == [[0, 1], [0.01, 2], [10, 3]]
    assert penalty.ax_.get_xscale() == "symlog"
    assert penalty.ax_.get_xlabel() == "L2 penalty λ"
    assert ValidationCurveDisplay([0, 0.2, 0.5], [1, 2, 3], parameter="dropout").plot().ax_.get_xscale() == "linear"
    shapes = ValidationCurveDisplay([(8, 8), (), (4,)], [1, 2, 3]).plot()
    assert [label.get_text() for label in shapes.ax_.get_xticklabels()] == ["8, 8", "none", "4"]
