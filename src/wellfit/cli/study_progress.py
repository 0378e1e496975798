"""Progress of a study on standard error: messages, and on a terminal a line that moves."""

from __future__ import annotations

import math

from wellfit.cli.ahead import import_ahead
from wellfit.cli.error_handler import Interrupt
from wellfit.cli.progress import StoppableProgress, clock
from wellfit.cli.screen import Screen
from wellfit.events import Event, Message, TrialEnd
from wellfit.judge.metric import Metric
from wellfit.plurals import counted
from wellfit.study.trial import Budget

__all__ = ["StudyWatcher"]


class StudyWatcher(StoppableProgress):
    """The callback of a study: prints each message; and shows networks done, their rate, the time left and the best dev error."""

    def __init__(self, screen: Screen, interrupt: Interrupt, budget: Budget) -> None:
        super().__init__(screen, interrupt)
        self.budget = budget
        self.metric: Metric | None = None

    def begin(self, metric: Metric) -> None:
        """Show the line from now on."""
        self.metric = metric
        self.move("searching", 0.0, [])
        # Not before: what is printed on standard output would run into a line that is being drawn.
        self.bar.start()

    def __call__(self, event: Event) -> bool:
        """Show an event; return whether Ctrl-C was pressed."""
        if isinstance(event, Message):
            self.screen.report(event.text)
        elif isinstance(event, TrialEnd):
            self._show(event)
        return self.is_interrupted()

    def _show(self, event: TrialEnd) -> None:
        """Move the line."""
        assert self.metric is not None
        done, planned, left, best_error, rate = event.done, event.total, event.seconds_left, event.best_error, event.rate
        if done == 1:
            import_ahead("jinja2", "matplotlib.figure")
        if planned is not None and rate > 0:
            left = min(math.inf if left is None else left, (planned - done) / rate)
        parts = [f"{done:,} of {counted(planned, 'network')}" if planned is not None else counted(done, "network")]
        parts += [f"{clock(left)} left"] if left is not None and math.isfinite(left) else []
        parts += [f"best dev {self.metric.name} {self.metric.show(best_error)}"] if best_error is not None else []
        parts += [f"{rate:.3g} a second"] if rate > 0 else []
        if self.budget.seconds is not None and event.seconds_left is not None:
            shares = [1 - event.seconds_left / self.budget.seconds, done / planned if planned else 0.0]
        else:
            shares = [done / planned if planned else 0.0]
        self.move("searching", min(1.0, max(0.0, *shares, 0.0)), parts)
