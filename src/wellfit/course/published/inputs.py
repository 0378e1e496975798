"""The inputs of the published experiments: points, initial weights, dropout masks and orders of mini-batches.

All of it comes from NumPy's legacy generator (`numpy.random.RandomState`), whose draws no release of NumPy changes, in the order in
which the notebooks draw it. Arrays are in wellfit's layout: a row an example, weights of shape (fan in, fan out).
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

from wellfit.course.files import FOOTBALL, file_in, find
from wellfit.course.functions.samples import draw_circles, draw_moons
from wellfit.datasets import Parts, football
from wellfit.errors import DataError
from wellfit.maths.initialisers import he

__all__ = ["batch_orders", "circles_parts", "find_football", "fixed_masks", "football_parts", "initial_vector", "moons_parts"]

Numbers = NDArray[np.float64]

WEIGHTS_SEED = 3
MASK_SEED = 1
FIRST_BATCH_SEED = 11


# === Points ===


def circles_parts() -> Parts:
    """Return the initialisation notebook's circles: 300 points to train on, 100 to test; the inner circle is class 1."""
    return Parts(*draw_circles(RandomState(1), 300), *draw_circles(RandomState(2), 100))


def moons_parts() -> Parts:
    """Return the optimisation notebook's moons: 300 points to train on and none to test; the lower moon is class 1."""
    X, y = draw_moons(RandomState(3))
    return Parts(X, y, X[:0], y[:0])


def find_football(folder: Path | None) -> Path:
    """Return the path of the football field's points: in a folder or its ``datasets``; with None, where the course's functions look."""
    if folder is None:
        return find(FOOTBALL)
    if path := file_in(folder, FOOTBALL):
        return path
    raise DataError(f"{FOOTBALL} is not in {folder}; name the folder that holds your copy with --data.")


@cache
def football_parts(path: Path) -> Parts:
    """Return the football field's 211 points to train on and 200 to test on; refuse another file, such as a look-alike."""
    from scipy.io import whosmat

    parts = football(path)
    if "note" in {name for name, *_ in whosmat(path)}:
        raise DataError(
            f"{path} is a stand-in that wellfit generated: it cannot reproduce published numbers; put the course's {FOOTBALL} there."
        )
    if parts.X_train.shape != (211, 2) or parts.X_test.shape != (200, 2):
        found = f"{len(parts.X_train)} and {len(parts.X_test)} points"
        raise DataError(f"{path} is not the course's {FOOTBALL}: it must hold 211 points and 200 to test, found {found}.")
    return parts


# === Where weights start ===


def initial_vector(layers: tuple[int, ...], weights: str, seed: int = WEIGHTS_SEED) -> Numbers:
    """Return initial weights and zero biases as one vector, in the order of `wellfit.engines.layout.Layout`.

    Weights are ``"zeros"``; ``"large random"``: normal times 10; ``"he"``: normal times sqrt(2 / fan in); or ``"xavier"``: normal divided
    by sqrt(fan in).
    """
    random = RandomState(seed)
    blocks = []
    for fan_in, fan_out in pairwise(layers):
        # Drawn as the notebooks' (fan out, fan in), and turned over.
        drawn = random.randn(fan_out, fan_in)
        if weights == "xavier":
            # The notebook divides by a root, which rounds otherwise than multiplying with its inverse.
            scaled = drawn / np.sqrt(fan_in)
        else:
            scaled = drawn * {"zeros": 0.0, "large random": 10.0, "he": he(fan_in)}[weights]
        blocks += [scaled.T.ravel(), np.zeros(fan_out)]
    return np.concatenate(blocks)


# === Masks and orders ===


def fixed_masks(layers: tuple[int, ...], keep_prob: float, rows: int, seed: int = MASK_SEED) -> tuple[NDArray[np.bool_] | None, ...]:
    """Return the mask of each hidden layer, shape (1, rows, units), that the notebook's dropout uses at every step; None for the input."""
    random = RandomState(seed)
    hidden = layers[1:-1]
    return (None, *((random.rand(units, rows) < keep_prob).T[np.newaxis].copy() for units in hidden))


@cache
def batch_orders(epochs: int, rows: int) -> NDArray[np.int64]:
    """Return the order of the rows, shape (epochs, rows), in each epoch of the optimisation notebooks, of seeds 11, 12, ..."""
    return np.stack([RandomState(FIRST_BATCH_SEED + epoch).permutation(rows) for epoch in range(epochs)])
