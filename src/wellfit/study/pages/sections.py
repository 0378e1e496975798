"""What a search tried, round by round and by kind, and the model that came of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wellfit.judge.final_test import FinalTest
from wellfit.judge.metric import Metric
from wellfit.judge.references import TARGET_ERROR
from wellfit.pages.errors import error_facts, error_name
from wellfit.pages.facts import TONES, error_fact, settings_cells
from wellfit.plots.svg import to_svg
from wellfit.plurals import counted
from wellfit.render.blocks import Block, Cell, Code, Fact, Facts, Picture, Section, Table, Text
from wellfit.render.settings import settings_table, versions
from wellfit.render.words import capital
from wellfit.spec import Spec
from wellfit.study.pages.tried import GIVEN_UP, Tried, average_words, best_alone, settings_tried, trained_on, tried_in_rounds
from wellfit.study.trial import interval_of, reference_of_record

if TYPE_CHECKING:
    from wellfit.study.study import Study

__all__ = ["asked_texts", "average_section", "repeat_section", "rounds_section", "study_section", "tried_kinds_section"]

FIRST_KINDS, MOST_SETTINGS = 12, 40
ENDS = {
    "target met": "the target error is reached",
    "time": "the time was used up",
    "trials": "the number of networks asked for was reached",
    "planned": "all settings are trained",
    "three rounds": "three rounds brought nothing better",
    "interrupted": "it was interrupted",
    "diverged": "all networks diverged",
    None: "it has not come to its end yet",
}


def study_section(study: Study, test: FinalTest | None = None) -> Section:
    """Return what is to be known at a glance.

    Parameters
    ----------
    study : Study
        Finished or not.
    test : FinalTest, optional
        The test errors.

    Returns
    -------
    Section
    """
    metric, best = study.metric, study.best
    facts, said = [], []
    if test is not None:
        facts += error_facts(test, metric)
        said.append(Text(capital(test.reason)))
    elif study.test_reads:
        # Of an extended study the first reading is of an earlier model.
        error = interval_of(study.of_kind("test")[-1]["error"])
        facts.append(error_fact(f"{error_name(metric)} to expect", metric, error))
    if study.dev_error is not None:
        facts.append(error_fact(f"dev {metric.name} of the average", metric, study.dev_error))
    if best is not None:
        facts.append(Fact("the best network alone", best["verdict"], "training and dev error compared", TONES.get(best["verdict"], "")))
    rounds = sum(each["round"] > 0 for each in study.rounds)
    how = f"{counted(rounds, 'round')}; {ENDS[study.end_reason]}" if rounds else ENDS[study.end_reason]
    facts.append(Fact("networks tried", f"{study.networks:,}", how))
    return Section("In short", [Facts(facts), *said])


def asked_texts(study: Study) -> list[Block]:
    """Return what networks were measured against."""
    metric, reference = study.metric, reference_of_record(study.of_kind("references")[0])
    if reference.name == TARGET_ERROR:
        said = f"Target error: {metric.show(reference.error.estimate)}. Bias is measured from it, and the search ends when it is met."
    else:
        error = metric.error_words(reference.error)
        said = f"No target error was given: bias is measured from {reference.words}, with {error} on dev rows."
    return [Text(said)]


def rounds_section(study: Study, figure: Any = None) -> Section:
    """Return the search as it went: what each round saw, tried and brought.

    Parameters
    ----------
    study : Study
        With at least one network.
    figure : Figure, optional
        As `draw_trials` draws it.

    Returns
    -------
    Section
    """
    metric = study.metric
    rows: list[list[str | Cell]] = []
    for each in study.rounds:
        choice = each["choice"]
        changes = list(dict.fromkeys(name for found in each["candidates"] for name in found["change"].split(" + ")))
        shown = ", ".join(changes[:6]) + (f" and {len(changes) - 6} more" if len(changes) > 6 else "")
        row: list[str | Cell] = [str(each["round"]), _aim(each), f"{len(each['candidates']):,}", shown]
        if choice is None:
            rows.append([*row, "", "", "broken off"])
            continue
        if not choice["kept"] and choice["gain"] is None:
            # The errors of such a choice are those of the best so far.
            rows.append([*row, "", "", "none came to its end"])
            continue
        rows.append(
            [
                *row,
                metric.figure(interval_of(choice["train_error"]).estimate),
                metric.figures(interval_of(choice["dev_error"])),
                _outcome(choice),
            ]
        )
    heads = ["round", "aim", "settings", "what was changed", "training", "dev (95 %)", "outcome"]
    said = (
        "Each round looks at the best network so far: much more error on rows that it learned from than is asked for is bias, much more on "
        "other rows is variance. It then trains what should mend that, or after a round that brought nothing what should mend something "
        "else, and gives up early what looks worst. "
        "The best of a round takes the place of the best so far only if it is better beyond chance, on the same rows."
    )
    unit = _unit(metric)
    blocks: list[Block] = [Text(said), Table(f"Rounds; {metric.name} of the best of each, {unit}", heads, rows, (0, 2, 4))]
    if figure is not None:
        blocks.append(
            Picture("The dev error of every network in the order of the search, and of the best one as it got better.", to_svg(figure))
        )
    return Section("The search, round by round", blocks)


def _aim(found: dict[str, Any]) -> str:
    names = {"plain": "a first network", "regularisation": "compare regularisers", "neither": "refining"}
    return names.get(found["move"], f"against {found['move']}")


def _outcome(choice: dict[str, Any]) -> Cell:
    if not choice["kept"]:
        return Cell("not better beyond chance")
    return Cell("to be beaten") if choice["gain"] is None else Cell("kept", "good")


def _unit(metric: Metric) -> str:
    return "% of rows" if metric.task == "classification" else "units of the target"


def tried_kinds_section(study: Study) -> Section:
    """Return what was tried, by kind of change and by setting.

    Parameters
    ----------
    study : Study
        With at least one network.

    Returns
    -------
    Section
    """
    metric, kinds, settings = study.metric, tried_in_rounds(study), settings_tried(study)
    heads = ["change", "networks", "settings", "training", "dev", "kept"]
    numeric = (1, 2, 3, 4, 5)
    rows = [_kind_row(metric, kind) for kind in kinds]
    title = f"Kinds of change, each at its best setting; {metric.name}, {_unit(metric)}"
    blocks: list[Block] = [
        Table(
            title,
            heads,
            rows[:FIRST_KINDS],
            numeric,
            notes=[f"kept: how often it became the best network. No errors: {GIVEN_UP}."],
        )
    ]
    if len(rows) > FIRST_KINDS:
        blocks.append(Table(f"The {len(rows) - FIRST_KINDS:,} that follow", heads, rows[FIRST_KINDS:], numeric, is_folded=True))
    references = study.of_kind("references")[0]["errors"]
    if references:
        simple = [[name, metric.figure(error)] for name, error in sorted(references.items(), key=lambda pair: pair[1])]
        blocks.append(Table(f"Simple models on dev rows, {_unit(metric)}", ["model", "dev"], simple, (1,)))
    shown = [_setting_row(metric, each) for each in settings[:MOST_SETTINGS]]
    notes = (
        [f"The best {len(shown):,} of {len(settings):,} that were trained to their end on every part."]
        if len(shown) < len(settings)
        else []
    )
    columns = ["change", "layers", "λ₂", "λ₁", "dropout", "optimiser and rate", "batch", "epochs", "training", "dev"]
    if shown:
        blocks.append(Table("The best settings", columns, shown, (2, 3, 6, 7, 8, 9), is_folded=True, notes=notes))
    return Section("What was tried", blocks)


def _kind_row(metric: Metric, kind: Tried) -> list[str | Cell]:
    figures = [metric.figure(error) if math.isfinite(error) else "" for error in (kind.train_error, kind.dev_error)]
    return [kind.name, f"{kind.networks:,}", f"{kind.settings:,}", *figures, Cell(str(kind.kept), "good") if kind.kept else ""]


def _setting_row(metric: Metric, each: Tried) -> list[str | Cell]:
    assert each.spec is not None
    return [each.name, *settings_cells(each.spec), metric.figure(each.train_error), metric.figure(each.dev_error)]


def average_section(study: Study, figures: Sequence[Picture] = ()) -> Section:
    """Return the model: who has a part in it, and what each counts.

    Parameters
    ----------
    study : Study
        With a ``model`` in its journal.
    figures : sequence of Picture
        Of it.

    Returns
    -------
    Section
    """
    found, best = study.of_kind("model")[-1], study.best
    members = found["members"]
    is_one = len(members) == 1
    what = "is one network" if is_one else f"averages {counted(len(members), 'network')}"
    share = "" if is_one else "Which networks are averaged, and with what weights, was decided on dev rows alone. "
    said = f"The model {what}, {trained_on(found)}. {share}{average_words(study)}"
    blocks: list[Block] = [Text(said)]
    if best is not None:
        blocks.append(Text(best_alone(study)))
    rows: list[list[str | Cell]] = []
    for member in members:
        cells = settings_cells(Spec.from_dict(member["spec"]))
        rows.append([f"{100 * member['weight']:.1f} %", *cells[:-1], f"{member['epochs']:,}", str(member["seed"])])
    heads = ["weight", "layers", "λ₂", "λ₁", "dropout", "optimiser and rate", "batch", "epochs", "seed"]
    blocks.append(Table("What each network counts in the average", heads, rows, (0, 2, 3, 6, 7, 8)))
    return Section("The model", [*blocks, *figures])


def repeat_section(study: Study, before: Sequence[Block] = ()) -> Section:
    """Return all settings, and what was told while it ran."""
    best = study.best
    settings = {
        "study": {name: value for name, value in study.header.items() if name != "kind"},
        "start": {name: value for name, value in study.of_kind("start")[0].items() if name != "kind"} if study.of_kind("start") else {},
        "best network": {} if best is None else best["spec"],
        "sessions": {str(place): session for place, session in enumerate(study.of_kind("session"), 1)},
        "versions": versions(),
    }
    blocks: list[Block] = [
        *before,
        settings_table("All settings", settings),
        Code("What was told while it ran:", "\n".join(study.messages)),
    ]
    return Section("Every setting, to do it again", blocks)
