"""Penalties and dropout, each beside its derivative.

Legend: W: weights of a layer; M: weight of the batch (its number of examples, or the sum of their weights); l2, l1:
penalties; A: activations (examples, units); D: mask of the same shape, True where a unit is kept; rate: chance of dropping.

Biases are never penalised. The penalties of all layers add up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


# === L2 (ridge, weight decay): l2 / 2M * sum W^2 ===


def l2_penalty(W: Array, l2: float, M: float) -> float:
    """Return l2 / 2M * sum W^2."""
    return l2 / (2 * M) * float((W * W).sum())


def d_l2_penalty(W: Array, l2: float, M: float) -> Array:
    """Return l2 / M * W."""
    return (l2 / M) * W


# === L1 (lasso): l1 / M * sum |W| ===


def l1_penalty(W: Array, l1: float, M: float) -> float:
    """Return l1 / M * sum |W|."""
    return l1 / M * float(np.abs(W).sum())


def d_l1_penalty(W: Array, l1: float, M: float) -> Array:
    """Return l1 / M * sign(W); 0 at the kink."""
    return (l1 / M) * np.sign(W)


# === Inverted dropout (Srivastava et al. 2014): A D / (1 - rate) ===


def dropout(A: Array, D: NDArray[np.bool_], rate: float) -> Array:
    """Return A where kept (D), divided by 1 - rate so that its mean stays, and 0 where dropped; A and D are (examples, units)."""
    return np.where(D, A * (1 / (1 - rate)), 0)


def d_dropout(dA: Array, D: NDArray[np.bool_], rate: float) -> Array:
    """Return the derivative with respect to the activations before dropout: the same mask and factor on the way back."""
    return np.where(D, dA * (1 / (1 - rate)), 0)
