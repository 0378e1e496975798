"""A table as points: two columns, and the target as colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import DataError
from wellfit.plots.display import Display, numbers, same_length
from wellfit.plots.points import MOST_POINTS, are_classes, coded, draw_classes, draw_numbers, drawn_rows, height_with
from wellfit.plots.style import BLUE, short
from wellfit.plurals import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ScatterDisplay"]


@dataclass(eq=False)
class ScatterDisplay(Display):
    """Two columns of a table, coloured by class or by number.

    Parameters
    ----------
    points : array of shape (rows, 2)
        Rows with missing values are left out; of many a seeded sample is drawn.
    truth : array of shape (rows,), optional
        Class numbers, or numbers.
    classes : list
        Class labels; empty for numbers.
    names : pair of str
        Labels of the axes, with units.
    target : str
        Name of the target.

    Raises
    ------
    DataError
        If the shapes do not fit each other, or no point has both coordinates.

    Examples
    --------
    >>> from wellfit.datasets import moons
    >>> display = ScatterDisplay.from_data(*moons(rows=40))
    >>> display.classes, len(display.ax_.collections)
    ([0, 1], 2)
    """

    points: NDArray[np.float64]
    truth: NDArray[Any] | None = None
    classes: Sequence[Any] = ()
    names: tuple[str, str] = ("x1", "x2")
    target: str = "target"

    def __post_init__(self) -> None:
        """Validate."""
        self.points = numbers("points", self.points, 2)
        if self.points.shape[1] != 2:
            raise DataError(f"points must have shape (rows, 2), found {self.points.shape}.")
        if self.truth is not None:
            same_length("points", self.points, "truth", self.truth)
        if not np.isfinite(self.points).all(axis=1).any():
            raise DataError("no row has a number in both columns; choose other columns.")

    @classmethod
    def from_data(
        cls, X: Any, y: Any = None, *, features: Sequence[int | str] | str = (0, 1), target: str = "target", ax: Axes | None = None
    ) -> Self:
        """Draw two columns of a table.

        Parameters
        ----------
        X : frame or array of shape (rows, columns)
            The table.
        y : array of shape (rows,), optional
            Text, truth values and at most 20 whole numbers are taken as classes.
        features : pair of column names or numbers, or ``"pca"``
            The two columns; or the first two principal components of the standardised columns.
        target : str
            Name of the target.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        ScatterDisplay

        Raises
        ------
        DataError
            If a column is not there or holds no numbers, or y is of another length.
        """
        from wellfit.plots.planes import plane_of

        plane = plane_of(X, features, {})
        if y is None:
            return cls(plane.points, names=plane.names).plot(ax)
        labels = np.ravel(np.asarray(y))
        same_length("X", plane.points, "y", labels)
        if not are_classes(labels):
            return cls(plane.points, numbers("y", labels, 1), (), plane.names, target).plot(ax)
        classes = sorted(set(labels.tolist()), key=_by_value)
        return cls(plane.points, coded(labels, np.array(classes, dtype=object)), classes, plane.names, target).plot(ax)

    def _size(self) -> tuple[float, float]:
        return 6.4, height_with(len(self.classes))

    def _draw(self, panel: Axes) -> list[Any]:
        rows = drawn_rows(self.points)
        points, truth = self.points[rows], None if self.truth is None else self.truth[rows]
        keys: list[Any] = []
        if truth is None:
            panel.scatter(points[:, 0], points[:, 1], s=18, color=BLUE, edgecolors="white", linewidths=0.5)
        elif len(self.classes):
            keys, self._legend_title = draw_classes(panel, points, truth, self.classes), short(self.target)
        else:
            low, high = (float(np.nanmin(truth)), float(np.nanmax(truth))) if np.isfinite(truth).any() else (0.0, 1.0)
            self.figure_.colorbar(draw_numbers(panel, points, truth, low, high), ax=panel, label=short(self.target))
        panel.set_xlabel(short(self.names[0]))
        panel.set_ylabel(short(self.names[1]))
        if len(self.points) > MOST_POINTS:
            panel.set_title(f"{MOST_POINTS:,} of {counted(len(self.points), 'row')}", fontsize="small", loc="right")
        return keys


def _by_value(label: Any) -> tuple[bool, Any]:
    """Order numbers by value, and before all else by name."""
    return (True, str(label)) if isinstance(label, str) or label is None else (False, label)
