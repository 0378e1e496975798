"""A search's result in words and tables."""

from __future__ import annotations

import math

from rich.table import Table
from rich.text import Text

from wellfit.cli.printing import COLOURS, capital
from wellfit.cli.screen import Screen
from wellfit.judge.metric import Metric
from wellfit.plurals import counted
from wellfit.render.terminal import bare_table
from wellfit.study.search.study import Study
from wellfit.study.search.tried import GIVEN_UP, Tried, average_words, best_alone, compared_by, trained_on, tried_by_kind
from wellfit.study.table_study import TableStudy

__all__ = ["print_study"]

MOST_KINDS = 12


def print_study(screen: Screen, job: TableStudy) -> None:
    """Print what was tried by kind of move, and the model that came of it.

    Parameters
    ----------
    screen : Screen
        Where to.
    job : TableStudy
        Finished.
    """
    study, metric = job.study, job.metric
    assert study is not None
    unit = "% of rows" if metric.task == "classification" else f"in units of {job.target.name!r}"
    kinds = tried_by_kind(study)
    screen.say("")
    screen.say(f"{capital(metric.name)} by kind of change, each at its best setting ({unit})", style="bold")
    shown = kinds[:MOST_KINDS]
    tables = (_kinds_table(metric, shown, space) for space in (2, 1, 0))
    fitting = next((table for table in tables if screen.has_room_for(table)), None)
    if fitting is not None:
        screen.show(fitting)
    else:
        for kind in shown:
            screen.say(kind.name, style="bold" if kind.kept else "")
            errors = f"train {_figure(metric, kind.train_error)}, dev {_figure(metric, kind.dev_error)}"
            screen.say(f"{counted(kind.networks, 'network')}; {errors if kind.spec is not None else GIVEN_UP}", indent=2)
    if len(kinds) > len(shown):
        screen.say(f"and {counted(len(kinds) - len(shown), 'more kind')}, none of them better", style="dim")
    references = study.of_kind("references")[0]["errors"]
    simple = ", ".join(f"{name} {metric.show(error)}" for name, error in sorted(references.items(), key=lambda pair: pair[1]))
    notes = [f"networks were compared by {compared_by(study)}", "kept: how often it became the best"]
    notes += [f"no errors: {GIVEN_UP}"] if any(kind.spec is None for kind in shown) else []
    notes += [f"dev {metric.name} of simple models: {simple}"] if simple else []
    screen.say("; ".join(notes), style="dim")
    screen.say("")
    _print_choice(screen, study)


def _kinds_table(metric: Metric, kinds: list[Tried], space: int) -> Table:
    table = bare_table(space)
    table.add_column("kind", no_wrap=True)
    for name in ("networks", "settings", "train", "dev", "kept"):
        table.add_column(name, justify="right", no_wrap=True)
    for kind in kinds:
        table.add_row(
            Text(kind.name),
            f"{kind.networks:,}",
            f"{kind.settings:,}",
            _figure(metric, kind.train_error),
            _figure(metric, kind.dev_error),
            str(kind.kept or ""),
            style="bold" if kind.kept else "",
        )
    return table


def _figure(metric: Metric, error: float) -> str:
    return metric.figure(error) if math.isfinite(error) else ""


def _print_choice(screen: Screen, study: Study) -> None:
    """Print what the model is, and how well the best network alone does."""
    model = study.model
    assert model is not None
    if study.best is not None:
        screen.say(best_alone(study), style=COLOURS.get(study.best["verdict"], ""))
    networks = len(model.networks)
    what = (
        "The model is one network" if networks == 1 else f"The model is the average of {counted(networks, 'network')}, weighted on dev rows"
    )
    screen.say(f"{what}: {trained_on(study.of_kind('model')[-1])}.", style="bold")
    screen.say(average_words(study), indent=2)
    if study.interrupted:
        screen.tell(f"interrupted: {counted(study.networks, 'network')} trained; the best are kept.", style="yellow")
