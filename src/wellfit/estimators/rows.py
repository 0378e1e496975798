"""Which rows are trained on, and which are looked at: rows of a table, split off them, or given apart."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split

from wellfit.engines.types import Array, Rows, TrainingData
from wellfit.errors import DataError, SpecError
from wellfit.estimators.targets import Targets
from wellfit.estimators.validation import CheckedTable, check_table, class_shares, weighted
from wellfit.table.split import Fold
from wellfit.training.arrays import make_data

__all__ = ["CodedRows", "FitRows", "check_eval_set", "split_off"]


def split_off(rows: CodedRows, fraction: float, labels: Any, generator: np.random.RandomState) -> Fold:
    """Split off rows that decide on early stopping, as scikit-learn does; both parts get their shares of the labels, if there are any."""
    if not 0.0 < fraction < 1.0:
        raise SpecError(f"validation_fraction must lie in (0, 1), found {fraction!r}.")
    every = np.arange(len(rows)) if rows.rows is None else rows.rows
    train, dev = train_test_split(every, test_size=fraction, random_state=generator, stratify=labels)
    if len(dev) < 2:
        raise DataError("The validation set is too small. Increase 'validation_fraction' or the size of your dataset.")
    return Fold(train, dev)


def check_eval_set(estimator: Any, eval_set: Any, *, numeric: bool) -> CheckedTable:
    """Check rows that are given apart from those to train on."""
    if not isinstance(eval_set, tuple | list) or len(eval_set) not in (2, 3):
        raise SpecError("eval_set must be a tuple (X, y) or (X, y, sample_weight).")
    try:
        return check_table(estimator, *eval_set, reset=False, numeric=numeric)
    except ValueError as error:
        raise DataError(f"eval_set: {error}") from error


class CodedRows:
    """The rows of a table that a call learns from, as an engine takes them.

    Each coding is made once: the networks of a sweep need the same one.
    """

    def __init__(self, table: CheckedTable, rows: Rows | None = None) -> None:
        self.table, self.rows = table, rows
        self._coded: dict[tuple[str, ...], tuple[TrainingData, Array | None]] = {}

    def __len__(self) -> int:
        """Return how many rows there are to learn from."""
        return len(self.table.X) if self.rows is None else len(self.rows)

    @property
    def y(self) -> Any:
        """Return the targets to learn from, as they were given."""
        return self.table.y if self.rows is None else self.table.y[self.rows]

    def coded(self, targets: Targets, class_weight: Any, dtype: str) -> tuple[TrainingData, Array | None]:
        """Return all rows as an engine takes them, and the weight of each class."""
        way = (targets.loss, repr(class_weight), dtype)
        if way not in self._coded:
            codes = targets.encode(self.table.y, dtype)
            shares = class_shares(class_weight, targets, codes if self.rows is None else codes[self.rows])
            weights = weighted(self.table.weights, shares, codes)
            self._coded[way] = make_data(self.table.X, codes, dtype, weights, rows=self.rows), shares
        return self._coded[way]


class FitRows(NamedTuple):
    """The rows of a call of `fit`."""

    given: CodedRows  # all rows to learn from
    fold: Fold | None = None  # of these, the rows to train on and those that were split off; None: all are trained on
    eval_table: CheckedTable | None = None  # rows to look at that were given apart, if any

    @property
    def looked_at(self) -> CheckedTable:
        """Return the rows that are not trained on, as they were given."""
        if self.eval_table is not None:
            return self.eval_table
        assert self.fold is not None, "there are rows to look at where something is to be decided on them"
        return self.given.table.at(self.fold.dev)

    def data(self, targets: Targets, class_weight: Any, dtype: str) -> TrainingData:
        """Return all of it as an engine takes it."""
        data, shares = self.given.coded(targets, class_weight, dtype)
        if self.eval_table is not None:
            codes = targets.encode(self.eval_table.y, dtype)
            dev = (self.eval_table.X, codes, weighted(self.eval_table.weights, shares, codes))
            data = make_data(data.X, data.Y, dtype, data.weights, rows=data.rows, dev=dev)
        elif self.fold is not None:
            data = data._replace(rows=self.fold.train, dev_rows=self.fold.dev)
        if len(data.dev_rows) and data.dev_weights is not None and not data.dev_weights[data.dev_rows].any():
            raise DataError("the validation rows for early stopping must not all have a weight of zero; choose other rows or weights.")
        return data
