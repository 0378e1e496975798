"""What `SweepCV` has that `GridSearchCV` has not: ranks of diverged networks, halving, progress, and what is kept after Ctrl-C."""

import re
import signal
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale

from wellfit import MLPClassifier, MLPRegressor, SweepCV
from wellfit.errors import ClusterError, DataError, SpecError, SpecTypeError, TrainingWarning
from wellfit.estimators import sweep_networks, sweep_progress
from wellfit.estimators.sweep_results import ranks
from wellfit.training.task import not_begun

RAW, Y = load_iris(return_X_y=True)
X = scale(RAW)
EPOCHS = {"max_iter": 9, "tol": 0.0, "n_iter_no_change": np.inf}


@pytest.fixture(autouse=True)
def quiet():
    """Epochs used up are no matter here; that scores are missing is tested by the scores."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Stochastic Optimizer: Maximum iterations", ConvergenceWarning)
        warnings.filterwarnings("ignore", "One or more of the .* scores are non-finite", UserWarning)
        yield


def network(**settings):
    return MLPClassifier(**{"hidden_layer_sizes": (4,), "random_state": 0, "max_iter": 4, "engine": "reference"} | settings)


# === Diverged networks ===


def test_diverged_candidates_rank_last_and_are_named():
    numbers = 1e3 * X[:, 0]
    model = MLPRegressor(hidden_layer_sizes=(4,), solver="sgd", random_state=0, max_iter=30, engine="reference")
    grid = {"learning_rate_init": [1e-7, 1e150, 1e-9]}
    with pytest.warns(
        ConvergenceWarning, match=r"2 of 6 networks diverged; their candidates rank last: \{'learning_rate_init': 1e\+150\}\."
    ):
        ours = SweepCV(model, grid, cv=2).fit(X, numbers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = GridSearchCV(model, grid, cv=2).fit(X, numbers)
    assert np.array_equal(ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"])
    assert ours.cv_results_["rank_test_score"].tolist()[1] == 3
    assert ours.n_diverged_.tolist() == [0, 2, 0]


def test_many_diverged_candidates_are_counted():
    model = MLPRegressor(hidden_layer_sizes=(4,), solver="sgd", random_state=0, engine="reference")
    rates = [float(f"1e{power}") for power in range(150, 157)]
    search = SweepCV(model, {"learning_rate_init": rates}, cv=[(range(99), range(99, 150))], refit=False)
    with pytest.warns(ConvergenceWarning, match=r"7 of 7 networks diverged; .*1e\+150.*1e\+151.* and 2 more\. Lower"):
        search.fit(X, 1e3 * X[:, 0])
    assert search.n_diverged_.tolist() == [1] * 7


def test_ranks_by_hand():
    means = np.array([0.5, 0.9, np.nan, 0.5, 0.95, np.nan])
    assert ranks(means, np.array([0, 0, 0, 0, 2, 1])).tolist() == [2, 1, 5, 2, 4, 5]
    assert ranks(means[:2], np.array([1, 3])).tolist() == [2, 1]


# === Halving ===


def test_halving_ends_with_the_scores_of_whole_runs():
    grid = {"learning_rate_init": [0.001, 0.003, 0.01, 0.03, 0.1, 0.3], "alpha": [0.01, 1.0]}
    halved = SweepCV(network(**EPOCHS), grid, cv=3, halving=2, return_train_score=True).fit(X, Y)
    whole = GridSearchCV(network(**EPOCHS), grid, cv=3, return_train_score=True).fit(X, Y)
    rows = halved.cv_results_
    assert halved.n_candidates_ == [12, 6, 3, 2]
    assert halved.n_iterations_ == 4
    assert halved.n_resources_ == [1, 2, 4, 9]
    assert rows["iter"].tolist() == [0] * 12 + [1] * 6 + [2] * 3 + [3] * 2
    assert rows["n_resources"].tolist() == [1] * 12 + [2] * 6 + [4] * 3 + [9] * 2
    for row in np.flatnonzero(rows["iter"] == 3):
        place = whole.cv_results_["params"].index(rows["params"][row])
        for name in ("split0_test_score", "split2_test_score", "mean_test_score", "std_test_score", "mean_train_score"):
            assert rows[name][row] == whole.cv_results_[name][place]
    assert rows["iter"][halved.best_index_] == 3
    assert halved.best_score_ == rows["mean_test_score"][rows["iter"] == 3].max()
    assert halved.best_estimator_.n_iter_ == 9


def test_the_first_rung_has_the_scores_of_short_runs_and_the_best_of_them_go_on():
    # Constant rates: the first epochs of a longer run are a shorter run.
    grid = {"learning_rate_init": [0.001, 0.01, 0.1]}
    halved = SweepCV(network(**EPOCHS), grid, cv=2, halving=True).fit(X, Y)
    short = GridSearchCV(network(**EPOCHS | {"max_iter": 3}), grid, cv=2).fit(X, Y)
    rows = halved.cv_results_
    assert rows["n_resources"].tolist() == [3, 3, 3, 9]
    assert np.array_equal(rows["mean_test_score"][:3], short.cv_results_["mean_test_score"])
    assert rows["params"][3] == short.best_params_


def test_networks_are_not_trained_again_from_rung_to_rung(monkeypatch):
    epochs = []

    def counted(tasks, **options):
        results = run_tasks(tasks, **options)
        epochs.extend(result.history.epochs for result in results)
        return results

    run_tasks = sweep_networks.run_tasks
    monkeypatch.setattr(sweep_networks, "run_tasks", counted)
    SweepCV(network(**EPOCHS), {"alpha": [0.01, 0.1, 1.0]}, cv=2, halving=3).fit(X, Y)
    assert epochs == [3] * 6 + [6] * 2


def test_halving_of_lbfgs_and_of_early_ends():
    grid = [{"solver": ["lbfgs"], "alpha": [0.1, 1.0]}, {"early_stopping": [True], "n_iter_no_change": [1]}]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "lbfgs failed", ConvergenceWarning)
        halved = SweepCV(network(max_iter=30), grid, cv=2, halving=3, scoring=lambda model, X, y: model.n_iter_).fit(X, Y)
        whole = GridSearchCV(network(max_iter=30), grid, cv=2, scoring=lambda model, X, y: model.n_iter_).fit(X, Y)
    last = halved.best_index_
    assert halved.best_score_ == whole.cv_results_["mean_test_score"][whole.cv_results_["params"].index(halved.cv_results_["params"][last])]


def test_halving_by_one_of_several_metrics(monkeypatch):
    grid = {"alpha": [0.01, 0.1, 1.0]}
    search = SweepCV(network(**EPOCHS), grid, cv=2, halving=3, scoring=["accuracy", "neg_log_loss"], refit="neg_log_loss").fit(X, Y)
    rows = search.cv_results_
    assert rows["params"][3] == rows["params"][rows["mean_test_neg_log_loss"][:3].argmax()]

    def several(model, X, y):
        return {"accuracy": model.score(X, y), "loss": -model.loss_}

    trained, run_tasks = [], sweep_networks.run_tasks
    monkeypatch.setattr(sweep_networks, "run_tasks", lambda tasks, **how: trained.append(len(tasks)) or run_tasks(tasks, **how))
    for scoring, runs in ((["accuracy", "neg_log_loss"], 0), (several, 1)):
        with pytest.raises(SpecError, match="refit must name the metric that decides in halving, found False"):
            SweepCV(network(), grid, cv=2, halving=3, scoring=scoring, refit=False).fit(X, Y)
        # What a function returns is known only when it has been called.
        assert len(trained) == runs


def test_halving_may_be_a_truth_value_of_numpy():
    search = SweepCV(network(**EPOCHS), {"alpha": [0.01, 0.1, 1.0]}, cv=2, halving=np.True_).fit(X, Y)
    assert search.n_candidates_ == [3, 1]


def test_halving_wants_a_population():
    with pytest.raises(SpecError, match=r"halving needs networks that are one population, but RidgeClassifier is not a wellfit network"):
        SweepCV(RidgeClassifier(), {"alpha": [1.0]}, halving=3).fit(X, Y)
    with pytest.raises(ValueError, match="halving"):
        SweepCV(network(), {"alpha": [1.0]}, halving=1.0).fit(X, Y)


def test_networks_that_memory_would_not_hold_at_once_are_trained_in_waves(monkeypatch):
    grid = {"alpha": [0.01, 0.1, 1.0], "hidden_layer_sizes": [(3,), (5, 2)]}
    at_once = SweepCV(network(), grid, cv=2, n_jobs=1).fit(X, Y)
    run_tasks, sizes = sweep_networks.run_tasks, []
    monkeypatch.setattr(sweep_networks, "BYTES_AT_ONCE", 1)
    monkeypatch.setattr(sweep_networks, "run_tasks", lambda tasks, **options: sizes.append(len(tasks)) or run_tasks(tasks, **options))
    in_waves = SweepCV(network(), grid, cv=2, n_jobs=1).fit(X, Y)
    assert sizes == [4, 4, 4]
    assert np.array_equal(in_waves.cv_results_["mean_test_score"], at_once.cv_results_["mean_test_score"])


# === Progress ===


def test_progress(capsys, monkeypatch):
    monkeypatch.setattr(sweep_progress, "SECONDS_BETWEEN_LINES", 0.0)
    SweepCV(network(), {"alpha": [0.01, 1.0]}, cv=2, verbose=1).fit(X, Y)
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == "Training 4 networks: 2 candidates in 2 folds."
    assert len(lines) == 4
    assert re.fullmatch(r"1 of 4 networks, [\d.e+]+ a second, \d+ s left", lines[0])
    assert re.fullmatch(r"4 of 4 networks, [\d.e+]+ a second, 0 s left, best so far 0\.\d+", lines[-1])


def test_progress_of_several_metrics_and_rungs(capsys):
    scoring = ["neg_log_loss", "accuracy"]
    search = SweepCV(network(), {"alpha": [0.01, 1.0, 2.0]}, cv=2, verbose=1, scoring=scoring, refit="accuracy", halving=3).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("Training")] == [
        "Training 6 networks: 3 candidates in 2 folds.",
        "Training 2 networks: 1 candidate in 2 folds.",
    ]
    best = max(search.cv_results_["mean_test_accuracy"])
    assert lines[-1].endswith(f"best so far {best:.4g}")


# === Ctrl-C ===


def interrupting(after):
    """Return a scorer that presses Ctrl-C when it is called for the given time."""
    calls = []

    def score(model, X, y):
        calls.append(model)
        if len(calls) == after:
            signal.raise_signal(signal.SIGINT)
        return model.score(X, y)

    return score


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals reach the main thread alone")
def test_ctrl_c_keeps_the_candidates_that_are_whole():
    model = network(max_iter=150, tol=0.0, n_iter_no_change=np.inf)
    search = SweepCV(model, {"alpha": [0.01, 0.1, 1.0, 2.0]}, cv=2, n_jobs=1, scoring=interrupting(5))
    with pytest.warns(TrainingWarning, match=r"Training was interrupted: \d of 4 candidates were trained in all folds"):
        search.fit(X, Y)
    means = search.cv_results_["mean_test_score"]
    assert np.isfinite(means[0])
    assert np.isnan(means[-1])
    assert search.cv_results_["rank_test_score"][-1] == np.isfinite(means).sum() + 1
    assert search.best_index_ == np.nanargmax(means)


@pytest.mark.parametrize("after", [11, 12])
@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals reach the main thread alone")
def test_ctrl_c_while_the_last_networks_are_scored_changes_no_score(after):
    def epochs(model, X, y):
        return len(model.loss_curve_)

    def interrupted(model, X, y):
        calls.append(model)
        if len(calls) == after:
            signal.raise_signal(signal.SIGINT)
        return epochs(model, X, y)

    calls = []
    settings = {"cv": [(range(99), range(99, 150))] * 2, "halving": 2, "return_train_score": True, "n_jobs": 1, "refit": False}
    grid = {"alpha": [0.01, 0.1]}
    search = SweepCV(network(**EPOCHS), grid, scoring=interrupted, **settings).fit(X, Y)
    for name in ("split0_train_score", "split1_train_score", "split0_test_score", "split1_test_score"):
        assert search.cv_results_[name].tolist() == [4, 4, 9]


def test_a_scheduler_that_goes_away_before_any_candidate_is_whole_is_no_ctrl_c(monkeypatch):
    def gone(tasks, *, engine, **options):
        return [not_begun(task, engine, "the scheduler was lost") for task in tasks]

    monkeypatch.setattr(sweep_networks, "run_tasks", gone)
    with pytest.raises(ClusterError, match="the scheduler was lost before any candidate was trained in all folds"):
        SweepCV(network(), {"alpha": [0.01, 0.1]}, cv=2).fit(X, Y)


def test_ctrl_c_before_any_candidate_is_whole_is_passed_on():
    model = network(max_iter=150, tol=0.0, n_iter_no_change=np.inf)
    # A candidate that cannot be fitted is nothing to keep.
    search = SweepCV(model, {"alpha": [-1.0, 0.01, 0.1]}, cv=3, n_jobs=1, scoring=interrupting(1))
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, Y)
    assert not hasattr(search, "cv_results_")


# === What cannot be fitted ===


def test_candidates_that_fail():
    grid = {"alpha": [-1.0, 0.1]}
    with pytest.warns(FitFailedWarning, match="2 fits failed out of a total of 4"):
        ours = SweepCV(network(), grid, cv=2, return_train_score=True).fit(X, Y)
    assert np.isnan(ours.cv_results_["mean_test_score"]).tolist() == [True, False]
    assert np.isnan(ours.cv_results_["mean_train_score"]).tolist() == [True, False]
    assert ours.cv_results_["rank_test_score"].tolist() == [2, 1]
    with pytest.warns(FitFailedWarning):
        both = SweepCV(network(), grid, cv=2, error_score=-7.0, scoring=["accuracy", "neg_log_loss"], refit="accuracy").fit(X, Y)
    assert both.cv_results_["mean_test_neg_log_loss"][0] == -7.0
    with pytest.warns(FitFailedWarning):
        scored = SweepCV(network(), grid, cv=2, error_score=0.0, scoring=lambda m, X, y: {"a": m.score(X, y)}, refit="a").fit(X, Y)
    assert scored.cv_results_["mean_test_a"][0] == 0.0
    with pytest.raises(SpecError, match=r"alpha must lie in .*-1"):
        SweepCV(network(), grid, cv=2, error_score="raise").fit(X, Y)
    with pytest.raises(ValueError, match="All the 4 fits failed"):
        SweepCV(network(), {"alpha": [-1.0, -2.0]}, cv=2).fit(X, Y)


def test_targets_that_a_loss_cannot_take_fail_before_training():
    model = MLPRegressor("poisson", (2,), max_iter=2, random_state=0, engine="reference")
    with pytest.raises(DataError, match="counts of at least 0"):
        SweepCV(model, {"alpha": [0.1]}, cv=2, error_score="raise").fit(X, X[:, 0])


def test_a_candidate_that_names_no_number_of_threads_fails_alone():
    with pytest.warns(FitFailedWarning, match="2 fits failed"):
        search = SweepCV(network(), {"n_jobs": [0, 1]}, cv=2).fit(X, Y)
    assert search.best_params_ == {"n_jobs": 1}


def test_a_later_search_leaves_nothing_of_an_earlier_one():
    search = SweepCV(network(), {"alpha": [0.1, 1.0]}, cv=2, halving=2).fit(X, Y)
    assert search.n_iterations_ == 2
    search.set_params(halving=False, estimator=RidgeClassifier()).fit(X, Y)
    assert not {"n_iterations_", "n_diverged_", "n_candidates_", "n_resources_"} & set(vars(search))


def test_a_batch_larger_than_a_fold_is_told_of_once():
    with pytest.warns(UserWarning, match="Got `batch_size` less than 1 or larger than sample size") as caught:
        SweepCV(network(batch_size=500), {"alpha": [0.1, 1.0]}, cv=2, refit=False).fit(X, Y)
    assert sum("batch_size" in str(warning.message) for warning in caught) == 1


def test_epochs_used_up_are_told_of_once():
    with pytest.warns(ConvergenceWarning, match="Maximum iterations reached by 4 of 4 networks") as caught:
        SweepCV(network(), {"alpha": [0.1, 1.0]}, cv=2, refit=False).fit(X, Y)
    assert len(caught) == 1


def test_epochs_that_were_wanted_are_not_told_of():
    with pytest.warns(ConvergenceWarning, match="Maximum iterations reached by 4 of 6 networks") as caught:
        search = SweepCV(network(), [{"tol": [1e-9, 0]}, {"n_iter_no_change": [np.inf]}], cv=2, refit=False).fit(X, Y)
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        SweepCV(network(tol=0), {"alpha": [0.1, 1.0]}, cv=2).fit(X, Y)
    assert search.n_diverged_.sum() == 0


# === Grids and folds that cannot be used ===


@pytest.mark.parametrize(
    ("estimator", "grid", "settings", "message"),
    [
        (network(), {"alhpa": [1.0]}, {}, r"parameter 'alhpa' is unknown; did you mean 'alpha'"),
        (
            make_pipeline(StandardScaler(), network()),
            {"mlpclassifier__alhpa": [1.0]},
            {},
            r"parameter 'mlpclassifier__alhpa' of param_grid: 'alhpa' is unknown; did you mean 'alpha'",
        ),
        (
            make_pipeline(StandardScaler(), network()),
            {"mlp__alpha": [1.0]},
            {},
            r"'mlp__alpha' is unknown; did you mean 'mlpclassifier__alpha'",
        ),
        (Ridge(), {"aplha": [1.0]}, {}, r"parameter 'aplha' is unknown; did you mean 'alpha'"),
        (network(), [], {}, r"param_grid must hold at least one candidate, found none\."),
        (network(), {"alpha": []}, {}, r"param_grid\['alpha'\] must hold at least one value, found none"),
        (network(), {"alpha": np.array([])}, {"n_iter": 2}, r"param_grid\['alpha'\] must hold at least one value, found none"),
        (network(), {"alpha": stats.uniform()}, {}, r"param_grid\['alpha'\] is a distribution.*n_iter"),
        (network(), {"alpha": 0.1}, {}, r"param_grid: .*'alpha'.*list"),
        (network(), "alpha", {}, r"param_grid must be a dict or a list of dicts, found 'alpha'"),
        (network(), {"alpha": [1.0]}, {"cv": KFold(200)}, r"cannot split these 150 rows; choose fewer folds, or give more rows\..*200"),
        (network(), {"alpha": [1.0]}, {"cv": 60}, r"cv=60 cannot split these 150 rows"),
        (network(), {"alpha": [1.0]}, {"cv": 1}, r"The 'cv' parameter of SweepCV must be an int in the range \[2, inf\)"),
        (network(), {"alpha": [1.0]}, {"cv": []}, r"must give at least one fold, found none"),
        (network(), {"alpha": [1.0]}, {"n_iter": 0}, r"n_iter"),
        (network(), {"alpha": [1.0]}, {"scoring": "acuracy"}, r"scoring 'acuracy' is unknown; did you mean 'accuracy'"),
    ],
)
def test_mistakes(estimator, grid, settings, message):
    with pytest.raises(ValueError, match=message) as caught:
        SweepCV(estimator, grid, **settings).fit(X, Y)
    assert "\n" not in str(caught.value)


def test_types():
    with pytest.raises(SpecTypeError, match="must be a dict"):
        SweepCV(network(), 3).fit(X, Y)
    with pytest.raises(SpecError):
        SweepCV(network(), {"nothing": [1]}).fit(X, Y)
    with pytest.raises(DataError):
        SweepCV(network(), {"alpha": [1]}, cv=60).fit(X, Y)


def test_names_of_steps_that_a_candidate_brings_along():
    pipeline = make_pipeline("passthrough", network())
    grid = {"passthrough": [StandardScaler()], "passthrough__with_mean": [True, False]}
    assert len(SweepCV(pipeline, grid, cv=2).fit(X, Y).cv_results_["params"]) == 2


# === docs/sweep.md ===


def test_the_page_runs(capsys):
    page = (Path(__file__).resolve().parents[2] / "docs" / "sweep.md").read_text(encoding="utf-8")
    names = {"__name__": "sweep"}
    for block in re.findall(r"^```python\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL):
        exec(compile(block, "sweep.md", "exec"), names)
    best, halved = capsys.readouterr().out.splitlines()
    assert best.startswith("{'mlpclassifier__alpha': ")
    assert halved == "[9, 3, 1] [9, 27, 81]"
