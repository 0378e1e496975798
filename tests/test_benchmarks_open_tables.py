"""The comparison on open tables runs, goes on where it ended, and writes what it measured."""

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
    frame = pd.DataFrame({"size": rng.normal(size=80), "colour": rng.choice(["red", "blue"], 80)})
    frame.loc[::9, "colour"] = None
    entries = []
    for name, task, target in (
        ("kinds", "classification", np.where(frame["size"] > 0, "a", "b")),
        ("numbers", "regression", 3.0 * frame["size"] + 1.0),
    ):
        frame.assign(target=target).to_csv(tmp_path / f"{name}.csv.gz", index=False)
        entries.append({"name": name, "file": f"{name}.csv.gz", "target": "target", "task": task, "categorical": ["colour"]})
    (tmp_path / "catalogue.json").write_text(json.dumps(entries), encoding="utf-8")
    return tmp_path


def test_it_measures_once_and_reports(folder, capsys):
    from benchmarks.open_tables.__main__ import main

    command = ["--folder", str(folder), "--out", str(folder / "out"), "--entrants", "wellfit", "MLP", "--splits", "1"]
    assert main(command) == 0
    lines = (folder / "out" / "open-tables.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert [(record["table"], record["entrant"]) for record in records] == [
        ("kinds", "wellfit"),
        ("kinds", "MLP"),
        ("numbers", "wellfit"),
        ("numbers", "MLP"),
    ]
    assert records[0]["accuracy"] > 0.8
    assert records[2]["rmse"] < 0.6

    assert main([*command, "--again", "MLP", "--tables", "kinds"]) == 0
    assert len((folder / "out" / "open-tables.jsonl").read_text(encoding="utf-8").splitlines()) == 5
    report = (folder / "out" / "open-tables.md").read_text(encoding="utf-8")
    assert report in capsys.readouterr().out
    assert [line for line in report.splitlines() if line.startswith("## ")] == [
        "## Accuracy, %",
        "## Log-loss",
        "## RMSE over the target's standard deviation",
        "## Seconds of a fit",
    ]


def test_the_report_marks_the_best_and_where_wellfit_is_behind(folder):
    from benchmarks.open_tables.report import markdown

    records = [
        {
            "table": "kinds",
            "split": split,
            "rows": 0,
            "task": "classification",
            "entrant": who,
            "accuracy": accuracy,
            "log_loss": loss,
            "seconds": 1.0,
        }
        for split in range(2)
        for who, accuracy, loss in (("wellfit", 0.9, 0.2), ("MLP", 0.8, 0.1), ("XGBoost", 0.95, 0.3))
    ]
    text = markdown(records, ["kinds"], 0)
    assert "| kinds | 90.00 | 80.00 |  | **95.00** |" in text
    assert "| kinds | ↓ 0.2000 | **0.1000** |  | 0.3000 |" in text
    assert "Means over 2 splits" in text


def test_an_unknown_table_is_told(folder):
    from benchmarks.open_tables.__main__ import main

    with pytest.raises(SystemExit, match="there is no table nothing; there are kinds, numbers"):
        main(["--folder", str(folder), "--tables", "nothing"])
    with pytest.raises(SystemExit, match=r"there is no .*catalogue\.json"):
        main(["--folder", str(folder / "elsewhere")])
