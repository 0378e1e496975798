"""Tasks and results as they travel between processes: tables apart and named by what is in them, results without what nobody needs."""

from __future__ import annotations

import hashlib
import pickle
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.types import Array, Engine, Outcome, State, TrainingData
from wellfit.errors import SpecError
from wellfit.training.result import FitResult, History
from wellfit.training.task import Task

__all__ = ["Cargo", "open_chunk", "pack_results", "unpack_results"]

# Smaller arrays travel with the tasks: naming them would cost more.
LEAST_BYTES_SHARED = 2048
TABLES = ("X", "Y", "weights", "dev_X", "dev_Y", "dev_weights")
RESUMABLE = (Outcome.RUNNING, Outcome.INTERRUPTED)


# === Out: tasks ===


class Shared(NamedTuple):
    """Stands for an array that travels apart from the tasks, once for each worker.

    Parameters
    ----------
    name : str
        Says what is in it: equal arrays have equal names.
    """

    name: str


class Cargo:
    """The tasks of one run, with arrays that several of them need set apart.

    Parameters
    ----------
    tasks : sequence of Task
        What is to be trained.
    engine : Engine
        What computes.

    Attributes
    ----------
    arrays : dict of str to array
        By name: the tables, and rows that more than one task asks for.

    Raises
    ------
    SpecError
        If the engine cannot be sent to another process.
    """

    def __init__(self, tasks: Sequence[Task], engine: Engine) -> None:
        self.tasks, self.engine = tasks, engine
        try:
            pickle.dumps(engine)
        except Exception as error:
            raise SpecError(
                f"engine must be one that other processes can be sent, found {type(engine).__name__} ({error}); use threads."
            ) from error
        names = _Names()
        users = Counter(names.of(rows) for task in tasks for rows in (task.data.rows, task.data.dev_rows))
        # Fields of `TrainingData`, the names of arrays in place of those that travel apart.
        self._data: list[tuple[Any, ...]] = []
        self.arrays: dict[str, NDArray[Any]] = {}
        for task in tasks:
            fields: list[Any] = []
            for field, array in task.data._asdict().items():
                name = None if array is None else names.of(array)
                if name is not None and (field in TABLES or users[name] > 1):
                    self.arrays[name] = array
                    fields.append(Shared(name))
                else:
                    fields.append(array)
            self._data.append(tuple(fields))

    def chunk(self, places: Sequence[int]) -> tuple[bytes, list[str]]:
        """Return some of the tasks as bytes, and the names of the arrays that they need.

        Parameters
        ----------
        places : sequence of int
            Which tasks.

        Returns
        -------
        payload : bytes
        names : list of str
        """
        tasks = [self.tasks[place] for place in places]
        orders = [
            (task.spec, data, task.seed, task.parameters, task.state, task.epochs)
            for task, data in zip(tasks, (self._data[place] for place in places), strict=True)
        ]
        names = {field.name for _, data, *_ in orders for field in data if isinstance(field, Shared)}
        return pickle.dumps((self.engine, orders), protocol=5), sorted(names)


class _Names:
    """Names arrays by what is in them, each object once."""

    def __init__(self) -> None:
        self._seen: dict[int, str | None] = {}

    def of(self, array: NDArray[Any]) -> str | None:
        """Return the name of an array; None if it is too small to have one."""
        if id(array) not in self._seen:
            self._seen[id(array)] = _name(array) if array.nbytes >= LEAST_BYTES_SHARED else None
        return self._seen[id(array)]


def _name(array: NDArray[Any]) -> str:
    """Return a digest of dtype, shape and bytes."""
    digest = hashlib.blake2b(f"{array.dtype.str}{array.shape}".encode(), digest_size=16)
    digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def open_chunk(payload: bytes, arrays: Mapping[str, NDArray[Any]]) -> tuple[Engine, list[Task]]:
    """Return the tasks of a chunk.

    Parameters
    ----------
    payload : bytes
        From `Cargo.chunk`.
    arrays : mapping of str to array
        Those that it names.

    Returns
    -------
    engine : Engine
    tasks : list of Task
    """
    engine, orders = pickle.loads(payload)  # noqa: S301  (from the process that this one works for)
    tasks = []
    for spec, data, seed, parameters, state, epochs in orders:
        filled = TrainingData(*(arrays[array.name] if isinstance(array, Shared) else array for array in data))
        tasks.append(Task(spec, filled, seed, parameters, state, epochs))
    return engine, tasks


# === Back: results ===


class _Column(NamedTuple):
    """A column whose values are all the same, to the bit."""

    value: NDArray[Any]
    length: int


def pack_results(tasks: Sequence[Task], results: Sequence[FitResult]) -> bytes:
    """Return results as few bytes.

    What the other side knows (spec and seed) stays here; vectors that equal the parameters, and columns of the history that never
    change, are sent once. The optimiser's moments stay here, too, where the network has been trained to its end and the task
    names no epochs.

    Parameters
    ----------
    tasks : sequence of Task
        What was asked for.
    results : sequence of FitResult
        The first of them, or all.

    Returns
    -------
    bytes
    """
    return pickle.dumps([_pack(task, result) for task, result in zip(tasks, results, strict=False)], protocol=5)


def _pack(task: Task, result: FitResult) -> tuple[Any, ...]:
    state, history = result.state, result.history
    keeps_moments = task.epochs is not None or result.outcome in RESUMABLE
    parameters = result.parameters
    vectors = [None if _same_bits(vector, parameters) else vector for vector in (state.parameters, state.best_parameters)]
    moments = [_pack_column(moment) if keeps_moments else None for moment in (state.first_moment, state.second_moment)]
    columns = [_pack_column(getattr(history, name)) for name in History.__dataclass_fields__ if name != "gradient_norms"]
    counts = (state.epoch, state.step, state.rate_factor, state.best_score, state.best_epoch, state.waited, int(state.outcome))
    ending = (int(result.outcome), result.epochs, result.best_epoch, result.dev_cost, result.dev_error, result.seconds, result.message)
    return parameters, vectors, moments, columns, history.gradient_norms, counts, ending


def unpack_results(payload: bytes, tasks: Sequence[Task]) -> list[FitResult]:
    """Return what `pack_results` was given.

    Parameters
    ----------
    payload : bytes
        From `pack_results`.
    tasks : sequence of Task
        What was asked for.

    Returns
    -------
    list of FitResult
        Of the first of them, or of all.
    """
    packed = pickle.loads(payload)  # noqa: S301  (from a process that works for this one)
    return [_unpack(task, parts) for task, parts in zip(tasks, packed, strict=False)]


def _unpack(task: Task, parts: tuple[Any, ...]) -> FitResult:
    parameters, vectors, moments, columns, norms, counts, ending = parts
    last, best = (parameters.copy() if vector is None else vector for vector in vectors)
    first, second = (np.empty(0, parameters.dtype) if moment is None else _unpack_column(moment) for moment in moments)
    names = [name for name in History.__dataclass_fields__ if name != "gradient_norms"]
    history = History(gradient_norms=norms, **{name: _unpack_column(column) for name, column in zip(names, columns, strict=True)})
    epoch, step, rate_factor, best_score, best_epoch, waited, outcome = counts
    state = State(last, first, second, best, epoch, step, rate_factor, best_score, best_epoch, waited, Outcome(outcome))
    how, epochs, chosen, dev_cost, dev_error, seconds, message = ending
    return FitResult(
        spec=task.spec,
        seed=task.seed,
        parameters=parameters,
        history=history,
        outcome=Outcome(how),
        epochs=epochs,
        best_epoch=chosen,
        dev_cost=dev_cost,
        dev_error=dev_error,
        state=state,
        seconds=seconds,
        message=message,
    )


def _same_bits(one: Array, other: Array) -> bool:
    return one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes()


def _pack_column(values: NDArray[Any]) -> NDArray[Any] | _Column:
    """Return one value for many where they are the same to the bit (nan, zero, a constant rate)."""
    if len(values) < 2:
        return values
    bits = values.view(f"u{values.dtype.itemsize}")
    return _Column(values[:1].copy(), len(values)) if (bits == bits[0]).all() else values


def _unpack_column(column: NDArray[Any] | _Column) -> NDArray[Any]:
    return np.repeat(column.value, column.length) if isinstance(column, _Column) else column
