"""What is timed: two tasks with seeded data and seeded initial weights, the same for all who take part."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

COURSE_EXAMPLES = 211
COURSE_LEARNING_RATE = 0.3
TABLE_LEARNING_RATE = 1e-3


@dataclass(frozen=True)
class CourseTask:
    """The network [2, 20, 3, 1] on 211 points, full batch, plain gradient descent.

    Parameters
    ----------
    steps : int
        Steps of a whole run.
    dropout : float
        Rate of hidden units dropped, in both hidden layers.
    dtype : str
        ``float32`` or ``float64``.
    """

    steps: int = 30_000
    dropout: float = 0.0
    dtype: str = "float32"
    widths: tuple[int, ...] = (2, 20, 3, 1)

    sample: ClassVar[int] = 0
    most_runs: ClassVar[int] = 1

    @property
    def whole(self) -> int:
        """Steps of a whole run."""
        return self.steps

    @property
    def check(self) -> int:
        """Steps after which all entrants' costs are compared."""
        return min(200, self.steps)

    def data(self) -> tuple[Array, Array]:
        """Return the points (211, 2) and their classes (211, 1), 0 or 1: two noisy classes along a diagonal."""
        generator = np.random.default_rng(0)
        X = generator.uniform(-0.7, 0.7, (COURSE_EXAMPLES, 2))
        side = X.sum(axis=1) + 0.25 * generator.standard_normal(COURSE_EXAMPLES)
        return X.astype(self.dtype), (side > 0).astype(self.dtype)[:, None]

    def weights(self) -> list[Array]:
        """Return W1 (fan in, fan out), b1, W2, b2, ... to start from."""
        return initial_weights(self.widths, self.dtype)


@dataclass(frozen=True)
class TableTask:
    """A table of 54 columns and 7 classes, trained by Adam in shuffled batches.

    Parameters
    ----------
    hidden : tuple of int
        Units of the hidden layers.
    batch : int
        Examples a step.
    activation : str
        ``relu`` or ``tanh``.
    rows : int
        Rows of the table.
    """

    hidden: tuple[int, ...] = (64, 64)
    batch: int = 256
    activation: str = "relu"
    rows: int = 100_000
    columns: int = 54
    classes: int = 7
    dtype: str = "float32"

    sample: ClassVar[int] = 0
    most_runs: ClassVar[int] = 20

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of every layer, the input first."""
        return (self.columns, *self.hidden, self.classes)

    @property
    def whole(self) -> int:
        """Steps of an epoch."""
        return -(-self.rows // self.batch)

    @property
    def check(self) -> int:
        """Steps over which all entrants' mean costs are compared."""
        return max(1, min(self.rows, 20_000) // self.batch)

    def data(self) -> tuple[Array, NDArray[np.int64]]:
        """Return the table (rows, columns) and its class codes (rows,), drawn by a random network with noise."""
        generator = np.random.default_rng(1)
        X = generator.standard_normal((self.rows, self.columns), dtype=np.float32)
        inward = generator.standard_normal((self.columns, 32), dtype=np.float32) / np.float32(self.columns**0.5)
        outward = generator.standard_normal((32, self.classes), dtype=np.float32)
        scores = np.tanh(2 * (X @ inward)) @ outward
        scores += generator.gumbel(size=scores.shape)
        return X.astype(self.dtype, copy=False), scores.argmax(axis=1)

    def weights(self) -> list[Array]:
        """Return W1 (fan in, fan out), b1, W2, b2, ... to start from."""
        return initial_weights(self.widths, self.dtype)


@dataclass(frozen=True)
class PopulationTask:
    """Many networks of the course's task at once.

    Parameters
    ----------
    members : int
        How many.
    jobs : int or None
        Cores to use; None for all.
    steps : int
        Steps of a whole run of each.
    """

    members: int = 256
    jobs: int | None = None
    steps: int = 30_000

    most_runs: ClassVar[int] = 1

    @property
    def sample(self) -> int:
        """Steps of one sample: the same for any number of jobs, or what each network costs besides its steps would differ."""
        return min(10_000, self.steps)

    @property
    def one(self) -> CourseTask:
        """The task of each member."""
        return CourseTask(steps=self.steps)

    @property
    def whole(self) -> int:
        """Steps of a whole run."""
        return self.steps

    @property
    def check(self) -> int:
        """Steps after which costs are compared."""
        return self.one.check


Task = CourseTask | TableTask | PopulationTask
KINDS: dict[str, type[CourseTask | TableTask | PopulationTask]] = {
    "course": CourseTask,
    "table": TableTask,
    "population": PopulationTask,
}


def initial_weights(widths: tuple[int, ...], dtype: str) -> list[Array]:
    """Return weights drawn from N(0, 1 / fan in) and zero biases.

    Parameters
    ----------
    widths : tuple of int
        Units of every layer, the input first.
    dtype : str
        Of the arrays.

    Returns
    -------
    list of arrays
        W1 (fan in, fan out), b1 (fan out,), W2, b2, ...
    """
    generator = np.random.default_rng(2)
    arrays: list[Array] = []
    for fan_in, fan_out in itertools.pairwise(widths):
        arrays.append((generator.standard_normal((fan_in, fan_out)) / np.sqrt(fan_in)).astype(dtype))
        arrays.append(np.zeros(fan_out, dtype))
    return arrays


def kind_of(task: Task) -> str:
    """Return the name under which a task's class stands in `KINDS`."""
    return next(name for name, kind in KINDS.items() if isinstance(task, kind))


def to_dict(task: Task) -> dict[str, Any]:
    """Return a task as what JSON can hold."""
    return {"kind": kind_of(task), **dataclasses.asdict(task)}


def from_dict(values: dict[str, Any]) -> Task:
    """Return the task that `to_dict` wrote."""
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items() if name != "kind"}
    return KINDS[values["kind"]](**fields)
