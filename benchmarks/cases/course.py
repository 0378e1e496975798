"""(a) The course's task: [2, 20, 3, 1], 211 examples, full batch, 30,000 steps of gradient descent, cost kept at every step."""

from __future__ import annotations

from typing import Any

from benchmarks.cases import Effort, raw, timing_row
from benchmarks.race import JAX, NUMPY, PYTORCH, SCIKIT_LEARN, WELLFIT, Entrant, Library, Timing, race
from benchmarks.table import Goal, Row
from benchmarks.tasks import CourseTask

DROPOUT = 0.14
# scikit-learn has no dropout.
RIVALS = {0.0: (NUMPY, SCIKIT_LEARN, PYTORCH, JAX), DROPOUT: (NUMPY, PYTORCH, JAX)}
GOALS = {
    ("float32", NUMPY): Goal(18, 30),
    ("float32", SCIKIT_LEARN): Goal(24, 40),
    ("float32", PYTORCH): Goal(45, 80),
    ("float32", JAX): Goal(3, 5),
    ("float64", NUMPY): Goal(10, 16),
    ("float64", SCIKIT_LEARN): Goal(13, 20),
}
DROPOUT_GOAL = Goal(1.6, 1.3, at_least=False)


def measure(effort: Effort) -> tuple[list[Row], dict[str, Any]]:
    """Time both dtypes, each with and without dropout."""
    rows: list[Row] = []
    samples: dict[str, Any] = {}
    for dtype in ("float32", "float64"):
        effort.say(f"(a) the course's task, {dtype}")
        tasks = {rate: CourseTask(steps=200 if effort.quick else 30_000, dropout=rate, dtype=dtype) for rate in (0.0, DROPOUT)}
        entrants = []
        for rate, task in tasks.items():
            entrants.append(Entrant(_label(WELLFIT, rate), WELLFIT, task))
            entrants += [Entrant(_label(rival, rate), rival, task, effort.rival_threads) for rival in RIVALS[rate]]
        timings = race(entrants, effort.repeats, effort.seconds, effort.say)
        samples[dtype] = raw(list(timings.values()))
        for rate, task in tasks.items():
            rows += _rows(effort, dtype, rate, task, timings)
    return rows, samples


def _label(library: Library, rate: float) -> str:
    return f"{library.name}, dropout {rate}"


def _rows(effort: Effort, dtype: str, rate: float, task: CourseTask, timings: dict[str, Timing]) -> list[Row]:
    """Return the rows of one dtype and one rate."""
    case = f"(a) course's task, {dtype}" + (f", dropout {rate}" if rate else "")
    ours = timings[_label(WELLFIT, rate)]
    rows = [timing_row(case, ours, "µs a step", 1e6, task.whole, None, None)]
    for rival in RIVALS[rate]:
        goal = None if rate else effort.goal(GOALS.get((dtype, rival)))
        rows.append(timing_row(case, timings[_label(rival, rate)], "µs a step", 1e6, task.whole, ours, goal))
    if rate:
        ratio = ours.median / timings[_label(WELLFIT, 0.0)].median
        rows.append(Row(case, "wellfit, over its time without", ratio=ratio, goal=effort.goal(DROPOUT_GOAL)))
    return rows
