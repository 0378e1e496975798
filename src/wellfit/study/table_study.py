"""A search on a table: a part is set aside for the test, the search has the rest, and the journal goes into the folder from the start."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wellfit.errors import JournalError, OutputError
from wellfit.spec import Data
from wellfit.store import FittedModel
from wellfit.study.final_test import TestReport
from wellfit.study.run_files import JOURNAL
from wellfit.study.search.journal import Journal
from wellfit.study.search.problem import SearchProblem, fingerprint_of, problem_of
from wellfit.study.search.reading import read_test
from wellfit.study.search.run import run_search
from wellfit.study.search.study import Study
from wellfit.study.search.trial import Budget, Listener
from wellfit.study.table_job import TableJob, read_and_split, warnings_kept
from wellfit.table.split import Fold

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TableStudy", "prepare_study", "run_study", "study_journal"]


@dataclass(frozen=True)
class TableStudy(TableJob):
    """A search on a table; of a `TableJob` it has all that is known before training.

    Parameters
    ----------
    problem : SearchProblem
        The rows that the search has: all but the test rows.
    fingerprint : str
        Of the whole table, to tell it from others by.
    study : Study or None
        What came out; None before that.
    test : TestReport or None
        The test errors; None before they are read.
    seconds : float
        Wall time of all of it.
    """

    problem: SearchProblem
    fingerprint: str
    study: Study | None = None
    test: TestReport | None = None
    seconds: float = 0.0

    def header(self) -> dict[str, Any]:
        """Return the fields by which the journal knows the study, so that no other table, split or target resumes it.

        Returns
        -------
        dict
            JSON.
        """
        # Of the whole table: of the search's rows it would differ with the split, and hide that the split is what differs.
        rows, columns = self.frame.shape
        table = {"rows": rows, "columns": columns, "fingerprint": self.fingerprint}
        return {"data": self.data.to_dict(), "table": table, **self.problem.asked(self.data.seed)}

    def model(self, about: dict[str, Any]) -> FittedModel:
        """Return the model that can be saved.

        Parameters
        ----------
        about : dict
            What else to keep, as JSON.

        Returns
        -------
        FittedModel
        """
        assert self.study is not None
        assert self.study.model is not None
        return dataclasses.replace(self.study.model, about=about)


def prepare_study(
    table: Any, data: Data, on_read: Callable[[pd.DataFrame], None], *, name: str = "the table", target_error: float | None = None
) -> TableStudy:
    """Read and split a table, and see that a search can be done on it.

    Parameters
    ----------
    table : path, DataFrame, or anything that `read_table` takes
        The table.
    data : Data
        Target and split; its seed also draws the networks.
    on_read : callable
        Called with the table as soon as it is read.
    name : str
        What the table is called in messages.
    target_error : float, optional
        The error that is asked for: a share of the rows, or an RMSE.

    Returns
    -------
    TableStudy
        Without its study.

    Raises
    ------
    DataError
        If the table cannot be used, or not split.
    SpecError
        If the target error is none.
    """
    with warnings_kept() as said:
        found, split = read_and_split(table, data, on_read)
        rows, every = np.sort(np.concatenate([split.train, split.dev])), np.sort(np.concatenate(split))
        # By time, the newest rows are what networks are compared by.
        folds = [Fold(split.train, split.dev)] if data.time is not None else []
        problem = problem_of(found, rows, folds=folds, target_error=target_error, seed=data.seed)
        preparation = problem.prepared(problem.trained_in_the_end).preparation
        fingerprint = fingerprint_of(found.take(every), [Fold(*(np.searchsorted(every, part) for part in fold)) for fold in folds])
    notes = tuple(note for note in preparation.notes if note not in said)
    known = (name, found, data, split, preparation, problem.coding, problem.metric, tuple(said), notes)
    return TableStudy(*known, problem, fingerprint)


@contextlib.contextmanager
def study_journal(job: TableStudy, folder: Path, warned: Callable[[str], None], overwrite: bool = False) -> Iterator[Journal]:
    """Open the journal in a folder, which is made where it is not there, for a ``with`` block.

    Parameters
    ----------
    job : TableStudy
        What the journal has to be of.
    folder : path
        New, empty, or with the journal of the same study.
    warned : callable
        Called with each sentence of what was odd about the journal.
    overwrite : bool
        Whether the journal of another study is replaced.

    Yields
    ------
    Journal
        Locked. If the block fails before a trial has been finished, a folder and a journal that are new are taken away again.

    Raises
    ------
    JournalError
        As `Journal.open`.
    OutputError
        If the folder cannot be made or written to.
    """
    path = folder / JOURNAL
    new_folder, new_file = not folder.exists(), not path.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make folder {str(folder)!r}: {(error.strerror or str(error)).lower()}.") from error
    finished = 0
    try:
        with warnings_kept() as said:
            opened = Journal.open(path, job.header(), replace=overwrite)
        with opened as journal:
            for sentence in said:
                warned(sentence)
            try:
                yield journal
            finally:
                finished = sum(record["kind"] == "trial" for record in journal.records)
    except JournalError:
        # It is another's, who made it a moment ago.
        raise
    except BaseException:
        if new_file and not finished:
            with contextlib.suppress(OSError):
                path.unlink()
                if new_folder:
                    folder.rmdir()
        raise


def run_study(
    job: TableStudy,
    budget: Budget,
    journal: Journal,
    *,
    engine: str = "compiled",
    n_jobs: int | None = None,
    listener: Listener | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> TableStudy:
    """Search, and read the test part once when nothing is left to choose.

    Parameters
    ----------
    job : TableStudy
        As `prepare_study` leaves it.
    budget : Budget
        Seconds, trials, or both.
    journal : Journal
        Of the study.
    engine, n_jobs, listener, should_stop :
        As for `run_search`.

    Returns
    -------
    TableStudy
        Finished.

    Raises
    ------
    KeyboardInterrupt
        If it was stopped before any network had done an epoch.
    ClusterError
        If the scheduler of a cluster went away before that.
    """
    started = time.perf_counter()
    study = run_search(
        job.problem, budget, journal, seed=job.data.seed, n_jobs=n_jobs, engine=engine, listener=listener, should_stop=should_stop
    )
    test = job.split.test
    # A model that was measured before is no news: what is measured again then counts as no further reading.
    taker = Journal.open(None, {}) if study.is_tested else journal
    report = read_test(job.problem, study, taker, job.table.take(test))
    study = Study(study.header, journal.records, study.model, study.histories)
    assert study.model is not None
    return dataclasses.replace(
        job,
        preparation=study.model.preparation,
        target=study.model.target,
        study=study,
        test=report,
        seconds=time.perf_counter() - started,
    )
