"""Training one network, or many at once, on one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from wellfit.engines.types import EMPTY_ROWS, Array, Engine, Plan, Rows, State, TrainingData
from wellfit.errors import DataError
from wellfit.events import Callback
from wellfit.spec import Member, Spec
from wellfit.spec.base import seed_of
from wellfit.training.arrays import check_data_fits, make_data, select_rows
from wellfit.training.fit import DEFAULT_ENGINE, NO_PLAN, FitResult, fit_network
from wellfit.training.tasks import Task, run_tasks

__all__ = ["fit", "fit_many"]


def fit(
    spec: Spec,
    X: ArrayLike,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    eval_set: Sequence[Any] | None = None,
    random_state: Any = 0,
    engine: str | Engine = DEFAULT_ENGINE,
    parameters: Array | None = None,
    state: State | None = None,
    plan: Plan = NO_PLAN,
    epochs: int | None = None,
    callback: Callback | None = None,
    every_epoch: bool = False,
    stopping_error: Callable[[Array], float] | None = None,
) -> FitResult:
    """Train one network.

    Divergence is an outcome, not an exception. So is an interruption by `callback` or by Ctrl-C: the result then holds the best
    parameters so far. A first Ctrl-C waits until the engine returns, a second one does not. The number of epochs that the engine
    computes in one call follows the clock, and never changes the bits.

    Parameters
    ----------
    spec : Spec
        Network and training.
    X : array-like of shape (rows, inputs)
        Examples: finite numbers.
    y : array-like of shape (rows,) or (rows, targets)
        Targets: class codes 0..K-1 for ``cross_entropy``, 0 or 1 for ``binary_cross_entropy``, else numbers.
    sample_weight : array-like of shape (rows,), optional
        Weight of each row, at least 0.
    eval_set : tuple (X, y) or (X, y, sample_weight), optional
        Dev rows: they are not trained on, and decide on early stopping where the spec monitors them.
    random_state : int, RandomState instance or None
        Draws initial parameters, shuffles and dropout masks. An int is the network's seed itself, from 0 to 2^64 - 1.
    engine : str or Engine
        ``"compiled"``, ``"reference"``, or an engine itself.
    parameters : array of shape (size,), optional
        Initial parameters, layer by layer as in `FitResult.parameters`, in place of drawn ones.
    state : State, optional
        State to resume from, such as an earlier result's; the bits are those of an uninterrupted run (L-BFGS apart).
    plan : Plan
        Batch orders and dropout masks given as arrays, if any.
    epochs : int, optional
        Most epochs of this call; schedules follow the spec's number all the same. A run that this ends has the outcome
        `RUNNING`, and can be resumed from its state.
    callback : callable, optional
        Called with a `wellfit.types.EpochEnd` about ten times a second, at least once an epoch if an epoch takes longer; within long
        iterations of L-BFGS also with `Progress`. If it returns True the run is interrupted, and can be resumed from its state.
    every_epoch : bool
        Whether `callback` is called after every epoch. It costs speed: the engine then computes one epoch a call.
    stopping_error : callable, optional
        Takes the parameters at each record and returns an error, the lower the better, that decides on stopping and on the best
        epoch; the spec's monitor must be ``"none"`` then. It costs the same as `every_epoch`.

    Returns
    -------
    FitResult

    Raises
    ------
    DataError
        If the data cannot train this network.
    SpecError
        If `parameters` do not fit the network, the seed is out of range, or two things are to decide on stopping.

    Examples
    --------
    >>> from wellfit.spec import Network, Training
    >>> spec = Spec(Network(inputs=1, hidden=()), Training(loss="squared_error", epochs=3, dtype="float64"))
    >>> result = fit(spec, [[0.0], [1.0]], [1.0, 3.0], engine="reference")
    >>> result.outcome.name, result.epochs, result.parameters.shape
    ('EPOCHS_USED_UP', 3, (2,))
    """
    data = make_data(X, y, spec.training.dtype, sample_weight, dev=eval_set)
    task = Task(spec, data, seed_of(random_state), parameters, state, epochs)
    return fit_network(task, engine=engine, plan=plan, callback=callback, every_epoch=every_epoch, stopping_error=stopping_error)


def fit_many(
    members: Sequence[Member],
    X: ArrayLike,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    eval_set: Sequence[Any] | None = None,
    n_jobs: int | None = None,
    engine: str | Engine = DEFAULT_ENGINE,
    callback: Callback | None = None,
) -> list[FitResult]:
    """Train a population of networks over one table.

    A network comes out with the same bits as `fit` gives it alone, whatever the order and the number of workers. Workers are
    threads: the table is never copied for them.

    After Ctrl-C, or where `callback` returns True, the networks under way end within about 0.2 seconds (a longer epoch is finished
    first) with what was best so far. Those not begun come back untrained: outcome `INTERRUPTED`, 0 epochs and their initial
    parameters; `callback` gets no `NetworkEnd` of them.

    Parameters
    ----------
    members : sequence of Member
        What to train.
    X : array-like of shape (rows, inputs)
        The examples of all members.
    y : array-like of shape (rows,) or (rows, targets)
        Their targets, as for `fit`.
    sample_weight : array-like of shape (rows,), optional
        Weight of each row, at least 0.
    eval_set : tuple (X, y) or (X, y, sample_weight), optional
        A table of its own for the members' `dev_rows`.
    n_jobs : int, optional
        Networks trained at once, in joblib's convention; None: one for each core that this process may use.
    engine : str or Engine
        ``"compiled"``, ``"reference"``, or an engine itself.
    callback : callable, optional
        Called in this thread with a `wellfit.types.NetworkEnd` for each network, in order of completion, with `Progress` about ten times
        a second, and with `Interrupted` after Ctrl-C; True ends the population.

    Returns
    -------
    list of FitResult
        In the order of `members`.

    Raises
    ------
    DataError
        If the table cannot be used, or does not fit a member, which is named.

    Examples
    --------
    >>> from wellfit.spec import Network, Training
    >>> spec = Spec(Network(inputs=1, hidden=(2,)), Training(loss="squared_error", epochs=5))
    >>> results = fit_many([Member(spec, seed) for seed in range(3)], [[0.0], [1.0]], [1.0, 3.0], engine="reference")
    >>> [result.seed for result in results]
    [0, 1, 2]
    """
    tasks = _tasks(members, X, y, sample_weight, eval_set)
    return run_tasks(tasks, n_jobs=n_jobs, engine=engine, callback=callback)


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
