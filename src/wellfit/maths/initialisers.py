"""Where the weights start.

Legend: n_in, n_out: units before and after a layer; W (n_in, n_out): its weights; sd: standard deviation of one weight.

A layer keeps the spread of its inputs when the variance of its weights is about 1 / n_in (Xavier; LeCun et al. 1998), or
2 / n_in where a rectifier silences half of the units (He et al. 2015). Glorot & Bengio (2010) take 2 / (n_in + n_out), so
that gradients keep theirs on the way back too. A uniform law has the same variance when it reaches sqrt(3) * sd.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import DTypeLike, NDArray

from wellfit.maths.activations import ACTIVATION_FUNCTIONS
from wellfit.spec import Network


def xavier(n_in: int) -> float:
    """Return sd = sqrt(1 / n_in)."""
    return math.sqrt(1 / n_in)


def he(n_in: int) -> float:
    """Return sd = sqrt(2 / n_in)."""
    return math.sqrt(2 / n_in)


def glorot(n_in: int, n_out: int) -> float:
    """Return sd = sqrt(2 / (n_in + n_out))."""
    return math.sqrt(2 / (n_in + n_out))


def initial_weights(initializer: str, n_in: int, n_out: int, generator: np.random.Generator, *, scale: float = 0.01) -> NDArray[np.float64]:
    """Draw the weights of one layer, (n_in, n_out), by one of `wellfit.spec.INITIALIZERS` except ``auto``.

    `scale` is the standard deviation of ``random_normal`` and the half width of ``random_uniform``. ``zeros`` leaves the generator
    untouched.
    """
    shape = (n_in, n_out)
    if initializer == "zeros":
        return np.zeros(shape)
    if initializer == "random_uniform":
        return generator.uniform(-scale, scale, shape)
    rule, law = initializer.split("_")
    sd = {"random": scale, "xavier": xavier(n_in), "he": he(n_in), "glorot": glorot(n_in, n_out)}[rule]
    if law == "normal":
        return sd * generator.standard_normal(shape)
    half_width = math.sqrt(3) * sd
    return generator.uniform(-half_width, half_width, shape)


def initial_parameters(network: Network, seed: int, dtype: DTypeLike = "float64") -> NDArray[np.floating]:
    """Draw all parameters of a network, W1, b1, W2, b2, ..., each row by row; biases start at zero.

    Weights are drawn in float64 and then rounded, so that a float32 network starts where its float64 twin does. ``auto`` is He before
    rectifiers and Xavier before anything else, the outputs included.
    """
    generator = np.random.default_rng(seed)
    pieces = []
    for (n_in, n_out), activation in zip(network.layers, (*network.activations, "outputs"), strict=True):
        name = network.initializer
        if name == "auto":
            name = "he_normal" if activation in ACTIVATION_FUNCTIONS and ACTIVATION_FUNCTIONS[activation].is_rectifier else "xavier_normal"
        W = initial_weights(name, n_in, n_out, generator, scale=network.initial_scale)
        pieces += [W.ravel(), np.zeros(n_out)]
    return np.concatenate(pieces).astype(dtype)
