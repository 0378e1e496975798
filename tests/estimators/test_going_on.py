"""Warm starts and `partial_fit` go on where the last call ended, to the bit."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.datasets import load_iris, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import scale

from wellfit import MLPClassifier, MLPRegressor
from wellfit.errors import SpecError

X, Y = load_iris(return_X_y=True)
X = scale(X)
TRAIN, DEV = np.arange(0, 150, 2), np.arange(1, 150, 2)


@pytest.fixture(autouse=True)
def quiet():
    """Epochs used up are no matter here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Stochastic Optimizer: Maximum iterations", ConvergenceWarning)
        warnings.filterwarnings("ignore", "lbfgs failed to converge", ConvergenceWarning)
        yield


def classifier(**settings):
    common = {"hidden_layer_sizes": (6,), "random_state": 0, "learning_rate_init": 0.01, "max_iter": 12, "batch_size": 20}
    return MLPClassifier(**common | settings)


def assert_same(one, other):
    for name in ("coefs_", "intercepts_"):
        assert all(np.array_equal(*pair) for pair in zip(getattr(one, name), getattr(other, name), strict=True)), name
    assert one.loss_curve_ == other.loss_curve_
    assert one.validation_scores_ == other.validation_scores_
    assert one.history_.record_epoch.tolist() == other.history_.record_epoch.tolist()


# === Warm starts ===


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"solver": "sgd", "dropout": 0.2},
        {"solver": "rmsprop"},
        {"solver": "sgd", "learning_rate": "invscaling"},
        {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.05, "n_iter_no_change": 2},
        {"early_stopping": True},
        {"early_stopping": True, "scoring": "loss"},
        {"early_stopping": True, "scoring": "balanced_accuracy"},
        {"learning_rate": "exponential"},
    ],
)
@pytest.mark.parametrize("seed", [0, None, np.random.RandomState(3)])
def test_two_fits_are_one_long_fit(settings, seed):
    if seed is None:
        np.random.seed(5)  # noqa: NPY002 - random_state=None is the global generator
    state = seed.get_state() if isinstance(seed, np.random.RandomState) else None
    parts = classifier(warm_start=True, max_iter=4, random_state=seed, **settings)
    for _ in range(3):
        parts.fit(X, Y)
    if seed is None:
        np.random.seed(5)  # noqa: NPY002
    if state is not None:
        seed.set_state(state)
    assert_same(parts, classifier(random_state=seed, **settings).fit(X, Y))
    assert parts.n_iter_ == 4


def test_a_pickled_network_goes_on_alike():
    model = classifier(warm_start=True, early_stopping=True).fit(X, Y)
    twin = pickle.loads(pickle.dumps(model))
    assert_same(model.fit(X, Y), twin.fit(X, Y))


def test_the_rows_that_decide_stay_apart_from_those_that_were_trained_on():
    seen = []

    def watch(estimator, X, y):
        seen.append(X.copy())
        return 0.0

    model = classifier(warm_start=True, early_stopping=True, scoring=watch, max_iter=2, random_state=None)
    model.fit(X, Y).fit(X, Y)
    assert len(seen) == 4
    assert all(np.array_equal(seen[0], rows) for rows in seen)


def test_weights_that_were_written_to_are_where_it_goes_on():
    settings = {"solver": "gradient_descent", "warm_start": True, "early_stopping": True, "learning_rate_init": 1e-300, "max_iter": 1}
    model = classifier(**settings).fit(X, Y)
    model.coefs_[0][:] = 0.25
    model.fit(X, Y)
    assert np.array_equal(model._memory.state.parameters[:24], np.full(24, 0.25))


def test_other_rows_to_decide_forget_the_best_epoch_but_not_its_weights():
    first = (X[DEV], Y[DEV])
    shuffled = (X[DEV], np.roll(Y[DEV], 25))
    model = classifier(early_stopping=True, warm_start=True, max_iter=40).fit(X[TRAIN], Y[TRAIN], eval_set=first)
    best = model.best_validation_score_
    assert best > 0.8
    start = [coef.copy() for coef in model.coefs_]
    model.set_params(learning_rate_init=1e-300, solver="gradient_descent", max_iter=1).fit(X[TRAIN], Y[TRAIN], eval_set=shuffled)
    assert model.best_validation_score_ < 0.2
    assert all(np.array_equal(*pair) for pair in zip(start, model.coefs_, strict=True))


def test_a_run_that_stopped_gets_its_patience_anew():
    model = classifier(warm_start=True, tol=0.5, n_iter_no_change=3, max_iter=50).fit(X, Y)
    assert model.outcome_ == "converged"
    assert model.fit(X, Y).n_iter_ > 3


def test_another_optimiser_starts_without_memory():
    plain = classifier(max_iter=3, solver="gradient_descent").fit(X, Y)
    initial = (plain.coefs_, plain.intercepts_)
    fresh = classifier(max_iter=2, solver="adam", initial_weights=initial, shuffle=False).fit(X, Y)
    turned = classifier(max_iter=3, solver="gradient_descent", warm_start=True).fit(X, Y)
    turned.set_params(solver="adam", max_iter=2, shuffle=False).fit(X, Y)
    assert all(np.array_equal(*pair) for pair in zip(fresh.coefs_, turned.coefs_, strict=True))


def test_records_stay_one_an_epoch_however_many_there_were():
    model = classifier(max_iter=600, warm_start=True, n_iter_no_change=np.inf, hidden_layer_sizes=2, batch_size=None)
    model.fit(X, Y).fit(X, Y)
    assert model.history_.record_epoch.tolist() == list(range(1, 1201))


# === partial_fit ===


@pytest.mark.parametrize("scoring", [None, "loss", "balanced_accuracy"])
def test_partial_fits_of_the_whole_table_are_a_fit(scoring):
    settings = {"early_stopping": True, "scoring": scoring, "n_iter_no_change": 2, "max_iter": 300, "tol": 1e-3}
    dev = (X[DEV], Y[DEV])
    whole = classifier(**settings).fit(X[TRAIN], Y[TRAIN], eval_set=dev)
    assert whole.outcome_ == "stopped_early"
    parts = classifier(**settings)
    calls = 0
    while not calls or parts.outcome_ == "running":
        parts.partial_fit(X[TRAIN], Y[TRAIN], classes=[0, 1, 2], eval_set=dev)
        calls += 1
    assert calls == whole.n_iter_ < 300
    assert parts.outcome_ == "stopped_early"
    assert_same(whole, parts)
    assert parts.best_validation_score_ == whole.best_validation_score_ == max(parts.validation_scores_)


def test_partial_fit_looks_at_rows_without_being_decided_by_them():
    model, alone = classifier(), classifier()
    for rows in np.split(TRAIN, 3):
        model.partial_fit(X[rows], Y[rows], classes=[0, 1, 2], eval_set=(X[DEV], Y[DEV]))
        alone.partial_fit(X[rows], Y[rows], classes=[0, 1, 2])
    assert model.history_.dev_error.shape == (3,)
    assert 1 - model.history_.dev_error[-1] == pytest.approx(model.score(X[DEV], Y[DEV]))
    assert np.array_equal(model.coefs_[0], alone.coefs_[0])
    assert model.validation_scores_ is None


def test_partial_fit_of_a_regressor_stops_early_too():
    model = MLPRegressor(hidden_layer_sizes=4, early_stopping=True, random_state=0)
    for _ in range(3):
        model.partial_fit(X, X[:, 0], eval_set=(X[:40], X[:40, 0]))
    assert len(model.validation_scores_) == 3
    assert model.best_validation_score_ == pytest.approx(model.score(X[:40], X[:40, 0]))


@pytest.mark.parametrize("sparse_labels", [False, True])
def test_partial_fit_of_labels(sparse_labels):
    from scipy.sparse import csr_matrix

    table, labels = make_multilabel_classification(60, n_features=5, n_classes=3, random_state=0)
    wrap = csr_matrix if sparse_labels else np.asarray
    model, whole = classifier(shuffle=False, batch_size=None), classifier(shuffle=False, batch_size=None, max_iter=4)
    for _ in range(4):
        model.partial_fit(scale(table), wrap(labels), classes=[0, 1, 2])
    assert_same(model, whole.fit(scale(table), wrap(labels)))
    assert model.predict(scale(table)).shape == (60, 3)
    with pytest.raises(SpecError, match="classes must be the numbers of y's columns, 0 to 2, found"):
        classifier().partial_fit(scale(table), wrap(labels), classes=[0, 1])
    with pytest.raises(ValueError, match="y must have 3 columns"):
        model.partial_fit(scale(table), wrap(labels[:, :2]))
