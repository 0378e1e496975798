"""(d) Start-up: import, the first fit of a fresh install, the first fit of a later process, the whole command."""

from __future__ import annotations

import json
import math
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
from benchmarks.table import NAN, Goal, Row

CASE = "(d) start-up"
IMPORT_GOAL = Goal(0.3, 0.2, at_least=False, of_ratio=False)
COMPILE_GOAL = Goal(25, 12, at_least=False, of_ratio=False)
COMMAND_GOAL = Goal(7, 4, at_least=False, of_ratio=False)


def measure(effort: Effort) -> tuple[list[Row], dict[str, Any]]:
    """Time fresh processes, on empty caches of compiled code and on the same caches filled."""
    effort.say(CASE)
    caches, later = (1, 1) if effort.quick else (3, 2)
    imports = [_probe("import") for _ in range(3 if effort.quick else 15)]
    first_fit, later_fit = _first_and_later(lambda cache: _probe("first_fit", cache), caches, later, effort)
    rows = [
        _row("`import wellfit`", imports, effort.goal(IMPORT_GOAL)),
        _row("first fit, nothing compiled yet", first_fit, effort.goal(COMPILE_GOAL)),
        _row("first fit of a later process", later_fit, None),
    ]
    samples = {"import": imports, "first_fit": first_fit, "later_fit": later_fit}
    if not effort.quick:
        first, command = _first_and_later(_command, caches, later, effort)
        compiling = [seconds - statistics.median(command) for seconds in first]
        rows += [
            _row("`wellfit fit`, nothing compiled yet", first, None),
            _row("compiling what `wellfit fit` uses", compiling, effort.goal(COMPILE_GOAL), "the row above less the row below"),
            _row("`wellfit fit` of a later process, in all", command, effort.goal(COMMAND_GOAL)),
        ]
        samples |= {"first_command": first, "command": command}
    return rows, samples


def _first_and_later(timed: Callable[[str], float], caches: int, later: int, effort: Effort) -> tuple[list[float], list[float]]:
    """Return the seconds of the first process on each of several empty caches, and of those that follow it there."""
    first: list[float] = []
    following: list[float] = []
    for number in range(caches):
        effort.say(f"  empty cache {number + 1} of {caches}")
        with tempfile.TemporaryDirectory() as cache:
            first.append(timed(cache))
            following += [timed(cache) for _ in range(later)]
    return first, following


def _row(who: str, values: list[float], goal: Goal | None, note: str = "") -> Row:
    if any(math.isnan(value) for value in values):
        return Row(CASE, who, unit="s", goal=goal, note="failed")
    return Row(CASE, who, statistics.median(values), min(values), max(values), "s", goal=goal, note=note)


def _probe(name: str, cache: str | None = None) -> float:
    """Return the seconds that one of `benchmarks.probes` says; nan if it failed."""
    printed, _ = _run([sys.executable, "-m", "benchmarks.probes", name], cache)
    return NAN if printed is None else float(json.loads(printed)["seconds"])


def _command(cache: str) -> float:
    """Return the seconds of `wellfit fit` on the built-in table, from start to end; nan if it failed."""
    script = shutil.which("wellfit", path=os.fspath(Path(sys.executable).parent))
    start = [script] if script else [sys.executable, "-m", "wellfit"]
    with tempfile.TemporaryDirectory() as out:
        printed, seconds = _run([*start, "fit", "--out", os.fspath(Path(out) / "run")], cache)
    return NAN if printed is None else seconds


def _run(command: list[str], cache: str | None) -> tuple[str | None, float]:
    """Return what a command printed, None if it failed, and how long it took."""
    values = environment(None)
    if cache is not None:
        values["NUMBA_CACHE_DIR"] = cache
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=values, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.stderr.write(done.stderr[-2000:])
        return None, seconds
    return done.stdout, seconds
