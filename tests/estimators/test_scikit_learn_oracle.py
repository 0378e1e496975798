"""scikit-learn's networks as the oracle: the same signature, the same draws, the same numbers."""

import inspect

import numpy as np
import pytest
from sklearn import neural_network
from sklearn.datasets import load_iris, make_classification, make_multilabel_classification, make_regression
from sklearn.linear_model import PoissonRegressor
from sklearn.preprocessing import scale

from wellfit import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

PAIRS = [(MLPClassifier, neural_network.MLPClassifier), (MLPRegressor, neural_network.MLPRegressor)]


def tables():
    """Return a name, the pair of estimators, X and y of every kind of task."""
    X, y = load_iris(return_X_y=True)
    X = scale(X)[::2]
    many = y[::2]
    labels_X, labels = make_multilabel_classification(80, n_features=6, n_classes=4, random_state=0)
    numbers_X, numbers = make_regression(80, 6, noise=5.0, random_state=0)
    return {
        "binary": (*PAIRS[0], X, np.where(many > 0, "yes", "no")),
        "classes": (*PAIRS[0], X, many),
        "labels": (*PAIRS[0], scale(labels_X), labels),
        "numbers": (*PAIRS[1], numbers_X, scale(numbers)),
    }


TABLES = tables()


@pytest.fixture(params=list(TABLES))
def task(request):
    return TABLES[request.param]


def assert_same_network(ours, theirs, rtol=1e-9):
    assert len(ours.coefs_) == len(theirs.coefs_)
    for name in ("coefs_", "intercepts_"):
        for mine, other in zip(getattr(ours, name), getattr(theirs, name), strict=True):
            np.testing.assert_allclose(mine, other, rtol=rtol, atol=rtol, err_msg=name)
    for name in ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-8)


def assert_same_curves(ours, theirs):
    for name in ("loss_curve_", "best_loss_", "validation_scores_", "best_validation_score_"):
        mine, other = getattr(ours, name), getattr(theirs, name)
        assert (mine is None) == (other is None), name
        if other is not None:
            assert mine == pytest.approx(other, rel=1e-8), name
    assert isinstance(ours.loss_curve_, list)


# === Signature ===


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_same_parameters_and_defaults_in_the_same_order(ours, theirs):
    mine, others = (list(inspect.signature(estimator).parameters.values()) for estimator in (ours, theirs))
    assert [(p.name, p.default, p.kind) for p in mine[: len(others)]] == [(p.name, p.default, p.kind) for p in others]
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in mine[len(others) :])


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_same_public_attributes(ours, theirs, solver):
    X, y = np.arange(12.0).reshape(6, 2), [0, 1, 0, 1, 0, 1]
    mine, other = (set(vars(estimator(solver=solver, max_iter=3).fit(X, y))) for estimator in (ours, theirs))
    assert {name for name in other if not name.startswith("_")} - {"loss"} <= mine
    fitted = {name for name in mine - other if name.endswith("_")}
    assert fitted == {"history_", "outcome_"}


def test_classifiers_have_the_attribute_loss_but_no_such_parameter():
    assert MLPClassifier().loss == neural_network.MLPClassifier().loss == "log_loss"
    assert "loss" not in MLPClassifier().get_params()


# === Numbers ===


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("hidden", [(), 7, (6, 5, 4)])
def test_same_initial_weights(task, activation, hidden):
    ours, theirs, X, y = task
    settings = {"hidden_layer_sizes": hidden, "activation": activation, "solver": "sgd", "learning_rate_init": 1e-300, "max_iter": 1}
    mine, other = (estimator(random_state=8, **settings).fit(X, y) for estimator in (ours, theirs))
    for name in ("coefs_", "intercepts_"):
        assert all(np.array_equal(*pair) for pair in zip(getattr(mine, name), getattr(other, name), strict=True))


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_lbfgs(task, activation):
    ours, theirs, X, y = task
    # Few iterations: rounding grows about tenfold every five.
    settings = {"hidden_layer_sizes": (8, 4), "activation": activation, "solver": "lbfgs", "max_iter": 15, "alpha": 0.01}
    mine, other = (estimator(random_state=3, **settings).fit(X, y) for estimator in (ours, theirs))
    assert_same_network(mine, other, rtol=1e-7)
    np.testing.assert_array_equal(mine.predict(X).shape, other.predict(X).shape)


@pytest.mark.parametrize(
    "settings",
    [
        {"solver": "adam", "beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-6},
        {"solver": "adam", "learning_rate": "invscaling"},
        {"solver": "sgd", "learning_rate_init": 0.05},
        {"solver": "sgd", "nesterovs_momentum": False, "momentum": 0.5, "learning_rate": "invscaling", "learning_rate_init": 0.2},
        {"solver": "sgd", "momentum": 0, "learning_rate": "adaptive", "learning_rate_init": 0.05, "tol": 0.01, "n_iter_no_change": 2},
    ],
)
def test_unshuffled_steps(task, settings):
    ours, theirs, X, y = task
    common = {"hidden_layer_sizes": (8, 4), "activation": "tanh", "shuffle": False, "batch_size": 13, "max_iter": 30, "alpha": 0.01}
    mine, other = (estimator(random_state=1, **common, **settings).fit(X, y) for estimator in (ours, theirs))
    assert_same_network(mine, other)
    assert_same_curves(mine, other)
    if hasattr(mine, "classes_"):
        assert mine.classes_.tolist() == other.classes_.tolist()
        np.testing.assert_array_equal(mine.predict(X), other.predict(X))
        assert mine.predict(X).dtype == other.predict(X).dtype
        np.testing.assert_allclose(mine.predict_proba(X), other.predict_proba(X), rtol=1e-8)
        np.testing.assert_allclose(mine.predict_log_proba(X), other.predict_log_proba(X), rtol=1e-8)
    else:
        np.testing.assert_allclose(mine.predict(X), other.predict(X), rtol=1e-7)
    assert mine.score(X, y) == pytest.approx(other.score(X, y), rel=1e-9)


def test_full_batches_need_no_shuffle_to_be_off(task):
    ours, theirs, X, y = task
    mine, other = (estimator(random_state=1, max_iter=40).fit(X, y) for estimator in (ours, theirs))
    assert_same_network(mine, other, rtol=1e-8)


def test_early_stopping_splits_and_scores_alike(task):
    ours, theirs, X, y = task
    settings = {"early_stopping": True, "validation_fraction": 0.2, "shuffle": False, "max_iter": 40, "learning_rate_init": 0.01}
    mine, other = (estimator(random_state=2, n_iter_no_change=5, **settings).fit(X, y) for estimator in (ours, theirs))
    assert_same_network(mine, other)
    assert_same_curves(mine, other)


def test_weights_of_rows(task):
    ours, theirs, X, y = task
    weights = np.random.default_rng(0).uniform(0.2, 3.0, len(X))
    for settings in ({"solver": "lbfgs", "max_iter": 15}, {"solver": "adam", "max_iter": 25}):
        mine, other = (estimator(hidden_layer_sizes=6, random_state=4, **settings) for estimator in (ours, theirs))
        assert_same_network(mine.fit(X, y, sample_weight=weights), other.fit(X, y, sample_weight=weights), rtol=1e-7)


def test_batches_of_unequal_weight_make_the_same_steps(task):
    ours, theirs, X, y = task
    weights = np.random.default_rng(0).uniform(0.2, 3.0, len(X))
    settings = {"hidden_layer_sizes": 6, "shuffle": False, "batch_size": 11, "max_iter": 8, "random_state": 4}
    mine, other = (estimator(**settings).fit(X, y, sample_weight=weights) for estimator in (ours, theirs))
    for one, two in zip(mine.coefs_, other.coefs_, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-9)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("learning_rate", ["constant", "invscaling", "adaptive"])
def test_partial_fit_with_parts_of_any_size(task, solver, learning_rate):
    ours, theirs, X, y = task
    parts = np.split(np.arange(len(X)), [5, 30, 37, 60])
    settings = {"hidden_layer_sizes": 5, "solver": solver, "learning_rate": learning_rate, "learning_rate_init": 0.02}
    extra = {"n_iter_no_change": 3, "tol": 0.01, "shuffle": False, "random_state": 5}
    mine, other = (estimator(**settings, **extra) for estimator in (ours, theirs))
    classes = {"classes": np.unique(y) if y.ndim == 1 else np.arange(y.shape[1])} if ours is MLPClassifier else {}
    for rows in parts * 4:
        for model in (mine, other):
            model.partial_fit(X[rows], y[rows], **classes)
    assert_same_network(mine, other)
    assert_same_curves(mine, other)


def test_partial_fit_goes_on_after_fit(task):
    ours, theirs, X, y = task
    mine, other = (estimator(hidden_layer_sizes=5, max_iter=4, shuffle=False, random_state=5) for estimator in (ours, theirs))
    for model in (mine, other):
        model.fit(X, y)
        model.partial_fit(X[:20], y[:20])
        model.partial_fit(X[20:], y[20:])
    assert_same_network(mine, other)
    assert_same_curves(mine, other)


@pytest.mark.parametrize("settings", [{"solver": "sgd", "momentum": 0.0}, {"solver": "lbfgs", "alpha": 1.0}])
def test_warm_start_of_what_has_no_memory(task, settings):
    # scikit-learn's optimisers forget their moments between two fits, ours remember them; these two have none.
    ours, theirs, X, y = task
    common = {"hidden_layer_sizes": 5, "warm_start": True, "max_iter": 6, "shuffle": False, "random_state": 5, "learning_rate_init": 0.01}
    mine, other = (estimator(**common | settings) for estimator in (ours, theirs))
    for _ in range(3):
        mine.fit(X, y)
        other.fit(X, y)
        assert_same_network(mine, other, rtol=1e-8)
    if settings["solver"] == "sgd":
        assert_same_curves(mine, other)
        assert mine.history_.epochs == len(mine.loss_curve_) == 18


def test_generators_are_drawn_from_alike(task):
    ours, theirs, X, y = task
    generators = [np.random.RandomState(11), np.random.RandomState(11)]
    for _ in range(2):
        mine, other = (
            estimator(hidden_layer_sizes=3, max_iter=2, shuffle=False, random_state=generator).fit(X, y)
            for estimator, generator in zip((ours, theirs), generators, strict=True)
        )
        assert_same_network(mine, other)
        # Ours draws a seed for the engine; scikit-learn's nothing, as it does not shuffle.
        generators[1].randint(2**63 - 1, dtype=np.int64)


def test_float32(task):
    ours, theirs, X, y = task
    settings = {"hidden_layer_sizes": (8, 4), "shuffle": False, "batch_size": 20, "max_iter": 10, "random_state": 0}
    mine, other = (estimator(**settings).fit(X.astype(np.float32), y) for estimator in (ours, theirs))
    assert {array.dtype for array in (*mine.coefs_, *mine.intercepts_)} == {np.dtype("float32")}
    for one, two in zip(mine.coefs_, other.coefs_, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-3, atol=1e-4)
    assert mine.score(X.astype(np.float32), y) == pytest.approx(other.score(X.astype(np.float32), y), abs=0.01)


def test_several_targets_make_the_same_steps_and_report_the_loss_that_belongs_to_them():
    X, Y = make_regression(80, 6, n_targets=3, random_state=0)
    Y = scale(Y)
    settings = {"hidden_layer_sizes": 6, "shuffle": False, "batch_size": 20, "max_iter": 10, "alpha": 0.0, "random_state": 0}
    mine, other = MLPRegressor(**settings).fit(X, Y), neural_network.MLPRegressor(**settings).fit(X, Y)
    for one, two in zip(mine.coefs_, other.coefs_, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-9)
    assert mine.loss_curve_ == pytest.approx([3 * loss for loss in other.loss_curve_], rel=1e-9)


def test_lbfgs_follows_the_gradient_of_its_own_cost_with_several_targets():
    X, Y = make_regression(80, 6, n_targets=3, noise=10.0, random_state=0)
    Y = scale(Y)
    settings = {"hidden_layer_sizes": (), "alpha": 1.0, "solver": "lbfgs", "max_iter": 1000, "tol": 1e-8, "random_state": 0}
    mine = MLPRegressor(**settings).fit(X, Y)
    centred = X - X.mean(axis=0)
    exact = np.linalg.solve(centred.T @ centred + np.eye(6), centred.T @ Y)
    np.testing.assert_allclose(mine.coefs_[0], exact, atol=1e-5)
    assert mine.check_gradients(X, Y).passed


def test_poisson():
    generator = np.random.default_rng(0)
    X = np.linspace(0, 1, 100).reshape(-1, 1)
    y = generator.poisson(np.exp(X[:, 0] + 1))
    settings = {"loss": "poisson", "hidden_layer_sizes": 4, "solver": "lbfgs", "max_iter": 8, "random_state": 1}
    mine, other = MLPRegressor(**settings).fit(X, y), neural_network.MLPRegressor(**settings).fit(X, y)
    assert_same_network(mine, other, rtol=1e-6)
    line = MLPRegressor(loss="poisson", hidden_layer_sizes=(), alpha=0, solver="lbfgs", tol=1e-8, max_iter=1000).fit(X, y)
    np.testing.assert_allclose(line.predict(X), PoissonRegressor(alpha=0, tol=1e-8).fit(X, y).predict(X), rtol=1e-4)


def test_the_cost_of_a_confident_mistake_is_not_clipped():
    # scikit-learn clips probabilities at the rounding of floats, and with them the cost, but not the gradient.
    X, y = make_classification(60, 4, random_state=0)
    settings = {"hidden_layer_sizes": (), "solver": "sgd", "learning_rate_init": 1e5, "momentum": 0, "max_iter": 2, "alpha": 0}
    settings["random_state"] = 0
    mine, other = MLPClassifier(**settings).fit(X, y), neural_network.MLPClassifier(**settings).fit(X, y)
    assert mine.loss_curve_[0] == pytest.approx(other.loss_curve_[0])
    assert other.loss_curve_[1] < 36.1 < mine.loss_curve_[1]
