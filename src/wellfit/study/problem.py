"""What a search has to solve: a table, the folds to train and to choose on, and the error that is wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.types import Array, Rows
from wellfit.errors import DataError
from wellfit.judge.metric import Metric, check_scale
from wellfit.study.fingerprint import digest_of
from wellfit.table.coding import Label, TargetCoding
from wellfit.table.preparation.by_target import TargetValues
from wellfit.table.preparation.learn import Layout, Preparation
from wellfit.table.preparation.scale import mean_and_scale
from wellfit.table.split import Fold
from wellfit.table.table import Table

__all__ = ["PreparedTable", "SearchProblem", "fingerprint_of", "problem_of"]

MOST_TABLES = 32
MOST_CELLS = 60_000_000  # of all prepared tables that are kept: 240 MB


class PreparedTable(NamedTuple):
    """All rows of a table, prepared by what was learned on its training rows."""

    preparation: Preparation  # learned on the training rows alone
    coding: TargetCoding  # likewise
    X: Array  # (rows, inputs): prepared
    Y: Array  # (rows, 1): the coded target
    weights: Array | None  # (rows,): weight of each row, 1 on average over the training rows


@dataclass(frozen=True, eq=False)
class SearchProblem:
    """What a search has to solve."""

    table: Table  # the rows that the search may use, never test rows; its inputs are read, its target has no gaps
    folds: tuple[Fold, ...] = ()  # rows to train and to choose on; without any the search makes its own
    final_rows: Rows | None = None  # rows that the model may be trained on in the end, and that lay out the prepared columns; None: all
    target_error: float | None = None  # the error that is wanted, in units of the metric
    threshold: str | None = None  # for two classes, the metric by which the decision's threshold is chosen
    preparation_seed: int = 0  # draws the folds of encodings
    layout: Layout = field(init=False, repr=False)
    _prepared: dict[bytes, PreparedTable] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Validate."""
        target = self.table.target
        if len(self.table) < 2:
            raise DataError(f"a search needs training rows and dev rows, found {len(self.table)}; give at least 2.")
        if target.classes and len(np.unique(target.values)) < 2:
            label = target.classes[int(target.values[0])]
            raise DataError(f"target {target.name!r} holds only one class ({label!r}) in the rows to learn from; at least two are needed.")
        if not target.classes:
            scale = mean_and_scale(target.values)[1]
            if scale == 0.0:
                raise DataError(f"target {target.name!r} holds only {target.values[0]:g}; a target must vary.")
            check_scale(target.name, scale)
        if self.target_error is not None:
            self.metric.parse(self.target_error)
        object.__setattr__(self, "layout", self.table.lay_out(self.final_rows))

    @property
    def values(self) -> NDArray[np.float64]:
        """Places of the classes, or numbers in the target's own units."""
        return self.table.target.values

    @property
    def classes(self) -> tuple[Label, ...]:
        """The labels; empty for a regression."""
        return self.table.target.classes

    @property
    def rows_of_the_model(self) -> Rows:
        """Rows that the model may be trained on in the end."""
        return np.arange(len(self.table)) if self.final_rows is None else self.final_rows

    @property
    def coding(self) -> TargetCoding:
        """How the target is coded for the model in the end, and for all that folds are compared by."""
        return self.table.target.coding_of_fold(self.rows_of_the_model)

    @property
    def metric(self) -> Metric:
        """How errors are measured and written."""
        scale = self.coding.scale
        return Metric(self.table.target.task, spread=scale, scale=scale)

    def metric_of(self, prepared: PreparedTable) -> Metric:
        """Return the metric of outputs in a prepared table's own coding."""
        return Metric(self.table.target.task, spread=prepared.coding.scale, scale=prepared.coding.scale)

    def prepared(self, train: Rows) -> PreparedTable:
        """Return all rows, prepared with what is learned on the rows `train` only; the latest tables are cached."""
        key = hashlib.sha256(np.ascontiguousarray(train, dtype=np.int64).tobytes()).digest()
        if key not in self._prepared:
            made = self._prepare(train)
            room = max(1, min(MOST_TABLES, MOST_CELLS // made.X.size))
            while len(self._prepared) >= room:
                del self._prepared[next(iter(self._prepared))]
            self._prepared[key] = made
        return self._prepared[key]

    def prepared_by(self, preparation: Preparation) -> PreparedTable | None:
        """Return the prepared table that a preparation, such as a model's, came with, if it is still kept."""
        return next((made for made in self._prepared.values() if made.preparation is preparation), None)

    def header(self, seed: int) -> dict[str, Any]:
        """Return the fields of a journal's header that identify it, so that no other study is resumed; JSON."""
        rows, columns = self.table.frame.shape
        fingerprint = fingerprint_of(self.table, self.folds, self.final_rows)
        return {"table": {"rows": rows, "columns": columns, "fingerprint": fingerprint}, **self.request(seed)}

    def request(self, seed: int) -> dict[str, Any]:
        """Return the settings that identify the study beside the table; JSON."""
        settings = {"target_error": self.target_error, "threshold": self.threshold, "categories": list(self.table.categories)}
        return {"target": self.table.target.name, "task": self.table.target.task, "seed": seed, "settings": settings}

    def _prepare(self, train: Rows) -> PreparedTable:
        target, weights = self.table.target, self.table.weights
        coding = target.coding_of_fold(train)
        codes = target.coded(coding)
        values = TargetValues.of(codes[train], len(target.classes), self.preparation_seed)
        preparation, X = self.layout.prepare(self.table.columns, train, values)
        with np.errstate(over="ignore"):
            Y = codes.astype(np.float32)[:, np.newaxis]
        if not np.isfinite(Y).all():
            worst = float(codes[~np.isfinite(Y[:, 0])][0])
            raise DataError(
                f"target {target.name!r} has a value {worst:.0e} standard deviations from the mean; correct it or drop the row."
            )
        return PreparedTable(preparation, coding, X, Y, None if weights is None else (weights / weights[train].mean()).astype(np.float32))


def problem_of(
    table: Table, rows: Rows | None = None, *, folds: Sequence[Fold] = (), target_error: float | None = None, seed: int = 0
) -> SearchProblem:
    """Return the problem of some rows of a table, renumbered from 0; by default of all rows that have a target."""
    usable = np.flatnonzero(~np.isnan(table.target.values)) if rows is None else rows
    table = table if table.columns else table.read(usable)
    return SearchProblem(table.take(usable), _counted_anew(folds, usable), target_error=target_error, preparation_seed=seed % 2**32)


def fingerprint_of(table: Table, folds: Sequence[Fold], final_rows: Rows | None = None) -> str:
    """Return a digest of every cell, target, weight, group and fold of a table."""
    arrays = (table.target.values, table.weights, *(rows for fold in folds for rows in fold), final_rows)
    return digest_of(table.frame, table.target.classes, arrays, table.groups)


def _counted_anew(folds: Sequence[Fold], rows: Rows) -> tuple[Fold, ...]:
    return tuple(Fold(np.searchsorted(rows, fold.train), np.searchsorted(rows, fold.dev)) for fold in folds)
