"""Pictures in pyplot's current axes, whose titles and limits the notebooks set beforehand.

One column is one example; labels have shape (1, m) or (m,) and any type, as in the notebooks.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import DataError, OutputError, install_command
from wellfit.plots.style import is_available
from wellfit.plurals import counted

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["draw_boundary", "draw_costs", "draw_points", "is_available"]

COLOURS = "Spectral"
GRID_STEP = 0.01
# Data that span hundreds of units would otherwise need more grid points than fit into memory, and than any screen shows.
MOST_GRID_LINES = 1_500


def draw_points(X: NDArray[Any], y: NDArray[Any], size: float = 40) -> None:
    """Draw examples of two features, shape (2, m), coloured by class; `size` is matplotlib's ``s``."""
    plt = _pyplot()
    plt.scatter(X[0], X[1], c=_classes(X, y), s=size, cmap=COLOURS)


def draw_boundary(model: Callable[[NDArray[np.float64]], NDArray[Any]], X: NDArray[Any], y: NDArray[Any]) -> None:
    """Draw a model's predictions over the plane and the examples on it, and show the picture.

    Parameters
    ----------
    model : callable
        Takes points of shape (points, 2), one row each; returns as many predictions, in any shape.
    X : array of shape (2, m)
        Examples; the plane is drawn to 1 beyond them.
    y : array of shape (1, m) or (m,)
        Their classes.

    Raises
    ------
    DataError
        If there are not two features, not as many classes as examples, or not as many predictions as points.
    """
    plt, classes = _pyplot(), _classes(X, y)
    ticks = [_grid_lines(float(row.min()) - 1, float(row.max()) + 1) for row in X]
    grid = np.meshgrid(*ticks)
    found = np.asarray(model(np.column_stack([lines.ravel() for lines in grid])))
    if found.size != grid[0].size:
        raise DataError(
            f"the model gave {counted(found.size, 'prediction')} for {grid[0].size} points; expected one a point, of rows (x1, x2)."
        )
    plt.contourf(*grid, found.reshape(grid[0].shape).astype(float), cmap=COLOURS)
    plt.xlabel("x1")
    plt.ylabel("x2")
    plt.scatter(X[0], X[1], c=classes, cmap=COLOURS)
    show()


def draw_costs(costs: Sequence[float], unit: str, title: str) -> None:
    """Draw a curve of costs, with gaps where they are infinite, and show the picture."""
    plt = _pyplot()
    plt.plot(costs)
    plt.xlabel(unit)
    plt.ylabel("cost")
    plt.title(title)
    show()


def show() -> None:
    """Show the current picture; without a display, do nothing and do not warn."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*is non-interactive, and thus cannot be shown")
        _pyplot().show()


def _grid_lines(low: float, high: float) -> NDArray[np.float64]:
    """Return points from low to high, a hundredth of a unit apart unless they would be too many."""
    step = max(GRID_STEP, (high - low) / MOST_GRID_LINES)
    return np.arange(low, high, step)


def _classes(X: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    """Return y of shape (m,), or raise `DataError`."""
    if np.ndim(X) != 2 or len(X) != 2:
        raise DataError(f"X has shape {np.shape(X)}; expected (2, examples): a plane shows two features.")
    if np.size(y) != X.shape[1]:
        raise DataError(f"y has shape {np.shape(y)}, but X has {counted(X.shape[1], 'column')}; expected one class an example.")
    return np.ravel(y)


def _pyplot() -> ModuleType:
    """Return pyplot, or raise `OutputError` where matplotlib is not installed."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise OutputError(f"pictures need matplotlib, which is not installed: {install_command('matplotlib')}.") from error
    return plt
