"""Small tables, and studies of them that are trained in no time; each fixture is a function that makes one."""

import numpy as np
import pandas as pd
import pytest

from wellfit.runs.table_study import prepare_study, run_study
from wellfit.spec import Data
from wellfit.study.journal import Journal
from wellfit.study.plans import Plan
from wellfit.study.trial import Budget

# One setting of each regulariser.
QUICK = {"hidden": ((6,),), "l2": (0.1,), "dropout": (0.2,), "epochs": 6, "seeds": 2, "learning_rate": 0.05, "batch_size": 16}


def _prepared(frame, changes=None, target_error=None, name="the table", **data):
    plan = Plan("regularisation", QUICK | (changes or {}))
    return prepare_study(frame, Data(**data), lambda frame: None, name=name, plan=plan, target_error=target_error)


@pytest.fixture(scope="session")
def prepared():
    """Make the study of a table before anything is trained."""
    return _prepared


@pytest.fixture(scope="session")
def fitted():
    """Make the study of a table as ``wellfit fit`` makes it, over records that are there already."""

    def make(frame, changes=None, *, trials=None, records=(), name="the table", target_error=None, n_jobs=None, callback=None, **data):
        job = _prepared(frame, changes, target_error, name, **data)
        journal = Journal.open(None, job.header())
        journal.records.extend(records)
        return run_study(job, Budget(trials=trials), journal, n_jobs=n_jobs, callback=callback)

    return make


# === Studies that a page is made of ===

WIDE = {"hidden": ((6,), (8,)), "l2": (0.1, 1.0)}


def wild_table(evil, rows=150):
    """A table whose names and categories are made to be taken for HTML, templates and mathematics."""
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({evil: draw.normal(size=rows), "plain": draw.normal(size=rows)})
    frame["kind <b>"] = np.where(np.arange(rows) % 3, "<i>", "</td>")
    frame["empty"] = np.nan
    frame["<img src=x onerror=y>"] = np.where(frame[evil] + 0.5 * draw.normal(size=rows) > 0, "<b>yes", "</table>no")
    return frame


@pytest.fixture(scope="session")
def wild_job(evil, fitted):
    """A study without a budget."""
    frame = wild_table(evil)
    return fitted(frame, WIDE, target=frame.columns[-1], name="wild <u>.csv")


@pytest.fixture(scope="session")
def number_job(evil, fitted):
    """The study of a number, with an error that is to be met."""
    frame = wild_table(evil).iloc[:, :2].assign(**{"$price^": lambda table: 1000 * table["plain"] + 5})
    return fitted(frame, WIDE, target="$price^", seed=3, target_error=40.0)
