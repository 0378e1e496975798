"""One next step: what helps is found, what does not is not recommended, and the gain is that on rows it was not chosen on."""

import dataclasses
import json

import numpy as np
import pytest

from wellfit.diagnosis.finding import Finding, NotApplicable
from wellfit.diagnosis.next_step import _judged, _plan, find_next_step
from wellfit.diagnosis.subject import make_subject
from wellfit.judge.intervals import Interval
from wellfit.judge.metric import Metric
from wellfit.judge.references import Reference
from wellfit.judge.verdict import Verdict
from wellfit.remedies.remedies import Candidate
from wellfit.spec import Network, Optimizer, Schedule, Spec, Training
from wellfit.training.fit import fit_network, make_data
from wellfit.training.task import Task

NONE, SOME = Interval(0.0, -0.01, 0.01), Interval(0.1, 0.05, 0.15)


def verdict(word, bias, gap):
    return Verdict(word, "", SOME, SOME, bias, gap, 0.01, Reference("the target error", SOME), Metric("classification"))


OVERFITS, UNDERFITS = verdict("overfits", NONE, SOME), verdict("underfits", SOME, NONE)


def subject_of(rows=300, noise=0.5, hidden=(12,), loss="binary_cross_entropy", seed=0, **changes):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows + 400, 6))
    score = X[:, 0] + X[:, 1] * X[:, 2] + noise * rng.normal(size=len(X))
    y = score if loss == "squared_error" else (score > 0).astype(float)
    training = {"epochs": 20, "batch_size": 16, "monitor": "none", "patience": None, "schedule": Schedule(learning_rate=0.01)} | changes
    spec = Spec(Network(inputs=6, hidden=hidden), Training(loss=loss, **training))
    return make_subject(fit_network(Task(spec, make_data(X[:rows], y[:rows], "float32"), seed=1)), X[:rows], y[:rows], X[rows:], y[rows:])


def test_what_is_far_too_regularised_gets_less_of_it():
    step = find_next_step(subject_of(l2=30.0), UNDERFITS)
    assert step.recommended is not None
    assert step.recommended.change == "less regularised"
    assert step.gain.low > 0.05
    assert step.gain.low < step.gain.estimate < step.gain.high
    assert step.sentence.startswith("Try no L2, L1 and dropout: expect the error to be ")


def test_what_overfits_badly_gets_regularisation():
    step = find_next_step(subject_of(100, noise=2.0, hidden=(64,), epochs=60, loss="squared_error"), OVERFITS)
    assert step.recommended is not None
    assert step.recommended.change in {"both", "l2", "dropout", "early stopping", "smaller"}


def test_pure_noise_is_helped_by_nothing():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(700, 4)), rng.integers(2, size=700).astype(float)
    spec = Spec(
        Network(inputs=4, hidden=(8,)), Training(loss="binary_cross_entropy", epochs=10, batch_size=32, monitor="none", patience=None)
    )
    subject = make_subject(fit_network(Task(spec, make_data(X[:300], y[:300], "float32"))), X[:300], y[:300], X[300:], y[300:])
    step = find_next_step(subject, OVERFITS)
    assert step.recommended is None
    assert "No change that was tried helped significantly" in step.sentence


def test_its_faces_are_whole_and_its_spec_can_be_read_back():
    step = find_next_step(subject_of(loss="squared_error", l2=30.0), UNDERFITS)
    said = json.loads(json.dumps(step.to_dict(), allow_nan=False))
    assert Spec.from_dict(said["recommended"]["spec"]) == step.recommended.spec
    assert said["seeds"] == 5
    assert said["rows"] == said["all_rows"] == 300
    assert [each["name"] for each in said["tried"]] == [each.candidate.change for each in step.tried]
    assert "RMSE" in step.sentence


def test_it_can_be_repeated():
    subject = subject_of()
    assert find_next_step(subject, OVERFITS).to_dict() == find_next_step(subject, OVERFITS, n_jobs=1).to_dict()


def test_what_a_fault_asks_for_is_tried():
    fault = Finding("learning_rate_too_high", "", "fault", "")
    step = find_next_step(subject_of(schedule=Schedule(learning_rate=0.5)), OVERFITS, [fault])
    assert "lower rate" in {each.candidate.change for each in step.tried}


# === The gain ===


def judged(own, errors, seed=0):
    spec = subject_spec()
    arms = [Candidate(f"candidate {place}", spec) for place in range(len(errors))]
    return _judged(Metric("classification"), arms, own, errors, (100, 100), np.random.default_rng(seed))


def subject_spec():
    return Spec(Network(inputs=1), Training(loss="binary_cross_entropy"))


def test_the_best_of_many_that_are_all_alike_gains_nothing():
    rng, gains, claims = np.random.default_rng(1), [], 0
    for trial in range(80):
        wrong = (rng.random((6, 3, 150)) < 0.3).astype(float)
        step = judged(wrong[0], wrong[1:], trial)
        gains.append(step.gain.estimate)
        claims += step.recommended is not None
        assert step.tried[0].gain.estimate >= step.gain.estimate - 1e-12
    # Taken from the rows that it was chosen on, the gain would be 0.02 on average.
    assert abs(np.mean(gains)) < 0.008
    assert claims <= 6


def test_a_true_gain_is_covered_about_as_often_as_it_says():
    rng, covered = np.random.default_rng(2), 0
    for trial in range(80):
        rates = np.array([0.3, 0.3, 0.2])[:, None, None]
        wrong = (rng.random((3, 3, 300)) < rates).astype(float)
        covered += judged(wrong[0], wrong[1:], trial).gain.holds(0.1)
    assert covered >= 72


# === Where it cannot be had ===


def long_subject():
    """A network whose training takes minutes, of which one epoch was done."""
    subject = subject_of(epochs=1)
    longer = subject.network.spec.replace(training=subject.network.spec.training.replace(epochs=10**6))
    return dataclasses.replace(subject, network=dataclasses.replace(subject.network, spec=longer))


def test_no_time_and_too_few_rows_give_a_reason():
    with pytest.raises(NotApplicable, match="too little time"):
        find_next_step(long_subject(), OVERFITS, seconds=0.0)
    with pytest.raises(NotApplicable, match="50 training rows"):
        find_next_step(subject_of(40), OVERFITS)


def test_other_models_give_a_reason():
    from sklearn.tree import DecisionTreeClassifier

    X, y = np.arange(100.0)[:, None], np.arange(100) % 2
    with pytest.raises(NotApplicable, match="not one of wellfit's"):
        find_next_step(make_subject(DecisionTreeClassifier().fit(X, y), X, y, X, y), OVERFITS)


def test_a_network_that_diverges_is_beaten_by_a_lower_rate():
    subject = subject_of(loss="squared_error", optimizer=Optimizer(name="gradient_descent"), schedule=Schedule(learning_rate=3.0), epochs=8)
    fault = Finding("diverging_cost", "", "fault", "")
    step = find_next_step(subject, UNDERFITS, [fault])
    assert step.recommended is not None


def test_little_time_first_costs_seeds_then_rows():
    arm = Candidate("", subject_spec())
    assert _plan([arm] * 4, 1_000, 1.0, 100.0, 1) == (5, 1_000)
    assert _plan([arm] * 4, 1_000, 1.0, 16.0, 1) == (4, 1_000)
    assert _plan([arm] * 4, 1_000, 1.0, 6.0, 1) == (3, 500)


def test_two_seeds_borrow_the_spread_of_all_candidates():
    rng = np.random.default_rng(4)
    wrong = (rng.random((5, 2, 400)) < np.array([0.4, 0.1, 0.15, 0.2, 0.2])[:, None, None]).astype(float)
    step = judged(wrong[0], wrong[1:])
    # Alone they would have one degree of freedom, and an interval that is as wide as 12.7 deviations.
    assert step.recommended is not None
    assert step.gain.high - step.gain.low < 0.25
