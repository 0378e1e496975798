"""Progress of the main job on standard error: a bar on a terminal, a line without one."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn

from wellfit.cli.error_handler import Interrupt
from wellfit.cli.screen import Screen, fitted
from wellfit.engines.types import Rows
from wellfit.plurals import counted
from wellfit.runs.table_study import TableStudy
from wellfit.table.target import Target

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["StoppableProgress", "bar_of", "clock", "print_prepared", "print_read", "target_words"]


def bar_of(screen: Screen, *columns: ProgressColumn) -> Progress:
    """Return a line that moves on a terminal: the task's description, a bar where there is room, and further columns."""
    bars = [BarColumn(bar_width=screen.bar_width)] if screen.bar_width else []
    return Progress(TextColumn("{task.description}"), *bars, *columns, console=screen.err, transient=True, disable=not screen.is_lively)


class StoppableProgress:
    """Shows progress on standard error; the first Ctrl-C stops the work."""

    def __init__(self, screen: Screen, interrupt: Interrupt) -> None:
        self.screen, self.interrupt = screen, interrupt
        self.bar = bar_of(screen, TextColumn("{task.fields[text]}"))
        self.task = self.bar.add_task("", total=None, text="")
        self.has_reported = False

    def move(self, doing: str, share: float, parts: Sequence[str]) -> None:
        """Move the line."""
        taken = len(doing) + 1 + (self.screen.bar_width and self.screen.bar_width + 1)
        self.bar.update(self.task, description=doing, total=1.0, completed=share, text=fitted(parts, self.screen.err.width - taken))

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Announce compiling, catch the first Ctrl-C and clear the bar at the end."""
        from wellfit.engines.kernels.compiling import announced_compiling

        with self.interrupt.caught(), announced_compiling(self._compiling):
            try:
                yield
            finally:
                self.bar.stop()

    def is_interrupted(self) -> bool:
        """Return whether the user pressed Ctrl-C; the first time, print that it stops the work."""
        if self.interrupt.pressed and not self.has_reported:
            self.has_reported = True
            self.screen.report("Ctrl-C: keeping the best so far (press again to exit at once) ...", style="yellow")
        return self.interrupt.pressed

    def _compiling(self) -> None:
        from wellfit.engines.kernels.compiling import ONCE

        self.screen.report(f"{ONCE} ...")


def clock(seconds: float) -> str:
    """Return a time as minutes and seconds, such as ``"0:07"``."""
    whole = max(0, math.ceil(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def print_read(screen: Screen, name: str, frame: pd.DataFrame) -> None:
    """Print what was read."""
    screen.say(f"{name}: {counted(len(frame), 'row')}, {counted(len(frame.columns), 'column')}")


def print_prepared(screen: Screen, job: TableStudy, parts: str) -> None:
    """Print what is predicted, how the rows were split, and what was odd in the table."""
    for text in (target_words(job.table.target, job.target.scale, np.concatenate(job.split)), _split_words(job, parts)):
        screen.say(text)
    for note in job.notes:
        screen.say(f"note: {note}")
    for warning in job.warnings:
        screen.report(f"warning: {warning}", style="yellow")


def target_words(target: Target, scale: float, rows: Rows) -> str:
    """Return what is predicted, in words: classes or a number, and how to decide that."""
    values = target.values[rows]
    if target.task == "regression":
        described = f"a number, {values.min():.4g} to {values.max():.4g}, standard deviation {scale:.3g}"
    else:
        counts = sorted(((int((values == code).sum()), str(label)) for code, label in enumerate(target.classes)), key=lambda pair: -pair[0])
        shown = ", ".join(f"{label} ({count:,})" for count, label in counts[:5])
        more = f" and {len(counts) - 5} more" if len(counts) > 5 else ""
        missing = int(np.isnan(target.values).sum())
        gaps = f" ({counted(missing, 'row is', 'rows are')} dropped: target missing)" if missing else ""
        described = f"{counted(len(counts), 'class', 'classes')}, {shown}{more}{gaps}"
    return f"target {target.name!r}: {described}" + (f". {target.guess}" if target.guess else "")


def _split_words(job: TableStudy, parts: str) -> str:
    """Return how the rows were split, in words."""
    how = "by group" if job.data.group else "by time" if job.data.time else "stratified" if job.target.classes else "at random"
    columns, inputs = len(job.preparation.columns), job.preparation.width
    return f"split {how}, seed {job.data.seed}: {parts}; {counted(columns, 'column becomes', 'columns become')} {counted(inputs, 'input')}"
