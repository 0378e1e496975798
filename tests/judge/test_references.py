"""Simple models against scikit-learn's own."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from wellfit.judge.references import constant_cost, fit_references
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


# === The constant answer's cost ===


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
