"""All fronts give one network the same verdict on the same rows: `fit`, the search, the estimators and `diagnose`."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification, make_regression

import wellfit
from wellfit.spec import Member
from wellfit.store import FittedModel, TrainedNetwork
from wellfit.study import default_network, rounds
from wellfit.study.journal import Journal
from wellfit.study.plans import RECIPE, Plan
from wellfit.study.problem import problem_of
from wellfit.study.run import run_search
from wellfit.study.trial import Budget
from wellfit.table.split import Fold
from wellfit.table.table import make_table
from wellfit.training.population import fit_many

TASKS = ("two classes", "three classes", "numbers")
INTERVALS = ("train", "dev", "bias", "gap")


def table_of(task, seed, rows=240):
    """A random table of four columns; the last third are dev rows."""
    if task == "numbers":
        X, y = make_regression(rows, 4, noise=30.0, random_state=seed)
    else:
        classes = 2 if task == "two classes" else 3
        X, codes = make_classification(rows, 4, n_informative=3, n_redundant=0, n_classes=classes, flip_y=0.2, random_state=seed)
        y = np.array(["a", "b", "c"])[codes]
    train = 2 * rows // 3
    return pd.DataFrame(X, columns=list("abcd")), y, np.arange(train), np.arange(train, rows)


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    for task, settings in default_network.FIXED.items():
        monkeypatch.setitem(default_network.FIXED, task, dataclasses.replace(settings, hidden=(6,), fewest_epochs=2, most_epochs=6))


def assert_same(found, expected):
    assert (found.word, found.reason) == (expected.word, expected.reason)
    assert found.reference.name == expected.reference.name
    assert found.margin == pytest.approx(expected.margin, rel=1e-5)
    for name in INTERVALS:
        one, other = (dataclasses.astuple(getattr(verdict, name)) for verdict in (found, expected))
        assert one == pytest.approx(other, rel=1e-5, abs=1e-7)


def estimator_and_verdict(task, seed, target_error, **parameters):
    """Return an estimator with its own verdict, and the rows."""
    frame, y, train, dev = table_of(task, seed)
    kind = wellfit.WellfitRegressor if task == "numbers" else wellfit.WellfitClassifier
    estimator = kind(random_state=seed, target_error=target_error, **parameters)
    rows = frame.iloc[train], y[train], frame.iloc[dev], y[dev]
    return estimator.fit(*rows[:2], eval_set=rows[2:]), rows


def error_to_reach(task, is_named):
    return None if not is_named else 20.0 if task == "numbers" else 0.1


SMALL = {"hidden": ((6,),), "l2": (0.1,), "dropout": (0.1,), "learning_rate": 0.02, "epochs": 6, "batch_size": 16, "seeds": 1}
CASES = [(task, seed, is_named) for task in TASKS for seed, is_named in enumerate((True, False))]


@pytest.mark.parametrize(("task", "seed", "is_named"), CASES)
def test_an_estimator_and_diagnose(task, seed, is_named):
    target = error_to_reach(task, is_named)
    estimator, rows = estimator_and_verdict(task, seed, target)
    assert_same(wellfit.diagnose(estimator, *rows, target, retrain=False).verdict, estimator.verdict_)


@pytest.mark.parametrize(("task", "seed", "is_named"), CASES)
@pytest.mark.parametrize("plan", [RECIPE, Plan("regularisation", SMALL)], ids=["search", "regularisation"])
def test_a_study_and_diagnose(plan, task, seed, is_named, monkeypatch):
    target = error_to_reach(task, is_named)
    frame, y, train, dev = table_of(task, seed)
    problem = problem_of(make_table(frame, pd.Series(y, name="y")), folds=(Fold(train, dev),), target_error=target)
    seen, evaluate = [], rounds.evaluate
    monkeypatch.setattr(rounds, "evaluate", lambda trainer, *more: seen.append((trainer, evaluate(trainer, *more))) or seen[-1][1])
    with Journal.open(None, problem.header(seed)) as journal:
        study = run_search(problem, Budget(None, 1 if plan is RECIPE else None), journal, plan=plan, seed=seed)
    words = set()
    for trainer, evaluated in seen:
        (repeat,) = evaluated.trials
        table = trainer.table(repeat.fold)
        trial = evaluated.trials[repeat]
        member = Member(trial.spec, trial.seed, trainer.data(0).rows, dev)
        (network,) = fit_many([member], table.X, table.Y)
        alone = FittedModel(table.preparation, table.coding, (TrainedNetwork(trial.spec, trial.seed, network.parameters),))
        found = wellfit.diagnose(alone, frame.iloc[train], y[train], frame.iloc[dev], y[dev], target, retrain=False).verdict
        assert_same(found, evaluated.verdict)
        words.add(found.word)
    assert study.verdict.word in words
    assert len(seen) == (1 if plan is RECIPE else 4)
