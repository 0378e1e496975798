"""Results become pictures. The only module that knows matplotlib, which it imports when the first picture is drawn.

Figures are made without pyplot: no window, no state that other code could share. Colours are those of Okabe and Ito, which
colour-blind readers can tell apart.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import OutputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Bar", "Curves", "cost_curves", "decision_boundary", "gaps", "is_available", "to_png"]

BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
CLASS_COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, "#7A7A00", "#444444")
INK, FAINT = "#222222", "#DDDDDD"
MOST_POINTS = 2_000


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


class Bar(NamedTuple):
    """Training and dev error of one kind of network, each as (estimate, low, high).

    Attributes
    ----------
    title : str
        What was trained.
    verdict : str
        Written behind it.
    train, dev : tuple of float
        Errors with the ends of their intervals.
    """

    title: str
    verdict: str
    train: tuple[float, float, float]
    dev: tuple[float, float, float]


def is_available() -> bool:
    """Return whether matplotlib is installed.

    Returns
    -------
    bool
    """
    from importlib.util import find_spec

    return find_spec("matplotlib") is not None


def to_png(figure: Figure) -> bytes:
    """Return a figure as the content of a PNG file.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.

    Returns
    -------
    bytes
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": "wellfit"})
    return buffer.getvalue()


# === Cost curves ===


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
    figure = _figure(4.6 * columns + 0.4, 2.9 * rows + 0.6)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for panel, group in zip(panels, groups, strict=False):
        _tidy(panel)
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
            _key("training cost, penalty and dropout included", BLUE),
            _key("dev cost", VERMILION),
            *([_patch(f"range over {seeds} seeds", "#999999")] if seeds > 1 else []),
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


# === Errors and gaps ===


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
    """
    figure = _figure(8.0, 0.62 * len(bars) + 1.5)
    panel = figure.subplots()
    _tidy(panel)
    factor = 100.0 if percent else 1.0
    ends = [end * factor for bar in bars for end in (*bar.train, *bar.dev) if math.isfinite(end)]
    right = 1.06 * max(ends)
    for place, bar in enumerate(bars):
        for offset, (estimate, low, high), colour, marker in ((-0.14, bar.train, BLUE, "o"), (0.14, bar.dev, VERMILION, "s")):
            height = place + offset
            ends_shown = [factor * low, min(factor * high, right)]
            panel.plot(ends_shown, [height, height], color=colour, linewidth=2.2, alpha=0.55, solid_capstyle="butt")
            panel.plot([factor * estimate], [height], marker, color=colour, markersize=6, clip_on=False)
    handles = [_key("training error", BLUE, "o"), _key("dev error", VERMILION, "s")]
    for (name, value), style in zip(references.items(), (":", "--", "-."), strict=False):
        if factor * value <= right:
            panel.axvline(factor * value, color="#666666", linestyle=style, linewidth=1.2, zorder=0)
            handles.append(_key(f"{name}, dev", "#666666", style=style))
    panel.set_yticks(range(len(bars)), [f"{bar.title}\n{bar.verdict}" for bar in bars])
    panel.set_ylim(len(bars) - 0.5, -0.5)
    panel.set_xlim(min(0.0, *ends), right)
    panel.grid(visible=False, axis="y")
    panel.set_xlabel(f"{error_name}, %, with 95 % intervals" if percent else f"{error_name}, with 95 % intervals")
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles), frameon=False)
    return figure


# === Decision boundary ===


def decision_boundary(
    predict: Callable[[NDArray[np.float64]], NDArray[Any]],
    points: NDArray[np.float64],
    truth: NDArray[Any],
    columns: tuple[str, str],
    target: str,
    classes: Sequence[Any] = (),
) -> Figure:
    """Draw what a model of two numeric columns says of the plane, under the rows it was trained on.

    Parameters
    ----------
    predict : callable
        Takes points, an array of shape (n, 2); returns probabilities of shape (n, classes), or numbers of shape (n, 1).
    points : array of shape (rows, 2)
        Where the training rows lie; rows with gaps are left out, and of many a seeded sample is drawn.
    truth : array of shape (rows,)
        Their class numbers, or the target itself.
    columns : tuple of str
        Names of the two columns.
    target : str
        Name of the target.
    classes : list
        Class labels; empty for regression.

    Returns
    -------
    matplotlib.figure.Figure
    """
    whole = np.isfinite(points).all(axis=1)
    points, truth = points[whole], truth[whole]
    if len(points) > MOST_POINTS:
        drawn = np.random.default_rng(0).permutation(len(points))[:MOST_POINTS]
        points, truth = points[drawn], truth[drawn]
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.where(high > low, 0.06 * (high - low), 0.5)
    axes = [np.linspace(low[axis] - room[axis], high[axis] + room[axis], 200) for axis in (0, 1)]
    grid_x, grid_y = np.meshgrid(*axes)
    found = predict(np.column_stack([grid_x.ravel(), grid_y.ravel()]))
    figure = _figure(6.4, 5.2)
    panel = figure.subplots()
    _tidy(panel)
    panel.grid(visible=False)
    if classes:
        _class_regions(panel, axes, found.reshape(*grid_x.shape, -1))
        for code, label in enumerate(classes):
            of_class = truth == code
            colour = CLASS_COLOURS[code % len(CLASS_COLOURS)]
            marker = "os^Dv<>p"[code % 8]
            panel.scatter(
                points[of_class, 0],
                points[of_class, 1],
                s=16,
                color=colour,
                marker=marker,
                edgecolors="white",
                linewidths=0.5,
                label=_short(label),
            )
        if len(classes) <= 12:
            figure.legend(loc="outside upper center", ncols=min(len(classes), 5), frameon=False, title=_short(target))
    else:
        values = found.reshape(grid_x.shape)
        span = (min(values.min(), truth.min()), max(values.max(), truth.max()))
        shades = panel.pcolormesh(*axes, values, cmap="viridis", vmin=span[0], vmax=span[1], shading="nearest", rasterized=True)
        panel.scatter(
            points[:, 0], points[:, 1], c=truth, s=16, cmap="viridis", vmin=span[0], vmax=span[1], edgecolors="white", linewidths=0.5
        )
        figure.colorbar(shades, ax=panel, label=f"{_short(target)}: predicted (plane), true (points)")
    panel.set_xlabel(_short(columns[0]))
    panel.set_ylabel(_short(columns[1]))
    return figure


def _class_regions(panel: Axes, axes: list[NDArray[Any]], probabilities: NDArray[Any]) -> None:
    """Tint the plane with the likeliest class, the paler the less sure, and draw the lines where it changes."""
    from matplotlib.colors import to_rgb

    likeliest, sureness = probabilities.argmax(axis=2), probabilities.max(axis=2)
    many = probabilities.shape[2]
    colours = np.array([to_rgb(CLASS_COLOURS[code % len(CLASS_COLOURS)]) for code in range(many)])
    strength = (0.08 + 0.34 * np.clip((sureness - 1 / many) / (1 - 1 / many), 0, 1))[..., None]
    picture = 1 - strength * (1 - colours[likeliest])
    ends = (axes[0][0], axes[0][-1], axes[1][0], axes[1][-1])
    panel.imshow(picture, origin="lower", extent=ends, aspect="auto", interpolation="bilinear")
    for code in range(many) if many > 2 else (1,):
        others = np.delete(probabilities, code, axis=2).max(axis=2)
        lead = probabilities[..., code] - others
        if lead.min() < 0 < lead.max():
            panel.contour(*axes, lead, levels=[0.0], colors=INK, linewidths=1.2)


# === Shared ===


def _figure(width: float, height: float) -> Figure:
    try:
        from matplotlib.figure import Figure as NewFigure
    except ImportError as error:
        raise OutputError("pictures need matplotlib, which is not installed; pip install 'wellfit[plot]'.") from error
    return NewFigure(figsize=(width, height), dpi=110, layout="constrained", facecolor="white")


def _tidy(panel: Axes) -> None:
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(visible=True, color=FAINT, linewidth=0.6)
    panel.set_axisbelow(True)
    panel.tick_params(colors=INK)


def _key(label: str, colour: str, marker: str = "", style: Any = "-") -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, label=label, linewidth=2, marker=marker, linestyle=style)


def _patch(label: str, colour: str) -> Any:
    from matplotlib.patches import Patch

    return Patch(color=colour, alpha=0.35, label=label)


def _short(value: object, most: int = 40) -> str:
    """Return a name as text that cannot be taken for mathematics, cut where it is long."""
    text = str(value)
    return (text if len(text) <= most else f"{text[: most - 1]}…").replace("$", r"\$")
