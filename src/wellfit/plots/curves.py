"""Costs and errors over epochs, of one network or of many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import DataError, unknown_name
from wellfit.plots.bands import Run, band_words, draw_band
from wellfit.plots.display import Display, fitted, numbers, same_length
from wellfit.plots.style import BLUE, GREY, VERMILION, key, new_figure, patch, plain_numbers, short, tidy, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from wellfit.training.result import FitResult, History

__all__ = ["Curves", "TrainingCurveDisplay", "cost_curves"]

TRAINING_STYLE, DEV_STYLE = "-", "--"
QUANTITIES = {"cost": "cost (log scale)", "error": "error: 1 - accuracy, or 1 - R²"}


@dataclass(eq=False)
class TrainingCurveDisplay(Display):
    """Cost or error over the epochs, on training and on dev rows; of several runs the median, with a band.

    A run counts at the epochs that it reached, so that the median of runs that ended early is one of those that did not.

    Parameters
    ----------
    training, dev : list of (epochs, values)
        A pair of arrays a run. Values that are not finite leave a gap.
    quantity : str
        ``"cost"``, on a logarithmic axis; or ``"error"``.
    best_epoch : int, optional
        Marked, where it is one run's.

    Raises
    ------
    DataError
        If a pair is not equally long, or there is nothing to draw.

    Examples
    --------
    >>> display = TrainingCurveDisplay([([1, 2, 3], [0.9, 0.5, 0.4])], [([1, 2, 3], [0.9, 0.6, 0.7])]).plot()
    >>> display.ax_.get_xlabel(), len(display.ax_.lines)
    ('epoch', 2)
    """

    training: Sequence[Run]
    dev: Sequence[Run] = ()
    quantity: str = "cost"
    best_epoch: int | None = None

    def __post_init__(self) -> None:
        """Validate."""
        if self.quantity not in QUANTITIES:
            raise DataError(unknown_name("quantity", self.quantity, QUANTITIES))
        self.training, self.dev = _runs("training", self.training), _runs("dev", self.dev)
        if not any(np.isfinite(values).any() for _, values in (*self.training, *self.dev)):
            raise DataError(f"no run has a finite {self.quantity} to draw; dev costs and errors need dev rows in fit.")

    @classmethod
    def from_history(cls, histories: History | Sequence[History], *, quantity: str = "cost", ax: Axes | None = None) -> Self:
        """Draw histories.

        Parameters
        ----------
        histories : History or list of History
            Of one run or of several, of any lengths.
        quantity : str
            ``"cost"`` or ``"error"``; errors are known where there were dev rows.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        TrainingCurveDisplay
        """
        return cls(*_pairs(histories, quantity), quantity).plot(ax)

    @classmethod
    def from_results(cls, results: FitResult | Sequence[FitResult], *, quantity: str = "cost", ax: Axes | None = None) -> Self:
        """Draw what `fit` or `fit_many` returned; of a single run the best epoch is marked.

        Parameters
        ----------
        results : FitResult or list of FitResult
            One or several.
        quantity, ax :
            As in `from_history`.

        Returns
        -------
        TrainingCurveDisplay
        """
        several = list(results) if isinstance(results, Sequence) else [results]
        best = several[0].best_epoch - several[0].epochs + several[0].history.epochs if len(several) == 1 else None
        return cls(*_pairs([result.history for result in several], quantity), quantity, best).plot(ax)

    @classmethod
    def from_estimator(cls, estimator: Any, *, quantity: str = "cost", ax: Axes | None = None) -> Self:
        """Draw how a fitted estimator was trained.

        Parameters
        ----------
        estimator : MLPClassifier, MLPRegressor, WellfitClassifier, WellfitRegressor
            Or anything else with ``history_``, ``histories_``, or scikit-learn's ``loss_curve_``.
        quantity, ax :
            As in `from_history`.

        Returns
        -------
        TrainingCurveDisplay

        Raises
        ------
        DataError
            If it is not fitted, or keeps no history.
        """
        for attribute in ("history_", "histories_"):
            if hasattr(estimator, attribute):
                return cls.from_history(getattr(estimator, attribute), quantity=quantity, ax=ax)
        if quantity == "cost" and hasattr(estimator, "loss_curve_"):
            costs = numbers("loss_curve_", estimator.loss_curve_, 1)
            return cls([(np.arange(1, len(costs) + 1), costs)]).plot(ax)
        return cls.from_history(fitted(estimator, "history_", "a training curve"), quantity=quantity, ax=ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw, into the axes given or a new figure.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        TrainingCurveDisplay
            Itself.
        """
        panel = self._open(ax, 6.4, 4.4)
        keys = []
        for runs, name, colour, style in ((self.training, "training", BLUE, TRAINING_STYLE), (self.dev, "dev", VERMILION, DEV_STYLE)):
            if draw_band(panel, runs, colour, style):
                keys.append(key(f"{name} {self.quantity}", colour, style=style))
        count = max(len(self.training), len(self.dev))
        if count > 1:
            keys.append(patch(band_words(count), GREY))
        if self.best_epoch is not None:
            panel.axvline(self.best_epoch, color=GREY, linestyle=":", linewidth=1.2)
            keys.append(key(f"best epoch: {self.best_epoch:,}", GREY, style=":"))
        if self.quantity == "cost":
            scale_costs(panel, self.training, self.dev)
        else:
            _scale_errors(panel, (*self.training, *self.dev))
        panel.set_xlabel("epoch")
        panel.set_ylabel(QUANTITIES[self.quantity])
        whole_numbers(panel.xaxis)
        self._legend(keys)
        return self


def _runs(name: str, runs: Sequence[Run]) -> list[Run]:
    checked = []
    for epochs, values in runs:
        places, costs = numbers(f"epochs of a {name} run", epochs, 1), numbers(f"values of a {name} run", values, 1)
        same_length("epochs", places, "values", costs)
        checked.append((places, costs))
    return checked


def _pairs(histories: History | Sequence[History], quantity: str) -> tuple[list[Run], list[Run]]:
    """Return the training pairs and the dev pairs of histories."""
    several: Sequence[History] = histories if isinstance(histories, Sequence) else [histories]
    if quantity == "cost":
        training = [(np.arange(1, history.epochs + 1), history.cost) for history in several]
        return training, [(history.record_epoch, history.dev_cost) for history in several]
    training = [(history.record_epoch, history.train_error) for history in several]
    return training, [(history.record_epoch, history.dev_error) for history in several]


def scale_costs(panel: Axes, training: Sequence[Run], dev: Sequence[Run]) -> None:
    """Logarithmic, and cut off where the training cost of a network that learns by heart falls out of sight."""
    dev_costs, training_costs = _positive(dev), _positive(training)
    values = np.concatenate([dev_costs, training_costs])
    if not values.size:
        return
    panel.set_yscale("log")
    lowest = float(dev_costs.min()) / 100 if dev_costs.size else float(values.max()) * 1e-8
    floor = max(float(values.min()), lowest)
    # A diverging run would push all others into the bottom line.
    ceiling = max(min(float(values.max()), 1000 * float(np.median(values))), floor)
    panel.set_ylim(floor / 1.3, ceiling * 1.3)
    plain_numbers(panel.yaxis, floor, ceiling)


def _scale_errors(panel: Axes, runs: Sequence[Run]) -> None:
    """From zero, and cut off above where R^2 was far below zero at first."""
    values = np.concatenate([values for _, values in runs])
    values = values[np.isfinite(values)]
    ceiling = min(float(values.max()), 10 * float(np.median(values)))
    panel.set_ylim(min(0.0, float(values.min())), 1.05 * ceiling if ceiling > 0 else 1.0)


def _positive(runs: Sequence[Run]) -> NDArray[Any]:
    values = np.concatenate([values for _, values in runs] or [np.zeros(0)])
    return np.asarray(values[np.isfinite(values) & (values > 0)])


# === One panel a kind of network ===


class Curves(NamedTuple):
    """The costs of some networks that differ only in their seed.

    Attributes
    ----------
    title : str
        What was trained.
    training : list of (epochs, costs)
        Training cost, one pair of arrays a seed.
    dev : list of (epochs, costs)
        Dev cost, one pair of arrays a seed.
    chosen : bool
        Whether to mark it.
    """

    title: str
    training: Sequence[Run]
    dev: Sequence[Run]
    chosen: bool = False


def cost_curves(groups: Sequence[Curves], cost_name: str = "cost") -> Figure:
    """Draw training cost and dev cost over the epochs, one panel a group: the median over seeds, and their range as a band.

    Parameters
    ----------
    groups : list of Curves
        At least one.
    cost_name : str
        Label of the vertical axis.

    Returns
    -------
    matplotlib.figure.Figure
    """
    columns = min(2, len(groups))
    rows = math.ceil(len(groups) / columns)
    figure = new_figure(4.6 * columns + 0.4, 2.9 * rows + 0.6)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for panel, group in zip(panels, groups, strict=False):
        tidy(panel)
        draw_band(panel, group.training, BLUE, TRAINING_STYLE)
        draw_band(panel, group.dev, VERMILION, DEV_STYLE)
        title = short(group.title, 60)
        panel.set_title(f"{title} (chosen)" if group.chosen else title, weight="bold" if group.chosen else "normal")
        whole_numbers(panel.xaxis)
    for panel in panels[len(groups) :]:
        panel.set_visible(False)
    scale_costs(panels[0], [run for group in groups for run in group.training], [run for group in groups for run in group.dev])
    for place in range(len(groups)):
        if place + columns >= len(groups):
            panels[place].set_xlabel("epoch")
            panels[place].tick_params(labelbottom=True)
    figure.supylabel(f"{cost_name} (log scale)", fontsize="medium")
    seeds = max(len(group.training) for group in groups)
    figure.legend(
        handles=[
            key("training cost, penalty and dropout included", BLUE, style=TRAINING_STYLE),
            key("dev cost", VERMILION, style=DEV_STYLE),
            *([patch(band_words(seeds, "seeds"), GREY)] if seeds > 1 else []),
        ],
        loc="outside upper center",
        ncols=3,
        frameon=False,
    )
    return figure
