"""The distribution of the weights, or of the activations, of each layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.errors import DataError, unknown_name
from wellfit.plots.display import Display, fitted, numbers, same_length
from wellfit.plots.style import look, short
from wellfit.spec.network import ACTIVATION_ALIASES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from wellfit.training.result import FitResult

__all__ = ["LayerHistogramDisplay"]

BINS = 80
# The share of values left out at either side: one weight far off would make all others a single bar.
TAIL = 0.001
MOST_ROWS = 2_000
MOST_WORDS = 12


@dataclass(eq=False)
class LayerHistogramDisplay(Display):
    """A histogram for each layer, the first at the top, on one axis; beside each its standard deviation and the share of exact zeros.

    All are equally high: heights compare values within a layer, not between layers. The outermost 0.1 % of a layer's values at either
    side are not drawn, nor are exact zeros among other values, whose share is written.

    Parameters
    ----------
    values : list of arrays
        The values of each layer, of any shape.
    names : list of str, optional
        Names of the layers; None: numbers.
    quantity : str
        What the values are.

    Raises
    ------
    DataError
        If there are no layers, or names and layers differ in number.

    Examples
    --------
    >>> from sklearn.neural_network import MLPClassifier
    >>> model = MLPClassifier((4, 3), solver="lbfgs", random_state=0).fit([[0.0, 0.0], [1.0, 1.0]], [0, 1])
    >>> LayerHistogramDisplay.from_estimator(model).names
    ['layer 1 (2 × 4)', 'layer 2 (4 × 3)', 'layer 3 (3 × 1)']
    """

    values: Sequence[NDArray[np.float64]]
    names: Sequence[str] = ()
    quantity: str = "weight"

    def __post_init__(self) -> None:
        """Validate."""
        if not len(self.values):
            raise DataError("there are no layers to draw: a network without hidden layers has no activations.")
        self.values = [np.asarray(layer, dtype=np.float64).ravel() for layer in self.values]
        self.names = list(self.names) or [f"layer {number}" for number in range(1, len(self.values) + 1)]
        same_length("names", self.names, "values", self.values)

    @classmethod
    def from_estimator(cls, estimator: Any, X: ArrayLike | None = None, *, ax: Axes | None = None) -> Self:
        """Draw the weights of a fitted network, or its activations on some rows.

        Parameters
        ----------
        estimator : MLPClassifier or MLPRegressor
            Wellfit's or scikit-learn's.
        X : array of shape (rows, inputs), optional
            Rows to show the hidden layers; of many a seeded sample is taken. None: the weights are drawn.
        ax : matplotlib.axes.Axes, optional
            Where to draw; None: a new figure.

        Returns
        -------
        LayerHistogramDisplay

        Raises
        ------
        DataError
            If the estimator is not fitted, or X is of another width.
        """
        coefs, intercepts = (fitted(estimator, name, "a picture of its layers") for name in ("coefs_", "intercepts_"))
        activation = estimator.activation
        names = [activation] * (len(coefs) - 1) if isinstance(activation, str) else list(activation)
        return cls._of(coefs, intercepts, names, X, ax)

    @classmethod
    def from_result(cls, result: FitResult, X: ArrayLike | None = None, *, ax: Axes | None = None) -> Self:
        """Draw the weights of a network that `fit` or `fit_many` returned, or its activations on some rows.

        Parameters
        ----------
        result : FitResult
            The network.
        X, ax :
            As in `from_estimator`.

        Returns
        -------
        LayerHistogramDisplay

        Raises
        ------
        DataError
            If X is of another width.
        """
        from wellfit.engines.layout import Layout

        network = result.spec.network
        coefs, intercepts = Layout.of(network).coefs_and_intercepts(result.parameters)
        return cls._of(coefs, intercepts, list(network.activations), X, ax)

    @classmethod
    def _of(cls, coefs: Sequence[Any], intercepts: Sequence[Any], activations: Sequence[str], X: Any, ax: Axes | None) -> Self:
        if X is None:
            names = [f"layer {number} ({coef.shape[0]} × {coef.shape[1]})" for number, coef in enumerate(coefs, start=1)]
            return cls(coefs, names, "weight").plot(ax)
        values = hidden_activations(coefs, intercepts, activations, X)
        names = [
            f"hidden layer {number} ({layer.shape[1]} {name})"
            for number, (layer, name) in enumerate(zip(values, activations, strict=True), 1)
        ]
        return cls(values, names, "activation").plot(ax)

    def _size(self) -> tuple[float, float]:
        return 7.2, min(9.0, 1.4 + 0.72 * len(self.values))

    def _draw(self, panel: Axes) -> list[Any]:
        many = len(self.values)
        low, high = _range(self.values)
        edges = np.linspace(low, high, BINS + 1)
        for row, layer in enumerate(self.values):
            heights = np.histogram(_drawn(layer), edges)[0]
            if heights.any():
                # The axis points downwards, so that the first layer is at the top.
                panel.stairs(row - 0.85 * heights / heights.max(), edges, baseline=row, fill=True, color=look(row)[0], alpha=0.75)
            panel.axhline(row, color=look(row)[0], linewidth=0.8)
        panel.set_xlim(low, high)
        panel.set_ylim(many - 0.85, -1)
        every = -(-many // 40)
        separator = "\n" if many <= MOST_WORDS else ", "
        labels = [f"{short(name)}{separator}{_words(layer)}" for name, layer in zip(self.names, self.values, strict=True)]
        panel.set_yticks(range(0, many, every), labels[::every], fontsize="small" if many <= MOST_WORDS else "x-small")
        panel.grid(visible=False, axis="y")
        panel.spines["left"].set_visible(False)
        panel.tick_params(axis="y", length=0)
        panel.set_xlabel(self.quantity)
        return []


def hidden_activations(
    coefs: Sequence[NDArray[Any]], intercepts: Sequence[NDArray[Any]], activations: Sequence[str], X: ArrayLike
) -> list[NDArray[np.float64]]:
    """Return activations of shape (rows, units) of each hidden layer, without dropout, on at most 2,000 rows; or raise `DataError`."""
    from wellfit.maths.activations import ACTIVATION_FUNCTIONS

    rows = numbers("X", X, 2)
    if rows.shape[1] != len(coefs[0]) or not len(rows):
        raise DataError(f"X must have shape (rows, {len(coefs[0])}) and at least one row, found {rows.shape}.")
    if len(rows) > MOST_ROWS:
        rows = rows[np.random.default_rng(0).permutation(len(rows))[:MOST_ROWS]]
    found = []
    for name, coef, intercept in zip(activations, coefs, intercepts, strict=False):
        function = ACTIVATION_FUNCTIONS.get(ACTIVATION_ALIASES.get(name, name))
        if function is None:
            raise DataError(unknown_name("activation", name, ACTIVATION_FUNCTIONS))
        with np.errstate(all="ignore"):
            rows = np.asarray(function.g(rows @ coef + intercept), dtype=np.float64)
        found.append(rows)
    return found


def _range(values: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    """Return the ends of the axis."""
    whole = [layer[np.isfinite(layer)] for layer in values]
    ends = [np.quantile(layer, [TAIL, 1 - TAIL]) for layer in whole if len(layer)]
    if not ends:
        raise DataError("no layer has a finite value to draw.")
    low, high = float(np.min(ends)), float(np.max(ends))
    room = 0.03 * (high - low) or 0.5 * max(abs(low), 1.0)
    return low - room, high + room


def _drawn(layer: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values of the histogram, without zeros: after ReLU, a bar of zeros would flatten all others."""
    finite = layer[np.isfinite(layer)]
    others = finite[finite != 0]
    return others if _share_of_zeros(finite) and len(others) else finite


def _share_of_zeros(finite: NDArray[np.float64]) -> float:
    """Return the share of exact zeros; 0 where it is too small to be written."""
    share = float((finite == 0).mean()) if len(finite) else 0.0
    return share if share >= 0.005 else 0.0


def _words(layer: NDArray[np.float64]) -> str:
    """Return the standard deviation of a layer, the share of zeros, and how many values are not finite."""
    finite = layer[np.isfinite(layer)]
    if not len(finite):
        return "nothing finite"
    zero = _share_of_zeros(finite)
    lost = f", {len(layer) - len(finite):,} not finite" if len(finite) < len(layer) else ""
    return f"sd {finite.std():.3g}" + (f", {100 * zero:.3g} % are 0" if zero else "") + lost
