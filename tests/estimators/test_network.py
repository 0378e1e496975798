"""What wellfit's networks have beyond scikit-learn's, and how they behave around a fit."""

import copy
import pickle
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_iris, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, NotFittedError
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale

from wellfit import MLPClassifier, MLPRegressor
from wellfit.errors import DataError, SpecError, TrainingWarning
from wellfit.spec import Optimizer, Schedule
from wellfit.training import fit as fit_module

X_IRIS, Y_IRIS = load_iris(return_X_y=True)
X_IRIS = scale(X_IRIS)
GENERATOR = np.random.default_rng(0)
X_LINE = GENERATOR.normal(size=(90, 3))
Y_LINE = X_LINE @ [1.0, -2.0, 0.5] + 0.1 * GENERATOR.normal(size=90)


@pytest.fixture(autouse=True)
def quiet():
    """Epochs used up are no matter here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Stochastic Optimizer: Maximum iterations", ConvergenceWarning)
        warnings.filterwarnings("ignore", "lbfgs failed to converge", ConvergenceWarning)
        yield


def classifier(**settings):
    return MLPClassifier(**{"hidden_layer_sizes": (8,), "random_state": 0, "learning_rate_init": 0.01, "max_iter": 60} | settings)


def regressor(**settings):
    return MLPRegressor(**{"hidden_layer_sizes": (8,), "random_state": 0, "learning_rate_init": 0.01, "max_iter": 60} | settings)


# === More to choose from ===


@pytest.mark.parametrize(
    "settings",
    [
        {"solver": "gradient_descent", "learning_rate_init": 0.5},
        {"solver": "averaged_momentum", "learning_rate_init": 0.5},
        {"solver": "rmsprop"},
        {"solver": "adamw"},
        {"solver": Optimizer("adam", epsilon_form="inside", beta1=0.5)},
        {"learning_rate": "cosine", "learning_rate_init": 0.05},
        {"learning_rate": "exponential", "learning_rate_init": 0.05},
        {"learning_rate": "inverse_time"},
        {"learning_rate": "inverse_sqrt"},
        {"learning_rate": Schedule("cosine", learning_rate=0.05, warm_up=5, period=20)},
        {"dropout": 0.2, "input_dropout": 0.1},
        {"l1": 0.01, "alpha": 0.1},
        {"label_smoothing": 0.1},
        {"initializer": "he_uniform"},
        {"activation": "gelu"},
        {"hidden_layer_sizes": (8, 6), "activation": ("silu", "tanh"), "dropout": (0.1, 0.0)},
        {"hidden_layer_sizes": (), "solver": "lbfgs"},
        {"batch_size": None, "learning_rate_init": 0.05},
        {"class_weight": "balanced"},
    ],
)
@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_every_option_learns_and_comes_out_the_same_each_time(settings, engine):
    models = [classifier(**{"batch_size": 20, "engine": engine} | settings).fit(X_IRIS, Y_IRIS) for _ in range(2)]
    assert models[0].score(X_IRIS, Y_IRIS) > 0.85
    assert all(np.array_equal(*pair) for pair in zip(models[0].coefs_, models[1].coefs_, strict=True))


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber"])
def test_losses_of_regression(loss):
    model = regressor(loss=loss, huber_delta=0.5, max_iter=300, tol=1e-6).fit(X_LINE, Y_LINE)
    assert model.score(X_LINE, Y_LINE) == pytest.approx(r2_score(Y_LINE, model.predict(X_LINE)))
    assert model.score(X_LINE, Y_LINE) > 0.95


def test_dropout_is_off_at_prediction_and_changes_training():
    plain, dropped = (classifier(dropout=rate).fit(X_IRIS, Y_IRIS) for rate in (0.0, 0.5))
    assert not np.array_equal(plain.coefs_[0], dropped.coefs_[0])
    assert np.array_equal(dropped.predict_proba(X_IRIS), dropped.predict_proba(X_IRIS))


def test_l1_makes_weights_smaller():
    sums = [np.abs(classifier(l1=l1, solver="lbfgs").fit(X_IRIS, Y_IRIS).coefs_[0]).sum() for l1 in (0.0, 1.0)]
    assert sums[1] < sums[0] / 2


def test_named_solvers_take_scikit_learns_parameters_and_objects_their_own():
    named = regressor(solver="rmsprop", beta_2=0.95, epsilon=1e-4).fit(X_LINE, Y_LINE)
    given = regressor(solver=Optimizer("rmsprop", beta2=0.95, epsilon=1e-4), beta_2=0.1).fit(X_LINE, Y_LINE)
    assert np.array_equal(named.coefs_[0], given.coefs_[0])
    same = regressor(solver="gradient_descent").fit(X_LINE, Y_LINE)
    as_momentum = regressor(solver="sgd", momentum=0.0).fit(X_LINE, Y_LINE)
    np.testing.assert_allclose(same.coefs_[0], as_momentum.coefs_[0], rtol=1e-12)


def test_a_schedule_object_reaches_adam_and_is_seen_in_the_history():
    schedule = Schedule("exponential", learning_rate=0.1, rate=0.5)
    model = regressor(learning_rate=schedule, learning_rate_init=7.0, max_iter=4).fit(X_LINE, Y_LINE)
    assert model.history_.learning_rate.tolist() == pytest.approx([0.1, 0.05, 0.025, 0.0125])
    deaf = regressor(learning_rate="invscaling", learning_rate_init=0.1, max_iter=4).fit(X_LINE, Y_LINE)
    assert deaf.history_.learning_rate.tolist() == [0.1] * 4


def test_initial_weights_are_taken_as_they_are():
    coefs = [np.full((3, 2), 0.5), np.array([[1.0], [2.0]])]
    intercepts = [np.array([0.1, 0.2]), np.array([0.3])]
    model = regressor(hidden_layer_sizes=2, initial_weights=(coefs, intercepts), solver="gradient_descent", learning_rate_init=1e-300)
    model.set_params(max_iter=1).fit(X_LINE, Y_LINE)
    for given, fitted in zip((*coefs, *intercepts), (*model.coefs_, *model.intercepts_), strict=True):
        assert np.array_equal(given, fitted)
        assert given is not fitted


def test_initializers_of_the_spec_go_by_the_random_state():
    models = [classifier(initializer="glorot_normal", random_state=seed, max_iter=1).fit(X_IRIS, Y_IRIS) for seed in (1, 1, 2)]
    assert np.array_equal(models[0].coefs_[0], models[1].coefs_[0])
    assert not np.array_equal(models[0].coefs_[0], models[2].coefs_[0])
    zeros = regressor(initializer="zeros", max_iter=1, learning_rate_init=1e-300, solver="sgd").fit(X_LINE, Y_LINE)
    assert not np.any(zeros.coefs_[0])


def test_class_weights_are_weights_of_rows():
    y = np.where(Y_IRIS == 0, "rare", "common")
    by_class = classifier(class_weight={"rare": 3.0, "common": 0.5}).fit(X_IRIS, y)
    by_row = classifier().fit(X_IRIS, y, sample_weight=np.where(y == "rare", 3.0, 0.5))
    assert np.array_equal(by_class.coefs_[0], by_row.coefs_[0])
    balanced = classifier(class_weight="balanced").fit(X_IRIS, y)
    equal = classifier().fit(X_IRIS, y, sample_weight=np.where(y == "rare", 150 / 2 / 50, 150 / 2 / 100))
    assert np.array_equal(balanced.coefs_[0], equal.coefs_[0])


def test_eval_set_is_looked_at_but_not_trained_on():
    train, dev = np.arange(0, 150, 2), np.arange(1, 150, 2)
    alone = classifier().fit(X_IRIS[train], Y_IRIS[train])
    watched = classifier().fit(X_IRIS[train], Y_IRIS[train], eval_set=(X_IRIS[dev], Y_IRIS[dev]))
    assert np.array_equal(alone.coefs_[0], watched.coefs_[0])
    assert watched.validation_scores_ is None
    assert 1 - watched.history_.dev_error[-1] == pytest.approx(watched.score(X_IRIS[dev], Y_IRIS[dev]))
    assert np.isnan(alone.history_.dev_error).all()


def test_eval_set_decides_on_early_stopping_in_place_of_rows_split_off():
    train, dev = np.arange(0, 150, 2), np.arange(1, 150, 2)
    weights = np.linspace(1, 2, 75)
    model = classifier(early_stopping=True, max_iter=500)
    model.fit(X_IRIS[train], Y_IRIS[train], eval_set=(X_IRIS[dev], Y_IRIS[dev], weights))
    assert model.t_ == 75 * model.n_iter_
    scores = model.validation_scores_
    assert len(scores) == model.n_iter_ < 500
    assert model.best_validation_score_ == max(scores)
    assert accuracy_score(Y_IRIS[dev], model.predict(X_IRIS[dev]), sample_weight=weights) == pytest.approx(max(scores))


def test_early_stopping_of_lbfgs_needs_an_eval_set():
    split = classifier(solver="lbfgs", early_stopping=True).fit(X_IRIS, Y_IRIS)
    plain = classifier(solver="lbfgs").fit(X_IRIS, Y_IRIS)
    assert np.array_equal(split.coefs_[0], plain.coefs_[0])
    watched = classifier(solver="lbfgs", early_stopping=True, n_iter_no_change=3, max_iter=500)
    watched.fit(X_IRIS[::2], Y_IRIS[::2], eval_set=(X_IRIS[1::2], Y_IRIS[1::2]))
    assert watched.n_iter_ < 500
    assert watched.score(X_IRIS[1::2], Y_IRIS[1::2]) == pytest.approx(1 - watched.history_.dev_error.min())


# === Fitted state ===


def test_weights_may_be_written_to_and_prediction_reads_them():
    model = regressor(hidden_layer_sizes=()).fit(X_LINE, Y_LINE)
    model.coefs_[0][:] = [[1.0], [0.0], [2.0]]
    model.intercepts_[0] = np.array([10.0])
    np.testing.assert_allclose(model.predict(X_LINE), X_LINE @ [1.0, 0.0, 2.0] + 10.0)
    other = copy.deepcopy(model)
    other.coefs_[0][:] = 0.0
    assert np.allclose(other.predict(X_LINE), 10.0)
    assert not np.allclose(model.predict(X_LINE), 10.0)
    model.set_params(solver="gradient_descent", learning_rate_init=1e-300, warm_start=True, max_iter=1).fit(X_LINE, Y_LINE)
    np.testing.assert_allclose(model.coefs_[0].ravel(), [1.0, 0.0, 2.0], atol=1e-200)


@pytest.mark.parametrize("how", ["pickle", "joblib", "deepcopy", "memory map"])
def test_copies_predict_the_same_and_go_on_the_same(how, tmp_path):
    model = classifier(solver=Optimizer("adamw"), dropout=0.1).fit(X_IRIS, Y_IRIS)
    if how == "pickle":
        twin = pickle.loads(pickle.dumps(model))
    elif how == "deepcopy":
        twin = copy.deepcopy(model)
    else:
        joblib.dump(model, tmp_path / "model")
        twin = joblib.load(tmp_path / "model", mmap_mode="r" if how == "memory map" else None)
    assert np.array_equal(twin.predict_proba(X_IRIS), model.predict_proba(X_IRIS))
    assert twin.history_.cost.tolist() == model.history_.cost.tolist()
    model.partial_fit(X_IRIS, Y_IRIS)
    twin.partial_fit(X_IRIS, Y_IRIS)
    assert np.array_equal(twin.coefs_[0], model.coefs_[0])


def test_clones_keep_objects_given_as_parameters():
    model = classifier(solver=Optimizer("rmsprop"), learning_rate=Schedule("cosine"), initial_weights=([np.ones((4, 1))], [np.zeros(1)]))
    twin = clone(model)
    assert twin.solver == model.solver
    assert twin.learning_rate == model.learning_rate
    assert not hasattr(twin, "coefs_")


def test_history_has_every_epoch_and_becomes_a_table():
    model = regressor(max_iter=7).fit(X_LINE, Y_LINE)
    frame = model.history_.to_frame()
    assert frame["cost"].tolist() == model.loss_curve_
    assert frame["epoch"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert (frame["gradient_norm_1"] > 0).all()
    for _ in range(3):
        model.partial_fit(X_LINE[:30], Y_LINE[:30])
    assert model.history_.epochs == 10
    assert model.history_.record_epoch.tolist() == list(range(1, 11))


def test_a_new_fit_leaves_nothing_of_the_last_one():
    model = classifier(early_stopping=True).fit(X_IRIS, Y_IRIS)
    assert len(model.validation_scores_) == len(model.loss_curve_)
    model.set_params(solver="lbfgs").fit(X_IRIS, Y_IRIS)
    assert not hasattr(model, "validation_scores_")
    assert not hasattr(model, "loss_curve_")
    assert model.t_ == 0


@pytest.mark.parametrize("fitted", [False, True])
def test_gradient_check(fitted):
    model = classifier(dropout=0.2, l1=0.01, alpha=0.5, activation="tanh", class_weight="balanced")
    if fitted:
        model.fit(X_IRIS.astype(np.float32), Y_IRIS)
    before = set(vars(model))
    check = model.check_gradients(X_IRIS, Y_IRIS)
    assert check.passed, str(check)
    assert check.relative_distance < 1e-7
    assert set(vars(model)) == before
    assert model.check_gradients(X_IRIS, Y_IRIS, sample=5, rows=10).checked <= 10


def test_gradient_check_refuses_other_columns_than_were_fitted():
    with pytest.raises(ValueError, match="X has 3 features, but MLPClassifier is expecting 4"):
        classifier(max_iter=1).fit(X_IRIS, Y_IRIS).check_gradients(X_IRIS[:, :3], Y_IRIS)


# === Tables ===


def test_sparse_tables_are_made_dense():
    table = sparse.random(60, 5, density=0.3, random_state=0, format="csr")
    y = (table.sum(axis=1).A1 if hasattr(table.sum(axis=1), "A1") else np.ravel(table.sum(axis=1))) > 0.5
    for kind in (sparse.csr_matrix, sparse.csc_matrix, sparse.coo_array):
        model = classifier().fit(kind(table), y)
        dense = classifier().fit(table.toarray(), y)
        assert np.array_equal(model.coefs_[0], dense.coefs_[0])
        assert np.array_equal(model.predict(kind(table)), dense.predict(table.toarray()))


def test_sparse_labels_come_back_sparse():
    X, Y = make_multilabel_classification(60, n_features=5, n_classes=3, random_state=0)
    dense = classifier(solver="lbfgs").fit(scale(X), Y)
    model = classifier(solver="lbfgs").fit(scale(X), sparse.csr_matrix(Y))
    assert sparse.issparse(model.predict(scale(X)))
    assert np.array_equal(model.predict(scale(X)).toarray(), dense.predict(scale(X)))
    assert dense.classes_.tolist() == [0, 1, 2]
    assert dense.predict_proba(scale(X)).shape == (60, 3)


def test_the_network_computes_in_the_dtype_it_was_fitted_with():
    model = regressor().fit(X_LINE.astype(np.float32), Y_LINE)
    assert model.predict(X_LINE).dtype == model.coefs_[0].dtype == np.float32
    assert np.array_equal(model.predict(X_LINE), model.predict(X_LINE.astype(np.float32)))
    whole = regressor().fit((X_LINE * 3).astype(int), Y_LINE)
    assert whole.coefs_[0].dtype == np.float64


def test_frames_name_their_columns():
    frame = pd.DataFrame(X_IRIS, columns=["a", "b", "c", "d"])
    model = classifier(early_stopping=True).fit(frame, pd.Series(Y_IRIS).map({0: "x", 1: "y", 2: "z"}))
    assert model.feature_names_in_.tolist() == ["a", "b", "c", "d"]
    assert set(model.predict(frame)) <= {"x", "y", "z"}
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame.rename(columns={"a": "e"}))


def test_inside_pipelines_and_searches():
    pipeline = make_pipeline(StandardScaler(), classifier(max_iter=40))
    search = GridSearchCV(pipeline, {"mlpclassifier__dropout": [0.0, 0.1], "mlpclassifier__solver": ["adam", Optimizer("adamw")]}, cv=2)
    assert search.fit(X_IRIS, Y_IRIS).best_score_ > 0.8
    assert cross_val_predict(regressor(), X_LINE, Y_LINE, cv=3).shape == (90,)


def test_one_class_only():
    model = classifier(max_iter=2).fit(X_IRIS, np.repeat("only", 150))
    assert model.predict(X_IRIS[:2]).tolist() == ["only", "only"]
    assert model.classes_.tolist() == ["only"]


def test_a_column_vector_is_flattened_with_a_warning():
    with pytest.warns(DataConversionWarning, match="column-vector"):
        model = regressor(max_iter=2).fit(X_LINE, Y_LINE.reshape(-1, 1))
    assert model.predict(X_LINE).shape == (90,)


def test_several_targets():
    Y = np.column_stack([Y_LINE, -Y_LINE])
    model = regressor(solver="lbfgs").fit(X_LINE, Y)
    assert model.predict(X_LINE).shape == (90, 2)
    assert model.score(X_LINE, Y) > 0.99
    with pytest.raises(SpecError, match="must match the last fit"):
        model.set_params(warm_start=True).fit(X_LINE, Y_LINE)


# === Ends other than convergence ===


def test_divergence_warns_and_keeps_finite_weights():
    model = regressor(solver="sgd", learning_rate_init=1e6, momentum=0)
    with pytest.warns(TrainingWarning, match=r"diverged at epoch \d+: .* Lower learning_rate_init") as caught:
        model.fit(X_LINE, Y_LINE)
    assert issubclass(caught[0].category, ConvergenceWarning)
    assert caught[0].filename == __file__
    assert all(np.isfinite(coef).all() for coef in model.coefs_)
    assert len(model.loss_curve_) == model.n_iter_


ALL_EPOCHS_WANTED = [
    {"tol": 0},
    {"tol": 0, "solver": "sgd", "learning_rate": "adaptive"},
    {"tol": 0, "n_iter_no_change": 3},
    {"tol": 0, "n_iter_no_change": np.inf},
    {"tol": 0, "n_iter_no_change": np.inf, "early_stopping": True},
    {"tol": 0, "n_iter_no_change": np.inf, "early_stopping": True, "scoring": "f1_macro"},
    {"tol": 0, "solver": "lbfgs"},
]
NOT_CONVERGED = [
    {},
    {"tol": 1e-9, "n_iter_no_change": 3},
    {"tol": 0, "early_stopping": True},
    {"n_iter_no_change": np.inf},
    {"n_iter_no_change": np.inf, "solver": "lbfgs"},
    {"tol": 0, "max_fun": 2, "solver": "lbfgs"},
]


@pytest.mark.parametrize(("settings", "warned"), [(each, 0) for each in ALL_EPOCHS_WANTED] + [(each, 1) for each in NOT_CONVERGED])
def test_epochs_used_up_are_no_warning_where_stopping_was_switched_off(settings, warned):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = classifier(**{"max_iter": 3, **settings}).fit(X_IRIS, Y_IRIS)
    assert model.outcome_ == "epochs_used_up"
    assert sum(issubclass(each.category, ConvergenceWarning) for each in caught) == len(caught) == warned


@pytest.mark.parametrize(
    ("solver", "message"), [("adam", r"Maximum iterations \(3\) reached"), ("lbfgs", "lbfgs failed to converge: stopped")]
)
def test_epochs_used_up_warn_as_in_scikit_learn(solver, message):
    with warnings.catch_warnings():
        warnings.resetwarnings()
        with pytest.warns(ConvergenceWarning, match=message) as caught:
            classifier(solver=solver, max_iter=3).fit(X_IRIS, Y_IRIS)
    assert caught[0].filename == __file__


def test_ctrl_c_keeps_what_there_is(monkeypatch):
    add = fit_module.Recorder.add

    def add_and_interrupt(self, piece):
        add(self, piece)
        if len(self.trace().cost) > 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(fit_module.Recorder, "add", add_and_interrupt)
    monkeypatch.setattr(fit_module, "SECONDS_A_CALL", 0.0)
    with pytest.warns(TrainingWarning, match="Training interrupted by user after 3 epochs"):
        model = classifier(max_iter=1000).fit(X_IRIS, Y_IRIS)
    assert model.n_iter_ == len(model.loss_curve_) == 3
    assert model.predict(X_IRIS).shape == (150,)


def test_a_batch_larger_than_the_table_is_clipped_with_a_warning():
    with pytest.warns(UserWarning, match="Got `batch_size` less than 1 or larger than sample size") as caught:
        large = regressor(batch_size=91).fit(X_LINE, Y_LINE)
    assert caught[0].filename == __file__
    assert np.array_equal(large.coefs_[0], regressor(batch_size=90).fit(X_LINE, Y_LINE).coefs_[0])


def test_verbose_prints_each_epoch_once(capsys, monkeypatch):
    monkeypatch.setattr(fit_module, "SECONDS_A_CALL", 1e-4)
    model = classifier(verbose=True, max_iter=12, early_stopping=True).fit(X_IRIS, Y_IRIS)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0::2][: model.n_iter_] == [f"Iteration {n + 1}, loss = {loss:.8f}" for n, loss in enumerate(model.loss_curve_)]
    assert lines[1::2][: model.n_iter_] == [f"Validation score: {score:f}" for score in model.validation_scores_]
    assert lines[-1] == "Training all 12 epochs were used up." or lines[-1].startswith("Training stopped early")
    classifier(max_iter=2).fit(X_IRIS, Y_IRIS)
    assert capsys.readouterr().out == ""


# === Bad parameters and tables ===


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden_layer_sizes": (5, 0)}, r"hidden_layer_sizes.* must be at least 1, found 0"),
        ({"hidden_layer_sizes": (2.5,)}, "hidden_layer_sizes.* must be a whole number, found 2.5"),
        ({"activation": "rellu"}, "activation 'rellu' is unknown; did you mean 'relu'"),
        ({"activation": ("relu", "tanh")}, "activation must be one name or one for each of the 1 hidden layer, found 2"),
        ({"solver": "adm"}, "solver 'adm' is unknown; did you mean 'adam'"),
        ({"learning_rate": "cosin"}, "learning_rate 'cosin' is unknown; did you mean 'cosine'"),
        ({"learning_rate_init": 0.0}, "learning_rate_init must lie in"),
        ({"alpha": -1.0}, r"alpha must lie in \[0, inf\), found -1.0"),
        ({"l1": -1.0}, "l1 must lie in"),
        ({"dropout": 1.0}, r"dropout must lie in \[0, 1\), found 1.0"),
        ({"dropout": (0.1, 0.2)}, "dropout must be one rate or one for each of the 1 hidden layer"),
        ({"dropout": 0.1, "solver": "lbfgs"}, "dropout needs a stochastic optimizer"),
        ({"input_dropout": "x"}, "input_dropout must be a number"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"max_iter": 0}, "max_iter must be at least 1, found 0"),
        ({"max_iter": 1.5}, "max_iter must be a whole number"),
        ({"max_fun": 0}, "max_fun must be at least 1"),
        ({"tol": -1.0}, "tol must lie in"),
        ({"n_iter_no_change": 0}, "n_iter_no_change must be at least 1"),
        ({"beta_1": 1.0}, "beta_1 must lie in"),
        ({"beta_2": -0.1}, "beta_2 must lie in"),
        ({"momentum": 1.5, "solver": "sgd"}, "momentum must lie in"),
        ({"nesterovs_momentum": "yes"}, "nesterovs_momentum must be True or False"),
        ({"initializer": "gloriot"}, "initializer 'gloriot' is unknown"),
        ({"early_stopping": True, "validation_fraction": 0.0}, r"validation_fraction must lie in \(0, 1\), found 0.0"),
        ({"initial_weights": [np.ones((4, 8))]}, "initial_weights must be a pair"),
        ({"initial_weights": ([np.ones((4, 8))], [np.ones(8)])}, "initial_weights must have 2 layers, found 1"),
        (
            {"hidden_layer_sizes": (), "initial_weights": ([np.ones((4, 1))], [np.ones(3)])},
            r"initial_weights of layer 1 weights must have shape \(4, 3\), found \(4, 1\)",
        ),
        ({"engine": "gpu"}, "engine 'gpu' is unknown"),
        ({"label_smoothing": 1.0}, "label_smoothing must lie in"),
    ],
)
def test_bad_parameters_are_named_as_users_know_them(settings, message):
    model = classifier(**settings)
    with pytest.raises(SpecError, match=message):
        model.fit(X_IRIS, Y_IRIS)
    with pytest.raises(NotFittedError):
        model.predict(X_IRIS)


def test_bad_loss_of_a_regressor():
    with pytest.raises(SpecError, match="loss 'hubert' is unknown; did you mean 'huber'"):
        regressor(loss="hubert").fit(X_LINE, Y_LINE)
    with pytest.raises(DataError, match="counts of at least 0 for poisson"):
        regressor(loss="poisson").fit(X_LINE, Y_LINE)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sample_weight": np.r_[-1.0, np.ones(149)]}, "sample_weight must be at least 0, found -1 in row 0"),
        ({"eval_set": X_IRIS}, r"eval_set must be a tuple \(X, y\)"),
        ({"eval_set": (X_IRIS[:, :2], Y_IRIS)}, "X has 2 features, but MLPClassifier is expecting 4"),
        ({"eval_set": (X_IRIS[:3], [0, 1, 9])}, "`y` has classes not in `self.classes_`"),
    ],
)
def test_bad_tables(arguments, message):
    with pytest.raises(ValueError, match=message):
        classifier().fit(X_IRIS, Y_IRIS, **arguments)


def test_too_few_rows_to_split_off():
    with pytest.raises(DataError, match="The validation set is too small"):
        regressor(early_stopping=True).fit(X_LINE[:5], Y_LINE[:5])


def test_class_weight_of_labels_is_refused():
    X, Y = make_multilabel_classification(30, random_state=0)
    with pytest.raises(SpecError, match="class_weight must be None for multi-label targets"):
        classifier(class_weight="balanced").fit(X, Y)


@pytest.mark.parametrize(
    ("settings", "arguments", "message"),
    [
        ({"early_stopping": True}, {"classes": [0, 1, 2]}, "partial_fit does not support early_stopping=True"),
        ({"class_weight": "balanced"}, {"classes": [0, 1, 2]}, "partial_fit does not support class_weight='balanced'"),
        ({}, {}, "classes must be passed on the first call"),
        ({}, {"classes": [0, 1]}, "`y` has classes not in `self.classes_`"),
    ],
)
def test_bad_partial_fits(settings, arguments, message):
    with pytest.raises(ValueError, match=message):
        classifier(**settings).partial_fit(X_IRIS, Y_IRIS, **arguments)


def test_partial_fit_keeps_its_classes():
    model = classifier().partial_fit(X_IRIS[:5], Y_IRIS[:5], classes=[0, 1, 2])
    assert model.classes_.tolist() == [0, 1, 2]
    assert model.predict_proba(X_IRIS).shape == (150, 3)
    model.partial_fit(X_IRIS, Y_IRIS, classes=[2, 1, 0])
    with pytest.raises(ValueError, match="is not the same as on last call to partial_fit"):
        model.partial_fit(X_IRIS, Y_IRIS, classes=[0, 1])
    assert not hasattr(classifier(solver=Optimizer("lbfgs")), "partial_fit")
    assert hasattr(classifier(solver=Optimizer("rmsprop")), "partial_fit")


def test_warm_start_wants_the_same_classes_and_layers():
    model = classifier(warm_start=True).fit(X_IRIS, Y_IRIS)
    with pytest.raises(ValueError, match="warm_start can only be used where `y` has the same classes"):
        model.fit(X_IRIS[:100], Y_IRIS[:100])
    with pytest.raises(SpecError, match="must match the last fit"):
        model.set_params(hidden_layer_sizes=9).fit(X_IRIS, Y_IRIS)


def test_many_calls_of_partial_fit_outlast_max_iter():
    model = regressor(max_iter=3)
    for _ in range(8):
        model.partial_fit(X_LINE, Y_LINE)
    assert len(model.loss_curve_) == 8
    assert model.n_iter_ == 1
    assert model.loss_curve_[-1] < model.loss_curve_[0]
