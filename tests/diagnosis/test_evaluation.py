"""What a verdict on any model takes into account: references that are not lucky, other seeds, and what both say in words."""

import dataclasses

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

import wellfit
from wellfit.diagnosis import seeds
from wellfit.diagnosis.evaluation import evaluate
from wellfit.diagnosis.seeds import seed_errors
from wellfit.diagnosis.subject import make_subject
from wellfit.errors import SpecError
from wellfit.judge.blocks import bias_words, variance_words, verdict_words
from wellfit.judge.metric import Metric
from wellfit.judge.references import TARGET_ERROR
from wellfit.judge.verdict import judge

CLASSES = Metric("classification")


def judged(subject, *arguments, **how):
    return judge(evaluate(subject, *arguments, **how))


# === Reference ===


def test_the_reference_that_fits_the_rows_wins(classes):
    X_train, y_train, X_dev, _ = classes
    straight = [np.where(X[:, 0] > 0, "yes", "no") for X in (X_train, X_dev)]
    subject = make_subject(LogisticRegression().fit(X_train, straight[0]), X_train, straight[0], X_dev, straight[1])
    assert evaluate(subject, retrain=False).reference.name == "logistic regression"
    product = make_subject(LogisticRegression().fit(X_train, y_train), *classes)
    found = evaluate(product)
    each = found.reference.each
    assert list(each) == ["majority class", "logistic regression", "nearest neighbours", "histogram gradient boosting"]
    assert each["histogram gradient boosting"] < each["majority class"]
    assert len(found.same_rows.rows) == len(found.same_rows.errors) == 240


def test_the_cross_fitted_reference_looks_at_no_dev_row(classes):
    X_train, y_train, X_dev, y_dev = classes
    model = LogisticRegression().fit(X_train, y_train)
    plain = evaluate(make_subject(model, *classes))
    other = evaluate(make_subject(model, X_train, y_train, 100 * X_dev, y_dev[::-1]))
    np.testing.assert_array_equal(plain.same_rows.errors, other.same_rows.errors)


def test_a_column_too_large_to_be_squared_leaves_finite_references(classes):
    X_train, y_train, X_dev, y_dev = classes
    X = X_train * np.array([1, 1e300, 1, 1, 1])
    found = evaluate(make_subject(DummyClassifier().fit(X, y_train), X, y_train, X_dev, y_dev)).reference
    assert len(found.each) == 4
    assert np.isfinite(list(found.each.values())).all()


def test_a_table_as_it_is_given_is_scaled_for_linear_models(classes):
    X_train, y_train, X_dev, y_dev = classes
    tree = DecisionTreeClassifier(random_state=0)
    plain = evaluate(make_subject(tree.fit(X_train, y_train), *classes), retrain=False)
    factors = 10.0 ** np.arange(-6, 9, 3)
    large = (factors * X_train, y_train, factors * X_dev, y_dev)
    other = evaluate(make_subject(tree.fit(*large[:2]), *large), retrain=False)
    assert other.reference.each == plain.reference.each


# === Seeds ===


def test_other_seeds_widen_the_intervals(classes, network):
    subject = make_subject(network, *classes)
    rows, both = evaluate(subject, 0.1, retrain=False), evaluate(subject, 0.1)
    assert rows.seeds is None
    (dev,) = both.seeds.dev
    assert len(dev) == seeds.SEEDS
    assert dev[0] == pytest.approx(subject.errors_dev.mean())
    assert len(set(dev)) > 1
    narrow, wide = judge(rows).gap, judge(both).gap
    assert wide.estimate == narrow.estimate
    assert wide.high - wide.low > narrow.high - narrow.low


def test_networks_that_a_model_averages_are_seeds_already(numbers):
    model = wellfit.WellfitRegressor(random_state=0).fit(*numbers[:2])
    found = seed_errors(make_subject(model, *numbers), retrain=False)
    assert (len(found.dev[0]), found.averaged) == (5, 5)
    assert found.dev[0].mean() > make_subject(model, *numbers).metric.total(make_subject(model, *numbers).errors_dev)


def test_no_time_and_foreign_models_have_no_seeds(classes, network):
    subject = make_subject(network, *classes)
    spec = subject.network.spec
    endless = dataclasses.replace(subject.network, spec=spec.replace(training=spec.training.replace(epochs=10**7, patience=None)))
    slow = dataclasses.replace(subject, network=endless)
    assert seed_errors(slow, seconds=0.05) is None
    assert seed_errors(slow, callback=lambda event: True) is None
    assert seed_errors(make_subject(DummyClassifier().fit(*classes[:2]), *classes)) is None


# === Verdicts ===


def test_a_memory_overfits_and_has_no_bias(classes):
    subject = make_subject(DecisionTreeClassifier(random_state=0).fit(*classes[:2]), *classes)
    verdict = judged(subject, retrain=False)
    assert verdict.train.estimate == 0
    assert verdict.word == "overfits"
    assert verdict.bias.estimate < 0
    assert bias_words(verdict).startswith("none: the training error is ")
    assert " points below what " in bias_words(verdict)
    assert verdict_words(verdict).startswith("overfits: high variance,")
    assert "points from training to dev rows" in verdict_words(verdict)
    diagnosis = wellfit.diagnose(DecisionTreeClassifier(random_state=0).fit(*classes[:2]), *classes, retrain=False)
    assert (diagnosis.bias.estimate, diagnosis.bias.low) == (0, 0)


def test_a_constant_underfits(numbers):
    subject = make_subject(DummyRegressor().fit(*numbers[:2]), *numbers)
    verdict = judged(subject)
    assert verdict.word == "underfits"
    assert verdict.reference.name in ("linear regression", "histogram gradient boosting")
    assert verdict.bias.low > 0
    assert verdict.bias.estimate == pytest.approx(verdict.train.estimate - verdict.reference.error.estimate)
    assert bias_words(verdict).startswith("the training RMSE is ")
    assert " above what " in bias_words(verdict)


def test_a_target_error_is_what_the_bias_is_measured_from(classes):
    subject = make_subject(LogisticRegression().fit(*classes[:2]), *classes)
    strict, easy = (judged(subject, error, retrain=False) for error in (0.01, 0.9))
    assert strict.reference.name == TARGET_ERROR
    assert strict.reference.error.low == strict.reference.error.high == 0.01
    assert strict.word == "underfits"
    assert strict.bias.estimate == pytest.approx(strict.train.estimate - 0.01)
    assert easy.bias.high < 0
    assert bias_words(easy).startswith("none: the training error is ")
    assert bias_words(easy).endswith("), 90.0 %")
    assert " points below the target error (95 %: -" in bias_words(easy)
    with pytest.raises(SpecError, match="target error must be a share"):
        evaluate(subject, 3.0)


def test_few_dev_rows_decide_nothing(classes):
    X_train, y_train, X_dev, y_dev = classes
    subject = make_subject(KNeighborsClassifier(25).fit(X_train, y_train), X_train, y_train, X_dev[:20], y_dev[:20])
    verdict = judged(subject, 0.4, retrain=False)
    assert verdict.word == "undecided"
    assert verdict_words(verdict) == f"undecided: {verdict.reason}"


def test_enough_rows_of_a_good_model_fit():
    draw = np.random.default_rng(0)
    X = draw.normal(size=(40_000, 2))
    y = (X[:, 0] + 0.1 * draw.normal(size=40_000) > 0).astype(int)
    parts = X[:20_000], y[:20_000], X[20_000:], y[20_000:]
    verdict = judged(make_subject(LogisticRegression().fit(*parts[:2]), *parts), retrain=False)
    assert verdict.word == "fits"
    assert verdict_words(verdict).startswith("fits: neither bias nor variance reaches")
    assert " the training error (95 %: " in variance_words(verdict)


def test_intervals_over_rows_have_no_seed(classes, network):
    subject = make_subject(network, *classes)
    first, second, other = (judged(subject, 0.1, seed=seed) for seed in (3, 3, 4))
    assert first == second
    assert first.gap != other.gap  # other networks of other seeds
    assert judged(subject, 0.1, retrain=False, seed=3) == judged(subject, 0.1, retrain=False, seed=4)


@pytest.mark.parametrize(("weights", "averaged"), [(None, 3.0), ((0.5, 0.25, 0.25), 2.67), ((0.98, 0.01, 0.01), 1.04)])
def test_networks_of_other_specs_count_in_the_average_by_their_weights(classes, weights, averaged):
    X_train, y_train, X_dev, y_dev = classes
    model = wellfit.WellfitClassifier(random_state=0).fit(X_train, y_train).model_
    first, second, *_ = model.networks
    other = dataclasses.replace(second, spec=second.spec.replace(training=second.spec.training.replace(epochs=7)))
    mixed = dataclasses.replace(model, networks=(first, other, other), weights=weights)
    inside = make_subject(mixed, X_train, y_train, X_dev, y_dev).network
    assert len(inside.parameters) == 1
    assert inside.averaged == pytest.approx(averaged, abs=0.01)
