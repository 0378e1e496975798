"""What a model loses with each column."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.inspection import permutation_importance

from wellfit.errors import DataError
from wellfit.judge import importance
from wellfit.judge.importance import column_importances
from wellfit.judge.metric import Metric
from wellfit.spec import Network, Spec, Training
from wellfit.store import FittedModel, TrainedNetwork
from wellfit.table.preparation.learn import prepare_table
from wellfit.table.target import read_target


def a_model(table, target, weights):
    """A network without hidden layer, with weights that are known, on a table that is as good as scaled."""
    preparation = prepare_table(table, scaling="standard")[0]
    coding = read_target(target).coding(np.arange(len(target)))
    loss = "squared_error" if coding.task == "regression" else "binary_cross_entropy"
    spec = Spec(Network(preparation.width, (), 1), Training(loss=loss, dtype="float64"))
    network = TrainedNetwork(spec, 0, np.array([*weights, 0.0]))
    return FittedModel(preparation, coding, (network,)), preparation.transform(table, np.float64).X, coding.encode(target, np.float64)


@pytest.fixture(scope="module")
def numbers():
    """The target is 3 a + b; c says nothing; all are as good as independent."""
    draw = np.random.default_rng(0)
    table = pd.DataFrame(draw.normal(size=(4000, 3)), columns=["c", "a", "b"])
    target = pd.Series(3 * table["a"] + table["b"], name="y")
    scale, spread = target.std(ddof=0), table.std(ddof=0)
    model, X, Y = a_model(table, target, [0.0, 3 * spread["a"] / scale, spread["b"] / scale])
    return model, X, Y, Metric("regression", spread=scale, scale=scale)


def test_a_shuffled_column_costs_what_its_variance_says(numbers):
    # Prediction and truth then differ by w (z - z'), whose variance is twice that of w z.
    found = {each.name: each for each in column_importances(*numbers)}
    assert list(found) == ["a", "b", "c"]
    assert found["a"].rise.estimate == pytest.approx(3 * np.sqrt(2), rel=0.05)
    assert found["b"].rise.estimate == pytest.approx(np.sqrt(2), rel=0.05)
    scale = numbers[3].scale
    assert found["a"].cost == pytest.approx(9 / scale**2, rel=0.05)
    assert found["c"].rise.estimate == found["c"].cost == 0.0
    assert (found["c"].rise.low, found["c"].rise.high) == (0.0, 0.0)
    for name in "ab":
        assert 0 < found[name].rise.low < found[name].rise.estimate < found[name].rise.high
    assert found["a"].rows == 4000


def test_it_agrees_with_scikit_learn(numbers):
    draw = np.random.default_rng(1)
    table = pd.DataFrame(draw.normal(size=(1500, 3)), columns=list("abc"))
    label = pd.Series(np.where(table["a"] + 0.5 * table["b"] + draw.normal(size=1500) > 0, "yes", "no"), name="label")
    model, X, Y = a_model(table, label, [2.0, 1.0, 0.1])

    class Wrapped(ClassifierMixin, BaseEstimator):
        classes_ = np.array(["no", "yes"])

        def fit(self, X, y):
            raise NotImplementedError

        def predict(self, X):
            return model.predict(X)

    theirs = permutation_importance(Wrapped(), table, label, n_repeats=20, random_state=0, scoring="accuracy").importances_mean
    ours = {each.name: each.rise for each in column_importances(model, X, Y, Metric("classification"), shuffles=20)}
    for name, mean in zip("abc", theirs, strict=True):
        assert ours[name].estimate == pytest.approx(mean, abs=0.01)
        assert ours[name].low <= mean <= ours[name].high


def test_columns_of_one_column_are_shuffled_together():
    table = pd.DataFrame({"colour": np.tile(["red", "green", "blue"], 100), "size": np.linspace(-1, 1, 300)})
    target = pd.Series(np.where(table["colour"] == "red", "stop", "go"), name="light")
    model, X, Y = a_model(table, target, [0.0] * 4)
    names = model.preparation.names
    weights = np.array([20.0 if name == "colour = red" else -20.0 if name.startswith("colour") else 0.0 for name in names])
    model = dataclasses.replace(model, networks=(dataclasses.replace(model.networks[0], parameters=np.array([*weights, 0.0])),))
    before = X.copy()
    found = column_importances(model, X, Y, Metric("classification"))
    assert [each.name for each in found] == ["colour", "size"]
    # One in three is red before and after: 1/3 * 2/3 twice. Single 0-1 columns would give no and two colours, and other shares.
    assert found[0].rise.estimate == pytest.approx(4 / 9, abs=0.03)
    assert np.array_equal(X, before)


def test_the_seed_says_all(numbers):
    first, again, other = (column_importances(*numbers, seed=seed) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_few_rows_where_the_work_would_be_much(numbers, monkeypatch):
    monkeypatch.setattr(importance, "MOST_WORK", 1.0)
    assert {(each.rows, each.shuffles) for each in column_importances(*numbers)} == {(importance.FEWEST_ROWS, 5)}
    monkeypatch.setattr(importance, "MOST_PASSES", 7)
    assert {each.shuffles for each in column_importances(*numbers)} == {2}


def test_what_cannot_be_shuffled(numbers):
    model, X, Y, metric = numbers
    with pytest.raises(DataError, match="at least 2 rows and 1 shuffle, found 1 and 5"):
        column_importances(model, X[:1], Y[:1], metric)
