"""The data sets behind the published numbers, point by point. One column is one example.

Legend: X (2, m): points; Y (1, m): classes, 0 or 1; t: angle; r: radius.
"""

# The points are what NumPy's global generator draws under the published seeds:
# ruff: noqa: NPY002

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.course.files import find
from wellfit.course.functions import pictures
from wellfit.course.functions.checks import Array
from wellfit.datasets import cats, football
from wellfit.errors import DataError

Points = tuple[Array, Array]
Split = tuple[Array, Array, Array, Array]


# === Points in the plane ===


def circles(is_plot: bool = True) -> Split:
    """Return two noisy circles around one centre, 300 points to train on and 100 to test on; the inner circle is class 1.

    NumPy's global generator is set to seed 1 for the former and 2 for the latter. The points are those of scikit-learn's
    ``make_circles`` with a noise of 0.05, to the last bit.

    Parameters
    ----------
    is_plot : bool
        Draw the training points into the current axes, where matplotlib is installed.

    Returns
    -------
    train_X, train_Y, test_X, test_Y : arrays of shapes (2, 300), (1, 300), (2, 100), (1, 100)

    Examples
    --------
    >>> X, Y, _, _ = circles(is_plot=False)
    >>> X[:, 0].round(4), Y[0, :4]
    (array([-0.0774,  0.8526]), array([1, 0, 1, 1]))
    """
    np.random.seed(1)
    train = _in_columns(*draw_circles(np.random, 300))
    np.random.seed(2)
    test = _in_columns(*draw_circles(np.random, 100))
    _draw(*train, is_plot)
    return *train, *test


def moons(is_plot: bool = True) -> Points:
    """Return two noisy half circles that reach into each other, 300 points.

    NumPy's global generator is set to seed 3. The points are those of scikit-learn's ``make_moons`` with a noise of 0.2, to the last bit.

    Parameters
    ----------
    is_plot : bool
        Draw the points into the current axes, where matplotlib is installed.

    Returns
    -------
    train_X, train_Y : arrays of shapes (2, 300), (1, 300)

    Examples
    --------
    >>> X, Y = moons(is_plot=False)
    >>> X[:, 0].round(4), Y[0, :4]
    (array([-0.2169,  1.0154]), array([0, 1, 1, 1]))
    """
    np.random.seed(3)
    points = _in_columns(*draw_moons(np.random))
    _draw(*points, is_plot)
    return points


def load_planar_dataset(randomness: float, seed: int | None = None) -> Points:
    """Return the textbook's spiral, given a randomness and a seed; given a seed alone, its flower.

    The name stands for both there, with two signatures. NumPy's global generator is set to the seed.

    Parameters
    ----------
    randomness : float
        Standard deviation of what is added to each radius of the spiral; or else the flower's seed.
    seed : int, optional
        Draws the spiral.

    Returns
    -------
    X : array of shape (2, 50), of the flower (2, 400)
    Y : uint8 array of shape (1, 50), of the flower (1, 400)

    Examples
    --------
    >>> [part.shape for part in load_planar_dataset(0.5, 1)], [part.shape for part in load_planar_dataset(1)]
    ([(2, 50), (1, 50)], [(2, 400), (1, 400)])
    """
    return _flower(int(randomness)) if seed is None else _spiral(randomness, seed)


def _flower(seed: int) -> Points:
    np.random.seed(seed)
    N, a = 200, 4

    def petals(j: int) -> tuple[Array, Array]:
        t = np.linspace(j * 3.12, (j + 1) * 3.12, N) + np.random.randn(N) * 0.2
        return t, a * np.sin(4 * t) + np.random.randn(N) * 0.2

    return _around_the_origin(petals, np.sin, np.cos)


def _spiral(randomness: float, seed: int) -> Points:
    np.random.seed(seed)
    N = 25

    def arm(j: int) -> tuple[Array, Array]:
        t, bend = (np.linspace(1, 2 * 3.1415 * 2, N), 0.2) if j else (np.linspace(0, 4 * 3.1415, N), 0.3)
        return t, bend * np.square(t) + np.random.randn(N) * randomness

    return _around_the_origin(arm, np.cos, np.sin)


def _around_the_origin(
    of_class: Callable[[int], tuple[Array, Array]], first: Callable[[Array], Array], second: Callable[[Array], Array]
) -> Points:
    """Return the points (r first(t), r second(t)) of both classes, whose t and r are drawn one class after the other."""
    parts = [np.column_stack([r * first(t), r * second(t)]) for t, r in (of_class(0), of_class(1))]
    Y = np.repeat(np.array([0, 1], dtype=np.uint8), [len(part) for part in parts])
    return np.concatenate(parts).T, Y[np.newaxis]


# === Points a row, drawn in scikit-learn's order ===

# `random` is numpy.random, whose global generator the notebooks seed, or a RandomState, which draws the same numbers.


def draw_circles(random: Any, rows: int) -> Points:
    """Return the points of two circles, shape (rows, 2), and their classes, shape (rows,); the inner circle, of radius 0.8, is class 1."""
    t = np.linspace(0, 2 * np.pi, rows // 2, endpoint=False)
    outer = np.column_stack([np.cos(t), np.sin(t)])
    return _shuffled(random, outer, outer * 0.8, noise=0.05)


def draw_moons(random: Any) -> Points:
    """Return 300 points of two half circles, shape (300, 2), and their classes, shape (300,); the lower one is class 1."""
    t = np.linspace(0, np.pi, 150)
    upper, lower = np.column_stack([np.cos(t), np.sin(t)]), np.column_stack([1 - np.cos(t), 1 - np.sin(t) - 0.5])
    return _shuffled(random, upper, lower, noise=0.2)


def _shuffled(random: Any, first: Array, second: Array, noise: float) -> Points:
    points, y = np.concatenate([first, second]), np.repeat([0, 1], [len(first), len(second)])
    order = np.arange(len(points))
    random.shuffle(order)
    return points[order] + random.normal(scale=noise, size=points.shape), y[order]


# === From files ===


def load_2D_dataset(is_plot: bool = True) -> Split:
    """Return the points of the football field, from ``data.mat``: 211 to train on, 200 to test on.

    Parameters
    ----------
    is_plot : bool
        Draw the training points into the current axes, where matplotlib is installed.

    Returns
    -------
    train_X, train_Y, test_X, test_Y : arrays of shapes (2, 211), (1, 211), (2, 200), (1, 200)
        Labels are uint8, as in the file: ``Y - 1`` would wrap around to 255.

    Raises
    ------
    DataError
        If the file is not found, or is no such file.
    """
    parts = football(find("data.mat"))
    train, test = _in_columns(parts.X_train, parts.y_train.astype(np.uint8)), _in_columns(parts.X_test, parts.y_test.astype(np.uint8))
    _draw(*train, is_plot)
    return *train, *test


def load_cat_dataset() -> tuple[Array, Array, Array, Array, NDArray[np.bytes_]]:
    """Return 209 small pictures to train on and 50 to test on, with and without a cat, from two HDF5 files.

    Returns
    -------
    train_X, train_Y, test_X, test_Y : arrays of shapes (12288, 209), (1, 209), (12288, 50), (1, 50)
        Pixels are in [0, 1], labels 1 for a cat.
    classes : array of bytes
        Names of the labels 0 and 1.

    Raises
    ------
    DataError
        If a file is not found, or is no such file.
    """
    folders = {find(f"{part}_catvnoncat.h5").parent for part in ("train", "test")}
    if len(folders) > 1:
        raise DataError(
            f"expected train_catvnoncat.h5 and test_catvnoncat.h5 in one folder, found them in {' and '.join(map(str, folders))}."
        )
    parts = cats(folders.pop())
    return *_in_columns(parts.X_train, parts.y_train), *_in_columns(parts.X_test, parts.y_test), np.array([b"non-cat", b"cat"])


def _in_columns(X: Array, y: Array) -> Points:
    return X.T, y[np.newaxis]


def _draw(X: Array, Y: Array, wanted: bool) -> None:
    if wanted and pictures.is_available():
        pictures.draw_points(X, Y)
