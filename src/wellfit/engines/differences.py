"""Central differences of a cost, kept clear of its kinks.

Legend: theta: parameters; h: step of a difference, 6e-6 max(1, |theta_i|); g and g^: gradient
and differences; d = ||g - g^|| / (||g|| + ||g^||): their relative distance, in Euclidean norms.

The step is the cube root of the rounding unit: there the error of a straight line, about h^2, meets that of the subtraction, about
1e-16 J / h. Both are then about 1e-11, so everything here is float64, and a gradient that is itself hardly larger cannot be measured.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.engines.kinks import Kinks
from wellfit.engines.layout import Layout
from wellfit.engines.reference import step_masks
from wellfit.engines.types import Array, Engine
from wellfit.errors import DataError
from wellfit.maths.initialisers import initial_parameters
from wellfit.plurals import counted
from wellfit.spec import Spec

STEP = 6e-6
ROUNDING = 1.1e-16
MOST_LEFT_OUT = 0.05


# === What is compared ===


class Problem(NamedTuple):
    """All that the cost of a batch depends on except the parameters: arguments of the engine's `loss_and_gradient`."""

    engine: Engine
    spec: Spec
    seed: int
    X: Array
    Y: Array
    weights: Array | None

    @property
    def step(self) -> int | None:
        """Step whose masks are used; None without dropout."""
        return 0 if any(self.spec.dropout_rates) else None

    def cost_and_gradient(self, theta: Array) -> tuple[float, Array]:
        """Return the engine's cost and gradient at theta."""
        return self.engine.loss_and_gradient(self.spec, self.seed, theta, self.X, self.Y, self.weights, self.step)

    def kinks(self) -> Kinks:
        """Return the kinks of the cost."""
        return Kinks(self.spec, self.X, self.Y, step_masks(self.spec, self.seed, self.step, len(self.X), None))


def pose(
    engine: Engine, spec: Spec, seed: int, X: ArrayLike, Y: ArrayLike, weights: ArrayLike | None, rows: int, generator: np.random.Generator
) -> Problem:
    """Return a problem in float64 on at most `rows` examples, drawn from those of positive weight; raise `DataError` for invalid arrays."""
    spec = spec.replace(training=spec.training.replace(dtype="float64"))
    network, loss = spec.network, spec.training.loss
    inputs, targets = np.asarray(X, dtype=np.float64), np.asarray(Y, dtype=np.float64)
    if inputs.ndim != 2 or inputs.shape[1] != network.inputs or len(inputs) == 0:
        raise DataError(f"X must have shape (examples, {network.inputs}) with at least one example, found {inputs.shape}; reshape it.")
    targets = targets[:, None] if targets.ndim == 1 else targets
    columns = 1 if loss == "cross_entropy" else network.outputs
    if targets.shape != (len(inputs), columns):
        raise DataError(f"y must have shape ({len(inputs)}, {columns}) for {loss}, found {targets.shape}; reshape it.")
    if not (np.isfinite(inputs).all() and np.isfinite(targets).all()):
        raise DataError("X and y must be finite, found nan or inf; fill or drop those examples.")
    if loss == "cross_entropy" and not np.isin(targets, np.arange(network.outputs)).all():
        raise DataError(f"y must hold class codes 0..{network.outputs - 1} for cross_entropy, found others; encode the classes first.")
    held = np.ones(len(inputs)) if weights is None else np.asarray(weights, dtype=np.float64)
    if held.shape != (len(inputs),) or not (held >= 0).all() or not held.any():
        raise DataError(
            f"sample_weight must be {counted(len(inputs), 'number')}, none negative and not all 0, found shape {held.shape}; correct them."
        )
    chosen = np.flatnonzero(held)
    if len(chosen) > rows:
        chosen = np.sort(generator.choice(chosen, rows, replace=False))
    return Problem(engine, spec, seed, inputs[chosen], targets[chosen], None if weights is None else held[chosen])


def starting_point(spec: Spec, parameters: ArrayLike | None, seed: int) -> Array:
    """Return the given parameters as float64, checked for their number (`DataError`), or those drawn by `seed`."""
    if parameters is None:
        return initial_parameters(spec.network, seed, "float64")
    theta, size = np.array(parameters, dtype=np.float64), Layout.of(spec.network).size
    if theta.shape != (size,):
        raise DataError(f"parameters must have shape ({size},) for this network, found {theta.shape}; see Layout.of.")
    return theta


def some_parameters(spec: Spec, most: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Return the sorted indices of at most `most` parameters to compare, spread evenly over the blocks."""
    chosen, left = [], most
    blocks = sorted(Layout.of(spec.network).blocks, key=lambda block: block.stop - block.start)
    for place, block in enumerate(blocks):
        size = block.stop - block.start
        share = min(size, -(-left // (len(blocks) - place)))
        chosen.append(block.start + generator.choice(size, share, replace=False))
        left -= share
    return np.sort(np.concatenate(chosen))


# === The comparison ===


def relative_distance(a: Array, b: Array) -> float:
    """Return ||a - b|| / (||a|| + ||b||); 0 where both are zero."""
    # Divided by a power of two, which is exact: squares of gradients beyond 1e154 would overflow.
    largest = max(_largest(a), _largest(b))
    if largest == 0 or not math.isfinite(largest):
        return 0.0 if largest == 0 else math.nan
    power = math.frexp(largest)[1]
    a, b = np.ldexp(a, -power), np.ldexp(b, -power)
    return float(np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b)))


def _largest(vector: Array) -> float:
    """Return the largest absolute value; nan if any is nan, 0 if there are none."""
    return float(np.abs(vector).max(initial=0.0))


def _length(vector: Array) -> float:
    """Return the Euclidean norm; inf only where it is beyond all numbers."""
    unit = _largest(vector)
    return unit * float(np.linalg.norm(vector / unit)) if 0 < unit < math.inf else unit


class Found(NamedTuple):
    """Both gradients at some parameters."""

    theta: Array  # (size,)
    cost: float
    indices: NDArray[np.int64]  # (compared,): which parameters are compared
    analytic: Array  # (compared,): g
    numeric: Array  # (compared,): ĝ
    left_out: int  # parameters at kinks
    scale: float  # of the steps, as a multiple of the recipe's

    @property
    def relative_distance(self) -> float:
        """Distance d of the two gradients."""
        return relative_distance(self.analytic, self.numeric)

    @property
    def too_many_kinks(self) -> bool:
        """Whether more than 5 % of the parameters had to be left out."""
        return self.left_out > MOST_LEFT_OUT * (self.left_out + len(self.indices))

    def trouble(self, threshold: float) -> str:
        """Return why nothing can be concluded here; empty if something can."""
        if self.too_many_kinks:
            return f"{self.left_out:,} of {counted(self.left_out + len(self.indices), 'parameter sits', 'parameters sit')} at kinks"
        noise = ROUNDING * abs(self.cost) / STEP * math.sqrt(len(self.indices))
        size = _length(self.analytic) + _length(self.numeric)
        if self.relative_distance >= threshold and noise > threshold / 3 * size:
            return f"the gradient ({size / 2:.0e}) is too small beside the cost ({self.cost:.0e}) to be measured in float64"
        return ""


def measure(problem: Problem, theta: Array, chosen: NDArray[np.int64], scale: float = 1.0) -> Found:
    """Return an engine's gradient and its central differences at `chosen` indices of theta; `scale` multiplies the recipe's steps."""
    cost, gradient = problem.cost_and_gradient(theta)
    kinks = problem.kinks()
    centre = kinks.sides(theta)
    numeric, smooth = np.empty(len(chosen)), np.empty(len(chosen), dtype=np.bool_)
    for place, index in enumerate(chosen):
        h = scale * STEP * max(1.0, abs(theta[index]))
        ahead, behind = theta.copy(), theta.copy()
        ahead[index] += h
        behind[index] -= h
        rise = problem.cost_and_gradient(ahead)[0] - problem.cost_and_gradient(behind)[0]
        numeric[place] = rise / (ahead[index] - behind[index])
        smooth[place] = not kinks.crossed(theta, index, h, (centre, kinks.sides(ahead), kinks.sides(behind)))
    kept = chosen[smooth]
    return Found(theta, cost, kept, np.array(gradient[kept]), numeric[smooth], len(chosen) - len(kept), scale)
