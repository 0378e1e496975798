"""A network of the search evaluated: every row counts once, however many networks were trained on it."""

import pytest

from wellfit.events import TrialEnd
from wellfit.judge.intervals import pooled_spread, widened_by_seeds, wilson
from wellfit.study.pages.tried import best_alone, settings_tried

pytestmark = pytest.mark.usefixtures("tiny")


@pytest.mark.parametrize("rows", [60, 2_050])
def test_the_training_error_is_as_sure_as_its_rows_and_seeds_let_it_be(problem, searched, rows):
    study = searched(problem(rows), 16)
    estimate, low, high = study.rounds[0]["choice"]["train_error"]
    seen = rows if study.of_kind("start")[0]["folds"] else 0.8 * rows
    trials = [trial for trial in study.trials if trial.round == 0]
    parts = {trial.part for trial in trials}
    spread = pooled_spread([[trial.train_error for trial in trials if trial.part == part] for part in parts])
    expected = widened_by_seeds(wilson(estimate, round(seen)), spread, len(trials))
    assert 0.0 < estimate < 0.6
    assert (low, high) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("rows", [60, 2_050])
@pytest.mark.parametrize("most", [16, None])
def test_a_gap_is_that_of_the_errors_beside_it(problem, searched, task, rows, most):
    """Whether the search ended by itself or was interrupted, in a table of settings as in a sentence."""
    stops = lambda event: most is None and isinstance(event, TrialEnd) and event.done >= 16  # noqa: E731
    study = searched(problem(rows, task=task), most or 400, callback=stops)
    assert study.interrupted is (most is None)
    metric, best = study.metric, study.best
    (row,) = [each for each in settings_tried(study) if each.spec.to_dict() == best["spec"]]
    gap = study.verdict.gap.estimate
    assert row.dev_error - row.train_error == pytest.approx(gap, abs=1e-12 * metric.spread)
    assert f"training {metric.name} {metric.show(row.train_error)}, dev {metric.name} {metric.show(row.dev_error)})" in best_alone(study)
    if "the gap is" in best["reason"]:
        assert f"the gap is {metric.difference_words(study.verdict.gap)}" in best_alone(study)


def test_training_errors_of_all_networks_are_of_the_same_rows(problem, searched):
    study = searched(problem(2_050), 8)
    first = study.rounds[0]["choice"]
    trials = [trial for trial in study.trials if trial.round == 0]
    assert sum(trial.train_error for trial in trials) / len(trials) == pytest.approx(first["train_error"][0])
