"""The estimators for whole tables with a budget: they search, keep their promises, and say what they found."""

import pickle
import time
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import wellfit
from wellfit import WellfitClassifier, WellfitRegressor
from wellfit.errors import DataWarning, SpecError, TrainingWarning
from wellfit.estimators import whole
from wellfit.estimators.frames import read_frame
from wellfit.estimators.searching import _joined
from wellfit.events import NetworkEnd
from wellfit.training.backends.run import Run


def mixed(rows=160, seed=0):
    """Return a table with categories and gaps, the classes of its rows, and numbers."""
    rng = np.random.default_rng(seed)
    size, colour = rng.normal(size=rows), rng.choice(["red", "green", "blue"], rows)
    table = pd.DataFrame({"size": size, "colour": colour, "noise": rng.normal(size=rows)})
    table.loc[::9, "size"] = np.nan
    signal = size + 2.0 * (colour == "red") + rng.normal(0.0, 0.1, rows)
    return table, np.where(signal > 0.7, "yes", "no"), 100.0 + 10.0 * signal


@pytest.fixture(scope="module")
def classifier():
    table, classes, _ = mixed()
    return WellfitClassifier(max_trials=6, random_state=0).fit(table, classes)


@pytest.fixture(scope="module")
def regressor():
    table, _, numbers = mixed()
    return WellfitRegressor(max_trials=4, random_state=0, n_jobs=1).fit(table, numbers)


# === What comes out ===


def test_a_table_is_learned(classifier, regressor):
    table, classes, numbers = mixed(seed=1)
    assert classifier.score(table, classes) > 0.8
    assert regressor.score(table, numbers) > 0.6


def test_what_is_left_behind(classifier, regressor):
    for found, trials in ((classifier, 6), (regressor, 4)):
        assert found.study_.networks <= trials
        assert len(found.study_.to_frame()) == len(found.study_.trials)
        assert found.study_.test_reads == 0
        assert found.verdict_.word in ("underfits", "overfits", "fits", "undecided")
        assert len(found.histories_) == len(found.model_.networks)
        assert max(history.epochs for history in found.histories_) <= found.n_iter_ <= 1_000
        assert found.model_ is found.study_.model
    assert classifier.temperature_ == classifier.model_.temperature


def test_fixed_networks_are_judged_too():
    table, classes, numbers = mixed()
    found = WellfitClassifier(random_state=0).fit(table, classes)
    assert found.study_.networks == 5
    assert found.study_.end_reason == "planned"
    assert found.verdict_.word in ("underfits", "overfits", "fits", "undecided")
    strict = WellfitRegressor(random_state=0, target_error=0.01).fit(table, numbers)
    assert strict.verdict_.word == "underfits"
    assert "above the target error" in strict.verdict_.reason


# === One seed, one model ===


def test_the_number_of_workers_changes_no_bit(regressor):
    table, _, numbers = mixed()
    other = WellfitRegressor(max_trials=4, random_state=0, n_jobs=2).fit(table, numbers)
    np.testing.assert_array_equal(other.predict(table), regressor.predict(table))


def test_copies_clones_and_files(classifier, tmp_path):
    table, classes, _ = mixed()
    expected = classifier.predict_proba(table)
    again = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(again.predict_proba(table), expected)
    assert str(again.study_) == str(classifier.study_)
    fresh = clone(classifier).set_params(n_jobs=1)
    np.testing.assert_array_equal(fresh.fit(table, classes).predict_proba(table), expected)
    wellfit.save(classifier, tmp_path / "model")
    np.testing.assert_array_equal(wellfit.load(tmp_path / "model").predict_proba(table), expected)


# === Rows and their weights ===


def test_dev_rows_of_the_caller_are_never_trained_on():
    table, classes, _ = mixed()
    dev = (table.tail(40), classes[120:])
    found = WellfitClassifier(max_trials=2, random_state=0, threshold="f1").fit(table.head(120), classes[:120], eval_set=dev)
    # Nothing of what is learned from rows depends on the dev rows' cells.
    changed = (table.tail(40).assign(noise=1e3), classes[120:])
    other = WellfitClassifier(max_trials=2, random_state=0, threshold="f1").fit(table.head(120), classes[:120], eval_set=changed)
    assert found.model_.preparation.to_dict() == other.model_.preparation.to_dict()
    assert 0.0 < found.threshold_ < 1.0


def test_groups_are_kept_together(monkeypatch):
    from wellfit.estimators import whole

    seen, original = [], whole.run_search

    def watched(problem, *arguments, **more):
        seen.append(problem)
        return original(problem, *arguments, **more)

    monkeypatch.setattr(whole, "run_search", watched)
    table, classes, _ = mixed()
    groups, weights = np.arange(160) // 8, np.ones(160)
    weights[:16] = 0.0
    WellfitClassifier(max_trials=2, random_state=0).fit(table, classes, weights, groups=groups)
    (problem,) = seen
    assert problem.table.groups.tolist() == groups[16:].tolist()
    assert len(problem.table) == 144


def test_class_weights_and_row_weights_are_the_same_thing():
    table, classes, _ = mixed()
    by_class = WellfitClassifier(max_trials=2, random_state=0, class_weight={"yes": 4.0}).fit(table, classes)
    by_row = WellfitClassifier(max_trials=2, random_state=0).fit(table, classes, sample_weight=np.where(classes == "yes", 4.0, 1.0))
    plain = WellfitClassifier(max_trials=2, random_state=0).fit(table, classes)
    np.testing.assert_array_equal(by_class.predict_proba(table), by_row.predict_proba(table))
    assert by_class.predict_proba(table)[:, 1].mean() > plain.predict_proba(table)[:, 1].mean()


def test_named_categories_reach_the_search():
    table, classes, _ = mixed()
    coded = table.assign(colour=table["colour"].map({"red": 1, "green": 2, "blue": 3}))
    found = WellfitClassifier(max_trials=2, random_state=0, categorical_features=["colour"]).fit(coded, classes)
    kinds = {column.name: type(column).__name__ for column in found.model_.preparation.columns}
    plain = WellfitClassifier(max_trials=2, random_state=0).fit(coded, classes)
    assert kinds["colour"] != {column.name: type(column).__name__ for column in plain.model_.preparation.columns}["colour"]


@pytest.mark.parametrize("trials", [3, 12], ids=["one dev part", "folds"])
def test_rows_held_out_may_have_the_only_gap_and_the_only_row_of_a_category(trials):
    table, _, numbers = mixed(rows=120)
    table = table.assign(size=table["size"].fillna(0.0))
    for row in range(12):
        # Whichever rows are trained on without some others, they make other inputs of it.
        table[f"gap {row}"] = np.where(np.arange(120) == 10 * row, np.nan, np.arange(120.0))
        table[f"kind {row}"] = np.where(np.arange(120) == 10 * row + 5, "rare", np.where(np.arange(120) % 2, "a", "b"))
    found = WellfitRegressor(max_trials=trials, random_state=0).fit(table, numbers)
    assert found.study_.networks == trials
    assert np.isfinite(found.predict(table)).all()


@pytest.mark.parametrize("trials", [2, 12], ids=["one dev part", "folds"])
def test_what_is_left_out_is_said_once(trials):
    table, classes, _ = mixed()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        WellfitClassifier(max_trials=trials, random_state=0).fit(table.assign(nothing=np.nan), classes)
    assert [str(warning.message).count("'nothing'") for warning in caught if warning.category is DataWarning] == [1]


@pytest.mark.parametrize(
    ("one", "other", "dtype"),
    [
        (pd.Series([1, 2]), pd.Series([3, 4]), "int64"),
        (pd.Series([1.0, 2.0]), pd.Series([3, 4]), "float64"),
        (pd.Series([1, 2]), pd.Series([3.5, None]), "float64"),
        (pd.Series([1, 2]), pd.Series(["3", None]), "object"),
        (pd.Series(["a", "b"], dtype="category"), pd.Series(["b", "c"]), "category"),
        (pd.Series([True, False]), pd.Series([None, True], dtype=object), "object"),
        (pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02"])), pd.Series(pd.to_datetime(["2024-01-03", None])), "datetime64"),
    ],
)
def test_dev_rows_take_the_types_of_the_rows_to_train_on(one, other, dtype):
    found = _joined(pd.DataFrame({"x": one}), pd.DataFrame({"x": other}))["x"]
    assert str(found.dtype).startswith(dtype)
    assert found.astype(object).fillna("gap").tolist() == [*one, *other.astype(object).fillna("gap")]


# === Ends ===


def test_the_clock_of_a_time_budget_starts_with_the_fit(monkeypatch):
    def slowly(*arguments, **more):
        time.sleep(1.5)
        return read_frame(*arguments, **more)

    table, classes, _ = mixed(rows=400)
    monkeypatch.setattr(whole, "read_frame", slowly)
    found = WellfitClassifier(time_budget=1.0, random_state=0).fit(table, classes)
    # Time was up before the first network: it got one epoch.
    assert found.study_.seconds > 1.5
    assert found.study_.networks == 1
    assert found.study_.end_reason == "time"


def test_ctrl_c_leaves_a_fitted_estimator(monkeypatch):
    left, train = [4], Run.train

    def interrupted(run, *workers, **how):
        callback = run.report.callback

        def follow(event):
            stops = callback(event)
            left[0] -= isinstance(event, NetworkEnd)
            if left[0] == 0:
                left[0] = -1
                raise KeyboardInterrupt
            return stops

        run.report.callback = follow
        train(run, *workers, **how)

    monkeypatch.setattr(Run, "train", interrupted)
    table, classes, _ = mixed(rows=2_000)
    with pytest.warns(TrainingWarning, match="Search interrupted after [0-9]+ networks: the model is the best so far"):
        found = WellfitClassifier(max_trials=500, random_state=0).fit(table, classes)
    assert found.study_.interrupted
    assert 4 <= found.study_.networks < 20
    assert found.score(table, classes) > 0.7
    assert pickle.loads(pickle.dumps(found)).study_.interrupted


def test_verbose_tells_the_search(capsys):
    table, classes, _ = mixed()
    found = WellfitClassifier(max_trials=2, random_state=0, verbose=True).fit(table, classes)
    assert capsys.readouterr().out.splitlines() == "\n".join(found.study_.messages).splitlines()


def test_the_report_of_a_searched_model(classifier, tmp_path):
    table, classes, _ = mixed(seed=1)
    classifier.report(tmp_path / "report.html", table, classes)
    page = (tmp_path / "report.html").read_text()
    assert "on all rows, for the number of epochs that was best on dev rows" in page
    assert "max_trials" in page


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"time_budget": 0.5}, "time_budget must be at least 1 second"),
        ({"time_budget": -1}, "time_budget must be at least 1 second"),
        ({"time_budget": float("nan")}, "time_budget must be at least 1 second"),
        ({"time_budget": float("inf")}, "time_budget must be at least 1 second"),
        ({"time_budget": "60"}, r"time_budget must be a number of seconds, found '60' \(str\)"),
        ({"time_budget": True}, "time_budget must be a number of seconds"),
        ({"max_trials": 0}, "max_trials must be at least 1, found 0"),
        ({"max_trials": 2.5}, "max_trials must be a whole number, found 2.5"),
        ({"max_trials": 2, "target_error": -0.1}, "target_error must lie in"),
        ({"max_trials": 2, "target_error": "low"}, "target_error must be a number"),
    ],
)
@pytest.mark.parametrize("kind", [WellfitClassifier, WellfitRegressor])
def test_budgets_that_are_none(kind, settings, words):
    with pytest.raises(SpecError, match=words) as caught:
        kind(**settings).fit([[0.0], [1.0]] * 10, [0, 1] * 10)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("settings", [{}, {"max_trials": 2}])
def test_shares_above_1_are_no_errors(settings):
    with pytest.raises(SpecError, match=r"target error must be a share of the rows in \[0, 1\]"):
        WellfitClassifier(target_error=3.0, **settings).fit([[0.0], [1.0]] * 10, [0, 1] * 10)


def test_numbers_of_numpy_are_budgets_too():
    table, classes, _ = mixed(rows=60)
    found = WellfitClassifier(max_trials=np.int64(2), time_budget=np.float32(60.0), random_state=0).fit(table, classes)
    assert found.study_.networks <= 2
