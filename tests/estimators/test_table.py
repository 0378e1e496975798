"""The estimators for whole tables: what they take, what they leave behind, and what they promise."""

import copy
import pickle

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import balanced_accuracy_score, log_loss

import wellfit
from wellfit import WellfitClassifier, WellfitRegressor
from wellfit.errors import ClusterError, DataError, DataWarning, TrainingWarning
from wellfit.judge.calibration import best_threshold


def mixed(rows=200, seed=0):
    """Return a table of all sorts of columns, the classes of its rows, and numbers."""
    rng = np.random.default_rng(seed)
    size, colour = rng.normal(size=rows), rng.choice(["red", "green", "blue"], rows)
    table = pd.DataFrame(
        {
            "size": size,
            "colour": colour,
            "day": pd.date_range("2024-01-01", periods=rows),
            "old": rng.uniform(size=rows) < 0.5,
            "kind": pd.Categorical(rng.choice(["x", "y"], rows)),
        }
    )
    signal = size + 2.0 * (colour == "red") + rng.normal(0.0, 0.1, rows)
    table.loc[::9, "size"] = np.nan
    table.loc[::11, "colour"] = None
    return table, np.where(signal > 0.7, "yes", "no"), 100.0 + 10.0 * signal


@pytest.fixture(scope="module")
def classifier():
    table, classes, _ = mixed()
    return WellfitClassifier(random_state=0).fit(table, classes)


@pytest.fixture(scope="module")
def regressor():
    table, _, numbers = mixed()
    return WellfitRegressor(random_state=0).fit(table, numbers)


# === Tables in ===


def test_a_mixed_table_is_learned(classifier, regressor):
    table, classes, numbers = mixed(seed=1)
    assert classifier.score(table, classes) > 0.85
    assert regressor.score(table, numbers) > 0.7


@pytest.mark.parametrize("convert", [pl.from_pandas, pa.Table.from_pandas], ids=["polars", "pyarrow"])
def test_frames_of_other_libraries_give_the_same(convert, classifier):
    table, classes, _ = mixed()
    np.testing.assert_array_equal(classifier.predict_proba(convert(table)), classifier.predict_proba(table))
    other = WellfitClassifier(random_state=0).fit(convert(table), classes)
    np.testing.assert_array_equal(other.predict_proba(table), classifier.predict_proba(table))
    assert other.feature_names_in_.tolist() == table.columns.tolist()


@pytest.mark.parametrize(
    "library", [pl.Series, lambda values: pa.chunked_array([pa.array(values)]), pd.Series], ids=["polars", "pyarrow", "pandas"]
)
def test_targets_of_other_libraries_give_the_same(library, classifier):
    table, classes, _ = mixed()
    other = WellfitClassifier(random_state=0).fit(table, library(classes.tolist()))
    np.testing.assert_array_equal(other.predict_proba(table), classifier.predict_proba(table))
    assert other.classes_.tolist() == ["no", "yes"]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", object])
def test_arrays(dtype):
    rng = np.random.default_rng(0)
    X = np.round(10.0 * rng.normal(size=(80, 3)))
    y = X[:, 0] > X[:, 1]
    found = WellfitClassifier(random_state=0).fit(X.astype(dtype), y)
    assert not hasattr(found, "feature_names_in_")
    assert found.n_features_in_ == 3
    assert found.classes_.dtype == bool
    assert found.score(X.astype(dtype), y) > 0.85


def test_names_that_are_numbers_go_by_their_place():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(60, 2)))
    found = WellfitRegressor(random_state=0).fit(table, table[0])
    assert not hasattr(found, "feature_names_in_")
    np.testing.assert_array_equal(found.predict(table), found.predict(table.to_numpy()))


def test_the_same_values_in_float32_and_float64_give_nearly_the_same(regressor):
    table, _, numbers = mixed()
    narrow = table.assign(size=table["size"].astype("float32"))
    found = WellfitRegressor(random_state=0).fit(narrow, numbers)
    assert regressor.score(table, found.predict(narrow)) > 0.98


def test_columns_of_no_use_are_left_out_and_said():
    table, classes, _ = mixed()
    with pytest.warns(DataWarning, match="'nothing'"):
        found = WellfitClassifier(random_state=0).fit(table.assign(nothing=np.nan), classes)
    assert "nothing" in found.model_.preparation.left_out
    assert found.predict(table.assign(nothing=3.0)).shape == (200,)


def test_unseen_categories_and_new_gaps_are_predicted(classifier):
    table, _, _ = mixed(rows=5)
    assert np.isfinite(classifier.predict_proba(table.assign(colour="violet", old=None))).all()


def test_rows_without_a_target_are_left_out_and_said(classifier):
    table, classes, _ = mixed()
    more = pd.concat([table, table.head(3)], ignore_index=True)
    with pytest.warns(DataWarning, match="y has missing values in 3 of 203 rows"):
        found = WellfitClassifier(random_state=0).fit(more, pd.Series([*classes, None, None, None]))
    np.testing.assert_array_equal(found.predict_proba(table), classifier.predict_proba(table))


def test_a_class_of_one_row():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(41, 2))
    y = [*np.where(X[:40, 0] > 0, "a", "b"), "rare"]
    with pytest.warns(DataWarning, match="only one row of class 'rare'"):
        found = WellfitClassifier(random_state=0).fit(X, y)
    assert found.predict_proba(X).shape == (41, 3)


@pytest.mark.parametrize("rows", [4, 12, 30])
def test_tables_of_a_few_rows(rows):
    X = np.arange(2.0 * rows).reshape(rows, 2)
    proba = WellfitClassifier(random_state=0).fit(X, np.arange(rows) % 2).predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1.0)
    assert np.isfinite(WellfitRegressor(random_state=0).fit(X, X[:, 0] ** 2).predict(X)).all()


@pytest.mark.parametrize(
    "labels",
    [[0, 1, 2], [-1.0, 0.0, 2.0], ["c", "a", "b"], [10**12, 1, 2], [True, False, True]],
    ids=["integers", "floats", "text", "large", "truth"],
)
def test_labels_come_back_as_they_were(labels):
    rng = np.random.default_rng(0)
    y = np.array(labels)[np.arange(45) % 3]
    found = WellfitClassifier(random_state=0).fit(rng.normal(size=(45, 2)), y)
    np.testing.assert_array_equal(found.classes_, np.unique(y))
    assert found.predict(rng.normal(size=(5, 2))).dtype == y.dtype
    assert list(found.model_.classes) == np.unique(y).tolist()


# === What is found on dev rows ===


def test_probabilities_are_calibrated_on_the_eval_set():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 5))
    y = (X[:, 0] + 2.0 * rng.normal(size=300) > 0).astype(int)
    dev = (X[200:], y[200:])
    found = WellfitClassifier(random_state=0).fit(X[:200], y[:200], eval_set=dev)
    model = found.model_
    plain = type(model)(model.preparation, model.target, model.networks)
    assert found.temperature_ == model.temperature != 1.0
    uncalibrated = plain.predict_proba(pd.DataFrame(X[200:], columns=list(found._columns)))
    assert log_loss(dev[1], found.predict_proba(dev[0])) < log_loss(dev[1], uncalibrated)


def test_a_threshold_for_a_metric():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 3))
    y = np.where(X[:, 0] + rng.normal(size=600) > 1.8, "rare", "common")
    train, dev, test = np.split(np.arange(600), [300, 450])
    plain = WellfitClassifier(random_state=0).fit(X[train], y[train], eval_set=(X[dev], y[dev]))
    tuned = WellfitClassifier(random_state=0, threshold="balanced_accuracy").fit(X[train], y[train], eval_set=(X[dev], y[dev]))
    assert plain.threshold_ == 0.5
    np.testing.assert_array_equal(plain.predict_proba(X), tuned.predict_proba(X))
    assert tuned.threshold_ == best_threshold(plain.predict_proba(X[dev])[:, 1], y[dev] == "rare", "balanced_accuracy")
    np.testing.assert_array_equal(tuned.predict(X) == "rare", tuned.predict_proba(X)[:, 1] > tuned.threshold_)
    assert balanced_accuracy_score(y[test], tuned.predict(X[test])) > balanced_accuracy_score(y[test], plain.predict(X[test]))


def test_the_rows_of_the_eval_set_change_nothing_that_is_learned_from_x():
    table, classes, _ = mixed()
    first = WellfitClassifier(random_state=0).fit(table.head(150), classes[:150], eval_set=(table.tail(50), classes[150:]))
    second = WellfitClassifier(random_state=0).fit(table.head(150), classes[:150], eval_set=(table.iloc[150:170], classes[150:170]))
    assert first.model_.preparation.to_dict() == second.model_.preparation.to_dict()
    for one, other in zip(first.histories_, second.histories_, strict=True):
        both = min(one.epochs, other.epochs)
        np.testing.assert_array_equal(one.cost[:both], other.cost[:both])


def test_groups_stay_together(monkeypatch):
    from wellfit.estimators import whole as home

    seen, run = [], home.run_search

    def watched(problem, *arguments, **more):
        seen.append(problem)
        return run(problem, *arguments, **more)

    monkeypatch.setattr(home, "run_search", watched)
    table, classes, _ = mixed()
    groups = np.arange(200) // 10
    WellfitClassifier(random_state=0).fit(table, classes, groups=groups)
    (problem,) = seen
    ((train, dev),) = problem.folds
    assert not set(groups[train]) & set(groups[dev])
    assert len(train) + len(dev) == 200


# === Weights ===


def test_rows_of_weight_0_are_as_if_they_were_not_there(classifier):
    table, classes, _ = mixed()
    more, labels = pd.concat([table, table.head(50)], ignore_index=True), [*classes, *["no"] * 50]
    weights = np.repeat([1.0, 0.0], [200, 50])
    found = WellfitClassifier(random_state=0).fit(more, labels, sample_weight=weights)
    np.testing.assert_allclose(found.predict_proba(table), classifier.predict_proba(table), atol=1e-3)


def test_the_scale_of_weights_does_not_matter():
    table, _, numbers = mixed()
    weights = np.random.default_rng(0).uniform(1.0, 2.0, 200)
    light = WellfitRegressor(random_state=0).fit(table, numbers, sample_weight=weights)
    heavy = WellfitRegressor(random_state=0).fit(table, numbers, sample_weight=1024.0 * weights)
    np.testing.assert_array_equal(light.predict(table), heavy.predict(table))


def test_class_weights_draw_decisions_to_the_rare_class():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2))
    y = (X[:, 0] + rng.normal(size=400) > 1.8).astype(int)
    plain = WellfitClassifier(random_state=0).fit(X, y)
    balanced = WellfitClassifier(random_state=0, class_weight="balanced").fit(X, y)
    named = WellfitClassifier(random_state=0, class_weight={1: 8.0}).fit(X, y)
    assert plain.predict(X).mean() < min(balanced.predict(X).mean(), named.predict(X).mean())
    by_rows = WellfitClassifier(random_state=0).fit(X, y, sample_weight=np.where(y == 1, 8.0, 1.0))
    np.testing.assert_array_equal(named.predict_proba(X), by_rows.predict_proba(X))


# === One seed, one model ===


def test_the_number_of_workers_changes_no_bit(classifier):
    table, classes, _ = mixed()
    alone = WellfitClassifier(random_state=0, n_jobs=1).fit(table, classes)
    np.testing.assert_array_equal(alone.predict_proba(table), classifier.predict_proba(table))
    other = WellfitClassifier(random_state=1).fit(table, classes)
    assert (other.predict_proba(table) != classifier.predict_proba(table)).any()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))], ids=["deepcopy", "pickle"])
def test_copies_predict_the_same(copied, classifier):
    table, _, _ = mixed()
    np.testing.assert_array_equal(copied(classifier).predict_proba(table), classifier.predict_proba(table))


def test_joblib_and_clone(tmp_path, regressor):
    table, _, numbers = mixed()
    joblib.dump(regressor, tmp_path / "model.joblib")
    np.testing.assert_array_equal(joblib.load(tmp_path / "model.joblib").predict(table), regressor.predict(table))
    fresh = clone(regressor)
    assert fresh.get_params() == regressor.get_params()
    with pytest.raises(NotFittedError):
        fresh.predict(table)
    np.testing.assert_array_equal(fresh.fit(table, numbers).predict(table), regressor.predict(table))


def test_it_is_saved_and_predicts_the_same(tmp_path, classifier, regressor):
    table, _, _ = mixed()
    for fitted in (classifier, regressor):
        wellfit.save(fitted.model_, tmp_path / "model.safetensors")
        loaded = wellfit.load(tmp_path / "model.safetensors")
        np.testing.assert_array_equal(loaded.predict(table), fitted.predict(table))
    wellfit.save(classifier, tmp_path / "model.safetensors")
    np.testing.assert_array_equal(wellfit.load(tmp_path / "model.safetensors").predict_proba(table), classifier.predict_proba(table))


def test_what_is_left_behind(classifier, regressor):
    assert len(classifier.model_.networks) == len(classifier.histories_) == 5
    assert classifier.n_iter_ == max(history.epochs for history in classifier.histories_)
    assert all(np.isfinite(history.dev_cost).all() for history in regressor.histories_)
    assert classifier.model_.networks[0].spec.training.dtype == "float32"
    assert not hasattr(regressor, "classes_")


def test_verbose_says_what_is_trained_and_found(capsys):
    table, classes, _ = mixed()
    WellfitClassifier(random_state=0, verbose=True).fit(table, classes)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["References", "The", "Dev", "The", "All"]
    assert "average of 5 networks" in lines[3]


@pytest.mark.parametrize("value", [1.35e154, 1e300])
def test_numbers_whose_squares_overflow_are_refused(value):
    y = np.zeros(30)
    y[-1] = value
    with pytest.raises(DataError, match="too large to square errors; rescale it"):
        WellfitRegressor(random_state=0).fit(np.random.default_rng(0).normal(size=(30, 2)), y)


# === Ends that were not hoped for ===


def test_ctrl_c_leaves_a_fitted_estimator(monkeypatch):
    from wellfit.study.trainer import Trainer

    keep = Trainer._keep

    def interrupted(self, *arguments):
        keep(self, *arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "_keep", interrupted)
    table, classes, _ = mixed(rows=2_000)
    with pytest.warns(TrainingWarning, match="interrupted after [1-4] networks?: the model is the best so far"):
        found = WellfitClassifier(random_state=0, n_jobs=1).fit(table, classes)
    assert 1 <= len(found.model_.networks) < 5
    assert found.score(table, classes) > 0.8


@pytest.mark.parametrize("settings", [{}, {"max_trials": 20}], ids=["fixed", "searched"])
def test_a_scheduler_that_is_lost_before_the_first_epoch_is_no_ctrl_c(settings, monkeypatch):
    monkeypatch.setattr("wellfit.training.tasks.train_all", lambda *_: ({}, "the scheduler was lost"))
    table, classes, _ = mixed(rows=30)
    found = WellfitClassifier(random_state=0, **settings)
    with pytest.raises(ClusterError, match="the scheduler was lost before any network was trained"):
        found.fit(table, classes)
    with pytest.raises(NotFittedError):
        found.predict(table)


@pytest.mark.parametrize("settings", [{}, {"max_trials": 20}], ids=["fixed", "searched"])
def test_ctrl_c_before_the_first_epoch_is_passed_on(settings, monkeypatch):
    from wellfit.training.backends import run

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "compile_kernels", interrupted)
    table, classes, _ = mixed(rows=30)
    found = WellfitClassifier(random_state=0, **settings)
    with pytest.raises(KeyboardInterrupt):
        found.fit(table, classes)
    with pytest.raises(NotFittedError):
        found.predict(table)


def test_networks_that_diverged_are_left_out(monkeypatch):
    from wellfit.study import trainer

    count, found = iter(range(100)), trainer.divergence
    monkeypatch.setattr(trainer, "divergence", lambda result, constant: "diverged" if next(count) < 2 else found(result, constant))
    table, _, numbers = mixed(rows=60)
    with pytest.warns(TrainingWarning, match="2 of 5 networks diverged and are left out"):
        model = WellfitRegressor(random_state=0, n_jobs=1).fit(table, numbers)
    assert len(model.model_.networks) == 3


@pytest.mark.parametrize("kind", [WellfitClassifier, WellfitRegressor])
def test_rows_far_outside_the_training_range_are_warned_of(kind):
    table, labels, numbers = mixed()
    model = kind(random_state=0).fit(table, numbers if kind is WellfitRegressor else labels)
    model.predict(table)
    far = table.assign(size=100 * table["size"])
    methods = [model.predict] + ([model.predict_proba] if kind is WellfitClassifier else [])
    for predict in methods:
        with pytest.warns(DataWarning, match="column 'size': .* far outside the training range") as caught:
            predict(far)
        assert len(caught) == 1
        assert caught[0].filename == __file__
