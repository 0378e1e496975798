"""The report of an estimator for whole tables: what it is, how it was trained, and how it does on rows that are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wellfit import plots
from wellfit.engines.types import Array
from wellfit.judge.importance import column_importances
from wellfit.judge.metric import Metric
from wellfit.pages.columns import column_table
from wellfit.pages.errors import importance_section
from wellfit.pages.facts import error_fact, layers, settings_cells
from wellfit.pages.use import use_section
from wellfit.plots.svg import to_svg
from wellfit.plurals import counted
from wellfit.render.blocks import Block, Code, Fact, Facts, Picture, Section, Table, Text
from wellfit.render.page import render_page
from wellfit.render.settings import settings_table, versions
from wellfit.render.words import clipped
from wellfit.store import MODEL_FILE, FittedModel, TrainedNetwork
from wellfit.training.result import History

__all__ = ["model_page"]

MOST_CLASSES = 30


def model_page(
    name: str,
    model: FittedModel,
    histories: Sequence[History],
    settings: Mapping[str, Any],
    rows: tuple[Array, Array] | None = None,
) -> str:
    """Return the report of a fitted model as HTML.

    Parameters
    ----------
    name : str
        What the estimator is called.
    model : FittedModel
        What it fitted.
    histories : sequence of History
        Of each of its networks; none of a loaded model.
    settings : mapping
        Its parameters.
    rows : tuple (X, Y), optional
        Prepared rows that it was not trained on, and their coded target: what its error is measured on.

    Returns
    -------
    str
        All of the file.
    """
    what = f"which of {counted(len(model.classes), 'class', 'classes')} a row belongs to" if model.classes else "a number for each row"
    lead = (
        f"{name} says {what}: {counted(len(model.networks), 'network')} on {counted(len(model.preparation.columns), 'column')}, averaged."
    )
    sections = [_network(model, histories), Section("The data", _data(model))]
    if rows is not None:
        sections[:0] = [_errors(model, *rows)]
        importances = column_importances(model, *rows, _metric(model))
        sections.append(importance_section(importances, _metric(model), "given rows"))
    use = use_section(MODEL_FILE, None, model.preparation, is_classification=bool(model.classes))
    save = Code("In Python, to save it:", f'wellfit.save(model, "{MODEL_FILE}")')
    sections.append(Section(use.title, [save, *use.blocks]))
    sections.append(_settings(model, settings))
    return render_page(f"A model: {name}", lead, sections)


def _metric(model: FittedModel) -> Metric:
    return Metric(model.task, spread=model.target.scale, scale=model.target.scale)


def _errors(model: FittedModel, X: Array, Y: Array) -> Section:
    """Return the error on rows that are given."""
    metric, outputs = _metric(model), model.outputs(X)
    error = metric.interval(metric.row_errors(outputs, Y, model.threshold))
    said = (
        f"On the {counted(len(X), 'row')} given for this report: {metric.error_words(error)}. It is the error to expect of new rows only "
        "if these were neither trained on nor used to choose anything."
    )
    title = "Error" if model.classes else "RMSE"
    blocks: list[Block] = [Facts([error_fact(title, metric, error, (len(X), "row"))]), Text(said)]
    if len(model.classes) == 2 and plots.is_available():
        display = plots.CalibrationDisplay.from_predictions(Y[:, 0], outputs[:, 0], event=clipped(model.classes[1], 40))
        caption = "How often what the model says comes true, with 95 % intervals, and below it how often it says so."
        blocks.append(Picture(caption, to_svg(display.figure_)))
    return Section("The error", blocks)


def _network(model: FittedModel, histories: Sequence[History]) -> Section:
    """Return what the networks are, and how they were trained."""
    heaviest, members = _heaviest(model), len(model.networks)
    differing = _differ(model)
    weights = counted(heaviest.parameters.size, "weight and bias", "weights and biases")
    facts = [
        Fact("networks", str(members), "averaged by the weights below" if differing else "averaged; they differ by their seeds"),
        Fact("layers", layers(heaviest.spec.network), f"{weights}; of the network that counts most" if differing else weights),
    ]
    if histories:
        lengths = sorted(history.epochs for history in histories)
        epochs = f"{lengths[0]} to {counted(lengths[-1], 'epoch')}" if lengths[0] < lengths[-1] else counted(lengths[0], "epoch")
        facts.append(Fact("trained for", epochs, _stopped(model)))
    if model.classes:
        facts.append(Fact("temperature", f"{model.temperature:.3g}", "above 1: the networks were too sure"))
    blocks: list[Block] = [Facts(facts)]
    if differing:
        blocks.append(_members(model))
    if plots.is_available() and any(np.isfinite(history.cost).any() for history in histories):
        picture = to_svg(plots.TrainingCurveDisplay.from_history(list(histories)).figure_)
        blocks.append(Picture("Cost while training, on training and on dev rows.", picture))
    return Section("The network", blocks)


def _differ(model: FittedModel) -> bool:
    """Tell whether the networks differ by more than their seeds."""
    return model.weights is not None or any(network.spec != model.networks[0].spec for network in model.networks)


def _shares(model: FittedModel) -> tuple[float, ...]:
    """Return what each network counts in the average."""
    return model.weights or (1.0 / len(model.networks),) * len(model.networks)


def _heaviest(model: FittedModel) -> TrainedNetwork:
    """Return the network that counts most; of several the first."""
    return model.networks[int(np.argmax(_shares(model)))]


def _stopped(model: FittedModel) -> str:
    """Return why the networks were trained for as long as they were."""
    on_all = sum(network.spec.training.monitor == "none" for network in model.networks)
    if not on_all:
        return "the epoch with the lowest dev cost was kept"
    which = "all" if on_all == len(model.networks) else f"{on_all} of them"
    return f"{which} on all rows, for as long as had been best on dev rows"


def _members(model: FittedModel) -> Table:
    """Return what each network counts, and what tells it from the others."""
    pairs = zip(_shares(model), model.networks, strict=True)
    rows = [[f"{100 * share:.1f} %", *settings_cells(network.spec)[:-2], str(network.seed)] for share, network in pairs]
    heads = ["weight", "layers", "λ₂", "λ₁", "dropout", "optimiser and rate", "seed"]
    return Table("What each network counts in the average.", heads, rows, numeric=[0, 2, 3])


def _data(model: FittedModel) -> list[Block]:
    """Return how columns become inputs, and what the target is."""
    blocks: list[Block] = [
        Text(
            f"{counted(len(model.preparation.columns), 'column becomes', 'columns become')} "
            f"{counted(model.preparation.width, 'input')}; how each is prepared "
            "was learned on the training rows alone."
        )
    ]
    blocks += [Text(note) for note in model.preparation.notes]
    blocks.append(column_table(model.preparation))
    if model.classes:
        rows = [[clipped(label)] for label in model.classes[:MOST_CLASSES]]
        blocks.append(Table(f"Classes ({len(model.classes):,})", ["class"], rows, is_folded=len(model.classes) > MOST_CLASSES))
    return blocks


def _settings(model: FittedModel, settings: Mapping[str, Any]) -> Section:
    """Return all that it takes to do it again."""
    specs = [network.spec.to_dict() for network in (model.networks if _differ(model) else model.networks[:1])]
    everything = {
        "parameters": dict(settings),
        "network": {str(place): spec for place, spec in enumerate(specs)} if len(specs) > 1 else specs[0],
        "seeds": [network.seed for network in model.networks],
        "weights": model.weights,
        "temperature": model.temperature,
        "threshold": model.threshold,
        "versions": versions(),
    }
    return Section("Every setting, to do it again", [settings_table("All settings", everything)])
