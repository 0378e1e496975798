"""One small table, and grids that train on it in no time; each fixture is a function that makes one."""

import numpy as np
import pandas as pd
import pytest

from wellfit.study.grid import Grid
from wellfit.study.judging import Problem
from wellfit.study.metric import Metric


@pytest.fixture(scope="session")
def small_grid():
    def make(**changes):
        values = {
            "hidden": ((6,),),
            "l2": (0.1,),
            "dropout": (0.2,),
            "learning_rate": 0.02,
            "activation": "tanh",
            "epochs": 8,
            "batch_size": 16,
            "seeds": 2,
        }
        return Grid(**(values | changes))

    return make


@pytest.fixture(scope="session")
def moons_table():
    """Two half moons, so that two columns show all."""

    def make(rows=150, seed=0):
        draw = np.random.default_rng(seed)
        label = np.arange(rows) % 2
        angle = draw.uniform(0, np.pi, rows)
        x = np.where(label == 0, np.cos(angle), 1 - np.cos(angle)) + 0.15 * draw.normal(size=rows)
        y = np.where(label == 0, np.sin(angle), 0.5 - np.sin(angle)) + 0.15 * draw.normal(size=rows)
        return pd.DataFrame({"x": x, "y": y, "moon": np.where(label == 0, "upper", "lower")})

    return make


@pytest.fixture(scope="session")
def parts():
    return {"train": np.arange(0, 90), "dev": np.arange(90, 120), "test": np.arange(120, 150)}


@pytest.fixture(scope="session")
def problem(moons_table, parts):
    def make(task="classification"):
        table = moons_table()
        X = np.array(table[["x", "y"]], np.float32, order="C")
        if task == "classification":
            Y = (table["moon"] == "upper").to_numpy(np.float32)[:, None]
            return Problem(X, Y, parts["train"], parts["dev"], "binary_cross_entropy", 1, 2, Metric(task))
        Y = (np.hypot(X[:, 0], X[:, 1]) - 1)[:, None].astype(np.float32)
        return Problem(X, Y, parts["train"], parts["dev"], "squared_error", 1, 0, Metric(task, spread=3.0, scale=3.0))

    return make
