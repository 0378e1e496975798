"""wellfit itself, through its public functions; offers what the modules in `rivals` do, and populations."""

from __future__ import annotations

import numpy as np

from benchmarks.rivals import Run
from benchmarks.tasks import COURSE_LEARNING_RATE, TABLE_LEARNING_RATE, CourseTask, PopulationTask, TableTask
from wellfit.spec import Member, Network, Optimizer, Schedule, Spec, Training
from wellfit.training.arrays import make_data
from wellfit.training.fit import fit_network
from wellfit.training.population import fit_many
from wellfit.training.task import Task


def course(task: CourseTask) -> Run:
    """Return the run of the course's task."""
    data = make_data(*task.data(), task.dtype)
    parameters = _vector(task)

    def run(steps: int) -> float:
        return float(fit_network(Task(course_spec(task, steps), data, parameters=parameters)).history.cost[-1])

    return run


def table(task: TableTask) -> Run:
    """Return the run of a table; fewer steps than an epoch's are an epoch of the first rows."""
    X, codes = task.data()
    Y = codes.astype(task.dtype)[:, None]
    parameters = _vector(task)

    def run(steps: int) -> float:
        rows = np.arange(min(task.rows, steps * task.batch))
        data = make_data(X, Y, task.dtype, rows=rows)
        result = fit_network(Task(table_spec(task, max(1, steps // task.whole)), data, parameters=parameters))
        return float(np.mean(result.history.cost))

    return run


def population(task: PopulationTask) -> Run:
    """Return the run of many networks of the course's task, each with its own seed and rate; the cost is their mean."""
    X, Y = task.one.data()
    rates = np.geomspace(0.1, 0.5, task.members)

    def run(steps: int) -> float:
        spec = course_spec(task.one, steps)
        members = [
            Member(spec.replace(training=spec.training.replace(schedule=Schedule(learning_rate=float(rate)))), seed=seed)
            for seed, rate in enumerate(rates)
        ]
        return float(np.mean([result.history.cost[-1] for result in fit_many(members, X, Y, n_jobs=task.jobs)]))

    return run


def course_spec(task: CourseTask, steps: int) -> Spec:
    """Return the spec of so many steps of the course's task."""
    training = Training(
        loss="binary_cross_entropy",
        dropout=task.dropout,
        optimizer=Optimizer(name="gradient_descent"),
        schedule=Schedule(learning_rate=COURSE_LEARNING_RATE),
        batch_size=None,
        epochs=steps,
        patience=None,
        dtype=task.dtype,
    )
    return Spec(Network(task.widths[0], task.widths[1:-1], task.widths[-1]), training)


def table_spec(task: TableTask, epochs: int) -> Spec:
    """Return the spec of so many epochs of a table."""
    training = Training(
        optimizer=Optimizer(name="adam"),
        schedule=Schedule(learning_rate=TABLE_LEARNING_RATE),
        batch_size=task.batch,
        epochs=epochs,
        patience=None,
        dtype=task.dtype,
    )
    return Spec(Network(task.columns, task.hidden, task.classes, activation=task.activation), training)


def _vector(task: CourseTask | TableTask) -> np.ndarray:
    """Return a task's initial weights as one parameter vector."""
    return np.concatenate([array.ravel() for array in task.weights()])
