"""The bench of planted faults runs, counts as it says, and its verdict can fail."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _benchmarks_on_path(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))


def test_some_faults_are_named(capsys):
    from benchmarks.faults.__main__ import main

    assert main(["--only", "small_dev_set"]) == 0
    text = capsys.readouterr().out
    assert "| small_dev_set | 2 | 2 | 0 | 0 | small_dev_set 2 |" in text
    assert "Named first or second: 2 of 2" in text


def test_there_are_as_many_cases_as_asked_for():
    from benchmarks.faults.cases import HEALTHY
    from benchmarks.faults.everyone import PLANTERS

    from wellfit.diagnosis.checks.severity import SEVERITY

    assert set(PLANTERS) == set(SEVERITY) - {"learning_rate_range"} | {HEALTHY}


def test_missed_faults_and_false_alarms_fail():
    from benchmarks.faults.__main__ import Answer, is_good_enough, markdown
    from benchmarks.faults.cases import HEALTHY

    right = [Answer("leakage", "one", ("duplicates", "leakage"), 0.1)] * 9 + [Answer(HEALTHY, "two", (), 0.1)]
    missed = Answer("leakage", "three", ("duplicates", "shifted_dev", "leakage"), 0.1)
    alarm = Answer(HEALTHY, "four", ("leakage",), 0.1)
    assert is_good_enough([*right, missed, alarm])
    assert not is_good_enough([*right, missed, missed])
    assert not is_good_enough([*right, alarm, alarm])
    assert "| leakage | 10 | 0 | 9 | 1 | duplicates 10 |" in markdown([*right, missed])
