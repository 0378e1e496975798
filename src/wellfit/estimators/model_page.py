"""What estimators and models are shown as beside their own blocks: how training went, and how they do on rows that are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from wellfit import plots
from wellfit.engines.types import Array
from wellfit.judge.blocks import error_fact, error_name, importance_section
from wellfit.judge.importance import column_importances
from wellfit.judge.metric import Metric
from wellfit.plots.svg import to_svg
from wellfit.plurals import counted
from wellfit.render.blocks import Block, Facts, Page, Picture, Section, Text
from wellfit.render.words import clipped
from wellfit.store import FittedModel
from wellfit.store.blocks import model_page
from wellfit.training.result import History

__all__ = ["measured_page", "training_pictures"]


def training_pictures(histories: Sequence[History]) -> list[Picture]:
    """Return how the cost fell while networks were trained; nothing without matplotlib or a finite cost."""
    if not plots.is_available() or not any(np.isfinite(history.cost).any() for history in histories):
        return []
    figure = plots.TrainingCurveDisplay.from_history(list(histories)).figure_
    return [Picture("Cost while training, on training and on dev rows.", to_svg(figure))]


def measured_page(
    model: FittedModel,
    name: str = "The model",
    histories: Sequence[History] = (),
    settings: Mapping[str, Any] | None = None,
    rows: tuple[Array, Array] | None = None,
) -> Page:
    """Return all of a model, and on prepared rows that it was not trained on, with their coded target, its error and what it needs."""
    page = model_page(model, name, histories, settings, training_pictures(histories))
    if rows is None:
        return page
    metric = Metric(model.task, spread=model.target.scale, scale=model.target.scale)
    needed = importance_section(column_importances(model, *rows, metric), metric, "given rows")
    network, data, *rest = page.sections
    return replace(page, sections=[_errors(model, metric, *rows), network, data, needed, *rest])


def _errors(model: FittedModel, metric: Metric, X: Array, Y: Array) -> Section:
    """Return the error on rows that are given."""
    outputs = model.outputs(X)
    error = metric.interval(metric.row_errors(outputs, Y, model.threshold))
    words = (
        f"On the {counted(len(X), 'row')} given for this report: {metric.error_words(error)}. It estimates the error on new rows only "
        "if these rows were used neither for training nor for any choice."
    )
    blocks: list[Block] = [Facts([error_fact(error_name(metric), metric, error, (len(X), "row"))]), Text(words)]
    if len(model.classes) == 2 and plots.is_available():
        display = plots.CalibrationDisplay.from_predictions(Y[:, 0], outputs[:, 0], event=clipped(model.classes[1], 40))
        caption = "Share of correct predictions by predicted probability, with 95 % intervals, and below it the number of rows."
        blocks.append(Picture(caption, to_svg(display.figure_)))
    return Section("The error", blocks)
