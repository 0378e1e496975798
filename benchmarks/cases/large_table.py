"""(b) A table of 100,000 rows, 54 columns and 7 classes in float32, trained by Adam in shuffled batches; seconds an epoch."""

from __future__ import annotations

from typing import Any

from benchmarks.cases import Effort, raw, timing_row
from benchmarks.race import PYTORCH, SCIKIT_LEARN, WELLFIT, Entrant, Timing, race
from benchmarks.table import Goal, Row
from benchmarks.tasks import TableTask

RIVALS = (PYTORCH, SCIKIT_LEARN)
# Hidden layers, batch, activations, goals against PyTorch and scikit-learn (with ReLU).
SHAPES: tuple[tuple[tuple[int, ...], int, tuple[str, ...], tuple[Goal | None, Goal | None]], ...] = (
    ((64, 64), 32, ("relu", "tanh"), (Goal(10, 20), Goal(5, 10))),
    ((64, 64), 256, ("relu", "tanh"), (Goal(4, 6), Goal(2.5, 4))),
    ((256, 256), 256, ("relu",), (Goal(1.8, 2.3), Goal(1.8, 2.3))),
    ((512, 512), 128, ("relu",), (Goal(1.3, 1.6), None)),
)
TANH_GOAL = Goal(1.5, 1.2, at_least=False)


def measure(effort: Effort) -> tuple[list[Row], dict[str, Any]]:
    """Time every shape."""
    rows: list[Row] = []
    samples: dict[str, Any] = {}
    for hidden, batch, activations, goals in SHAPES[:1] if effort.quick else SHAPES:
        title = f"(b) {list(hidden)}, batch {batch}"
        effort.say(title)
        tasks = {name: TableTask(hidden, batch, name, rows=1_000 if effort.quick else 100_000) for name in activations}
        entrants = []
        for activation, task in tasks.items():
            entrants.append(Entrant(f"wellfit, {activation}", WELLFIT, task))
            entrants += [Entrant(f"{rival.name}, {activation}", rival, task, effort.rival_threads) for rival in RIVALS]
        timings = race(entrants, effort.repeats, effort.seconds, effort.say)
        samples[title] = raw(list(timings.values()))
        for activation, task in tasks.items():
            rows += _rows(effort, title, activation, task, timings, goals)
    return rows, samples


def _rows(
    effort: Effort, title: str, activation: str, task: TableTask, timings: dict[str, Timing], goals: tuple[Goal | None, Goal | None]
) -> list[Row]:
    """Return the rows of one shape and one activation."""
    case = title if activation == "relu" else f"{title}, {activation}"
    ours = timings[f"wellfit, {activation}"]
    rows = [timing_row(case, ours, "s an epoch", task.whole, task.whole, None, None)]
    for rival, goal in zip(RIVALS, goals, strict=True):
        judged = effort.goal(goal) if activation == "relu" else None
        rows.append(timing_row(case, timings[f"{rival.name}, {activation}"], "s an epoch", task.whole, task.whole, ours, judged))
    if activation == "tanh":
        ratio = ours.median / timings["wellfit, relu"].median
        rows.append(Row(case, "wellfit, over its time with ReLU", ratio=ratio, goal=effort.goal(TANH_GOAL)))
    return rows
