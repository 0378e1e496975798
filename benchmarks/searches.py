"""Half a minute of search against half a minute of tuning its rivals, on open tables.

    python -m benchmarks.searches

`WellfitClassifier` and `WellfitRegressor` with a time budget, scikit-learn's network and its boosting under a randomised search that
ends by the same clock: each on the same rows to learn from, judged on the same test rows. What is measured is kept line by line, and a
second start goes on.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks import machine
from benchmarks.open_tables.measure import Record, append_record, key_of, measure, read_records
from benchmarks.open_tables.tables import FOLDER, Task, catalogue, load
from benchmarks.tuned import tuned_boosting, tuned_mlp

RESULTS = Path(__file__).resolve().parent / "results"
NAME = "searches"
# Every second table of the catalogue: the half on which no setting of wellfit's was ever chosen (docs/open-tables.md).
TABLES = (
    *("blood-transfusion", "satimage", "churn", "magictelescope", "heloc", "adult", "shuttle", "electricity"),
    *("communities", "abalone", "pol", "bike-sharing"),
)
# Share of the tables on which our error has to be the lower one, and what is strived for.
GOALS = {"MLP": (0.8, 0.95), "HistGradientBoosting": (0.4, 0.6)}
MOST_OVERHEAD, AIMED_OVERHEAD = 0.10, 0.05


def searched(task: Task, seed: int, seconds: float) -> Any:
    """Return wellfit's estimator with a budget; not fitted."""
    from wellfit import WellfitClassifier, WellfitRegressor

    return (WellfitClassifier if task.kind == "classification" else WellfitRegressor)(time_budget=seconds, random_state=seed)


ENTRANTS: dict[str, Callable[[Task, int, float], Any]] = {
    "wellfit": searched,
    "MLP": tuned_mlp,
    "HistGradientBoosting": tuned_boosting,
}


def measured(task: Task, who: str, seed: int, seconds: float) -> Record:
    """Return the scores of one entrant, with how many candidates it tried."""
    model = ENTRANTS[who](task, seed, seconds)
    record = measure(task, model)
    if who != "wellfit":
        return record | {"candidates": len(model.cv_results_["params"])}
    study = model.study_
    return record | {"candidates": study.networks, "overhead": study.overhead, "rounds": len(study.rounds), "end": study.end_reason}


def warm_up() -> None:
    """Compile, and start the rivals' workers: neither belongs to anybody's half minute."""
    import numpy as np
    import pandas as pd

    # Read by the workers when they start: that a candidate has not converged is no news.
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=120), "z": rng.normal(size=120)})
    for kind, y in (("classification", np.where(frame["x"] > 0, "a", "b")), ("regression", frame["x"].to_numpy())):
        task = Task("warm-up", kind, frame, frame, y, y, [])
        searched(task, 0, 1.0).fit(frame, y)
        tuned_mlp(task, 0, 0.1).fit(frame, y)


# === The report ===


def markdown(records: Sequence[Record], order: Sequence[str], seconds: float, facts: dict[str, Any]) -> str:
    """Return means over the splits, and on how many tables we have the lower error.

    Parameters
    ----------
    records : sequence of dict
        From `measured`.
    order : sequence of str
        Names of the tables, in the order in which they are to stand.
    seconds : float
        Everyone's time.
    facts : dict
        As `machine.describe` returns it.

    Returns
    -------
    str
    """
    whole = [name for name in order if all(_of(records, name, who) for who in ENTRANTS)]
    splits = sorted({len(_of(records, name, "wellfit")) for name in whole})
    parts = [f"# {seconds:g} seconds of search\n", _about(seconds, splits, facts)]
    parts += [_verdict(records, whole, rival) for rival in GOALS]
    overheads = [record["overhead"] for record in records if record.get("overhead") is not None]
    if overheads:
        middle, worst = sorted(overheads)[len(overheads) // 2], max(overheads)
        words = f"at most {100 * MOST_OVERHEAD:.0f} % are allowed, {100 * AIMED_OVERHEAD:.0f} % aimed at"
        parts.append(
            f"- Of a search {100 * middle:.1f} % (median; at most {100 * worst:.1f} %) went to other things than training; {words}."
        )
    parts.append("")
    parts.append(_table("Error", records, order, _error))
    if any("log_loss" in record for record in records):
        parts.append(_table("Log-loss", records, order, lambda record: record.get("log_loss")))
    parts.append(_table("Seconds", records, order, lambda record: record["seconds"], shown="{:.1f}", is_race=False))
    parts.append(_table("Candidates tried", records, order, lambda record: record["candidates"], shown="{:,.0f}", is_race=False))
    return "\n".join(parts)


def _about(seconds: float, splits: list[int], facts: dict[str, Any]) -> str:
    """Return how it was measured, and on what."""
    names = [name for name in ("wellfit", "numpy", "scikit-learn", "numba") if name in facts["versions"]]
    versions = ", ".join(f"{name} {facts['versions'][name]}" for name in names)
    where = f"{facts['processor']}, {facts['cores']} cores, {facts['system']}, Python {facts['python']}; {versions}"
    return (
        f"{facts['date']}. Means over {' or '.join(map(str, splits)) or 'no'} splits (75 % to learn from, 25 % to be judged on). "
        f"Everyone has {seconds:g} seconds and two cores, the last fit on all rows included: wellfit's estimators with "
        f"`time_budget={seconds:g}`; scikit-learn's network behind one-hot coding, imputing and standard scaling (of the target, too), and "
        "its boosting with categories as they are, under a randomised search with five folds (one held-out fifth from 2,000 rows up) that "
        "draws candidates until the time is up and breaks off what is under way. Errors are % of the test rows, or for numbers the RMSE "
        "in % of the target's standard "
        f"deviation; the lowest is bold.\n\n{where}; revision {facts['revision']}.\n"
    )


def _of(records: Sequence[Record], table: str, who: str) -> list[Record]:
    return [record for record in records if record["table"] == table and record["who"] == who]


def _error(record: Record) -> float:
    """Return the error in %."""
    return 100.0 * (record["rmse"] if record["task"] == "regression" else 1.0 - record["accuracy"])


def _verdict(records: Sequence[Record], tables: Sequence[str], rival: str) -> str:
    """Return on how many tables our error is the lower one."""
    must, aim = GOALS[rival]
    lower = sum(mean(map(_error, _of(records, name, "wellfit"))) < mean(map(_error, _of(records, name, rival))) for name in tables)
    share = lower / len(tables) if tables else 0.0
    met = "aim met" if share >= aim else "met" if share >= must else "not met"
    goals = f"must {100 * must:.0f} %, aim {100 * aim:.0f} %"
    return f"- Against {rival} the error is lower on {lower} of {len(tables)} tables, {100 * share:.0f} % ({goals}): {met}."


def _table(
    heading: str,
    records: Sequence[Record],
    order: Sequence[str],
    value: Callable[[Record], float | None],
    *,
    shown: str = "{:.4g}",
    is_race: bool = True,
) -> str:
    """Return one number of all entrants on all tables."""
    lines = [f"## {heading}\n", f"| table | {' | '.join(ENTRANTS)} |", "|---|" + "--:|" * len(ENTRANTS)]
    for name in order:
        means = {}
        for who in ENTRANTS:
            values = [found for record in _of(records, name, who) if (found := value(record)) is not None]
            if values:
                means[who] = mean(values)
        if means:
            cells = [shown.format(means[who]) if who in means else "" for who in ENTRANTS]
            best = min(means.values())
            bold = [f"**{cell}**" if is_race and means.get(who) == best else cell for who, cell in zip(ENTRANTS, cells, strict=True)]
            lines.append(f"| {name} | {' | '.join(bold)} |")
    return "\n".join(lines) + "\n"


# === The command ===


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is not yet measured, and write the table.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line; None for the process's own.

    Returns
    -------
    int
        Exit code.
    """
    options = _parser().parse_args(arguments)
    entries = catalogue(options.folder)
    names = list(entries) if options.all else options.tables or [name for name in TABLES if name in entries]
    unknown = set(names) - set(entries)
    if unknown:
        raise SystemExit(f"there is no table {', '.join(sorted(unknown))}; there are {', '.join(entries)}.")
    path = options.out / f"{NAME}.jsonl"
    records, is_warm = read_records(path), False
    # Split by split, so that what is cut off early has something of every table.
    for split in range(options.splits):
        for name in names:
            todo = []
            for who in options.entrants:
                known = {"table": name, "split": split, "rows": options.rows, "entrant": f"{who}, {options.seconds:g} s", "who": who}
                if key_of(known) not in records:
                    todo.append(known)
            if todo and not is_warm:
                warm_up()
                is_warm = True
            task = load(entries[name], split, options.rows, options.folder) if todo else None
            for known in todo:
                assert task is not None
                record = known | {"task": task.kind} | measured(task, known["who"], split, options.seconds)
                append_record(path, record)
                records[key_of(record)] = record
                print(_said(record), flush=True)
    kept = [record for key, record in records.items() if key[2] == options.rows and key[3].endswith(f", {options.seconds:g} s")]
    text = markdown(kept, list(entries), options.seconds, machine.describe())
    (options.out / f"{NAME}.md").write_text(text, encoding="utf-8")
    print(text)
    return 0


def _said(record: Record) -> str:
    who = f"{record['table']} {record['split']} {record['who']}"
    return f"{who}: {_error(record):.3f} % in {record['seconds']:.1f} s, {record['candidates']} tried"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.searches", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--tables", nargs="+", metavar="NAME", help=f"in place of {', '.join(TABLES)}")
    which.add_argument("--all", action="store_true", help="all tables of the catalogue")
    parser.add_argument("--entrants", nargs="+", choices=ENTRANTS, default=list(ENTRANTS), metavar="NAME", help=f"of {', '.join(ENTRANTS)}")
    parser.add_argument("--seconds", type=float, default=30.0, help="everyone's time (%(default)s)")
    parser.add_argument("--splits", type=int, default=2, help="how often each table is split (%(default)s)")
    parser.add_argument("--rows", type=int, default=10_000, help="the most rows of a table, 0 for all (%(default)s)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the open tables are")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the results go; what is there is not measured again")
    return parser


if __name__ == "__main__":
    sys.exit(main())
