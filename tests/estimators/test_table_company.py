"""The estimators for whole tables within scikit-learn's: pipelines, searches, ensembles."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import AdaBoostRegressor, BaggingClassifier, StackingClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_predict, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from wellfit import WellfitClassifier, WellfitRegressor


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.normal(size=120), "colour": rng.choice(["red", "blue"], 120)})
    frame.loc[::10, "size"] = np.nan
    return frame


@pytest.fixture(scope="module")
def classes(table):
    return np.where((table["size"].fillna(0.0) > 0) | (table["colour"] == "red"), "yes", "no")


@pytest.fixture(scope="module")
def numbers(table):
    return table["size"].fillna(0.0).to_numpy() * 3.0 + 50.0


def test_pipeline(table, classes):
    model = make_pipeline(FunctionTransformer(lambda frame: frame.assign(double=2.0 * frame["size"])), WellfitClassifier(random_state=0))
    assert model.fit(table, classes).score(table, classes) > 0.9
    assert model[-1].feature_names_in_.tolist() == ["size", "colour", "double"]


def test_cross_validation(table, classes, numbers):
    assert cross_val_score(WellfitClassifier(random_state=0), table, classes, cv=3).mean() > 0.85
    assert cross_val_predict(WellfitClassifier(random_state=0), table, classes, cv=2, method="predict_proba").shape == (120, 2)
    scores = cross_validate(WellfitRegressor(random_state=0), table, numbers, cv=2, scoring="neg_root_mean_squared_error")
    assert scores["test_score"].min() > -2.0


def test_grid_search(table, classes):
    search = GridSearchCV(WellfitClassifier(random_state=0), {"class_weight": [None, "balanced"]}, cv=2).fit(table, classes)
    assert search.best_score_ > 0.85


def test_routing_of_weights_and_groups(table, classes):
    import sklearn

    with sklearn.config_context(enable_metadata_routing=True):
        model = WellfitClassifier(random_state=0).set_fit_request(sample_weight=True, groups=True)
        model.set_score_request(sample_weight=True)
        weights, groups = np.ones(120), np.arange(120) // 4
        found = cross_validate(model, table, classes, cv=GroupKFold(2), params={"sample_weight": weights, "groups": groups})
    assert found["test_score"].min() > 0.7


def test_calibration(table, classes):
    model = CalibratedClassifierCV(WellfitClassifier(random_state=0), cv=2).fit(table, classes)
    np.testing.assert_allclose(model.predict_proba(table).sum(axis=1), 1.0)


def test_ensembles(table, classes, numbers):
    bagged = BaggingClassifier(WellfitClassifier(), n_estimators=2, random_state=0).fit(table, classes)
    assert bagged.score(table, classes) > 0.85
    stacked = StackingClassifier([("network", WellfitClassifier(random_state=0))], LogisticRegression(), cv=2).fit(table, classes)
    assert stacked.score(table, classes) > 0.85
    sizes = table[["size"]].fillna(0.0)  # AdaBoost itself takes no gaps
    boosted = AdaBoostRegressor(WellfitRegressor(), n_estimators=2, random_state=0).fit(sizes, numbers)
    assert boosted.score(sizes, numbers) > 0.8


def test_transformed_targets(table, numbers):
    model = TransformedTargetRegressor(WellfitRegressor(random_state=0), func=np.log, inverse_func=np.exp).fit(table, numbers)
    assert model.score(table, numbers) > 0.8


def test_permutation_importance(table, classes):
    model = WellfitClassifier(random_state=0).fit(table.assign(noise=np.random.default_rng(1).normal(size=120)), classes)
    frame = table.assign(noise=np.random.default_rng(1).normal(size=120))
    found = permutation_importance(model, frame, classes, n_repeats=3, random_state=0).importances_mean
    assert found[2] < min(found[0], found[1])


def test_parameters_are_set_and_cloned():
    model = WellfitClassifier().set_params(validation_fraction=0.3, threshold="f1")
    assert clone(model).get_params() == model.get_params()
    assert repr(model) == "WellfitClassifier(threshold='f1', validation_fraction=0.3)"
