"""Training many networks over one table at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from wellfit.engines.types import EMPTY_ROWS, Engine, Rows, TrainingData
from wellfit.errors import DataError
from wellfit.spec import Spec
from wellfit.training.arrays import check_data_fits, make_data, select_rows
from wellfit.training.fit import DEFAULT_ENGINE, FitResult
from wellfit.training.tasks import Task, run_tasks

__all__ = ["Member", "fit_many"]


@dataclass(frozen=True, eq=False)
class Member:
    """One network of a population.

    Parameters
    ----------
    spec : Spec
        What to train, and how.
    seed : int
        Draws its initial parameters, shuffles and dropout masks.
    rows : array-like of int, optional
        Rows of the shared table to train on; None: all.
    dev_rows : array-like of int, optional
        Rows to look at, of the shared table or of the dev table where there is one. None: none, or all of the dev table.
    parameters : array of shape (size,), optional
        Initial parameters, in place of drawn ones.
    """

    spec: Spec
    seed: int = 0
    rows: ArrayLike | None = None
    dev_rows: ArrayLike | None = None
    parameters: ArrayLike | None = None


def fit_many(
    members: Sequence[Member],
    X: ArrayLike,
    Y: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    dev: Sequence[Any] | None = None,
    n_jobs: int | None = None,
    engine: str | Engine = DEFAULT_ENGINE,
    on_result: Callable[[int, FitResult], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[FitResult]:
    """Train a population of networks over one table.

    A network comes out with the same bits as `fit` gives it alone, whatever the order and the number of workers. Workers are
    threads: the table is never copied for them.

    After `should_stop` or Ctrl-C the networks under way end within about 0.2 seconds (an epoch that takes longer is finished
    first) with what was best so far. Those not begun come back untrained: outcome `INTERRUPTED`, 0 epochs and their initial
    parameters; `on_result` is not called for them.

    Parameters
    ----------
    members : sequence of Member
        What to train.
    X : array-like of shape (rows, inputs)
        The examples of all members.
    Y : array-like of shape (rows,) or (rows, targets)
        Their targets, as `make_data` takes them.
    weights : array-like of shape (rows,), optional
        What each row counts.
    dev : tuple (X, Y) or (X, Y, weights), optional
        A table of its own for the members' `dev_rows`.
    n_jobs : int, optional
        Networks trained at once, in joblib's convention; None: one for each core that this process may use.
    engine : str or Engine
        ``"compiled"``, ``"reference"``, or an engine itself.
    on_result : callable, optional
        Called in this thread with a member's place and its result, as soon as it is there.
    should_stop : callable, optional
        Asked in this thread, about ten times a second; True ends the population.

    Returns
    -------
    list of FitResult
        In the order of `members`.

    Raises
    ------
    DataError
        If the table cannot be used, or does not fit a member, who is named.

    Examples
    --------
    >>> from wellfit.spec import Network, Training
    >>> spec = Spec(Network(inputs=1, hidden=(2,)), Training(loss="squared_error", epochs=5))
    >>> results = fit_many([Member(spec, seed) for seed in range(3)], [[0.0], [1.0]], [1.0, 3.0], engine="reference")
    >>> [result.seed for result in results]
    [0, 1, 2]
    """
    tasks = _tasks(members, X, Y, weights, dev)
    return run_tasks(tasks, n_jobs=n_jobs, engine=engine, on_result=on_result, should_stop=should_stop)


def _tasks(members: Sequence[Member], X: ArrayLike, Y: ArrayLike, weights: ArrayLike | None, dev: Sequence[Any] | None) -> list[Task]:
    """Return the members over shared arrays, one table for each dtype, checked before anything is trained."""
    tables: dict[str, TrainingData] = {}
    # Members mostly share their rows (folds, all rows): one array for all of them.
    selected: dict[tuple[str, int], Rows] = {}
    made = []
    for place, member in enumerate(members):
        dtype = member.spec.training.dtype
        if dtype not in tables:
            tables[dtype] = make_data(X, Y, dtype, weights, dev=dev)
        table = tables[dtype]
        try:
            rows = _selected("rows", member.rows, len(table.X), selected)
            if not len(rows):
                raise DataError("rows must name at least one row to train on, found none.")
            none = member.dev_rows is None and dev is None
            dev_rows = EMPTY_ROWS if none else _selected("dev_rows", member.dev_rows, len(table.dev_X), selected)
            data = table._replace(rows=rows, dev_rows=dev_rows)
            check_data_fits(member.spec, data)
        except DataError as error:
            raise DataError(f"member {place}: {error}") from error
        parameters = None if member.parameters is None else np.asarray(member.parameters)
        made.append(Task(member.spec, data, member.seed, parameters))
    return made


def _selected(name: str, rows: ArrayLike | None, count: int, known: dict[tuple[str, int], Rows]) -> Rows:
    """Return row numbers as an array, one for all members that name the same object; the members keep it alive."""
    key = (name, id(rows))
    if key not in known:
        known[key] = select_rows(name, rows, count)
    return known[key]
