"""Faults planted in a network or its training, each on two tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

from benchmarks.faults.cases import Case, train, trained
from benchmarks.faults.tables import Table, Tables
from wellfit.engines.compiled import CompiledEngine
from wellfit.training.arrays import make_data
from wellfit.training.fit import fit_network
from wellfit.training.task import Task


def equal_units(of: Tables) -> Iterator[Case]:
    """Start from zeros."""
    for table, activation in ((of.classes, "sigmoid"), (of.several, "relu")):
        yield trained("equal_units", f"zeros, {activation}", table, network={"initializer": "zeros", "activation": activation})


def saturated_units(of: Tables) -> Iterator[Case]:
    """Start from weights ten times the usual."""
    for table, activation in ((of.classes, "tanh"), (of.numbers, "sigmoid")):
        wild = {"initializer": "random_normal", "initial_scale": 10.0, "activation": activation}
        yield trained("saturated_units", f"weights of size 10, {activation}", table, network=wild, rate=0.001)


def dead_relus(of: Tables) -> Iterator[Case]:
    """Push biases far below 0, and train on."""
    for table in (of.classes, of.numbers):
        yield _with_dead_units(table)


def vanishing_gradients(of: Tables) -> Iterator[Case]:
    """Stack sigmoids."""
    for table, layers in ((of.several, (24,) * 8), (of.classes, (16,) * 6)):
        network = {"hidden": layers, "activation": "sigmoid"}
        yield trained("vanishing_gradients", f"{len(layers)} sigmoid layers", table, network=network, optimizer="gradient_descent")


def exploding_gradients(of: Tables) -> Iterator[Case]:
    """Stack layers of large weights."""
    for table, layers in ((of.classes, (50,) * 8), (of.numbers, (64,) * 6)):
        network = {"hidden": layers, "initializer": "random_normal", "initial_scale": 0.8, "activation": "relu"}
        yield trained("exploding_gradients", f"{len(layers)} layers of large weights", table, network=network, rate=1e-4, epochs=30)


def diverging_cost(of: Tables) -> Iterator[Case]:
    """Step so far that numbers overflow."""
    for table, rate in ((of.numbers, 10.0), (of.several, 1e30)):
        yield trained("diverging_cost", f"gradient descent at {rate:g}", table, optimizer="gradient_descent", rate=rate)


def learning_rate_too_high(of: Tables) -> Iterator[Case]:
    """Take a hundred times the usual rate."""
    for table, rate in ((of.classes, 0.5), (of.numbers, 0.3)):
        yield trained("learning_rate_too_high", f"Adam at {rate:g}", table, rate=rate)


def learning_rate_too_low(of: Tables) -> Iterator[Case]:
    """Take a hundredth of the usual rate."""
    for table in (of.several, of.numbers):
        yield trained("learning_rate_too_low", "Adam at 1e-05", table, rate=1e-5)


def batch_size(of: Tables) -> Iterator[Case]:
    """Take all rows at once for a few epochs, or one by one."""
    yield trained("batch_size", "all rows at once, 20 epochs", of.several, batch_size=None, epochs=20)
    yield trained("batch_size", "one row at a time", of.numbers, batch_size=1, epochs=10)


def gradient_check(of: Tables) -> Iterator[Case]:
    """Make half of the gradient a tenth too large."""
    for table in (of.classes, of.numbers):
        sound = trained("gradient_check", "a wrong gradient", table)
        yield Case(sound.fault, sound.name, sound.model, sound.parts, _wrong_gradient)


def _with_dead_units(table: Table) -> Case:
    """Return a network most of whose ReLUs were pushed below 0 for good, and then trained on."""
    result = train(table, epochs=1)
    start = result.parameters.copy()
    inputs, units = result.spec.network.inputs, result.spec.network.hidden[0]
    start[inputs * units : inputs * units + int(0.75 * units)] = -100.0
    spec = result.spec.replace(training=result.spec.training.replace(epochs=100))
    again = fit_network(Task(spec, make_data(table.X_train, table.y_train, spec.training.dtype), parameters=start))
    return Case("dead_relus", f"biases of -100, {table.name}", again, table.parts)


def _wrong_gradient() -> AbstractContextManager[Any]:
    """Return a context in which the compiled engine's gradient is a tenth too large for the first parameters."""
    right = CompiledEngine.loss_and_gradient

    def wrong(self: CompiledEngine, *arguments: Any, **options: Any) -> tuple[float, Any]:
        cost, gradient = right(self, *arguments, **options)
        gradient[: len(gradient) // 2] *= 1.1
        return cost, gradient

    return mock.patch.object(CompiledEngine, "loss_and_gradient", wrong)
