"""Progress of the main job on standard error: a bar on a terminal, a line without one."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn

from wellfit.cli.gate import Interrupt
from wellfit.cli.screen import NARROW, Screen
from wellfit.study.fit_table import Listener, TableFit

if TYPE_CHECKING:
    import pandas as pd

    from wellfit.training.fit import FitResult

__all__ = ["Watcher"]


class Watcher(Listener):
    """Says what was read and how it was split, then shows networks done and the best dev error.

    Parameters
    ----------
    screen : Screen
        Where to.
    interrupt : Interrupt
        Its first Ctrl-C is answered.
    """

    def __init__(self, screen: Screen, interrupt: Interrupt) -> None:
        self.screen, self.interrupt = screen, interrupt
        self.job: TableFit | None = None
        self.best = math.inf
        self.bar = Progress(*_columns(screen.err.width), console=screen.err, transient=True, disable=not screen.is_lively)
        self.task = self.bar.add_task("training", total=None, best="")
        self.answered = False

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Announce compiling, catch the first Ctrl-C and clear the bar at the end."""
        from wellfit.engines.kernels.compiling import announced_compiling

        with self.interrupt.caught(), announced_compiling(self._compiling):
            try:
                yield
            finally:
                self.bar.stop()

    def read(self, name: str, frame: pd.DataFrame) -> None:
        """Say what was read."""
        self.screen.say(f"{name}: {len(frame):,} rows, {len(frame.columns):,} columns")

    def prepared(self, job: TableFit) -> None:
        """Say how it was split and prepared."""
        self.job = job
        for text in (_target(job), _split(job)):
            self.screen.say(text)
        for note in job.notes:
            self.screen.say(f"note: {note}")
        for warning in job.warnings:
            self.screen.tell(f"warning: {warning}", style="yellow")
        if not self.screen.is_lively:
            self.screen.tell(f"training {job.networks:,} networks ...")
        self.bar.update(self.task, total=job.networks)
        # Not before: what is printed on standard output would run into a bar that is being drawn.
        self.bar.start()

    def trained(self, done: int, result: FitResult) -> None:
        """Move the bar."""
        assert self.job is not None
        self.best = min(self.best, _error(self.job, result))
        best = "" if math.isinf(self.best) else f"best dev {self.job.problem.metric.name} {self.job.problem.metric.show(self.best)}"
        doing = "training" if done < self.job.networks else "finishing"
        self.bar.update(self.task, description=doing, completed=done, best=best)

    def should_stop(self) -> bool:
        """Return whether the user pressed Ctrl-C; tell at once that it was heard."""
        if self.interrupt.asked and not self.answered:
            self.answered = True
            self.screen.tell("Ctrl-C: keeping what is best so far (press again to leave at once) ...", style="yellow")
        return self.interrupt.asked

    def _compiling(self) -> None:
        self.screen.tell("compiling for this machine: once, some 20 seconds ...")


def _columns(width: int) -> list[ProgressColumn]:
    """Return the parts of the bar that a width has room for."""
    parts: list[ProgressColumn] = [
        TextColumn("{task.description}"),
        MofNCompleteColumn(),
        TextColumn("networks"),
        TextColumn("{task.fields[best]}"),
    ]
    if width >= NARROW:
        parts[1:1] = [BarColumn(bar_width=min(30, width - 60))]
    if width >= NARROW + 20:
        parts.append(TimeRemainingColumn(compact=True))
    return parts


def _target(job: TableFit) -> str:
    """Return what is predicted, in words."""
    target, column = job.target, job.frame[job.target.name]
    if target.task == "regression":
        numbers = job.problem.Y[job.split.train, 0] * target.scale + target.mean
        return f"target {target.name!r}: a number, {numbers.min():.4g} to {numbers.max():.4g}, standard deviation {target.scale:.3g}"
    codes = job.problem.Y[[*job.split.train, *job.split.dev, *job.split.test], 0].astype(int)
    counts = sorted(((int((codes == code).sum()), str(label)) for code, label in enumerate(target.classes)), key=lambda pair: -pair[0])
    shown = ", ".join(f"{label} ({count:,})" for count, label in counts[:5])
    more = f" and {len(counts) - 5} more" if len(counts) > 5 else ""
    missing = int(column.isna().sum())
    gaps = f" ({missing:,} rows without one are left out)" if missing else ""
    return f"target {target.name!r}: {len(counts)} classes, {shown}{more}{gaps}"


def _split(job: TableFit) -> str:
    """Return how the rows were split, in words."""
    how = "by group" if job.data.group else "by time" if job.data.time else "stratified" if job.target.classes else "at random"
    train, dev, test = (f"{len(part):,}" for part in job.split)
    columns, inputs = len(job.preparation.columns), job.problem.X.shape[1]
    return (
        f"split {how}, seed {job.data.seed}: {train} rows to train on, {dev} dev, {test} test; {columns:,} columns become {inputs:,} inputs"
    )


def _error(job: TableFit, result: FitResult) -> float:
    """Return a network's dev error in the metric's units; inf where it has none."""
    if result.diverged or not math.isfinite(result.dev_error):
        return math.inf
    if job.target.task == "classification":
        return result.dev_error
    # FitResult has 1 - R^2.
    spread = float(job.problem.Y[job.split.dev, 0].std()) * job.target.scale
    return math.sqrt(max(0.0, result.dev_error)) * spread
