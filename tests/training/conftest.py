"""Small tables and specs that the tests of training share."""

import threading

import numpy as np
import pytest

from wellfit.engines.api import get_engine
from wellfit.spec import Network, Optimizer, Schedule, Spec, Training
from wellfit.training.arrays import make_data
from wellfit.training.fit import fit_network
from wellfit.training.task import Task


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

    def prepare(self, *arguments):
        if not self.calls:
            self._note(0)

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


def same_result(one, other):
    """Whether two results are the same but for the time that they took: the parameters, the state and the history to the bit."""
    for name in ("parameters", "first_moment", "second_moment", "best_parameters"):
        mine, theirs = getattr(one.state, name), getattr(other.state, name)
        # A network that another process trained to its end comes back without its moments.
        if mine.tobytes() != theirs.tobytes() and not (name.endswith("moment") and 0 in (mine.size, theirs.size)):
            return False
    histories = [[getattr(result.history, name).tobytes() for name in vars(result.history)] for result in (one, other)]
    counts = [
        (result.spec, result.seed, result.parameters.tobytes(), result.outcome, result.epochs, result.best_epoch, result.message)
        + tuple(repr(value) for value in (result.dev_cost, result.dev_error, *vars(result.state).values()) if np.ndim(value) == 0)
        for result in (one, other)
    ]
    return histories[0] == histories[1] and counts[0] == counts[1]


@pytest.fixture(scope="session")
def assert_same_results():
    """A function that compares two lists of results."""

    def check(found, expected):
        assert len(found) == len(expected)
        assert [place for place, pair in enumerate(zip(found, expected, strict=True)) if not same_result(*pair)] == []

    return check


@pytest.fixture(scope="session")
def many_tasks():
    """Tasks over two tables: dropout, dev rows and early stopping, SGD, L-BFGS, rungs, parameters that are given."""
    generator = np.random.default_rng(3)
    tables = []
    for number in range(2):
        X = generator.normal(size=(300, 3)).astype(np.float32)
        y = (X[:, number] > 0.1 * generator.normal(size=300)).astype(float)
        tables.append(make_data(X, y, "float32", rows=np.arange(200), dev_rows=np.arange(200, 300)))

    def spec(optimizer="adam", **training):
        changes = {"loss": "binary_cross_entropy", "epochs": 12, "batch_size": 16, "patience": None, "optimizer": Optimizer(optimizer)}
        return Spec(Network(inputs=3, hidden=(5,)), Training(**changes | training))

    tasks = [Task(spec(dropout=0.1 * number, monitor="dev_cost"), tables[number % 2], seed=number) for number in range(6)]
    tasks.append(Task(spec("gradient_descent"), tables[0], seed=7))
    tasks.append(Task(spec("lbfgs", batch_size=None), tables[1], seed=8))
    tasks.append(Task(spec(), tables[0], seed=9, epochs=5))
    half = fit_network(Task(spec(), tables[1], seed=10, epochs=5))
    tasks.append(Task(spec(), tables[1], seed=10, state=half.state))
    tasks.append(Task(spec(), tables[1], parameters=half.parameters))
    return tasks
