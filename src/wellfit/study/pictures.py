"""The pictures of the main job: what training cost, where errors lie apart, and where the model decides."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit import plots
from wellfit.plots.style import short
from wellfit.store import FittedModel
from wellfit.study.fit_table import TableFit
from wellfit.study.intervals import Interval
from wellfit.study.run_files import BOUNDARY, COSTS, GAPS
from wellfit.study.table_job import TableJob

__all__ = ["draw_boundary", "draw_pictures"]


def draw_pictures(job: TableFit, model: FittedModel) -> dict[str, Any]:
    """Draw a job.

    Parameters
    ----------
    job : TableFit
        Finished.
    model : FittedModel
        Its model.

    Returns
    -------
    dict of str to Figure
        By file name. Empty without matplotlib; `BOUNDARY` is there where a plane shows all that the model sees.
    """
    if not plots.is_available():
        return {}
    population, metric = job.population, job.problem.metric
    assert population is not None
    curves, bars = [], []
    for kind in population.kinds:
        histories = [result.history for result in kind.results]
        training = [(np.arange(1, history.epochs + 1), history.cost) for history in histories]
        dev = [(history.record_epoch, history.dev_cost) for history in histories]
        curves.append(plots.Curves(kind.setting.label, training, dev, kind is population.chosen))
        bars.append(plots.Bar(kind.setting.label, kind.word, _ends(kind.train), _ends(kind.dev)))
    references = {reference.model.name: reference.dev.estimate for reference in reversed(population.references)}
    is_classes = metric.task == "classification"
    figures = {
        COSTS: plots.cost_curves(curves, "cross-entropy" if is_classes else "half the squared error, target scaled"),
        GAPS: plots.gaps(bars, metric.name if is_classes else f"{metric.name} of {short(job.target.name)}", references, is_classes),
    }
    boundary = draw_boundary(job, model)
    return figures if boundary is None else figures | {BOUNDARY: boundary}


def draw_boundary(job: TableJob, model: FittedModel) -> Any:
    """Draw what a model says of a plane, where two columns of numbers are all that it sees.

    Parameters
    ----------
    job : TableJob
        Its table; the training rows are drawn.
    model : FittedModel
        The model.

    Returns
    -------
    Figure or None
        None where it sees more than a plane can show, or something else.
    """
    used = job.preparation.columns
    if len(used) != 2 or any(getattr(column, "kind", "") != "number" for column in used):
        return None
    import pandas as pd

    columns, rows = (used[0].name, used[1].name), job.split.train

    def predict(points: NDArray[np.float64]) -> NDArray[Any]:
        found = model.apply(pd.DataFrame(points, columns=list(columns)))
        return found.values[:, None] if found.probabilities is None else found.probabilities

    points = np.column_stack([job.table.columns[column.name].values[rows] for column in used])
    return plots.decision_boundary(predict, points, job.truth(rows), columns, job.target.name, job.target.classes)


def _ends(interval: Interval) -> tuple[float, float, float]:
    return interval.estimate, interval.low, interval.high
