"""Forward and backward propagation of ReLU layers with a sigmoid at the end, one column an example.

Legend, for layers l = 1..L and m examples (`wellfit.engines.reference` has the same sums with one row an example):

    A[0] = X                           (n[0], m)       activations; A[l] after dropout, where there is dropout
    Z[l] = W[l] A[l-1] + b[l]          (n[l], m)       pre-activations
    D[l]                               (n[l], m)       mask of dropout, True keeps a unit
    dZ, dA, dW, db                                     derivatives of the cost with respect to Z, A, W, b

A cache is a flat tuple: Z1, A1, W1, b1, Z2, ... without dropout, Z1, D1, A1, W1, b1, Z2, ..., ZL, AL, WL, bL with it.
"""

# The notebooks draw from NumPy's global generator, and their published numbers depend on its state:
# ruff: noqa: NPY002

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from wellfit.course.functions.checks import Array, Parameters, check_labels, check_network
from wellfit.errors import DataError
from wellfit.maths.activations import d_relu, relu, sigmoid
from wellfit.maths.regularisation import d_dropout, d_l2_penalty, dropout
from wellfit.plurals import counted

__all__ = ["Layer", "layers_of", "propagate_backward", "propagate_forward", "relu", "sigmoid"]

Cache = tuple[Array, ...]


class Layer(NamedTuple):
    """What a cache holds of one layer."""

    Z: Array
    D: Array | None  # None without dropout, and for the last layer
    A: Array
    W: Array
    b: Array


def propagate_forward(X: Array, parameters: Mapping[str, Array], keep_prob: float | None = None) -> tuple[Array, Cache]:
    """Return A[L] and the cache.

    With a `keep_prob`, each hidden layer draws a mask from NumPy's global generator; without, the cache has no masks.
    """
    L = check_network(X, parameters)
    A, cache = X, list[Array]()
    for l in range(1, L + 1):
        W, b = parameters[f"W{l}"], parameters[f"b{l}"]
        Z = np.dot(W, A) + b
        A = relu(Z) if l < L else sigmoid(Z)
        if keep_prob is None or l == L:
            cache += [Z, A, W, b]
        else:
            D = np.random.rand(*A.shape) < keep_prob
            A = dropout(A, D, 1 - keep_prob)
            cache += [Z, D, A, W, b]
    return A, tuple(cache)


def layers_of(cache: Cache, *, masks: bool) -> list[Layer]:
    """Return the layers of a cache; its length does not tell whether it has masks (24: six layers without, or five with)."""
    size = 5 if masks else 4
    last = len(cache) - 4
    if last < 0 or last % size:
        kinds = "5 entries a hidden layer (Z, D, A, W, b) and 4 for the last" if masks else "4 entries a layer (Z, A, W, b)"
        raise DataError(f"the cache has {counted(len(cache), 'entry', 'entries')}; expected {kinds}.")
    hidden = [cache[first : first + size] for first in range(0, last, size)]
    Z, A, W, b = cache[last:]
    layers = [Layer(*entry) if masks else Layer(entry[0], None, *entry[1:]) for entry in hidden]
    return [*layers, Layer(Z, None, A, W, b)]


def propagate_backward(X: Array, Y: Array, layers: list[Layer], *, early: bool, lambd: float = 0.0, keep_prob: float = 1.0) -> Parameters:
    """Return the gradients of the cost, from the last layer to the first.

    J = (1/m) sum -(y log a + (1 - y) log(1 - a)) + lambd / 2m sum W^2.

    `early` is where 1/m goes: into dZ[L], and with it into all derivatives, which are then named dz3, da2, ...; or late, into dW and db
    alone, beside dZ3, dA2, .... The sums are equal but for their last digits, and each notebook's published digits need its own way.
    """
    m, (z, a) = X.shape[1], ("za" if early else "ZA")
    check_labels(layers[-1].A, Y)
    if layers[-1].A.shape[1] != m:
        raise DataError(
            f"X has {counted(m, 'column')}, but the cache holds {counted(layers[-1].A.shape[1], 'example')}; expected the cache of this X."
        )
    grads: Parameters = {}
    dZ = layers[-1].A - Y
    if early:
        dZ = 1 / m * dZ
    for l in range(len(layers), 0, -1):
        W, before = layers[l - 1].W, layers[l - 2] if l > 1 else None
        dW, db = np.dot(dZ, (X if before is None else before.A).T), np.sum(dZ, axis=1, keepdims=True)
        if not early:
            dW, db = 1 / m * dW, 1 / m * db
        if lambd:
            dW = dW + d_l2_penalty(W, lambd, m)
        grads |= {f"d{z}{l}": dZ, f"dW{l}": dW, f"db{l}": db}
        if before is not None:
            dA = np.dot(W.T, dZ)
            if before.D is not None:
                dA = d_dropout(dA, before.D, 1 - keep_prob)
            # A is positive exactly where Z is, and where dropout has set it to zero, dA is zero too.
            dZ = dA * d_relu(before.A)
            grads[f"d{a}{l - 1}"] = dA
    return grads
