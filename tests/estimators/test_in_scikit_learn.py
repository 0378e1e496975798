"""wellfit's networks inside scikit-learn's own tools, one test each."""

import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import joblib
import matplotlib as mpl
import numpy as np
import pytest
import sklearn
from scipy import sparse
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.inspection import DecisionBoundaryDisplay, permutation_importance
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, cross_validate
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale

from wellfit import MLPClassifier, MLPRegressor
from wellfit.errors import DataError, SpecError
from wellfit.estimators import validation

RAW, Y = load_iris(return_X_y=True)
X = scale(RAW)
NUMBERS = X[:, 0] - 2 * X[:, 3]
WEIGHTS = np.linspace(0.5, 2.0, 150)


@pytest.fixture(autouse=True)
def quiet():
    """Epochs used up are no matter here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Stochastic Optimizer: Maximum iterations", ConvergenceWarning)
        warnings.filterwarnings("ignore", "lbfgs failed to converge", ConvergenceWarning)
        yield


def classifier(**settings):
    return MLPClassifier(**{"hidden_layer_sizes": (6,), "random_state": 0, "solver": "lbfgs", "alpha": 0.1, "max_iter": 40} | settings)


def regressor(**settings):
    return MLPRegressor(**{"hidden_layer_sizes": (6,), "random_state": 0, "solver": "lbfgs", "alpha": 0.1, "max_iter": 40} | settings)


# === Tools ===


def test_pipeline():
    model = make_pipeline(StandardScaler(), classifier()).fit(RAW, Y, mlpclassifier__sample_weight=WEIGHTS)
    assert model.score(RAW, Y) > 0.95
    assert np.array_equal(model[-1].coefs_[0], classifier().fit(StandardScaler().fit_transform(RAW), Y, sample_weight=WEIGHTS).coefs_[0])


def test_grid_search():
    grid = {"hidden_layer_sizes": [(), (3, 2)], "max_iter": np.array([20, 40]), "class_weight": ["balanced", {0: 2.0}]}
    search = GridSearchCV(classifier(), grid, cv=2, scoring="neg_log_loss").fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_estimator_.score(X, Y) > 0.95


def test_cross_val_score():
    assert cross_val_score(classifier(), X, Y, cv=3).mean() > 0.9
    with joblib.parallel_config("threading"):
        assert cross_val_score(regressor(), X, NUMBERS, cv=KFold(3, shuffle=True, random_state=0), n_jobs=2).mean() > 0.9


def test_calibrated_classifier():
    model = CalibratedClassifierCV(classifier(), cv=3).fit(X, Y, sample_weight=WEIGHTS)
    assert model.score(X, Y) > 0.9
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1.0)


def test_boosting():
    model = AdaBoostClassifier(classifier(max_iter=10), n_estimators=3, random_state=0).fit(X, Y)
    assert model.score(X, Y) > 0.9
    assert AdaBoostRegressor(regressor(), n_estimators=3, random_state=0).fit(X, NUMBERS).score(X, NUMBERS) > 0.9


def test_bagging():
    model = BaggingClassifier(classifier(), n_estimators=3, random_state=0).fit(X, Y, sample_weight=WEIGHTS)
    assert model.score(X, Y) > 0.9
    assert BaggingRegressor(regressor(), n_estimators=3, max_features=0.9, random_state=0).fit(X, NUMBERS).predict(X).shape == (150,)


def test_stacking():
    members = [("network", classifier()), ("bayes", GaussianNB())]
    assert StackingClassifier(members, final_estimator=classifier(hidden_layer_sizes=()), cv=3).fit(X, Y).score(X, Y) > 0.9
    assert StackingRegressor([("network", regressor())], cv=3).fit(X, NUMBERS).score(X, NUMBERS) > 0.9


def test_one_against_the_rest_and_several_targets():
    assert OneVsRestClassifier(classifier()).fit(X, Y).score(X, Y) > 0.9
    both = MultiOutputClassifier(classifier()).fit(X, np.column_stack([Y, Y == 1]))
    assert both.predict(X).shape == (150, 2)


def test_permutation_importance():
    noise = np.random.default_rng(0).normal(size=(150, 1))
    model = regressor().fit(np.hstack([X, noise]), NUMBERS)
    found = permutation_importance(model, np.hstack([X, noise]), NUMBERS, n_repeats=3, random_state=0)
    assert found.importances_mean[3] > 10 * abs(found.importances_mean[4])


def test_decision_boundary():
    mpl.use("Agg")
    model = classifier().fit(X[:, :2], Y)
    display = DecisionBoundaryDisplay.from_estimator(model, X[:, :2], response_method="predict", grid_resolution=20)
    assert display.response.shape == (20, 20)
    assert set(np.unique(display.response)) <= {0, 1, 2}
    mpl.pyplot.close(display.figure_)


# === Metadata routing ===


def test_weights_are_routed_through_searches():
    with sklearn.config_context(enable_metadata_routing=True):
        model = classifier().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        search = GridSearchCV(model, {"alpha": [0.1]}, cv=3).fit(X, Y, sample_weight=WEIGHTS)
        assert np.array_equal(search.best_estimator_.coefs_[0], classifier().fit(X, Y, sample_weight=WEIGHTS).coefs_[0])
        weighed = make_scorer(accuracy_score).set_score_request(sample_weight=True)
        scores = cross_validate(model, X, Y, cv=3, params={"sample_weight": WEIGHTS}, scoring=weighed)
        assert scores["test_score"].mean() > 0.9


def test_an_eval_set_is_routed_through_a_pipeline():
    with sklearn.config_context(enable_metadata_routing=True):
        model = classifier(early_stopping=True, solver="adam").set_fit_request(eval_set=True)
        pipeline = make_pipeline(StandardScaler(), model).fit(RAW[::2], Y[::2], eval_set=(X[1::2], Y[1::2]))
        assert len(pipeline[-1].validation_scores_) == pipeline[-1].n_iter_


def test_what_may_be_asked_for():
    requests = {
        method: set(getattr(MLPClassifier()._get_metadata_request(), method).requests) for method in ("fit", "partial_fit", "score")
    }
    assert requests == {
        "fit": {"sample_weight", "eval_set"},
        "partial_fit": {"sample_weight", "classes", "eval_set"},
        "score": {"sample_weight"},
    }


# === Threads and memory ===


def test_eight_threads_at_once_give_the_bits_of_one_after_another():
    settings = {"solver": "adam", "hidden_layer_sizes": (96, 32), "batch_size": 50, "dropout": 0.1, "max_iter": 15, "early_stopping": True}
    alone = [classifier(random_state=seed, **settings).fit(X, Y).coefs_ for seed in range(8)]
    together_at = threading.Barrier(8)

    def fit_one(seed):
        together_at.wait(timeout=60)
        return classifier(random_state=seed, **settings).fit(X, Y).coefs_

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(fit_one, range(8)))
    for one, other in zip(alone, together, strict=True):
        assert all(np.array_equal(*pair) for pair in zip(one, other, strict=True))


@pytest.mark.parametrize("jobs", [1, np.int64(2), -1])
def test_jobs_change_no_bit(jobs):
    settings = {"solver": "adam", "hidden_layer_sizes": (256, 64), "batch_size": 128, "max_iter": 3}
    plain, other = classifier(**settings).fit(X, Y), classifier(n_jobs=jobs, **settings).fit(X, Y)
    assert all(np.array_equal(*pair) for pair in zip(plain.coefs_, other.coefs_, strict=True))
    assert np.array_equal(plain.predict_proba(X), other.predict_proba(X))


@pytest.mark.parametrize("jobs", [0, -2, 1.5, "all", True])
def test_jobs_that_are_none(jobs):
    with pytest.raises(SpecError, match="n_jobs must be a whole number of at least 1, or -1 or None for all cores, found"):
        classifier(n_jobs=jobs).fit(X, Y)


def test_sparse_tables_are_predicted_in_parts(monkeypatch):
    table = sparse.random(500, 7, density=0.4, random_state=0, format="csc")
    labels = np.ravel(table.sum(axis=1)) > 1.2
    model = classifier().fit(table, labels)
    dense = model.predict_proba(table.toarray())
    sizes = []
    original = validation._dense
    monkeypatch.setattr(validation, "_dense", lambda part: sizes.append(part.shape) or original(part))
    monkeypatch.setattr(validation, "DENSE_PART", 7 * 8 * 120)
    assert np.array_equal(model.predict_proba(table), dense)
    assert sizes == [(120, 7)] * 4 + [(20, 7)]


@pytest.mark.parametrize("columns", [2**30, 2**50])
def test_a_sparse_table_that_is_too_large_when_dense_is_refused(columns):
    huge = sparse.csr_matrix(([1.0, 1.0], ([0, 1], [0, columns - 1])), shape=(2**20, columns))
    with pytest.raises(DataError, match=rf"X must fit in memory when it is made dense, found 1,048,576 x {columns:,} values"):
        classifier().fit(huge, np.arange(2**20) % 2)


# === Weights that cannot be used ===


@pytest.mark.parametrize(
    ("class_weight", "message"),
    [
        ({3: 1.0}, "class_weight names the class 3, but y has only 0, 1, 2; remove or rename it"),
        ({"a": 1.0, 0: 2.0}, "class_weight names the class 'a', but y has only 0, 1, 2"),
        ({0: -1.0}, "class_weight must be a finite number of at least 0, found -1.0 for the class 0"),
        ({1: float("nan")}, "class_weight must be a finite number of at least 0, found nan for the class 1"),
        ({1: "x"}, "class_weight must be a finite number of at least 0, found 'x' for the class 1"),
        ({0: 0, 1: 0, 2: 0}, "class_weight must be above 0 for at least one class"),
        ("balance", "class_weight must be a dict, 'balanced' or None, found 'balance'"),
        (5, "class_weight must be a dict, 'balanced' or None, found 5"),
    ],
)
def test_class_weights_that_cannot_be_used(class_weight, message):
    with pytest.raises(SpecError, match=message):
        classifier(class_weight=class_weight).fit(X, Y)


@pytest.mark.parametrize(
    ("settings", "arguments", "message"),
    [
        ({}, {"sample_weight": np.zeros(150)}, "sample_weight must be above 0 in at least one row, found a weight of zero"),
        ({}, {"sample_weight": np.full(150, -1.0)}, "sample_weight must be at least 0, found -1 in row 0"),
        ({}, {"sample_weight": np.ones(149)}, r"sample_weight.shape == \(149,\), expected \(150,\)"),
        ({}, {"sample_weight": np.full(150, np.nan)}, "Input sample_weight contains NaN"),
        ({}, {"eval_set": (X, Y, np.zeros(150))}, "eval_set: sample_weight must be above 0 in at least one row"),
        ({}, {"eval_set": (X[:, :3], Y)}, "eval_set: X has 3 features, but MLPClassifier is expecting 4"),
        (
            {"class_weight": {0: 0.0}},
            {"eval_set": (X[:9], Y[:9])},
            "the validation rows for early stopping must not all have a weight of zero",
        ),
    ],
)
def test_weights_of_rows_that_cannot_be_used(settings, arguments, message):
    with pytest.raises(ValueError, match=message):
        classifier(**settings).fit(X, Y, **arguments)


def test_classes_without_a_weight_count_one():
    half = classifier(class_weight={0: 2.0}).fit(X, Y)
    whole = classifier(class_weight={0: 2.0, 1: 1.0, 2: 1.0}).fit(X, Y)
    assert np.array_equal(half.coefs_[0], whole.coefs_[0])
