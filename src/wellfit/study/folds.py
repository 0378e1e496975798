"""The folds of a study: one split of a large table into training and dev rows, repeated cross-validation of a small one."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import overload

import numpy as np

from wellfit.errors import DataError, DataWarning
from wellfit.spec import Data
from wellfit.study.problem import SearchProblem
from wellfit.table.split import Fold, hold_out, k_folds

__all__ = ["Folds", "capped", "make_folds"]

N_SPLITS = 5
N_REPEATS = 4
# Few dev rows measure an error, and calibrate probabilities, too coarsely. What folds cost has to leave room for other networks than
# the plain one, the more so the more dev rows there are.
FEW_ROWS, MORE_ROWS = 2_000, 4_000
FEWEST_NETWORKS, MORE_NETWORKS = 15, 60
DEV_SHARE = 0.2


class Folds(Sequence[Fold]):
    """What networks are trained on and compared by; `n_splits` folds in a row make one cross-validation, 0: there is none."""

    def __init__(self, folds: Sequence[Fold], n_splits: int) -> None:
        self._folds, self.n_splits = list(folds), n_splits

    @overload
    def __getitem__(self, place: int) -> Fold: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Fold]: ...

    def __getitem__(self, place: int | slice) -> Fold | Sequence[Fold]:
        """Return a fold, or some."""
        return self._folds[place]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._folds)

    def capped(self, most_rows: float, seed: int) -> Folds:
        """Return these folds with at most so many training rows each."""
        return Folds([capped(fold, most_rows, seed) for fold in self], self.n_splits)


def make_folds(problem: SearchProblem, seed: int, networks: float) -> Folds:
    """Return the problem's own folds, or as many as about `networks` networks can be trained on."""
    if problem.folds:
        return Folds(problem.folds, len(problem.folds) if len(problem.folds) > 1 else 0)
    rows, groups = len(problem.table), problem.table.groups
    kinds = rows if groups is None else groups.nunique()
    if kinds < 2:
        raise DataError("groups holds one group only; at least two are needed, one to train on and one to choose on.")
    n_splits = min(N_SPLITS, kinds)
    if (rows < FEW_ROWS and networks >= FEWEST_NETWORKS) or (rows < MORE_ROWS and networks >= MORE_NETWORKS):
        return Folds([fold for turn in range(N_REPEATS) for fold in _cross_validation(problem, n_splits, seed, turn)], n_splits)
    with warnings.catch_warnings():
        # A rare class that is missing among dev rows matters less here than in a report.
        warnings.simplefilter("ignore", DataWarning)
        return Folds([hold_out(rows, DEV_SHARE, Data.most_rows, seed, problem.table.target.labels, groups)], 0)


def _cross_validation(problem: SearchProblem, n_splits: int, seed: int, turn: int) -> list[Fold]:
    """Return the folds of one cross-validation."""
    codes = problem.values.astype(np.int64) if problem.classes else None
    return k_folds(len(problem.table), n_splits, np.random.default_rng([seed, turn]), codes, problem.table.groups)


def capped(fold: Fold, most: float, seed: int) -> Fold:
    """Return a fold with at most so many training rows."""
    if math.isinf(most) or len(fold.train) <= most:
        return fold
    return Fold(np.sort(np.random.default_rng(seed).permutation(fold.train)[: int(most)]), fold.dev)
