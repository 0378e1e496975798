"""Where the cost of a batch has kinks, and which steps would cross one.

Legend: theta: parameters; Z: pre-activations; r = z - y: residual; h: step of a finite difference.

ReLU and leaky ReLU turn at z = 0, the absolute error at r = 0, the L1 penalty at w = 0. The Huber loss turns smoothly, but its curvature
jumps at |r| = delta, which a central difference feels too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.reference import Masks, is_weight, propagate_forward
from wellfit.engines.types import Array
from wellfit.maths.activations import ACTIVATION_FUNCTIONS
from wellfit.spec import Spec

Sides = list[NDArray[np.bool_]]


class Kinks:
    """The kinks of the cost of one batch.

    `masks` are as in `propagate_forward`; a dropped unit has no kink.
    """

    def __init__(self, spec: Spec, X: Array, Y: Array, masks: Masks) -> None:
        self.spec, self.X, self.Y, self.masks = spec, X, Y, masks
        self.kinked_layers = [l for l, name in enumerate(spec.network.activations) if ACTIVATION_FUNCTIONS[name].kinked]
        delta = spec.training.huber_delta
        self.turns = {"absolute_error": (0.0,), "huber": (-delta, delta)}.get(spec.training.loss, ())
        self.penalised = is_weight(spec) & (spec.training.l1 > 0)

    def sides(self, theta: Array) -> Sides:
        """Return on which side of each kink every example lies, as boolean arrays."""
        if not (self.kinked_layers or self.turns):
            return []
        _, Z = propagate_forward(self.spec, theta, self.X, self.masks)
        found = [Z[-1] - self.Y > turn for turn in self.turns]
        for l in self.kinked_layers:
            mask = self.masks[l + 1]
            found.append(Z[l] > 0 if mask is None else (Z[l] > 0) & mask)
        return found

    def crossed(self, theta: Array, index: int, h: float, sides: tuple[Sides, Sides, Sides]) -> bool:
        """Return whether a kink lies between theta - h and theta + h along one parameter; `sides` are those at the centre and both ends."""
        if self.penalised[index] and abs(theta[index]) <= h:
            return True
        centre, ahead, behind = sides
        return any(not (np.array_equal(c, a) and np.array_equal(c, b)) for c, a, b in zip(centre, ahead, behind, strict=True))
