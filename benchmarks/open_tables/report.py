"""What was measured, as a table in Markdown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from statistics import mean
from typing import Any

from benchmarks.open_tables.entrants import ENTRANTS
from benchmarks.open_tables.measure import Record

# Column of the records, heading, what it is written as, and whether more is better.
SCORES = {
    "classification": (
        ("accuracy", "Accuracy, %", lambda value: f"{100 * value:.2f}", True),
        ("log_loss", "Log-loss", lambda value: f"{value:.4f}", False),
    ),
    "regression": (("rmse", "RMSE over the target's standard deviation", lambda value: f"{value:.4f}", False),),
}


def markdown(records: Sequence[Record], order: Sequence[str], rows: int) -> str:
    """Return means over the splits, one table a score.

    Parameters
    ----------
    records : sequence of dict
        From `measure`.
    order : sequence of str
        Names of the tables, in the order in which they are to stand.
    rows : int
        The most rows that a table had; 0 for all.

    Returns
    -------
    str
    """
    found: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        found[record["table"], record["entrant"]].append(record)
    splits = max((len(group) for group in found.values()), default=0)
    size = f"at most {rows:,} rows of each table" if rows else "all rows"
    about = (
        f"Means over {splits} splits (75 % to learn from, 25 % to be judged on; {size}), everyone with the settings it comes with. "
        "MLP is scikit-learn's, behind one-hot coding, imputing and standard scaling. The best is bold; an arrow marks where wellfit is "
        "behind MLP. Seconds are of the fit, preparation included, on a machine that also did other work.\n"
    )
    parts = ["# Open tables\n", about]
    for task, scores in SCORES.items():
        tables = [name for name in order if any(record["table"] == name and record["task"] == task for record in records)]
        for column, heading, shown, more in scores:
            if tables:
                parts.append(_table(heading, column, shown, more, tables, found))
    tables = [name for name in order if any(record["table"] == name for record in records)]
    if tables:
        parts.append(_table("Seconds of a fit", "seconds", lambda value: f"{value:.1f}", None, tables, found))
    return "\n".join(parts)


def _table(
    heading: str, column: str, shown: Any, more: bool | None, tables: Sequence[str], found: dict[tuple[str, str], list[Record]]
) -> str:
    """Return one score of all entrants on all tables; `more` says whether more of it is better, None that nobody is to win."""
    lines = [f"## {heading}\n", f"| table | {' | '.join(ENTRANTS)} |", "|---|" + "--:|" * len(ENTRANTS)]
    for name in tables:
        means = {who: mean(record[column] for record in found[name, who]) for who in ENTRANTS if found.get((name, who))}
        sign = -1 if more else 1
        best = min((sign * value for value in means.values()), default=0.0)
        cells = []
        for who in ENTRANTS:
            if who not in means:
                cells.append("")
                continue
            cell = shown(means[who])
            if more is not None and sign * means[who] == best:
                cell = f"**{cell}**"
            if more is not None and who == "wellfit" and "MLP" in means and sign * means[who] > sign * means["MLP"]:
                cell = f"↓ {cell}"
            cells.append(cell)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
