"""Rows of results, and how they become Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

HEAD = "| case | who | median | range | threads | ratio | must | aim | met | cost | note |"
RULE = "|---|---|--:|--:|--:|--:|--:|--:|---|--:|---|"
LEGEND = (
    "Ratio: the time over wellfit's, unless the row says otherwise. Range: from the fastest sample to the slowest. "
    "Cost: from the same initial weights, after 200 steps of (a) and (c), and the mean over the first 20,000 rows of (b): that it is the "
    "same (with dropout or shuffling: nearly) shows that all do the same sums. Rivals run at the better of one and two threads."
)
NAN = float("nan")


@dataclass(frozen=True)
class Goal:
    """What a number has to reach.

    Parameters
    ----------
    must, aim : float
        The bound to meet, and the one to strive for.
    at_least : bool
        Whether the number must lie above the bounds rather than below.
    of_ratio : bool
        Whether the row's ratio is judged rather than its median.
    """

    must: float
    aim: float | None = None
    at_least: bool = True
    of_ratio: bool = True


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Parameters
    ----------
    case, who : str
        What was measured, of whom.
    median, low, high : float
        In `unit`; nan where nothing was measured.
    unit : str
        Such as ``"µs a step"``.
    threads : str
        How many were used.
    ratio : float
        What the row's note or its goal says: for a rival, its time over wellfit's.
    goal : Goal or None
        What was to be reached.
    cost : float
        Shows that all computed the same.
    note : str
        Anything else.
    """

    case: str
    who: str
    median: float = NAN
    low: float = NAN
    high: float = NAN
    unit: str = ""
    threads: str = ""
    ratio: float = NAN
    goal: Goal | None = None
    cost: float = NAN
    note: str = ""

    @property
    def met(self) -> str:
        """Whether the goal was reached, in words; empty without a goal, ``not measured`` without a number."""
        if self.goal is None:
            return ""
        value = self.ratio if self.goal.of_ratio else self.median
        if math.isnan(value):
            return "not measured"
        sign = 1 if self.goal.at_least else -1
        if self.goal.aim is not None and sign * value >= sign * self.goal.aim:
            return "yes, aim too"
        return "yes" if sign * value >= sign * self.goal.must else "**no**"


def markdown(rows: Sequence[Row], machine: dict[str, Any], head: str) -> str:
    """Return the report: paragraphs on the run and the machine, then the table.

    Parameters
    ----------
    rows : sequence of Row
        In the order of the table.
    machine : dict
        As `machine.describe` returns it.
    head : str
        A sentence on how the run was made.

    Returns
    -------
    str
    """
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    where = (
        f"{machine['processor']}, {machine['cores']} cores ({machine['caches']}; {machine['vectors']}), "
        f"{machine['memory_gb']:.0f} GB, {machine['system']}, Python {machine['python']}; {versions}; "
        f"revision {machine['revision']}; load before {machine['load_before']:.2f}, after {machine['load_after']:.2f}."
    )
    lines = [f"{machine['date']}. {head}", "", where, "", LEGEND, "", HEAD, RULE]
    previous = ""
    for row in rows:
        lines.append(_line(row, "" if row.case == previous else row.case))
        previous = row.case
    return "\n".join(lines) + "\n"


def _line(row: Row, case: str) -> str:
    bound = ">=" if row.goal and row.goal.at_least else "<="
    unit = "" if row.goal is None or row.goal.of_ratio else f" {row.unit}"
    cells = [
        case,
        row.who,
        f"{_figure(row.median)} {row.unit}" if not math.isnan(row.median) else "",
        f"{_figure(row.low)}-{_figure(row.high)}" if not math.isnan(row.low) else "",
        row.threads,
        _figure(row.ratio),
        f"{bound} {_figure(row.goal.must)}{unit}" if row.goal else "",
        f"{bound} {_figure(row.goal.aim)}{unit}" if row.goal and row.goal.aim is not None else "",
        row.met,
        f"{row.cost:.4f}" if not math.isnan(row.cost) else "",
        row.note,
    ]
    return "| " + " | ".join(cells) + " |"


def _figure(value: float) -> str:
    """Return a number with three digits that count; empty for nan."""
    if math.isnan(value):
        return ""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
