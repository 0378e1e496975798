"""The parts that a search makes itself: one dev part of a large table, folds of a small one, dealt anew at each repetition."""

from __future__ import annotations

import math
import warnings

import numpy as np

from wellfit.errors import DataError, DataWarning
from wellfit.spec import Data
from wellfit.study.problem import SearchProblem
from wellfit.table.split import Fold, hold_out, k_folds

__all__ = ["FOLDS", "Parts", "make_parts"]

FOLDS = 5
REPETITIONS = 4
# A dev part of few rows says too little of an error to choose by, and of how sure probabilities may be. What folds cost has to leave
# room for other networks than the plain one, the more so the more rows there are for one dev part.
FEW_ROWS, MORE_ROWS = 2_000, 4_000
FEWEST_NETWORKS, MORE_NETWORKS = 15, 60
DEV_SHARE = 0.2


class Parts:
    """What networks are trained on and compared by.

    Parameters
    ----------
    parts : list of Fold
        All that there are.
    folds : int
        How many of them, one after the other, make a repetition; 0: each part stands for itself.
    """

    def __init__(self, parts: list[Fold], folds: int) -> None:
        self.parts, self.folds = parts, folds

    def __getitem__(self, place: int) -> Fold:
        """Return a part."""
        return self.parts[place]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.parts)


def make_parts(problem: SearchProblem, seed: int, networks: float) -> Parts:
    """Return the parts of a search.

    Parameters
    ----------
    problem : SearchProblem
        Its own parts count, if it has any.
    seed : int
        Draws the parts.
    networks : float
        About how many networks can be trained: with too few for a second look at each fold, there is one dev part.

    Returns
    -------
    Parts

    Raises
    ------
    DataError
        If there are too few rows or groups.
    """
    if problem.folds:
        return Parts(list(problem.folds), len(problem.folds) if len(problem.folds) > 1 else 0)
    rows, groups = len(problem.table), problem.table.groups
    kinds = rows if groups is None else groups.nunique()
    if kinds < 2:
        raise DataError("groups holds one group only; at least two are needed, one to train on and one to choose on.")
    folds = min(FOLDS, kinds)
    if (rows < FEW_ROWS and networks >= FEWEST_NETWORKS) or (rows < MORE_ROWS and networks >= MORE_NETWORKS):
        return Parts([part for turn in range(REPETITIONS) for part in _folds(problem, folds, seed, turn)], folds)
    with warnings.catch_warnings():
        # That a rare class is missing among dev rows matters less here than to somebody who reports on them.
        warnings.simplefilter("ignore", DataWarning)
        return Parts([hold_out(rows, DEV_SHARE, Data.most_rows, seed, problem.table.target.labels, groups)], 0)


def _folds(problem: SearchProblem, folds: int, seed: int, turn: int) -> list[Fold]:
    """Return the folds of one repetition."""
    codes = problem.values.astype(np.int64) if problem.classes else None
    return k_folds(len(problem.table), folds, np.random.default_rng([seed, turn]), codes, problem.table.groups)


def capped(part: Fold, most: float, seed: int) -> Fold:
    """Return a part with at most so many training rows."""
    if math.isinf(most) or len(part.train) <= most:
        return part
    return Fold(np.sort(np.random.default_rng(seed).permutation(part.train)[: int(most)]), part.dev)
