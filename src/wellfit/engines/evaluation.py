"""The loss and the error of a network on some rows, without dropout.

Legend: Z (m, n): pre-activations of the last layer; Y: targets; w (m,): weights of the examples.

Sums are taken in float64 whatever the network computes in.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.types import Array, Engine, Rows
from wellfit.maths.losses import make_loss
from wellfit.spec import CLASSIFICATION_LOSSES, Spec, Training


def evaluate_by(
    engine: Engine, spec: Spec, parameters: Array, X: Array, Y: Array, weights: Array | None, rows: Rows
) -> tuple[float, float]:
    """Return the mean loss and the error on some rows of a table, by an engine's forward pass; nan where there are no rows."""
    if len(rows) == 0:
        return math.nan, math.nan
    # Of this loss the outputs are the pre-activations, from which the cross-entropies can be computed without loss of digits.
    linear = Spec(spec.network, Training(loss="squared_error", dtype=spec.training.dtype))
    with np.errstate(all="ignore"):
        Z = engine.forward(linear, parameters, X[rows])
        w = None if weights is None else weights[rows]
        return mean_loss(spec.training, Z, Y[rows], w), error(spec.training, Z, Y[rows], w)


def mean_loss(training: Training, Z: Array, Y: Array, w: Array | None = None) -> float:
    """Return sum w loss / sum w of Z (m, outputs) and Y (m, targets), without penalties and label smoothing."""
    loss = make_loss(training.loss, huber_delta=training.huber_delta)
    return _weighted_mean(loss.value(Z, Y), w)


def error(training: Training, Z: Array, Y: Array, w: Array | None = None) -> float:
    """Return 1 - accuracy of classes (of whole rows of labels), or 1 - R^2 (mean over targets) of numbers; shapes as in `mean_loss`."""
    if training.loss not in CLASSIFICATION_LOSSES:
        P = make_loss(training.loss).predict(Z)
        return 1 - r2(P.astype(np.float64), Y.astype(np.float64), w)
    if training.loss == "cross_entropy":
        wrong = Z.argmax(axis=1) != Y[:, 0]
    else:
        wrong = ((Z > 0) != (Y > 0)).any(axis=1)
    return _weighted_mean(wrong, w)


def r2(P: NDArray[np.float64], Y: NDArray[np.float64], w: Array | None = None) -> float:
    """Return the mean over targets of R^2 = 1 - sum w (y - p)^2 / sum w (y - mean y)^2, for P and Y of shape (m, targets).

    A constant target scores 1 if it is predicted exactly and 0 if not, as in scikit-learn's ``r2_score``.
    """
    weights = np.ones((len(Y), 1)) if w is None else w.astype(np.float64)[:, None]
    residual = (weights * (Y - P) ** 2).sum(axis=0)
    mean = (weights * Y).sum(axis=0) / weights.sum()
    spread = (weights * (Y - mean) ** 2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.where(spread > 0, 1 - residual / spread, np.where(residual > 0, 0.0, 1.0))
    # A constant target that is mispredicted by nan has no score at all.
    scores = np.where(np.isnan(residual), np.nan, scores)
    return float(scores.mean())


def _weighted_mean(values: NDArray[np.floating | np.bool_], w: Array | None) -> float:
    numbers = values.astype(np.float64)
    if w is None:
        return float(numbers.mean())
    weights = w.astype(np.float64)
    return float((weights * numbers).sum() / weights.sum())
