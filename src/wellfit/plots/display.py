"""The base of all Displays, and the checks of what they are made of."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import DataError
from wellfit.plots.style import Location, legend, new_figure, tidy, to_png

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Display"]


class Display:
    """A picture that is made of plain arrays and drawn by `plot`, as scikit-learn's Displays are.

    A subclass sets the size of its own figure in `_size`, draws in `_draw`, and returns the entries of its legend. `ax_` and `figure_` are
    the axes and the figure of the last drawing.
    """

    ax_: Axes
    figure_: Figure
    _own = False
    _legend_title: str | None = None
    _legend_location: Location = "best"

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw into the given axes, or into a new figure that is made without pyplot.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        Display
            Itself, with `ax_` and `figure_`.

        Raises
        ------
        DataError
            If ax is not a matplotlib Axes.
        OutputError
            If matplotlib is not installed.
        """
        self._own = ax is None
        if ax is None:
            self.ax_ = new_figure(*self._size()).subplots()
        else:
            from matplotlib.axes import Axes as AnyAxes

            if not isinstance(ax, AnyAxes):
                raise DataError(f"ax must be a matplotlib Axes, found {type(ax).__name__}; give one of them, or None.")
            self.ax_ = ax
        figure = self.ax_.get_figure(root=True)
        assert figure is not None
        self.figure_ = figure
        tidy(self.ax_)
        keys = self._draw(self.ax_)
        legend(self.ax_, keys, above=self._own, title=self._legend_title, location=self._legend_location)
        return self

    def _size(self) -> tuple[float, float]:
        """Return the width and the height, in inches, of a figure of its own."""
        return 6.4, 4.4

    @abstractmethod
    def _draw(self, panel: Axes) -> Sequence[Any]:
        """Draw into axes, and return the entries of the legend."""

    def _repr_png_(self) -> bytes | None:
        """Show the picture in a notebook, unless it is part of the caller's figure."""
        return to_png(self.figure_) if self._own else None


# === Checks ===


def numbers(name: str, values: Any, *dimensions: int) -> NDArray[np.float64]:
    """Return values as float64 with one of these numbers of dimensions, or raise `DataError`."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{name} must be numbers in equal rows, found {type(values).__name__} that cannot be read as such.") from None
    if array.ndim not in dimensions:
        wanted = " or ".join(str(count) for count in dimensions)
        raise DataError(f"{name} must have {wanted} dimension{'s' * (wanted != '1')}, found shape {array.shape}.")
    return array


def same_length(first: str, one: Any, second: str, other: Any) -> None:
    """Raise `DataError` unless both have equally many entries."""
    if len(one) != len(other):
        raise DataError(f"{first} and {second} must be equally long, found {len(one)} and {len(other)}.")


def table_of(name: str, errors: Any, first: str, values: Any) -> NDArray[np.float64]:
    """Return errors as an array of shape (values, repeats), or raise `DataError`."""
    table = numbers(name, errors, 1, 2)
    same_length(first, values, name, table)
    return table.reshape(len(table), -1)


def fitted(model: Any, attribute: str, purpose: str) -> Any:
    """Return an attribute of a fitted model, or raise `DataError`."""
    try:
        return getattr(model, attribute)
    except AttributeError:
        raise DataError(
            f"{type(model).__name__} has no attribute {attribute!r}, which {purpose} needs; fit it first, or give a model that has it."
        ) from None
