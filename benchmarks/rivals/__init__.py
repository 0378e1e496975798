"""One file a rival; each offers ``course(task)`` and, where it takes part, ``table(task)``.

Both return a function of a number of steps that trains from the task's initial weights and returns the cost: of the last
step for the course's task, the mean over the steps for a table. What can be prepared beforehand is prepared beforehand, and where
a library offers several ways, the fastest one on this machine is found first: a rival is measured at its best.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

Run = Callable[[int], float]


def fastest(runs: Iterable[Run], steps: int) -> Run:
    """Return the one of several equal runs that takes the least time.

    Parameters
    ----------
    runs : iterable of functions
        Each takes a number of steps.
    steps : int
        Steps to try each with, after a first call that warms it up.

    Returns
    -------
    function
    """
    best, least = None, float("inf")
    for run in runs:
        run(steps)
        start = time.perf_counter()
        run(steps)
        taken = time.perf_counter() - start
        if taken < least:
            best, least = run, taken
    if best is None:
        raise ValueError("fastest needs at least one run, found none.")
    return best
