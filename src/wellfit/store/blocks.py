"""Models as blocks: what the networks are, how columns become inputs, and how to predict."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wellfit.plurals import counted
from wellfit.render.blocks import Block, Code, Fact, Facts, Page, Picture, Section, Sentence, Table, Text
from wellfit.render.settings import settings_table, versions
from wellfit.render.words import clipped, layers
from wellfit.spec import Spec
from wellfit.table.preparation.by_target import Encoded
from wellfit.table.preparation.one_hot import Binary, Coded
from wellfit.table.preparation.preparation import Feature, Preparation
from wellfit.table.preparation.scale import FILLING
from wellfit.training.result import History

if TYPE_CHECKING:
    import pandas as pd

    from wellfit.store.model import FittedModel
    from wellfit.store.single import NetworkModel

__all__ = ["column_table", "model_page", "network_page", "settings_cells", "use_section"]

FEW_COLUMNS, MOST_COLUMNS, MOST_CLASSES = 12, 300, 30
TIMES = {"date": "date", "time": "time of day", "duration": "span of time", "boolean": "true or false", "number": "number"}


# === Networks ===


def settings_cells(spec: Spec) -> list[str]:
    """Return what tells a network from others: layers, λ₂, λ₁, dropout, optimiser and rate, batch, epochs."""
    training = spec.training
    rates = training.dropout if isinstance(training.dropout, tuple) else (training.dropout,)
    dropout = "-".join(f"{rate:.3g}" for rate in dict.fromkeys(rates))
    rate = f"{training.optimizer.name} {training.schedule.learning_rate:.3g}"
    regularised = [f"{training.l2:.3g}", f"{training.l1:.3g}", dropout]
    return [layers(spec.network), *regularised, rate, f"{training.batch_size}", f"{training.epochs}"]


def network_page(model: NetworkModel, name: str, settings: Mapping[str, Any], pictures: Sequence[Picture], whole: bool) -> Page:
    """Return one network alone; `settings` are parameters of the estimator that trained it."""
    network = model.network
    spec, size = network.spec, network.parameters.size
    what = "several labels a row" if model.is_multilabel else f"one of {counted(len(model.classes), 'class', 'classes')}"
    facts = [
        Fact("predicts", what if model.classes else "a number" if spec.network.outputs == 1 else counted(spec.network.outputs, "number")),
        Fact("layers", layers(spec.network), counted(size, "weight and bias", "weights and biases")),
        Fact("trained with", spec.training.optimizer.name, f"for up to {counted(spec.training.epochs, 'epoch')}"),
    ]
    blocks: list[Block] = [Facts(facts)]
    if model.classes:
        blocks.append(Sentence("classes", _names(model.classes)))
    if model.columns:
        blocks.append(Sentence("inputs", _names(model.columns)))
    sections = [Section("The network", [*blocks, *pictures])]
    if whole:
        everything = {"parameters": dict(settings), "network": spec.to_dict(), "seed": network.seed, "versions": versions()}
        sections.append(Section("All settings, to reproduce the run", [settings_table("All settings", everything)]))
    return Page(f"A network: {name}", f"{name} predicts from {counted(model.n_features_in_, 'number')} per row, as they are.", sections)


# === Models of tables ===


def model_page(
    model: FittedModel,
    name: str = "The model",
    histories: Sequence[History] = (),
    settings: Mapping[str, Any] | None = None,
    pictures: Sequence[Picture] = (),
    whole: bool = True,
) -> Page:
    """Return a model of a table; histories are of its networks and `settings` parameters of the estimator that trained them."""
    what = f"which of {counted(len(model.classes), 'class', 'classes')} a row belongs to" if model.classes else "a number for each row"
    networks, columns = counted(len(model.networks), "network"), counted(len(model.preparation.columns), "column")
    sections = [
        Section("The network", [*_networks(model, histories), *pictures]),
        Section("The data", _data(model)),
    ]
    if whole:
        use = use_section("model.safetensors", None, model.preparation, is_classification=bool(model.classes))
        save = Code("In Python, to save it:", 'wellfit.save(model, "model.safetensors")')
        sections += [Section(use.title, [save, *use.blocks]), _settings(model, settings or {})]
    return Page(f"A model: {name}", f"{name} says {what}: {networks} on {columns}, averaged.", sections)


def _networks(model: FittedModel, histories: Sequence[History]) -> list[Block]:
    """Return what the networks are, and how they were trained."""
    shares = model.weights or (1.0 / len(model.networks),) * len(model.networks)
    heaviest, differing = model.networks[int(np.argmax(shares))], _differ(model)
    weights = counted(heaviest.parameters.size, "weight and bias", "weights and biases")
    facts = [
        Fact(
            "networks", str(len(model.networks)), "averaged by the weights below" if differing else "averaged; they differ by their seeds"
        ),
        Fact("layers", layers(heaviest.spec.network), f"{weights}; of the network with the largest weight" if differing else weights),
    ]
    if histories:
        lengths = sorted(history.epochs for history in histories)
        epochs = f"{lengths[0]} to {counted(lengths[-1], 'epoch')}" if lengths[0] < lengths[-1] else counted(lengths[0], "epoch")
        facts.append(Fact("trained for", epochs, _stopped(model)))
    if model.classes:
        facts.append(Fact("temperature", f"{model.temperature:.3g}", "above 1: the networks were overconfident"))
    if not differing:
        return [Facts(facts)]
    rows = [
        [f"{100 * share:.1f} %", *settings_cells(network.spec)[:-2], str(network.seed)]
        for share, network in zip(shares, model.networks, strict=True)
    ]
    heads = ["weight", "layers", "λ₂", "λ₁", "dropout", "optimiser and rate", "seed"]
    return [Facts(facts), Table("The weight of each network in the average", heads, rows, numeric=[0, 2, 3])]


def _differ(model: FittedModel) -> bool:
    """Tell whether the networks differ by more than their seeds."""
    return model.weights is not None or any(network.spec != model.networks[0].spec for network in model.networks)


def _stopped(model: FittedModel) -> str:
    """Return why the networks were trained for as long as they were."""
    on_all = sum(network.spec.training.monitor == "none" for network in model.networks)
    if not on_all:
        return "the epoch with the lowest dev cost was kept"
    which = "all" if on_all == len(model.networks) else f"{on_all} of them"
    return f"{which} on all rows, for the number of epochs that was best on dev rows"


def _data(model: FittedModel) -> list[Block]:
    """Return how columns become inputs, and what the target is."""
    columns = counted(len(model.preparation.columns), "column becomes", "columns become")
    inputs = counted(model.preparation.width, "input")
    blocks: list[Block] = [Text(f"{columns} {inputs}; their preparation was learned on the training rows only.")]
    blocks += [Text(note) for note in model.preparation.notes]
    blocks.append(column_table(model.preparation))
    if model.classes:
        rows = [[clipped(label)] for label in model.classes[:MOST_CLASSES]]
        blocks.append(Table(f"Classes ({len(model.classes):,})", ["class"], rows, is_folded=len(model.classes) > MOST_CLASSES))
    return blocks


def _settings(model: FittedModel, settings: Mapping[str, Any]) -> Section:
    """Return all settings."""
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
    return Section("All settings, to reproduce the run", [settings_table("All settings", everything)])


# === Columns, and how to predict from them ===


def column_table(preparation: Preparation, frame: pd.DataFrame | None = None) -> Table:
    """Return how each column becomes inputs; with the table also how many gaps each has. It is folded where it is long."""
    columns, shown = preparation.columns, preparation.columns[:MOST_COLUMNS]
    heads = ["column", "type", "preparation", "inputs", *(["missing"] if frame is not None else [])]
    rows = []
    for column in shown:
        row = [clipped(column.name), *_kind(column), f"{column.width:,}"]
        if frame is not None:
            gaps = float(frame[column.name].isna().mean())
            row.append(f"{100 * gaps:.1f} %" if gaps else "")
        rows.append(row)
    notes = [f"The first {len(shown):,} of {counted(len(columns), 'column')}."] if len(columns) > len(shown) else []
    return Table(f"Columns that are used ({len(columns):,})", heads, rows, (3, 4)[: len(heads) - 3], len(columns) > FEW_COLUMNS, notes)


def _kind(column: Feature) -> tuple[str, str]:
    """Return what a column holds, and how it becomes numbers."""
    if isinstance(column, Binary):
        return f"{clipped(column.levels[0], 20)} or {clipped(column.levels[1], 20)}", "one number"
    if isinstance(column, Coded):
        return counted(len(column.levels), "category", "categories"), "one-hot encoded"
    if isinstance(column, Encoded):
        how = "mean of the target by category" + (", and its frequency" if column.frequency else "")
        return counted(len(column.levels), "category", "categories"), how
    parts = [part for part in column.parts if part != "value"]
    how = "scaled to mean 0 and deviation 1" + (f": {', '.join(parts)}" if parts else "")
    return TIMES.get(column.kind, column.kind), how + (f"; missing values filled with {FILLING} and flagged" if column.gaps else "")


def use_section(model_file: str, folder: str | None, preparation: Preparation, *, is_classification: bool) -> Section:
    """Return how to predict with a saved model, which the command line may name by its folder."""
    also = "\nprobabilities = model.predict_proba(table)" if is_classification else ""
    python = f'import pandas as pd\nimport wellfit\n\nmodel = wellfit.load({model_file!r})\ntable = pd.read_csv("TABLE.csv")'
    names = _names([column.name for column in preparation.columns])
    blocks: list[Block] = [
        Code("On the command line:", f"wellfit predict {shlex.quote(folder or model_file)} TABLE.csv --out predictions.csv"),
        Code("In Python:", f"{python}\npredictions = model.predict(table){also}"),
        Text(f"The table needs the columns {names}, in any order; cells may be empty. Other columns are ignored."),
        Text(
            "The errors reported here hold for rows like those of the table: measured in the same way, at the same "
            "places and time. If that changes, measure the error again.",
            is_note=True,
        ),
    ]
    return Section("How to use the model", blocks)


def _names(names: Sequence[object]) -> str:
    """Return the first of some names."""
    return ", ".join(clipped(name, 40) for name in names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
