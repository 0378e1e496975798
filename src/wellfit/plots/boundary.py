"""What a model says of a plane."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.errors import DataError
from wellfit.plots.display import Display, numbers, same_length
from wellfit.plots.points import NUMBERS, coded, draw_classes, draw_numbers, height_with, shown
from wellfit.plots.style import INK, look, patch, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["DecisionBoundaryDisplay", "decision_boundary"]

LINES = 200


@dataclass(eq=False)
class DecisionBoundaryDisplay(Display):
    """The class, or the number, that a model predicts at each place of a plane, under the rows themselves.

    Colours are the paler the less sure the model is; lines stand where the predicted class changes. Of more than two columns a slice
    is shown, or a plane of principal components, and under the picture stands what was held fixed.

    Parameters
    ----------
    axes : pair of arrays of shape (across,) and (up,)
        Where the model was asked.
    response : array of shape (up, across, classes) or (up, across)
        Probabilities or scores, the largest that of the predicted class; or predicted numbers.
    classes : list
        Class labels; empty for numbers.
    points : array of shape (rows, 2), optional
        Rows to show; those with gaps are left out, and of many a seeded sample is drawn.
    truth : array of shape (rows,), optional
        Their class numbers, or the target itself.
    names : pair of str
        What the axes are, with units.
    target : str
        Name of the target.
    held : str
        What was held fixed.

    Raises
    ------
    DataError
        If the shapes do not fit each other.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], ["no", "no", "yes", "yes"]
    >>> display = DecisionBoundaryDisplay.from_estimator(LogisticRegression().fit(X, y), X, y)
    >>> display.response.shape, display.ax_.get_xlabel()
    ((200, 200, 2), 'column 0')
    """

    axes: Sequence[NDArray[np.float64]]
    response: NDArray[np.float64]
    classes: Sequence[Any] = ()
    points: NDArray[np.float64] | None = None
    truth: NDArray[Any] | None = None
    names: tuple[str, str] = ("x1", "x2")
    target: str = "target"
    held: str = ""

    def __post_init__(self) -> None:
        """Validate."""
        across, up = (numbers(name, axis, 1) for name, axis in zip(("axes[0]", "axes[1]"), self.axes, strict=True))
        self.axes, self.response = (across, up), numbers("response", self.response, 2, 3)
        expected = (len(up), len(across), len(self.classes)) if len(self.classes) else (len(up), len(across))
        if self.response.shape != expected:
            raise DataError(f"response must have shape {expected}, found {self.response.shape}.")
        if self.points is not None:
            self.points = numbers("points", self.points, 2)
            if self.truth is not None:
                same_length("points", self.points, "truth", self.truth)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: ArrayLike | None = None,
        *,
        features: Sequence[int | str] | str = (0, 1),
        held: Mapping[int | str, Any] | None = None,
        target: str = "class",
        ax: Axes | None = None,
    ) -> Self:
        """Ask a fitted estimator all over a plane, and draw its answers.

        Parameters
        ----------
        estimator : object
            Any with `predict_proba`, `decision_function` or `predict`; the first of them that it has is asked.
        X : frame or array of shape (rows, columns)
            Rows of the kind that it was fitted on. They say how far the plane reaches.
        y : array of shape (rows,), optional
            Their classes or numbers; None: the rows are not drawn.
        features : pair of column names or numbers, or ``"pca"``
            The two columns of a slice; or the plane along the first two principal components of the standardised columns.
        held : mapping, optional
            At what to hold other columns of a slice; else at the median, or the most frequent value.
        target : str
            Name of the target.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        DecisionBoundaryDisplay

        Raises
        ------
        DataError
            If the estimator is not fitted or predicts several targets, a column is not there, or y has other classes.
        """
        from wellfit.plots.planes import plane_of
        from wellfit.plots.responses import response_of

        plane = plane_of(X, features, held or {})
        axes, grid = _grid(plane.points)
        found = response_of(estimator, plane.rows(grid))
        shape, classes = (len(axes[1]), len(axes[0])), found.classes.tolist()
        response = found.values.reshape(*shape, -1) if classes else found.values.reshape(shape)
        truth = None
        if y is not None:
            labels = np.ravel(np.asarray(y))
            truth = coded(labels, classes) if classes else numbers("y", labels, 1)
        points = plane.points if truth is not None else None
        return cls(axes, response, classes, points, truth, plane.names, target, plane.held).plot(ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw, into the axes given or a new figure.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        DecisionBoundaryDisplay
            Itself.
        """
        panel = self._open(ax, 6.4, height_with(len(self.classes)))
        panel.grid(visible=False)
        if len(self.classes):
            self._draw_classes(panel)
        else:
            self._draw_numbers(panel)
        panel.set_xlabel(short(self.names[0]))
        panel.set_ylabel(short(self.names[1]))
        if self.held:
            words = textwrap.fill(short(self.held, 400), 92)
            panel.annotate(words, (0, 0), (0, -42), "axes fraction", "offset points", fontsize="x-small", va="top", annotation_clip=False)
        return self

    def _draw_classes(self, panel: Axes) -> None:
        _draw_regions(panel, self.axes, self.response)
        if self.points is not None and self.truth is not None:
            keys = draw_classes(panel, *_both(shown(self.points, self.truth)), self.classes)
        else:
            keys = [patch(short(label, 24), look(code)[0]) for code, label in enumerate(self.classes)]
        self._legend(keys, short(self.target))

    def _draw_numbers(self, panel: Axes) -> None:
        values = self.response
        ends = [values.min(), values.max()]
        points = truth = None
        if self.points is not None and self.truth is not None:
            points, truth = _both(shown(self.points, self.truth))
            ends += [value for value in truth if np.isfinite(value)]
        low, high = float(min(ends)), float(max(ends))
        shades = panel.pcolormesh(*self.axes, values, cmap=NUMBERS, vmin=low, vmax=high, shading="nearest", rasterized=True)
        if points is not None and truth is not None:
            draw_numbers(panel, points, truth, low, high)
        words = "predicted (plane), true (points)" if points is not None else "predicted"
        self.figure_.colorbar(shades, ax=panel, label=f"{short(self.target)}: {words}")


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
    axes, grid = _grid(points)
    found = np.asarray(predict(grid))
    response = found.reshape(len(axes[1]), len(axes[0]), -1) if classes else found.reshape(len(axes[1]), len(axes[0]))
    return DecisionBoundaryDisplay(axes, response, classes, points, truth, columns, target).plot().figure_


def _grid(points: NDArray[np.float64]) -> tuple[list[NDArray[np.float64]], NDArray[np.float64]]:
    """Return lines across the plane that the points lie in, and where they cross."""
    whole = points[np.isfinite(points).all(axis=1)]
    if not len(whole):
        raise DataError("no row has a number in both columns of the plane; choose other columns.")
    low, high = whole.min(axis=0), whole.max(axis=0)
    room = np.where(high > low, 0.06 * (high - low), 0.5)
    axes = [np.linspace(low[axis] - room[axis], high[axis] + room[axis], LINES) for axis in (0, 1)]
    across, up = np.meshgrid(*axes)
    return axes, np.column_stack([across.ravel(), up.ravel()])


def _both(pair: tuple[NDArray[np.float64], NDArray[Any] | None]) -> tuple[NDArray[np.float64], NDArray[Any]]:
    points, truth = pair
    assert truth is not None
    return points, truth


def _draw_regions(panel: Axes, axes: Sequence[NDArray[Any]], scores: NDArray[np.float64]) -> None:
    """Tint the plane with the class that leads, the paler the less it leads by, and draw the lines where it changes."""
    from matplotlib.colors import to_rgb

    many, leader = scores.shape[2], scores.argmax(axis=2)
    colours = np.array([to_rgb(look(code)[0]) for code in range(many)])
    picture = 1 - (0.08 + 0.34 * _sureness(scores))[..., None] * (1 - colours[leader])
    ends = (axes[0][0], axes[0][-1], axes[1][0], axes[1][-1])
    panel.imshow(picture, origin="lower", extent=ends, aspect="auto", interpolation="bilinear")
    for code in range(many) if many > 2 else range(1, many):
        others = np.delete(scores, code, axis=2).max(axis=2)
        lead = scores[..., code] - others
        if lead.min() < 0 < lead.max():
            panel.contour(*axes, lead, levels=[0.0], colors=INK, linewidths=1.2 if many <= 8 else 0.6)


def _sureness(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a number from 0 to 1 for each place: of probabilities the share above chance, of other scores the lead over the next."""
    many = scores.shape[2]
    if many < 2:
        return np.ones(scores.shape[:2])
    if np.allclose(scores.sum(axis=2), 1) and scores.min() >= 0:
        share = (scores.max(axis=2) - 1 / many) / (1 - 1 / many)
    else:
        ordered = np.sort(scores, axis=2)
        lead = ordered[..., -1] - ordered[..., -2]
        share = lead / max(float(np.quantile(lead, 0.95)), np.finfo(float).tiny)
    return np.asarray(np.clip(share, 0, 1))
