"""Errors on training and dev rows side by side, with their intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from wellfit.plots.style import BLUE, GREY, VERMILION, amounts, key, new_figure, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Bar", "gaps"]


# Estimate, low, high.
Ends = tuple[float, float, float]


class Bar(NamedTuple):
    """Training and dev error of one kind of network, each with the ends of its interval.

    Attributes
    ----------
    title : str
        What was trained.
    verdict : str
        Written under the title.
    train, dev : tuple of float
        Estimate, low, high.
    """

    title: str
    verdict: str
    train: Ends
    dev: Ends


def gaps(bars: Sequence[Bar], error_name: str, references: Mapping[str, float], percent: bool) -> Figure:
    """Draw the training and dev error of each kind with their 95 % intervals, and the references as lines.

    Parameters
    ----------
    bars : list of Bar
        From top to bottom; at least one.
    error_name : str
        Label of the axis.
    references : mapping of str to float
        Names and dev errors of simple models.
    percent : bool
        Write errors as percent.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> figure = gaps([Bar("L2", "fits", (0.05, 0.03, 0.08), (0.06, 0.04, 0.09))], "error", {}, percent=True)
    >>> figure.axes[0].get_xlabel()
    'error, %, with 95 % intervals'
    """
    figure = new_figure(8.0, 0.62 * len(bars) + 1.5)
    panel = figure.subplots()
    tidy(panel)
    factor = 100.0 if percent else 1.0
    ends = [end * factor for bar in bars for end in (*bar.train, *bar.dev) if math.isfinite(end)]
    right = 1.06 * max(ends)
    draw_intervals(panel, [(f"{bar.title}\n{bar.verdict}", bar.train, bar.dev) for bar in bars], factor, right)
    handles = [key("training error", BLUE, "o"), key("dev error", VERMILION, "s")]
    for (name, value), style in zip(references.items(), (":", "--", "-."), strict=False):
        if factor * value <= right:
            panel.axvline(factor * value, color=GREY, linestyle=style, linewidth=1.2, zorder=0)
            handles.append(key(f"{name}, dev", GREY, style=style))
    panel.set_xlim(min(0.0, *ends), right)
    amounts(panel.xaxis)
    panel.set_xlabel(f"{error_name}, %, with 95 % intervals" if percent else f"{error_name}, with 95 % intervals")
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), frameon=False)
    return figure


def draw_intervals(panel: Axes, rows: Sequence[tuple[str, Ends, Ends]], factor: float, right: float = math.inf) -> None:
    """Draw two estimates with their intervals, times a factor, for each name, from top to bottom; intervals are cut off at `right`."""
    for place, (_, *pair) in enumerate(rows):
        for height, (estimate, low, high), colour, marker in zip((place - 0.14, place + 0.14), pair, (BLUE, VERMILION), "os", strict=True):
            ends = [factor * low, min(factor * high, right)]
            panel.plot(ends, [height, height], color=colour, linewidth=2.2, alpha=0.55, solid_capstyle="butt")
            panel.plot([factor * estimate], [height], marker, color=colour, markersize=6, clip_on=False)
    panel.set_yticks(range(len(rows)), [name for name, *_ in rows])
    panel.set_ylim(len(rows) - 0.5, -0.5)
    panel.grid(visible=False, axis="y")
