"""The comparison of searches runs, goes on where it ended, keeps to its clock, and counts what it measured."""

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import randint
from sklearn.dummy import DummyClassifier

ROOT = Path(__file__).resolve().parents[1]
FACTS = {"date": "today", "processor": "one", "cores": 2, "system": "none", "python": "3", "versions": {"wellfit": "0"}, "revision": "x"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make a folder of two tables with their catalogue, and let rivals do without workers, which take seconds to start."""
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setattr("benchmarks.tuned.JOBS", 1)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.normal(size=90), "colour": rng.choice(["red", "blue"], 90)})
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


def test_it_measures_once_and_reports(folder, capsys, monkeypatch):
    from benchmarks import searches

    monkeypatch.setattr(searches, "warm_up", lambda: None)
    command = ["--folder", str(folder), "--out", str(folder / "out"), "--seconds", "1", "--splits", "1", "--tables"]
    assert searches.main([*command, "kinds", "--entrants", "wellfit", "MLP", "HistGradientBoosting"]) == 0
    assert searches.main([*command, "kinds", "numbers", "--entrants", "MLP"]) == 0
    records = [json.loads(line) for line in (folder / "out" / "searches.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(record["table"], record["who"]) for record in records] == [
        ("kinds", "wellfit"),
        ("kinds", "MLP"),
        ("kinds", "HistGradientBoosting"),
        ("numbers", "MLP"),
    ]
    assert all(record["accuracy"] > 0.7 for record in records[:3])
    assert records[3]["rmse"] < 0.7
    assert all(record["candidates"] >= 1 for record in records)
    assert 0.0 <= records[0]["overhead"] <= 1.0
    report = (folder / "out" / "searches.md").read_text(encoding="utf-8")
    assert report in capsys.readouterr().out
    assert "lower on" in report


def test_a_rival_gets_its_time_and_its_last_fit(folder):
    from benchmarks import tuned
    from benchmarks.open_tables.tables import catalogue, load

    task = load(catalogue(folder)["kinds"], 0, 0, folder)
    search = tuned.TimedSearchCV(DummyClassifier(), {"random_state": randint(0, 10**6)}, n_iter=1, random_state=0)
    search.seconds = 0.5
    begin = time.perf_counter()
    search.fit(task.X_train, task.y_train)
    assert 0.45 < time.perf_counter() - begin < 5.0
    assert len(search.cv_results_["params"]) > 2
    assert search.best_score_ == max(search.cv_results_["mean_test_score"])
    assert search.predict(task.X_test).shape == task.y_test.shape


def test_the_report_counts_tables_not_splits(folder):
    from benchmarks.searches import markdown

    def record(table, split, who, accuracy):
        more = {"overhead": 0.04} if who == "wellfit" else {}
        return {"table": table, "split": split, "who": who, "task": "classification", "accuracy": accuracy, "seconds": 30.0} | {
            "candidates": 9,
            "log_loss": 0.5,
            **more,
        }

    records = [
        record(table, split, who, accuracy)
        for table, ours, theirs in (("one", (0.9, 0.7), 0.75), ("other", (0.6, 0.6), 0.7))
        for split in range(2)
        for who, accuracy in (("wellfit", ours[split]), ("MLP", theirs), ("HistGradientBoosting", 0.5))
    ]
    # A table that not everybody has done yet counts for nobody.
    records.append(record("third", 0, "wellfit", 0.9))
    text = markdown(records, ["one", "other", "third"], 30.0, FACTS)
    assert "Against MLP the error is lower on 1 of 2 tables, 50 % (must 80 %, aim 95 %): not met." in text
    assert "Against HistGradientBoosting the error is lower on 2 of 2 tables, 100 % (must 40 %, aim 60 %): aim met." in text
    assert "Of a search 4.0 % (median; at most 4.0 %) went to other things than training" in text
    assert "| one | **20** | 25 | 50 |" in text


def test_an_unknown_table_is_told(folder):
    from benchmarks.searches import main

    with pytest.raises(SystemExit, match="there is no table nothing; there are kinds, numbers"):
        main(["--folder", str(folder), "--tables", "nothing"])
