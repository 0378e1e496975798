"""Errors over the number of training rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.errors import DataError
from wellfit.plots.bands import draw_errors
from wellfit.plots.display import Display, numbers, same_length, table_of
from wellfit.plots.style import GREEN, amounts, key, plain_logarithms, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LearningCurveDisplay", "PowerLaw"]


class PowerLaw(NamedTuple):
    """A curve fitted to errors, such as floor + scale * rows^-exponent, with its interval.

    Attributes
    ----------
    sizes : array of shape (n,)
        Numbers of training rows, also beyond those that were measured.
    errors, low, high : array of shape (n,)
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
    """Would more data help? Training and dev error over the number of training rows, and a power law that extends beyond them.

    Parameters
    ----------
    sizes : array of shape (sizes,)
        Training rows, positive.
    dev_errors : array of shape (sizes,) or (sizes, repeats)
        Dev errors; of several trainings with one size the median is drawn, with a band. Those that are not finite are left out.
    train_errors : array of the same shape, optional
        Training errors.
    law : PowerLaw, optional
        What was fitted to the dev errors.
    error_name : str
        Label of the vertical axis, with its unit.
    as_percent : bool
        Write errors, which are shares, in percent.

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
        self.dev_errors = table_of("dev_errors", self.dev_errors, "sizes", self.sizes)[order]
        if self.train_errors is not None:
            self.train_errors = table_of("train_errors", self.train_errors, "sizes", self.sizes)[order]
        self.sizes = self.sizes[order]
        if self.law is not None:
            arrays = [numbers(f"{name} of the law", getattr(self.law, name), 1) for name in ("sizes", "errors", "low", "high")]
            for name, array in zip(("errors", "low", "high"), arrays[1:], strict=True):
                same_length("sizes of the law", arrays[0], name, array)
            self.law = PowerLaw(arrays[0], arrays[1], arrays[2], arrays[3], self.law.label)

    def _size(self) -> tuple[float, float]:
        return 6.8, 4.4

    def _draw(self, panel: Axes) -> list[Any]:
        keys = draw_errors(panel, self.sizes, self.train_errors, self.dev_errors, " error", "trainings")
        far = self.sizes
        if self.law is not None:
            sizes, errors, low, high = (np.asarray(values) for values in self.law[:4])
            panel.fill_between(sizes, low, high, facecolor="none", edgecolor=GREEN, hatch="///", alpha=0.45, linewidth=0)
            panel.plot(sizes, errors, color=GREEN, linewidth=1.6, linestyle=":")
            keys.append(key(f"{short(self.law.label, 60)}, with its interval", GREEN, style=":"))
            far = np.concatenate([self.sizes, sizes])
        panel.set_xscale("log")
        plain_logarithms(panel.xaxis, float(far.min()), float(far.max()))
        panel.set_xlabel("training rows (log scale)")
        panel.set_ylabel(short(self.error_name))
        if self.as_percent:
            amounts(panel.yaxis, as_percent=True)
        drawn = self.dev_errors if self.train_errors is None else np.concatenate([self.dev_errors.ravel(), self.train_errors.ravel()])
        if not (drawn < 0).any():
            panel.set_ylim(bottom=0)
        return keys
