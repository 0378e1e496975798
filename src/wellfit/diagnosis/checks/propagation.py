"""Signal propagation on some training rows: activations forward, derivatives of the cost backward."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from wellfit.diagnosis.finding import NotApplicable
from wellfit.diagnosis.inside import NetworkInside
from wellfit.diagnosis.subject import Subject
from wellfit.engines.layout import Layout
from wellfit.engines.reference import loss_of, propagate_forward
from wellfit.engines.types import Array
from wellfit.judge import references
from wellfit.maths.activations import ACTIVATION_FUNCTIONS
from wellfit.spec import Spec
from wellfit.training.threads import one_blas_thread

__all__ = ["Propagation", "constant_cost", "costs_of", "first_propagations", "opened", "propagations", "some_rows"]

Answer = TypeVar("Answer")

# Shares of units and of rows are seen to a point or two with these, and wide networks pass in tenths of a second.
MOST_ROWS = 2000


@dataclass(frozen=True, eq=False)
class Propagation:
    """One network on some training rows, without dropout."""

    activations: list[Array]  # (rows, units): the inputs, then what each hidden layer gives
    slopes: list[Array]  # (rows, units): derivative of each hidden layer's activation at its pre-activations
    # root mean square over rows and units of the derivative of a row's loss with respect to each layer's pre-activations, the outputs
    # last
    deltas: list[float]
    cost: float  # mean loss of the rows, without penalties


def opened(subject: Subject) -> NetworkInside:
    """Return what is inside the network."""
    if subject.network is None:
        raise NotApplicable(f"only wellfit's networks can be inspected, and {subject.name} is not one")
    return subject.network


def some_rows(rows: int, most: int = MOST_ROWS, seed: int = 0) -> NDArray[np.int64]:
    """Return all rows, or as many as wanted of them, drawn by a seed, in their order."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def once(function: Callable[[Subject], Answer]) -> Callable[[Subject], Answer]:
    """Let a function be computed once for a subject, which several checks look at."""
    kept: WeakKeyDictionary[Subject, Any] = WeakKeyDictionary()

    def remembered(subject: Subject) -> Answer:
        if subject not in kept:
            kept[subject] = function(subject)
        answer: Answer = kept[subject]
        return answer

    return remembered


@once
def propagations(subject: Subject) -> list[Propagation]:
    """Return the propagation through each of the networks whose average predicts."""
    inside, rows = opened(subject), some_rows(len(subject.inputs_train))
    return [_propagate(inside.spec, parameters, subject.inputs_train[rows], subject.Y_train[rows]) for parameters in inside.parameters]


@once
def first_propagations(subject: Subject) -> list[Propagation]:
    """Return the propagations through the networks as they were before the first step; none where that is not known."""
    inside, rows = opened(subject), some_rows(len(subject.inputs_train))
    starts = inside.initial_parameters or ()
    return [_propagate(inside.spec, start, subject.inputs_train[rows], subject.Y_train[rows]) for start in starts]


def _propagate(spec: Spec, parameters: Array, inputs: Array, targets: Array) -> Propagation:
    """Return what passes through a network, in float64 whatever it computes in."""
    theta = np.asarray(parameters, dtype=np.float64)
    no_masks = (None,) * len(spec.dropout_rates)
    functions = [ACTIVATION_FUNCTIONS[name] for name in spec.network.activations]
    with np.errstate(all="ignore"), one_blas_thread():
        activations, before = propagate_forward(spec, theta, inputs, no_masks)
        slopes = [function.dg(values) for function, values in zip(functions, before[:-1], strict=True)]
        loss = loss_of(spec.training)
        cost, delta = float(loss.value(before[-1], targets).mean()), loss.dZ(before[-1], targets)
        sizes = [_root_mean_square(delta)]
        weights = Layout.of(spec.network).coefs_and_intercepts(theta)[0]
        for layer in reversed(range(len(slopes))):
            delta = (delta @ weights[layer + 1].T) * slopes[layer]
            sizes.append(_root_mean_square(delta))
    return Propagation(activations, slopes, sizes[::-1], cost)


def _root_mean_square(values: Array) -> float:
    """Return the root of the mean square of all values."""
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))


@once
def constant_cost(subject: Subject) -> float:
    """Return the mean loss of the best answer that does not look at the inputs; for classes no less than that of even odds.

    Even odds are what a network starts with; where rows are weighted by class, they are what a constant answer costs.
    """
    spec = opened(subject).spec
    cost = references.constant_cost(spec.training, subject.Y_train, spec.network.outputs)
    return max(cost, float(np.log(max(2, spec.network.outputs)))) if subject.is_classification else cost


def costs_of(subject: Subject) -> list[Array]:
    """Return the training cost of every epoch of each network."""
    histories = opened(subject).histories
    if not histories:
        raise NotApplicable("the model has no training history")
    return [history.cost for history in histories]
