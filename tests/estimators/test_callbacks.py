"""Callbacks: plain functions with every version of scikit-learn, its own from 1.9 on."""

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale
from sklearn.utils.fixes import parse_version

from wellfit import MLPClassifier, MLPRegressor
from wellfit.errors import SpecTypeError, TrainingWarning

X, Y = load_iris(return_X_y=True)
X = scale(X)

needs_callbacks = pytest.mark.skipif(
    parse_version(sklearn.__version__) < parse_version("1.9"), reason="scikit-learn has callbacks from its version 1.9 on"
)


@pytest.fixture(autouse=True)
def quiet():
    """Epochs used up are no matter here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Stochastic Optimizer: Maximum iterations", ConvergenceWarning)
        warnings.filterwarnings("ignore", "lbfgs failed to converge", ConvergenceWarning)
        yield


def classifier(**settings):
    return MLPClassifier(**{"hidden_layer_sizes": (6,), "random_state": 0, "learning_rate_init": 0.02, "max_iter": 8} | settings)


def coefs_of(model):
    return [coef.copy() for coef in (*model.coefs_, *model.intercepts_)]


# === Plain functions ===


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_function_sees_every_epoch_and_changes_no_bit(solver):
    seen = []
    model = classifier(solver=solver, early_stopping=True).set_callbacks(lambda event: seen.append(event.network))
    plain = classifier(solver=solver, early_stopping=True).fit(X, Y)
    model.fit(X, Y)
    assert all(np.array_equal(*pair) for pair in zip(coefs_of(model), coefs_of(plain), strict=True))
    assert model.history_.cost.tolist() == plain.history_.cost.tolist()
    assert [copied.n_iter_ for copied in seen] == list(range(1, model.n_iter_ + 1))
    assert [copied.loss_ for copied in seen] == model.history_.cost.tolist()
    assert [copied.history_.epochs for copied in seen] == list(range(1, model.n_iter_ + 1))
    assert seen[-1].predict_proba(X).shape == (150, 3)
    assert not np.array_equal(seen[0].coefs_[0], seen[-1].coefs_[0])


def test_a_function_may_end_the_training():
    stop_at_three = lambda event: event.epoch == 3  # noqa: E731
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = classifier().set_callbacks(stop_at_three).fit(X, Y)
    assert model.n_iter_ == len(model.loss_curve_) == 3
    assert model.outcome_ == "stopped_early"
    short = classifier(max_iter=3).fit(X, Y)
    assert all(np.array_equal(*pair) for pair in zip(coefs_of(model), coefs_of(short), strict=True))
    model.set_params(warm_start=True, max_iter=5).set_callbacks().fit(X, Y)
    whole = classifier().fit(X, Y)
    assert all(np.array_equal(*pair) for pair in zip(coefs_of(model), coefs_of(whole), strict=True))
    searched = classifier(solver="lbfgs", max_iter=50).set_callbacks(lambda event: event.network.n_iter_ == 4).fit(X, Y)
    assert searched.n_iter_ == 4


def test_all_functions_are_called_and_the_last_call_of_set_callbacks_counts():
    first, second = [], []
    model = classifier(max_iter=2).set_callbacks(lambda _: first.append(1) or True, lambda _: second.append(1))
    model.fit(X, Y)
    assert (first, second) == ([1], [1])
    model.set_callbacks().fit(X, Y)
    assert (first, second) == ([1], [1])
    assert not hasattr(model, "_skl_callbacks")


def test_copies_and_clones_keep_their_functions():
    model = classifier(max_iter=2).set_callbacks(print)
    for twin in (clone(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert [callback.function for callback in twin._skl_callbacks] == [print]


def test_functions_are_called_inside_searches_and_pipelines():
    epochs = []
    pipeline = make_pipeline(StandardScaler(), classifier(max_iter=2).set_callbacks(lambda event: epochs.append(event.epoch)))
    search = GridSearchCV(pipeline, {"mlpclassifier__alpha": [0.1, 0.2]}, cv=2).fit(X, Y)
    assert epochs == [1, 2] * 5
    assert search.best_score_ > 0


def test_a_warm_start_counts_its_own_epochs():
    seen = []
    model = classifier(warm_start=True, max_iter=2).fit(X, Y)
    model.set_callbacks(seen.append).fit(X, Y)
    assert [event.history.record_epoch.tolist() for event in seen] == [[1], [1, 2]]
    assert [event.epoch for event in seen] == [1, 2]


def test_errors_and_interruptions_in_functions():
    def fail(event):
        raise RuntimeError("no more")

    def interrupt(event):
        if event.epoch == 2:
            raise KeyboardInterrupt

    model = classifier().set_callbacks(fail)
    with pytest.raises(RuntimeError, match="no more"):
        model.fit(X, Y)
    assert not hasattr(model, "coefs_")
    for solver in ("adam", "lbfgs"):
        with pytest.warns(TrainingWarning, match="interrupted by user after 2 epochs") as caught:
            model = classifier(solver=solver).set_callbacks(interrupt).fit(X, Y)
        assert model.outcome_ == "interrupted"
        assert model.predict(X).shape == (150,)
        assert caught[0].filename == __file__


@pytest.mark.parametrize("callback", [3, "print", dict])
def test_what_is_no_callback_is_refused(callback):
    with pytest.raises(SpecTypeError, match="callbacks must be functions of an event, or scikit-learn's callbacks, found"):
        classifier().set_callbacks(callback)


# === scikit-learn's ===


class Recorder:
    """Notes which hooks are called, and what they are given."""

    def __init__(self):
        self.calls, self.told = [], []

    def setup(self, estimator, context):
        self.calls.append("setup")

    def teardown(self, estimator, context):
        self.calls.append("teardown")

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None):
        self.calls.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
        self.calls.append(f"end {context.task_name}")
        self.told.append((X, y, metadata, fitted_estimator))


@needs_callbacks
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_the_protocol(solver):
    recorder, weights = Recorder(), np.linspace(1, 2, 150)
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = classifier(max_iter=3, solver=solver).set_callbacks(recorder).fit(frame, Y, sample_weight=weights)
    assert recorder.calls == ["setup", "begin fit", *["begin epoch", "end epoch"] * 3, "end fit", "teardown"]
    for told in recorder.told:
        assert told[0] is frame
        assert told[1] is Y
        assert told[2]["sample_weight"] is weights
        assert told[3].predict(frame).shape == (150,)
    assert np.array_equal(recorder.told[-1][3].coefs_[0], model.coefs_[0])
    assert {name for name in vars(model) if "callback" in name} == {"_skl_callbacks"}


@needs_callbacks
def test_an_error_tears_down_what_was_set_up():
    recorder = Recorder()
    with pytest.raises(ZeroDivisionError):
        classifier().set_callbacks(recorder, lambda event: 1 / 0).fit(X, Y)
    assert recorder.calls[-1] == "teardown"


@needs_callbacks
def test_the_score_monitor():
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring=["accuracy", "neg_log_loss"])
    model = classifier().set_callbacks(monitor).fit(X, Y)
    frame = monitor.get_logs().data_as_pandas.query("task_name == 'epoch'")
    assert frame["task_id"].tolist() == list(range(8))
    assert frame["accuracy"].iloc[-1] == pytest.approx(model.score(X, Y))
    assert frame["neg_log_loss"].is_monotonic_increasing
    monitor = ScoringMonitor(scoring="r2")
    MLPRegressor(max_iter=3, hidden_layer_sizes=3, random_state=0).set_callbacks(monitor).fit(X, X[:, 0])
    assert len(monitor.get_logs().data_as_pandas.query("task_name == 'epoch'")) == 3


@needs_callbacks
def test_the_score_monitor_in_a_search():
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring="accuracy")
    search = GridSearchCV(classifier(max_iter=2).set_callbacks(monitor), {"alpha": [0.1, 0.2]}, cv=2).fit(X, Y)
    frame = monitor.get_logs().data_as_pandas.query("task_name == 'epoch'")
    # Two candidates in two folds, and the refit, two epochs each.
    assert len(frame) == 10
    assert set(frame["estimator_name"]) == {"MLPClassifier"}
    assert search.best_estimator_.n_iter_ == 2


@needs_callbacks
def test_the_progress_bar_alone_and_in_a_search(capsys):
    from sklearn.callback import ProgressBar

    classifier().set_callbacks(ProgressBar()).fit(X, Y)
    assert "MLPClassifier - fit" in capsys.readouterr().out
    GridSearchCV(classifier(max_iter=2), {"alpha": [0.1, 0.2]}, cv=2).set_callbacks(ProgressBar()).fit(X, Y)
    shown = capsys.readouterr().out
    assert "GridSearchCV - fit" in shown
    assert "MLPClassifier - fit" in shown


@pytest.mark.skipif(parse_version(sklearn.__version__) >= parse_version("1.9"), reason="this scikit-learn has callbacks")
def test_callbacks_of_newer_versions_are_refused_by_older_ones():
    with pytest.raises(SpecTypeError, match="callbacks must be functions"):
        classifier().set_callbacks(Recorder())
