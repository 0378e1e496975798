"""What to try next: from the verdict, the edges of what was tried, and what is not known yet."""

import dataclasses

import pytest

from wellfit.judge.intervals import Interval
from wellfit.study.pages.advice import advice


def changed(job, verdict, **training):
    """The study, had its best network been judged otherwise, or been another."""
    records = []
    for record in job.study.records:
        if record["kind"] == "choice":
            spec = {**record["spec"], "training": {**record["spec"]["training"], **training}}
            record = {**record, "verdict": verdict, "spec": spec}
        records.append(record)
    return dataclasses.replace(job.study, records=records)


def ended(job, reason):
    return dataclasses.replace(
        job.study, records=[{**each, "reason": reason} if each["kind"] == "end" else each for each in job.study.records]
    )


@pytest.mark.parametrize(
    ("verdict", "first"),
    [
        ("underfits", "Reduce the bias: train longer, use more units, or regularise less (--epochs 12 --hidden 16 --l2 0.01 --dropout 0)."),
        ("overfits", "Reduce the variance: get more rows, regularise more, or use fewer units (--l2 3,10 --dropout 0.3,0.4"),
        ("fits", "Bias and variance are both small"),
        ("undecided", "There are too few rows for a verdict"),
    ],
)
def test_it_follows_from_the_verdict(wild_job, verdict, first):
    assert advice(changed(wild_job, verdict, l2=0.1), wild_job.test)[0].startswith(first)


def test_the_edges_of_what_was_tried_are_named(wild_job):
    assert any("L2 penalty, 1, is the largest tried" in text for text in advice(changed(wild_job, "fits", l2=1.0), wild_job.test))
    assert not any("largest tried: try larger ones" in text for text in advice(changed(wild_job, "fits", l2=0.1), wild_job.test))


def test_a_study_without_rounds_can_be_continued(wild_job, fitted):
    more = "Run a search: --time-budget 60 continues this study"
    assert any(text.startswith(more) for text in advice(wild_job.study, wild_job.test))
    searched = fitted(wild_job.frame, target=wild_job.data.target, trials=75)
    found = advice(searched.study, searched.test)
    assert not any(text.startswith(more) for text in found)
    # Rounds have gone beyond what was compared.
    assert not any("tried: try" in text or "--l2" in text for text in found)


def test_what_ended_early_comes_first(wild_job, fitted):
    found = advice(ended(wild_job, "interrupted"), wild_job.test)
    assert found[0].startswith("Resume it")
    assert not any("Run a search" in text for text in found)
    job = fitted(wild_job.frame, {"learning_rate": 1e6, "hidden": ((16, 16),), "epochs": 20}, target=wild_job.data.target)
    assert advice(job.study, job.test)[0] == (
        "Lower the learning rate (--learning-rate 100000), and look for outliers in the table: the networks diverged."
    )


def test_a_network_that_was_not_needed_is_said_to_be(wild_job):
    same = dataclasses.replace(wild_job.test, network_needed="no", advantage=Interval(0.0, -0.1, 0.001))
    does = "instead: it does about as well on the test rows, and is simpler."
    assert does in advice(wild_job.study, same)[-1]
    worse = dataclasses.replace(same, advantage=Interval(-0.1, -0.2, -0.05))
    assert "instead: it does better on the test rows, and is simpler." in advice(wild_job.study, worse)[-1]
