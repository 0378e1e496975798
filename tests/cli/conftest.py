"""Tables on disk, and the command line called as a user would."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from run_folder import LINE, QUICK, names

from wellfit.cli import main


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


# === Folders of results, made once and copied ===

KEPT = pytest.StashKey[dict]()


@pytest.fixture
def finished(folder, wellfit, request):
    """A finished study of seven networks in run, made once and copied."""
    kept = request.config.stash.setdefault(KEPT, {})
    if "run" not in kept:
        assert wellfit(*LINE, "--trials", "7").code == 0
        kept["run"] = {name: (folder / "run" / name).read_bytes() for name in names()}
    Path("run").mkdir(exist_ok=True)
    for name, content in kept["run"].items():
        Path("run", name).write_bytes(content)
    return folder


@pytest.fixture
def compared(folder, wellfit, request):
    """A finished study of twenty networks without a budget in run, made once and copied; what it printed."""
    kept = request.config.stash.setdefault(KEPT, {})
    if "compared" not in kept:
        answer = wellfit(*LINE, *QUICK)
        assert answer.code == 0
        kept["compared"] = {name: (folder / "run" / name).read_bytes() for name in names()}, answer
    contents, answer = kept["compared"]
    Path("run").mkdir(exist_ok=True)
    for name, content in contents.items():
        Path("run", name).write_bytes(content)
    return answer
