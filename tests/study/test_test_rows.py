"""The test rows are read when nothing is left to choose."""

import dataclasses

import numpy as np
import pytest

from wellfit.study.journal import Journal
from wellfit.study.test_rows import read_test
from wellfit.table.table import make_table

pytestmark = pytest.mark.usefixtures("tiny")


@pytest.mark.parametrize("best", ["majority class", "logistic regression"])
def test_dev_errors_choose_the_simple_model_to_beat_whatever_the_test_rows_say(problem, searched, table_of, best):
    made = problem(80)
    study = searched(made, 2)
    records = [
        record | ({"errors": {name: float(name != best) for name in record["errors"]}} if record["kind"] == "references" else {})
        for record in study.records
    ]
    test = make_table(*table_of(40, 1)).read(np.arange(40))
    report = read_test(made, dataclasses.replace(study, records=records), Journal.open(None, made.header(0)), test)
    assert {name for name, _ in report.references} == {"majority class", "logistic regression"}
    assert report.against == best
