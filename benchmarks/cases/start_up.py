"""(d) Start-up: import, the first fit of a fresh install, the first fit of a later process, the whole command."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.cases import Effort
from benchmarks.race import ROOT, environment
from benchmarks.table import Goal, Row

IMPORT_GOAL = Goal(0.3, 0.2, at_least=False, of_ratio=False)
COMPILE_GOAL = Goal(25, 12, at_least=False, of_ratio=False)
COMMAND_GOAL = Goal(7, 4, at_least=False, of_ratio=False)


def measure(effort: Effort) -> tuple[list[Row], dict[str, Any]]:
    """Time fresh processes, on the cache of compiled code as it is and on an empty one."""
    effort.say("(d) start-up")
    case, samples = "(d) start-up", {}
    imports = samples["import"] = [_probe("import") for _ in range(3 if effort.quick else 15)]
    rows = [_row(case, "`import wellfit`", imports, effort.goal(IMPORT_GOAL))]
    firsts: list[float] = []
    laters: list[float] = []
    commands: list[float] = []
    first_commands: list[float] = []
    for number in range(1 if effort.quick else 3):
        with tempfile.TemporaryDirectory() as cache:
            effort.say(f"  empty cache {number + 1}")
            firsts.append(_probe("first_fit", cache))
            laters += [_probe("first_fit", cache) for _ in range(1 if effort.quick else 3)]
        if not effort.quick:
            with tempfile.TemporaryDirectory() as cache:
                first_commands.append(_command(cache))
                commands += [_command(cache) for _ in range(2)]
    rows.append(_row(case, "first fit, nothing compiled yet", firsts, effort.goal(COMPILE_GOAL)))
    rows.append(_row(case, "first fit of a later process", laters, None))
    if commands:
        rows.append(_row(case, "`wellfit fit`, nothing compiled yet", first_commands, None))
        compiling = [first - statistics.median(commands) for first in first_commands]
        rows.append(
            _row(case, "compiling what `wellfit fit` uses", compiling, effort.goal(COMPILE_GOAL), "difference of the rows above and below")
        )
        rows.append(_row(case, "`wellfit fit` of a later process, in all", commands, effort.goal(COMMAND_GOAL)))
    samples |= {"first_fit": firsts, "later_fit": laters, "first_command": first_commands, "command": commands}
    return rows, samples


def _row(case: str, who: str, values: list[float], goal: Goal | None, note: str = "") -> Row:
    good = [value for value in values if value == value]
    if not good:
        return Row(case, who, goal=goal, note="failed")
    return Row(case, who, statistics.median(good), min(good), max(good), "s", goal=goal, note=note)


def _probe(name: str, cache: str | None = None) -> float:
    """Return the seconds that one of `benchmarks.probes` says; nan if it failed."""
    return _timed(lambda: [sys.executable, "-m", "benchmarks.probes", name], cache, lambda out, _: float(json.loads(out)["seconds"]))


def _command(cache: str) -> float:
    """Return the seconds of `wellfit fit` on the built-in table, from start to end."""
    with tempfile.TemporaryDirectory() as out:
        script = shutil.which("wellfit", path=os.fspath(Path(sys.executable).parent))
        start = [script] if script else [sys.executable, "-m", "wellfit"]
        return _timed(lambda: [*start, "fit", "--out", os.fspath(Path(out) / "run")], cache, lambda _, seconds: seconds)


def _timed(command: Callable[[], list[str]], cache: str | None, result: Callable[[str, float], float]) -> float:
    values = environment(None)
    if cache is not None:
        values["NUMBA_CACHE_DIR"] = cache
    start = time.perf_counter()
    done = subprocess.run(command(), cwd=ROOT, env=values, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.stderr.write(done.stderr[-2000:])
        return float("nan")
    return result(done.stdout, seconds)
