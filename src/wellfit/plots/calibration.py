"""Whether events that are said to happen with 70 % probability happen in 70 of 100 cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.errors import DataError
from wellfit.plots.display import Display, numbers, same_length
from wellfit.plots.points import coded
from wellfit.plots.style import GREY, key, look, percent, plain_counts, short, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CalibrationDisplay", "Reliability"]


class Reliability(NamedTuple):
    """How often what a model said came true, in bins of what it said.

    Attributes
    ----------
    said : array of shape (bins,)
        Mean predicted probability; nan where a bin is empty, as in the two below.
    came, low, high : array of shape (bins,)
        The share that came true, and its 95 % interval (Wilson 1927).
    rows : int array of shape (bins,)
        How many are in each bin.
    """

    said: NDArray[np.float64]
    came: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    rows: NDArray[np.int64]

    @property
    def expected_error(self) -> float:
        """Expected calibration error: the mean of abs(came - said) over the rows (Naeini et al. 2015)."""
        seen = self.rows > 0
        return float((self.rows[seen] * np.abs(self.came - self.said)[seen]).sum() / self.rows.sum())


def reliability(happened: ArrayLike, probability: ArrayLike, bins: int = 10) -> Reliability:
    """Compare probabilities with what happened, in bins of equal width.

    Parameters
    ----------
    happened : array of shape (rows,)
        True or 1 where it did.
    probability : array of shape (rows,)
        What the model said, from 0 to 1.
    bins : int
        How many.

    Returns
    -------
    Reliability

    Raises
    ------
    DataError
        If the shapes differ, there are no rows, or a probability lies outside [0, 1].

    Examples
    --------
    >>> found = reliability([0, 0, 1, 1], [0.1, 0.2, 0.6, 0.9], bins=2)
    >>> found.said.round(2).tolist(), found.came.tolist(), found.rows.tolist()
    ([0.15, 0.75], [0.0, 1.0], [2, 2])
    """
    from scipy.stats import binomtest

    events, said = numbers("happened", happened, 1), numbers("probability", probability, 1)
    same_length("happened", events, "probability", said)
    if not len(said) or not ((said >= 0) & (said <= 1)).all():
        raise DataError("probability must hold at least one number, and none outside [0, 1] or nan.")
    if not np.isin(events, (0, 1)).all():
        raise DataError("happened must hold 0 or 1 (or truth values) alone.")
    place = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], said)
    count, came, sums = (np.bincount(place, weights, bins) for weights in (None, events, said))
    ends = np.full((2, bins), np.nan)
    for number in np.flatnonzero(count):
        ends[:, number] = binomtest(int(came[number]), int(count[number])).proportion_ci(method="wilson")
    with np.errstate(invalid="ignore"):
        return Reliability(sums / count, came / count, ends[0], ends[1], count)


@dataclass(eq=False)
class CalibrationDisplay(Display):
    """How often what models said came true, with 95 % intervals, and below it how often they said so.

    Parameters
    ----------
    models : dict of str to Reliability
        Each model's name, and what `reliability` returned.
    event : str
        What the probabilities are of.

    Raises
    ------
    DataError
        If there is no model.

    Examples
    --------
    >>> display = CalibrationDisplay.from_predictions([0, 0, 1, 1], {"network": [0.1, 0.4, 0.6, 0.9]}, bins=2)
    >>> display.models["network"].expected_error
    0.25
    """

    models: Mapping[str, Reliability]
    event: str = "event"

    def __post_init__(self) -> None:
        """Validate."""
        if not self.models:
            raise DataError("there are no models to draw; expected at least one.")

    @classmethod
    def from_predictions(
        cls,
        happened: ArrayLike,
        probabilities: Mapping[str, ArrayLike] | ArrayLike,
        *,
        bins: int = 10,
        event: str = "event",
        ax: Axes | None = None,
    ) -> Self:
        """Draw probabilities that are known already.

        Parameters
        ----------
        happened : array of shape (rows,)
            True or 1 where the event did.
        probabilities : array of shape (rows,), or dict of str to such arrays
            Of one model, or of several by name.
        bins : int
            Bins of equal width.
        event : str
            What the probabilities are of.
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
        named = probabilities if isinstance(probabilities, Mapping) else {"model": probabilities}
        return cls({name: reliability(happened, said, bins) for name, said in named.items()}, event).plot(ax)

    @classmethod
    def from_estimator(
        cls, estimators: Mapping[str, Any] | Any, X: Any, y: ArrayLike, *, positive: Any = None, bins: int = 10, ax: Axes | None = None
    ) -> Self:
        """Ask fitted classifiers on rows that they were not trained on.

        Parameters
        ----------
        estimators : classifier, or dict of str to classifiers
            With `predict_proba` and `classes_`.
        X : table of shape (rows, columns)
            Rows not trained on.
        y : array of shape (rows,)
            Their classes.
        positive : label, optional
            The class whose probability is looked at. None: of two classes the second; of more the predicted class, and how often it
            is the right one.
        bins : int
            Bins of equal width.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        CalibrationDisplay

        Raises
        ------
        DataError
            If an estimator is not fitted or has no `predict_proba`, or `positive` is none of its classes.
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
            if positive is None and len(classes) > 2:
                said, came, event = response.values.max(axis=1), response.values.argmax(axis=1) == codes, "the predicted class"
            else:
                place = int(coded([classes[-1] if positive is None else positive], classes)[0])
                said, came, event = response.values[:, place], codes == place, f"class {classes[place]}"
            # Sums of float32 probabilities may pass 1 by a rounding.
            found[name] = reliability(came, np.clip(said, 0, 1), bins)
        return cls(found, event).plot(ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw, into the axes given or a new figure; `count_ax_` are the axes of the counts, within them.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        CalibrationDisplay
            Itself.
        """
        panel = self._open(ax, 6.0, 6.2)
        # Within the panel, below zero: so it needs no room of its own, whosever axes these are.
        self.count_ax_ = panel.inset_axes((0, 0, 1, 0.2), sharex=panel)
        tidy(self.count_ax_)
        panel.plot([0, 1], [0, 1], color=GREY, linestyle=":", linewidth=1.2)
        keys = [key("perfectly calibrated", GREY, style=":")]
        for number, (name, found) in enumerate(self.models.items()):
            colour, style, marker = look(number)
            seen = found.rows > 0
            said, came = found.said[seen], found.came[seen]
            reach = np.maximum([came - found.low[seen], found.high[seen] - came], 0)
            panel.errorbar(
                said, came, reach, color=colour, ecolor=colour, elinewidth=0.9, linestyle=style, marker=marker, markersize=5, capsize=2
            )
            keys.append(key(f"{short(name, 32)} (error {found.expected_error:.3f})", colour, marker, style))
            self.count_ax_.stairs(found.rows, np.linspace(0, 1, len(found.rows) + 1), color=colour, linestyle=style, linewidth=1.6)
        panel.set_xlim(-0.02, 1.02)
        panel.set_ylim(-0.36, 1.02)
        panel.set_yticks(np.linspace(0, 1, 6))
        panel.set_ylabel("how often it came true", y=0.63)
        panel.set_xlabel(f"predicted probability of {short(self.event)}")
        self._count_axis(list(self.models.values()))
        self._legend(keys)
        return self

    def _count_axis(self, models: Sequence[Reliability]) -> None:
        counts = np.concatenate([found.rows for found in models])
        # Sure models leave the bins between almost empty: on a linear axis those could not be told from empty ones.
        if counts.max() > 20 * max(counts[counts > 0].min(), 1):
            self.count_ax_.set_yscale("symlog", linthresh=1)
            plain_counts(self.count_ax_.yaxis, int(counts.max()))
        self.count_ax_.set_ylim(0, 1.1 * counts.max())
        self.count_ax_.set_ylabel("rows")
        self.count_ax_.tick_params(labelbottom=False)
        for axis in (self.ax_.xaxis, self.ax_.yaxis):
            percent(axis)
