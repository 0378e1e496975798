"""A sweep over two parameters as a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import DataError
from wellfit.plots.display import Display, numbers
from wellfit.plots.settings import Candidates, distinct, named, of_cv_results, of_results, written
from wellfit.plots.style import VERMILION, highest_shown, key, label_columns, patch, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from wellfit.training.result import FitResult

__all__ = ["SweepDisplay"]

MOST_WRITTEN = 144
MOST_LABELS = 16
UNTRIED = "#BBBBBB"


@dataclass(eq=False)
class SweepDisplay(Display):
    """The error, or the score, of each pair of values of two parameters, with a frame around the best.

    Parameters
    ----------
    across_values, up_values : list
        Values of the two parameters.
    table : array of shape (up, across)
        Errors or scores; nan where a pair was not tried, or diverged.
    names : pair of str
        The parameter across, and the one up.
    quantity : str
        What the numbers are.
    lower_is_better : bool
        True for errors, False for scores.

    Raises
    ------
    DataError
        If the shapes do not fit each other, or no number is finite.

    Examples
    --------
    >>> display = SweepDisplay([0.0, 0.5], [8, 64], [[0.3, 0.2], [0.1, 0.15]], ("dropout", "hidden")).plot()
    >>> display.best
    (0, 1)
    """

    across_values: Sequence[Any]
    up_values: Sequence[Any]
    table: NDArray[np.float64]
    names: tuple[str, str] = ("first parameter", "second parameter")
    quantity: str = "error"
    lower_is_better: bool = True

    def __post_init__(self) -> None:
        """Validate."""
        self.table = numbers("table", self.table, 2)
        expected = (len(self.up_values), len(self.across_values))
        if self.table.shape != expected:
            raise DataError(f"table must have shape {expected}, found {self.table.shape}.")
        if not np.isfinite(self.table).any():
            raise DataError("no number of the table is finite; dev errors need dev rows in fit_many.")

    @property
    def best(self) -> tuple[int, int]:
        """Indices of the best number, across and up."""
        table = np.where(np.isfinite(self.table), self.table, np.inf if self.lower_is_better else -np.inf)
        up, across = np.unravel_index(table.argmin() if self.lower_is_better else table.argmax(), table.shape)
        return int(across), int(up)

    @classmethod
    def from_results(cls, results: Sequence[FitResult], across: str, up: str, *, quantity: str = "error", ax: Axes | None = None) -> Self:
        """Draw the networks of a population over two of their settings: the median of those that share both.

        Parameters
        ----------
        results : list of FitResult
            What `fit_many` returned, with dev rows.
        across, up : str
            Fields of the spec's training or network, as in `ValidationCurveDisplay.from_results`.
        quantity : str
            ``"error"`` or ``"cost"``, on the dev rows.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        SweepDisplay

        Raises
        ------
        DataError
            If a parameter is unknown, or there were no dev rows.
        """
        found = of_results(results, [across, up], quantity)
        return cls._of(found._replace(name=f"dev {quantity}"), across, up, lower_is_better=True, ax=ax)

    @classmethod
    def from_cv_results(cls, cv_results: Any, across: str, up: str, *, score: str = "score", ax: Axes | None = None) -> Self:
        """Draw the mean score over the folds of a search; the median of candidates that share both values.

        Parameters
        ----------
        cv_results : dict or frame
            ``cv_results_`` of scikit-learn's searches.
        across, up : str
            Parameters; of a pipeline the end of the name is enough.
        score : str
            Which of several scores; greater is better, as all scorers of scikit-learn have it.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        SweepDisplay

        Raises
        ------
        DataError
            If a parameter or the score is unknown.
        """
        found = of_cv_results(cv_results, [across, up], score)
        means = found.dev.mean(axis=1, keepdims=True)
        return cls._of(found._replace(dev=means, name=f"mean test {score}"), across, up, lower_is_better=False, ax=ax)

    @classmethod
    def _of(cls, found: Candidates, across: str, up: str, *, lower_is_better: bool, ax: Axes | None) -> Self:
        if across == up:
            raise DataError(f"a map needs two different parameters, found {across!r} twice.")
        (columns, of_column), (rows, of_row) = distinct(found.settings[across]), distinct(found.settings[up])
        table, most = np.full((len(rows), len(columns)), np.nan), 1
        for row in range(len(rows)):
            for column in range(len(columns)):
                values = found.dev[(of_row == row) & (of_column == column)].ravel()
                values = values[np.isfinite(values)]
                most = max(most, len(values))
                if len(values):
                    table[row, column] = np.median(values)
        quantity = f"{found.name}, median of up to {most}" if most > 1 else found.name
        return cls(columns, rows, table, (across, up), quantity, lower_is_better).plot(ax)

    def _size(self) -> tuple[float, float]:
        return min(11.0, 3.2 + 0.62 * len(self.across_values)), min(8.0, 1.9 + 0.42 * len(self.up_values))

    def _draw(self, panel: Axes) -> list[Any]:
        panel.grid(visible=False)
        panel.set_facecolor(UNTRIED)
        finite = np.where(np.isfinite(self.table), self.table, np.nan)
        low, high = self._ends(finite)
        # The best end is bright, and draws the eye.
        colours = "viridis_r" if self.lower_is_better else "viridis"
        shades = panel.imshow(finite, cmap=colours, vmin=low, vmax=high, aspect="auto", origin="lower", interpolation="nearest")
        beyond = "max" if self.lower_is_better and high < np.nanmax(finite) else "min" if low > np.nanmin(finite) else "neither"
        self.figure_.colorbar(shades, ax=panel, label=short(self.quantity, 60), extend=beyond)
        self._write(panel, finite, shades)
        across, up = self.best
        from matplotlib.patches import Rectangle

        panel.add_patch(Rectangle((across - 0.5, up - 0.5), 1, 1, fill=False, edgecolor=VERMILION, linewidth=2.5, clip_on=False, zorder=3))
        _ticks(panel, self.across_values, self.up_values)
        panel.set_xlabel(named(self.names[0]))
        panel.set_ylabel(named(self.names[1]))
        best = key("best", VERMILION, "s", "none")
        best.set(markerfacecolor="none", markeredgewidth=2)
        untried = patch("not tried, or diverged", UNTRIED)
        untried.set_alpha(1)
        return [best, *([untried] if np.isnan(finite).any() else [])]

    def _ends(self, finite: NDArray[np.float64]) -> tuple[float, float]:
        """Return the ends of the colours: a few failed candidates must not take all of them."""
        low, middle, high = (float(value) for value in np.nanpercentile(finite, [0, 50, 100]))
        if self.lower_is_better:
            return low, highest_shown(low, middle, high)
        return -highest_shown(-high, -middle, -low), high

    def _write(self, panel: Axes, finite: NDArray[np.float64], shades: Any) -> None:
        """Write the numbers into the cells where they are few enough to read."""
        if finite.size > MOST_WRITTEN or finite.shape[1] > 14:
            return
        for (up, across), value in np.ndenumerate(finite):
            if np.isfinite(value):
                red, green, blue, _ = shades.cmap(shades.norm(value))
                dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
                panel.text(across, up, f"{value:.3g}", ha="center", va="center", fontsize="x-small", color="white" if dark else "black")


def _ticks(panel: Axes, across: Sequence[Any], up: Sequence[Any]) -> None:
    """Label the cells with their values, where there are many only some of them."""
    every = [-(-len(values) // MOST_LABELS) for values in (across, up)]
    names = [[short(written(value), 24) for value in values] for values in (across, up)]
    label_columns(panel, range(0, len(across), every[0]), names[0][:: every[0]], turned=max(map(len, names[0])) > 6)
    panel.set_yticks(range(0, len(up), every[1]), names[1][:: every[1]])
