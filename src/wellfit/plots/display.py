"""What all Displays share: the axes that they draw into, and how they check what they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import DataError
from wellfit.plots.style import legend, new_figure, tidy, to_png

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Display"]


class Display:
    """A picture before it is drawn: plain arrays, and `plot`, as scikit-learn's Displays.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Where it was drawn last.
    figure_ : matplotlib.figure.Figure
        The figure around it.
    """

    ax_: Axes
    figure_: Figure
    _own = False

    def _open(self, ax: Axes | None, width: float, height: float) -> Axes:
        """Return the axes to draw into: the caller's, or those of a new figure of so many inches."""
        self._own = ax is None
        if ax is None:
            self.ax_ = new_figure(width, height).subplots()
        else:
            from matplotlib.axes import Axes as AnyAxes

            if not isinstance(ax, AnyAxes):
                raise DataError(f"ax must be a matplotlib Axes, found {type(ax).__name__}; give one of them, or None.")
            self.ax_ = ax
        figure = self.ax_.get_figure(root=True)
        assert figure is not None
        self.figure_ = figure
        tidy(self.ax_)
        return self.ax_

    def _legend(self, keys: Sequence[Any], title: str | None = None) -> None:
        """Explain colours, above the panel where the figure is our own."""
        legend(self.ax_, keys, above=self._own, title=title)

    def _repr_png_(self) -> bytes | None:
        """Show the picture in a notebook, where it is not shown as a part of the caller's figure."""
        return to_png(self.figure_) if self._own else None


# === Checks ===


def numbers(name: str, values: Any, *dimensions: int) -> NDArray[np.float64]:
    """Return values as float64 of one of so many dimensions, or raise `DataError`."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{name} must be numbers in equal rows, found {type(values).__name__} that cannot be read as such.") from None
    if array.ndim not in dimensions:
        wanted = " or ".join(str(count) for count in dimensions)
        raise DataError(f"{name} must have {wanted} dimension{'s' * (wanted != '1')}, found shape {array.shape}.")
    return array


def same_length(first: str, one: Any, second: str, other: Any) -> None:
    """Raise `DataError` unless both have as many entries."""
    if len(one) != len(other):
        raise DataError(f"{first} and {second} must be equally long, found {len(one)} and {len(other)}.")


def fitted(model: Any, attribute: str, purpose: str) -> Any:
    """Return an attribute that a model has once it is fitted, or raise `DataError`."""
    try:
        return getattr(model, attribute)
    except AttributeError:
        raise DataError(
            f"{type(model).__name__} has no attribute {attribute!r}, which {purpose} needs; fit it first, or give a model that has it."
        ) from None
