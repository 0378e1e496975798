"""What the networks of a sweep learn from, and what they are scored on: every table is checked, and transformed, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.model_selection import check_cv
from sklearn.pipeline import Pipeline
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params, _num_samples

from wellfit.engines.types import Array, Rows
from wellfit.errors import DataError, SpecError
from wellfit.estimators.rows import CodedRows
from wellfit.estimators.targets import Targets
from wellfit.estimators.validation import CheckedTable, check_table
from wellfit.plurals import counted

__all__ = ["PreparedFold", "Problem", "Scored", "Tables", "splits_of"]

# What a network knows about the columns that it learned from.
COLUMNS = ("n_features_in_", "feature_names_in_")


def splits_of(cv: Any, X: Any, y: Any, params: Mapping[str, Any], *, classifies: bool) -> list[tuple[Rows, Rows]]:
    """Return the training and the test rows of each fold."""
    splitter = check_cv(cv, y, classifier=classifies)
    try:
        expected = splitter.get_n_splits(X, y, **params)
        splits = [(np.asarray(train), np.asarray(test)) for train, test in splitter.split(X, y, **params)]
    except ValueError as error:
        few = f"cv={cv!r} cannot split these {counted(_num_samples(X), 'row')}; choose fewer folds, or give more rows."
        raise DataError(f"{few} {error}") from error
    if len(splits) != expected:
        raise SpecError(f"cv={cv!r} must give the {counted(expected, 'fold')} that it declares, found {len(splits)}.")
    if not splits:
        raise SpecError(f"cv={cv!r} must give at least one fold, found none.")
    return splits


class Problem(NamedTuple):
    """The data of a search."""

    X: Any  # as they were given
    y: Any
    splits: Sequence[tuple[Rows, Rows]]  # training and test rows of each fold
    sample_weight: Any  # (rows,): weight of each row in training
    score_params: Mapping[str, Any]  # what scorers are given besides
    train_scores: bool  # whether training rows are scored, too


class Scored(NamedTuple):
    """Rows to score a network on."""

    raw: Any  # as they were given, for a scorer that looks at more than predictions
    ready: Any  # the same behind the transformers; None if one fails on them
    checked: bool  # whether `ready` is an array that can be predicted without looking at it again
    y: Any  # their targets, as they were given
    labels: NDArray[Any] | None  # (rows,): the targets, where they are plain labels
    params: dict[str, Any]  # what scorers are given besides


class PreparedFold:
    """One fold behind one setting of the transformers: what networks learn from, and what they are scored on."""

    def __init__(
        self, fold: CodedRows, transformers: Pipeline | None, columns: Mapping[str, Any], test: Scored, train: Scored | None
    ) -> None:
        self.fold, self.transformers, self.columns, self.test, self.train = fold, transformers, columns, test, train
        self._targets: dict[Any, Targets] = {}

    def targets(self, network: Any) -> Targets:
        """Return how a network codes the targets; what it takes to find out is done once."""
        loss = getattr(network, "loss", None)
        if loss not in self._targets:
            self._targets[loss] = network._learn_targets(self.fold.y)
        return self._targets[loss]


class Tables:
    """All prepared folds of a sweep, each made when it is first needed.

    Without transformers the folds share one checked table, and are rows of it.
    """

    def __init__(self, problem: Problem, network: Any, *, transforms: bool) -> None:
        self.problem, self.network = problem, network
        self._prepared_folds: dict[Any, PreparedFold] = {}
        self._whole = None if transforms else self._checked(problem.X, problem.y, problem.sample_weight)

    def prepared(self, part: int, setting: Any, transformers: Pipeline | None) -> PreparedFold:
        """Return one fold behind one setting of the transformers."""
        key = part, setting
        if key not in self._prepared_folds:
            self._prepared_folds[key] = self._shared(part) if transformers is None else self._transformed(part, transformers)
        return self._prepared_folds[key]

    def _shared(self, part: int) -> PreparedFold:
        """Return rows of the one table."""
        train, test = self.problem.splits[part]
        assert self._whole is not None, "without transformers there is one table"
        table, columns = self._whole
        rows = np.arange(len(table.X))[train]
        fold = CodedRows(table, rows)
        if not self.network._numeric_targets and table.y.ndim == 1 and len(np.unique(fold.y)) < len(np.unique(table.y)):
            # A class that a fold does not have is none of its networks' classes.
            fold = CodedRows(table.at(rows))
        scored = self._scored(test, train, table, None)
        learned = self._scored(train, train, table, None) if self.problem.train_scores else None
        return PreparedFold(fold, None, columns, scored, learned)

    def _transformed(self, part: int, transformers: Pipeline) -> PreparedFold:
        """Return the fold behind its transformers."""
        problem, fitted = self.problem, clone(transformers)
        train, test = problem.splits[part]
        X, y = _safe_split(transformers, problem.X, problem.y, train)
        weights = _check_method_params(problem.X, params={"sample_weight": problem.sample_weight}, indices=train)["sample_weight"]
        ready = fitted.fit_transform(X, y)
        table, columns = self._checked(ready, y, weights)
        scored = self._scored(test, train, table, fitted)
        learned = self._scored(train, train, table, fitted) if problem.train_scores else None
        return PreparedFold(CodedRows(table), fitted, columns, scored, learned)

    def _checked(self, X: Any, y: Any, weights: Any) -> tuple[CheckedTable, dict[str, Any]]:
        """Return a checked table, and what a network knows about its columns."""
        learner = clone(self.network)
        table = check_table(learner, X, y, weights, reset=True, numeric=learner._numeric_targets)
        return table, {name: vars(learner)[name] for name in COLUMNS if name in vars(learner)}

    def _scored(self, rows: Rows, train: Rows, table: CheckedTable, transformers: Pipeline | None) -> Scored:
        """Return rows to score on."""
        problem = self.problem
        raw, y = _safe_split(self.network, problem.X, problem.y, rows, train)
        params = _check_method_params(problem.X, params=dict(problem.score_params), indices=rows)
        if transformers is None:
            # A sparse table is predicted part by part, as it is by a fitted network.
            ready = raw if issparse(raw) else table.X[rows]
        else:
            ready = _transformed(transformers, raw)
        return Scored(raw, ready, _is_plain(ready, table.X), y, _labels(y), params)


def _transformed(transformers: Pipeline, X: Any) -> Any:
    """Return rows behind the transformers."""
    try:
        ready = transformers.transform(X)
    except Exception:  # noqa: BLE001  (scoring meets it again, and reports it as for any estimator)
        return None
    return np.ascontiguousarray(ready) if type(ready) is np.ndarray else ready


def _is_plain(ready: Any, learned: Array) -> bool:
    """Return whether rows are such as the network takes them."""
    if type(ready) is not np.ndarray or ready.dtype != learned.dtype or ready.ndim != 2:
        return False
    return ready.shape[1] == learned.shape[1] and bool(np.isfinite(ready).all())


def _labels(y: Any) -> NDArray[Any] | None:
    """Return targets as an array if they are whole numbers or words, about which nothing is to be checked."""
    labels = np.asarray(y) if not issparse(y) else np.empty((0, 0))
    plain = labels.dtype.kind in "iubU" or (labels.dtype == object and all(isinstance(label, str) for label in labels.flat))
    return labels if plain and labels.ndim == 1 else None
