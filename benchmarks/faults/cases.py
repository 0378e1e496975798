"""Planted faults and healthy networks, each made anew by its seed: a model, and the rows to examine it on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.faults.tables import Table, tables
from wellfit import MLPClassifier, MLPRegressor, Network, Optimizer, Schedule, Spec, Training, WellfitClassifier
from wellfit.engines.compiled import CompiledEngine
from wellfit.training.arrays import make_data
from wellfit.training.fit import FitResult, fit

HEALTHY = "healthy"


@dataclass(frozen=True)
class Case:
    """One patient.

    Parameters
    ----------
    fault : str
        The name of the finding that is expected; `HEALTHY` for none.
    name : str
        What was done.
    model : object
        Fitted.
    parts : tuple of arrays
        X_train, y_train, X_dev, y_dev.
    surroundings : callable
        Makes a context in which the case is to be examined.
    """

    fault: str
    name: str
    model: Any
    parts: tuple[Any, Any, Any, Any]
    surroundings: Callable[[], AbstractContextManager[Any]] = contextlib.nullcontext


def train(table: Table, seed: int = 0, *, network: dict[str, Any] | None = None, **training: Any) -> FitResult:
    """Train a network on a table's training rows.

    Parameters
    ----------
    table : Table
        Data.
    seed : int
        Of the training.
    network, training : dict
        What differs from a sound choice.

    Returns
    -------
    FitResult
    """
    rate = training.pop("rate", 0.003)
    optimizer = training.pop("optimizer", "adam")
    loss = "squared_error" if not table.classes else "binary_cross_entropy" if table.classes == 2 else "cross_entropy"
    shape = {"hidden": (32, 16), "outputs": table.classes if table.classes > 2 else 1} | (network or {})
    settings = {"loss": loss, "batch_size": 32, "epochs": 100, "l2": 0.01, "patience": None} | training
    spec = Spec(
        Network(inputs=table.X_train.shape[1], **shape),
        Training(schedule=Schedule(learning_rate=rate), optimizer=Optimizer(name=optimizer), **settings),
    )
    return fit(spec, make_data(table.X_train, table.y_train, spec.training.dtype), seed=seed)


def trained(fault: str, name: str, table: Table, seed: int = 0, **changes: Any) -> Case:
    """Return a case of a network trained with some settings changed."""
    return Case(fault, f"{name}, {table.name}", train(table, seed, **changes), table.parts)


# === Planted in the network or its training ===


def in_networks(classes: Table, several: Table, numbers: Table) -> Iterator[Case]:
    """Yield networks with each fault of their own on two tables each."""
    deep = (24,) * 8
    for table, activation in ((classes, "sigmoid"), (several, "relu")):
        yield trained("equal_units", f"zeros, {activation}", table, network={"initializer": "zeros", "activation": activation})
    for table, activation in ((classes, "tanh"), (numbers, "sigmoid")):
        wild = {"initializer": "random_normal", "initial_scale": 10.0, "activation": activation}
        yield trained("saturated_units", f"weights of size 10, {activation}", table, network=wild, rate=0.001)
    for table in (classes, numbers):
        yield _with_dead_units(table)
    for table, layers in ((several, deep), (classes, (16,) * 6)):
        network = {"hidden": layers, "activation": "sigmoid"}
        yield trained("vanishing_gradients", f"{len(layers)} sigmoid layers", table, network=network, optimizer="gradient_descent")
    for table, layers in ((classes, (50,) * 8), (numbers, (64,) * 6)):
        network = {"hidden": layers, "initializer": "random_normal", "initial_scale": 0.8, "activation": "relu"}
        yield trained("exploding_gradients", f"{len(layers)} layers of large weights", table, network=network, rate=1e-4, epochs=30)
    for table, rate in ((numbers, 10.0), (several, 1e30)):
        yield trained("diverging_cost", f"rate {rate:g}", table, optimizer="gradient_descent", rate=rate)
    for table, rate in ((classes, 0.5), (numbers, 0.3)):
        yield trained("learning_rate_too_high", f"Adam at {rate:g}", table, rate=rate)
    for table, rate in ((several, 1e-5), (numbers, 1e-5)):
        yield trained("learning_rate_too_low", f"Adam at {rate:g}", table, rate=rate)
    yield trained("batch_size", "all rows at once, 20 epochs", several, batch_size=None, epochs=20)
    yield trained("batch_size", "one row at a time", numbers, batch_size=1, epochs=10)
    for table in (classes, numbers):
        sound = trained("gradient_check", "a wrong gradient", table)
        yield Case(sound.fault, sound.name, sound.model, sound.parts, _wrong_gradient)


def _with_dead_units(table: Table) -> Case:
    """Return a network most of whose ReLUs were pushed below 0 for good, and then trained on."""
    result = train(table, epochs=1)
    start = result.parameters.copy()
    inputs, units = result.spec.network.inputs, result.spec.network.hidden[0]
    start[inputs * units : inputs * units + int(0.75 * units)] = -100.0
    spec = result.spec.replace(training=result.spec.training.replace(epochs=100))
    again = fit(spec, make_data(table.X_train, table.y_train, spec.training.dtype), parameters=start)
    return Case("dead_relus", f"biases of -100, {table.name}", again, table.parts)


def _wrong_gradient() -> AbstractContextManager[Any]:
    """Return a context in which the compiled engine's gradient is a tenth too large for the first parameters."""
    right = CompiledEngine.loss_and_gradient

    def wrong(self: CompiledEngine, *arguments: Any, **options: Any) -> tuple[float, Any]:
        cost, gradient = right(self, *arguments, **options)
        gradient[: len(gradient) // 2] *= 1.1
        return cost, gradient

    return mock.patch.object(CompiledEngine, "loss_and_gradient", wrong)


# === Planted in the rows ===


def in_rows(classes: Table, several: Table, numbers: Table) -> Iterator[Case]:
    """Yield sound networks on rows with each fault, on two tables each."""
    for table in (classes, numbers):
        sizes = 10.0 ** np.random.default_rng(1).uniform(-2, 4, table.X_train.shape[1])
        scaled = table.replaced(X_train=table.X_train * sizes, X_dev=table.X_dev * sizes)
        yield trained("feature_scales", "columns from 0.01 to 10,000", scaled)
    for factor, level in ((1000.0, 50_000.0), (0.001, 0.0)):
        moved = numbers.replaced(y_train=numbers.y_train * factor + level, y_dev=numbers.y_dev * factor + level)
        model = MLPRegressor(hidden_layer_sizes=(32,), random_state=0, max_iter=100).fit(moved.X_train, moved.y_train)
        yield Case("target_scale", f"target times {factor:g} plus {level:g}, {moved.name}", model, moved.parts)
    yield trained("leakage", "a copy of the label, 1 % of it wrong", _leaky(several, 0.01))
    leaky = _leaky(numbers, 0.05)
    yield Case("leakage", f"the target with noise, boosting, {numbers.name}", _boosting(leaky), leaky.parts)
    for table in (classes, numbers):
        rows = np.random.default_rng(2).choice(len(table.X_dev), len(table.X_dev) // 4, replace=False)
        doubled = table.replaced(X_train=np.vstack([table.X_train, table.X_dev[rows]]), y_train=np.append(table.y_train, table.y_dev[rows]))
        yield trained("duplicates", "a quarter of the dev rows trained on", doubled)
    shifted = classes.replaced(X_dev=classes.X_dev + np.eye(classes.X_dev.shape[1])[0] * 1.5)
    yield trained("shifted_dev", "one column moved by 1.5 deviations", shifted)
    order = np.argsort(several.X_train[:, 0])
    cut = int(0.8 * len(order))
    sorted_rows = several.replaced(
        X_train=several.X_train[order[:cut]],
        y_train=several.y_train[order[:cut]],
        X_dev=several.X_train[order[cut:]],
        y_dev=several.y_train[order[cut:]],
    )
    yield trained("shifted_dev", "split by a column's order", sorted_rows)
    for table, share in ((classes, 0.25), (several, 0.2)):
        yield trained("label_noise", f"{100 * share:g} % of the labels drawn anew", _noisy(table, share))
    yield from _imbalanced(classes, several)
    for table, rows in ((classes, 25), (numbers, 20)):
        few = table.replaced(X_dev=table.X_dev[:rows], y_dev=table.y_dev[:rows])
        yield trained("small_dev_set", f"{rows} dev rows", few)
    for table in (classes, numbers):
        yield Case("dropout_at_prediction", f"dropout left on, {table.name}", _StillDropping(table), table.parts)


def _boosting(table: Table) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(max_iter=50, random_state=0).fit(table.X_train, table.y_train)


def _leaky(table: Table, noise: float) -> Table:
    """Return a table with one more column that holds the target, a little blurred."""
    generator = np.random.default_rng(3)

    def column(y: Any) -> Any:
        if not table.classes:
            return (y + noise * np.std(table.y_train) * generator.standard_normal(len(y)))[:, None]
        return np.where(generator.random(len(y)) < noise, generator.integers(0, table.classes, len(y)), y)[:, None].astype(float)

    return table.replaced(X_train=np.hstack([table.X_train, column(table.y_train)]), X_dev=np.hstack([table.X_dev, column(table.y_dev)]))


def _noisy(table: Table, share: float) -> Table:
    """Return a table some of whose labels are replaced by another class, in both parts."""
    generator = np.random.default_rng(4)

    def flipped(y: Any) -> Any:
        other = (y + generator.integers(1, table.classes, len(y))) % table.classes
        return np.where(generator.random(len(y)) < share, other, y)

    return table.replaced(y_train=flipped(table.y_train), y_dev=flipped(table.y_dev))


def _imbalanced(classes: Table, several: Table) -> Iterator[Case]:
    """Yield models that miss a class of a few rows in a hundred."""
    for table in (classes, several):
        parts = []
        for X, y in ((table.X_train, table.y_train), (table.X_dev, table.y_dev)):
            rare = np.flatnonzero(y == 0)
            kept = np.sort(np.concatenate([np.flatnonzero(y != 0), rare[: max(4, len(y) // 40)]]))
            parts += [X[kept], (y[kept] == 0).astype(np.int64)]
        thin = Table(table.name, 2, *parts)
        yield trained("class_imbalance", "a rare class, heavy L2", thin, l2=30.0, epochs=30)


class _StillDropping:
    """Somebody's network that drops inputs when it predicts, too."""

    def __init__(self, table: Table) -> None:
        network = train(table, network={"hidden": (32,)})
        self.weights, self.generator = network, np.random.default_rng(5)
        self.is_classifier = bool(table.classes)
        if self.is_classifier:
            self.classes_ = np.arange(table.classes)

    def predict(self, X: Any) -> Any:
        kept = self.generator.random(np.shape(X)) < 0.8
        found = CompiledEngine().forward(self.weights.spec, self.weights.parameters, np.asarray(X * kept / 0.8, dtype=np.float32))
        if not self.is_classifier:
            return found[:, 0].astype(np.float64)
        return (found[:, 0] > 0.5).astype(np.int64) if found.shape[1] == 1 else found.argmax(axis=1)


# === Healthy ===


def healthy(classes: Table, several: Table, numbers: Table) -> Iterator[Case]:
    """Yield sound networks of various kinds."""
    yield trained(HEALTHY, "two ReLU layers", classes)
    yield trained(HEALTHY, "tanh", several, seed=1, network={"hidden": (24,), "activation": "tanh"})
    yield trained(HEALTHY, "GELU, AdamW", numbers, seed=2, network={"activation": "gelu"}, optimizer="adamw")
    yield trained(HEALTHY, "dropout", several, seed=3, network={"hidden": (64, 64)}, dropout=0.2)
    yield trained(HEALTHY, "momentum", classes, seed=4, optimizer="momentum", rate=0.02)
    yield trained(HEALTHY, "wide and shallow", numbers, seed=5, network={"hidden": (128,)}, rate=0.001)
    yield trained(HEALTHY, "five layers", numbers, seed=6, network={"hidden": (32,) * 5}, epochs=60)
    model = make_pipeline(
        StandardScaler(),
        MLPClassifier(hidden_layer_sizes=(50,), random_state=0, max_iter=300, early_stopping=True, learning_rate_init=0.01),
    )
    yield Case(HEALTHY, f"MLPClassifier in a pipeline, {several.name}", model.fit(several.X_train, several.y_train), several.parts)
    model = WellfitClassifier(random_state=0).fit(classes.X_train, classes.y_train)
    yield Case(HEALTHY, f"WellfitClassifier, {classes.name}", model, classes.parts)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(classes.X_train, classes.y_train)
    yield Case(HEALTHY, f"logistic regression, {classes.name}", model, classes.parts)
    model = HistGradientBoostingClassifier(random_state=0, max_iter=50).fit(several.X_train, several.y_train)
    yield Case(HEALTHY, f"boosting, {several.name}", model, several.parts)


def all_cases() -> Iterator[Case]:
    """Yield every case, one after the other.

    Yields
    ------
    Case
    """
    found = tables()
    yield from in_networks(*found)
    yield from in_rows(*found)
    yield from healthy(*found)
