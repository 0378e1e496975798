"""Test errors and where results are, in words."""

from __future__ import annotations

import shlex

from wellfit.cli.screen import Screen, plain
from wellfit.judge.final_test import FinalTest
from wellfit.judge.metric import Metric
from wellfit.plurals import counted

__all__ = ["COLOURS", "capital", "print_saved", "print_test"]

COLOURS = {"fits": "green", "overfits": "yellow", "underfits": "yellow", "undecided": "", "diverged": "red", "not trained": "dim"}


def capital(text: str) -> str:
    """Return a text with its first letter large."""
    return text[:1].upper() + text[1:]


def print_test(screen: Screen, test: FinalTest, metric: Metric, reads: int = 1) -> None:
    """Print the test errors and whether a network was needed.

    Parameters
    ----------
    screen : Screen
        Where to.
    test : FinalTest
        As read.
    metric : Metric
        Writes errors.
    reads : int
        How often the test part has been read, this time included.
    """
    screen.say("")
    how = "read once after the choice" if reads == 1 else f"read {counted(reads, 'time')} by now, each time after the choice"
    screen.say(f"Test {metric.name}, {how} ({counted(test.rows, 'row')})", style="bold")
    lines = [("the network", metric.show(test.model.estimate), f"(95 %: {metric.range(test.model)})")]
    lines += [(name, metric.show(error.estimate), f"(95 %: {metric.range(error)})") for name, error in reversed(test.references)]
    if test.r_squared is not None:
        ends = f"(95 %: {test.r_squared.low:.3f} to {test.r_squared.high:.3f})"
        lines.append(("R² of the network", f"{test.r_squared.estimate:.3f}", ends))
    name_width, value_width = (max(len(line[place]) for line in lines) for place in (0, 1))
    for name, value, ends in lines:
        screen.say(f"{name:<{name_width}}  {value:>{value_width}}  {ends}", indent=2)
    screen.say(capital(test.reason))


def print_saved(screen: Screen, folder: str, files: list[str], replaced: bool) -> None:
    """Print where everything is, and what to do next.

    Parameters
    ----------
    screen : Screen
        Where to.
    folder : str
        The folder.
    files : list of str
        What was written.
    replaced : bool
        Whether an earlier result was there.
    """
    screen.say("")
    screen.say(f"Saved in {folder}{' (the earlier result was replaced)' if replaced else ''}: {', '.join(files)}")
    screen.say(f"To use it: wellfit predict {shlex.quote(plain(folder))} TABLE.csv --out predictions.csv", style="dim")
