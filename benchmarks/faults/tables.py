"""The tables that faults are planted in: drawn by a seed, so that what is true of them is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np


@dataclass(frozen=True)
class Table:
    """Training and dev rows.

    Parameters
    ----------
    name : str
        What it is called.
    classes : int
        How many classes there are; 0 for numbers.
    X_train, y_train, X_dev, y_dev : arrays
        Inputs of deviation 1, and class codes or numbers.
    """

    name: str
    classes: int
    X_train: Any
    y_train: Any
    X_dev: Any
    y_dev: Any

    @property
    def parts(self) -> tuple[Any, Any, Any, Any]:
        """The four arrays."""
        return self.X_train, self.y_train, self.X_dev, self.y_dev

    def replaced(self, **changes: Any) -> Table:
        """Return a table with some arrays changed."""
        return replace(self, **changes)


class Tables(NamedTuple):
    """Two classes, five classes, and numbers."""

    classes: Table
    several: Table
    numbers: Table


def tables(seed: int = 0) -> Tables:
    """Return the tables.

    Parameters
    ----------
    seed : int
        Seed of the generator.

    Returns
    -------
    Tables
    """
    generator = np.random.default_rng(seed)
    return Tables(_two_classes(generator), _five_classes(generator), _numbers(generator))


def _two_classes(generator: np.random.Generator) -> Table:
    """A bent border through 8 columns."""
    X = generator.standard_normal((1200, 8))
    height = X[:, 0] + 0.8 * X[:, 1] ** 2 - 0.8 + 0.7 * X[:, 2] * X[:, 3] + 0.5 * X[:, 4]
    y = (height + 0.3 * generator.standard_normal(1200) > 0).astype(np.int64)
    return _split("two classes", 2, X, y)


def _five_classes(generator: np.random.Generator) -> Table:
    """Two clouds a class in 12 columns."""
    centres = 2.2 * generator.standard_normal((10, 12)) / np.sqrt(2)
    cloud = generator.integers(0, 10, 1500)
    X = centres[cloud] + 1.1 * generator.standard_normal((1500, 12))
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    return _split("five classes", 5, X, cloud % 5)


def _numbers(generator: np.random.Generator) -> Table:
    """A smooth surface over 6 columns."""
    X = generator.standard_normal((1500, 6))
    y = np.sin(1.5 * X[:, 0]) + 0.5 * X[:, 1] * X[:, 2] + 0.5 * X[:, 3] + 0.2 * generator.standard_normal(1500)
    return _split("numbers", 0, X, (y - y.mean()) / y.std())


def _split(name: str, classes: int, X: Any, y: Any) -> Table:
    cut = int(0.75 * len(X))
    return Table(name, classes, X[:cut], y[:cut], X[cut:], y[cut:])
