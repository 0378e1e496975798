"""Simple models against scikit-learn's own."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from wellfit.judge.references import fit_references


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
