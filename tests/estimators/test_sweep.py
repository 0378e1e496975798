"""`SweepCV` against `GridSearchCV` and `RandomizedSearchCV` over the same networks: the same columns, to the last bit the same numbers."""

import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy import sparse, stats
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris, make_multilabel_classification
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    RandomizedSearchCV,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    cross_val_score,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler, scale

from wellfit import MLPClassifier, MLPRegressor, SweepCV
from wellfit.estimators import sweep

RAW, CLASSES = load_iris(return_X_y=True)
X = scale(RAW)
BINARY = (CLASSES == 1).astype(int)
NUMBERS = X[:, 0] - 2 * X[:, 3]
WEIGHTS = np.linspace(0.5, 2.0, 150)
GRID = {"alpha": [0.01, 1.0], "learning_rate_init": [0.01, 0.1]}
FRAME = pd.DataFrame(RAW, columns=["a", "b", "c", "d"])
MIXED = FRAME.assign(kind=np.where(CLASSES == 2, "new", "old"))


@pytest.fixture(autouse=True)
def quiet():
    """Epochs used up are no matter here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Stochastic Optimizer: Maximum iterations", ConvergenceWarning)
        warnings.filterwarnings("ignore", "lbfgs failed to converge", ConvergenceWarning)
        yield


def classifier(**settings):
    return MLPClassifier(**{"hidden_layer_sizes": (4,), "random_state": 0, "max_iter": 4, "engine": "reference"} | settings)


def regressor(**settings):
    return MLPRegressor(**{"hidden_layer_sizes": (4,), "random_state": 0, "max_iter": 4, "engine": "reference"} | settings)


def as_one_population(monkeypatch):
    """Let no search fall back on GridSearchCV unnoticed."""
    monkeypatch.setattr(sweep.SweepCV, "_as_scikit_learn", lambda *_: pytest.fail("GridSearchCV was asked"))


def compare(ours, theirs):
    """Raise unless two searches found the same; times apart."""
    assert list(ours.cv_results_) == list(theirs.cv_results_)
    for name, values in theirs.cv_results_.items():
        found = ours.cv_results_[name]
        if name.endswith("_time"):
            assert found.shape == values.shape and found.dtype == values.dtype and np.isfinite(found).all()
        elif name.startswith("param_"):
            assert type(found) is type(values) and found.dtype == values.dtype
            assert np.array_equal(found.mask, values.mask) and list(map(repr, found)) == list(map(repr, values))
        elif name == "params":
            assert [list(params) for params in found] == [list(params) for params in values]
            assert repr(found) == repr(values)
        else:
            assert found.dtype == values.dtype
            assert np.array_equal(found, values, equal_nan=values.dtype.kind == "f"), name
    known = {name for name in vars(theirs) if name.endswith("_") and not name.startswith("_")}
    assert known <= {name for name in vars(ours) if name.endswith("_")}
    for name in known & {"n_splits_", "multimetric_", "best_index_", "best_score_"}:
        assert repr(getattr(ours, name)) == repr(getattr(theirs, name))
    assert repr(getattr(ours, "best_params_", None)) == repr(getattr(theirs, "best_params_", None))
    if theirs.refit:
        for mine, other in zip(network_of(ours).coefs_, network_of(theirs).coefs_, strict=True):
            assert np.array_equal(mine, other)
        assert ours.n_features_in_ == theirs.n_features_in_
        assert getattr(ours, "feature_names_in_", np.array([])).tolist() == getattr(theirs, "feature_names_in_", np.array([])).tolist()
        assert hasattr(ours, "classes_") == hasattr(theirs, "classes_")


def network_of(search):
    best = search.best_estimator_
    return best[-1] if isinstance(best, Pipeline) else best


def check(estimator, grid, table=X, y=CLASSES, fit=None, **settings):
    """Raise unless both ways find the same."""
    settings = {"cv": 2} | settings
    theirs = GridSearchCV(estimator, grid, **settings).fit(table, y, **fit or {})
    ours = SweepCV(estimator, grid, **settings).fit(table, y, **fit or {})
    compare(ours, theirs)
    return ours


LABELS = make_multilabel_classification(60, 5, n_classes=3, random_state=0)
NAMES = np.array(["setosa", "versicolor", "virginica"])[CLASSES]


@pytest.mark.parametrize(
    ("estimator", "table", "y"),
    [
        (classifier(), X, CLASSES),
        (classifier(), X, BINARY),
        (classifier(), X, NAMES),
        (classifier(), X.tolist(), CLASSES.tolist()),
        (classifier(), X.astype(np.float32), CLASSES),
        (classifier(), (10 * RAW).astype(int), CLASSES),
        (classifier(), FRAME, pd.Series(NAMES)),
        (classifier(), sparse.csr_matrix(X), CLASSES),
        (classifier(), sparse.csc_array(X), CLASSES),
        (classifier(), np.asfortranarray(X), CLASSES),
        (classifier(), LABELS[0], LABELS[1]),
        (classifier(), LABELS[0], sparse.csr_matrix(LABELS[1])),
        (regressor(), X, NUMBERS),
        (regressor(), X, np.column_stack([NUMBERS, X[:, 1]])),
        (regressor(loss="poisson"), X, CLASSES),
    ],
)
def test_tables(monkeypatch, estimator, table, y):
    as_one_population(monkeypatch)
    check(estimator, GRID, table, y)


@pytest.mark.parametrize(
    ("estimator", "grid"),
    [
        (classifier(early_stopping=True, n_iter_no_change=2, max_iter=8), {"validation_fraction": [0.1, 0.3], "scoring": [None, "loss"]}),
        (classifier(solver="lbfgs", max_iter=10), {"alpha": [0.1, 1.0], "hidden_layer_sizes": [(), (3, 2), 5]}),
        (classifier(), {"class_weight": ["balanced", None, {0: 2.0, 1: 1.0, 2: 0.5}], "dropout": [0.0, 0.3]}),
        (classifier(), {"solver": ["sgd", "rmsprop"], "learning_rate": ["constant", "invscaling"], "batch_size": [20, None]}),
        (classifier(), [{"activation": ["tanh"]}, {"l1": [0.1, 1.0], "initializer": ["he_normal", "sklearn"]}, {}]),
        (classifier(random_state=np.random.RandomState(5)), {"alpha": [0.01, 1.0], "shuffle": [True, False]}),
        (classifier(), {"random_state": [0, 1, 2], "n_jobs": [None, 1]}),
        (classifier(warm_start=True, verbose=False), {"tol": [1e-4, 10.0], "n_iter_no_change": [1, 2]}),
    ],
)
def test_parameters(monkeypatch, estimator, grid):
    as_one_population(monkeypatch)
    check(estimator, grid, return_train_score=True)


def test_losses_of_a_regressor(monkeypatch):
    as_one_population(monkeypatch)
    grid = {"loss": ["squared_error", "huber", "absolute_error"], "early_stopping": [False, True]}
    check(regressor(), grid, y=NUMBERS, scoring="neg_mean_absolute_error", cv=KFold(3, shuffle=True, random_state=0))


def test_the_compiled_engine(monkeypatch):
    as_one_population(monkeypatch)
    grid = {"hidden_layer_sizes": [(6,), (4, 3)], "dropout": [0.0, 0.2], "early_stopping": [False, True]}
    check(classifier(engine="compiled"), grid, fit={"sample_weight": WEIGHTS})
    check(classifier(engine="compiled"), {"class_weight": ["balanced", None]}, X.astype(np.float32), return_train_score=True)


# === Folds ===


def counts(y):
    return {"groups": np.arange(len(y)) % 5}


@pytest.mark.parametrize(
    ("cv", "fit"),
    [
        (None, {}),
        (GroupKFold(3), counts(CLASSES)),
        (ShuffleSplit(2, random_state=0), {}),
        (RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0), {}),
        ([(np.arange(0, 150, 2), np.arange(1, 150, 2)), (np.arange(100), np.arange(100, 150))], {}),
    ],
)
def test_folds(monkeypatch, cv, fit):
    as_one_population(monkeypatch)
    check(classifier(), {"alpha": [0.01, 1.0]}, cv=cv, fit=fit)


def test_a_generator_of_folds_is_used_once(monkeypatch):
    as_one_population(monkeypatch)
    halves = [(np.arange(0, 150, 2), np.arange(1, 150, 2))]
    theirs = GridSearchCV(classifier(), GRID, cv=iter(halves)).fit(X, CLASSES)
    compare(SweepCV(classifier(), GRID, cv=iter(halves)).fit(X, CLASSES), theirs)


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true:UserWarning")
def test_a_fold_without_a_class(monkeypatch):
    as_one_population(monkeypatch)
    # Sorted by class and not stratified: each fold has trained on two of the three.
    search = check(classifier(), GRID, cv=KFold(3), scoring=["accuracy", "balanced_accuracy"], refit="accuracy")
    assert search.cv_results_["mean_test_accuracy"].tolist() == [0.0] * 4


def test_weights_of_rows(monkeypatch):
    as_one_population(monkeypatch)
    for fit in ({"sample_weight": WEIGHTS}, {"sample_weight": WEIGHTS.tolist()}, {"sample_weight": None}):
        check(classifier(), {"alpha": [0.01, 1.0]}, fit=fit, cv=3)


# === Scores ===


def features_seen(estimator, X, y):
    """Score as only a function can: by names of columns, and by how training went."""
    assert list(X.columns) == list(estimator.feature_names_in_)
    return estimator.score(X, y) + estimator.n_iter_ + len(estimator.loss_curve_)


def two_scores(estimator, X, y):
    return {"right": accuracy_score(y, estimator.predict(X)), "sure": estimator.predict_proba(X).max(axis=1).mean()}


@pytest.mark.parametrize(
    "settings",
    [
        {"scoring": "roc_auc_ovr"},
        {"scoring": ["accuracy", "neg_log_loss", "roc_auc_ovo"], "refit": "neg_log_loss"},
        {"scoring": {"a": "f1_macro", "b": make_scorer(accuracy_score)}, "refit": False},
        {"scoring": make_scorer(accuracy_score, greater_is_better=False)},
        {"scoring": features_seen},
        {"scoring": two_scores, "refit": "sure", "return_train_score": True},
        {"scoring": ["accuracy", "neg_log_loss"], "refit": lambda results: int(results["mean_test_accuracy"].argmin())},
        {"refit": False, "return_train_score": True},
        {"refit": lambda results: 2},
    ],
)
def test_scores(monkeypatch, settings):
    as_one_population(monkeypatch)
    check(classifier(), GRID, FRAME, **settings)


def test_predictions_and_scores_of_the_best(monkeypatch):
    as_one_population(monkeypatch)
    ours = SweepCV(classifier(max_iter=30), GRID, cv=2, scoring="neg_log_loss").fit(X, CLASSES)
    theirs = GridSearchCV(classifier(max_iter=30), GRID, cv=2, scoring="neg_log_loss").fit(X, CLASSES)
    assert np.array_equal(ours.predict_proba(X), theirs.predict_proba(X))
    assert ours.score(X, CLASSES) == theirs.score(X, CLASSES)
    assert ours.refit_time_ > 0


# === Pipelines ===


@pytest.mark.parametrize(
    ("estimator", "grid", "table"),
    [
        (make_pipeline(StandardScaler(), classifier()), {"mlpclassifier__alpha": [0.01, 1.0]}, RAW),
        (make_pipeline(StandardScaler(), classifier()), {"mlpclassifier__alpha": [0.01, 1.0]}, FRAME),
        (Pipeline([("mlp", classifier())]), {"mlp__alpha": [0.01, 1.0]}, RAW),
        (
            make_pipeline(StandardScaler(), PCA(random_state=0), classifier()),
            [{"pca__n_components": [1, 0.9], "mlpclassifier__alpha": [0.01, 1.0]}, {"pca": [PCA(2), "passthrough"]}],
            RAW,
        ),
        (
            Pipeline([("scale", StandardScaler()), ("pick", SelectKBest(k=2)), ("mlp", classifier())]),
            [{"scale": [MinMaxScaler(), None], "mlp__dropout": [0.0, 0.2]}, {"pick__k": [1, "all"], "mlp": [classifier(max_iter=2)]}],
            RAW,
        ),
        (
            make_pipeline(ColumnTransformer([("number", StandardScaler(), ["a", "b"]), ("kind", OneHotEncoder(), ["kind"])]), classifier()),
            {"columntransformer__number__with_mean": [True, False], "mlpclassifier__alpha": [0.01, 1.0]},
            MIXED,
        ),
        (
            make_pipeline(StandardScaler().set_output(transform="pandas"), classifier()),
            {"mlpclassifier__alpha": [0.01, 1.0]},
            FRAME,
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:.*One or more of the test scores are non-finite:UserWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_pipelines(monkeypatch, estimator, grid, table):
    as_one_population(monkeypatch)
    check(estimator, grid, table, scoring=["accuracy", "neg_log_loss"], refit="accuracy", return_train_score=True)


def transformed_to(estimator, X, y):
    """Score as only a function can: by what the transformers make of the columns."""
    return estimator.predict_proba(X)[:, 0].mean() + estimator[:-1].transform(X).shape[1] + len(X.columns)


def test_functions_score_whole_pipelines(monkeypatch):
    as_one_population(monkeypatch)
    pipeline = make_pipeline(StandardScaler(), SelectKBest(), classifier())
    check(pipeline, {"selectkbest__k": [1, 3], "mlpclassifier__alpha": [0.01, 1.0]}, FRAME, scoring=transformed_to)
    check(
        Pipeline([("mlp", classifier())]), {"mlp__alpha": [0.01]}, FRAME, scoring=lambda model, X, y: model.score(X, y) + len(model.steps)
    )


def test_weights_of_rows_in_a_pipeline(monkeypatch):
    as_one_population(monkeypatch)
    pipeline = make_pipeline(StandardScaler(), regressor())
    check(pipeline, {"mlpregressor__alpha": [0.01, 1.0]}, RAW, NUMBERS, fit={"mlpregressor__sample_weight": WEIGHTS})


def test_transformers_are_fitted_once_for_each_setting_and_fold():
    class Counted(SelectKBest):
        fits = 0

        def fit(self, X, y=None):
            Counted.fits += 1
            return super().fit(X, y)

    grid = {"pick__k": [1, 2], "mlp__alpha": [0.01, 0.1, 1.0], "mlp__activation": ["relu", "tanh"]}
    pipeline = Pipeline([("pick", Counted()), ("mlp", classifier())])
    SweepCV(pipeline, grid, cv=3, refit=False).fit(RAW, CLASSES)
    assert Counted.fits == 2 * 3
    # Drawn from an array, equal numbers are other objects each time.
    draws = {"pick__k": np.array([1, 2]), "mlp__alpha": [0.01, 0.1, 1.0, 2.0]}
    SweepCV(pipeline, draws, n_iter=8, cv=2, refit=False, random_state=0).fit(RAW, CLASSES)
    assert Counted.fits == 2 * 3 + 2 * 2


def test_a_transformer_that_does_not_know_a_row_fails_as_it_does_in_a_grid_search(monkeypatch):
    as_one_population(monkeypatch)
    table = MIXED.assign(kind=["rare" if row == 3 else "old" for row in range(150)])
    pipeline = make_pipeline(OneHotEncoder(), classifier())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        check(pipeline, {"mlpclassifier__alpha": [0.01, 1.0]}, table[["kind"]], cv=3)


# === Draws ===


def test_a_random_search(monkeypatch):
    as_one_population(monkeypatch)
    draws = {"alpha": stats.loguniform(1e-4, 1.0), "learning_rate_init": [0.01, 0.1], "hidden_layer_sizes": [(3,), (4, 2)]}
    theirs = RandomizedSearchCV(classifier(), draws, n_iter=6, cv=2, random_state=3).fit(X, CLASSES)
    compare(SweepCV(classifier(), draws, n_iter=6, cv=2, random_state=3).fit(X, CLASSES), theirs)


# === What goes scikit-learn's way ===


@pytest.mark.parametrize(
    ("estimator", "grid", "fit", "why"),
    [
        (RidgeClassifier(), {"alpha": [0.1, 1.0]}, {}, "RidgeClassifier is not a wellfit network"),
        (make_pipeline(StandardScaler(), RidgeClassifier()), {"ridgeclassifier__alpha": [0.1, 1.0]}, {}, "RidgeClassifier is not"),
        (classifier(early_stopping=True, scoring="accuracy"), GRID, {}, "a scorer decides on stopping"),
        (classifier(), {"engine": ["reference", "compiled"]}, {}, "candidates use several engines"),
        (Pipeline([("m", classifier())]), {"m": [classifier(), RidgeClassifier()]}, {}, "candidates are of several types"),
        (classifier().set_callbacks(lambda _: False), {"alpha": [0.01, 1.0]}, {}, "callbacks need every epoch"),
        (classifier(), {"alpha": [0.01]}, {"eval_set": (X, CLASSES)}, "fit receives eval_set"),
    ],
)
def test_what_is_no_population_goes_through_grid_search(estimator, grid, fit, why, capsys):
    theirs = GridSearchCV(estimator, grid, cv=2).fit(X, CLASSES, **fit)
    ours = SweepCV(estimator, grid, cv=2, verbose=1).fit(X, CLASSES, **fit)
    assert why in capsys.readouterr().out
    assert list(ours.cv_results_) == list(theirs.cv_results_)
    assert np.array_equal(ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"])
    assert repr(ours.best_params_) == repr(theirs.best_params_)
    assert ours.classes_.tolist() == [0, 1, 2]


class HandsOn(RidgeClassifier):
    """As wrappers do that hand parameters of any name on: it takes some that it does not list."""

    def set_params(self, **params):
        self.handed_on = params.pop("module__units", None)
        return super().set_params(**params)


def test_an_estimator_may_take_parameters_that_it_does_not_list():
    search = SweepCV(HandsOn(), {"module__units": [3, 4]}, cv=2).fit(X, CLASSES)
    assert search.best_estimator_.handed_on == search.best_params_["module__units"]
    with pytest.raises(ValueError, match=r"parameter 'aplha' is unknown; did you mean 'alpha'"):
        SweepCV(HandsOn(), {"aplha": [1.0]}, cv=2).fit(X, CLASSES)


def test_rows_with_gaps_fail_fold_by_fold():
    table = X.copy()
    table[0, 0] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = {"cv": [(np.arange(50, 150), np.arange(30, 50)), (np.arange(100), np.arange(100, 150))], "refit": False}
        theirs = GridSearchCV(classifier(), GRID, **settings).fit(table, CLASSES)
        ours = SweepCV(classifier(), GRID, **settings).fit(table, CLASSES)
    compare(ours, theirs)
    assert np.isfinite(ours.cv_results_["split0_test_score"]).all()
    assert np.isnan(ours.cv_results_["split1_test_score"]).all()


def test_routed_metadata():
    with sklearn.config_context(enable_metadata_routing=True):
        network = classifier().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        check(network, GRID, fit={"sample_weight": WEIGHTS})
        pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=True), regressor().set_fit_request(sample_weight=True))
        check(pipeline, {"mlpregressor__alpha": [0.01, 1.0]}, y=NUMBERS, fit={"sample_weight": WEIGHTS}, scoring="neg_max_error")


def test_a_search_within_a_search():
    search = SweepCV(classifier(), {"alpha": [0.01, 1.0]}, cv=2)
    scores = cross_val_score(search, X, CLASSES, cv=2)
    assert np.array_equal(scores, cross_val_score(GridSearchCV(classifier(), {"alpha": [0.01, 1.0]}, cv=2), X, CLASSES, cv=2))
    assert clone(search).get_params()["param_grid"] == {"alpha": [0.01, 1.0]}
