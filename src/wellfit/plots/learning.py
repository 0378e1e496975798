"""Errors over the number of training rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.errors import DataError
from wellfit.plots.bands import band_words, draw_band
from wellfit.plots.display import Display, numbers, same_length
from wellfit.plots.style import BLUE, GREEN, GREY, VERMILION, key, patch, percent, plain_numbers, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LearningCurveDisplay", "PowerLaw"]


class PowerLaw(NamedTuple):
    """A curve fitted to errors, such as floor + scale * rows^-exponent, with its interval.

    Attributes
    ----------
    sizes : array of shape (places,)
        Rows at which it was evaluated, those not yet measured among them.
    errors, low, high : array of shape (places,)
        The expected error there, and the ends of its interval.
    label : str
        Its equation, or another name.
    """

    sizes: ArrayLike
    errors: ArrayLike
    low: ArrayLike
    high: ArrayLike
    label: str = "fitted power law"


@dataclass(eq=False)
class LearningCurveDisplay(Display):
    """Would more data help? Training and dev error over the number of training rows, and a power law that goes on beyond them.

    Parameters
    ----------
    sizes : array of shape (sizes,)
        Training rows, positive.
    dev_errors : array of shape (sizes,) or (sizes, repeats)
        Dev errors, of several trainings a size the median is drawn, with a band. Those that are not finite are left out.
    train_errors : array of the same shape, optional
        Training errors.
    law : PowerLaw, optional
        What was fitted to the dev errors.
    error_name : str
        Label of the vertical axis, with its unit.
    as_percent : bool
        Whether errors are shares, to be written in percent.

    Raises
    ------
    DataError
        If the shapes do not fit each other, or a size is not positive.

    Examples
    --------
    >>> law = PowerLaw([100, 1000, 10_000], [0.3, 0.2, 0.15], [0.28, 0.18, 0.1], [0.32, 0.22, 0.2])
    >>> display = LearningCurveDisplay([100, 300, 1000], [[0.31, 0.29], [0.24, 0.25], [0.2, 0.21]], law=law, as_percent=True).plot()
    >>> display.ax_.get_xscale()
    'log'
    """

    sizes: NDArray[np.float64]
    dev_errors: NDArray[np.float64]
    train_errors: NDArray[np.float64] | None = None
    law: PowerLaw | None = None
    error_name: str = "error"
    as_percent: bool = False

    def __post_init__(self) -> None:
        """Validate."""
        self.sizes = numbers("sizes", self.sizes, 1)
        if not len(self.sizes) or not (self.sizes > 0).all():
            raise DataError("sizes must be positive numbers of rows, at least one.")
        order = np.argsort(self.sizes, kind="stable")
        self.dev_errors = self._errors("dev_errors", self.dev_errors)[order]
        if self.train_errors is not None:
            self.train_errors = self._errors("train_errors", self.train_errors)[order]
        self.sizes = self.sizes[order]
        if self.law is not None:
            arrays = [numbers(f"{name} of the law", getattr(self.law, name), 1) for name in ("sizes", "errors", "low", "high")]
            for name, array in zip(("errors", "low", "high"), arrays[1:], strict=True):
                same_length("sizes of the law", arrays[0], name, array)
            self.law = PowerLaw(arrays[0], arrays[1], arrays[2], arrays[3], self.law.label)

    def _errors(self, name: str, errors: ArrayLike) -> NDArray[np.float64]:
        table = numbers(name, errors, 1, 2)
        same_length("sizes", self.sizes, name, table)
        return table.reshape(len(table), -1)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw, into the axes given or a new figure.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        LearningCurveDisplay
            Itself.
        """
        panel = self._open(ax, 6.8, 4.4)
        keys = []
        for table, name, colour, style, marker in (
            (self.train_errors, "training error", BLUE, "-", "o"),
            (self.dev_errors, "dev error", VERMILION, "--", "s"),
        ):
            if table is not None and draw_band(panel, [(self.sizes, run) for run in table.T], colour, style, marker):
                keys.append(key(name, colour, marker, style))
        repeats = self.dev_errors.shape[1]
        if repeats > 1:
            keys.append(patch(band_words(repeats, "trainings"), GREY))
        far = self.sizes
        if self.law is not None:
            places, errors, low, high = (np.asarray(values) for values in self.law[:4])
            panel.fill_between(places, low, high, facecolor="none", edgecolor=GREEN, hatch="///", alpha=0.45, linewidth=0)
            panel.plot(places, errors, color=GREEN, linewidth=1.6, linestyle=":")
            keys.append(key(f"{short(self.law.label, 60)}, with its interval", GREEN, style=":"))
            far = np.concatenate([self.sizes, places])
        panel.set_xscale("log")
        plain_numbers(panel.xaxis, float(far.min()), float(far.max()))
        panel.set_xlabel("training rows (log scale)")
        self._label(panel)
        self._legend(keys)
        return self

    def _label(self, panel: Axes) -> None:
        panel.set_ylabel(short(self.error_name))
        if self.as_percent:
            percent(panel.yaxis)
        parts: Sequence[NDArray[np.float64]] = [self.dev_errors, *([] if self.train_errors is None else [self.train_errors])]
        if any((part < 0).any() for part in parts):
            return
        panel.set_ylim(bottom=0)
