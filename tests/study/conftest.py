"""One small table, and grids that train on it in no time; each fixture is a function that makes one."""

import numpy as np
import pandas as pd
import pytest

from wellfit.judge.metric import Metric
from wellfit.spec import Data
from wellfit.study.fit_table import fit_table
from wellfit.study.grid import Grid
from wellfit.study.judging import Problem


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


# === Jobs that a page tells of ===

QUICK = {"hidden": ((6,), (8,)), "l2": (0.1, 1.0), "dropout": (0.2,), "epochs": 6, "seeds": 2}


def wild_table(evil, rows=150):
    """A table whose names and categories are made to be taken for HTML, templates and mathematics."""
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({evil: draw.normal(size=rows), "plain": draw.normal(size=rows)})
    frame["kind <b>"] = np.where(np.arange(rows) % 3, "<i>", "</td>")
    frame["empty"] = np.nan
    frame["<img src=x onerror=y>"] = np.where(frame[evil] + 0.5 * draw.normal(size=rows) > 0, "<b>yes", "</table>no")
    return frame


@pytest.fixture(scope="session")
def wild_job(evil):
    frame = wild_table(evil)
    return fit_table(frame, Data(target=frame.columns[-1]), name="wild <u>.csv", changes=QUICK)


@pytest.fixture(scope="session")
def number_job(evil):
    frame = wild_table(evil).iloc[:, :2].assign(**{"$price^": lambda table: 1000 * table["plain"] + 5})
    return fit_table(frame, Data(target="$price^", seed=3), changes=QUICK, target_error=40.0)
