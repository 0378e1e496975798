"""Exponentially weighted averages, as they stand behind momentum and Adam."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.errors import DataError
from wellfit.plots.display import Display, numbers, same_length
from wellfit.plots.style import GREY, key, look, short
from wellfit.plurals import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["WeightedAverageDisplay", "weighted_average"]

PALE = "#AAAAAA"
# Not dotted: dots are averages without bias correction.
DASHES = ((0, ()), (0, (6, 1.5)), (0, (4, 1.2, 1, 1.2)), (0, (2.5, 1)))


def weighted_average(values: ArrayLike, beta: float, *, bias_correction: bool = True) -> NDArray[np.float64]:
    """Return v_t = beta v_(t-1) + (1 - beta) x_t from v_0 = 0, or v_t / (1 - beta^t): about the mean of the last 1 / (1 - beta) values.

    Parameters
    ----------
    values : array of shape (n,)
        x, finite.
    beta : float
        Memory, in [0, 1).
    bias_correction : bool
        Whether to divide by 1 - beta^t; without it the first averages are too near to zero.

    Returns
    -------
    array of shape (n,)

    Raises
    ------
    DataError
        If values are not finite, or beta is out of range.

    Examples
    --------
    >>> weighted_average([10.0, 10.0], 0.9).round(6).tolist()
    [10.0, 10.0]
    >>> weighted_average([10.0, 10.0], 0.9, bias_correction=False).round(6).tolist()
    [1.0, 1.9]
    """
    from scipy.signal import lfilter

    series = numbers("values", values, 1)
    if not np.isfinite(series).all() or not len(series):
        raise DataError("values must be finite, and at least one: each average builds on the one before.")
    if not 0 <= beta < 1:
        raise DataError(f"beta must be in [0, 1), found {beta!r}.")
    averages = np.asarray(lfilter([1 - beta], [1, -beta], series))
    return averages / (1 - beta ** np.arange(1, len(series) + 1)) if bias_correction else averages


@dataclass(eq=False)
class WeightedAverageDisplay(Display):
    """A series, and its exponentially weighted averages with bias correction (solid) and without it (dotted).

    Parameters
    ----------
    values : array of shape (n,)
        The series, finite.
    betas : list of float
        Memories, in [0, 1).
    places : array of shape (n,), optional
        Horizontal positions of the values; None: 1, 2, 3, ...
    name, place_name : str
        Labels of the values and of their positions, with units.

    Raises
    ------
    DataError
        If the series cannot be averaged, or the shapes differ.

    Examples
    --------
    >>> display = WeightedAverageDisplay([3.0, 4.0, 5.0, 4.0], betas=[0.5, 0.9]).plot()
    >>> len(display.ax_.lines)
    5
    """

    values: NDArray[np.float64]
    betas: Sequence[float] = (0.5, 0.9, 0.98)
    places: NDArray[Any] | None = None
    name: str = "value"
    place_name: str = "step"

    def __post_init__(self) -> None:
        """Validate, and average."""
        self.values = numbers("values", self.values, 1)
        self.averages = {
            beta: tuple(weighted_average(self.values, beta, bias_correction=on) for on in (True, False)) for beta in self.betas
        }
        if self.places is None:
            self.places = np.arange(1, len(self.values) + 1)
        else:
            self.places = np.asarray(self.places)
            same_length("values", self.values, "places", self.places)

    @classmethod
    def from_series(
        cls,
        values: ArrayLike,
        betas: Sequence[float] = (0.5, 0.9, 0.98),
        *,
        places: ArrayLike | None = None,
        name: str = "value",
        place_name: str = "step",
        ax: Axes | None = None,
    ) -> Self:
        """Average a series and draw it.

        Parameters
        ----------
        values, betas, places, name, place_name :
            As in the class.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        WeightedAverageDisplay
        """
        return cls(np.asarray(values), betas, None if places is None else np.asarray(places), name, place_name).plot(ax)

    def _size(self) -> tuple[float, float]:
        return 7.2, 4.6

    def _draw(self, panel: Axes) -> list[Any]:
        assert self.places is not None
        small = len(self.values) <= 2000
        panel.plot(self.places, self.values, ".", color=PALE, markersize=4 if small else 1.5, rasterized=not small)
        keys = [key(short(self.name), PALE, ".", "none")]
        marker = "o" if len(self.values) == 1 else ""
        for number, (beta, (corrected, plain)) in enumerate(self.averages.items()):
            colour, style = look(number)[0], DASHES[number % len(DASHES)]
            panel.plot(self.places, corrected, color=colour, linewidth=1.8, linestyle=style, marker=marker)
            panel.plot(self.places, plain, color=colour, linewidth=1.2, linestyle=":")
            reach = 1 / (1 - beta)
            keys.append(key(f"β = {beta:g}: about {counted(reach, 'value', spec=',.0f' if reach >= 10 else '.3g')}", colour, style=style))
        panel.set_xlabel(short(self.place_name))
        panel.set_ylabel(short(self.name))
        return [*keys, key("without bias correction", GREY, style=":")]
