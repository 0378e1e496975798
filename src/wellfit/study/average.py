"""The verdict on a model that is the average of networks of one part, as they were chosen."""

from __future__ import annotations

import numpy as np

from wellfit.engines.types import Array, Rows
from wellfit.judge.evaluation import Evaluation, SeedErrors
from wellfit.judge.metric import Metric, Rowwise
from wellfit.judge.references import Reference
from wellfit.judge.verdict import Verdict, judge
from wellfit.maths.calibration import tempered
from wellfit.store import FittedModel
from wellfit.store.members import average_outputs
from wellfit.study.problem import PreparedTable
from wellfit.table.split import Fold

__all__ = ["judge_average"]

# What is picked out of a table is a copy; of all training rows at once it would be nearly as large as the table.
ROWS_AT_ONCE = 32_768


def judge_average(model: FittedModel, table: PreparedTable, part: Fold, metric: Metric, reference: Reference) -> Verdict:
    """Judge a model by its decisions on training and dev rows.

    The dev rows decided when to stop, so its variance may be a little larger than it looks.
    """
    train, of_train = _errors(model, metric, table.X, table.Y, part.train)
    dev, of_dev = _errors(model, metric, table.X, table.Y, part.dev)
    return judge(Evaluation(metric, train, dev, reference, SeedErrors.of(of_train, of_dev, len(model.networks))))


def _errors(model: FittedModel, metric: Metric, X: Array, Y: Array, rows: Rows) -> tuple[Rowwise, Rowwise]:
    """Return how wrong the model is on each of some rows, and the error of each of its networks alone.

    A part of the rows at a time: an output depends on its own row alone.
    """
    average: list[Rowwise] = []
    alone: list[list[Rowwise]] = [[] for _ in model.networks]
    for some in np.split(rows, range(ROWS_AT_ONCE, len(rows), ROWS_AT_ONCE)):
        inputs, truth = X[some], Y[some]
        outputs = [average_outputs((network,), inputs) for network in model.networks]
        for errors, found in zip(alone, outputs, strict=True):
            errors.append(metric.row_errors(found, truth))
        mean = np.average(outputs, axis=0, weights=model.weights)
        average.append(metric.row_errors(tempered(mean, model.temperature) if model.classes else mean, truth, model.threshold))
    return np.concatenate(average), np.array([metric.total(np.concatenate(errors)) for errors in alone])
