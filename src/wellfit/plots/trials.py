"""The trials of a search in their order, and the best network so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import DataError
from wellfit.plots.display import Display, numbers, same_length
from wellfit.plots.style import GREY, INK, amounts, highest_shown, key, look, patch, short, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["TrialsDisplay"]

REFERENCE_STYLES = (":", "--", "-.")


@dataclass(eq=False)
class TrialsDisplay(Display):
    """The dev error of each trial of a search, by the kind of remedy that it tried, and of the best network after each round.

    Parameters
    ----------
    dev_errors : array of shape (trials,)
        In the order of the trials. Those that are not finite leave a gap; those far above the others are drawn at the upper edge.
    kinds : list of str
        What each trial tried.
    best : array of shape (rounds, 4), optional
        Number of trials by the end of each round, dev error of the best network so far, and low and high end of its interval.
    references : mapping of str to float, optional
        Names and dev errors of simple models.
    error_name : str
        Label of the vertical axis, with its unit.
    as_percent : bool
        Write errors, which are shares, in percent.

    Raises
    ------
    DataError
        If the shapes do not fit each other, or no error is finite.

    Examples
    --------
    >>> display = TrialsDisplay([0.3, 0.2, 0.25], ["plain", "L2", "L2"], [(1, 0.3, 0.2, 0.4), (3, 0.2, 0.1, 0.3)]).plot()
    >>> display.ax_.get_xlabel()
    'trial'
    """

    dev_errors: NDArray[np.float64]
    kinds: Sequence[str]
    best: NDArray[np.float64] | None = None
    references: Mapping[str, float] = field(default_factory=dict)
    error_name: str = "dev error"
    as_percent: bool = False

    def __post_init__(self) -> None:
        """Validate."""
        self.dev_errors = numbers("dev_errors", self.dev_errors, 1)
        same_length("dev_errors", self.dev_errors, "kinds", self.kinds)
        if not np.isfinite(self.dev_errors).any():
            raise DataError("no trial has a finite dev error to draw.")
        if self.best is not None:
            self.best = numbers("best", self.best, 2)
            if self.best.shape[1] != 4:
                raise DataError(f"best must hold trials, error, low and high of each round, found shape {self.best.shape}.")

    def _size(self) -> tuple[float, float]:
        return 8.0, 4.4

    def _draw(self, panel: Axes) -> list[Any]:
        low, high = self._ends()
        trials, finite = np.arange(1, len(self.dev_errors) + 1), np.isfinite(self.dev_errors)
        size = 4 if len(trials) > 60 else 7
        kinds = []
        for number, kind in enumerate(dict.fromkeys(self.kinds)):
            colour, _, marker = look(number)
            mine = np.array([each == kind for each in self.kinds]) & finite
            shown = np.minimum(self.dev_errors[mine], high)
            panel.plot(trials[mine], shown, marker, color=colour, markersize=size, alpha=0.75, markeredgewidth=0, clip_on=False, zorder=2.5)
            kinds.append(key(short(kind, 24), colour, marker, ""))
        keys: list[Any] = []
        if self.best is not None and len(self.best):
            keys += self._draw_best(panel, len(trials))
        for (name, error), style in zip(self.references.items(), REFERENCE_STYLES, strict=False):
            if low <= error <= high:
                panel.axhline(error, color=GREY, linestyle=style, linewidth=1.2, zorder=0)
                keys.append(key(f"{short(name)}, dev", GREY, style=style))
        panel.set_ylim(low, high)
        panel.set_xlim(0.5, len(trials) + 0.5)
        whole_numbers(panel.xaxis)
        panel.set_xlabel("trial")
        panel.set_ylabel(short(self.error_name))
        if self.as_percent:
            amounts(panel.yaxis, as_percent=True)
        # Of very many keys the last are left out.
        return [*keys, *kinds]

    def _draw_best(self, panel: Axes, trials: int) -> list[Any]:
        """Draw the best network as steps, each from the end of its round to the end of the next."""
        assert self.best is not None
        ends = np.append(self.best[:, 0], max(trials, self.best[-1, 0]) + 0.5)
        _, error, low, high = np.concatenate([self.best, self.best[-1:]]).T
        panel.fill_between(ends, low, high, step="post", color=INK, alpha=0.12, linewidth=0)
        panel.plot(ends, error, color=INK, drawstyle="steps-post", linewidth=2)
        return [key("best after each round", INK), patch("its 95 % interval", INK)]

    def _ends(self) -> tuple[float, float]:
        """Return the lowest and the highest error that is shown."""
        errors = self.dev_errors[np.isfinite(self.dev_errors)]
        least, middle, most = float(errors.min()), float(np.median(errors)), float(errors.max())
        high = highest_shown(least, middle, most)
        for error in self.references.values():
            # One simple model far off would take all the room.
            high = error if high < error <= least + 1.5 * (high - least) else high
        room = 0.05 * ((high - least) or high or 1.0)
        return max(0.0, least - room) if least >= 0 else least - room, high + room
