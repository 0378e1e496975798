"""One small table for each task, and models of it that were never trained: their weights are as they are drawn."""

import numpy as np
import pandas as pd
import pytest

from wellfit.maths.initialisers import initial_parameters
from wellfit.spec import Network, Spec, Training
from wellfit.store import FittedModel, TrainedNetwork
from wellfit.table.preparation.learn import prepare_table
from wellfit.table.target import read_target


def _table(task, rows=40):
    draw = np.random.default_rng(7)
    table = pd.DataFrame(
        {
            "age": draw.normal(40, 9, rows),
            "colour": draw.choice(["red", "bläu", "green\n"], rows),
            "day": pd.date_range("2024-02-27", periods=rows, freq="37h"),
            "well": draw.random(rows) < 0.5,
        }
    )
    table.loc[3, "age"] = np.nan
    labels = {"two classes": [False, True], "three classes": ["a", "b", "ü"]}
    table["target"] = draw.normal(3, 5, rows) if task == "regression" else draw.choice(labels[task], rows)
    return table


def _model(task, networks=2, dtype="float32", hidden=(5, 3), **more):
    table = _table(task)
    preparation = prepare_table(table, leave_out=["target"])[0]
    target = read_target(table["target"]).coding()
    loss = {"two classes": "binary_cross_entropy", "three classes": "cross_entropy", "regression": "squared_error"}[task]
    spec = Spec(Network(len(preparation.names), hidden, target.outputs), Training(loss=loss, l2=0.1, dropout=0.25, dtype=dtype))
    members = (TrainedNetwork(spec, seed, initial_parameters(spec.network, seed, np.dtype(dtype))) for seed in range(networks))
    return FittedModel(preparation, target, tuple(members), {"note": "chosen on dev", "numbers": [1, 2.5, None]}, **more)


@pytest.fixture(scope="session")
def made_table():
    return _table


@pytest.fixture(scope="session")
def made_model():
    return _model
