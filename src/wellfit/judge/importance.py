"""Which columns a model needs: how much its error rises when a column's values are shuffled among the rows.

A shuffled column keeps its values but loses their relation to the rows. The model is not retrained, so correlated columns
can each look unimportant: the others replace them.

References
----------
Breiman, L. (2001). Random forests. Machine Learning 45, 5-32, section 10.
Fisher, A., Rudin, C. & Dominici, F. (2019). All models are wrong, but many are useful. JMLR 20 (177), 1-81.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from wellfit.engines.types import Array
from wellfit.errors import DataError
from wellfit.judge.intervals import Interval, difference, row_correlation
from wellfit.judge.metric import Metric
from wellfit.maths.losses import loss_of_predictions
from wellfit.store import FittedModel

__all__ = ["ColumnImportance", "column_importances"]

MOST_SHUFFLES = 5
# In all: tables of thousands of columns would otherwise take longer to look at than to train on.
MOST_PASSES = 2_000
MOST_ROWS, FEWEST_ROWS = 10_000, 200
# Multiplications: some seconds on one core. Wide tables use fewer rows instead.
MOST_WORK = 5e10


@dataclass(frozen=True)
class ColumnImportance:
    """How much a model's error rises without a column."""

    name: str
    rise: Interval  # error with the column shuffled - error without, in the metric's units, over rows
    # likewise of the mean cross-entropy, or of half the squared error of the coded target; it moves before the first decision does
    cost: float
    rows: int  # evaluated rows
    shuffles: int  # of each column

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it; what is not finite is None."""
        rise = {name: value if math.isfinite(value) else None for name, value in dataclasses.asdict(self.rise).items()}
        cost = self.cost if math.isfinite(self.cost) else None
        return {"column": self.name, "error_rise": rise, "cost_rise": cost, "rows": self.rows, "shuffles": self.shuffles}


def column_importances(
    model: FittedModel, X: Array, Y: Array, metric: Metric, *, shuffles: int | None = None, seed: int = 0
) -> tuple[ColumnImportance, ...]:
    """Return how much a model's error rises with each column shuffled, the most important column first.

    X (rows, inputs) holds prepared rows that the model was not trained on, Y (rows, 1) their coded target. All prepared columns that come
    from one column of the table are shuffled together, in the same order of rows; `shuffles` times, by default 5, or fewer for very many
    columns. `seed` also draws the rows where there are too many. Raise `DataError` for fewer than 2 rows or no shuffle.
    """
    if shuffles is None:
        shuffles = int(np.clip(MOST_PASSES // len(model.preparation.columns), 1, MOST_SHUFFLES))
    if len(X) < 2 or shuffles < 1:
        raise DataError(f"importances need at least 2 rows and 1 shuffle, found {len(X)} and {shuffles}.")

    def mean_cost(given: Array) -> float:
        return float(loss_of_predictions(given.astype(np.float64), truth, bool(model.classes)).mean())

    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(X))[: _enough_rows(model, shuffles)]
    inputs, truth = np.array(X[rows], order="C"), Y[rows]
    outputs = model.outputs(inputs)
    own, cost = metric.row_errors(outputs, truth, model.threshold), mean_cost(outputs)
    before = metric.interval(own)

    found, start = [], 0
    for column in model.preparation.columns:
        block = slice(start, start + column.width)
        start += column.width
        kept = inputs[:, block].copy()
        # Differences, so that a column that changes nothing rises by nothing, to the last bit.
        risen, costs = np.zeros(len(rows)), 0.0
        for _ in range(shuffles):
            inputs[:, block] = kept[rng.permutation(len(rows))]
            shuffled = model.outputs(inputs)
            risen += metric.row_errors(shuffled, truth, model.threshold) - own
            costs += mean_cost(shuffled) - cost
        inputs[:, block] = kept
        after = own + risen / shuffles
        rise = Interval.exactly(0.0)
        if risen.any():
            rise = metric.possible(difference(metric.interval(after), before, row_correlation(after, own)), is_difference=True)
        found.append(ColumnImportance(column.name, rise, costs / shuffles, len(rows), shuffles))
    return tuple(sorted(found, key=lambda each: (-each.rise.estimate, -each.cost)))


def _enough_rows(model: FittedModel, shuffles: int) -> int:
    """Return how many rows the work allows."""
    weights = sum(network.parameters.size for network in model.networks)
    return int(np.clip(MOST_WORK / (weights * shuffles * len(model.preparation.columns)), FEWEST_ROWS, MOST_ROWS))
