"""The norm of each layer's gradient while a network trains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import DataError
from wellfit.plots.bands import Run, band_words, draw_band
from wellfit.plots.curves import histories_of, several
from wellfit.plots.display import Display, numbers, same_length
from wellfit.plots.style import CLASS_COLOURS, GREY, key, look, patch, plain_logarithms, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from wellfit.training.result import FitResult, History

__all__ = ["GradientNormDisplay"]


@dataclass(eq=False)
class GradientNormDisplay(Display):
    """The norm of each layer's gradient over the epochs; of several runs the median, with a band.

    Lines that lie orders of magnitude apart, the first layers lowest, are vanishing gradients; lines that rise without end exploding ones.

    Parameters
    ----------
    runs : list of (epochs, norms)
        For each run an array of shape (records,) and one of shape (records, layers). On the logarithmic axis a zero leaves a gap; a
        layer whose norm is always zero is named in the legend.

    Raises
    ------
    DataError
        If the shapes do not fit each other, or there is nothing to draw.

    Examples
    --------
    >>> display = GradientNormDisplay([([1, 2], [[0.1, 1.0], [0.01, 0.5]])]).plot()
    >>> len(display.ax_.lines), display.ax_.get_yscale()
    (2, 'log')
    """

    runs: Sequence[Run]

    def __post_init__(self) -> None:
        """Validate."""
        checked = []
        for epochs, norms in self.runs:
            positions, table = numbers("epochs", epochs, 1), numbers("norms", norms, 2)
            same_length("epochs", positions, "norms", table)
            checked.append((positions, table))
        widths = {table.shape[1] for _, table in checked}
        if len(widths) > 1:
            raise DataError(f"all runs must have as many layers, found {', '.join(map(str, sorted(widths)))}; draw them apart.")
        if not any(np.isfinite(table).any() for _, table in checked):
            raise DataError("no gradient norm was recorded; expected a network trained for at least one epoch.")
        self.runs = checked

    @classmethod
    def from_history(cls, histories: History | Sequence[History], *, ax: Axes | None = None) -> Self:
        """Draw the gradient norms of a history, or of several of equally deep networks.

        Parameters
        ----------
        histories : History or list of History
            One or several.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        GradientNormDisplay
        """
        return cls([(history.record_epoch, history.gradient_norms) for history in several(histories)]).plot(ax)

    @classmethod
    def from_results(cls, results: FitResult | Sequence[FitResult], *, ax: Axes | None = None) -> Self:
        """Draw what `fit` or `fit_many` returned.

        Parameters
        ----------
        results : FitResult or list of FitResult
            One or several.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        GradientNormDisplay
        """
        return cls.from_history([result.history for result in several(results)], ax=ax)

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Axes | None = None) -> Self:
        """Draw how a fitted estimator of wellfit was trained.

        Parameters
        ----------
        estimator : MLPClassifier, MLPRegressor, WellfitClassifier, WellfitRegressor
            Or any other with ``history_`` or ``histories_``.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        GradientNormDisplay

        Raises
        ------
        DataError
            If it is not fitted, or keeps no history.
        """
        return cls.from_history(histories_of(estimator, "a picture of gradient norms"), ax=ax)

    def _draw(self, panel: Axes) -> list[Any]:
        layers = self.runs[0][1].shape[1]
        looks, has_keys = _looks(layers), layers <= len(CLASS_COLOURS)
        keys = []
        for layer, (colour, style) in enumerate(looks):
            runs = [(epochs, np.where(norms[:, layer] > 0, norms[:, layer], np.nan)) for epochs, norms in self.runs]
            drawn = draw_band(panel, runs, colour, style)
            if has_keys or not drawn:
                keys.append(key(f"layer {layer + 1}{'' if drawn else ': 0 throughout'}", colour, style=style))
        if len(self.runs) > 1:
            keys.append(patch(band_words(len(self.runs)), GREY))
        if not has_keys:
            self._draw_bar(panel, [colour for colour, _ in looks])
        values: NDArray[Any] = np.concatenate([norms.ravel() for _, norms in self.runs])
        values = values[np.isfinite(values) & (values > 0)]
        if values.size:
            panel.set_yscale("log")
            low, high = float(values.min()), float(values.max())
            panel.set_ylim(low / 1.4, high * 1.4)
            plain_logarithms(panel.yaxis, low, high)
        whole_numbers(panel.xaxis)
        panel.set_xlabel("epoch")
        panel.set_ylabel("norm of the gradient (log scale)")
        return keys

    def _draw_bar(self, panel: Axes, colours: list[Any]) -> None:
        """Draw a colour bar: so many legend entries would leave no room for the picture."""
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import ListedColormap, Normalize

        shades = ScalarMappable(Normalize(0.5, len(colours) + 0.5), ListedColormap(colours))
        whole_numbers(self.figure_.colorbar(shades, ax=panel, label="layer").ax.yaxis)


def _looks(layers: int) -> list[tuple[Any, Any]]:
    """Return colours and dashes; of very deep networks shades from dark (the first layer) to light."""
    if layers <= len(CLASS_COLOURS):
        return [look(layer)[:2] for layer in range(layers)]
    from matplotlib import colormaps

    return [(colormaps["viridis"](0.92 * layer / (layers - 1)), "-") for layer in range(layers)]
