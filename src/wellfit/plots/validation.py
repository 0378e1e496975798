"""Errors over one parameter, such as the L2 penalty or the rate of dropout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.errors import DataError
from wellfit.plots.bands import band_words, draw_band
from wellfit.plots.display import Display, numbers, same_length
from wellfit.plots.settings import Candidates, distinct, is_number, named, of_cv_results, of_results, written
from wellfit.plots.style import BLUE, GREY, VERMILION, key, patch, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from wellfit.training.result import FitResult

__all__ = ["ValidationCurveDisplay"]


@dataclass(eq=False)
class ValidationCurveDisplay(Display):
    """Training and dev error over one parameter: where both are high the model underfits, where they part it overfits.

    Parameters
    ----------
    values : list
        Of the parameter: numbers, or anything else, which is then drawn in the order it comes.
    dev_errors : array of shape (values,) or (values, repeats)
        Dev errors or scores, of several repeats the median is drawn, with a band. Those that are not finite are left out.
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
        kept, places = distinct(self.values)
        if len(kept) < len(self.values):
            raise DataError("values must all be different; give repeats as columns of dev_errors.")
        order = np.argsort(places)
        self.values = kept
        self.dev_errors = self._errors("dev_errors", self.dev_errors)[order]
        if self.train_errors is not None:
            self.train_errors = self._errors("train_errors", self.train_errors)[order]
        if not np.isfinite(self.dev_errors).any():
            raise DataError("no dev error is finite; dev errors need dev rows in fit_many.")

    def _errors(self, name: str, errors: ArrayLike) -> NDArray[np.float64]:
        table = numbers(name, errors, 1, 2)
        same_length("values", self.values, name, table)
        return table.reshape(len(table), -1)

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
        values, places = distinct(found.settings[parameter])
        train = None if found.train is None or not np.isfinite(found.train).any() else _grouped(found.train, places)
        return cls(values, _grouped(found.dev, places), train, parameter, found.name).plot(ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw, into the axes given or a new figure.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        ValidationCurveDisplay
            Itself.
        """
        panel = self._open(ax, 6.4, 4.4)
        places = _axis(panel, self.values)
        keys = []
        for table, name, colour, style, marker in (
            (self.train_errors, "training", BLUE, "-", "o"),
            (self.dev_errors, "dev", VERMILION, "--", "s"),
        ):
            if table is None:
                continue
            draw_band(panel, [(places, run) for run in table.T], colour, style, marker)
            keys.append(key(name, colour, marker, style))
        repeats = int(np.isfinite(self.dev_errors).sum(axis=1).max())
        if repeats > 1:
            keys.append(patch(band_words(repeats), GREY))
        panel.set_xlabel(named(self.parameter))
        panel.set_ylabel(short(self.error_name))
        self._legend(keys)
        return self


def _grouped(table: NDArray[np.float64], places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return one row a value, the numbers of all its candidates in it, filled up with nan."""
    rows = [table[places == place].ravel() for place in range(int(places.max()) + 1)]
    filled = np.full((len(rows), max(len(row) for row in rows)), np.nan)
    for goal, row in zip(filled, rows, strict=True):
        goal[: len(row)] = row
    return filled


def _axis(panel: Axes, values: Sequence[Any]) -> NDArray[np.float64]:
    """Return where values stand: numbers that reach over more than a factor of 20 on a logarithmic axis, 0 beside it; others evenly."""
    if not all(is_number(value) for value in values):
        places = np.arange(len(values), dtype=np.float64)
        turned = max(len(written(value)) for value in values) * len(values) > 60
        panel.set_xticks(
            places, [short(written(value), 24) for value in values], rotation=30 if turned else 0, ha="right" if turned else "center"
        )
        return places
    places = np.array(values, dtype=np.float64)
    positive = places[places > 0]
    if not positive.size or positive.max() / positive.min() <= 20 or (places < 0).any():
        return places
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    if positive.size == places.size:
        panel.set_xscale("log")
    else:
        panel.set_xscale("symlog", linthresh=positive.min(), linscale=0.6)
    decades = 10.0 ** np.arange(np.floor(np.log10(positive.min())), np.ceil(np.log10(positive.max())) + 1)
    ticks = places if len(places) <= 8 else np.concatenate([places[places == 0], decades[:: -(-len(decades) // 8)]])
    panel.xaxis.set_major_locator(FixedLocator(ticks.tolist()))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, place: f"{value:g}"))
    panel.xaxis.set_minor_locator(NullLocator())
    return places
