"""How fast is a grid search? SweepCV against GridSearchCV over scikit-learn's networks, and against the bare population.

    python -m benchmarks.sweeps

Each case is timed in turns, in this one process, and the medians are compared. Both searches fit the best candidate again, as they do
by default. The bare population is `fit_many` over the very same specs, seeds, initial weights and rows, so that what a sweep takes more
is what preparing, scoring and bookkeeping cost. Results go to benchmarks/results/sweeps.md.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.preprocessing import scale

from benchmarks import machine
from benchmarks.table import Goal, Row
from benchmarks.tasks import COURSE_LEARNING_RATE, CourseTask
from wellfit import MLPClassifier, SweepCV, fit_many
from wellfit.estimators import sweep_networks
from wellfit.spec import Member

RESULTS = Path(__file__).resolve().parent / "results" / "sweeps.md"
FOLDS = 5
JOBS = 2
AGAINST_POPULATION = Goal(1.10, 1.03, at_least=False)
HEAD = "| case | who | median | range | ratio | must | aim | met | note |\n|---|---|--:|--:|--:|--:|--:|---|---|"


class Case(NamedTuple):
    """One grid over one table.

    Parameters
    ----------
    name : str
        In the table.
    X, y : array
        The examples.
    settings : dict
        Of both classes of networks.
    grid : dict
        What is searched.
    goal : Goal
        Of GridSearchCV's time over SweepCV's.
    """

    name: str
    X: Any
    y: Any
    settings: dict[str, Any]
    grid: dict[str, list[Any]]
    goal: Goal


def cases(quick: bool) -> list[Case]:
    """Return the two tables of the promise; no network ends before its epochs do."""
    X, y = load_breast_cancer(return_X_y=True)
    epochs = {"tol": 0.0, "n_iter_no_change": 10**6, "random_state": 0}
    cancer = {"hidden_layer_sizes": (32, 16), "batch_size": 200, "max_iter": 5 if quick else 100} | epochs
    course = CourseTask(dtype="float64")
    points, classes = course.data()
    steps = {"hidden_layer_sizes": (20, 3), "batch_size": len(points), "max_iter": 20 if quick else 2000} | epochs
    rates, penalties = (2, 1) if quick else (6, 10)
    grid = {"learning_rate_init": np.geomspace(1e-3, 3e-2, rates).tolist(), "alpha": np.geomspace(1e-4, 10.0, penalties).tolist()}
    return [
        Case(f"breast cancer, [32, 16], batch 200, {cancer['max_iter']} epochs", scale(X), y, cancer, grid, Goal(5, 8)),
        Case(f"211 x 2, [20, 3], full batch, {steps['max_iter']:,} steps", points, classes[:, 0].astype(int), steps, grid, Goal(10, 18)),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure all cases and write the table."""
    parser = argparse.ArgumentParser(description="Time sweeps.")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that everything runs; nothing is written")
    parser.add_argument("--repeats", type=int, default=3, help="samples of each (%(default)s)")
    options = parser.parse_args(arguments)
    facts = machine.describe() | {"load_before": machine.load()}
    rows: list[Row] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for case in cases(options.quick):
            rows += against_grid_search(case, options.repeats) + against_population(case, 2 * options.repeats + 1)
        rows += course(options.quick, options.repeats)
    if options.quick:
        rows = [dataclasses.replace(row, goal=None) for row in rows]
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items() if name not in ("torch", "jax", "jaxlib"))
    text = (
        f"{facts['date']}. Medians of samples taken in turns, {JOBS} jobs each; ratio: the other's time over the sweep's, "
        "or what the row says.\n\n"
        f"{facts['processor']}, {facts['cores']} cores ({facts['vectors']}), Python {facts['python']}; {versions}; revision "
        f"{facts['revision']}; load before {facts['load_before']:.2f}, after {machine.load():.2f}.\n\n"
        + "\n".join([HEAD, *map(line, rows)])
        + "\n"
    )
    print(text)
    if not options.quick:
        RESULTS.write_text(text, encoding="utf-8")
    return 0


def against_grid_search(case: Case, repeats: int) -> list[Row]:
    """Return the rows of both searches; the best of each are compared, so that it is seen that both search."""
    say(f"{case.name}: searches")
    searches = {
        "SweepCV": lambda: SweepCV(MLPClassifier(**case.settings), case.grid, cv=FOLDS, n_jobs=JOBS),
        "GridSearchCV(scikit-learn)": lambda: GridSearchCV(TheirClassifier(**case.settings), case.grid, cv=FOLDS, n_jobs=JOBS),
    }
    seconds, scores = in_turns(
        {name: (lambda make=make: make().fit(case.X, case.y).best_score_) for name, make in searches.items()}, repeats
    )
    networks = FOLDS * int(np.prod([len(values) for values in case.grid.values()]))
    return [
        timed(f"{case.name}: {networks} networks", name, seconds[name], f"best score {scores[name]:.4f}", seconds["SweepCV"], case.goal)
        for name in searches
    ]


def against_population(case: Case, repeats: int) -> list[Row]:
    """Return the rows of a sweep that does not refit, and of the same networks without it."""
    say(f"{case.name}: the bare population")
    tasks: list[Any] = []
    run_tasks, sweep_networks.run_tasks = sweep_networks.run_tasks, lambda given, **_: tasks.extend(given) or []
    try:
        search(case).fit(case.X, case.y)
    except KeyboardInterrupt:
        pass  # which is what no networks at all are taken for
    finally:
        sweep_networks.run_tasks = run_tasks
    members = [Member(task.spec, task.seed, task.data.rows, None, task.parameters) for task in tasks]
    table = tasks[0].data
    runs: dict[str, Callable[[], Any]] = {
        "fit_many": lambda: fit_many(members, table.X, table.Y, n_jobs=JOBS) and np.nan,
        "SweepCV": lambda: search(case).fit(case.X, case.y) and np.nan,
    }
    seconds, _ = in_turns(runs, repeats)
    name = f"{case.name}: over the bare population"
    ratios = [ours / bare for ours, bare in zip(seconds["SweepCV"], seconds["fit_many"], strict=True)]
    bare = timed(name, "fit_many", seconds["fit_many"], f"{len(members)} members")
    ours = timed(name, "SweepCV, no refit", seconds["SweepCV"], f"ratio of pairs {min(ratios):.3f} to {max(ratios):.3f}")
    return [bare, dataclasses.replace(ours, ratio=statistics.median(ratios), goal=AGAINST_POPULATION)]


def search(case: Case) -> SweepCV:
    """Return a sweep that does not fit the best again, which no population does."""
    return SweepCV(MLPClassifier(**case.settings), case.grid, cv=FOLDS, n_jobs=JOBS, refit=False)


def course(quick: bool, repeats: int) -> list[Row]:
    """Return how many networks of the course's task a sweep trains a minute."""
    say("the course's task")
    task = CourseTask(steps=200 if quick else 30_000)
    X, Y = task.data()
    network = MLPClassifier(
        task.widths[1:-1], solver="gradient_descent", learning_rate_init=COURSE_LEARNING_RATE, alpha=0.0, batch_size=None,
        max_iter=task.steps, tol=0.0, n_iter_no_change=10**6,
    )  # fmt: skip
    everywhere = [(np.arange(len(X)), np.arange(len(X)))]
    grid = {"alpha": [0.0, 0.01, 0.1, 1.0], "random_state": list(range(4 if quick else 16))}
    networks = len(grid["alpha"]) * len(grid["random_state"])
    sweep = SweepCV(network, grid, cv=everywhere, n_jobs=JOBS, refit=False)
    seconds, _ = in_turns({"SweepCV": lambda: sweep.fit(X, Y[:, 0].astype(int)) and np.nan}, repeats)
    speed = sorted(60 * networks / each for each in seconds["SweepCV"])
    row = Row(
        f"the course's task, {task.steps:,} steps, float32", "SweepCV", statistics.median(speed), speed[0], speed[-1], "networks a minute",
        goal=Goal(250, 600, of_ratio=False), note=f"{networks} networks",
    )  # fmt: skip
    return [row]


# === Timing and telling ===


def in_turns(runs: dict[str, Callable[[], float]], repeats: int) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Return the seconds of each run, and what the last of them returned, after one that is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    found = {name: run() for name, run in runs.items()}
    for _ in range(repeats):
        for name, run in runs.items():
            begin = time.perf_counter()
            found[name] = run()
            seconds[name].append(time.perf_counter() - begin)
    return seconds, found


def timed(case: str, who: str, seconds: list[float], note: str, ours: list[float] | None = None, goal: Goal | None = None) -> Row:
    """Return a row; a rival's has the ratio of the medians, and the goal."""
    median = statistics.median(seconds)
    rival = ours is not None and ours is not seconds
    ratio = median / statistics.median(ours) if ours is not None and rival else float("nan")
    return Row(case, who, median, min(seconds), max(seconds), "s", ratio=ratio, goal=goal if rival else None, note=note)


def line(row: Row) -> str:
    """Return a row of the table."""
    sign = "" if row.goal is None else ">=" if row.goal.at_least else "<="
    bounds = ["", ""] if row.goal is None else [f"{sign} {row.goal.must:g}", f"{sign} {row.goal.aim:g}"]
    ratio = "" if row.ratio != row.ratio else f"{row.ratio:.3g}"
    cells = [row.case, row.who, f"{row.median:.3g} {row.unit}", f"{row.low:.3g}-{row.high:.3g}", ratio, *bounds, row.met, row.note]
    return "| " + " | ".join(cells) + " |"


def say(text: str) -> None:
    """Tell what goes on."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
