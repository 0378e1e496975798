"""(c) 256 networks of the course's task at once: one core, two, and all."""

from __future__ import annotations

from typing import Any

from benchmarks import machine
from benchmarks.cases import Effort, raw
from benchmarks.race import WELLFIT, Entrant, Timing, race
from benchmarks.table import Goal, Row
from benchmarks.tasks import PopulationTask

GOAL = Goal(1.8, 1.95)


def measure(effort: Effort) -> tuple[list[Row], dict[str, Any]]:
    """Time the population on each number of cores."""
    members, steps = (4, 100) if effort.quick else (256, 30_000)
    effort.say(f"(c) {members} networks at once")
    jobs = sorted({1, min(2, machine.cores()), machine.cores()})
    tasks = {number: PopulationTask(members, number, steps) for number in jobs}
    entrants = [Entrant(_label(number), WELLFIT, task) for number, task in tasks.items()]
    timings = race(entrants, min(5, effort.repeats), effort.seconds, effort.say)
    rows = []
    for number in jobs:
        timing = timings[_label(number)]
        two = number == 2
        ratio = timings[_label(1)].median / timing.median if number > 1 else float("nan")
        rows.append(
            _row(
                f"(c) {members} networks of {steps:,} steps",
                _label(number),
                timing,
                members,
                number,
                steps,
                ratio,
                effort.goal(GOAL) if two else None,
            )
        )
    return rows, {"samples": raw(list(timings.values()))}


def _label(number: int) -> str:
    return f"wellfit, {number} job{'s' if number > 1 else ''}"


def _row(case: str, who: str, timing: Timing, members: int, jobs: int, steps: int, ratio: float, goal: Goal | None) -> Row:
    """Return one row, in networks a second and core."""
    if timing.failed or not timing.samples:
        return Row(case, who, goal=goal, note=timing.failed)
    speed = [members / (sample * steps) for sample in timing.samples]
    note = f"{members / (timing.median * steps):.3g} a second"
    if ratio == ratio:
        note += "; ratio: over one job"
    if timing.steps < steps:
        note += f"; scaled from {timing.steps:,} steps"
    return Row(
        case=case,
        who=who,
        median=members / (timing.median * steps) / jobs,
        low=min(speed) / jobs,
        high=max(speed) / jobs,
        unit="networks a second and core",
        threads=str(jobs),
        ratio=ratio,
        goal=goal,
        cost=timing.cost,
        note=note,
    )
