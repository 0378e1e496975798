"""The benchmarks of forecasts and next steps run on small tables, go on where they ended, and write what they measured."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make a folder of two tables with their catalogue."""
    monkeypatch.syspath_prepend(str(ROOT))
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(600, 3)), columns=["a", "b", "c"]).assign(colour=rng.choice(["red", "blue"], 600))
    score = frame["a"] + np.abs(frame["b"]) - 0.8 + 0.3 * rng.normal(size=600)
    entries = []
    for name, task, target in (("kinds", "classification", np.where(score > 0, "x", "y")), ("numbers", "regression", 5.0 * score + 1.0)):
        frame.assign(target=target).to_csv(tmp_path / f"{name}.csv.gz", index=False)
        entries.append({"name": name, "file": f"{name}.csv.gz", "target": "target", "task": task, "categorical": ["colour"]})
    (tmp_path / "catalogue.json").write_text(json.dumps(entries), encoding="utf-8")
    return tmp_path


def records_of(folder, name):
    return [json.loads(line) for line in (folder / "out" / name).read_text(encoding="utf-8").splitlines()]


def test_forecasts(folder, capsys):
    from benchmarks.forecasts import main

    command = ["--folder", str(folder), "--out", str(folder / "out"), "--epochs", "5"]
    assert main(command) == 0
    assert main(command) == 0
    records = records_of(folder, "forecasts.jsonl")
    assert [record["table"] for record in records] == ["kinds", "numbers"]
    for record in records:
        assert (record["train_rows"], record["quarter"]) == (360, 90)
        assert record["low"] < record["expected"] < record["high"]
        assert record["dev_low"] <= record["dev"] <= record["dev_high"]
    text = (folder / "out" / "forecasts.md").read_text(encoding="utf-8")
    assert text in capsys.readouterr().out
    assert "of 2 on the dev rows" in text


def test_next_steps(folder, capsys):
    from benchmarks.next_steps import main

    assert main(["--folder", str(folder), "--out", str(folder / "out"), "--epochs", "5", "--tables", "numbers"]) == 0
    (record,) = records_of(folder, "next-steps.jsonl")
    assert record["low"] < record["gain"] < record["high"]
    assert record["claims"] == (record["low"] > 0)
    assert record["best"] in record["tried"]
    assert "A gain is claimed in" in capsys.readouterr().out
