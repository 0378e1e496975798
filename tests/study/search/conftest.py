"""Small tables, and a plain network that is trained in a millisecond."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from wellfit.study import fixed
from wellfit.study.search.journal import Journal
from wellfit.study.search.problem import problem_of
from wellfit.study.search.run import run_search
from wellfit.study.search.trial import Budget
from wellfit.table.table import make_table


@pytest.fixture
def tiny(monkeypatch):
    for task, settings in fixed.FIXED.items():
        small = dataclasses.replace(settings, hidden=(6,), fewest_epochs=2, most_epochs=8)
        monkeypatch.setitem(fixed.FIXED, task, small)


def _table_of(rows, seed=0, task="classification"):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 3))
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    frame["d"] = rng.choice(["red", "green", "blue"], rows)
    frame.loc[rng.permutation(rows)[: rows // 10], "b"] = np.nan
    signal = X[:, 0] * X[:, 1] + X[:, 2] + (frame["d"] == "red")
    if task == "regression":
        return frame, pd.Series(10.0 + 5.0 * signal, name="y")
    return frame, pd.Series(np.where(signal > 0.3, "yes", "no"), name="y")


@pytest.fixture(scope="session")
def table_of():
    """Make a frame with a category and gaps, and a target that a network can learn."""
    return _table_of


def _problem_of(frame, target, folds=(), target_error=None, **more):
    return problem_of(make_table(frame, target, **more), folds=folds, target_error=target_error)


@pytest.fixture(scope="session")
def set_problem():
    """Make the problem that a frame and a target set."""
    return _problem_of


@pytest.fixture(scope="session")
def problem():
    """Make the problem of such a table."""

    def make(rows, seed=0, task="classification", **more):
        frame, target = _table_of(rows, seed, task)
        return _problem_of(frame, target, **more)

    return make


@pytest.fixture(scope="session")
def searched():
    """Search a problem, over records that are there already."""

    def make(problem, trials=None, seconds=None, records=(), **more):
        journal = Journal.open(None, problem.header(0))
        journal.records.extend(records)
        return run_search(problem, Budget(seconds, trials), journal, **more)

    return make


@pytest.fixture(scope="session")
def bits():
    """Return of a study what must not depend on time or workers."""

    def of(study):
        facts = {name: value for name, value in study.to_dict().items() if name not in ("seconds", "overhead")}
        networks = [(network.seed, network.parameters.tobytes()) for network in study.model.networks]
        return facts, study.model.weights, study.model.temperature, networks

    return of
