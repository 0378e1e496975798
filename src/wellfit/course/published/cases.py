"""The notebooks' single cases, computed with wellfit's maths and engine.

Legend, as in the textbook: W, b: weights and biases; A, Z: activations and pre-activations; D: dropout mask; v, s: Adam's moments.
Arrays come in wellfit's layout, a row an example; published ones have a column an example, and are compared in that order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit.course.published.comparison import Row, compare, compare_all, range_of
from wellfit.course.published.inputs import initial_vector
from wellfit.course.published.numbers import RATES, UNITS
from wellfit.course.published.populations import moved_by_one_bit
from wellfit.course.published.recipes import RECIPES
from wellfit.engines.api import get_engine
from wellfit.engines.differences import relative_distance
from wellfit.engines.layout import Layout
from wellfit.engines.reference import propagate_forward
from wellfit.engines.types import Array
from wellfit.maths.losses import make_loss
from wellfit.maths.optimisers import update
from wellfit.maths.regularisation import d_dropout, l2_penalty
from wellfit.maths.schedules import inverse_time
from wellfit.spec import Network, Optimizer, Spec, Training

__all__ = ["case_rows"]

EPSILON = 1e-7
# Gradient checks at parameters that differ in their last bits.
GRADIENT_RUNS = 20
LABELS = np.array([[1.0], [1.0], [0.0], [1.0], [0.0]])
A3 = np.array([[0.40682402, 0.01629284, 0.16722898, 0.10118111, 0.40682402]]).T


def case_rows(source: str) -> list[Row]:
    """Return the comparisons of a source's single cases; the textbook's chapter prints none."""
    rows = []
    for case in CASES.get(source, ()):
        begin = time.perf_counter()
        found = case()
        rows += [replace(row, seconds=time.perf_counter() - begin) if place == 0 else row for place, row in enumerate(found)]
    return rows


def _row(what: str, key: str, arrays: Sequence[NDArray[Any]], needs: int = 8) -> Row:
    """Compare published arrays, whose names are at the end of the key, with ours in the published shape."""
    names = [word for word in key.split() if word[0] in "WbdAvs" and word[-1] in "123vs"][-len(arrays) :]
    labels = [
        f"{name}[{', '.join(map(str, place))}]"
        for name, array in zip(names or [""] * len(arrays), arrays, strict=True)
        for place in np.ndindex(array.shape)
    ]
    return compare_all(what, UNITS[key], np.concatenate([array.ravel() for array in arrays]).tolist(), labels, needs)


def _spec(network: Network, **training: Any) -> Spec:
    return Spec(network, Training(loss="binary_cross_entropy", dtype="float64", **training))


def _published_shapes(network: Network, vector: Array) -> list[Array]:
    """Return W1, b1, ... of a vector as the notebooks shape them: (fan out, fan in) and (fan out, 1)."""
    return [block.T if block.ndim == 2 else block[:, np.newaxis] for block in Layout.of(network).views(vector)]


def _vector(arrays: Iterable[Array]) -> Array:
    """Return arrays of the notebooks' shapes as one vector of ours."""
    return np.concatenate([array.T.ravel() for array in arrays])


def _drawn(random: np.random.RandomState, network: Network) -> Array:
    """Return parameters drawn as the notebooks' test cases do: W1, b1, W2, ..., all normal."""
    return _vector(random.randn(fan_out, columns) for fan_in, fan_out in network.layers for columns in (fan_in, 1))


# === Initialisation ===


def _initial_weights() -> list[Row]:
    cases = (("zeros", "zeros", (3, 2, 1)), ("random", "large random", (3, 2, 1)), ("he", "he", (2, 4, 1)))
    rows = []
    for name, weights, layers in cases:
        network = Network(layers[0], layers[1:-1], layers[-1])
        shaped = _published_shapes(network, initial_vector(layers, weights))
        rows.append(_row(f"initialize_parameters_{name}({list(layers)})", f"init {name} W1 b1 W2 b2", shaped))
    return rows


# === Regularisation ===

CASE = Network(3, (2, 3), 1)


def _l2_cost() -> list[Row]:
    theta = _drawn(np.random.RandomState(1), CASE)
    Z = np.log(A3 / (1 - A3))
    weights, _ = Layout.of(CASE).coefs_and_intercepts(theta)
    cost = float(make_loss("binary_cross_entropy").value(Z, LABELS).mean()) + sum(l2_penalty(W, 0.1, 5.0) for W in weights)
    what = "compute_cost_with_regularization"
    return [Row(what, tuple(compare(copy, UNITS[f"L2 cost, {copy}"], cost, 14) for copy in ("old", "new")))]


def _l2_gradient() -> list[Row]:
    random = np.random.RandomState(1)
    X, theta = random.randn(3, 5).T, _drawn(random, CASE)
    _, gradient = get_engine("compiled").loss_and_gradient(_spec(CASE, l2=0.7), 0, theta, X, LABELS)
    shaped = _published_shapes(CASE, gradient)[0::2]
    # The notebook's cache is rounded to eight decimals, which moves a gradient by up to 6e-9.
    return [_row("backward_propagation_with_regularization", "L2 dW1 dW2 dW3", shaped, needs=6)]


def _dropout_forward() -> list[Row]:
    _, _, Z, _ = _thinned(keep_prob=0.7)
    probabilities = make_loss("binary_cross_entropy").predict(Z[-1])
    return [_row("forward_propagation_with_dropout", "dropout A3", [probabilities.T])]


def _dropout_backward() -> list[Row]:
    theta, masks, Z, _ = _thinned(keep_prob=0.5)
    W, _ = Layout.of(CASE).coefs_and_intercepts(theta)
    # The case's activations were thinned with 0.5, and its gradients are to be scaled for 0.8.
    rate = 1 - 0.8
    # The case's cache is rounded to eight decimals, ours is not. These notebooks apply 1/m to the gradients of weights alone.
    dZ3 = make_loss("binary_cross_entropy").predict(Z[2]) - LABELS
    dA2 = d_dropout(dZ3 @ W[2].T, masks[1], rate)
    dA1 = d_dropout((dA2 * (Z[1] > 0)) @ W[1].T, masks[0], rate)
    return [_row("backward_propagation_with_dropout", "dropout dA1 dA2", [dA1.T, dA2.T], needs=5)]


def _thinned(keep_prob: float) -> tuple[Array, list[NDArray[np.bool_]], list[Any], list[Any]]:
    """Return parameters, masks, Z and A of the notebook's case with dropout; its masks are drawn with seed 1 again."""
    random = np.random.RandomState(1)
    X, theta = random.randn(3, 5).T, _drawn(random, CASE)
    again = np.random.RandomState(1)
    masks = [(again.rand(units, 5) < keep_prob).T for units in CASE.hidden]
    A, Z = propagate_forward(_spec(CASE, dropout=1 - keep_prob), theta, X, (None, *masks))
    return theta, masks, Z, A


# === Gradient checking ===


def _one_dimension() -> list[Row]:
    def distance(x: float, theta: float) -> float:
        slope = ((theta + EPSILON) * x - (theta - EPSILON) * x) / (2 * EPSILON)
        return relative_distance(np.array([x]), np.array([slope]))

    old_and_new = [(copy, UNITS[f"gradient check 1-D, {copy}"], distance(2, 4)) for copy in ("old", "new")]
    checks = [compare(copy, published, ours, 10) for copy, published, ours in old_and_new]
    later = compare("new", UNITS["gradient check 1-D of (3, 4)"], distance(3, 4), 10)
    return [Row("gradient_check(2, 4)", tuple(checks)), Row("gradient_check(3, 4)", (later,))]


def _all_dimensions() -> list[Row]:
    network = Network(4, (5, 3), 1)
    spec, engine = _spec(network), get_engine("compiled")
    random = np.random.RandomState(1)
    X, theta, Y = random.randn(4, 3).T, _drawn(random, network), np.array([[1.0], [1.0], [0.0]])

    def from_probabilities(parameters: Array) -> float:
        A = engine.forward(spec, parameters, X)
        return float(np.where(Y == 1, -np.log(A), -np.log(1 - A)).mean())

    def from_logits(parameters: Array) -> float:
        return engine.loss_and_gradient(spec, 0, parameters, X, Y)[0]

    def check(parameters: Array) -> tuple[float, float]:
        """Return the distance with the notebook's two faults planted, and with them fixed."""
        _, gradient = engine.loss_and_gradient(spec, 0, parameters, X, Y)
        faulty = gradient.copy()
        _, b1, W2, *_ = Layout.of(network).views(faulty)
        b1 *= 4
        W2 *= 2
        numeric = _slopes(from_probabilities, parameters)
        return relative_distance(faulty, numeric), relative_distance(gradient, numeric)

    exact = relative_distance(engine.loss_and_gradient(spec, 0, theta, X, Y)[1], _slopes(from_logits, theta))
    note = (
        "With its faults fixed, the gradient is still 1e-7 off because the published cost rounds log(1 - a) where a is near 1, which a "
        "step of 1e-7 magnifies; so only a few digits can agree. With the cost from logits, as wellfit computes it, the distance is "
        f"{exact:.1e}."
    )
    planted, fixed = gradient_check_rows(check, theta)
    return [planted, replace(fixed, note=note)]


def gradient_check_rows(check: Callable[[Array], tuple[float, float]], theta: Array) -> list[Row]:
    """Return the comparisons of the notebook's `gradient_check_n`: with two faults planted, and with them fixed.

    `check` returns both distances at some parameters; at parameters that differ in their last bits, it shows how far rounding moves them.
    """
    found, moved = check(theta), np.array([check(other) for other in moved_by_one_bit(theta, GRADIENT_RUNS)])
    cases = (
        ("two faults planted", {"old": "gradient check with two faults, old", "new": "gradient check with two faults, new"}),
        ("faults fixed", {"a copy": "gradient check, faults fixed", "another copy": "gradient check, faults fixed, another copy"}),
    )
    return [
        Row(f"gradient_check_n, {what}", tuple(compare(name, UNITS[key], ours, 9, spread=range_of(values)) for name, key in keys.items()))
        for (what, keys), ours, values in zip(cases, found, moved.T, strict=True)
    ]


def _slopes(cost: Callable[[Array], float], theta: Array) -> Array:
    """Return central differences with the notebook's step."""
    return np.array([(cost(theta + step) - cost(theta - step)) / (2 * EPSILON) for step in EPSILON * np.eye(theta.size)])


# === Optimisation ===

OLD_ADAM = Optimizer("adam", beta1=0.9, beta2=0.999, epsilon=1e-8, epsilon_form="inside")
NEW_ADAM = Optimizer("adam", beta1=0.8, beta2=0.888, epsilon=1e-2, epsilon_form="outside")
# Name in the tables, key of the facts, optimiser, learning rate, number of the step.
UPDATES = (
    ("update_parameters_with_gd", "gd", Optimizer("gradient_descent"), 0.01, 1),
    ("update_parameters_with_momentum", "momentum", Optimizer("averaged_momentum", momentum=0.9), 0.01, 1),
    ("update_parameters_with_adam, old", "Adam, old", OLD_ADAM, 0.01, 2),
    ("update_parameters_with_adam, new", "Adam, new", NEW_ADAM, 0.02, 2),
)


def _updates() -> list[Row]:
    shapes = ((2, 3), (2, 1), (3, 3), (3, 1))
    random = np.random.RandomState(1)
    theta, gradient = (_vector(random.randn(*shape) for shape in shapes) for _ in range(2))
    # The case's second layer has 3 x 3 weights though the first has 2 units: no network, but a vector like any other.
    is_weight = np.repeat([True, False, True, False], [6, 2, 9, 3])
    rows = []
    for what, key, optimizer, rate, step in UPDATES:
        none = np.zeros_like(theta)
        moved, v, s = update(optimizer, theta, none, none, gradient, rate, step, is_weight)
        rows.append(_row(what, f"{key} W1 b1 W2 b2", _shaped(moved, shapes)))
        for name, moments in (("v", v), ("s", s)):
            if f"{key} {name}" in UNITS:
                found = np.concatenate([array.ravel() for array in _shaped(moments, shapes)])
                rows.append(_row(f"{what}: {name}", f"{key} {name}", [found]))
    return rows


def _shaped(vector: Array, shapes: Sequence[tuple[int, int]]) -> list[Array]:
    """Undo `_vector`."""
    ends = np.cumsum([rows * columns for rows, columns in shapes])
    return [part.reshape(shape[::-1]).T for part, shape in zip(np.split(vector, ends[:-1]), shapes, strict=True)]


def _mini_batches() -> list[Row]:
    X = np.random.RandomState(1).randn(12_288, 148)
    order = np.random.RandomState(0).permutation(148)
    return [_row("random_mini_batches: row 0 of the first", "mini-batches", [X[0, order[:3]]])]


def _rates() -> list[Row]:
    plain = [inverse_time(a, epoch, 1.0, 1) for a, epoch in ((0.5, 2), (1.0, 2))]
    stepped = ((0.5, 10, 0.3), (0.5, 100, 0.3), (0.5, 100, 1.0), (0.5, 10, 1.0), (0.3, 1000, 0.25), (0.3, 100, 0.25))
    scheduled = [inverse_time(a, epoch, decay, 100) for a, epoch, decay in stepped]
    rows = [
        compare_all("update_lr", UNITS["rates, update_lr"], plain, ["(0.5, 2, 1)", "(1, 2, 1)"], 15),
        compare_all("schedule_lr_decay", UNITS["rates, schedule_lr_decay"], scheduled, [f"{case}" for case in stepped], 7),
    ]
    for recipe in RECIPES:
        if recipe.key in RATES:
            assert recipe.decay_interval is not None
            published = RATES[recipe.key]
            epochs = [1000 * place for place in range(len(published))]
            found = [inverse_time(recipe.learning_rate, epoch, 1.0, recipe.decay_interval) for epoch in epochs]
            rows.append(compare_all(f"{recipe.name}: learning rates", " ".join(published), found, [f"at {e:,}" for e in epochs], 6))
    return rows


CASES: dict[str, tuple[Callable[[], list[Row]], ...]] = {
    "init": (_initial_weights,),
    "regularization": (_l2_cost, _l2_gradient, _dropout_forward, _dropout_backward),
    "gradients": (_one_dimension, _all_dimensions),
    "optimization": (_updates, _mini_batches, _rates),
}
