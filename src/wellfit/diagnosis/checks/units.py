"""Hidden units on training rows: equal, saturated or dead."""

from __future__ import annotations

import numpy as np

from wellfit.diagnosis.checks.propagation import opened, propagations
from wellfit.diagnosis.checks.severity import write_down
from wellfit.diagnosis.finding import Finding, NotApplicable
from wellfit.diagnosis.subject import Subject
from wellfit.engines.layout import Layout
from wellfit.engines.types import Array
from wellfit.plurals import counted

__all__ = ["check_dead_relus", "check_equal_units", "check_saturated_units"]

LEAST_SPREAD = 1e-3
# A tenth of the largest slope: 1/4 and 1.
FLAT = {"sigmoid": 0.025, "tanh": 0.1}
MOST_FLAT = 0.7
MOST_DEAD = 0.5


def check_equal_units(subject: Subject) -> Finding:
    """Look for hidden layers whose units all compute the same: they were given the same weights to start with."""
    inside = opened(subject)
    if not any(units > 1 for units in inside.spec.network.hidden):
        raise NotApplicable("no hidden layer has more than one unit")
    layout, spreads = Layout.of(inside.spec.network), {}
    for layer, units in enumerate(inside.spec.network.hidden):
        if units > 1:
            spreads[layer + 1] = max(
                _spread(*(views[layer] for views in layout.coefs_and_intercepts(np.asarray(parameters, dtype=np.float64))))
                for parameters in inside.parameters
            )
    layer = min(spreads, key=lambda number: spreads[number])
    equal = [number for number, spread in spreads.items() if spread < LEAST_SPREAD]
    units = inside.spec.network.hidden[layer - 1]
    start = " It started from zeros." if equal and inside.spec.network.initializer == "zeros" else ""
    return write_down(
        "equal_units",
        bool(equal),
        f"All units of layer {layer} are equal" if equal else "Units differ",
        f"In layer {layer}, the weights of {counted(units, 'unit')} differ from their mean by {100 * spreads[layer]:.3g} % at most.{start}",
        numbers={"spread": spreads, "equal_layers": equal},
        threshold=f"under {100 * LEAST_SPREAD:g} %: random weights differ by about 100 %, equal ones through rounding by less than 0.01 %",
        remedy="Draw the initial weights at random (initializer='auto'): equal units get equal gradients and stay equal.",
        reference="Goodfellow, Bengio & Courville 2016, section 8.4",
    )


def _spread(weights: Array, biases: Array) -> float:
    """Return how far the unit that differs most lies from the mean unit, as a share of the largest unit's length."""
    whole = np.vstack([weights, biases])
    size = float(np.linalg.norm(whole, axis=0).max())
    return float(np.linalg.norm(whole - whole.mean(axis=1, keepdims=True), axis=0).max()) / size if size > 0 else 0.0


def check_saturated_units(subject: Subject) -> Finding:
    """Look for sigmoid and tanh layers that are mostly saturated, where gradients vanish."""
    activations = opened(subject).spec.network.activations
    shares = {}
    for layer, name in enumerate(activations):
        if name in FLAT:
            shares[layer + 1] = float(np.mean([np.mean(one.slopes[layer] < FLAT[name]) for one in propagations(subject)]))
    if not shares:
        raise NotApplicable("no hidden layer is sigmoid or tanh")
    layer = max(shares, key=lambda number: shares[number])
    bad = shares[layer] > MOST_FLAT
    return write_down(
        "saturated_units",
        bad,
        f"Layer {layer} is saturated" if bad else "Units are not saturated",
        f"In layer {layer}, {100 * shares[layer]:.0f} % of the activations on training rows lie where the slope of "
        f"{activations[layer - 1]} is under a tenth of its maximum.",
        numbers={"share_flat": shares},
        threshold=f"over {100 * MOST_FLAT:g} %: with Xavier's initial weights it is about 7 %, and here most of the gradient is lost",
        remedy="Scale the inputs, start from smaller weights (initializer='auto'), or use ReLU; L2 keeps weights small.",
        reference="Glorot & Bengio 2010",
    )


def check_dead_relus(subject: Subject) -> Finding:
    """Look for layers many of whose ReLUs give 0 on every row: no gradient reaches their weights again."""
    inside = opened(subject)
    shares = {}
    for layer, name in enumerate(inside.spec.network.activations):
        if name == "relu":
            shares[layer + 1] = float(np.mean([np.mean(~(one.slopes[layer] > 0).any(axis=0)) for one in propagations(subject)]))
    if not shares:
        raise NotApplicable("no hidden layer has ReLUs")
    layer = max(shares, key=lambda number: shares[number])
    bad, units = shares[layer] >= MOST_DEAD, inside.spec.network.hidden[layer - 1]
    rows = len(propagations(subject)[0].slopes[layer - 1])
    return write_down(
        "dead_relus",
        bad,
        f"Dead ReLUs in layer {layer}" if bad else "ReLUs are alive",
        f"In layer {layer}, {100 * shares[layer]:.0f} % of its {counted(units, 'unit')} give 0 for each of "
        f"{counted(rows, 'training row')}.",
        numbers={"share_dead": shares, "rows": rows},
        threshold=f"{100 * MOST_DEAD:g} % or more of a layer: some units always die, but such a layer is only half as wide as it looks",
        remedy="Lower the learning rate, scale the inputs, or use leaky ReLU, GELU or SiLU, which are never entirely flat.",
        reference="Maas, Hannun & Ng 2013; Lu, Shin, Su & Karniadakis 2020",
    )
