"""One file a case; each offers ``measure(effort) -> rows, raw``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from benchmarks import machine
from benchmarks.race import Timing
from benchmarks.table import NAN, Goal, Row


@dataclass(frozen=True)
class Effort:
    """How much is measured.

    Parameters
    ----------
    quick : bool
        Tiny sizes that only show that everything runs; goals are not judged.
    repeats : int
        Samples of each entrant.
    seconds : float
        About how long a sample takes.
    say : function of str
        Told what goes on.
    """

    quick: bool
    repeats: int
    seconds: float
    say: Callable[[str], None]

    def goal(self, goal: Goal | None) -> Goal | None:
        """Return the goal, or None in a quick run, whose numbers mean nothing."""
        return None if self.quick else goal

    @property
    def rival_threads(self) -> tuple[int, ...]:
        """Numbers of threads that each rival is tried with."""
        return (1,) if self.quick or machine.cores() == 1 else (1, 2)


class Measure(Protocol):
    """A case: rows of the table, and all that was measured as JSON can hold it."""

    def __call__(self, effort: Effort) -> tuple[list[Row], dict[str, Any]]:
        """Measure."""
        ...


def timing_row(case: str, timing: Timing, unit: str, scale: float, whole: int, ours: Timing | None, goal: Goal | None) -> Row:
    """Return the row of one entrant.

    Parameters
    ----------
    case : str
        What was measured.
    timing : Timing
        Of whom.
    unit : str
        Of `scale` times the seconds a step.
    scale : float
        Such as 1e6 for µs a step.
    whole : int
        Steps of a whole run; fewer in a sample are said.
    ours : Timing or None
        What the entrant's time is divided by; None for wellfit itself.
    goal : Goal or None
        For that ratio.

    Returns
    -------
    Row
    """
    if timing.failed or not timing.samples:
        return Row(case, timing.name, goal=goal, note=timing.failed)
    return Row(
        case=case,
        who=timing.name,
        median=timing.median * scale,
        low=min(timing.samples) * scale,
        high=max(timing.samples) * scale,
        unit=unit,
        threads=_threads(timing),
        ratio=NAN if ours is None else timing.median / ours.median,
        goal=goal,
        cost=timing.cost,
        note=f"scaled from {timing.steps:,} of {whole:,} steps" if timing.steps < whole else "",
    )


def _threads(timing: Timing) -> str:
    if timing.threads is not None:
        return f"{timing.threads} (better)" if timing.others else str(timing.threads)
    busy = sum(timing.cpu_samples) / sum(timing.samples)
    return str(max(1, round(busy)))


def raw(timings: Sequence[Timing]) -> list[dict[str, Any]]:
    """Return all samples as JSON can hold them."""
    return [{name: value for name, value in vars(timing).items() if value == value} for timing in timings]
