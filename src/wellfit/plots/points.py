"""Rows of a table as points in a plane, coloured by class or by number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import DataError
from wellfit.plots.style import FEW_KEYS, MOST_KEYS, key, look, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MOST_POINTS"]

MOST_POINTS = 2_000
NUMBERS = "viridis"


def drawn_rows(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the rows to draw: those with both coordinates, and of very many a seeded sample."""
    kept = np.flatnonzero(np.isfinite(points).all(axis=1))
    if len(kept) > MOST_POINTS:
        kept = kept[np.random.default_rng(0).permutation(len(kept))[:MOST_POINTS]]
    return kept


def draw_classes(panel: Axes, points: NDArray[np.float64], codes: NDArray[Any], classes: Sequence[Any]) -> list[Any]:
    """Draw each class with a colour and a marker of its own, and return the entries of the legend."""
    keys = []
    for code, label in enumerate(classes):
        colour, _, marker = look(code)
        of_class = codes == code
        panel.scatter(points[of_class, 0], points[of_class, 1], s=18, color=colour, marker=marker, edgecolors="white", linewidths=0.5)
        keys.append(key(short(label, 40 if len(classes) <= FEW_KEYS else 24), colour, marker, "none"))
    return keys


def draw_numbers(panel: Axes, points: NDArray[np.float64], values: NDArray[Any], low: float, high: float) -> Any:
    """Draw points coloured by a number between two others."""
    return panel.scatter(points[:, 0], points[:, 1], c=values, s=18, cmap=NUMBERS, vmin=low, vmax=high, edgecolors="white", linewidths=0.5)


def coded(y: Any, classes: Sequence[Any] | NDArray[Any]) -> NDArray[np.int64]:
    """Return the index of each label among the classes, or raise `DataError` for one that is not there."""
    codes = {label: code for code, label in enumerate(np.asarray(classes).tolist())}
    try:
        return np.array([codes[label] for label in np.asarray(y).tolist()], dtype=np.int64)
    except KeyError as error:
        raise DataError(f"y holds the class {error.args[0]!r}, which is not among those of the model; give rows of its classes.") from None


def are_classes(y: Any) -> bool:
    """Return whether labels name classes: text, truth values, or at most 20 whole numbers."""
    labels = np.asarray(y)
    if labels.dtype.kind in "OUSb":
        return True
    return bool(np.isfinite(labels).all() and (labels == labels.round()).all() and len(np.unique(labels)) <= 20)


def height_with(classes: int) -> float:
    """Return the height in inches of a figure with this many classes in its legend."""
    return 5.2 + 0.07 * min(classes, MOST_KEYS)
