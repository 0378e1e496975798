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
from wellfit.plots.style import BLUE, GREY, VERMILION, key, new_figure, patch, plain_logarithms, short, tidy, whole_numbers

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

    A run counts at the epochs that it reached: the median at an epoch leaves out runs that had ended.

    Parameters
    ----------
    training, dev : list of (epochs, values)
        A pair of arrays for each run. Values that are not finite leave a gap.
    quantity : str
        ``"cost"``, on a logarithmic axis; or ``"error"``.
    best_epoch : int, optional
        Marked by a line.

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
            One or several, of any lengths.
        quantity : str
            ``"cost"`` or ``"error"``; errors are known where there were dev rows.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        TrainingCurveDisplay
        """
        return cls(*_pairs(several(histories), quantity), quantity).plot(ax)

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
        found = several(results)
        best = found[0].best_epoch - found[0].epochs + found[0].history.epochs if len(found) == 1 else None
        return cls(*_pairs([result.history for result in found], quantity), quantity, best).plot(ax)

    @classmethod
    def from_estimator(cls, estimator: Any, *, quantity: str = "cost", ax: Axes | None = None) -> Self:
        """Draw how a fitted estimator was trained.

        Parameters
        ----------
        estimator : MLPClassifier, MLPRegressor, WellfitClassifier, WellfitRegressor
            Or any other with ``history_``, ``histories_``, or scikit-learn's ``loss_curve_``.
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
        kept = hasattr(estimator, "history_") or hasattr(estimator, "histories_")
        if not kept and quantity == "cost" and hasattr(estimator, "loss_curve_"):
            costs = numbers("loss_curve_", estimator.loss_curve_, 1)
            return cls([(np.arange(1, len(costs) + 1), costs)]).plot(ax)
        return cls.from_history(histories_of(estimator, "a training curve"), quantity=quantity, ax=ax)

    def _draw(self, panel: Axes) -> list[Any]:
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
            _scale_costs(panel, self.training, self.dev)
        else:
            _scale_errors(panel, (*self.training, *self.dev))
        panel.set_xlabel("epoch")
        panel.set_ylabel(QUANTITIES[self.quantity])
        whole_numbers(panel.xaxis)
        return keys


def several(things: Any) -> list[Any]:
    """Return one thing, or a sequence of them, as a list."""
    return list(things) if isinstance(things, Sequence) else [things]


def histories_of(estimator: Any, purpose: str) -> Any:
    """Return the history or the histories that a fitted estimator keeps, or raise `DataError`."""
    kept = "histories_" if hasattr(estimator, "histories_") and not hasattr(estimator, "history_") else "history_"
    return fitted(estimator, kept, purpose)


def _runs(name: str, runs: Sequence[Run]) -> list[Run]:
    checked = []
    for epochs, values in runs:
        positions, costs = numbers(f"epochs of a {name} run", epochs, 1), numbers(f"values of a {name} run", values, 1)
        same_length("epochs", positions, "values", costs)
        checked.append((positions, costs))
    return checked


def _pairs(histories: Sequence[History], quantity: str) -> tuple[list[Run], list[Run]]:
    """Return the training pairs and the dev pairs of histories."""
    if quantity == "cost":
        training = [(np.arange(1, history.epochs + 1), history.cost) for history in histories]
        return training, [(history.record_epoch, history.dev_cost) for history in histories]
    training = [(history.record_epoch, history.train_error) for history in histories]
    return training, [(history.record_epoch, history.dev_error) for history in histories]


def _scale_costs(panel: Axes, training: Sequence[Run], dev: Sequence[Run]) -> None:
    """Make the axis logarithmic, cut off below where an overfitting network drives its training cost towards zero."""
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
    plain_logarithms(panel.yaxis, floor, ceiling)


def _scale_errors(panel: Axes, runs: Sequence[Run]) -> None:
    """Start the axis at zero, cut off above where R² was far below zero at first."""
    values = np.concatenate([values for _, values in runs])
    values = values[np.isfinite(values)]
    ceiling = min(float(values.max()), 10 * float(np.median(values)))
    panel.set_ylim(min(0.0, float(values.min())), 1.05 * ceiling if ceiling > 0 else 1.0)


def _positive(runs: Sequence[Run]) -> NDArray[Any]:
    values = np.concatenate([values for _, values in runs] or [np.zeros(0)])
    return np.asarray(values[np.isfinite(values) & (values > 0)])


# === One panel for each kind of network ===


class Curves(NamedTuple):
    """The costs of networks that differ only in their seed.

    Attributes
    ----------
    title : str
        Title of the panel.
    training, dev : list of (epochs, costs)
        A pair of arrays for each seed.
    chosen : bool
        Whether to mark the panel.
    """

    title: str
    training: Sequence[Run]
    dev: Sequence[Run]
    chosen: bool = False


def cost_curves(groups: Sequence[Curves], cost_name: str = "cost") -> Figure:
    """Draw training and dev cost over the epochs, one panel for each group: the median over seeds, and their range as a band.

    Parameters
    ----------
    groups : list of Curves
        At least one.
    cost_name : str
        Label of the vertical axis.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> figure = cost_curves([Curves("L2", [([1, 2], [0.7, 0.5])], [([1, 2], [0.8, 0.6])], chosen=True)])
    >>> figure.axes[0].get_title()
    'L2 (chosen)'
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
    _scale_costs(panels[0], [run for group in groups for run in group.training], [run for group in groups for run in group.dev])
    for index in range(len(groups)):
        if index + columns >= len(groups):
            panels[index].set_xlabel("epoch")
            panels[index].tick_params(labelbottom=True)
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
