"""Tables on disk, and the command line called as a user would."""

import json
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from wellfit.cli import main

QUICK = ("--hidden", "6", "--l2", "0.1", "--dropout", "0.2", "--epochs", "6", "--seeds", "2")


class Answer(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def object(self):
        assert self.out.endswith("\n")
        assert self.out.count("\n") == 1
        return json.loads(self.out)


def clean_table(rows=60):
    draw = np.random.default_rng(0)
    table = pd.DataFrame({"a": draw.normal(size=rows).round(3), "b": draw.normal(size=rows).round(3), "c": draw.choice(["x", "y"], rows)})
    table["label"] = np.where(table["a"] + table["b"] > 0, "yes", "no")
    return table


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of tables, which is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    table = clean_table()
    table.to_csv("good.csv", index=False)
    table.drop(columns="c").assign(price=lambda frame: 2 * frame["a"] + frame["b"] ** 2).drop(columns="label").to_csv(
        "prices.csv", index=False
    )
    return tmp_path


@pytest.fixture
def wellfit(capfd, monkeypatch):
    """Call the command line; drawing is left out unless asked for, because it takes longer than all the rest."""

    def call(*argv, quick=False, pictures=False):
        monkeypatch.setattr("wellfit.plots.is_available", lambda: pictures)
        capfd.readouterr()
        code = main([*map(str, argv), *(QUICK if quick else ())])
        return Answer(code, *capfd.readouterr())

    return call
