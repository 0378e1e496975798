"""The predictions of a model over a plane."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.errors import DataError
from wellfit.plots.display import Display, numbers, same_length
from wellfit.plots.points import NUMBERS, coded, draw_classes, draw_numbers, drawn_rows, height_with
from wellfit.plots.style import INK, look, patch, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["DecisionBoundaryDisplay", "decision_boundary"]

LINES = 200


@dataclass(eq=False)
class DecisionBoundaryDisplay(Display):
    """The class or the number that a model predicts at each point of a plane, under the rows themselves.

    Colours are paler where the model is less sure; lines mark where the predicted class changes. Of a table with more than two columns
    the picture is a slice, or the plane of two principal components, and a note under it names what was held fixed.

    Parameters
    ----------
    axes : pair of arrays of shape (across,) and (up,)
        The grid of the plane.
    response : array of shape (up, across, classes) or (up, across)
        Probabilities or scores, largest for the predicted class; or predicted numbers.
    classes : list
        Class labels; empty for numbers.
    points : array of shape (rows, 2), optional
        Rows to draw; those with missing values are left out, and of many a seeded sample is drawn.
    truth : array of shape (rows,), optional
        Their class numbers, or the target itself.
    names : pair of str
        Labels of the axes, with units.
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
        """Draw the predictions of a fitted estimator over a plane.

        Parameters
        ----------
        estimator : object
            The first of `predict_proba`, `decision_function` and `predict` that it has is called.
        X : frame or array of shape (rows, columns)
            Rows like those that it was fitted on. The plane reaches as far as they do.
        y : array of shape (rows,), optional
            Their classes or numbers; None: the rows are not drawn.
        features : pair of column names or numbers, or ``"pca"``
            The two columns of a slice; or the plane along the first two principal components of the standardised columns.
        held : mapping, optional
            Values of the other columns of a slice; else the median, or the most frequent value.
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

    def _size(self) -> tuple[float, float]:
        return 6.4, height_with(len(self.classes))

    def _draw(self, panel: Axes) -> list[Any]:
        panel.grid(visible=False)
        points = truth = None
        if self.points is not None and self.truth is not None:
            rows = drawn_rows(self.points)
            points, truth = self.points[rows], self.truth[rows]
        keys = self._draw_classes(panel, points, truth) if len(self.classes) else self._draw_numbers(panel, points, truth)
        panel.set_xlabel(short(self.names[0]))
        panel.set_ylabel(short(self.names[1]))
        if self.held:
            words = textwrap.fill(short(self.held, 400), 92)
            panel.annotate(words, (0, 0), (0, -42), "axes fraction", "offset points", fontsize="x-small", va="top", annotation_clip=False)
        return keys

    def _draw_classes(self, panel: Axes, points: NDArray[np.float64] | None, truth: NDArray[Any] | None) -> list[Any]:
        _draw_regions(panel, self.axes, self.response)
        self._legend_title = short(self.target)
        if points is not None and truth is not None:
            return draw_classes(panel, points, truth, self.classes)
        return [patch(short(label, 24), look(code)[0]) for code, label in enumerate(self.classes)]

    def _draw_numbers(self, panel: Axes, points: NDArray[np.float64] | None, truth: NDArray[Any] | None) -> list[Any]:
        ends = [self.response.min(), self.response.max(), *(value for value in ([] if truth is None else truth) if np.isfinite(value))]
        low, high = float(min(ends)), float(max(ends))
        shades = panel.pcolormesh(*self.axes, self.response, cmap=NUMBERS, vmin=low, vmax=high, shading="nearest", rasterized=True)
        if points is not None and truth is not None:
            draw_numbers(panel, points, truth, low, high)
        words = "predicted" if points is None else "predicted (plane), true (points)"
        self.figure_.colorbar(shades, ax=panel, label=f"{short(self.target)}: {words}")
        return []


def decision_boundary(
    predict: Callable[[NDArray[np.float64]], NDArray[Any]],
    points: NDArray[np.float64],
    truth: NDArray[Any],
    columns: tuple[str, str],
    target: str,
    classes: Sequence[Any] = (),
) -> Figure:
    """Draw the predictions of a model of two numeric columns over their plane, under the rows that it was trained on.

    Parameters
    ----------
    predict : callable
        Takes points, an array of shape (n, 2); returns probabilities of shape (n, classes), or numbers of shape (n, 1).
    points : array of shape (rows, 2)
        The training rows; those with missing values are left out, and of many a seeded sample is drawn.
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

    Examples
    --------
    >>> corners = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> figure = decision_boundary(lambda points: points.sum(axis=1, keepdims=True), corners, np.array([0.0, 2.0]), ("a", "b"), "sum")
    >>> figure.axes[1].get_ylabel()
    'sum: predicted (plane), true (points)'
    """
    axes, grid = _grid(points)
    found = np.asarray(predict(grid))
    response = found.reshape(len(axes[1]), len(axes[0]), -1) if classes else found.reshape(len(axes[1]), len(axes[0]))
    return DecisionBoundaryDisplay(axes, response, classes, points, truth, columns, target).plot().figure_


def _grid(points: NDArray[np.float64]) -> tuple[list[NDArray[np.float64]], NDArray[np.float64]]:
    """Return the grid lines of the plane that points lie in, and where these cross."""
    whole = points[np.isfinite(points).all(axis=1)]
    if not len(whole):
        raise DataError("no row has a number in both columns of the plane; choose other columns.")
    low, high = whole.min(axis=0), whole.max(axis=0)
    room = np.where(high > low, 0.06 * (high - low), 0.5)
    axes = [np.linspace(low[axis] - room[axis], high[axis] + room[axis], LINES) for axis in (0, 1)]
    across, up = np.meshgrid(*axes)
    return axes, np.column_stack([across.ravel(), up.ravel()])


def _draw_regions(panel: Axes, axes: Sequence[NDArray[Any]], scores: NDArray[np.float64]) -> None:
    """Tint the plane with the leading class, paler where it leads by less, and draw lines where it changes."""
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
    """Return a number from 0 to 1 for each point: of probabilities the share above chance, of other scores the lead over the next."""
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
