"""The main job: a table goes in, and comes out as a trained, regularised network with its errors.

read -> split -> prepare -> first population -> choice on dev -> one look at the test rows -> a model.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from wellfit.spec import Data
from wellfit.store import FittedModel, TrainedNetwork
from wellfit.study.final_test import TestReport, read_test
from wellfit.study.fingerprint import digest_of
from wellfit.study.first_population import FirstPopulation, first_population
from wellfit.study.grid import Grid, sensible_grid
from wellfit.study.judging import Problem
from wellfit.study.metric import Metric, check_scale
from wellfit.study.table_job import TableJob, read_and_split, warnings_kept
from wellfit.table.preparation.by_target import TargetValues
from wellfit.table.split import Split
from wellfit.table.table import Table
from wellfit.training.fit import FitResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Listener", "TableFit", "fit_table"]


class Listener:
    """Hears how the job goes on; made to be overridden, does nothing itself."""

    def read(self, name: str, frame: pd.DataFrame) -> None:
        """Hear that the table has been read.

        Parameters
        ----------
        name : str
            What it is called.
        frame : DataFrame
            The table.
        """

    def prepared(self, job: TableFit) -> None:
        """Hear that the table has been split and prepared; population and test are still to come.

        Parameters
        ----------
        job : TableFit
            As far as it is known.
        """

    def trained(self, done: int, result: FitResult) -> None:
        """Hear that one more network has been trained.

        Parameters
        ----------
        done : int
            How many are.
        result : FitResult
            The newest.
        """


@dataclass(frozen=True)
class TableFit(TableJob):
    """The main job's result; of a `TableJob` it has all that is known before training.

    Parameters
    ----------
    problem : Problem
        The prepared table.
    grid : Grid
        What is tried.
    population : FirstPopulation or None
        What was trained; None before that.
    test : TestReport or None
        The test errors; None before they are read.
    target_error : float or None
        The error that is asked for.
    seconds : float
        Wall time of all of it.
    """

    problem: Problem
    grid: Grid
    population: FirstPopulation | None = None
    test: TestReport | None = None
    target_error: float | None = None
    seconds: float = 0.0

    @cached_property
    def fingerprint(self) -> str:
        """A digest of every cell of the table, to tell it from others by."""
        return digest_of(self.frame, (), (), None)

    def header(self) -> dict[str, Any]:
        """Return what the run is of: the table, its split, and all settings.

        Returns
        -------
        dict
            JSON; `summarise` keeps all of it.
        """
        rows, columns = self.frame.shape
        table = {"rows": rows, "columns": columns, "fingerprint": self.fingerprint}
        return {"data": self.data.to_dict(), "table": table, "grid": self.grid.to_dict(), "target_error": self.target_error}

    @cached_property
    def networks(self) -> int:
        """How many networks the grid and its seeds make."""
        settings = self.grid.settings(self.problem.X.shape[1], self.problem.outputs, self.problem.loss)
        return len(settings) * self.grid.seeds

    def model(self, about: dict[str, Any]) -> FittedModel:
        """Return the chosen networks as a model that can be saved.

        Parameters
        ----------
        about : dict
            What else to keep, as JSON.

        Returns
        -------
        FittedModel
        """
        assert self.population is not None
        chosen = tuple(TrainedNetwork(result.spec, result.seed, result.parameters) for result in self.population.chosen.results)
        return FittedModel(self.preparation, self.target, chosen, about)


def fit_table(
    table: Any,
    data: Data,
    *,
    name: str = "the table",
    changes: dict[str, Any] | None = None,
    target_error: float | None = None,
    engine: str = "compiled",
    n_jobs: int | None = None,
    listener: Listener | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> TableFit:
    """Do the main job.

    Parameters
    ----------
    table : path, DataFrame, or anything that `read_table` takes
        The table.
    data : Data
        Target and split; its seed also draws the networks' seeds.
    name : str
        What the table is called in messages.
    changes : dict, optional
        Fields of `Grid` to set otherwise than `sensible_grid` does.
    target_error : float, optional
        The error that is asked for: a share of the rows, or an RMSE.
    engine, n_jobs, should_stop :
        As for `first_population`.
    listener : Listener, optional
        Hears how it goes on.

    Returns
    -------
    TableFit

    Raises
    ------
    DataError
        If the table cannot be used, or not split.
    SpecError
        If a setting cannot be used.
    KeyboardInterrupt
        If it was stopped before any network had done an epoch.
    ClusterError
        If the scheduler of a cluster went away before that.
    """
    started, listener = time.perf_counter(), listener or Listener()
    changes = _checked(changes or {})
    with warnings_kept() as said:
        found, split = read_and_split(table, data, lambda frame: listener.read(name, frame))
        job = _prepare(found, split, data, name, changes)
    job = dataclasses.replace(
        job, warnings=tuple(said), notes=tuple(note for note in job.notes if note not in said), target_error=target_error
    )
    if target_error is not None:
        job.metric.parse(target_error)
    listener.prepared(job)
    population = first_population(
        job.problem,
        job.grid,
        seed=data.seed,
        target_error=target_error,
        engine=engine,
        n_jobs=n_jobs,
        on_result=listener.trained,
        should_stop=should_stop,
    )
    test = read_test(job.problem, population, job.split.test, engine)
    return dataclasses.replace(job, population=population, test=test, seconds=time.perf_counter() - started)


def _checked(changes: dict[str, Any]) -> dict[str, Any]:
    """Return the changes that are set; values out of range are told before the table is even split."""
    wanted = {key: value for key, value in changes.items() if value is not None}
    trial = dataclasses.replace(sensible_grid(100), **wanted)
    trial.settings(1, 1, "binary_cross_entropy")
    return wanted


def _prepare(table: Table, split: Split, data: Data, name: str, changes: dict[str, Any]) -> TableFit:
    """Learn the preparation on the training rows, and make arrays."""
    target = table.target
    coding = target.coding(split.train)
    grid = dataclasses.replace(sensible_grid(len(split.train)), **changes)
    Y = target.coded(coding).astype(np.float32)[:, np.newaxis]
    values = TargetValues.of(Y[split.train, 0], len(target.classes), data.seed)
    preparation, X = table.lay_out(split.train).prepare(table.columns, split.train, values)
    # Rows without a target are in no part, but arrays are checked whole.
    Y[np.isnan(Y)] = 0.0
    if not target.classes:
        check_scale(coding.name, coding.scale)
    metric = Metric(coding.task, spread=coding.scale, scale=coding.scale)
    problem = Problem(X, Y, split.train, split.dev, target.loss, target.outputs, len(target.classes), metric)
    return TableFit(name, table, data, split, preparation, coding, metric, (), preparation.notes, problem, grid)
