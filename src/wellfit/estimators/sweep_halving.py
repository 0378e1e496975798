"""Successive halving on epochs: all candidates for a few epochs, the best of them for more, and the last ones to the end.

Jamieson & Talwalkar 2016, "Non-stochastic best arm identification and hyperparameter optimization". A network resumes where it
stopped, with the bits of a run that was never stopped; its schedule goes by its whole `max_iter` from the start.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["FACTOR", "epochs_by", "rungs", "survivors"]

# One in so many candidates is promoted; scikit-learn's own default.
FACTOR = 3.0


def rungs(candidates: int, most_epochs: int, factor: float) -> int:
    """Return how many rungs it takes until at most `factor` candidates are left."""
    needed, possible = (1 + int(math.log(number, factor) + 1e-9) for number in (candidates, most_epochs))
    return min(needed, possible)


def epochs_by(rung: int, last: int, factor: float) -> Callable[[int], int]:
    """Return the function from `max_iter` to the epochs that a network has done at the end of a rung.

    Examples
    --------
    >>> [epochs_by(rung, 2, 3.0)(100) for rung in range(3)]
    [11, 33, 100]
    """
    return lambda max_iter: max(1, int(max_iter / factor ** (last - rung)))


def survivors(ranks: ArrayLike, factor: float) -> Iterator[int]:
    """Return the places of the candidates that are promoted, best first: one in `factor`, rounded up.

    Examples
    --------
    >>> list(survivors([3, 1, 4, 2], 3.0))
    [1, 3]
    """
    kept = math.ceil(np.size(ranks) / factor)
    return (int(place) for place in np.argsort(ranks, kind="stable")[:kept])
