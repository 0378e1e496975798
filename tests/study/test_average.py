"""The average of the default networks is judged by all of its rows, without a second copy of them."""

import pytest

from wellfit.store.model import FittedModel
from wellfit.study import average, run
from wellfit.study.plans import Plan

pytestmark = pytest.mark.usefixtures("tiny")


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_rows_are_judged_a_part_at_a_time_to_the_same_bits(problem, searched, monkeypatch, task):
    judged, judge_average = [], average.judge_average
    monkeypatch.setattr(run, "judge_average", lambda *table: judged.append(table) or judge_average(*table))
    searched(problem(2_050, task=task), plan=Plan("fixed"))
    (table,) = judged
    expected, seen, average_outputs = judge_average(*table), [], average.average_outputs
    monkeypatch.setattr(average, "average_outputs", lambda networks, X: seen.append(len(X)) or average_outputs(networks, X))
    monkeypatch.setattr(average, "ROWS_AT_ONCE", 500)
    assert judge_average(*table) == expected
    assert isinstance(table[0], FittedModel)
    # 1,640 training rows and 410 dev rows, by each network alone.
    assert seen == [rows for rows in (500, 500, 500, 140, 410) for _ in table[0].networks]
