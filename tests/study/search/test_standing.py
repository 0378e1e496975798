"""How a network stands: every row counts once, however many networks were trained on it."""

import pytest

from wellfit.study.intervals import wilson

pytestmark = pytest.mark.usefixtures("tiny")


@pytest.mark.parametrize("rows", [60, 2_050])
def test_the_training_error_is_as_sure_as_its_rows_let_it_be(problem, searched, rows):
    study = searched(problem(rows), 16)
    estimate, low, high = study.rounds[0]["choice"]["train_error"]
    seen = rows if study.of_kind("start")[0]["folds"] else 0.8 * rows
    expected = wilson(estimate, round(seen))
    assert 0.0 < estimate < 0.6
    assert (low, high) == pytest.approx((expected.low, expected.high))
