"""The comparison of searches runs, goes on where it ended, keeps to its clock, and counts what it measured."""

import json
import time
from itertools import cycle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import uniform
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


class Sleeper(DummyClassifier):
    """Takes as long as it is told."""

    def __init__(self, *, nap=0.0):
        super().__init__()
        self.nap = nap

    def fit(self, X, y, sample_weight=None):
        begin = time.perf_counter()
        while time.perf_counter() - begin < self.nap:
            time.sleep(0.001)
        return super().fit(X, y)


def sleepers(naps, seconds):
    """Return a search among candidates that differ by how long they take, fitted, and how long that took."""
    from benchmarks import tuned

    search = tuned.TimedSearchCV(
        tuned.TimedPipeline([("m", Sleeper())]), {"m__nap": naps}, n_iter=1, cv=2, random_state=0, error_score=-1.0
    )
    search.seconds = seconds
    begin = time.perf_counter()
    search.fit(np.zeros((20, 1)), np.arange(20) % 2)
    return search, time.perf_counter() - begin


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_a_rival_gets_its_time_and_its_last_fit(folder):
    search, took = sleepers(uniform(0.0, 0.02), 1.0)
    assert 0.8 < took < 5.0
    assert len(search.cv_results_["params"]) > 5
    assert search.best_params_["until"] is None
    assert search.predict(np.zeros((3, 1))).shape == (3,)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_what_takes_too_long_is_broken_off_and_comes_to_nothing(folder):
    search, took = sleepers(Turns([0.01, 0.01, 60.0]), 0.6)
    assert took < 20.0
    assert search.best_params_["m__nap"] == 0.01
    slow = search.cv_results_["param_m__nap"] == 60.0
    assert (search.cv_results_["mean_test_score"][slow] == -1.0).all()


class Turns:
    """Draws values in turn, as a distribution would."""

    def __init__(self, values):
        self.values = cycle(values)

    def rvs(self, random_state=None):
        return next(self.values)


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
