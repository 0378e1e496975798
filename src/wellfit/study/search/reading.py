"""The test part is read: once, when nothing is left to choose, and every reading is in the journal."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.errors import DataError
from wellfit.study.final_test import TestReport, report_of
from wellfit.study.intervals import Interval
from wellfit.study.references import fit_references
from wellfit.study.search.journal import Journal
from wellfit.study.search.problem import SearchProblem
from wellfit.study.search.study import Study
from wellfit.study.search.trial import plain_number

__all__ = ["read_test"]

MOST_CELLS = 4_000_000


def read_test(problem: SearchProblem, study: Study, journal: Journal, frame: pd.DataFrame, values: NDArray[np.float64]) -> TestReport:
    """Measure the model of a study, and simple models fitted on the same rows, on test rows.

    Parameters
    ----------
    problem : SearchProblem
        What was searched.
    study : Study
        With its model.
    journal : Journal
        Takes the reading.
    frame : pandas.DataFrame
        The test rows, with the columns of the problem's.
    values : float64 array of shape (rows,)
        Their target, as the problem has it.

    Returns
    -------
    TestReport

    Raises
    ------
    DataError
        If there are no test rows, or no model.
    """
    if not len(frame):
        raise DataError("the test error needs test rows, found none; set a test_fraction above 0.")
    if study.model is None:
        raise DataError("a study that was read from its journal has no model to be tested; run the search again on it.")
    model, metric = study.model, problem.metric
    coding = model.target
    Y = (values if problem.classes else (values - coding.mean) / coding.scale)[:, np.newaxis]
    own_metric = type(metric)(problem.task, spread=metric.spread, scale=coding.scale)
    own = own_metric.row_errors(model.outputs(model.preparation.transform(frame).X), Y)

    rows = problem.trained_in_the_end
    table = problem.table(rows)
    most = max(200, MOST_CELLS // (table.X.shape[1] * problem.outputs))
    some = np.sort(np.random.default_rng(0).permutation(rows)[:most])
    inputs = table.preparation.transform(frame).X
    codes = (values if problem.classes else (values - table.coding.mean) / table.coding.scale)[:, np.newaxis]
    their_metric = type(metric)(problem.task, spread=metric.spread, scale=table.coding.scale)
    references = fit_references(table.X, table.Y, some, problem.task, len(problem.classes))
    theirs = {reference.name: their_metric.row_errors(reference.outputs(inputs), codes) for reference in references}
    # Which reference is to be beaten is said by rows that it was fitted on, not by these.
    fitted = {
        reference.name: their_metric.total(their_metric.row_errors(reference.outputs(table.X[some]), table.Y[some]))
        for reference in references
    }
    against = min(fitted, key=lambda name: fitted[name])
    report = report_of(own_metric, own, theirs, against, metric.margin(fitted[against]), values)
    shown = f"{metric.show(report.model.estimate)} (95 %: {metric.range(report.model)})"
    journal.append(
        {
            "kind": "test",
            "rows": report.rows,
            "error": _ends(report.model),
            "references": {name: _ends(error) for name, error in report.references},
            "words": f"Test {metric.name} on {report.rows:,} rows that nothing was chosen by: {shown}.",
        }
    )
    return report


def _ends(interval: Interval) -> list[float | None]:
    return [plain_number(value) for value in (interval.estimate, interval.low, interval.high)]
