"""A study of a table: test rows are set aside, the study uses the rest, and its journal is in the folder from the start."""

from __future__ import annotations

import contextlib
import dataclasses
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.types import Rows
from wellfit.errors import DataError, DataWarning, JournalError, OutputError, SpecError, unknown_name
from wellfit.events import Callback
from wellfit.judge.final_test import FinalTest
from wellfit.judge.metric import Metric
from wellfit.spec import Data
from wellfit.store import FittedModel
from wellfit.study.journal import Journal
from wellfit.study.plans import REGULARISATION, Plan
from wellfit.study.problem import SearchProblem, fingerprint_of, problem_of
from wellfit.study.run import run_search
from wellfit.study.run_files import JOURNAL
from wellfit.study.study import Study
from wellfit.study.test_rows import read_test
from wellfit.study.trial import Budget
from wellfit.table.coding import TargetCoding
from wellfit.table.preparation.preparation import Preparation
from wellfit.table.read import find_target, read_table
from wellfit.table.split import Fold, Split
from wellfit.table.table import Table, make_table
from wellfit.table.train_dev_test import split_rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TableStudy", "prepare_study", "run_study", "study_journal", "warnings_kept"]


@dataclass(frozen=True)
class TableStudy:
    """A study of a table: what is known before training, and at the end the result."""

    name: str  # what the table is called
    table: Table  # the table
    data: Data  # target and split
    split: Split  # rows of each part
    preparation: Preparation  # how columns become inputs
    target: TargetCoding  # how the target becomes numbers
    metric: Metric  # what errors are
    warnings: tuple[str, ...]  # what was left out against expectation, and what was mended, one sentence each
    notes: tuple[str, ...]
    problem: SearchProblem  # the rows to learn from: all but the test rows
    fingerprint: str  # of the whole table, to identify it
    plan: Plan  # what is trained first
    study: Study | None = None  # the result; None before that
    test: FinalTest | None = None  # the test errors; None before they are read
    seconds: float = 0.0  # wall time of all of it

    def header(self) -> dict[str, Any]:
        """Return the fields by which the journal knows the study, so that no other table, split or target resumes it."""
        # Of the whole table: of the search's rows it would differ with the split, and hide that the split is what differs.
        rows, columns = self.frame.shape
        table = {"rows": rows, "columns": columns, "fingerprint": self.fingerprint}
        request = self.problem.request(self.data.seed)
        return {"data": self.data.to_dict(), "table": table, **request, "settings": {**request["settings"], **self.plan.settings()}}

    def truth(self, rows: Rows) -> NDArray[np.float64]:
        """Return the target of some rows: places of classes, or numbers in its own units."""
        return self.table.target.values[rows]

    @property
    def frame(self) -> pd.DataFrame:
        """The table as it was read."""
        return self.table.frame

    def model(self, about: dict[str, Any]) -> FittedModel:
        """Return the model that can be saved."""
        assert self.study is not None
        assert self.study.model is not None
        return dataclasses.replace(self.study.model, about=about)


def read_and_split(source: Any, data: Data, on_read: Callable[[pd.DataFrame], None]) -> tuple[Table, Split]:
    """Read a table and split its rows."""
    frame = read_table(source, data.decimal)
    find_target(frame, data.target)
    on_read(frame)
    groups, times = _column(frame, data.group, "group rows by"), _column(frame, data.time, "order rows by")
    left_out = () if data.group is None else (data.group,)
    if data.dev_fraction == 0 or data.test_fraction == 0:
        raise SpecError("dev_fraction and test_fraction must be above 0: networks are chosen on dev rows and judged on test rows.")
    table = make_table(frame, data.target, task=data.task, groups=groups, times=times, left_out=left_out, categories=data.categories)
    split = split_rows(table.target, data, groups, times)
    return table.read(np.sort(np.concatenate([split.train, split.dev]))), split


def _column(frame: pd.DataFrame, name: str | None, purpose: str) -> pd.Series[Any] | None:
    """Return a column that the split needs; None if it needs none."""
    if name is None:
        return None
    if name not in frame.columns:
        raise DataError(unknown_name(f"column to {purpose},", name, frame.columns))
    return frame[name]


@contextlib.contextmanager
def warnings_kept() -> Iterator[list[str]]:
    """Collect the warnings about a table within a ``with`` block, each sentence once; other warnings are passed on."""
    sentences: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataWarning)
        yield sentences
    sentences += dict.fromkeys(str(warning.message) for warning in caught if issubclass(warning.category, DataWarning))
    for warning in caught:
        if not issubclass(warning.category, DataWarning):
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def prepare_study(
    table: Any,
    data: Data,
    on_read: Callable[[pd.DataFrame], None],
    *,
    name: str = "the table",
    plan: Plan = REGULARISATION,
    target_error: float | None = None,
) -> TableStudy:
    """Read and split a table, and check that networks can be trained on it."""
    with warnings_kept() as sentences:
        found, split = read_and_split(table, data, on_read)
        rows, every = np.sort(np.concatenate([split.train, split.dev])), np.sort(np.concatenate(split))
        # By time, the newest rows are what networks are compared by.
        folds = [Fold(split.train, split.dev)] if data.time is not None else []
        problem = problem_of(found, rows, folds=folds, target_error=target_error, seed=data.seed)
        preparation = problem.prepared(problem.rows_of_the_model).preparation
        fingerprint = fingerprint_of(found.take(every), [Fold(*(np.searchsorted(every, part) for part in fold)) for fold in folds])
    notes = tuple(note for note in preparation.notes if note not in sentences)
    known = (name, found, data, split, preparation, problem.coding, problem.metric, tuple(sentences), notes)
    return TableStudy(*known, problem, fingerprint, plan)


@contextlib.contextmanager
def study_journal(job: TableStudy, folder: Path, warned: Callable[[str], None], overwrite: bool = False) -> Iterator[Journal]:
    """Open the journal in a folder, made if it is missing, for a ``with`` block.

    If the block fails before a trial is finished, a new folder and a new journal are removed again.
    """
    path = folder / JOURNAL
    new_folder, new_file = not folder.exists(), not path.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make folder {str(folder)!r}: {(error.strerror or str(error)).lower()}.") from error
    finished = 0
    try:
        with warnings_kept() as sentences:
            opened = Journal.open(path, job.header(), replace=overwrite)
        with opened as journal:
            for sentence in sentences:
                warned(sentence)
            try:
                yield journal
            finally:
                finished = sum(record["kind"] == "trial" for record in journal.records)
    except JournalError:
        # It is another process's, made a moment ago.
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
    callback: Callback | None = None,
) -> TableStudy:
    """Search, and read the test part once when nothing is left to choose."""
    started = time.perf_counter()
    with warnings.catch_warnings():
        # Of the same rows as `prepare_study`, which has kept them.
        warnings.simplefilter("ignore", DataWarning)
        study = run_search(
            job.problem,
            budget,
            journal,
            plan=job.plan,
            seed=job.data.seed,
            n_jobs=n_jobs,
            engine=engine,
            callback=callback,
        )
    test = job.split.test
    # A model that was measured before is no news: what is measured again then counts as no further reading.
    taker = Journal.open(None, {}) if study.is_tested else journal
    report = read_test(job.problem, study, taker, job.table.take(test))
    study = dataclasses.replace(study, records=journal.records)
    assert study.model is not None
    return dataclasses.replace(
        job,
        preparation=study.model.preparation,
        target=study.model.target,
        study=study,
        test=report,
        seconds=time.perf_counter() - started,
    )
