"""How large the gradient of each layer is while a network trains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import DataError
from wellfit.plots.bands import Run, band_words, draw_band
from wellfit.plots.display import Display, fitted, numbers, same_length
from wellfit.plots.style import CLASS_COLOURS, GREY, key, look, patch, plain_numbers, whole_numbers

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
        An array of shape (records,) and one of shape (records, layers) a run. On the logarithmic axis a zero leaves a gap; a layer
        whose norm is always zero is named in the legend.

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
            places, table = numbers("epochs", epochs, 1), numbers("norms", norms, 2)
            same_length("epochs", places, "norms", table)
            checked.append((places, table))
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
            Of one run or of several.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        GradientNormDisplay
        """
        several: Sequence[History] = histories if isinstance(histories, Sequence) else [histories]
        return cls([(history.record_epoch, history.gradient_norms) for history in several]).plot(ax)

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
        several = results if isinstance(results, Sequence) else [results]
        return cls.from_history([result.history for result in several], ax=ax)

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Axes | None = None) -> Self:
        """Draw how a fitted estimator of wellfit was trained.

        Parameters
        ----------
        estimator : MLPClassifier, MLPRegressor, WellfitClassifier, WellfitRegressor
            Anything with ``history_`` or ``histories_``.
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
        if hasattr(estimator, "histories_"):
            return cls.from_history(estimator.histories_, ax=ax)
        return cls.from_history(fitted(estimator, "history_", "a picture of gradient norms"), ax=ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw, into the axes given or a new figure.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        GradientNormDisplay
            Itself.
        """
        panel = self._open(ax, 6.4, 4.4)
        layers = self.runs[0][1].shape[1]
        keys = []
        for layer, (colour, style) in enumerate(_looks(layers)):
            runs = [(epochs, np.where(norms[:, layer] > 0, norms[:, layer], np.nan)) for epochs, norms in self.runs]
            drawn = draw_band(panel, runs, colour, style)
            if layers <= len(CLASS_COLOURS) or not drawn:
                keys.append(key(f"layer {layer + 1}{'' if drawn else ': 0 throughout'}", colour, style=style))
        if len(self.runs) > 1:
            keys.append(patch(band_words(len(self.runs)), GREY))
        if layers > len(CLASS_COLOURS):
            self._bar(panel, layers)
        self._scale(panel)
        whole_numbers(panel.xaxis)
        panel.set_xlabel("epoch")
        panel.set_ylabel("norm of the gradient (log scale)")
        self._legend(keys)
        return self

    def _bar(self, panel: Axes, layers: int) -> None:
        """Explain shades by a bar: so many keys would leave no room for the picture."""
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import ListedColormap, Normalize

        shades = ListedColormap([colour for colour, _ in _looks(layers)])
        bar = self.figure_.colorbar(ScalarMappable(Normalize(0.5, layers + 0.5), shades), ax=panel, label="layer")
        whole_numbers(bar.ax.yaxis)

    def _scale(self, panel: Axes) -> None:
        values: NDArray[Any] = np.concatenate([norms.ravel() for _, norms in self.runs])
        values = values[np.isfinite(values) & (values > 0)]
        if values.size:
            panel.set_yscale("log")
            low, high = float(values.min()), float(values.max())
            panel.set_ylim(low / 1.4, high * 1.4)
            plain_numbers(panel.yaxis, low, high)


def _looks(layers: int) -> list[tuple[Any, Any]]:
    """Return colours and dashes; of very deep networks shades from dark (the first layer) to light."""
    if layers <= len(CLASS_COLOURS):
        return [look(layer)[:2] for layer in range(layers)]
    from matplotlib import colormaps

    return [(colormaps["viridis"](0.92 * layer / (layers - 1)), "-") for layer in range(layers)]
