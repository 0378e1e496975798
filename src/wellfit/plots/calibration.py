"""Calibration: whether events predicted with a probability of 70 % happen in 70 of 100 cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.errors import DataError
from wellfit.plots.display import Display, numbers, same_length
from wellfit.plots.points import coded
from wellfit.plots.style import GREY, amounts, key, look, plain_counts, short, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CalibrationDisplay", "Reliability"]


class Reliability(NamedTuple):
    """Predicted probabilities beside the shares of events that happened, in bins.

    Attributes
    ----------
    prob_pred : array of shape (bins,)
        Mean predicted probability; nan where a bin is empty, as in the three below.
    prob_true, low, high : array of shape (bins,)
        The share that happened, and its 95 % interval (Wilson 1927).
    rows : int array of shape (bins,)
        Number of rows in each bin.
    """

    prob_pred: NDArray[np.float64]
    prob_true: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    rows: NDArray[np.int64]

    @property
    def expected_error(self) -> float:
        """Expected calibration error: the mean of abs(prob_true - prob_pred) over the rows (Naeini et al. 2015)."""
        seen = self.rows > 0
        return float((self.rows[seen] * np.abs(self.prob_true - self.prob_pred)[seen]).sum() / self.rows.sum())


def reliability(y_true: ArrayLike, y_prob: ArrayLike, n_bins: int = 10) -> Reliability:
    """Compare predicted probabilities with what happened, in bins of equal width.

    Parameters
    ----------
    y_true : array of shape (rows,)
        True or 1 where the event happened.
    y_prob : array of shape (rows,)
        Its predicted probability, from 0 to 1.
    n_bins : int
        Number of bins.

    Returns
    -------
    Reliability

    Raises
    ------
    DataError
        If the shapes differ, there are no rows, or a probability lies outside [0, 1].

    Examples
    --------
    >>> found = reliability([0, 0, 1, 1], [0.1, 0.2, 0.6, 0.9], n_bins=2)
    >>> found.prob_pred.round(2).tolist(), found.prob_true.tolist(), found.rows.tolist()
    ([0.15, 0.75], [0.0, 1.0], [2, 2])
    """
    from scipy.stats import binomtest

    events, predicted = numbers("y_true", y_true, 1), numbers("y_prob", y_prob, 1)
    same_length("y_true", events, "y_prob", predicted)
    if not len(predicted) or not ((predicted >= 0) & (predicted <= 1)).all():
        raise DataError("y_prob must hold at least one number, and none outside [0, 1] or nan.")
    if not np.isin(events, (0, 1)).all():
        raise DataError("y_true must hold 0 or 1 (or truth values) alone.")
    bins = np.searchsorted(np.linspace(0, 1, n_bins + 1)[1:-1], predicted)
    rows, happened, sums = (np.bincount(bins, weights, n_bins) for weights in (None, events, predicted))
    ends = np.full((2, n_bins), np.nan)
    for number in np.flatnonzero(rows):
        ends[:, number] = binomtest(int(happened[number]), int(rows[number])).proportion_ci(method="wilson")
    with np.errstate(invalid="ignore"):
        return Reliability(sums / rows, happened / rows, ends[0], ends[1], rows)


@dataclass(eq=False)
class CalibrationDisplay(Display):
    """The share of events that happened over their predicted probability, with 95 % intervals, and below it the numbers of rows.

    Parameters
    ----------
    models : dict of str to Reliability
        Names of models, and what `reliability` returned for them.
    event : str
        Name of the event.

    Raises
    ------
    DataError
        If there is no model.

    Examples
    --------
    >>> display = CalibrationDisplay.from_predictions([0, 0, 1, 1], {"network": [0.1, 0.4, 0.6, 0.9]}, n_bins=2)
    >>> display.models["network"].expected_error
    0.25
    """

    models: Mapping[str, Reliability]
    event: str = "event"
    # Curves rise from the lower left, and the counts fill the bottom.
    _legend_location = "upper left"

    def __post_init__(self) -> None:
        """Validate."""
        if not self.models:
            raise DataError("there are no models to draw; expected at least one.")

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_prob: Mapping[str, ArrayLike] | ArrayLike,
        *,
        n_bins: int = 10,
        event: str = "event",
        ax: Axes | None = None,
    ) -> Self:
        """Draw predicted probabilities.

        Parameters
        ----------
        y_true : array of shape (rows,)
            True or 1 where the event happened.
        y_prob : array of shape (rows,), or dict of str to such arrays
            Probabilities of one model, or of several by name.
        n_bins : int
            Bins of equal width.
        event : str
            Name of the event.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        CalibrationDisplay

        Raises
        ------
        DataError
            As `reliability`.
        """
        named = y_prob if isinstance(y_prob, Mapping) else {"model": y_prob}
        return cls({name: reliability(y_true, predicted, n_bins) for name, predicted in named.items()}, event).plot(ax)

    @classmethod
    def from_estimator(
        cls, estimators: Mapping[str, Any] | Any, X: Any, y: ArrayLike, *, pos_label: Any = None, n_bins: int = 10, ax: Axes | None = None
    ) -> Self:
        """Draw the probabilities of fitted classifiers.

        Parameters
        ----------
        estimators : classifier, or dict of str to classifiers
            With `predict_proba` and `classes_`.
        X : table of shape (rows, columns)
            Rows that they were not trained on.
        y : array of shape (rows,)
            Their classes.
        pos_label : label, optional
            The class whose probability is drawn. None: of two classes the second; of more the predicted class, and how often it is
            the right one.
        n_bins : int
            Bins of equal width.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        CalibrationDisplay

        Raises
        ------
        DataError
            If an estimator is not fitted or has no `predict_proba`, or `pos_label` is not one of its classes.
        """
        from wellfit.plots.responses import response_of

        named = estimators if isinstance(estimators, Mapping) else {type(estimators).__name__: estimators}
        labels = np.ravel(np.asarray(y))
        found, event = {}, "event"
        for name, estimator in named.items():
            response = response_of(estimator, X)
            if response.kind != "probability":
                raise DataError(f"{type(estimator).__name__} has no predict_proba; calibration is about probabilities.")
            classes, codes = response.classes.tolist(), coded(labels, response.classes)
            if pos_label is None and len(classes) > 2:
                y_prob, y_true, event = response.values.max(axis=1), response.values.argmax(axis=1) == codes, "the predicted class"
            else:
                code = int(coded([classes[-1] if pos_label is None else pos_label], classes)[0])
                y_prob, y_true, event = response.values[:, code], codes == code, f"class {classes[code]}"
            # Sums of float32 probabilities may pass 1 by a rounding.
            found[name] = reliability(y_true, np.clip(y_prob, 0, 1), n_bins)
        return cls(found, event).plot(ax)

    def _size(self) -> tuple[float, float]:
        return 6.0, 6.2

    def _draw(self, panel: Axes) -> list[Any]:
        # Within the panel, below zero, so that it needs no room of its own in the caller's axes.
        self.count_ax_ = panel.inset_axes((0, 0, 1, 0.2), sharex=panel)
        tidy(self.count_ax_)
        panel.plot([0, 1], [0, 1], color=GREY, linestyle=":", linewidth=1.2)
        keys = [key("perfectly calibrated", GREY, style=":")]
        for number, (name, found) in enumerate(self.models.items()):
            colour, style, marker = look(number)
            seen = found.rows > 0
            across, up = found.prob_pred[seen], found.prob_true[seen]
            reach = np.maximum([up - found.low[seen], found.high[seen] - up], 0)
            panel.errorbar(
                across, up, reach, color=colour, ecolor=colour, elinewidth=0.9, linestyle=style, marker=marker, markersize=5, capsize=2
            )
            keys.append(key(f"{short(name, 32)} (error {found.expected_error:.3f})", colour, marker, style))
            self.count_ax_.stairs(found.rows, np.linspace(0, 1, len(found.rows) + 1), color=colour, linestyle=style, linewidth=1.6)
        panel.set_xlim(-0.02, 1.02)
        panel.set_ylim(-0.36, 1.02)
        panel.set_yticks(np.linspace(0, 1, 6))
        panel.set_ylabel("share that happened", y=0.63)
        panel.set_xlabel(f"predicted probability of {short(self.event)}")
        for axis in (panel.xaxis, panel.yaxis):
            amounts(axis, as_percent=True)
        _scale_counts(self.count_ax_, np.concatenate([found.rows for found in self.models.values()]))
        return keys


def _scale_counts(panel: Axes, counts: NDArray[np.int64]) -> None:
    # A sure model leaves few rows in the bins between: on a linear axis these would look empty.
    if counts.max() > 20 * max(counts[counts > 0].min(), 1):
        panel.set_yscale("symlog", linthresh=1)
        plain_counts(panel.yaxis, int(counts.max()))
    panel.set_ylim(0, 1.1 * counts.max())
    panel.set_ylabel("rows")
    panel.tick_params(labelbottom=False)
