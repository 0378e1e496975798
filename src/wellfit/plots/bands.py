"""Many runs as one line and a band around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Run = tuple[NDArray[Any], NDArray[Any]]

MOST_PLACES = 2_000
# A range grows with the number of runs: of many, the outermost tenth is left out.
FEW = 10


def aligned(runs: Sequence[Run]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return all places along the axis, and a row of values a run: nan before its start, after its end and where it is not finite.

    Runs may have been recorded at different epochs: between two of its own a run's value is interpolated.
    """
    whole = [(np.asarray(places), np.asarray(values, dtype=np.float64)) for places, values in runs if len(places)]
    if not whole:
        return np.zeros(0), np.zeros((0, 0))
    grid = np.unique(np.concatenate([places for places, _ in whole]))
    if len(grid) > MOST_PLACES:
        grid = grid[np.linspace(0, len(grid) - 1, MOST_PLACES).round().astype(int)]
    return grid, np.array([_at(grid, places, values) for places, values in whole])


def _at(grid: NDArray[Any], places: NDArray[Any], values: NDArray[np.float64]) -> NDArray[np.float64]:
    finite = np.isfinite(values)
    if np.array_equal(grid, places):
        return np.where(finite, values, np.nan)
    if not finite.any():
        return np.full(len(grid), np.nan)
    return np.asarray(np.interp(grid, places[finite], values[finite], left=np.nan, right=np.nan))


def spread(table: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the median of each column over its rows, and the ends of the band; every column needs a number."""
    low, high = (0, 100) if len(table) <= FEW else (5, 95)
    middle, lower, upper = np.nanpercentile(table, [50, low, high], axis=0)
    return middle, lower, upper


def band_words(count: int, what: str = "runs") -> str:
    """Return what the band of so many runs is."""
    return f"range over {count} {what}" if count <= FEW else f"5th to 95th percentile of {count:,} {what}"


def draw_band(panel: Axes, runs: Sequence[Run], colour: str, style: Any = "-", marker: str = "") -> bool:
    """Draw the median of runs, at each place of those that reach it, and the band; return whether there was anything to draw."""
    places, table = aligned(runs)
    if not table.size:
        return False
    seen: NDArray[np.bool_] = np.asarray(~np.isnan(table).all(axis=0))
    if not seen.any():
        return False
    middle, low, high = np.full((3, len(places)), np.nan)
    middle[seen], low[seen], high[seen] = spread(table[:, seen])
    if len(table) > 1:
        panel.fill_between(places, low, high, color=colour, alpha=0.22, linewidth=0)
    panel.plot(places, middle, linestyle=style, color=colour, linewidth=1.6, marker=marker, markersize=5)
    alone = seen & ~(np.append(seen[1:], False) | np.append(False, seen[:-1]))
    if alone.any():
        # A single place has no line, and no width to fill.
        panel.vlines(places[alone], low[alone], high[alone], color=colour, linewidth=2, alpha=0.4)
        panel.plot(places[alone], middle[alone], marker or "o", color=colour, markersize=5)
    return True
