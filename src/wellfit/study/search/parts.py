"""The parts that a search makes itself: one dev part of a large table, folds of a small one, dealt anew at each repetition."""

from __future__ import annotations

import math
import warnings

import numpy as np

from wellfit.data.parts import Labels
from wellfit.engines.types import Rows
from wellfit.errors import DataError, DataWarning
from wellfit.spec import Data
from wellfit.study.hold_out import hold_out
from wellfit.study.search.problem import Part, SearchProblem

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
    parts : list of Part
        All that there are.
    folds : int
        How many of them, one after the other, make a repetition; 0: each part stands for itself.
    """

    def __init__(self, parts: list[Part], folds: int) -> None:
        self.parts, self.folds = parts, folds

    def __getitem__(self, place: int) -> Part:
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
    if problem.parts:
        return Parts(list(problem.parts), len(problem.parts) if len(problem.parts) > 1 else 0)
    rows = len(problem.values)
    kinds = rows if problem.groups is None else problem.groups.nunique()
    if kinds < 2:
        raise DataError("groups holds one group only; at least two are needed, one to train on and one to choose on.")
    folds = min(FOLDS, kinds)
    if (rows < FEW_ROWS and networks >= FEWEST_NETWORKS) or (rows < MORE_ROWS and networks >= MORE_NETWORKS):
        return Parts([part for turn in range(REPETITIONS) for part in _folds(problem, folds, seed, turn)], folds)
    labels = None
    if problem.classes:
        labels = Labels(problem.values.astype(np.int64), [str(label) for label in problem.classes])
    with warnings.catch_warnings():
        # That a rare class is missing among dev rows matters less here than to somebody who reports on them.
        warnings.simplefilter("ignore", DataWarning)
        return Parts([Part(*hold_out(rows, DEV_SHARE, Data.most_rows, seed, labels, problem.groups))], 0)


def _folds(problem: SearchProblem, folds: int, seed: int, turn: int) -> list[Part]:
    """Return the folds of one repetition: classes and numbers are spread over them evenly, groups stay whole."""
    rng = np.random.default_rng([seed, turn])
    fold_of = _dealt_groups(problem, folds, rng) if problem.groups is not None else _dealt_rows(problem, folds, rng)
    return [Part(np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)) for fold in range(folds)]


def _dealt_rows(problem: SearchProblem, folds: int, rng: np.random.Generator) -> Rows:
    order = rng.permutation(len(problem.values))
    if problem.classes:
        order = order[np.argsort(problem.values[order], kind="stable")]
    fold_of = np.empty(len(order), dtype=np.int64)
    fold_of[order] = np.arange(len(order)) % folds
    return fold_of


def _dealt_groups(problem: SearchProblem, folds: int, rng: np.random.Generator) -> Rows:
    """Deal the largest group first, each to the fold that has the fewest rows."""
    assert problem.groups is not None
    codes = problem.groups.factorize()[0]
    sizes = np.bincount(codes)
    order = rng.permutation(len(sizes))
    fold_of_group, filled = np.empty(len(sizes), dtype=np.int64), [0] * folds
    for group in order[np.argsort(-sizes[order], kind="stable")]:
        fold_of_group[group] = filled.index(min(filled))
        filled[fold_of_group[group]] += int(sizes[group])
    found: Rows = fold_of_group[codes]
    return found


def capped(part: Part, most: float, seed: int) -> Part:
    """Return a part with at most so many training rows.

    Parameters
    ----------
    part : Part
        The part.
    most : float
        Rows.
    seed : int
        Draws them.

    Returns
    -------
    Part
    """
    if math.isinf(most) or len(part.train) <= most:
        return part
    return Part(np.sort(np.random.default_rng(seed).permutation(part.train)[: int(most)]), part.dev)
