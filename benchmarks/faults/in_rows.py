"""Faults planted in the rows, or in how somebody's model is asked, each on two tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

from benchmarks.faults.cases import Case, train, trained
from benchmarks.faults.tables import Table, Tables
from wellfit import MLPRegressor
from wellfit.engines.compiled import CompiledEngine


def feature_scales(of: Tables) -> Iterator[Case]:
    """Measure columns in all kinds of units."""
    for table in (of.classes, of.numbers):
        sizes = 10.0 ** np.random.default_rng(1).uniform(-2, 4, table.X_train.shape[1])
        scaled = table.replaced(X_train=table.X_train * sizes, X_dev=table.X_dev * sizes)
        yield trained("feature_scales", "columns from 0.01 to 10,000", scaled)


def target_scale(of: Tables) -> Iterator[Case]:
    """Measure the target in other units."""
    for factor, level in ((1000.0, 50_000.0), (0.001, 0.0)):
        moved = of.numbers.replaced(y_train=of.numbers.y_train * factor + level, y_dev=of.numbers.y_dev * factor + level)
        model = MLPRegressor(hidden_layer_sizes=(32,), random_state=0, max_iter=100).fit(moved.X_train, moved.y_train)
        yield Case("target_scale", f"target times {factor:g} plus {level:g}, {moved.name}", model, moved.parts)


def leakage(of: Tables) -> Iterator[Case]:
    """Add a column that nearly is the target."""
    yield trained("leakage", "a copy of the label, 1 % of it wrong", _leaky(of.several, 0.01))
    leaky = _leaky(of.numbers, 0.05)
    model = HistGradientBoostingRegressor(max_iter=50, random_state=0).fit(leaky.X_train, leaky.y_train)
    yield Case("leakage", f"the target with noise, boosting, {leaky.name}", model, leaky.parts)


def duplicates(of: Tables) -> Iterator[Case]:
    """Train on some of the dev rows."""
    for table in (of.classes, of.numbers):
        rows = np.random.default_rng(2).choice(len(table.X_dev), len(table.X_dev) // 4, replace=False)
        doubled = table.replaced(X_train=np.vstack([table.X_train, table.X_dev[rows]]), y_train=np.append(table.y_train, table.y_dev[rows]))
        yield trained("duplicates", "a quarter of the dev rows trained on", doubled)


def shifted_dev(of: Tables) -> Iterator[Case]:
    """Take dev rows from elsewhere."""
    moved = of.classes.X_dev + 1.5 * np.eye(of.classes.X_dev.shape[1])[0]
    yield trained("shifted_dev", "one column moved by 1.5 deviations", of.classes.replaced(X_dev=moved))
    table = of.several
    order = np.argsort(table.X_train[:, 0])
    train_rows, dev_rows = np.split(order, [int(0.8 * len(order))])
    parts = {
        f"{name}_{part}": getattr(table, f"{name}_train")[rows]
        for name in "Xy"
        for part, rows in (("train", train_rows), ("dev", dev_rows))
    }
    yield trained("shifted_dev", "split by a column's order", table.replaced(**parts))


def label_noise(of: Tables) -> Iterator[Case]:
    """Give rows the label of another class."""
    for table, share in ((of.classes, 0.25), (of.several, 0.2)):
        yield trained("label_noise", f"{100 * share:g} % of the labels wrong", _noisy(table, share))


def class_imbalance(of: Tables) -> Iterator[Case]:
    """Leave a few rows of one class, and hold the network back until it misses them."""
    for table in (of.classes, of.several):
        parts = []
        for X, y in ((table.X_train, table.y_train), (table.X_dev, table.y_dev)):
            rare = np.flatnonzero(y == 0)
            kept = np.sort(np.concatenate([np.flatnonzero(y != 0), rare[: max(4, len(y) // 40)]]))
            parts += [X[kept], (y[kept] == 0).astype(np.int64)]
        yield trained("class_imbalance", "a rare class, heavy L2", Table(table.name, 2, *parts), l2=30.0, epochs=30)


def small_dev_set(of: Tables) -> Iterator[Case]:
    """Leave few dev rows."""
    for table, rows in ((of.classes, 25), (of.numbers, 20)):
        yield trained("small_dev_set", f"{rows} dev rows", table.replaced(X_dev=table.X_dev[:rows], y_dev=table.y_dev[:rows]))


def dropout_at_prediction(of: Tables) -> Iterator[Case]:
    """Drop inputs at prediction, too."""
    for table in (of.classes, of.numbers):
        yield Case("dropout_at_prediction", f"dropout left on, {table.name}", _StillDropping(table), table.parts)


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
