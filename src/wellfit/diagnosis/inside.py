"""The inside of a wellfit network: its parameters and training history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wellfit.engines.api import get_engine
from wellfit.engines.types import Array
from wellfit.spec import Spec
from wellfit.store import FittedModel, NetworkModel, TrainedNetwork
from wellfit.training.fit import FitResult
from wellfit.training.result import History
from wellfit.training.threads import one_blas_thread

__all__ = ["NetworkInside", "forward", "inside_of_model", "inside_of_result", "members_of"]


@dataclass(frozen=True, eq=False)
class NetworkInside:
    """Networks of one spec, all those whose average predicts or some of them; mostly a single one."""

    spec: Spec  # what was trained, and how
    parameters: tuple[Array, ...]  # (size,): one for each network, in the order of `Layout`, in the spec's dtype
    histories: tuple[History, ...] = ()  # one for each network; empty where none was kept
    seeds: tuple[int, ...] = ()  # what drew initial parameters, shuffles and dropout masks
    outcomes: tuple[str, ...] = ()  # how each run ended, such as ``"stopped_early"``; empty where that is not known
    # (size,): what `spec` and `seeds` draw; None where weights may have come from elsewhere
    initial_parameters: tuple[Array, ...] | None = None
    averaged: float = 1.0  # networks that the model averages, those of other specs included; unequal weights make them fewer


def inside_of_result(result: FitResult) -> NetworkInside:
    """Return the inside of a network that `fit` trained."""
    return NetworkInside(
        result.spec,
        (result.parameters,),
        (result.history,),
        (result.seed,),
        (result.outcome.name.lower(),),
        _drawn(result.spec, (result.seed,)),
    )


def inside_of_model(model: FittedModel | NetworkModel, estimator: Any = None) -> NetworkInside:
    """Return the inside of a model's networks; the estimator around it may remember how training went."""
    networks = members_of(model)
    # Looked into are those of the first one's spec.
    networks = tuple(network for network in networks if network.spec == networks[0].spec)
    # Only these draw their weights from spec and seed; an estimator may draw as scikit-learn does.
    drawn = isinstance(model, FittedModel)
    history = getattr(estimator, "history_", None)
    histories = getattr(estimator, "histories_", () if history is None else (history,))
    outcome = getattr(estimator, "outcome_", None)
    seeds = tuple(network.seed for network in networks)
    spec = networks[0].spec
    return NetworkInside(
        spec,
        tuple(network.parameters for network in networks),
        tuple(histories) if len(histories) == len(networks) else (),
        seeds,
        () if outcome is None else (str(outcome),),
        _drawn(spec, seeds) if drawn else None,
        _averaged(model),
    )


def _averaged(model: FittedModel | NetworkModel) -> float:
    """Return as many networks as an equally weighted average would need to vary as much: 1 / sum of w^2."""
    weights = model.weights if isinstance(model, FittedModel) else None
    return float(len(members_of(model))) if weights is None else sum(weights) ** 2 / sum(weight**2 for weight in weights)


def members_of(model: FittedModel | NetworkModel) -> tuple[TrainedNetwork, ...]:
    """Return the networks whose average a model gives."""
    return model.networks if isinstance(model, FittedModel) else (model.network,)


def _drawn(spec: Spec, seeds: Sequence[int]) -> tuple[Array, ...]:
    """Return the initial parameters that seeds draw."""
    engine = get_engine("reference")
    return tuple(engine.initial_state(spec, seed).parameters for seed in seeds)


def forward(networks: Sequence[tuple[Spec, Array]], inputs: Array, weights: Sequence[float] | None = None) -> Array:
    """Return the average of networks' outputs, as it is: nan or infinite where a network gives no number."""
    engine = get_engine("compiled")
    total: Any = 0.0
    counted = 0.0
    with one_blas_thread(), np.errstate(all="ignore"):
        for (spec, parameters), weight in zip(networks, weights or [1.0] * len(networks), strict=True):
            given = engine.forward(spec, parameters, np.ascontiguousarray(inputs, dtype=spec.training.dtype)).astype(np.float64)
            total, counted = total + weight * given, counted + weight
        average: Array = total / counted
    return average
