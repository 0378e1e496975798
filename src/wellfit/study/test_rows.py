"""The test rows are read once, when nothing is left to choose; every reading is in the journal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wellfit.engines.types import Rows
from wellfit.errors import DataError
from wellfit.judge.final_test import FinalTest, report_of
from wellfit.judge.metric import Metric
from wellfit.judge.references import fit_references, reference_rows
from wellfit.plurals import counted
from wellfit.study.journal import Journal
from wellfit.study.problem import SearchProblem
from wellfit.study.study import Study
from wellfit.study.trial import ends_of
from wellfit.table.coding import TargetCoding
from wellfit.table.table import Table

__all__ = ["read_test"]

# Of prepared rows times outputs.
MOST_CELLS, CELLS_A_SECOND = 4_000_000, 30_000


def read_test(problem: SearchProblem, study: Study, journal: Journal, test: Table) -> FinalTest:
    """Measure the model of a study, and simple models fitted on the same rows, on test rows."""
    if not len(test):
        raise DataError("the test error needs test rows, found none; set a test_fraction above 0.")
    if study.model is None:
        raise DataError("a study read from its journal has no model to test; run the search again to resume it.")
    model, metric, rows = study.model, problem.metric, problem.rows_of_the_model
    inputs, values = test.prepared_by(model.preparation), test.target.values
    own_metric, Y = _coded(problem, model.target, values)
    own = own_metric.row_errors(model.outputs(inputs), Y)

    # The model's own table, which is at hand; prepared by other rows the references would differ by a hair.
    table = problem.prepared_by(model.preparation)
    if table is None:
        table = problem.prepared(rows)
        inputs = test.prepared_by(table.preparation)
    their_metric, codes = _coded(problem, table.coding, values)
    some = _some(problem, study, rows, table.X.shape[1])
    references = fit_references(table.X, table.Y, some, problem.table.target.task, len(problem.classes), most_cells=np.inf)
    theirs = {reference.name: their_metric.row_errors(reference.outputs(inputs), codes) for reference in references}
    # Dev rows choose the reference to beat; only where there was no time for these, the rows that it was fitted on.
    known = study.of_kind("references")[0]["errors"] or {
        reference.name: their_metric.total(their_metric.row_errors(reference.outputs(table.X[some]), table.Y[some]))
        for reference in references
    }
    against = min(known, key=lambda name: known[name])
    report = report_of(own_metric, own, theirs, against, metric.margin(known[against]), values)
    journal.append(
        {
            "kind": "test",
            "rows": report.rows,
            "error": ends_of(report.model),
            "references": {name: ends_of(error) for name, error in report.references},
            "words": f"Test {metric.name} on {counted(report.rows, 'row')} not used for any choice: {metric.error_words(report.model)}.",
        }
    )
    return report


def _coded(problem: SearchProblem, coding: TargetCoding, values: NDArray[np.float64]) -> tuple[Metric, NDArray[np.float64]]:
    """Return the metric of outputs in a coding, and the target in it."""
    metric = Metric(problem.table.target.task, spread=problem.metric.spread, scale=coding.scale)
    return metric, (values if problem.classes else (values - coding.mean) / coding.scale)[:, np.newaxis]


def _some(problem: SearchProblem, study: Study, rows: Rows, inputs: int) -> Rows:
    """Return rows that references are fitted on: as many as the budget allows, and one of each class."""
    budgets = [record["time_budget"] for record in study.of_kind("session")]
    seconds = budgets[-1] if budgets and budgets[-1] is not None else np.inf
    return reference_rows(problem.values, rows, inputs, len(problem.classes), min(MOST_CELLS, CELLS_A_SECOND * seconds))
