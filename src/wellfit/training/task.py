"""One network to be trained, wherever that is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wellfit.engines.types import Array, Engine, Outcome, Plan, State, TrainingData
from wellfit.spec import Spec
from wellfit.training.fit import FitResult, fit_network
from wellfit.training.result import Recorder

__all__ = ["Task", "compile_kernels", "not_begun", "train"]


@dataclass(frozen=True, eq=False)
class Task:
    """One network to be trained, or trained further.

    Parameters
    ----------
    spec : Spec
        What to train, and how.
    data : TrainingData
        Its table and rows, from `make_data`; tasks may share a table, or each have one of its own.
    seed : int
        Draws its initial parameters, shuffles and dropout masks.
    parameters : array of shape (size,), optional
        Initial parameters, in place of drawn ones.
    state : State, optional
        Where to go on from, such as an earlier result's; the bits are those of an uninterrupted run.
    epochs : int, optional
        The most epochs to do now; schedules go by the spec's number all the same. See `fit`. Name them (be it the spec's own
        number) where a later run is to go on from the result: without them, a network that another process trained to its end
        comes back without the optimiser's moments.
    """

    spec: Spec
    data: TrainingData
    seed: int = 0
    parameters: Array | None = None
    state: State | None = None
    epochs: int | None = None


def train(task: Task, engine: Engine, should_stop: Callable[[], bool]) -> FitResult:
    """Train the network of a task.

    Parameters
    ----------
    task : Task
        The network.
    engine : Engine
        What computes.
    should_stop : callable
        Asked about ten times a second; True interrupts.

    Returns
    -------
    FitResult
    """
    return fit_network(
        task.spec,
        task.data,
        seed=task.seed,
        engine=engine,
        parameters=task.parameters,
        state=task.state,
        epochs=task.epochs,
        should_stop=should_stop,
    )


def not_begun(task: Task, engine: Engine, lost: str = "") -> FitResult:
    """Return the result of a task that an interruption came before: everything as it was.

    Parameters
    ----------
    task : Task
        The network.
    engine : Engine
        What would have trained it.
    lost : str
        What came before it, if that was no interruption.

    Returns
    -------
    FitResult
        Of outcome `INTERRUPTED`.
    """
    start = time.perf_counter()
    state = engine.initial_state(task.spec, task.seed, task.parameters) if task.state is None else task.state.copy()
    return FitResult(
        spec=task.spec,
        seed=task.seed,
        parameters=state.parameters.copy(),
        history=Recorder(len(task.spec.network.layers)).history(state.epoch, state.epoch),
        outcome=Outcome.INTERRUPTED,
        epochs=state.epoch,
        best_epoch=state.best_epoch,
        dev_cost=float("nan"),
        dev_error=float("nan"),
        state=state,
        seconds=time.perf_counter() - start,
        message=f"{lost or 'interrupted'} before it began.",
        lost=lost,
    )


def compile_kernels(engine: Engine, tasks: Sequence[Task]) -> None:
    """Let the engine compile what it needs, before there are workers that would wait for each other to do it.

    Parameters
    ----------
    engine : Engine
        What computes.
    tasks : sequence of Task
        What it will have to train.
    """
    seen = set()
    for task in tasks:
        training = task.spec.training
        if training.dtype not in seen and training.optimizer.name != "lbfgs":
            seen.add(training.dtype)
            few = task.data._replace(rows=task.data.rows[:1], dev_rows=task.data.dev_rows[:1])
            engine.train(task.spec, 0, engine.initial_state(task.spec, 0), few, Plan(), 1)
