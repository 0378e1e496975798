"""Bias and variance side by side, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import DataError
from wellfit.plots.display import Display, numbers, same_length
from wellfit.plots.style import BLUE, INK, VERMILION, amounts, patch, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BiasVarianceDisplay"]


@dataclass(eq=False)
class BiasVarianceDisplay(Display):
    """Bias (training error - target error) and variance (dev error - training error) of some models, as bars with intervals.

    Parameters
    ----------
    names : list of str
        The models, from top to bottom.
    bias, variance : array of shape (models, 3)
        Estimate, low and high end of its interval; infinite ends are cut off at the border.
    error_name : str
        Label of the axis, with its unit.
    as_percent : bool
        Write errors, which are shares, in percent.

    Raises
    ------
    DataError
        If the shapes do not fit each other, or an estimate is not finite.

    Examples
    --------
    >>> display = BiasVarianceDisplay(["network"], [(0.02, 0.0, 0.04)], [(0.1, 0.06, 0.14)], as_percent=True).plot()
    >>> [float(bar.get_width()) for bar in display.ax_.patches]
    [0.02, 0.1]
    """

    names: Sequence[str]
    bias: NDArray[np.float64]
    variance: NDArray[np.float64]
    error_name: str = "error"
    as_percent: bool = False

    def __post_init__(self) -> None:
        """Validate."""
        for name in ("bias", "variance"):
            ends = numbers(name, getattr(self, name), 2)
            same_length("names", self.names, name, ends)
            if ends.shape[1:] != (3,) or not len(ends) or not np.isfinite(ends[:, 0]).all():
                raise DataError(
                    f"{name} must hold a finite estimate, low and high of each of at least one model, found shape {ends.shape}."
                )
            setattr(self, name, ends)

    def _size(self) -> tuple[float, float]:
        return 7.4, 0.72 * len(self.names) + 1.5

    def _draw(self, panel: Axes) -> list[Any]:
        both = np.concatenate([self.bias, self.variance])
        finite = both[np.isfinite(both)]
        left, right = min(0.0, float(finite.min())), max(0.0, float(finite.max()))
        room = 0.04 * ((right - left) or 1.0)
        left, right = left - room * (left < 0), right + room
        for rows, offset, colour, hatch in ((self.bias, -0.19, BLUE, ""), (self.variance, 0.19, VERMILION, "//")):
            heights = np.arange(len(rows)) + offset
            panel.barh(heights, rows[:, 0], height=0.34, color=colour, alpha=0.55, hatch=hatch, edgecolor="white", linewidth=0)
            low, high = (np.clip(np.where(np.isnan(ends), rows[:, 0], ends), left, right) for ends in (rows[:, 1], rows[:, 2]))
            reach = np.maximum([rows[:, 0] - low, high - rows[:, 0]], 0)
            panel.errorbar(rows[:, 0], heights, xerr=reach, fmt="none", ecolor=INK, elinewidth=1.4, capsize=3)
        panel.axvline(0, color=INK, linewidth=1)
        panel.set_yticks(range(len(self.names)), [short(name) for name in self.names])
        panel.set_ylim(len(self.names) - 0.5, -0.5)
        panel.set_xlim(left, right)
        panel.grid(visible=False, axis="y")
        amounts(panel.xaxis, self.as_percent)
        panel.set_xlabel(f"{short(self.error_name)}, with intervals")
        variance = patch("variance: dev - training error", VERMILION)
        variance.set_hatch("//")
        return [patch("bias: training - target error", BLUE), variance]
