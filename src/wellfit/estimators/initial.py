"""The parameters that an estimator's training starts from."""

from __future__ import annotations

from typing import Any

import numpy as np

from wellfit.engines.layout import Layout
from wellfit.engines.types import Array
from wellfit.errors import SpecError
from wellfit.maths.initialisers import initial_parameters
from wellfit.plurals import counted
from wellfit.spec import Network

__all__ = ["as_vector", "draw", "taken"]


def draw(network: Network, initializer: str, generator: np.random.RandomState, dtype: str) -> Array:
    """Draw initial parameters.

    scikit-learn's own draws, from the same generator in the same order, are uniform within +-sqrt(6 / (fan in + fan out)), or
    sqrt(2 / (fan in + fan out)) with sigmoids, biases included.
    """
    if initializer != "sklearn":
        return initial_parameters(network, draw_seed(generator), dtype)
    pieces = []
    # The outputs take after the last hidden layer; without one, after the activation that is not used.
    last = network.activations[-1:] or (network.activation,)
    for (fan_in, fan_out), activation in zip(network.layers, (*network.activations, *last), strict=True):
        bound = np.sqrt((2.0 if activation == "sigmoid" else 6.0) / (fan_in + fan_out))
        pieces += [generator.uniform(-bound, bound, fan_in * fan_out), generator.uniform(-bound, bound, fan_out)]
    return np.concatenate(pieces).astype(dtype)


def draw_seed(generator: np.random.RandomState) -> int:
    """Draw a seed for an engine."""
    return int(generator.randint(2**63 - 1, dtype=np.int64))


def taken(initial_weights: Any, network: Network, dtype: str) -> Array:
    """Return given initial weights as a vector."""
    try:
        coefs, intercepts = initial_weights
        pieces = [np.asarray(piece, dtype=dtype) for pair in zip(coefs, intercepts, strict=True) for piece in pair]
    except (TypeError, ValueError) as error:
        raise SpecError(f"initial_weights must be a pair (coefs, intercepts) of lists of arrays: {error}.") from error
    blocks = Layout.of(network).blocks
    if len(pieces) != len(blocks):
        raise SpecError(f"initial_weights must have {counted(len(blocks) // 2, 'layer')}, found {len(pieces) // 2}.")
    for piece, block in zip(pieces, blocks, strict=True):
        if piece.shape != block.shape:
            raise SpecError(f"initial_weights of {block.name} must have shape {block.shape}, found {piece.shape}.")
    return as_vector(pieces[0::2], pieces[1::2], dtype)


def as_vector(coefs: list[Array], intercepts: list[Array], dtype: str) -> Array:
    """Return weights and biases as one vector, in the order of `Layout`."""
    pairs = zip(coefs, intercepts, strict=True)
    return np.concatenate([np.asarray(piece, dtype=dtype).ravel() for pair in pairs for piece in pair])
