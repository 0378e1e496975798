"""Simple models against scikit-learn's own."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from wellfit.judge import references
from wellfit.judge.metric import Metric
from wellfit.judge.references import (
    Reference,
    ReferenceModel,
    best_on_dev,
    constant_cost,
    cross_fitted,
    fit_references,
    reference_rows,
)
from wellfit.maths.losses import make_loss
from wellfit.spec import LOSSES, Training


def table(classes, rows=200):
    draw = np.random.default_rng(3)
    X = draw.normal(size=(rows, 3)).astype(np.float32)
    score = X @ [1.0, -2.0, 0.5] + draw.normal(size=rows)
    Y = np.digitize(score, np.quantile(score, np.arange(1, classes) / classes)) if classes else 4 * score + 1
    return X, Y.astype(np.float32)[:, None]


@pytest.mark.parametrize("classes", [2, 3])
def test_classes(classes):
    X, Y = table(classes)
    rows = np.arange(0, 200, 2)
    constant, logistic = fit_references(X, Y, rows, "classification", classes)
    theirs = LogisticRegression(max_iter=300).fit(X[rows], Y[rows, 0]).predict_proba(X)
    assert np.allclose(logistic.outputs(X), theirs if classes > 2 else theirs[:, 1:])
    assert (constant.name, logistic.name) == ("majority class", "logistic regression")
    most = np.bincount(Y[rows, 0].astype(int)).argmax()
    answers = constant.outputs(X)
    assert answers.shape == (200, classes if classes > 2 else 1)
    assert ((answers.argmax(axis=1) if classes > 2 else answers[:, 0] > 0.5) == most).all()


def test_numbers():
    X, Y = table(0)
    rows = np.arange(120)
    mean, linear = fit_references(X, Y, rows, "regression", 0)
    theirs = LinearRegression().fit(X[rows].astype(np.float64), Y[rows].astype(np.float64)).predict(X)
    assert np.allclose(linear.outputs(X), theirs, atol=1e-5)
    assert np.allclose(mean.outputs(X), Y[rows].mean())


def test_columns_that_repeat_each_other_do_no_harm():
    X, Y = table(0)
    doubled = np.hstack([X, X, np.ones_like(X)])
    _, linear = fit_references(doubled, Y, np.arange(200), "regression", 0)
    assert np.allclose(linear.outputs(doubled), fit_references(X, Y, np.arange(200), "regression", 0)[1].outputs(X), atol=1e-4)


def test_a_class_without_a_training_row_gets_no_probability():
    X, Y = table(3)
    rows = np.flatnonzero(Y[:, 0] != 1)
    _, logistic = fit_references(X, Y, rows, "classification", 3)
    found = logistic.outputs(X)
    assert found.shape == (200, 3)
    assert (found[:, 1] == 0).all()


# === Rows ===


def test_few_rows_are_all_taken_and_of_many_some_of_each_class():
    Y = np.zeros((10_000, 1))
    Y[[1, 4]] = [[1.0], [2.0]]
    rows = np.arange(10_000)
    assert reference_rows(Y, rows, 3, 3) is rows
    some = reference_rows(Y, rows, 3, 3, most_cells=9_000)
    assert 1_000 <= len(some) <= 1_002
    assert {1, 4} <= set(some)
    assert (np.diff(some) > 0).all()
    assert len(reference_rows(Y, rows, 3, 0, most_cells=9_000)) == 3_000
    assert len(reference_rows(Y, rows, 10**6, 0, most_cells=9_000)) == references.FEWEST_ROWS


def test_a_model_that_cannot_be_fitted_leaves_the_others():
    X, Y = table(2)
    X[0, 1] = np.inf
    assert [model.name for model in fit_references(X, Y, np.arange(200), "classification", 2)] == ["majority class"]
    found = cross_fitted(Metric("classification"), X, Y, 2)[0]
    assert "logistic regression cannot be fitted to these rows" in found.note
    assert "majority class" in found.each
    assert "logistic regression" not in found.each


# === The one that bias is measured from ===


def test_the_best_on_dev_rows():
    metric = Metric("classification")
    errors = {"majority class": np.repeat([1.0, 0.0], [40, 60]), "logistic regression": np.repeat([1.0, 0.0], [20, 80])}
    found = best_on_dev(metric, errors)
    assert (found.name, found.error, found.each) == (
        "logistic regression",
        metric.interval(errors["logistic regression"]),
        {"majority class": 0.4, "logistic regression": 0.2},
    )
    assert Reference("majority class", found.error).words == "the majority class"
    assert found.words == "logistic regression"


def test_the_cross_fitted_reference_is_chosen_on_other_rows_than_it_is_measured_on(monkeypatch):
    """Of thirty coins the one that was right most often looks better than a coin; on other rows it is none."""

    def coins(X, Y, task, classes, trees):
        # A coin of its own for each fold, or one that guesses well in a fold would guess well in all.
        for number in range(30):
            draw = np.random.default_rng([number, int(1e6 * abs(X[0, 0]))])
            yield ReferenceModel(f"coin {number}", lambda X, draw=draw: draw.uniform(size=(len(X), 1)))

    monkeypatch.setattr(references, "_fitted_models", coins)
    metric, honest, lucky = Metric("classification"), [], []
    for seed in range(40):
        draw = np.random.default_rng(seed)
        X, Y = draw.normal(size=(200, 1)), draw.integers(0, 2, (200, 1)).astype(float)
        found, same_rows = cross_fitted(metric, X, Y, 2, seed=seed, n_jobs=1)
        assert found.error.estimate == same_rows.errors.mean()
        honest.append(same_rows.errors.mean() - 0.5)
        lucky.append(min(found.each.values()) - 0.5)
    assert np.mean(lucky) < -0.05
    assert abs(np.mean(honest)) < 0.025  # 4 standard errors


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_the_cross_fitted_reference_is_the_same_on_any_number_of_threads(classes):
    X, Y = table(classes)
    metric = Metric("classification" if classes else "regression")
    (one, rows_of_one), (two, rows_of_two) = (cross_fitted(metric, X, Y, classes, n_jobs=jobs) for jobs in (1, 2))
    np.testing.assert_array_equal(rows_of_one.errors, rows_of_two.errors)
    assert one == two
    assert len(one.each) == 4


def test_large_tables_and_little_time_are_noted(monkeypatch):
    X, Y = table(2)
    monkeypatch.setattr(references, "MOST_ROWS", 100)
    found, same_rows = cross_fitted(Metric("classification"), X, Y, 2, seconds=0.0)
    assert "simple models were fitted on 100 of 200 training rows" in found.note
    assert "gradient boosting was left out" in found.note
    assert len(same_rows.rows) == 100


# === The cost of a constant prediction ===


@pytest.mark.parametrize("loss", LOSSES)
def test_no_constant_answer_costs_less(loss):
    draw = np.random.default_rng(0)
    classes = {"cross_entropy": 3, "binary_cross_entropy": 2}.get(loss)
    Y = draw.integers(0, classes, (60, 1)).astype(float) if classes else draw.exponential(size=(60, 1))
    outputs, value = 3 if loss == "cross_entropy" else 1, make_loss(loss).value
    cost = constant_cost(Training(loss=loss), Y, outputs)
    tried = [value(np.repeat(answer[None], 60, axis=0), Y).mean() for answer in draw.normal(scale=2, size=(2_000, outputs))]
    # Huber's best answer lies between mean and median, and the mean will do as a unit.
    least = 0.95 if loss == "huber" else 1.0
    assert least * cost <= min(tried) <= 1.02 * cost


def test_the_constant_cost_of_classes_is_their_entropy():
    Y = np.repeat([0.0, 1.0, 1.0, 1.0], 5)[:, None]
    entropy = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    assert constant_cost(Training(loss="binary_cross_entropy"), Y, 1) == pytest.approx(entropy)
    assert constant_cost(Training(loss="cross_entropy"), Y, 3) == pytest.approx(entropy)
    assert constant_cost(Training(loss="binary_cross_entropy"), np.ones((5, 1)), 1) < 1e-6


def test_the_constant_cost_of_numbers_is_half_their_variance():
    Y = np.array([[1.0], [2.0], [6.0]])
    assert constant_cost(Training(loss="squared_error"), Y, 1) == pytest.approx(Y.var() / 2)
