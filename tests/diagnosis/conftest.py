"""Small tables with a model of each kind."""

import warnings

import numpy as np
import pandas as pd
import pytest

import wellfit


@pytest.fixture(scope="session")
def classes():
    """Training and dev rows of two classes that three of five columns tell apart, with some labels wrong."""
    draw = np.random.default_rng(0)
    X = draw.normal(size=(360, 5))
    y = np.where(X[:, 0] + X[:, 1] * X[:, 2] + draw.normal(scale=0.4, size=360) > 0, "yes", "no")
    return X[:240], y[:240], X[240:], y[240:]


@pytest.fixture(scope="session")
def numbers():
    """Training and dev rows of a number in the hundreds."""
    draw = np.random.default_rng(1)
    X = draw.normal(size=(360, 4))
    y = 500 + 100 * X[:, 0] + 50 * X[:, 1] ** 2 + draw.normal(scale=20, size=360)
    return X[:240], y[:240], X[240:], y[240:]


@pytest.fixture(scope="session")
def mixed(classes):
    """The classes with a category and gaps beside the numbers."""
    X_train, y_train, X_dev, y_dev = classes
    frames = [pd.DataFrame(X, columns=list("abcde")) for X in (X_train, X_dev)]
    for frame in frames:
        frame["town"] = np.where(frame["a"] > 0.5, "here", "there")
        frame.loc[::7, "b"] = np.nan
    return frames[0], y_train, frames[1], y_dev


@pytest.fixture(scope="session")
def network(classes):
    """A network of wellfit's, fitted to the classes."""
    return quietly(wellfit.MLPClassifier(hidden_layer_sizes=(16,), max_iter=40, random_state=0), *classes[:2])


def quietly(model, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X, y)


@pytest.fixture(scope="session", name="quietly")
def quietly_fixture():
    return quietly
