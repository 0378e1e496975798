"""What a case is, and how its network is trained: soundly, but for the settings that are named."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from benchmarks.faults.tables import Table
from wellfit.spec import Network, Optimizer, Schedule, Spec, Training
from wellfit.training.arrays import make_data
from wellfit.training.fit import FitResult, fit_network
from wellfit.training.task import Task

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
    return fit_network(Task(spec, make_data(table.X_train, table.y_train, spec.training.dtype), seed=seed))


def trained(fault: str, name: str, table: Table, seed: int = 0, **changes: Any) -> Case:
    """Return a case of a network trained with some settings changed."""
    return Case(fault, f"{name}, {table.name}", train(table, seed, **changes), table.parts)
