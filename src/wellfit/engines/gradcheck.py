"""Any engine's gradient against finite differences of its own cost.

Legend: theta: parameters; g: an engine's gradient; g^: central differences (J(theta + h e_i) - J(theta - h e_i)) / 2h with
h = 6e-6 max(1, |theta_i|); d = ||g - g^|| / (||g|| + ||g^||): relative distance, in Euclidean norms.

A parameter whose difference would reach across a kink of the cost is left out and counted. If many are, or if the gradient is too small to
measure (at a minimum it is), the check moves a little way off, and reports it. Where d is too large still, it tries steps of other lengths:
a fault stays as large, but the bending of the cost (at large weights) shrinks with shorter steps, and rounding with longer ones.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wellfit.engines.api import get_engine
from wellfit.engines.differences import Found, Problem, measure, pose, relative_distance, some_parameters, starting_point
from wellfit.engines.layout import Layout
from wellfit.engines.types import Array, Engine, Plan, TrainingData
from wellfit.plurals import counted
from wellfit.render.blocks import Block, Page, Section, Table, Text
from wellfit.render.result import Result
from wellfit.spec import ACTIVATIONS, CLASSIFICATION_LOSSES, LOSSES, Network, Schedule, Spec, Training
from wellfit.spec.base import seed_of

MOST_PARAMETERS = 1000
NUDGES = (0.01, 0.03, 0.1, 0.3)
OTHER_STEPS = (1 / 4, 1 / 16, 4)
PENALTIES = {"none": (0.0, 0.0), "l2": (0.3, 0.0), "l1": (0.0, 0.2), "l1 + l2": (0.3, 0.2)}


@dataclass(frozen=True, repr=False)
class GradientCheck(Result):
    """What a gradient check found.

    Parameters
    ----------
    relative_distance : float
        d over all checked parameters; 0 where both gradients are zero.
    passed : bool
        Whether d is below the threshold.
    checked, left_out : int
        Parameters compared, and parameters left out because their step crosses a kink.
    threshold : float
        d must be smaller.
    layer_distances : dict
        d of each layer alone, such as ``{"layer 1": 2e-10}``.
    worst : tuple of (name, analytic, numeric)
        The parameters that differ most.
    suspect : str or None
        The layer where the fault most likely lies; None if the check passed, or if the difference is one of measurement.
    reason : str
        What was found, and whether the check had to move.
    """

    relative_distance: float
    passed: bool
    checked: int
    left_out: int
    threshold: float
    layer_distances: dict[str, float]
    worst: tuple[tuple[str, float, float], ...]
    suspect: str | None
    reason: str

    def blocks(self, whole: bool = False) -> Page:
        """Return the distance as a whole and by layer, and the parameters that differ most."""
        verdict, sign = ("passed", "<") if self.passed else ("FAILED", ">=")
        layers = [[name, f"{distance:.2e}"] for name, distance in self.layer_distances.items()]
        worst = [[name, f"{analytic:+.10e}", f"{numeric:+.10e}"] for name, analytic, numeric in self.worst]
        found: list[Block] = [
            Text(self.reason),
            Text(f"{counted(self.checked, 'parameter')} compared, {self.left_out} left out at kinks."),
            Table("Relative distance d of each layer", ["layer", "d"], layers, (1,)),
            Table("Largest differences", ["parameter", "analytic", "numeric"], worst, (1, 2)),
        ]
        lead = f"gradient check {verdict}: d = {self.relative_distance:.2e} {sign} {self.threshold:.0e}"
        return Page("Gradient check", lead, [Section("The gradient against central differences", found)])


def check_gradients(
    spec: Spec,
    X: ArrayLike,
    y: ArrayLike,
    parameters: ArrayLike | None = None,
    *,
    sample_weight: ArrayLike | None = None,
    random_state: Any = 0,
    engine: str | Engine = "compiled",
    sample: int | None = None,
    rows: int = 100,
    threshold: float = 1e-7,
) -> GradientCheck:
    """Compare an engine's gradient with central differences of its cost, penalties and dropout in.

    The engine computes in float64 here, whatever the dtype of the spec. Dropout can be checked because a mask is a pure function of seed
    and step.

    Parameters
    ----------
    spec : Spec
        Network and training.
    X : array of shape (examples, inputs)
        Examples.
    y : array of shape (examples,) or (examples, targets)
        Targets, as for `wellfit.fit`: class codes for ``cross_entropy``.
    parameters : array of shape (size,), optional
        Where to check; None: freshly drawn ones.
    sample_weight : array of shape (examples,), optional
        Weights of the examples.
    random_state : int, RandomState instance or None
        Draws the rows, the sample, fresh parameters and masks.
    engine : str or Engine
        Its name, or the engine itself.
    sample : int, optional
        How many parameters to compare, drawn from all layers alike; None: all of them, but at most 1,000.
    rows : int
        The most examples to use, drawn from all.
    threshold : float
        The relative distance must be smaller.

    Returns
    -------
    GradientCheck

    Raises
    ------
    DataError
        If shapes or values do not fit the spec.

    Examples
    --------
    >>> from wellfit.spec import Network, Training
    >>> spec = Spec(Network(inputs=2, hidden=(3,), activation="tanh"), Training(loss="squared_error"))
    >>> check_gradients(spec, [[1.0, 2.0], [0.5, -1.0]], [0.0, 1.0], engine="reference").passed
    True
    """
    seed = seed_of(random_state)
    generator = np.random.default_rng(seed)
    problem = pose(get_engine(engine) if isinstance(engine, str) else engine, spec, seed, X, y, sample_weight, rows, generator)
    theta = starting_point(problem.spec, parameters, seed)
    chosen = some_parameters(problem.spec, MOST_PARAMETERS if sample is None else sample, generator)
    found = measure(problem, theta, chosen)
    trouble, note = found.trouble(threshold), ""
    for nudge in NUDGES:
        if not found.trouble(threshold):
            break
        note = f" At the parameters given {trouble}; the check moved away from them by {counted(nudge, 'standard deviation')}."
        nearby = theta + nudge * np.maximum(1, np.abs(theta)) * generator.standard_normal(theta.size)
        found = measure(problem, nearby, chosen)
    return _report(problem, found, chosen, threshold, note)


# === The report ===


def _report(problem: Problem, found: Found, chosen: NDArray[np.int64], threshold: float, note: str) -> GradientCheck:
    """Return what was found; where it does not pass, with other steps if they show more."""
    by_recipe = found.relative_distance
    if not (by_recipe < threshold or found.too_many_kinks):
        found = min([found, *(measure(problem, found.theta, chosen, scale) for scale in OTHER_STEPS)], key=lambda f: f.relative_distance)
    d, distances = found.relative_distance, _layer_distances(problem.spec, found)
    passed, suspect = d < threshold and not found.too_many_kinks, None
    # A fault stays, whatever the steps; what curvature and rounding do depends on them.
    measurable = d > by_recipe / 2
    if passed and found.scale != 1:
        note += f" With the recipe's steps d = {by_recipe:.1e}, for {_cause(found)}; these are {counted(found.scale, 'time')} as long."
    if passed:
        reason = "The gradient agrees with the cost."
    elif found.too_many_kinks:
        reason = (
            f"{counted(found.left_out, 'parameter sits', 'parameters sit')} at kinks here and nearby, too many to conclude "
            "anything; check on other examples."
        )
    elif not math.isfinite(by_recipe):
        reason = "The cost or its gradient is not finite here; scale the inputs, or check at smaller parameters."
    elif not measurable:
        reason = f"Nothing can be concluded, for {_cause(found)}; scale the inputs and targets, or check at smaller parameters."
    else:
        # An error at one layer travels back to all before it, so the last layer that differs is where it comes from.
        clear = max(threshold, max(distances.values()) / 1000)
        suspect = [name for name, distance in distances.items() if distance > clear][-1]
        reason = f"The gradient does not belong to the cost; look at {suspect} first: no later layer differs."
    order = np.argsort(-np.abs(found.analytic - found.numeric))[:5]
    layout = Layout.of(problem.spec.network)
    worst = tuple((layout.name_of(int(found.indices[i])), float(found.analytic[i]), float(found.numeric[i])) for i in order)
    return GradientCheck(d, passed, len(found.indices), found.left_out, threshold, distances, worst, suspect, reason + note)


def _layer_distances(spec: Spec, found: Found) -> dict[str, float]:
    blocks = Layout.of(spec.network).blocks
    distances = {}
    for weights, biases in zip(blocks[0::2], blocks[1::2], strict=True):
        here = (found.indices >= weights.start) & (found.indices < biases.stop)
        distances[f"layer {weights.layer + 1}"] = relative_distance(found.analytic[here], found.numeric[here])
    return distances


def _cause(found: Found) -> str:
    """Return why other steps than the recipe's came closer."""
    if found.scale < 1:
        return f"the cost bends within them (parameters up to {np.abs(found.theta).max():.1g})"
    return f"the cost ({found.cost:.1g}) is rounded too coarsely for them"


# === Every option at once ===


class Case(NamedTuple):
    """One combination of options."""

    loss: str
    outputs: int  # units
    activation: str
    penalties: str  # such as "l1 + l2"
    dropout: bool
    trained: bool  # checked after some training


def matrix_cases() -> list[Case]:
    """Return all losses x activations x penalties x dropout x outputs, each fresh and trained."""
    losses = [(loss, outputs) for loss in LOSSES for outputs in ((2, 3) if loss == "cross_entropy" else (1, 3))]
    options = itertools.product(losses, ACTIVATIONS, PENALTIES, (False, True), (False, True))
    return [Case(*loss, activation, penalties, dropout, trained) for loss, activation, penalties, dropout, trained in options]


def check_case(case: Case, engine: str | Engine = "compiled", *, seed: int = 0, sample: int | None = None) -> GradientCheck:
    """Check one combination of options on a small generated table; `sample` limits the parameters that are compared.

    A fresh network is checked with examples of equal weight; a trained one with unequal weights and, for the cross-entropies, smoothed
    labels.
    """
    l2, l1 = PENALTIES[case.penalties]
    training = Training(
        loss=case.loss,
        label_smoothing=0.1 if case.trained and case.loss in CLASSIFICATION_LOSSES else 0.0,
        l2=l2,
        l1=l1,
        dropout=0.3 if case.dropout else 0.0,
        input_dropout=0.2 if case.dropout else 0.0,
        schedule=Schedule(learning_rate=0.01),
        batch_size=None,
        epochs=40,
        monitor="none",
        dtype="float64",
    )
    spec = Spec(Network(inputs=3, hidden=(4, 3), outputs=case.outputs, activation=case.activation), training)
    X, Y, w = _made_up(case, seed)
    solver = get_engine(engine) if isinstance(engine, str) else engine
    if not case.trained:
        return check_gradients(spec, X, Y, random_state=seed, engine=solver, sample=sample)
    rows, none = np.arange(len(X)), np.zeros(0, dtype=np.int64)
    state, _ = solver.train(
        spec, seed, solver.initial_state(spec, seed), TrainingData(X, Y, w, rows, X, Y, w, none), Plan(), training.epochs
    )
    return check_gradients(spec, X, Y, state.parameters, sample_weight=w, random_state=seed, engine=solver, sample=sample)


def check_matrix(engine: str | Engine = "compiled", *, seed: int = 0) -> Iterator[tuple[Case, GradientCheck]]:
    """Check every combination of `matrix_cases` in turn."""
    for case in matrix_cases():
        yield case, check_case(case, engine, seed=seed)


def _made_up(case: Case, seed: int) -> tuple[Array, Array, Array]:
    """Return X (30, 3), Y as the loss wants it, and weights."""
    generator = np.random.default_rng(seed)
    X = generator.standard_normal((30, 3))
    signal = np.sin(X @ generator.standard_normal((3, case.outputs))) + 0.3 * generator.standard_normal((30, case.outputs))
    if case.loss == "cross_entropy":
        Y = signal.argmax(axis=1)[:, None].astype(np.float64)
    elif case.loss == "binary_cross_entropy":
        Y = (signal > 0).astype(np.float64)
    elif case.loss == "poisson":
        Y = generator.poisson(np.exp(signal)).astype(np.float64)
    else:
        Y = signal
    return X, Y, generator.uniform(0.5, 2, 30)
