"""(f) Predictions for 1,000,000 rows by a network of [256, 256], beside the machine's rate of multiplying matrices."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

from benchmarks.cases import Effort
from benchmarks.race import ROOT, environment
from benchmarks.table import Goal, Row

COLUMNS, WIDTH = 54, 256
GOAL = Goal(0.6)


def measure(effort: Effort) -> tuple[list[Row], dict[str, Any]]:
    """Time `MLPClassifier.predict` and NumPy's float32 product in turns, each on all cores, in a process of its own."""
    rows, width = (2_000, 16) if effort.quick else (1_000_000, WIDTH)
    effort.say(f"(f) predictions for {rows:,} rows")
    case = f"(f) predict {rows:,} x {COLUMNS}, [{width},{width}], float32"
    command = [sys.executable, "-m", "benchmarks.probes", "prediction", str(rows), str(COLUMNS), str(width), str(effort.repeats)]
    done = subprocess.run(command, cwd=ROOT, env=environment(None), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr[-2000:])
        return [Row(case, "wellfit, MLPClassifier", unit="s", goal=effort.goal(GOAL), note="failed")], {}
    found = json.loads(done.stdout)
    seconds, sgemm = found["seconds"], found["sgemm"]
    share = found["gflop"][0] / statistics.median(seconds) / statistics.median(sgemm)
    note = f"{rows / statistics.median(seconds):,.0f} rows a second; ratio: of the rate of NumPy's product below"
    return [
        Row(
            case,
            "wellfit, MLPClassifier",
            statistics.median(seconds),
            min(seconds),
            max(seconds),
            "s",
            ratio=share,
            goal=effort.goal(GOAL),
            note=note,
        ),
        Row(case, "NumPy, one product of squares", statistics.median(sgemm), min(sgemm), max(sgemm), "GFLOP/s"),
    ], found
