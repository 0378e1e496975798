"""What was asked of the main job and what was tried, the verdict, the chosen network, and how to do it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wellfit.judge.references import TARGET_ERROR
from wellfit.plots.svg import to_svg
from wellfit.plurals import counted
from wellfit.render.blocks import Block, Cell, Code, Fact, Facts, Picture, Points, Section, Table, Text
from wellfit.render.settings import settings_table, versions
from wellfit.render.words import capital, clipped
from wellfit.study.advice import advice
from wellfit.study.fit_table import TableFit
from wellfit.study.run_files import BOUNDARY, COSTS, GAPS
from wellfit.study.sections.data import task_texts
from wellfit.study.sections.errors import error_facts, error_name
from wellfit.study.sections.facts import TONES, difference_fact, error_fact, layers
from wellfit.study.sections.use import command_line

__all__ = ["asked_section", "next_section", "repeat_section", "short_section", "tried_section", "verdict_section"]

CAPTIONS = {
    GAPS: "Training and dev error of each kind at its best setting, with 95 % intervals, and the dev errors of simple models.",
    COSTS: "Cost while training: where the dev cost rises and the training cost falls on, a network learns its rows by heart.",
    BOUNDARY: "What the model says of the plane of its two columns, and the training rows.",
}


def short_section(job: TableFit) -> Section:
    """Return what is to be known at a glance.

    Parameters
    ----------
    job : TableFit
        Finished.

    Returns
    -------
    Section
    """
    metric, population, test = job.problem.metric, job.population, job.test
    assert population is not None
    assert test is not None
    chosen = population.chosen
    words = {"yes": "yes", "no": "no", "undecided": "cannot be told"}
    facts = [
        *error_facts(test, metric),
        Fact("the network", chosen.word, "training and dev error compared", TONES.get(chosen.word, "")),
        Fact("was a network needed?", words[test.network_needed], f"against {test.against}"),
    ]
    return Section("In short", [Facts(facts), Text(capital(test.reason))])


def asked_section(job: TableFit) -> Section:
    """Return what the job was to do.

    Parameters
    ----------
    job : TableFit
        Finished.

    Returns
    -------
    Section
    """
    metric, population = job.metric, job.population
    assert population is not None
    if population.reference.name == TARGET_ERROR:
        goal = f"An error of {metric.show(population.reference.error.estimate)} was asked for; underfitting is judged against it."
    else:
        goal = (
            f"No particular error was asked for, so that underfitting is judged against the simple model that is best on dev rows, "
            f"{population.reference.words}, whose dev error is {metric.error_words(population.reference.error)}."
        )
    return Section("What was asked", [*task_texts(job), Text(goal)])


def tried_section(job: TableFit, figures: Mapping[str, Any]) -> Section:
    """Return what was trained, and how each kind did.

    Parameters
    ----------
    job : TableFit
        Finished.
    figures : mapping of str to Figure
        As `draw_pictures` gives them; may be empty.

    Returns
    -------
    Section
    """
    population, metric = job.population, job.problem.metric
    assert population is not None
    settings = sum(1 for results in population.results if results)
    blocks: list[Block] = [
        Text(
            f"{counted(population.networks, 'network')} of {counted(settings, 'setting')}: four kinds of regularisation, each in "
            f"several strengths and shapes, {counted(population.grid.seeds, 'seed')} a setting. Every kind is shown at the setting "
            "that did best on the dev rows."
        )
    ]
    if population.interrupted:
        blocks.append(Text(f"Training was interrupted after {population.networks:,} of {counted(job.networks, 'network')}."))
    rows: list[list[str | Cell]] = []
    for kind in population.kinds:
        training, is_chosen = kind.setting.spec.training, kind is population.chosen
        rows.append(
            [
                f"{kind.kind}{' (chosen)' if is_chosen else ''}",
                f"{training.l2:g}" if training.l2 else "",
                f"{training.dropout:g}" if training.dropout else "",
                kind.setting.shape,
                metric.figure(kind.train.estimate),
                metric.figure(kind.dev.estimate),
                metric.figures(kind.gap, sign=True),
                Cell(kind.word, TONES.get(kind.word, "")),
            ]
        )
    heads = ["kind", "L2 λ", "dropout", "hidden units", "training", "dev", "gap (95 %)", "verdict"]
    unit = "% of rows" if metric.task == "classification" else f"units of {clipped(job.target.name)}"
    lost = sum(kind.diverged for kind in population.kinds)
    notes = ["gap = dev error - training error. Intervals are over rows and seeds."]
    notes += [f"{counted(lost, 'network')} diverged, and cannot be chosen."] if lost else []
    blocks.append(Table(f"{error_name(metric)} by kind, {unit}", heads, rows, (1, 2, 4, 5, 6), notes=notes))
    simple = [[each.model.name, metric.figure(each.dev.estimate), metric.range(each.dev)] for each in population.references]
    blocks.append(Table(f"Simple models on the dev rows, {unit}", ["model", "dev", "95 %"], simple, (1, 2)))
    blocks += _pictures(figures, (GAPS, COSTS, BOUNDARY))
    return Section("What was tried", blocks)


def verdict_section(job: TableFit) -> Section:
    """Return the verdict on the chosen network, and what that network is.

    Parameters
    ----------
    job : TableFit
        Finished.

    Returns
    -------
    Section
    """
    population, metric = job.population, job.problem.metric
    assert population is not None
    chosen = population.chosen
    verdict, spec = chosen.verdict, chosen.setting.spec
    said = "whether the chosen network fits is undecided" if verdict.word == "undecided" else f"the chosen network {verdict.word}"
    blocks: list[Block] = [
        Text(capital(chosen.divergence or f"{said}: {verdict.reason}")),
        Facts(
            [
                error_fact("training error", metric, chosen.train),
                error_fact("dev error", metric, chosen.dev),
                difference_fact("bias: training error less the error that could be had", metric, verdict.bias),
                difference_fact("variance: dev error less training error", metric, verdict.gap),
            ]
        ),
        Text(
            f"A difference counts from {metric.show_difference(verdict.margin)} on, and where its whole interval lies above 0. A network "
            "with much bias underfits, one with much variance overfits; where the intervals do not tell, the verdict is undecided.",
            is_note=True,
        ),
    ]
    among = sum(1 for results in population.results if results)
    shape, members = layers(spec.network), len(chosen.results)
    about = (
        f"Chosen: {chosen.setting.label}, for the lowest dev error of {counted(among, 'setting')}. It has the layers {shape} "
        f"({counted(chosen.results[0].parameters.size, 'weight and bias', 'weights and biases')}), {spec.network.activation} in the hidden "
        f"ones, and was trained for {counted(chosen.results[0].epochs, 'epoch')}."
    )
    blocks.append(Text(about))
    if members > 1:
        average = metric.error_words(population.average)
        blocks.append(
            Text(f"The model is the average of its {counted(members, 'network')}, which differ by their seeds: dev error {average}.")
        )
    if among > 1:
        blocks.append(Text("Dev error is optimistic: it was used to choose. Test error is not.", is_note=True))
    return Section("The verdict, and the chosen network", blocks)


def next_section(job: TableFit) -> Section:
    """Return what to try next.

    Parameters
    ----------
    job : TableFit
        Finished.

    Returns
    -------
    Section
    """
    last = Text(
        "These follow from this run alone and were not tried. wellfit diagnose looks closer: it checks the training itself, says whether "
        "more rows would help, and tries the most promising step.",
        is_note=True,
    )
    return Section("What to try next", [Points(advice(job)), last])


def repeat_section(job: TableFit, table: str | None, folder: str) -> Section:
    """Return the command that does the same again, and all settings behind it.

    Parameters
    ----------
    job : TableFit
        Finished.
    table : str or None
        How the table is named on the command line; None for the built-in one.
    folder : str
        Where the results went.

    Returns
    -------
    Section
    """
    population = job.population
    assert population is not None
    settings: dict[str, Any] = {
        "data": job.data.to_dict(),
        "grid": {name: getattr(population.grid, name) for name in population.grid.__dataclass_fields__},
        "chosen": population.chosen.setting.spec.to_dict(),
        "seeds of the chosen networks": [result.seed for result in population.chosen.results],
        "target error": population.reference.error.estimate if population.reference.name == TARGET_ERROR else None,
        "versions": versions(),
    }
    return Section(
        "Every setting, to do it again",
        [
            Code(
                "The same command with nothing left to defaults; on the same machine it gives the same networks to the bit:",
                _command(job, table, folder),
            ),
            settings_table("All settings", settings),
        ],
    )


def _command(job: TableFit, table: str | None, folder: str) -> str:
    """Return the command line, every option spelled out."""
    population = job.population
    assert population is not None
    grid = population.grid
    options: list[tuple[str, object]] = []
    if population.reference.name == TARGET_ERROR:
        options.append(("--target-error", repr(population.reference.error.estimate)))
    options += [("--hidden", ",".join(map(str, shape)) or "none") for shape in grid.hidden]
    options += [(f"--{name}", ",".join(map(repr, getattr(grid, name)))) for name in ("l2", "dropout")]
    for name in ("activation", "learning_rate", "batch_size", "epochs", "seeds"):
        options.append((f"--{name.replace('_', '-')}", getattr(grid, name)))
    return command_line(job, table, folder, job.target.task, options)


def _pictures(figures: Mapping[str, Any], names: Sequence[str]) -> list[Block]:
    return [Picture(CAPTIONS[name], to_svg(figures[name])) for name in names if name in figures]
