"""What a model of two columns says of the plane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.plots.style import CLASS_COLOURS, INK, new_figure, short, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["decision_boundary"]

MOST_POINTS = 2_000


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
    figure = new_figure(6.4, 5.2)
    panel = figure.subplots()
    tidy(panel)
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
                label=short(label),
            )
        if len(classes) <= 12:
            figure.legend(loc="outside upper center", ncols=min(len(classes), 5), frameon=False, title=short(target))
    else:
        values = found.reshape(grid_x.shape)
        span = (min(values.min(), truth.min()), max(values.max(), truth.max()))
        shades = panel.pcolormesh(*axes, values, cmap="viridis", vmin=span[0], vmax=span[1], shading="nearest", rasterized=True)
        panel.scatter(
            points[:, 0], points[:, 1], c=truth, s=16, cmap="viridis", vmin=span[0], vmax=span[1], edgecolors="white", linewidths=0.5
        )
        figure.colorbar(shades, ax=panel, label=f"{short(target)}: predicted (plane), true (points)")
    panel.set_xlabel(short(columns[0]))
    panel.set_ylabel(short(columns[1]))
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
