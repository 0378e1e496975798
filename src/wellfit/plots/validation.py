"""Errors over one parameter, such as the L2 penalty or the rate of dropout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import DataError
from wellfit.plots.bands import draw_errors
from wellfit.plots.display import Display, table_of
from wellfit.plots.settings import Candidates, distinct, is_number, named, of_cv_results, of_results, written
from wellfit.plots.style import label_columns, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from wellfit.training.result import FitResult

__all__ = ["ValidationCurveDisplay"]


@dataclass(eq=False)
class ValidationCurveDisplay(Display):
    """Training and dev error over one parameter: where both are high, models underfit; where they part, models overfit.

    Parameters
    ----------
    values : list
        Of the parameter: numbers, or anything else, which then keeps its order.
    dev_errors : array of shape (values,) or (values, repeats)
        Dev errors or scores; of several repeats the median is drawn, with a band. Those that are not finite are left out.
    train_errors : array of the same shape, optional
        Training errors or scores.
    parameter : str
        Its name.
    error_name : str
        Label of the vertical axis, with its unit.

    Raises
    ------
    DataError
        If the shapes do not fit each other, or there is nothing to draw.

    Examples
    --------
    >>> display = ValidationCurveDisplay([0.0, 0.1, 1.0, 10.0], [0.2, 0.15, 0.1, 0.3], [0.0, 0.05, 0.08, 0.29], "l2").plot()
    >>> display.ax_.get_xlabel()
    'L2 penalty λ'
    """

    values: Sequence[Any]
    dev_errors: NDArray[np.float64]
    train_errors: NDArray[np.float64] | None = None
    parameter: str = "parameter"
    error_name: str = "error"

    def __post_init__(self) -> None:
        """Validate, and put numbers in order."""
        self.values = list(self.values)
        kept, indices = distinct(self.values)
        if len(kept) < len(self.values):
            raise DataError("values must all be different; give repeats as columns of dev_errors.")
        order = np.argsort(indices)
        self.values = kept
        self.dev_errors = table_of("dev_errors", self.dev_errors, "values", self.values)[order]
        if self.train_errors is not None:
            self.train_errors = table_of("train_errors", self.train_errors, "values", self.values)[order]
        if not np.isfinite(self.dev_errors).any():
            raise DataError("no dev error is finite; dev errors need dev rows in fit_many.")

    @classmethod
    def from_results(cls, results: Sequence[FitResult], parameter: str, *, quantity: str = "error", ax: Axes | None = None) -> Self:
        """Draw the networks of a population over one of their settings.

        Networks that share a value (other seeds, other settings) are its repeats.

        Parameters
        ----------
        results : list of FitResult
            What `fit_many` returned, with dev rows.
        parameter : str
            A field of the spec's training or network, such as ``l2``, ``dropout``, ``hidden``, ``learning_rate``; or a path such
            as ``training.optimizer.momentum``.
        quantity : str
            ``"error"`` or ``"cost"``: of the epoch whose parameters were kept.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        ValidationCurveDisplay

        Raises
        ------
        DataError
            If the parameter is unknown, or there were no dev rows.
        """
        return cls._of(of_results(results, [parameter], quantity), parameter, ax)

    @classmethod
    def from_cv_results(cls, cv_results: Any, parameter: str, *, score: str = "score", ax: Axes | None = None) -> Self:
        """Draw the scores of a search by cross-validation over one of its parameters; folds and other parameters are repeats.

        Parameters
        ----------
        cv_results : dict or frame
            ``cv_results_`` of scikit-learn's searches.
        parameter : str
            Such as ``alpha``; of a pipeline the end of the name is enough.
        score : str
            Which of several scores.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        ValidationCurveDisplay

        Raises
        ------
        DataError
            If the parameter or the score is unknown.
        """
        return cls._of(of_cv_results(cv_results, [parameter], score), parameter, ax)

    @classmethod
    def _of(cls, found: Candidates, parameter: str, ax: Axes | None) -> Self:
        values, indices = distinct(found.settings[parameter])
        train = None if found.train is None or not np.isfinite(found.train).any() else _grouped(found.train, indices)
        return cls(values, _grouped(found.dev, indices), train, parameter, found.name).plot(ax)

    def _draw(self, panel: Axes) -> list[Any]:
        keys = draw_errors(panel, _positions(panel, self.values), self.train_errors, self.dev_errors, "", "runs")
        panel.set_xlabel(named(self.parameter))
        panel.set_ylabel(short(self.error_name))
        return keys


def _grouped(table: NDArray[np.float64], indices: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return a row for each value with the numbers of all its candidates, filled up with nan."""
    rows = [table[indices == index].ravel() for index in range(int(indices.max()) + 1)]
    filled = np.full((len(rows), max(len(row) for row in rows)), np.nan)
    for goal, row in zip(filled, rows, strict=True):
        goal[: len(row)] = row
    return filled


def _positions(panel: Axes, values: Sequence[Any]) -> NDArray[np.float64]:
    """Scale the axis for values, and return their positions: numbers of several orders on a logarithmic axis, 0 beside it; words evenly."""
    if not all(is_number(value) for value in values):
        words = [short(written(value), 24) for value in values]
        label_columns(panel, range(len(values)), words, turned=max(map(len, words)) * len(values) > 60)
        return np.arange(len(values), dtype=np.float64)
    positions = np.array(values, dtype=np.float64)
    positive = positions[positions > 0]
    if not positive.size or positive.max() / positive.min() <= 20 or (positions < 0).any():
        return positions
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    if positive.size == positions.size:
        panel.set_xscale("log")
    else:
        panel.set_xscale("symlog", linthresh=positive.min(), linscale=0.6)
    decades = 10.0 ** np.arange(np.floor(np.log10(positive.min())), np.ceil(np.log10(positive.max())) + 1)
    ticks = positions if len(positions) <= 8 else np.concatenate([positions[positions == 0], decades[:: -(-len(decades) // 8)]])
    panel.xaxis.set_major_locator(FixedLocator(ticks.tolist()))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, index: f"{value:g}"))
    panel.xaxis.set_minor_locator(NullLocator())
    return positions
