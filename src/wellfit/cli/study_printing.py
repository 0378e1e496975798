"""A study's result in words and tables."""

from __future__ import annotations

import math
from typing import Any

from rich.table import Table
from rich.text import Text

from wellfit.cli.printing import COLOURS, capital
from wellfit.cli.screen import Screen
from wellfit.judge.metric import Metric
from wellfit.plurals import counted
from wellfit.render.terminal import bare_table
from wellfit.runs.table_study import TableStudy
from wellfit.spec import Spec
from wellfit.study.pages.tried import GIVEN_UP, Tried, average_words, best_alone, compared_by, trained_on, tried_in_rounds
from wellfit.study.plans import NONE, label_of, shape_of
from wellfit.study.study import Study
from wellfit.study.trial import interval_of

__all__ = ["print_study"]

MOST_KINDS = 12


def print_study(screen: Screen, job: TableStudy) -> None:
    """Print what was compared and tried, and the model that came of it.

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
    if study.compared:
        _print_compared(screen, study, unit)
    if study.has_rounds or not study.compared:
        _print_kinds(screen, study, unit)
    references = study.of_kind("references")[0]["errors"]
    simple = ", ".join(f"{name} {metric.show(error)}" for name, error in sorted(references.items(), key=lambda pair: pair[1]))
    notes = ["gap = dev - train"] if study.compared else []
    notes += [f"networks were compared by {compared_by(study)}"]
    notes += [f"dev {metric.name} of simple models: {simple}"] if simple else []
    screen.say("; ".join(notes), style="dim")
    screen.say("")
    _print_choice(screen, study)


def _print_compared(screen: Screen, study: Study, unit: str) -> None:
    """Print each regulariser at its best setting."""
    metric, compared = study.metric, study.compared
    screen.say("")
    screen.say(f"{capital(metric.name)} by regulariser, each at its best setting ({unit})", style="bold")
    tables = (_compared_table(study, space) for space in (2, 1, 0))
    fitting = next((table for table in tables if screen.has_room_for(table)), None)
    if fitting is not None:
        screen.show(fitting)
        return
    for each in compared:
        spec = Spec.from_dict(each["spec"])
        screen.say(
            f"{'* ' if _is_best(study, each) else ''}{each['change']}: {label_of(spec)}", style="bold" if _is_best(study, each) else ""
        )
        if "verdict" in each:
            train, dev = (metric.figure(interval_of(each[name]).estimate) for name in ("train_error", "dev_error"))
            screen.say(f"train {train}, dev {dev}", indent=2)
            screen.say(f"gap {metric.figures(interval_of(each['gap']), sign=True)}", indent=2)
        screen.say(_word(each), indent=2, style=COLOURS[_word(each)])


def _compared_table(study: Study, space: int) -> Table:
    metric, table = study.metric, bare_table(space)
    table.add_column("", width=1)
    table.add_column("regulariser", no_wrap=True)
    for name in ("λ", "dropout", "hidden", "train", "dev"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("gap (95 %)", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for each in study.compared:
        spec, word = Spec.from_dict(each["spec"]), _word(each)
        training, errors = spec.training, ["", "", ""]
        if "verdict" in each:
            train, dev, gap = (interval_of(each[name]) for name in ("train_error", "dev_error", "gap"))
            errors = [metric.figure(train.estimate), metric.figure(dev.estimate), metric.figures(gap, sign=True)]
        table.add_row(
            "*" if _is_best(study, each) else "",
            "none" if each["change"] == NONE else each["change"],
            f"{training.l2:g}" if training.l2 else "",
            f"{training.dropout:g}" if training.dropout else "",
            shape_of(spec),
            *errors,
            Text(word, style=COLOURS[word]),
            style="bold" if _is_best(study, each) else "",
        )
    return table


def _is_best(study: Study, found: dict[str, Any]) -> bool:
    return study.best is not None and study.best["spec"] == found["spec"]


def _word(found: dict[str, Any]) -> str:
    """Return the verdict on a regulariser's best setting."""
    return str(found["verdict"]) if "verdict" in found else "diverged" if found["divergence"] else "not trained"


def _print_kinds(screen: Screen, study: Study, unit: str) -> None:
    """Print what was tried by kind of change."""
    metric, kinds = study.metric, tried_in_rounds(study)
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
    notes = ["kept: how often it became the best network"]
    notes += [f"no errors: {GIVEN_UP}"] if any(kind.spec is None for kind in shown) else []
    screen.say("; ".join(notes), style="dim")


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
    if study.divergence:
        screen.say(f"No network can be chosen. The first {study.divergence}", style=COLOURS["diverged"])
        screen.report(f"warning: no network can be chosen; the first {study.divergence}", style="yellow")
    networks = len(model.networks)
    what = (
        "The model is one network" if networks == 1 else f"The model is the average of {counted(networks, 'network')}, weighted on dev rows"
    )
    screen.say(f"{what}: {trained_on(study.of_kind('model')[-1])}.", style="bold")
    screen.say(average_words(study), indent=2)
    if study.interrupted:
        screen.report(f"interrupted: {counted(study.networks, 'network')} trained; the best are kept.", style="yellow")
