"""Calibration, against scikit-learn's own curve and intervals worked out by hand."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression

from wellfit.plots import CalibrationDisplay, reliability

DRAW = np.random.default_rng(0)
PROBABILITY = DRAW.random(400)
HAPPENED = DRAW.random(400) < PROBABILITY**2


@pytest.mark.parametrize("bins", [1, 5, 10])
def test_the_curve_is_that_of_scikit_learn(bins):
    found = reliability(HAPPENED, PROBABILITY, bins)
    prob_true, prob_pred = calibration_curve(HAPPENED, PROBABILITY, n_bins=bins)
    assert np.allclose(found.prob_true[found.rows > 0], prob_true)
    assert np.allclose(found.prob_pred[found.rows > 0], prob_pred)
    assert found.rows.sum() == 400


def test_intervals_are_those_of_wilson():
    found = reliability([1] * 8 + [0] * 2, [0.5] * 10, n_bins=1)
    z = 1.959964
    centre, reach = (0.8 + z**2 / 20) / (1 + z**2 / 10), z * np.sqrt(0.8 * 0.2 / 10 + z**2 / 400) / (1 + z**2 / 10)
    assert (found.low[0], found.high[0]) == pytest.approx((centre - reach, centre + reach))
    assert found.expected_error == pytest.approx(0.3)


def test_empty_bins_are_left_out():
    found = reliability([0, 1], [0.0, 1.0], n_bins=4)
    assert found.rows.tolist() == [1, 0, 0, 1]
    assert np.isnan(found.prob_true).tolist() == [False, True, True, False]
    assert found.expected_error == 0


def test_several_models_share_the_picture():
    display = CalibrationDisplay.from_predictions(HAPPENED, {"raw": PROBABILITY, "squared": PROBABILITY**2}, event="rain")
    labels = [text.get_text() for text in display.figure_.legends[0].get_texts()]
    assert labels[0] == "perfectly calibrated"
    assert labels[2] == f"squared (error {reliability(HAPPENED, PROBABILITY**2).expected_error:.3f})"
    assert display.ax_.get_xlabel() == "predicted probability of rain"
    assert len(display.ax_.containers) == len(display.count_ax_.patches) == 2
    assert np.allclose(display.count_ax_.patches[0].get_data().values, np.histogram(PROBABILITY, 10, (0, 1))[0])


def test_in_axes_of_the_caller_the_legend_leaves_the_counts_free(axes):
    display = CalibrationDisplay.from_predictions(HAPPENED, PROBABILITY, ax=axes)
    display.figure_.canvas.draw()
    assert axes.get_legend().get_window_extent().y0 > display.count_ax_.get_window_extent().y1


def test_of_two_classes_the_second_of_more_the_predicted_one():
    X = DRAW.normal(size=(90, 2))
    two = np.where(X[:, 0] > 0, "yes", "no")
    model = LogisticRegression(C=0.1).fit(X, two)
    second = CalibrationDisplay.from_estimator(model, X, two)
    assert np.array_equal(second.models["LogisticRegression"].rows, reliability(two == "yes", model.predict_proba(X)[:, 1]).rows)
    assert second.ax_.get_xlabel().endswith("class yes")
    first = CalibrationDisplay.from_estimator(model, X, two, pos_label="no")
    assert first.models["LogisticRegression"].expected_error == pytest.approx(second.models["LogisticRegression"].expected_error)
    three = np.digitize(X[:, 0], [-0.5, 0.5])
    model = LogisticRegression().fit(X, three)
    sure = CalibrationDisplay.from_estimator({"three": model}, X, three).models["three"]
    assert np.nansum(sure.prob_true * sure.rows) == pytest.approx((model.predict(X) == three).sum())
