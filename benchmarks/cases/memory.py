"""(e) Peak memory of training on 1,000,000 rows and 54 columns of float32."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from benchmarks.cases import Effort
from benchmarks.race import ROOT, environment
from benchmarks.table import Goal, Row

COLUMNS = 54
ALLOWANCE_MB = 300


def measure(effort: Effort) -> tuple[list[Row], dict[str, Any]]:
    """Train in a process of its own, by the function and by the estimator, and read its peak."""
    rows_of_table = 2_000 if effort.quick else 1_000_000
    effort.say(f"(e) memory of {rows_of_table:,} rows")
    array = rows_of_table * COLUMNS * 4 / 1e6
    case = f"(e) peak memory, {rows_of_table:,} x {COLUMNS} float32"
    goal = effort.goal(Goal(3 * array + ALLOWANCE_MB, at_least=False, of_ratio=False))
    rows, samples = [Row(case, "the array alone", median=array, unit="MB")], {}
    for how in ("fit", "MLPClassifier"):
        _probe(how, 1_000)  # compiling, once a machine, takes memory of its own
        done = _probe(how, rows_of_table)
        if done.returncode:
            sys.stderr.write(done.stderr[-2000:])
            rows.append(Row(case, f"wellfit, {how}", unit="MB", goal=goal, note="failed"))
            continue
        samples[how] = json.loads(done.stdout)
        note = f"{samples[how]['before_mb']:.0f} MB before training, array included; ratio: over the array"
        peak = samples[how]["peak_mb"]
        rows.append(Row(case, f"wellfit, {how}", median=peak, unit="MB", ratio=peak / array, goal=goal, note=note))
    return rows, samples


def _probe(how: str, rows: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.probes", "memory", how, str(rows), str(COLUMNS)]
    return subprocess.run(command, cwd=ROOT, env=environment(None), capture_output=True, text=True, check=False)
