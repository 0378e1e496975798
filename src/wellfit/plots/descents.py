"""Descents on a cost of only two parameters: the slope and the intercept of a linear regression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.errors import DataError
from wellfit.plots.display import numbers, same_length
from wellfit.spec import Network, Optimizer, Spec, Training

SEED_OF_SAMPLE = 0


class Descent(NamedTuple):
    """One optimiser with its learning rate and batch size.

    Attributes
    ----------
    name : str
        Its name in the picture.
    optimizer : Optimizer
        The optimiser.
    learning_rate : float
        The learning rate.
    batch_size : int, optional
        Examples of each step; None: all.
    """

    name: str
    optimizer: Optimizer
    learning_rate: float
    batch_size: int | None = None


GRADIENT_DESCENT = Optimizer("gradient_descent")
BATCH_SIZES = (
    Descent("batch", GRADIENT_DESCENT, 0.25),
    Descent("mini-batch of 16", GRADIENT_DESCENT, 0.25, 16),
    Descent("stochastic", GRADIENT_DESCENT, 0.25, 1),
)
OPTIMIZERS = (
    Descent("gradient descent", GRADIENT_DESCENT, 0.6),
    Descent("momentum", Optimizer("averaged_momentum", momentum=0.8), 0.6),
    Descent("RMSprop", Optimizer("rmsprop", beta2=0.9), 0.1),
    Descent("Adam", Optimizer("adam"), 0.2),
)


def sample() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return 64 seeded points about a line; the cost of its slope and intercept has a long valley."""
    draw = np.random.default_rng(SEED_OF_SAMPLE)
    x = draw.normal(1.3, 0.7, 64)
    return x, 1.5 * x - 1.0 + draw.normal(0, 0.4, 64)


def checked(x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return both as columns, or raise `DataError`."""
    feature, target = numbers("x", x, 1), numbers("y", y, 1)
    same_length("x", feature, "y", target)
    if len(feature) < 2 or not np.isfinite([feature, target]).all() or np.ptp(feature) == 0:
        raise DataError("x and y must hold at least two finite examples, and x two different values: else no line fits best.")
    return feature[:, None], target[:, None]


def cost_at(
    x: NDArray[np.float64], y: NDArray[np.float64], slope: NDArray[np.float64], intercept: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return half the mean squared error of lines."""
    square, product = (x * x).mean(), (x * y).mean()
    inner = square * slope**2 + 2 * x.mean() * slope * intercept + intercept**2 - 2 * product * slope - 2 * y.mean() * intercept
    return np.asarray((inner + (y * y).mean()) / 2)


def descend(
    x: NDArray[np.float64], y: NDArray[np.float64], descent: Descent, start: Sequence[float], steps: int, seed: int
) -> NDArray[np.float64]:
    """Return the points of a descent, shape (steps + 1, 2), the start first; fewer where the cost stops being finite.

    The gradient is the reference engine's, the steps are those of `wellfit.maths.optimisers`, and the examples come in the order of a
    network trained with this seed.
    """
    from wellfit.engines.reference import ReferenceEngine
    from wellfit.maths.counter import shuffled
    from wellfit.maths.optimisers import update

    spec = Spec(Network(1, (), 1), Training(loss="squared_error", dtype="float64", optimizer=descent.optimizer))
    engine, rows = ReferenceEngine(), len(x)
    size = min(descent.batch_size or rows, rows)
    per_epoch = -(-rows // size)
    point, first, second = np.array(start, dtype=np.float64), np.zeros(2), np.zeros(2)
    path, order = [point], np.arange(rows)
    for step in range(steps):
        epoch, batch = divmod(step, per_epoch)
        if batch == 0 and size < rows:
            order = shuffled(seed, epoch, rows)
        chosen = order[batch * size : (batch + 1) * size]
        _, gradient = engine.loss_and_gradient(spec, seed, point, x[chosen], y[chosen])
        with np.errstate(all="ignore"):
            moved = update(descent.optimizer, point, first, second, gradient, descent.learning_rate, step + 1, np.array([True, False]))
        point, first, second = (np.asarray(part, dtype=np.float64) for part in moved)
        if not np.isfinite(point).all():
            break
        path.append(point)
    return np.array(path)
