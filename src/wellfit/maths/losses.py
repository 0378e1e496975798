"""Losses of the last layer, each beside its derivative with respect to that layer's pre-activations.

Legend: Z (m, n): pre-activations of the last layer; Y: targets, in the shape each loss names; P = p(Z): predictions;
loss (m,): summed over the n outputs of an example; dZ (m, n) = d loss / dZ; eps: share of label smoothing; K: classes.

Cross-entropies are computed from Z, not from P: no finite Z makes them inf or nan.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.floating]


class Loss(NamedTuple):
    """A loss, its derivative, and what the last layer means under it."""

    value: Callable[[Array, Array], Array]  # (Z, Y) to the loss of each example (m,)
    dZ: Callable[[Array, Array], Array]  # (Z, Y) to the derivative with respect to Z (m, n)
    predict: Callable[[Array], Array]  # Z to numbers, counts or probabilities (m, n)


def _over_outputs(values: Array) -> Array:
    """Return the sum over the outputs of each example."""
    total: Array = values.sum(axis=1)
    return total


# === Squared error: 1/2 sum (z - y)^2 ===


def squared_error(Z: Array, Y: Array) -> Array:
    """Return 1/2 sum (z - y)^2; the half stands in the loss, so that dZ has no factor."""
    return _over_outputs((Z - Y) ** 2) / 2


def d_squared_error(Z: Array, Y: Array) -> Array:
    """Return z - y."""
    return Z - Y


# === Absolute error: sum |z - y| ===


def absolute_error(Z: Array, Y: Array) -> Array:
    """Return sum |z - y|."""
    return _over_outputs(np.abs(Z - Y))


def d_absolute_error(Z: Array, Y: Array) -> Array:
    """Return sign(z - y); 0 at the kink."""
    return np.sign(Z - Y)


# === Huber, with r = z - y: sum r^2 / 2 where |r| <= delta, else delta (|r| - delta / 2) ===


def huber(Z: Array, Y: Array, delta: float = 1.0) -> Array:
    """Return sum r^2 / 2 near the target and sum delta (|r| - delta / 2) beyond `delta` (Huber 1964)."""
    r = np.abs(Z - Y)
    return _over_outputs(np.where(r <= delta, r * r / 2, delta * (r - delta / 2)))


def d_huber(Z: Array, Y: Array, delta: float = 1.0) -> Array:
    """Return r, held between -delta and delta."""
    return np.clip(Z - Y, -delta, delta)


# === Poisson, p = exp(z): half the deviance, sum p - y z + (y log y - y) ===


def poisson(Z: Array, Y: Array) -> Array:
    """Return sum exp(z) - y z + y log y - y: half the Poisson deviance, zero where p = y."""
    return _over_outputs(np.exp(Z) - Y * Z + (special.xlogy(Y, Y) - Y))


def d_poisson(Z: Array, Y: Array) -> Array:
    """Return exp(z) - y."""
    return np.exp(Z) - Y


# === Binary cross-entropy, p = s(z), y in {0, 1}: -sum y log p + (1 - y) log(1 - p), over labels ===


def _smooth(Y: Array, eps: float) -> Array:
    """Return y (1 - eps) + eps / 2."""
    return Y * (1 - eps) + eps / 2


def binary_cross_entropy(Z: Array, Y: Array, eps: float = 0.0) -> Array:
    """Return sum log(1 + exp(z)) - y z; max(z, 0) is taken out of the logarithm, so that nothing overflows or cancels."""
    return _over_outputs(np.maximum(Z, 0) - _smooth(Y, eps) * Z + np.log1p(np.exp(-np.abs(Z))))


def d_binary_cross_entropy(Z: Array, Y: Array, eps: float = 0.0) -> Array:
    """Return s(z) - y."""
    p: Array = special.expit(Z)
    return p - _smooth(Y, eps)


# === Cross-entropy, p = softmax(z), y the class: -sum_k q_k log p_k, q the one-hot row of y ===


def softmax(Z: Array) -> Array:
    """Return exp(z_k) / sum_j exp(z_j), shifted by the row's largest z against overflow."""
    E: Array = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / _over_outputs(E)[:, None]


def _one_hot(Z: Array, Y: Array, eps: float) -> Array:
    """Return Q (m, K): 1 - eps at the class, plus eps / K everywhere."""
    K = Z.shape[1]
    Q = np.full(Z.shape, eps / K, dtype=Z.dtype)
    Q[np.arange(len(Z)), Y[:, 0].astype(np.int64)] += 1 - eps
    return Q


def cross_entropy(Z: Array, Y: Array, eps: float = 0.0) -> Array:
    """Return log sum_k exp(z_k) - sum_k q_k z_k; Y (m, 1) holds class codes 0..K-1."""
    shifted = Z - Z.max(axis=1, keepdims=True)
    log_sum: Array = np.log(_over_outputs(np.exp(shifted)))
    return log_sum - _over_outputs(_one_hot(Z, Y, eps) * shifted)


def d_cross_entropy(Z: Array, Y: Array, eps: float = 0.0) -> Array:
    """Return p - q."""
    return softmax(Z) - _one_hot(Z, Y, eps)


# === Of predictions: averages of networks have no pre-activations ===

LEAST_PROBABILITY = 2.0**-24  # what float32 cannot tell from 0


def likelihood(P: Array, Y: Array) -> Array:
    """Return p_y (..., m): the probability of each row's class; P (..., m, 1) of the second of two classes, or (..., m, K)."""
    codes = Y[:, 0].astype(np.int64)
    if P.shape[-1] == 1:
        return np.where(codes == 1, P[..., 0], 1.0 - P[..., 0])
    return P[..., np.arange(len(codes)), codes]


def log_loss(p: Array) -> Array:
    """Return -log p, p no less than `LEAST_PROBABILITY`."""
    found: Array = -np.log(np.maximum(p, LEAST_PROBABILITY))
    return found


def loss_of_predictions(P: Array, Y: Array, is_classification: bool) -> Array:
    """Return (m,): the cross-entropy of probabilities, or of numbers half the square of p - y."""
    return log_loss(likelihood(P, Y)) if is_classification else squared_error(P[:, :1], Y)


# === By name ===


def _itself(Z: Array) -> Array:
    return Z


def make_loss(name: str, *, huber_delta: float = 1.0, label_smoothing: float = 0.0) -> Loss:
    """Return a loss by name; `huber` turns from square to straight at `huber_delta`, and the cross-entropies smooth labels."""
    if name == "huber":
        return Loss(partial(huber, delta=huber_delta), partial(d_huber, delta=huber_delta), _itself)
    if name == "binary_cross_entropy":
        return Loss(partial(binary_cross_entropy, eps=label_smoothing), partial(d_binary_cross_entropy, eps=label_smoothing), special.expit)
    if name == "cross_entropy":
        return Loss(partial(cross_entropy, eps=label_smoothing), partial(d_cross_entropy, eps=label_smoothing), softmax)
    return {
        "squared_error": Loss(squared_error, d_squared_error, _itself),
        "absolute_error": Loss(absolute_error, d_absolute_error, _itself),
        "poisson": Loss(poisson, d_poisson, np.exp),
    }[name]
