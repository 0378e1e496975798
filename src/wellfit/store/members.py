"""The networks of a model: their specs, outputs, and blocks in a file."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.api import get_engine
from wellfit.engines.layout import Layout
from wellfit.engines.types import Array
from wellfit.errors import DataError, ModelFileError
from wellfit.plurals import counted
from wellfit.spec import Spec
from wellfit.training.threads import one_blas_thread

__all__ = ["TrainedNetwork", "average_outputs", "check_weights", "describe_networks", "read_networks", "write_networks"]

# How far from 1 the sum of weights may be: they are shares, rounded one by one.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class TrainedNetwork:
    """One network of a model; its parameters must match the spec (`DataError`)."""

    spec: Spec
    seed: int  # of the initial parameters, shuffles and masks
    parameters: Array  # (size,), in the order of `Layout`, in the spec's dtype

    def __post_init__(self) -> None:
        """Validate: kernels read as many parameters as the spec defines, however many there are."""
        size, dtype = Layout.of(self.spec.network).size, self.spec.training.dtype
        if self.parameters.shape != (size,) or self.parameters.dtype.name != dtype:
            found = f"{self.parameters.dtype.name} of shape {self.parameters.shape}"
            raise DataError(f"the network has {counted(size, 'parameter')} of {dtype}, found {found}.")


def check_weights(weights: Sequence[float], count: int) -> None:
    """Raise `DataError` unless there is one weight for each network, all are above 0, and they sum to 1."""
    if not isinstance(weights, tuple) or len(weights) != count:
        found = counted(len(weights), "number") if isinstance(weights, tuple) else repr(weights)
        raise DataError(f"the weights must be a tuple of one number for each of {counted(count, 'network')}, found {found}.")
    for place, weight in enumerate(weights):
        if isinstance(weight, bool) or not isinstance(weight, int | float | np.number) or not 0 < weight <= 1:
            raise DataError(f"the weight of network {place} must be a number in (0, 1], found {weight!r}; omit networks without weight.")
    total = math.fsum(weights)
    if abs(total - 1.0) > _ROUNDING:
        raise DataError(f"the weights of the networks must sum to 1, found {total:.9g}.")


def average_outputs(
    networks: Sequence[TrainedNetwork], X: Array, engine: str = "compiled", weights: Sequence[float] | None = None
) -> NDArray[np.float64]:
    """Return the average of the networks' outputs, float64 (rows, outputs), for prepared rows X (rows, inputs).

    Weights are above 0 (None: all equal). Raise `DataError` if an output is not finite, or X has other columns.
    """
    inputs, outputs = networks[0].spec.network.inputs, networks[0].spec.network.outputs
    if np.ndim(X) != 2 or np.shape(X)[1] != inputs:
        raise DataError(f"the network takes rows of {counted(inputs, 'number')}, found an array of shape {np.shape(X)}.")
    computer = get_engine(engine)
    total, weighed = np.zeros((len(X), outputs)), 0.0
    # Overflow is reported below, in our own words.
    with one_blas_thread(), np.errstate(over="ignore", invalid="ignore"):
        for network, weight in zip(networks, weights or [1.0] * len(networks), strict=True):
            given = computer.forward(network.spec, network.parameters, np.ascontiguousarray(X, dtype=network.spec.training.dtype))
            total += weight * given.astype(np.float64)
            # In the same order, so that rounding lifts no average of probabilities above 1.
            weighed += weight
    finite = np.isfinite(total).all(axis=1)
    if not finite.all():
        row = int(finite.argmin()) + 1
        raise DataError(f"the network gives no finite number for row {row}: its parameters are too large; retrain it.")
    return total / weighed


def describe_networks(networks: Sequence[TrainedNetwork]) -> str:
    """Return how many networks there are, of which layers, and how they were trained, for a repr."""
    shapes = {network.spec.network for network in networks}
    optimisers = sorted({network.spec.training.optimizer.name for network in networks})
    layers = {"-".join(map(str, (shape.inputs, *shape.hidden, shape.outputs))) for shape in shapes}
    units = f"{layers.pop()} units" if len(layers) == 1 else "of several shapes"
    return f"{counted(len(networks), 'network')} ({units}), trained with {' and '.join(optimisers)}"


# === In a file ===


def write_networks(networks: Sequence[TrainedNetwork]) -> tuple[list[dict[str, Any]], dict[str, NDArray[Any]]]:
    """Return spec and seed of each network as JSON, and each block in its shape, such as ``network.0.layer_1_weights``."""
    arrays: dict[str, NDArray[Any]] = {}
    for number, network in enumerate(networks):
        layout = Layout.of(network.spec.network)
        views = layout.views(np.ascontiguousarray(network.parameters))
        arrays |= {_tensor(number, block.name): view for block, view in zip(layout.blocks, views, strict=True)}
    return [{"spec": network.spec.to_dict(), "seed": int(network.seed)} for network in networks], arrays


def read_networks(entries: Any, arrays: Mapping[str, NDArray[Any]]) -> tuple[TrainedNetwork, ...]:
    """Make networks from what `write_networks` gave, checked.

    Raise `ModelFileError` if a block does not match the spec, or the networks differ in inputs or outputs; `WellfitError`, `KeyError` or
    `TypeError` if something is missing, or is not a spec.
    """
    if not isinstance(entries, list):
        raise ModelFileError("the networks must be a list.")
    networks, counts = [], Counter(".".join(name.split(".", 2)[:2]) for name in arrays)
    for number, entry in enumerate(entries):
        spec, seed = Spec.from_dict(entry["spec"]), entry["seed"]
        # Before anything is made of each layer: a file of some MB can name millions of them.
        needed, found = 2 * len(spec.network.layers), counts[f"network.{number}"]
        if found != needed:
            raise ModelFileError(f"network {number} must have {needed} arrays of weights and biases, found {found}.")
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**64:
            raise ModelFileError(f"the seed of network {number} must be a whole number from 0 to 2^64 - 1, found {seed!r}.")
        networks.append(TrainedNetwork(spec, seed, _parameters(number, spec, arrays)))
    return tuple(networks)


def _tensor(number: int, block: str) -> str:
    """Name of one block of a network in the file."""
    return f"network.{number}.{block.replace(' ', '_')}"


def _parameters(number: int, spec: Spec, arrays: Mapping[str, NDArray[Any]]) -> Array:
    """Return the parameter vector of one network, each block checked against the spec before any is allocated."""
    blocks = []
    for block in Layout.of(spec.network).blocks:
        values = arrays[_tensor(number, block.name)]
        if values.shape != block.shape or values.dtype.name != spec.training.dtype:
            raise ModelFileError(
                f"network {number}, {block.name}: {spec.training.dtype} of shape {block.shape} is expected, "
                f"found {values.dtype.name} of shape {values.shape}"
            )
        if not np.isfinite(values).all():
            raise ModelFileError(f"network {number}, {block.name}: a value is not finite")
        blocks.append(values.ravel())
    return np.concatenate(blocks)
