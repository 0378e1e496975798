"""Sweeps: what was tried and how well it did, of populations and of scikit-learn's searches."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from wellfit.datasets import moons
from wellfit.errors import DataError
from wellfit.plots import SweepDisplay, ValidationCurveDisplay
from wellfit.plots.settings import of_results


@pytest.fixture(scope="module")
def search():
    X, y = moons(rows=60)
    grid = {"logisticregression__C": [10.0, 0.1, 1.0], "logisticregression__fit_intercept": [True, False]}
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    return GridSearchCV(pipeline, grid, cv=3, return_train_score=True).fit(X, y).cv_results_


def test_networks_that_share_a_value_are_its_repeats(results):
    display = ValidationCurveDisplay.from_results(results, "l2")
    assert display.values == [0.0, 1.0]
    assert sorted(display.dev_errors[1]) == sorted(result.dev_error for result in results[:6])
    costs = ValidationCurveDisplay.from_results(results, "hidden", quantity="cost")
    assert costs.values == [[4], [4, 3]]
    by_shape = [result for result in results if result.spec.network.hidden == (4,)]
    assert sorted(costs.dev_errors[0]) == sorted(result.dev_cost for result in by_shape)
    assert sorted(costs.train_errors[0]) == sorted(result.history.cost[result.best_epoch - 1] for result in by_shape)


def test_training_errors_are_those_of_the_epoch_that_was_kept(results):
    found = of_results(results, ["l2"])
    for result, error in zip(results, found.train[:, 0], strict=True):
        assert error == result.history.train_error[list(result.history.record_epoch).index(result.best_epoch)]


@pytest.mark.parametrize(
    ("name", "value"),
    [("learning_rate", 0.1), ("training.optimizer.beta1", 0.9), ("activation", "tanh"), ("optimizer.name", "adam"), ("batch_size", None)],
)
def test_settings_are_found_by_name_and_by_path(results, name, value):
    assert set(of_results(results, [name]).settings[name]) == {value}


def test_a_map_has_the_median_of_each_pair(results):
    display = SweepDisplay.from_results(results, "l2", "hidden")
    assert display.across_values == [0.0, 1.0]
    assert display.table[0, 1] == np.median([result.dev_error for result in results[:3]])
    assert display.table[1, 0] == np.median([result.dev_error for result in results[9:]])
    assert display.quantity == "dev error, median of up to 3"
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("L2 penalty λ", "hidden")
    across, up = display.best
    assert display.table[up, across] == display.table.min()


@pytest.mark.parametrize("kind", [dict, pd.DataFrame])
def test_searches_of_scikit_learn_are_read(search, kind):
    display = SweepDisplay.from_cv_results(kind(search), "C", "fit_intercept")
    assert display.across_values == [0.1, 1.0, 10.0]
    assert display.up_values == [True, False]
    assert np.nanmax(display.table) == pytest.approx(search["mean_test_score"].max())
    assert display.table[1, 0] == pytest.approx(search["mean_test_score"][3])  # C=0.1 without an intercept
    curve = ValidationCurveDisplay.from_cv_results(kind(search), "logisticregression__C")
    assert curve.dev_errors.shape == curve.train_errors.shape == (3, 6)
    assert sorted(curve.train_errors[0]) == sorted(search[f"split{fold}_train_score"][place] for fold in range(3) for place in (2, 3))


def test_pairs_that_were_not_tried_are_grey_and_a_lost_candidate_takes_no_colours():
    table = [[0.1, 0.2, np.nan], [0.3, 0.2, 1e12]]
    display = SweepDisplay([1, 2, 3], ["a", "b"], table).plot()
    assert [text.get_text() for text in display.figure_.legends[0].get_texts()] == ["best", "not tried, or diverged"]
    assert display.ax_.images[0].get_clim()[1] < 1
    assert sorted(text.get_text() for text in display.ax_.texts) == ["0.1", "0.2", "0.2", "0.3", "1e+12"]
    scores = SweepDisplay([1, 2, 3], ["a", "b"], table, lower_is_better=False)
    assert scores.best == (2, 1)


def test_what_is_not_there_is_named(results, search):
    with pytest.raises(DataError, match="parameter 'drop_out' is unknown; did you mean 'dropout'"):
        ValidationCurveDisplay.from_results(results, "drop_out")
    with pytest.raises(DataError, match=r"parameter 'gamma' is unknown.*Valid: logisticregression__C"):
        SweepDisplay.from_cv_results(search, "C", "gamma")
    with pytest.raises(DataError, match=r"score 'f1' is unknown. Valid: score\."):
        ValidationCurveDisplay.from_cv_results(search, "C", score="f1")
    with pytest.raises(DataError, match="two different parameters"):
        SweepDisplay.from_results(results, "l2", "l2")
    with pytest.raises(DataError, match="no results"):
        ValidationCurveDisplay.from_results([], "l2")
    with pytest.raises(DataError, match="quantity 'loss' is unknown"):
        ValidationCurveDisplay.from_results(results, "l2", quantity="loss")
