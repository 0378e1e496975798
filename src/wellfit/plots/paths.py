"""The paths of optimisers down a cost of two parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.errors import DataError
from wellfit.plots.descents import OPTIMIZERS, Descent, checked, cost_at, descend, sample
from wellfit.plots.display import Display, numbers
from wellfit.plots.style import INK, key, look, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["OptimizerPathDisplay"]

LINES = 160


@dataclass(eq=False)
class OptimizerPathDisplay(Display):
    """Paths of optimisers over the contour lines of a cost.

    Parameters
    ----------
    axes : pair of arrays of shape (across,) and (up,)
        Values of the two parameters.
    cost : array of shape (up, across)
        The cost there.
    paths : dict of str to array of shape (steps, 2)
        The name of each path, and its points, the start first.
    minimum : pair of float
        Where the cost is lowest.
    names : pair of str
        The two parameters.

    Raises
    ------
    DataError
        If the shapes do not fit each other.

    Examples
    --------
    >>> display = OptimizerPathDisplay.from_descents(steps=40)
    >>> list(display.paths)
    ['gradient descent', 'momentum', 'RMSprop', 'Adam']
    """

    axes: Sequence[NDArray[np.float64]]
    cost: NDArray[np.float64]
    paths: Mapping[str, NDArray[np.float64]]
    minimum: Sequence[float]
    names: tuple[str, str] = ("slope w", "intercept b")

    def __post_init__(self) -> None:
        """Validate."""
        across, up = (numbers(name, axis, 1) for name, axis in zip(("axes[0]", "axes[1]"), self.axes, strict=True))
        self.axes, self.cost = (across, up), numbers("cost", self.cost, 2)
        if self.cost.shape != (len(up), len(across)):
            raise DataError(f"cost must have shape {(len(up), len(across))}, found {self.cost.shape}.")
        self.paths = {name: numbers(f"path {name!r}", path, 2) for name, path in self.paths.items()}

    @classmethod
    def from_descents(
        cls,
        descents: Sequence[Descent] = OPTIMIZERS,
        x: ArrayLike | None = None,
        y: ArrayLike | None = None,
        *,
        start: tuple[float, float] = (0.0, 2.0),
        steps: int = 60,
        seed: int = 0,
        ax: Axes | None = None,
    ) -> Self:
        """Descend the cost of a linear regression, half its mean squared error, in several ways from one start.

        Parameters
        ----------
        descents : list of Descent
            `OPTIMIZERS`, `BATCH_SIZES`, or others.
        x, y : array of shape (examples,), optional
            Feature and target; None: 64 seeded examples, whose cost has a long valley.
        start : pair of float
            Slope and intercept to start from.
        steps : int
            Steps of each descent.
        seed : int
            Draws the order of the examples.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        OptimizerPathDisplay

        Raises
        ------
        DataError
            If x and y cannot be used, or an optimizer has no single steps (lbfgs).
        """
        if steps < 1:
            raise DataError(f"steps must be at least 1, found {steps}.")
        if any(descent.optimizer.name == "lbfgs" for descent in descents):
            raise DataError("lbfgs makes no single steps that could be drawn; choose another optimizer.")
        if (x is None) != (y is None):
            raise DataError("x and y must be given together, or neither.")
        feature, target = checked(*(sample() if x is None or y is None else (x, y)))
        paths = {descent.name: descend(feature, target, descent, start, steps, seed) for descent in descents}
        lowest = np.polyfit(feature[:, 0], target[:, 0], 1)
        axes = _view(np.array(start), lowest, list(paths.values()))
        surface = cost_at(feature, target, *np.meshgrid(*axes))
        return cls(axes, surface, paths, tuple(lowest)).plot(ax)

    def _size(self) -> tuple[float, float]:
        return 6.8, 5.4

    def _draw(self, panel: Axes) -> list[Any]:
        panel.grid(visible=False)
        low, high = float(self.cost.min()), float(self.cost.max())
        levels = low + (high - low) * np.geomspace(1e-4, 1, 16)
        panel.contour(*self.axes, self.cost, levels=levels, colors="#BBBBBB", linewidths=0.8)
        keys, start = [], key("start", INK, "o", "none")
        start.set_markerfacecolor("white")
        for number, (name, path) in enumerate(self.paths.items()):
            colour, style, marker = look(number)
            panel.plot(path[:, 0], path[:, 1], color=colour, linewidth=1.5, linestyle=style, marker=marker, markersize=2.8)
            keys.append(key(short(name), colour, marker, style))
        starts = np.array([path[0] for path in self.paths.values() if len(path)])
        panel.plot(starts[:, 0], starts[:, 1], "o", color=INK, markersize=7, markerfacecolor="white", zorder=3)
        panel.plot(*[[value] for value in self.minimum], "*", color=INK, markersize=13, zorder=3)
        panel.set_xlim(self.axes[0][0], self.axes[0][-1])
        panel.set_ylim(self.axes[1][0], self.axes[1][-1])
        panel.set_xlabel(self.names[0])
        panel.set_ylabel(self.names[1])
        return [*keys, start, key("lowest cost", INK, "*", "none")]


def _view(start: NDArray[np.float64], lowest: NDArray[np.float64], paths: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Return two axes that hold the paths, though of one that leaves no more than twice the distance from start to minimum."""
    ends = np.stack([start, lowest])
    reach = max(float(np.abs(start - lowest).max()), 1e-3)
    points = np.clip(np.concatenate([ends, *paths]), ends.min(axis=0) - reach, ends.max(axis=0) + reach)
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.08 * np.maximum(high - low, 0.2 * reach)
    return [np.linspace(low[axis] - room[axis], high[axis] + room[axis], LINES) for axis in (0, 1)]
