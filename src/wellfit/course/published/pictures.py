"""The published experiments drawn as their sources draw them: points, costs over iterations, decision boundaries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.plots.gaps import Ends, draw_intervals
from wellfit.plots.style import BLUE, CLASS_COLOURS, INK, VERMILION, key, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Accuracy", "CostLine", "Limits", "PlanePanel", "accuracy_intervals", "cost_lines", "plane_panels"]

# (left, right), (bottom, top) of the axes.
Limits = tuple[tuple[float, float], tuple[float, float]]

COLUMNS = 4
MOST_DOTS = 400
# Points and areas lie below it, frames and letters above.
RASTERISED = 2.4
# Costs in the first hundredth of a run may be thousands, which would flatten all others.
SETTLED = 100


class CostLine(NamedTuple):
    """The costs of one run."""

    name: str  # for the legend
    # iterations, costs: (values,): what was computed
    iterations: NDArray[Any]
    costs: NDArray[Any]
    published: tuple[NDArray[Any], NDArray[Any]] | None = None  # iterations and costs in print


def cost_lines(lines: Sequence[CostLine], axis: str) -> Figure:
    """Draw the costs of at most 8 runs over iterations, and published ones as rings on them."""
    figure = new_figure(7.6, 3.6)
    panel = figure.subplots()
    tidy(panel)
    handles = []
    for line, colour in zip(lines, CLASS_COLOURS, strict=False):
        seen = np.flatnonzero(np.isfinite(line.costs))
        chosen = seen[:: max(1, len(seen) // MOST_DOTS)]
        panel.plot(line.iterations[chosen], line.costs[chosen], color=colour, linewidth=1.6)
        handles.append(key(line.name, colour))
        if line.published is not None:
            finite = np.isfinite(line.published[1])
            panel.plot(line.published[0][finite], line.published[1][finite], "o", mfc="none", mec=INK, markersize=5, markeredgewidth=0.9)
    if any(line.published is not None for line in lines):
        handles.append(key("in print", INK, "o", ""))
        handles[-1].set_markerfacecolor("none")
    panel.set_xlabel(axis)
    panel.set_ylabel("cost")
    panel.set_ylim(0, 1.08 * max(_height(line) for line in lines))
    figure.legend(handles=handles, loc="outside right upper", frameon=False)
    return figure


def _height(line: CostLine) -> float:
    """Return the largest cost that has to be visible."""
    published = [] if line.published is None else list(line.published[1])
    values = np.array([*line.costs[len(line.costs) // SETTLED :], *published], dtype=np.float64)
    return float(values[np.isfinite(values)].max())


class PlanePanel(NamedTuple):
    """One network, or the points alone."""

    title: str  # above the panel
    # takes points of shape (n, 2), returns 0 or 1 of shape (n,); None: the points alone
    predict: Callable[[NDArray[np.float64]], NDArray[Any]] | None


def plane_panels(panels: Sequence[PlanePanel], points: NDArray[np.float64], classes: NDArray[Any], limits: Limits) -> Figure:
    """Draw the two sides of each network's decision boundary under the same points, in panels with the same limits."""
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    figure = new_figure(2.6 * columns, 2.5 * rows)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    # As pixels, even in an SVG: boundaries on a grid have thousands of corners. Fine ones, for they cannot be made larger.
    figure.set_dpi(200)
    axes = [np.arange(low, high + 0.005, 0.01) for low, high in limits]
    mesh = np.column_stack([part.ravel() for part in np.meshgrid(*axes)])
    for panel, content in zip(grid.ravel(), panels, strict=False):
        panel.set_title(content.title, fontsize="medium")
        if content.predict is not None:
            _two_sides(panel, axes, content.predict(mesh).reshape(len(axes[1]), len(axes[0])))
        for code, marker in ((0, "o"), (1, "s")):
            of_class = points[classes == code]
            colour = CLASS_COLOURS[code]
            panel.plot(of_class[:, 0], of_class[:, 1], marker, color=colour, markersize=3.2, mec="white", mew=0.3)
        panel.set_rasterization_zorder(RASTERISED)
        panel.set_xlim(*limits[0])
        panel.set_ylim(*limits[1])
        panel.tick_params(colors=INK, labelsize="small")
    for panel in grid.ravel()[len(panels) :]:
        panel.set_visible(False)
    return figure


def _two_sides(panel: Axes, axes: list[NDArray[Any]], sides: NDArray[Any]) -> None:
    panel.contourf(*axes, sides, levels=[-0.5, 0.5, 1.5], colors=[CLASS_COLOURS[0], CLASS_COLOURS[1]], alpha=0.22)
    if sides.min() < sides.max():
        panel.contour(*axes, sides, levels=[0.5], colors=INK, linewidths=0.9)


class Accuracy(NamedTuple):
    """Mean accuracy of a method, each as (estimate, low, high)."""

    name: str
    # train, test: on training and test rows
    train: Ends
    test: Ends


def accuracy_intervals(methods: Sequence[Accuracy]) -> Figure:
    """Draw training and test accuracies with their intervals, in percent, from top to bottom."""
    figure = new_figure(7.6, 0.5 * len(methods) + 1.2)
    panel = figure.subplots()
    tidy(panel)
    draw_intervals(panel, methods, 100)
    panel.set_xlabel("accuracy, %, with 95 % intervals")
    figure.legend(handles=[key("training", BLUE, "o"), key("test", VERMILION, "s")], loc="outside upper center", ncols=2, frameon=False)
    return figure
