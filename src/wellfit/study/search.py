"""`search`: a table and its target in, a study out, with the model and its test error."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from wellfit.engines.types import Rows
from wellfit.errors import DataError, SpecError
from wellfit.events import Callback, Message, Reporter
from wellfit.spec import TASKS, Data
from wellfit.spec.base import check_choice, seed_of
from wellfit.study.journal import Journal
from wellfit.study.problem import problem_of
from wellfit.study.run import run_search
from wellfit.study.study import Study
from wellfit.study.test_rows import read_test
from wellfit.study.trial import Budget
from wellfit.table.read import read_table
from wellfit.table.table import Table, check_groups, check_weights, make_table
from wellfit.table.target import column_of
from wellfit.table.train_dev_test import split_rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["search"]

SECONDS = 60.0


def search(
    X: Any,
    y: Any,
    time_budget: float | None = None,
    max_trials: int | None = None,
    *,
    task: str = "auto",
    target_error: float | None = None,
    test_fraction: float = Data.test_fraction,
    sample_weight: Any = None,
    groups: Any = None,
    categorical_features: Sequence[str | int] | None = None,
    random_state: Any = 0,
    n_jobs: int | None = None,
    out: str | os.PathLike[str] | None = None,
    callback: Callback | None = None,
) -> Study:
    """Search for a network for a table by the textbook's recipe, and report each step.

    References and a plain network come first. Then, in rounds, the best network so far is diagnosed, many networks are trained with
    the remedies that this suggests, and a network that is significantly better is kept. At the end the best are averaged and trained
    again on all rows but the test rows, and the test rows are used once.

    Parameters
    ----------
    X : path, pandas, polars or pyarrow frame, or array of shape (rows, columns)
        The table without the target: numbers, dates, categories and text, which may have missing values.
    y : array-like of shape (rows,)
        The target; rows where it is missing are dropped.
    time_budget : float, optional
        Seconds, from 1 up, from this call to the model: preparation and the last training included, compiling not. Default: 60, or
        no limit where `max_trials` is given.
    max_trials : int, optional
        The most networks that are compared. With this alone the study is the same, to the bit, on any number of workers.
    task : str
        ``classification``, ``regression`` or ``auto``.
    target_error : float, optional
        The error to reach: a share of the rows, or an RMSE. The search ends when it is reached.
    test_fraction : float
        Share of the rows set aside for the test, which is used once, at the end; 0: none.
    sample_weight : array-like of shape (rows,), optional
        Weight of each row; rows of weight 0 are dropped.
    groups : array-like of shape (rows,), optional
        Rows of the same group stay together, all in training, dev or test.
    categorical_features : sequence of str or int, optional
        Columns, by name or index, that hold categories although they look like numbers.
    random_state : int, RandomState instance or None
        Seed of folds, changes and networks. To resume a journal, pass the same int.
    n_jobs : int, optional
        Networks trained at once; None: one for each core.
    out : path, optional
        A journal to write, or to resume.
    callback : callable, optional
        Called with a `wellfit.types.Message` of each decision, a `TrialEnd` for each network, and `Progress` about ten times a second.
        If it returns True the search ends with the best so far, as it does after Ctrl-C.

    Returns
    -------
    Study

    Raises
    ------
    DataError
        If the table cannot be used or split.
    SpecError
        If a setting cannot be used.
    JournalError
        If `out` is the journal of another study.
    ClusterError
        If the connection to the scheduler of a cluster was lost before any network was trained.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(60, 2)).round(2)
    >>> study = search(X, X[:, 0] > 0, max_trials=2)
    >>> study.networks, study.test_reads
    (2, 1)
    """
    # Numba, which this needs, is imported when there is something to compile.
    from wellfit.engines.kernels.compiling import ONCE, announced_compiling

    seconds = SECONDS if time_budget is None and max_trials is None else time_budget
    budget, seed = Budget(_plain(seconds), _plain(max_trials)), seed_of(random_state)
    check_choice("task", task, TASKS)
    table = _given(X, y, sample_weight, groups, categorical_features, task)
    train, test = _split(table, test_fraction, seed)
    # All cells are read now: one of a test row that cannot be used ends no search of hours.
    table = table.read(train)
    problem = problem_of(table, train, target_error=target_error, seed=seed)
    report = Reporter(callback)
    guess = table.target.guess
    header = {**problem.header(seed), "test_rows": len(test), "task_guess": guess}
    if guess:
        report(Message(guess))
    with Journal.open(out, header) as journal:
        with announced_compiling(lambda: report(Message(f"{ONCE.capitalize()}, before the clock starts."))):
            study = run_search(problem, budget, journal, seed=seed, n_jobs=n_jobs, callback=report)
        if len(test) and not study.is_tested:
            read_test(problem, study, journal, table.take(test))
            report(Message(study.messages[-1]))
    return study


def _plain(value: Any) -> Any:
    """Return a number of NumPy as Python's own."""
    return value.item() if isinstance(value, np.generic) else value


def _given(X: Any, y: Any, sample_weight: Any, groups: Any, categorical_features: Sequence[str | int] | None, task: str) -> Table:
    """Return the rows of positive weight as a table."""
    frame, target = read_table(X), column_of(y)
    rows = len(frame)
    if len(target) != rows:
        raise DataError(f"X and y must have the same number of rows, found {rows} and {len(target)}.")
    categories, weights = _named(categorical_features, frame), check_weights(sample_weight, rows)
    together = check_groups(groups, rows, np.flatnonzero(target.notna() & (True if weights is None else weights > 0)))
    if weights is not None and not weights.all():
        # Learned from no more than if they were not there: the scales of the columns, too.
        counted = np.flatnonzero(weights)
        frame, target = frame.iloc[counted].reset_index(drop=True), target.iloc[counted].reset_index(drop=True)
        weights, together = weights[counted], None if together is None else together.iloc[counted].reset_index(drop=True)
    return make_table(frame, target, task=task, weights=weights, groups=together, categories=categories)


def _split(table: Table, fraction: float, seed: int) -> tuple[Rows, Rows]:
    group = None if table.groups is None else "groups"
    data = Data(target=table.target.name, dev_fraction=0.0, test_fraction=fraction, seed=seed, group=group)
    split = split_rows(table.target, data, table.groups)
    return split.train, split.test


def _named(features: Sequence[str | int] | None, frame: pd.DataFrame) -> tuple[str, ...]:
    names = []
    for feature in features or ():
        if isinstance(feature, int | np.integer) and not isinstance(feature, bool):
            if not 0 <= feature < frame.shape[1]:
                raise SpecError(f"categorical_features names column {feature}, but X has columns 0 to {frame.shape[1] - 1}.")
            names.append(str(frame.columns[feature]))
        else:
            names.append(str(feature))
    return tuple(names)
