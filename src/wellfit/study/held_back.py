"""A model that learned from all rows, trained again on some of them: the others then measure its error on unseen rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from wellfit.engines.types import EMPTY_ROWS, Outcome, Rows
from wellfit.errors import DataError
from wellfit.events import Callback
from wellfit.store import FittedModel, TrainedNetwork
from wellfit.study.problem import SearchProblem
from wellfit.training.arrays import make_data
from wellfit.training.tasks import Task, interruption_error, run_tasks

__all__ = ["hold_back"]


def hold_back(
    model: FittedModel, epochs: Sequence[int], problem: SearchProblem, rows: Rows, callback: Callback | None = None
) -> FittedModel:
    """Return a model of the same networks, seeds and weights, trained on some rows alone; an interruption raises `KeyboardInterrupt`."""
    table = problem.prepared(rows)
    data = make_data(table.X, table.Y, "float32", table.weights, rows, EMPTY_ROWS)
    tasks = []
    for network, count in zip(model.networks, epochs, strict=True):
        # An earlier version may have made other inputs of the table; and there are no rows to stop by.
        shape = network.spec.network.replace(inputs=table.preparation.width)
        training = network.spec.training.replace(monitor="none", patience=None)
        tasks.append(Task(network.spec.replace(network=shape, training=training), data, network.seed, epochs=count))
    results = run_tasks(tasks, callback=callback)
    if any(result.outcome is Outcome.INTERRUPTED for result in results):
        raise interruption_error(results)
    if any(result.diverged for result in results):
        raise DataError("a network of the model diverges when trained on the training rows alone; diagnose another model.")
    networks = tuple(TrainedNetwork(result.spec, result.seed, result.parameters) for result in results)
    return dataclasses.replace(model, preparation=table.preparation, target=table.coding, networks=networks, about={})
