"""Any engine's gradient against finite differences of its own cost.

Legend: theta: parameters; g: an engine's gradient; g^: central differences (J(theta + h e_i) - J(theta - h e_i)) / 2h with
h = 6e-6 max(1, |theta_i|); d = ||g - g^|| / (||g|| + ||g^||): relative distance, in Euclidean norms.

A parameter whose difference would reach across a kink of the cost is left out and counted. If many are, or if the gradient is too small to
measure (at a minimum it is), the check moves a little way off, and says so.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from wellfit.engines.contract import Array, Engine, Layout, Plan, TrainingData, get_engine
from wellfit.engines.differences import Found, Problem, measure, pose, relative_distance, some_parameters, starting_point
from wellfit.spec import ACTIVATIONS, CLASSIFICATION_LOSSES, LOSSES, Network, Schedule, Spec, Training

MOST_PARAMETERS = 1000
NUDGES = (0.01, 0.03, 0.1, 0.3)
PENALTIES = {"none": (0.0, 0.0), "l2": (0.3, 0.0), "l1": (0.0, 0.2), "l1 + l2": (0.3, 0.2)}


@dataclass(frozen=True)
class GradientCheck:
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

    def __str__(self) -> str:
        """Return a few lines to print."""
        verdict, sign = ("passed", "<") if self.passed else ("FAILED", ">=")
        return "\n".join(
            [
                f"gradient check {verdict}: d = {self.relative_distance:.2e} {sign} {self.threshold:.0e}",
                f"  {self.checked} parameters compared, {self.left_out} left out at kinks",
                *(f"  {name}: d = {distance:.2e}" for name, distance in self.layer_distances.items()),
                "  largest differences (analytic, numeric):",
                *(f"    {name}: {analytic:+.10e} {numeric:+.10e}" for name, analytic, numeric in self.worst),
                f"  {self.reason}",
            ]
        )


def check_gradients(
    spec: Spec,
    X: ArrayLike,
    Y: ArrayLike,
    parameters: ArrayLike | None = None,
    *,
    weights: ArrayLike | None = None,
    seed: int = 0,
    engine: str | Engine = "compiled",
    sample: int | None = None,
    rows: int = 100,
    threshold: float = 1e-7,
) -> GradientCheck:
    """Compare an engine's gradient with central differences of its cost, penalties and dropout in.

    The engine computes in float64 here, whatever the spec says. Dropout can be checked because a mask is a pure function of seed and step.

    Parameters
    ----------
    spec : Spec
        Network and training.
    X : array of shape (examples, inputs)
        Examples.
    Y : array of shape (examples,) or (examples, targets)
        Targets, as in `TrainingData`: class codes for ``cross_entropy``.
    parameters : array of shape (size,), optional
        Where to check; None: freshly drawn ones.
    weights : array of shape (examples,), optional
        Weights of the examples.
    seed : int
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
    generator = np.random.default_rng(seed)
    problem = pose(get_engine(engine) if isinstance(engine, str) else engine, spec, seed, X, Y, weights, rows, generator)
    theta = starting_point(problem.spec, parameters, seed)
    chosen = some_parameters(problem.spec, MOST_PARAMETERS if sample is None else sample, generator)
    found = measure(problem, theta, chosen)
    trouble, moved = found.trouble(threshold), ""
    for nudge in NUDGES:
        if not found.trouble(threshold):
            break
        moved = f" At the parameters given {trouble}; the check moved away from them by {nudge:g} standard deviations."
        nearby = theta + nudge * np.maximum(1, np.abs(theta)) * generator.standard_normal(theta.size)
        found = measure(problem, nearby, chosen)
    return _report(problem, found, threshold, moved)


# === The report ===


def _report(problem: Problem, found: Found, threshold: float, moved: str) -> GradientCheck:
    layout = Layout.of(problem.spec.network)
    d = relative_distance(found.analytic, found.numeric)
    layer_distances = {}
    for weights, biases in zip(layout.blocks[0::2], layout.blocks[1::2], strict=True):
        here = (found.indices >= weights.start) & (found.indices < biases.stop)
        layer_distances[f"layer {weights.layer + 1}"] = relative_distance(found.analytic[here], found.numeric[here])
    order = np.argsort(-np.abs(found.analytic - found.numeric))[:5]
    worst = tuple((layout.name_of(int(found.indices[i])), float(found.analytic[i]), float(found.numeric[i])) for i in order)
    passed, suspect = d < threshold, None
    reason = "The gradient agrees with the cost."
    if not passed:
        suspect, reason = _explain(problem, found, d, layer_distances, threshold)
    return GradientCheck(d, passed, len(found.indices), found.left_out, threshold, layer_distances, worst, suspect, reason + moved)


def _explain(problem: Problem, found: Found, d: float, layer_distances: dict[str, float], threshold: float) -> tuple[str | None, str]:
    """Return the layer at fault, if one is, and a sentence."""
    if not math.isfinite(d):
        return None, "The cost or its gradient is not finite here; scale the inputs, or check at smaller parameters."
    # A fault does not care how long the steps are; the error of a straight line shrinks with their square.
    shorter = measure(problem, found.theta, found.indices, scale=0.25)
    if relative_distance(shorter.analytic, shorter.numeric) < d / 4:
        widest = float(np.abs(problem.X).max())
        return (
            None,
            f"The cost bends too sharply for the steps, which is no fault of the gradient; scale the inputs (now up to {widest:.1g}).",
        )
    # An error at one layer travels back to all before it, so the last layer that differs is where it comes from.
    clear = max(threshold, max(layer_distances.values()) / 1000)
    suspect = [name for name, distance in layer_distances.items() if distance > clear][-1]
    return suspect, f"The gradient does not belong to the cost; look at {suspect} first: no later layer differs."


# === Every option at once ===


class Case(NamedTuple):
    """One combination of options.

    Attributes
    ----------
    loss, outputs, activation, penalties, dropout, trained :
        The options; `outputs` counts units, `penalties` is such as ``"l1 + l2"``.
    """

    loss: str
    outputs: int
    activation: str
    penalties: str
    dropout: bool
    trained: bool


def matrix_cases() -> list[Case]:
    """Return all losses x activations x penalties x dropout x outputs, each fresh and trained.

    Returns
    -------
    list of Case
    """
    losses = [(loss, outputs) for loss in LOSSES for outputs in ((2, 3) if loss == "cross_entropy" else (1, 3))]
    options = itertools.product(losses, ACTIVATIONS, PENALTIES, (False, True), (False, True))
    return [Case(*loss, activation, penalties, dropout, trained) for loss, activation, penalties, dropout, trained in options]


def check_case(case: Case, engine: str | Engine = "compiled", *, seed: int = 0) -> GradientCheck:
    """Check one combination of options on a small made-up table.

    A fresh network is checked with examples of equal weight; a trained one with unequal weights and, for the cross-entropies, smoothed
    labels.

    Parameters
    ----------
    case : Case
        The options.
    engine : str or Engine
        Whose gradient.
    seed : int
        Draws the table and the network.

    Returns
    -------
    GradientCheck
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
        return check_gradients(spec, X, Y, seed=seed, engine=solver)
    rows, none = np.arange(len(X)), np.zeros(0, dtype=np.int64)
    state, _ = solver.train(
        spec, seed, solver.initial_state(spec, seed), TrainingData(X, Y, w, rows, X, Y, w, none), Plan(), training.epochs
    )
    return check_gradients(spec, X, Y, state.parameters, weights=w, seed=seed, engine=solver)


def check_matrix(engine: str | Engine = "compiled", *, seed: int = 0) -> Iterator[tuple[Case, GradientCheck]]:
    """Check every combination of `matrix_cases`, one after the other.

    Parameters
    ----------
    engine : str or Engine
        Whose gradients.
    seed : int
        Draws the tables and networks.

    Yields
    ------
    case : Case
    check : GradientCheck
    """
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
