"""One network to be trained, wherever that is done."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from wellfit.engines.types import Array, Engine, Outcome, State, TrainingData
from wellfit.spec import Spec
from wellfit.training.result import FitResult, Recorder

__all__ = ["Task", "compile_kernels", "not_begun"]


@dataclass(frozen=True, eq=False)
class Task:
    """One network to be trained, or trained further."""

    spec: Spec  # what to train, and how
    data: TrainingData  # its table and rows, from `make_data`; tasks may share a table, or each have one of its own
    seed: int = 0  # draws its initial parameters, shuffles and dropout masks
    parameters: Array | None = None  # (size,): initial parameters, in place of drawn ones
    state: State | None = None  # state to resume from, such as an earlier result's; the bits are those of an uninterrupted run
    epochs: int | None = None  # the most epochs to do now; schedules follow the spec's number all the same. See `fit`.


def not_begun(task: Task, engine: Engine, lost: str = "") -> FitResult:
    """Return the result of a task before which the run was interrupted, or lost its cluster: everything as it was."""
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
        message=f"{lost or 'interrupted'} before it started.",
        lost=lost,
    )


def compile_kernels(engine: Engine, tasks: Sequence[Task]) -> None:
    """Let the engine compile what it needs, before there are workers that would each compile it."""
    for task in tasks:
        engine.prepare(task.spec, task.data)
