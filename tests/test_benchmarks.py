"""The benchmark runs, without rivals too, and judges what it measured as it says."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _benchmarks_on_path(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))


def _only(monkeypatch, *packages):
    from benchmarks import race

    monkeypatch.setattr(race, "installed", lambda package: package in packages)


def test_quick_run_without_rivals_says_who_is_missing_and_computes_the_same(monkeypatch, tmp_path, capsys):
    from benchmarks.command import main

    _only(monkeypatch, "wellfit", "numpy")
    assert main(["--quick", "--only", "a", "--out", str(tmp_path), "--name", "run"]) == 0
    result = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    text = (tmp_path / "run.md").read_text(encoding="utf-8")
    assert text in capsys.readouterr().out
    assert not (tmp_path / "latest.md").exists(), "a quick run must not pass for the newest table"

    rows = [row for row in result["rows"] if row["case"] == "(a) course's task, float64"]
    by_name = {row["who"]: row for row in rows}
    for absent in ("scikit-learn", "PyTorch, eager", "JAX, jitted loop"):
        assert by_name[absent]["note"] == "not installed"
        assert by_name[absent]["median"] is None
    ours, rival = by_name["wellfit"], by_name["NumPy loop (float64)"]
    np.testing.assert_allclose(ours["cost"], rival["cost"], rtol=1e-9)
    np.testing.assert_allclose(rival["ratio"], rival["median"] / ours["median"])
    assert all(row["met"] == "" for row in result["rows"]), "tiny sizes are not judged"


def test_scikit_learn_and_wellfit_take_the_same_steps_on_a_table():
    from benchmarks import ours
    from benchmarks.rivals import scikit_learn
    from benchmarks.tasks import TableTask

    task = TableTask(hidden=(8,), batch=64, rows=64, dtype="float64")
    # One batch holds all rows, so that shuffling changes nothing; scikit-learn's Adam differs by where its epsilon stands.
    np.testing.assert_allclose(ours.table(task)(20), scikit_learn.table(task)(20), rtol=1e-6)


def test_what_fails_is_said_and_makes_the_command_fail(monkeypatch, tmp_path):
    from benchmarks import command, race
    from benchmarks.cases import timing_row
    from benchmarks.tasks import CourseTask

    broken = race.Library("broken", "benchmarks.rivals.no_such_file", "numpy")

    def measure(effort):
        timings = race.race([race.Entrant("broken", broken, CourseTask(steps=2))], 1, 0.01, effort.say)
        return [timing_row("case", timings["broken"], "s", 1.0, 2, None, None)], {}

    monkeypatch.setitem(command.CASES, "a", measure)
    assert command.main(["--quick", "--only", "a", "--out", str(tmp_path), "--name", "run"]) == 1
    (row,) = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["rows"]
    assert row["note"].startswith("failed: ModuleNotFoundError")


@pytest.mark.parametrize(
    ("at_least", "ratio", "met"),
    [
        (True, 17.9, "**no**"),
        (True, 18.0, "yes"),
        (True, 30.0, "yes, aim too"),
        (False, 31.0, "**no**"),
        (False, 29.0, "yes"),
        (False, 18.0, "yes, aim too"),
        (True, math.nan, "not measured"),
    ],
)
def test_goals_are_judged_on_the_side_that_they_name(at_least, ratio, met):
    from benchmarks.table import Goal, Row

    goal = Goal(18, 30, at_least) if at_least else Goal(30, 18, at_least)
    assert Row("case", "who", ratio=ratio, goal=goal).met == met


def test_every_line_of_the_table_has_as_many_cells_as_its_head():
    from benchmarks.table import HEAD, Goal, Row, markdown

    machine = {
        "date": "today", "processor": "p", "cores": 2, "caches": "c", "vectors": "v", "memory_gb": 1.0, "system": "s", "python": "3",
        "versions": {"numpy": "2"}, "revision": "r", "load_before": 0.0, "load_after": 0.0,
    }  # fmt: skip
    rows = [Row("case", "a", 1.0, 0.9, 1.1, "s", "1", 2.0, Goal(1, 3), 0.5, "note"), Row("case", "b", note="not installed")]
    lines = [line for line in markdown(rows, machine, "head").splitlines() if line.startswith("|")]
    assert len(lines) == 4
    assert {line.count("|") for line in lines} == {HEAD.count("|")}


def test_newest_table_goes_between_the_marks_and_nowhere_else(tmp_path):
    from benchmarks.command import MARKS, put_between_marks

    page = tmp_path / "README.md"
    page.write_text(f"before\n{MARKS[0]}\nold\n{MARKS[1]}\nafter\n", encoding="utf-8")
    assert put_between_marks(page, "new\n")
    assert page.read_text(encoding="utf-8") == f"before\n{MARKS[0]}\nnew\n{MARKS[1]}\nafter\n"
    page.write_text("no marks\n", encoding="utf-8")
    assert not put_between_marks(page, "new\n")
    assert page.read_text(encoding="utf-8") == "no marks\n"


def test_unknown_case_is_refused_with_the_valid_ones(capsys):
    from benchmarks.command import main

    with pytest.raises(SystemExit):
        main(["--only", "z"])
    assert "valid: a, b, c, d, e" in capsys.readouterr().err
