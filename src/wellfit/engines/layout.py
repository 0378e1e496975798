"""Where each block of weights and biases stands in the one vector of parameters.

All depths and optimisers, the gradient check and saving see that vector, and need no loop over layers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from wellfit.engines.types import Array
from wellfit.spec import Network


class Block(NamedTuple):
    """One piece of the parameter vector."""

    name: str  # such as "layer 1 weights"
    kind: str  # "weights" (penalised) or "biases" (not)
    layer: int  # from 0
    start: int  # offset in the vector, as `stop`
    stop: int
    shape: tuple[int, ...]  # (fan in, fan out) of weights, row-major; (fan out,) of biases


@dataclass(frozen=True)
class Layout:
    """The offset table of a parameter vector: W1, b1, W2, b2, ..."""

    blocks: tuple[Block, ...]  # in the order of the vector, without gaps

    @classmethod
    @lru_cache(maxsize=256)
    def of(cls, network: Network) -> Layout:
        """Return the layout of a network's parameters."""
        blocks, start = [], 0
        for layer, (fan_in, fan_out) in enumerate(network.layers):
            for kind, shape in (("weights", (fan_in, fan_out)), ("biases", (fan_out,))):
                stop = start + math.prod(shape)
                blocks.append(Block(f"layer {layer + 1} {kind}", kind, layer, start, stop, shape))
                start = stop
        return cls(tuple(blocks))

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.blocks[-1].stop

    def views(self, parameters: Array) -> list[Array]:
        """Return the blocks of a vector as shaped views, W1 (n0, n1), b1 (n1,), W2, b2, ...; writing to them writes to the vector."""
        return [parameters[block.start : block.stop].reshape(block.shape) for block in self.blocks]

    def coefs_and_intercepts(self, parameters: Array) -> tuple[list[Array], list[Array]]:
        """Return views of the weights (fan in, fan out) and of the biases, as scikit-learn's ``coefs_`` and ``intercepts_``."""
        views = self.views(parameters)
        return views[0::2], views[1::2]

    def name_of(self, index: int) -> str:
        """Return a readable name of one parameter, such as ``"layer 1 weights[0, 2]"``."""
        block = next(block for block in self.blocks if block.start <= index < block.stop)
        place = np.unravel_index(index - block.start, block.shape)
        return f"{block.name}[{', '.join(str(int(part)) for part in place)}]"
