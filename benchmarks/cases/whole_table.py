"""(g) Whole tables: the fixed network on adult, if it stands beside the checkout, and the memory of a large mixed table."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

from benchmarks.cases import Effort
from benchmarks.race import ROOT, environment
from benchmarks.table import Goal, Row

ADULT = ROOT.parent / "shared" / "tables" / "adult.csv.gz"
COLUMNS = 40
SECONDS = Goal(15.0, at_least=False, of_ratio=False)
MEMORY = Goal(4.0, at_least=False)


def measure(effort: Effort) -> tuple[list[Row], dict[str, Any]]:
    """Fit `WellfitClassifier` in processes of its own."""
    return [_adult(effort), *_mixed(effort)], {}


def _adult(effort: Effort) -> Row:
    """Time the whole fit, preparation included."""
    effort.say("(g) adult")
    case = "(g) WellfitClassifier.fit, adult, 48,842 rows"
    goal = effort.goal(SECONDS)
    if not ADULT.is_file():
        return Row(case, "wellfit", unit="s", note="the table does not stand beside this checkout")
    done = _probe("adult", str(ADULT), "500" if effort.quick else "0", "1" if effort.quick else "3")
    if done.returncode:
        return _failed(case, "s", goal, done)
    found = json.loads(done.stdout)
    seconds, prepared = found["seconds"], statistics.median(found["prepared"])
    note = f"{prepared:.2g} s of it before training"
    return Row(case, "wellfit", statistics.median(seconds), min(seconds), max(seconds), "s", goal=goal, note=note)


def _mixed(effort: Effort) -> list[Row]:
    """Read the peak of memory above the loaded frame, in terms of the prepared matrix; one epoch shows it as well as all."""
    rows = 2_000 if effort.quick else 500_000
    effort.say(f"(g) memory of {rows:,} mixed rows")
    case = f"(g) peak memory, {rows:,} x {COLUMNS} mixed columns"
    goal = effort.goal(MEMORY)
    done = _probe("mixed", str(rows), str(COLUMNS))
    if done.returncode:
        return [_failed(case, "MB", goal, done)]
    found = json.loads(done.stdout)
    above = found["peak_mb"] - found["before_mb"]
    note = f"above the {found['before_mb']:.0f} MB of the process with its frame; ratio: over the prepared matrix"
    return [
        Row(case, "the prepared float32 matrix alone", median=found["prepared_mb"], unit="MB", note=f"{found['inputs']:.0f} columns"),
        Row(case, "wellfit, WellfitClassifier", median=above, unit="MB", ratio=above / found["prepared_mb"], goal=goal, note=note),
    ]


def _probe(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.probes", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment(None), capture_output=True, text=True, check=False)


def _failed(case: str, unit: str, goal: Goal | None, done: subprocess.CompletedProcess[str]) -> Row:
    sys.stderr.write(done.stderr[-2000:])
    return Row(case, "wellfit", unit=unit, goal=goal, note="failed")
