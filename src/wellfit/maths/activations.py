"""Activations of the hidden layers, each beside its derivative.

Legend: Z: pre-activations, any shape; A = g(Z): activations; g'(Z): derivative, element by element.

All take and return arrays of one dtype. None turns nan into a number, for a diverged network must be seen to have diverged; and none
warns of nan or inf, as `np.logaddexp` would: `wellfit.maths.losses` has a form of ln(1 + e^z) that does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.floating]

LEAK = 0.01


class Activation(NamedTuple):
    """An activation A = g(Z) and its derivative g'(Z)."""

    g: Callable[[Array], Array]
    dg: Callable[[Array], Array]
    kinked: bool = False  # the slope jumps at zero
    is_rectifier: bool = False  # silences about half of the units, smoothly or not: He's initial weights, no saturation


# === Identity: g(z) = z ===


def identity(Z: Array) -> Array:
    """Return z."""
    return Z


def d_identity(Z: Array) -> Array:
    """Return 1."""
    return np.ones_like(Z)


# === Sigmoid: g(z) = 1 / (1 + exp(-z)) ===


def sigmoid(Z: Array) -> Array:
    """Return 1 / (1 + exp(-z)), without overflow.

    Parameters
    ----------
    Z : array
        Pre-activations, any shape.

    Returns
    -------
    array of the same shape
    """
    A: Array = special.expit(Z)
    return A


def d_sigmoid(Z: Array) -> Array:
    """Return g (1 - g)."""
    A = sigmoid(Z)
    return A * (1 - A)


# === Hyperbolic tangent ===


def tanh(Z: Array) -> Array:
    """Return tanh(z)."""
    return np.tanh(Z)


def d_tanh(Z: Array) -> Array:
    """Return 1 - g^2."""
    A = np.tanh(Z)
    return 1 - A * A


# === ReLU: g(z) = max(z, 0) ===


def relu(Z: Array) -> Array:
    """Return max(z, 0).

    Parameters
    ----------
    Z : array
        Pre-activations, any shape.

    Returns
    -------
    array of the same shape
    """
    return np.maximum(Z, 0)


def d_relu(Z: Array) -> Array:
    """Return 1 where z > 0, else 0; 0 at the kink."""
    return (Z > 0).astype(Z.dtype)


# === Leaky ReLU: g(z) = z where z > 0, else z / 100 ===


def leaky_relu(Z: Array) -> Array:
    """Return z where z > 0, else z / 100."""
    return np.where(Z > 0, Z, LEAK * Z)


def d_leaky_relu(Z: Array) -> Array:
    """Return 1 where z > 0, else 1 / 100."""
    return np.where(Z > 0, 1, LEAK).astype(Z.dtype)


# === GELU: g(z) = z Phi(z), Phi the normal distribution function (Hendrycks & Gimpel 2016, exact form) ===


def _Phi(Z: Array) -> Array:
    probability: Array = special.ndtr(Z)
    return probability


def gelu(Z: Array) -> Array:
    """Return z Phi(z)."""
    return Z * _Phi(Z)


def d_gelu(Z: Array) -> Array:
    """Return Phi(z) + z phi(z), phi the normal density."""
    phi: Array = np.exp(-Z * Z / 2) / math.sqrt(2 * math.pi)
    return _Phi(Z) + Z * phi


# === SiLU: g(z) = z s(z), s the sigmoid (Elfwing et al. 2017) ===


def silu(Z: Array) -> Array:
    """Return z s(z)."""
    return Z * sigmoid(Z)


def d_silu(Z: Array) -> Array:
    """Return s(z) (1 + z (1 - s(z)))."""
    s = sigmoid(Z)
    return s * (1 + Z * (1 - s))


ACTIVATION_FUNCTIONS = {
    "identity": Activation(identity, d_identity),
    "sigmoid": Activation(sigmoid, d_sigmoid),
    "tanh": Activation(tanh, d_tanh),
    "relu": Activation(relu, d_relu, kinked=True, is_rectifier=True),
    "leaky_relu": Activation(leaky_relu, d_leaky_relu, kinked=True, is_rectifier=True),
    "gelu": Activation(gelu, d_gelu, is_rectifier=True),
    "silu": Activation(silu, d_silu, is_rectifier=True),
}
