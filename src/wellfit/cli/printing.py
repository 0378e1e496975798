"""The main job's result in words and tables."""

from __future__ import annotations

import shlex

from rich.table import Table
from rich.text import Text

from wellfit.cli.screen import Screen, plain
from wellfit.judge.metric import Metric
from wellfit.plurals import counted
from wellfit.render.terminal import bare_table
from wellfit.study.final_test import TestReport
from wellfit.study.first_population import FirstPopulation
from wellfit.study.fit_table import TableFit
from wellfit.study.grid import NONE
from wellfit.study.judging import KindResult

__all__ = ["COLOURS", "capital", "print_population", "print_saved", "print_test"]

COLOURS = {"fits": "green", "overfits": "yellow", "underfits": "yellow", "undecided": "", "diverged": "red"}


def print_population(screen: Screen, job: TableFit) -> None:
    """Print the table of kinds, and the choice.

    Parameters
    ----------
    screen : Screen
        Where to.
    job : TableFit
        Finished.
    """
    population, metric = job.population, job.problem.metric
    assert population is not None
    chosen = population.chosen
    unit = "% of rows" if metric.task == "classification" else f"in units of {job.target.name!r}"
    screen.say("")
    screen.say(f"{capital(metric.name)} by kind, each at its best setting ({unit}{_averaged(population)})", style="bold")
    tables = (_kinds_table(metric, population.kinds, chosen, space) for space in (2, 1, 0))
    fitting = next((table for table in tables if screen.has_room_for(table)), None)
    if fitting is not None:
        screen.show(fitting)
    else:
        for kind in population.kinds:
            _print_block(screen, metric, kind, is_chosen=kind is chosen)
    simple = ", ".join(f"{reference.model.name} {metric.show(reference.dev.estimate)}" for reference in reversed(population.references))
    screen.say(f"gap = dev - train; dev {metric.name} of simple models: {simple}", style="dim")
    screen.say("")
    among = sum(1 for results in population.results if results)
    screen.say(f"* Chosen on the dev rows: {chosen.setting.label}.", style="bold")
    screen.say(capital(chosen.divergence or f"{chosen.verdict.word}: {chosen.verdict.reason}."), indent=2)
    if among > 1:
        screen.say(
            f"Dev {metric.name} is optimistic: it was used to choose among {counted(among, 'setting')}. Test {metric.name} is not.",
            indent=2,
        )
    if len(chosen.results) > 1:
        average = metric.error_words(population.average)
        screen.say(f"The model is the average of its {counted(len(chosen.results), 'network')}: dev {metric.name} {average}.", indent=2)
    if chosen.divergence:
        screen.tell(f"warning: {chosen.divergence}", style="yellow")
    if population.interrupted:
        screen.tell(
            f"interrupted: {population.networks:,} of {counted(job.networks, 'network')} trained; the best of them is kept.", style="yellow"
        )


def _averaged(population: FirstPopulation) -> str:
    fewest, most = (pick(len(kind.results) for kind in population.kinds) for pick in (min, max))
    few = f"{fewest} to " if fewest < most else ""
    return f", mean of {few}{counted(most, 'network')}" if most > 1 else ""


def capital(text: str) -> str:
    """Return a text with its first letter large."""
    return text[:1].upper() + text[1:]


def _kinds_table(metric: Metric, kinds: tuple[KindResult, ...], chosen: KindResult, space: int) -> Table:
    table = bare_table(space)
    table.add_column("", width=1)
    table.add_column("kind", no_wrap=True)
    for name in ("λ", "dropout", "hidden", "train", "dev"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("gap (95 %)", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for kind in kinds:
        training = kind.setting.spec.training
        table.add_row(
            "*" if kind is chosen else "",
            "none" if kind.kind == NONE else kind.kind,
            f"{training.l2:g}" if training.l2 else "",
            f"{training.dropout:g}" if training.dropout else "",
            kind.setting.shape,
            metric.figure(kind.train.estimate),
            metric.figure(kind.dev.estimate),
            metric.figures(kind.gap, sign=True),
            Text(kind.word, style=COLOURS[kind.word]),
            style="bold" if kind is chosen else "",
        )
    return table


def _print_block(screen: Screen, metric: Metric, kind: KindResult, *, is_chosen: bool) -> None:
    """Print a kind in a few short lines, for terminals without room for the table."""
    screen.say(f"{'* ' if is_chosen else ''}{kind.setting.label}", style="bold" if is_chosen else "")
    screen.say(f"train {metric.figure(kind.train.estimate)}, dev {metric.figure(kind.dev.estimate)}", indent=2)
    screen.say(f"gap {metric.figures(kind.gap, sign=True)}", indent=2)
    screen.say(kind.word, indent=2, style=COLOURS[kind.word])


def print_test(screen: Screen, test: TestReport, metric: Metric, reads: int = 1) -> None:
    """Print the test errors and whether a network was needed.

    Parameters
    ----------
    screen : Screen
        Where to.
    test : TestReport
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
