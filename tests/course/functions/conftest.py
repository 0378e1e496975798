"""Unit cases of the published notebooks, as their recipes say: all drawn from NumPy's global generator."""

# ruff: noqa: NPY002

import itertools

import numpy as np
import pytest


def draw(*sizes):
    """Return W1, b1, W2, b2, ... of some layer sizes, from the global generator's next numbers."""
    parameters = {}
    for l, (n_before, n) in enumerate(itertools.pairwise(sizes), start=1):
        parameters[f"W{l}"] = np.random.randn(n, n_before)
        parameters[f"b{l}"] = np.random.randn(n, 1)
    return parameters


@pytest.fixture
def network():
    """Return a function of a seed and layer sizes that draws parameters."""

    def drawn(seed, *sizes):
        np.random.seed(seed)
        return draw(*sizes)

    return drawn


@pytest.fixture
def case_P(network):
    return network(1, 3, 2, 3, 1)


@pytest.fixture
def case_XP():
    np.random.seed(1)
    X = np.random.randn(3, 5)
    return X, draw(3, 2, 3, 1), np.array([[1, 1, 0, 1, 0]])
