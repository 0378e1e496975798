"""Costs over epochs, of one network or of several that differ in their seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.plots.style import BLUE, VERMILION, key, new_figure, patch, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Curves", "cost_curves"]


class Curves(NamedTuple):
    """The costs of some networks that differ only in their seed.

    Attributes
    ----------
    title : str
        What was trained.
    training : list of (epochs, costs)
        Training cost, one pair of arrays a seed.
    dev : list of (epochs, costs)
        Dev cost, one pair of arrays a seed.
    chosen : bool
        Whether to mark it.
    """

    title: str
    training: Sequence[tuple[NDArray[Any], NDArray[Any]]]
    dev: Sequence[tuple[NDArray[Any], NDArray[Any]]]
    chosen: bool = False


def cost_curves(groups: Sequence[Curves], cost_name: str = "cost") -> Figure:
    """Draw training cost and dev cost over the epochs, one panel a group: the median over seeds, and their range as a band.

    Parameters
    ----------
    groups : list of Curves
        At least one.
    cost_name : str
        Label of the vertical axis.

    Returns
    -------
    matplotlib.figure.Figure
    """
    columns = min(2, len(groups))
    rows = math.ceil(len(groups) / columns)
    figure = new_figure(4.6 * columns + 0.4, 2.9 * rows + 0.6)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for panel, group in zip(panels, groups, strict=False):
        tidy(panel)
        for runs, colour, style in ((group.training, BLUE, "-"), (group.dev, VERMILION, "-")):
            _band(panel, runs, colour, style)
        panel.set_title(f"{group.title} (chosen)" if group.chosen else group.title, weight="bold" if group.chosen else "normal")
        panel.xaxis.get_major_locator().set_params(integer=True)
    for panel in panels[len(groups) :]:
        panel.set_visible(False)
    _cost_scale(panels[0], groups)
    for place in range(len(groups)):
        if place + columns >= len(groups):
            panels[place].set_xlabel("epoch")
            panels[place].tick_params(labelbottom=True)
    figure.supylabel(f"{cost_name} (log scale)", fontsize="medium")
    seeds = max(len(group.training) for group in groups)
    figure.legend(
        handles=[
            key("training cost, penalty and dropout included", BLUE),
            key("dev cost", VERMILION),
            *([patch(f"range over {seeds} seeds", "#999999")] if seeds > 1 else []),
        ],
        loc="outside upper center",
        ncols=3,
        frameon=False,
    )
    return figure


def _cost_scale(panel: Axes, groups: Sequence[Curves]) -> None:
    """Logarithmic, and cut off where the training cost of a network that learns by heart falls out of sight."""
    dev = np.concatenate([costs for group in groups for _, costs in group.dev] or [np.zeros(0)])
    training = np.concatenate([costs for group in groups for _, costs in group.training] or [np.zeros(0)])
    values = np.concatenate([dev, training])
    values = values[np.isfinite(values) & (values > 0)]
    if not values.size:
        return
    panel.set_yscale("log")
    positive = dev[np.isfinite(dev) & (dev > 0)]
    floor = max(float(values.min()), (float(positive.min()) if positive.size else float(values.max())) / 100)
    # A diverging run would push all others into the bottom line.
    ceiling = min(float(values.max()), 1000 * float(np.median(values)))
    panel.set_ylim(floor / 1.3, max(ceiling, floor) * 1.3)
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    # Plain numbers: powers of ten would be typeset as mathematics, which takes longer than all the rest.
    panel.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if ceiling / floor < 30 else (1.0,)))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, place: f"{value:g}"))
    panel.yaxis.set_minor_locator(NullLocator())


def _band(panel: Axes, runs: Sequence[tuple[NDArray[Any], NDArray[Any]]], colour: str, style: str) -> None:
    """Median and range of runs that may have ended at different epochs."""
    whole = [(epochs, costs) for epochs, costs in runs if len(epochs)]
    if not whole:
        return
    longest = max((epochs for epochs, _ in whole), key=len)
    table = np.full((len(whole), len(longest)), np.nan)
    for row, (_, costs) in zip(table, whole, strict=True):
        row[: len(costs)] = costs
    table[~np.isfinite(table)] = np.nan
    seen = ~np.isnan(table).all(axis=0)
    if not seen.any():
        return
    epochs, table = longest[seen], table[:, seen]
    if len(whole) > 1:
        panel.fill_between(epochs, np.nanmin(table, axis=0), np.nanmax(table, axis=0), color=colour, alpha=0.22, linewidth=0)
    panel.plot(epochs, np.nanmedian(table, axis=0), style, color=colour, linewidth=1.6, marker="o" if len(epochs) == 1 else "")
