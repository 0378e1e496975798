"""Small tables and specs that the tests of training share."""

import threading

import numpy as np
import pytest

from wellfit.engines.contract import get_engine
from wellfit.spec import Network, Optimizer, Schedule, Spec, Training


@pytest.fixture
def table():
    """X (120, 3) and y (120,) of two classes that overlap a little."""
    generator = np.random.default_rng(7)
    X = generator.normal(size=(120, 3))
    return X, (X[:, 0] * X[:, 1] + 0.3 * generator.normal(size=120) > 0).astype(float)


@pytest.fixture
def make_spec():
    """A function that makes a spec for `table`; keyword arguments change its training."""

    def make(*, hidden=(6, 4), learning_rate=0.01, optimizer="adam", **changes):
        settings = {"loss": "binary_cross_entropy", "batch_size": 32, "epochs": 30, "patience": None, "dtype": "float64"}
        training = Training(**settings | {"optimizer": Optimizer(optimizer), "schedule": Schedule(learning_rate=learning_rate)} | changes)
        return Spec(Network(inputs=3, hidden=hidden, outputs=1, activation="tanh"), training)

    return make


class WatchedEngine:
    """The reference engine; notes the epochs of each call of `train`, and does something before one of them."""

    name = "watched"

    def __init__(self, at=None, do=None):
        self.inner = get_engine("reference")
        self.at, self.do, self.calls, self.lock = at, do, [], threading.Lock()

    def with_threads(self, threads):
        return self

    def initial_state(self, *arguments):
        return self.inner.initial_state(*arguments)

    def forward(self, *arguments):
        return self.inner.forward(*arguments)

    def loss_and_gradient(self, *arguments):
        self._note(1)
        return self.inner.loss_and_gradient(*arguments)

    def train(self, spec, seed, state, data, plan, epochs):
        self._note(epochs)
        return self.inner.train(spec, seed, state, data, plan, epochs)

    def _note(self, epochs):
        with self.lock:
            self.calls.append(epochs)
            due = len(self.calls) == self.at
        if due:
            self.do()


@pytest.fixture
def watched_engine():
    """The class, to be made with the number of the call before which something is to be done, and what."""
    return WatchedEngine
