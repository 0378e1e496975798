"""Small tables, and a plain network that is trained in a millisecond."""

import dataclasses
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from wellfit.events import NetworkEnd, Progress
from wellfit.study import cost_model, default_network, run, trainer, warm_up
from wellfit.study.journal import Journal
from wellfit.study.plans import Plan
from wellfit.study.problem import problem_of
from wellfit.study.run import run_search
from wellfit.study.trial import Budget
from wellfit.table.table import make_table
from wellfit.training.fit import fit_network
from wellfit.training.task import not_begun
from wellfit.training.tasks import run_tasks


@pytest.fixture
def tiny(monkeypatch):
    for task, settings in default_network.FIXED.items():
        small = dataclasses.replace(settings, hidden=(6,), fewest_epochs=2, most_epochs=8)
        monkeypatch.setitem(default_network.FIXED, task, small)


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
def regularisers():
    """Make the plan that compares regularisers, with few settings that are trained in no time."""

    def make(**changes):
        small = {"hidden": ((6,),), "l2": (0.1,), "dropout": (0.2,), "learning_rate": 0.05, "epochs": 6, "batch_size": 16, "seeds": 2}
        return Plan("regularisation", small | changes)

    return make


@pytest.fixture(scope="session")
def bits():
    """Return of a study what must not depend on time or workers."""

    def of(study):
        facts = {name: value for name, value in study.to_dict().items() if name not in ("seconds", "overhead")}
        networks = [(network.seed, network.parameters.tobytes()) for network in study.model.networks]
        return facts, study.model.weights, study.model.temperature, networks

    return of


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on only while networks are trained: one after the other, a hundredth of a second an epoch."""
    clock = SimpleNamespace(now=0.0, perf_counter=lambda: clock.now, get_clock_info=time.get_clock_info)

    def timed(result, before):
        return dataclasses.replace(result, seconds=0.01 * (result.epochs - before))

    def in_turn(tasks, *, engine, callback, **how):
        results = []
        for place, task in enumerate(tasks):
            if callback(Progress("training", place, len(tasks))):
                results.append(not_begun(task, engine))
                continue
            (result,) = run_tasks([task], engine=engine, n_jobs=1)
            results.append(timed(result, task.state.epoch if task.state else 0))
            clock.now += results[-1].seconds
            callback(NetworkEnd(place, results[-1], place + 1, len(tasks)))
        return results

    for module in (cost_model, run, trainer):
        monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(trainer, "run_tasks", in_turn)
    monkeypatch.setattr(warm_up, "fit_network", lambda *arguments, **more: timed(fit_network(*arguments, **more), 0))
    return clock
