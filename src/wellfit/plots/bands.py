"""Many runs as one line with a band around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.plots.style import BLUE, GREY, VERMILION, key, patch

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Positions along the axis, and values there.
Run = tuple[NDArray[Any], NDArray[Any]]

MOST_POSITIONS = 2_000
# A range grows with the number of runs: of many, the outermost tenth is left out.
FEW = 10


def aligned(runs: Sequence[Run]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return all positions, and a row of values for each run: interpolated between its own, nan before, after and where not finite."""
    whole = [(np.asarray(positions), np.asarray(values, dtype=np.float64)) for positions, values in runs if len(positions)]
    if not whole:
        return np.zeros(0), np.zeros((0, 0))
    grid = np.unique(np.concatenate([positions for positions, _ in whole]))
    if len(grid) > MOST_POSITIONS:
        grid = grid[np.linspace(0, len(grid) - 1, MOST_POSITIONS).round().astype(int)]
    return grid, np.array([_at(grid, positions, values) for positions, values in whole])


def _at(grid: NDArray[Any], positions: NDArray[Any], values: NDArray[np.float64]) -> NDArray[np.float64]:
    finite = np.isfinite(values)
    if np.array_equal(grid, positions):
        return np.where(finite, values, np.nan)
    if not finite.any():
        return np.full(len(grid), np.nan)
    return np.asarray(np.interp(grid, positions[finite], values[finite], left=np.nan, right=np.nan))


def band_words(count: int, what: str = "runs") -> str:
    """Return what the band of this many runs shows."""
    return f"range over {count} {what}" if count <= FEW else f"5th to 95th percentile of {count:,} {what}"


def draw_band(panel: Axes, runs: Sequence[Run], colour: str, style: Any = "-", marker: str = "") -> bool:
    """Draw the median of the runs that reach each position, and the band; return whether there was anything to draw."""
    positions, table = aligned(runs)
    seen: NDArray[np.bool_] = np.asarray(~np.isnan(table).all(axis=0))
    if not seen.any():
        return False
    ends = (0, 100) if len(table) <= FEW else (5, 95)
    middle, low, high = np.full((3, len(positions)), np.nan)
    middle[seen], low[seen], high[seen] = np.nanpercentile(table[:, seen], [50, *ends], axis=0)
    if len(table) > 1:
        panel.fill_between(positions, low, high, color=colour, alpha=0.22, linewidth=0)
    panel.plot(positions, middle, linestyle=style, color=colour, linewidth=1.6, marker=marker, markersize=5)
    alone = seen & ~(np.append(seen[1:], False) | np.append(False, seen[:-1]))
    if alone.any():
        # A single position has no line, and no width to fill.
        panel.vlines(positions[alone], low[alone], high[alone], color=colour, linewidth=2, alpha=0.4)
        panel.plot(positions[alone], middle[alone], marker or "o", color=colour, markersize=5)
    return True


def draw_errors(panel: Axes, positions: NDArray[Any], train: NDArray[Any] | None, dev: NDArray[Any], what: str, repeats: str) -> list[Any]:
    """Draw training and dev errors of shape (positions, repeats), and return the entries of the legend."""
    keys = []
    for table, name, colour, style, marker in ((train, "training", BLUE, "-", "o"), (dev, "dev", VERMILION, "--", "s")):
        if table is not None and draw_band(panel, [(positions, run) for run in table.T], colour, style, marker):
            keys.append(key(f"{name}{what}", colour, marker, style))
    count = int(np.isfinite(dev).sum(axis=1).max())
    return [*keys, patch(band_words(count, repeats), GREY)] if count > 1 else keys
