"""Early stopping by any scorer, and the curves of the rows that decide."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import balanced_accuracy_score, log_loss, make_scorer, mean_absolute_error
from sklearn.preprocessing import scale

from wellfit import MLPClassifier, MLPRegressor
from wellfit.errors import DataError, SpecError

X, Y = load_iris(return_X_y=True)
X = scale(X)
TRAIN, DEV = np.arange(0, 150, 2), np.arange(1, 150, 2)
EVAL = (X[DEV], Y[DEV])


@pytest.fixture(autouse=True)
def quiet():
    """Epochs used up are no matter here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Stochastic Optimizer: Maximum iterations", ConvergenceWarning)
        warnings.filterwarnings("ignore", "lbfgs failed to converge", ConvergenceWarning)
        yield


def classifier(**settings):
    common = {"hidden_layer_sizes": (6,), "random_state": 0, "learning_rate_init": 0.02, "max_iter": 200, "early_stopping": True}
    return MLPClassifier(**common | settings)


@pytest.mark.parametrize(
    ("scoring", "score"),
    [
        (None, lambda model: model.score(*EVAL)),
        ("loss", lambda model: -log_loss(EVAL[1], model.predict_proba(EVAL[0]))),
        ("neg_log_loss", lambda model: -log_loss(EVAL[1], model.predict_proba(EVAL[0]))),
        (make_scorer(balanced_accuracy_score), lambda model: balanced_accuracy_score(EVAL[1], model.predict(EVAL[0]))),
        (lambda estimator, X, y: -np.abs(estimator.coefs_[0]).sum(), lambda model: -np.abs(model.coefs_[0]).sum()),
    ],
)
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_the_best_epoch_by_the_scorer_is_kept(scoring, score, solver):
    model = classifier(scoring=scoring, solver=solver, n_iter_no_change=5, alpha=0.0).fit(X[TRAIN], Y[TRAIN], eval_set=EVAL)
    assert model.outcome_ == "stopped_early"
    assert len(model.validation_scores_) == model.n_iter_ == model.history_.epochs
    assert model.best_validation_score_ == max(model.validation_scores_) == pytest.approx(score(model), rel=1e-9)


def test_a_scorer_takes_the_same_steps_as_none():
    plain = classifier(n_iter_no_change=1000, max_iter=20).fit(X, Y)
    scored = classifier(n_iter_no_change=1000, max_iter=20, scoring="accuracy").fit(X, Y)
    assert plain.validation_scores_ == pytest.approx(scored.validation_scores_, rel=1e-12)
    assert all(np.array_equal(*pair) for pair in zip(plain.coefs_, scored.coefs_, strict=True))
    assert plain.history_.cost.tolist() == scored.history_.cost.tolist()


def test_an_adaptive_rate_is_lowered_by_the_scorer():
    settings = {"solver": "sgd", "learning_rate": "adaptive", "n_iter_no_change": 2, "max_iter": 12, "tol": 0.0}
    model = classifier(scoring=lambda estimator, X, y: -float(estimator.history_.epochs), **settings).fit(X, Y)
    # Every epoch scores the same; with a tolerance of 0 that is no worse than the best, and the rate stays.
    assert set(model.history_.learning_rate) == {0.02}
    falling = iter(range(100, 0, -1))
    model = classifier(scoring=lambda estimator, X, y: next(falling), **settings).fit(X, Y)
    assert len(set(model.history_.learning_rate)) > 2


def test_weights_of_rows_reach_the_scorer_and_those_of_classes_do_not():
    weights = np.linspace(1, 3, 75)
    taken = []

    def scorer(estimator, X, y, sample_weight=None):
        taken.append(sample_weight)
        return 1.0

    classifier(scoring=scorer, max_iter=1, class_weight={0: 5.0}).fit(X[TRAIN], Y[TRAIN], eval_set=(*EVAL, weights))
    assert np.array_equal(taken[0], weights)
    classifier(scoring=lambda estimator, X, y: 1.0, max_iter=1).fit(X[TRAIN], Y[TRAIN], eval_set=(*EVAL, weights))


def test_scorers_are_given_the_labels_of_users_and_no_names_of_columns():
    frame, names = pd.DataFrame(X, columns=list("abcd")), np.array(["x", "y", "z"])[Y]
    seen = set()

    def scorer(estimator, X, y):
        seen.update(y)
        return np.mean(estimator.predict(X) == y)

    model = classifier(scoring=scorer, max_iter=2).fit(frame, names)
    assert seen == {"x", "y", "z"}
    assert model.feature_names_in_.tolist() == list("abcd")


def test_scorers_of_labels_and_of_numbers():
    table, labels = make_multilabel_classification(80, n_features=5, n_classes=3, random_state=0)
    model = classifier(scoring="f1_micro", max_iter=5).fit(scale(table), labels)
    assert len(model.validation_scores_) == 5
    model = MLPRegressor(early_stopping=True, scoring="neg_mean_absolute_error", random_state=0, max_iter=30, hidden_layer_sizes=4)
    model.fit(X[TRAIN], X[TRAIN, 0], eval_set=(X[DEV], X[DEV, 0]))
    assert -model.best_validation_score_ == pytest.approx(mean_absolute_error(X[DEV, 0], model.predict(X[DEV])))


def test_verbose_prints_the_scores_of_the_scorer(capsys):
    model = classifier(scoring="neg_log_loss", verbose=True, max_iter=3).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:6:2] == [f"Validation score: {score:f}" for score in model.validation_scores_]


def test_curves_have_every_epoch_of_long_runs_where_rows_are_looked_at():
    settings = {"max_iter": 1100, "early_stopping": False, "n_iter_no_change": np.inf, "hidden_layer_sizes": 2}
    model = classifier(**settings).fit(X[TRAIN], Y[TRAIN], eval_set=EVAL)
    assert model.history_.dev_cost.shape == model.history_.train_error.shape == (1100,)
    assert np.isfinite(model.history_.dev_cost).all()


@pytest.mark.parametrize(
    ("scoring", "error", "message"),
    [
        ("accuraccy", SpecError, "scoring 'accuraccy' is unknown; did you mean 'accuracy'"),
        (7, SpecError, "scoring must be None, 'loss', the name of a scorer or a callable, found 7"),
        (lambda estimator, X, y: {"a": 1.0}, SpecError, "scoring must give one number, found {'a': 1.0}"),
        (lambda estimator, X, y: float("nan"), DataError, "gives nan on the validation rows for early stopping"),
    ],
)
def test_bad_scorers(scoring, error, message):
    with pytest.raises(error, match=message):
        classifier(scoring=scoring, max_iter=2).fit(X, Y)


def test_without_early_stopping_no_scorer_is_asked():
    model = classifier(early_stopping=False, scoring="no such scorer", max_iter=2).fit(X[TRAIN], Y[TRAIN], eval_set=EVAL)
    assert model.validation_scores_ is None
