"""Health checks find what was planted, by numbers that were planted, and find nothing in sound networks."""

from dataclasses import replace
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from wellfit import MLPClassifier
from wellfit.diagnosis import Finding, NotApplicable, make_subject
from wellfit.diagnosis.checks import CHECKS, TRAINING_CHECKS, labels, leaks, predictions, rate_range, scales, shift, units
from wellfit.diagnosis.checks.rate_range import check_learning_rate_range
from wellfit.diagnosis.checks.severity import SEVERITY
from wellfit.engines.compiled import CompiledEngine
from wellfit.engines.layout import Layout
from wellfit.errors import SpecError
from wellfit.spec import Network, Optimizer, Schedule, Spec, Training
from wellfit.training.arrays import make_data
from wellfit.training.fit import fit_network
from wellfit.training.task import Task

BY_NAME = {check.__name__.removeprefix("check_"): check for check in (*CHECKS, *TRAINING_CHECKS)}
LEFT_FOR_TRAINING = "learning_rate_range"


def table(kind, rows=400, seed=0):
    """Return X_train, y_train, X_dev, y_dev: two classes with a bent border, or numbers on a bent surface."""
    generator = np.random.default_rng(seed)
    X = generator.standard_normal((rows * 4 // 3, 5))
    height = X[:, 0] + 0.7 * X[:, 1] ** 2 - 0.7 + 0.4 * X[:, 2]
    y = (height > 0).astype(float) if kind == "classes" else height + 0.1 * generator.standard_normal(len(X))
    y = y if kind == "classes" else (y - y.mean()) / y.std()
    return X[:rows], y[:rows], X[rows:], y[rows:]


def train(parts, *, hidden=(16, 8), rate=0.01, optimizer="adam", parameters=None, network=None, **training):
    X, y = parts[:2]
    loss = "binary_cross_entropy" if set(np.unique(y)) <= {0.0, 1.0} else "squared_error"
    settings = {"loss": loss, "batch_size": 32, "epochs": 60, "l2": 0.01, "patience": None} | training
    spec = Spec(
        Network(X.shape[1], hidden, **(network or {})),
        Training(schedule=Schedule(learning_rate=rate), optimizer=Optimizer(optimizer), **settings),
    )
    return fit_network(Task(spec, make_data(X, y, spec.training.dtype), parameters=parameters))


def found(subject):
    """Return the findings of all checks that can look, by name."""
    rows = {}
    for name, check in BY_NAME.items():
        if name == LEFT_FOR_TRAINING:
            continue
        try:
            rows[name] = check(subject)
        except NotApplicable:
            continue
    return rows


def faults(subject):
    return {name for name, finding in found(subject).items() if finding.is_fault}


@pytest.fixture(scope="module")
def sound():
    """Return a healthy network for each kind of target."""
    return {kind: make_subject(train(table(kind)), *table(kind)) for kind in ("classes", "numbers")}


# === All of them ===


@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_nothing_is_found_in_a_sound_network(sound, kind):
    rows = found(sound[kind])
    assert {name for name, finding in rows.items() if finding.is_fault} == set()
    assert all(finding.name == name for name, finding in rows.items())
    assert all(finding.evidence and finding.threshold and finding.reference for finding in rows.values())
    assert all(not finding.remedy and finding.severity == 0 for finding in rows.values())
    not_run = set(BY_NAME) - set(rows) - {LEFT_FOR_TRAINING}
    numbers_only = {"dropout_at_prediction", "saturated_units"}
    assert not_run == numbers_only | ({"target_scale"} if kind == "classes" else {"label_noise", "class_imbalance"})


def test_every_check_has_a_place_among_the_causes():
    assert set(SEVERITY) == set(BY_NAME)
    assert list(SEVERITY.values()) == sorted(SEVERITY.values(), reverse=True)


def test_no_check_knows_a_finding_out_of_range():
    with pytest.raises(SpecError, match="severity"):
        Finding("x", "x", "fault", "x", severity=2.0)


@pytest.mark.parametrize("name", ["equal_units", "dead_relus", "vanishing_gradients", "diverging_cost", "gradient_check", "batch_size"])
def test_models_of_others_cannot_be_opened(name):
    parts = table("classes", 60)
    with pytest.raises(NotApplicable, match="only wellfit's networks can be inspected, and DecisionTreeClassifier is not one"):
        BY_NAME[name](make_subject(DecisionTreeClassifier().fit(*parts[:2]), *parts))


# === Units and gradients ===


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "tanh"])
def test_zeros_make_equal_units(activation):
    parts = table("classes")
    finding = units.check_equal_units(make_subject(train(parts, network={"initializer": "zeros", "activation": activation}), *parts))
    assert finding.is_fault
    assert "started from zeros" in finding.evidence
    assert finding.numbers["equal_layers"] == [1, 2]


def test_one_equal_layer_is_named():
    parts = table("classes")
    result = train(parts, epochs=2)
    moved = result.parameters.copy()
    weights, biases = Layout.of(result.spec.network).coefs_and_intercepts(moved)
    weights[1][:], biases[1][:] = weights[1][:, :1], biases[1][0]
    finding = units.check_equal_units(make_subject(replace(result, parameters=moved), *parts))
    assert finding.is_fault
    assert finding.numbers["equal_layers"] == [2]
    assert "layer 2" in finding.title


@pytest.mark.parametrize(("closed", "is_fault"), [(7, False), (8, True), (16, True)])
def test_dead_units_are_counted(sound, closed, is_fault):
    result = sound["numbers"].model
    moved = result.parameters.copy()
    weights, biases = Layout.of(result.spec.network).coefs_and_intercepts(moved)
    weights[0][:] = np.random.default_rng(0).standard_normal(weights[0].shape)
    biases[0][:] = 0.0
    biases[0][:closed] = -1000.0
    finding = units.check_dead_relus(make_subject(replace(result, parameters=moved), *table("numbers")))
    assert finding.numbers["share_dead"][1] == closed / 16
    assert units.check_dead_relus(sound["numbers"]).numbers["share_dead"][1] < 0.5
    # The second layer may die with what it is fed by; the first must be judged by the share that was closed.
    assert finding.is_fault is (is_fault or finding.numbers["share_dead"][2] >= 0.5)


def test_the_share_of_flat_activations_is_counted_where_the_slope_is_under_a_tenth():
    parts = table("classes")
    network = Network(5, (40,), activation="tanh", initializer="random_normal", initial_scale=1.0)
    result = fit_network(Task(Spec(network, Training(loss="binary_cross_entropy", epochs=0)), make_data(*parts[:2], "float32")))
    share = units.check_saturated_units(make_subject(result, *parts)).numbers["share_flat"][1]
    weights, biases = Layout.of(network).coefs_and_intercepts(result.parameters)
    # 1 - tanh(z)^2 < 0.1 where |z| > artanh(sqrt(0.9)).
    assert share == pytest.approx(np.mean(np.abs(parts[0] @ weights[0] + biases[0]) > np.arctanh(np.sqrt(0.9))), abs=1e-3)
    assert 0.2 < share < 0.6


def test_large_weights_saturate():
    parts = table("classes")
    wild = {"activation": "tanh", "initializer": "random_normal", "initial_scale": 8.0}
    assert "saturated_units" in faults(make_subject(train(parts, network=wild, rate=0.001), *parts))


def test_deep_sigmoids_starve_the_first_layer():
    parts = table("classes")
    network = {"activation": "sigmoid"}
    seen = found(make_subject(train(parts, hidden=(12,) * 7, network=network, optimizer="gradient_descent", epochs=20), *parts))
    assert {name for name, finding in seen.items() if finding.is_fault} >= {"vanishing_gradients"}
    # Each layer passes on about a quarter at most: 0.25 ** 6.
    assert seen["vanishing_gradients"].numbers["ratio_at_start"] < 1e-3
    assert len(seen["vanishing_gradients"].numbers["norms_in_training"]) == 8


def test_large_weights_in_many_layers_explode():
    parts = table("numbers")
    network = {"initializer": "random_normal", "initial_scale": 0.8}
    seen = found(make_subject(train(parts, hidden=(50,) * 6, network=network, rate=1e-4, epochs=10), *parts))
    assert seen["exploding_gradients"].is_fault
    # 0.8 sqrt(50 / 2) = 4 a layer, over five layers.
    assert 4**4 < seen["exploding_gradients"].numbers["ratio_at_start"] < 4**6


def test_one_hidden_layer_has_no_depth(sound):
    parts = table("classes")
    with pytest.raises(NotApplicable, match="at least two hidden layers"):
        BY_NAME["vanishing_gradients"](make_subject(train(parts, hidden=(8,), epochs=1), *parts))


def test_a_wrong_gradient_is_found_and_located(sound):
    right = CompiledEngine.loss_and_gradient

    def wrong(self, *arguments, **options):
        cost, gradient = right(self, *arguments, **options)
        gradient[: 5 * 16] *= 1.01
        return cost, gradient

    assert not BY_NAME["gradient_check"](sound["numbers"]).is_fault
    with mock.patch.object(CompiledEngine, "loss_and_gradient", wrong):
        finding = BY_NAME["gradient_check"](sound["numbers"])
    assert finding.is_fault
    assert finding.numbers["suspect"] == "layer 1"


# === Training ===


def test_a_rate_beyond_reason_diverges():
    parts = table("numbers")
    seen = faults(make_subject(train(parts, optimizer="gradient_descent", rate=30.0), *parts))
    assert {"diverging_cost", "learning_rate_too_high"} <= seen
    assert "learning_rate_too_low" not in seen


@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_a_rate_too_high_and_one_too_low(kind):
    parts = table(kind)
    assert "learning_rate_too_high" in faults(make_subject(train(parts, rate=0.5), *parts))
    low = faults(make_subject(train(parts, rate=1e-6), *parts))
    assert "learning_rate_too_low" in low
    assert "learning_rate_too_high" not in low


def test_heavy_penalties_hold_the_cost_back_but_are_no_low_rate():
    parts = table("classes")
    assert "learning_rate_too_low" not in faults(make_subject(train(parts, l2=20.0, epochs=150), *parts))


def test_batches_too_large_and_too_small():
    parts = table("classes", 600)
    assert "batch_size" in faults(make_subject(train(parts, batch_size=None, epochs=10, rate=0.001), *parts))
    assert "batch_size" in faults(make_subject(train(parts, batch_size=1, epochs=3), *parts))
    assert "batch_size" not in faults(make_subject(train(parts, batch_size=None, epochs=2000), *parts))


def test_the_optimiser_without_a_rate_is_left_alone():
    parts = table("classes")
    subject = make_subject(train(parts, optimizer="lbfgs", batch_size=None, epochs=30), *parts)
    for name in ("learning_rate_too_high", "learning_rate_too_low", "batch_size"):
        with pytest.raises(NotApplicable, match="L-BFGS"):
            BY_NAME[name](subject)
    with pytest.raises(NotApplicable, match="L-BFGS"):
        check_learning_rate_range(subject, 5.0)


def test_the_range_test_suggests_a_rate(sound):
    parts = table("numbers")
    finding = check_learning_rate_range(make_subject(train(parts, rate=1e-6), *parts), 60.0)
    assert finding.is_fault
    assert 1e-3 <= finding.numbers["suggested"] <= 0.1
    assert "too low" in finding.evidence
    assert not check_learning_rate_range(sound["numbers"], 60.0).is_fault


def test_learning_few_rows_by_heart_is_no_better_rate():
    draw = np.random.default_rng(0)
    X = draw.normal(size=(6000, 30))
    y = (X @ draw.normal(size=30) + 4 * draw.normal(size=6000) > 0).astype(int)
    network = MLPClassifier((32,), early_stopping=True, max_iter=40, random_state=0).fit(X[:5000], y[:5000])
    finding = check_learning_rate_range(make_subject(network, X[:5000], y[:5000], X[5000:], y[5000:]), 60.0)
    assert not finding.is_fault, finding.evidence


def test_the_range_test_ends_when_time_is_up(sound, monkeypatch):
    with pytest.raises(NotApplicable, match="no time is left"):
        check_learning_rate_range(sound["numbers"], 0.0)
    monkeypatch.setattr(rate_range, "STEPS", 10**8)
    with pytest.raises(NotApplicable, match=r"need more than the 0\.05 seconds that are left"):
        check_learning_rate_range(sound["numbers"], 0.05)


# === Rows ===


def test_scales_of_columns_and_target():
    X, y, X_dev, y_dev = table("numbers")
    large = np.array([100.0, 1, 1, 1, 1])
    subject = make_subject(train((X * large, y, X_dev, y_dev), epochs=2), X * large, y, X_dev * large, y_dev)
    finding = scales.check_feature_scales(subject)
    assert finding.is_fault
    assert finding.numbers["largest"] == pytest.approx(100 * np.sqrt(np.mean(X[:, 0] ** 2)))
    rare = (np.arange(len(X)) % 100 == 0).astype(float)[:, None]
    wide, wide_dev = np.hstack([X, rare]), np.hstack([X_dev, rare[: len(X_dev)]])
    assert not scales.check_feature_scales(make_subject(train((wide, y), epochs=2), wide, y, wide_dev, y_dev)).is_fault
    for factor, level in ((100.0, 0.0), (1.0, 500.0), (0.01, 0.0)):
        parts = X, y * factor + level, X_dev, y_dev * factor + level
        assert scales.check_target_scale(make_subject(train(parts, epochs=2), *parts)).is_fault
    tree = make_subject(DecisionTreeRegressor().fit(X * large, y), X * large, y, X_dev * large, y_dev)
    with pytest.raises(NotApplicable, match="not known to be sensitive to scale"):
        scales.check_feature_scales(tree)


def test_the_error_that_a_lone_column_leaves_is_worked_out_by_hand():
    values, targets = np.repeat([0.0, 1.0, 2.0], 20), np.repeat([0.0, 1.0, 1.0], 20)
    dev_values, dev_targets = np.array([0.0, 0.0, 1.0, 2.0]), np.array([0.0, 1.0, 1.0, 1.0])
    # The majority is 1 and errs once in four; by the column one row of two zeros is wrong.
    assert leaks.lone_error(values, targets, dev_values, dev_targets, 2) == 1.0
    assert leaks.lone_error(values, targets, dev_values, np.array([0.0, 0.0, 1.0, 1.0]), 2) == 0.0
    line = np.linspace(0, 1, 101)
    assert leaks.lone_error(line, 3 * line + 1, line, 3 * line + 1, 0) == pytest.approx(0.0, abs=1e-20)


def test_leaks_of_numbers_words_and_gaps():
    X, y, X_dev, y_dev = table("classes", 600)
    frames = [pd.DataFrame(part, columns=list("abcde")) for part in (X, X_dev)]
    ways = {
        "word": lambda labels: np.where(labels == 1, "yes", "no"),
        "gap": lambda labels: np.where(labels == 1, np.nan, 3.0),
        "copy": lambda labels: labels + 0.01,
    }
    model = DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y)
    subject = make_subject(model, X, y, X_dev, y_dev)
    assert not leaks.check_leakage(subject).is_fault
    for name, way in ways.items():
        leaky = [frame.assign(**{name: way(labels)}) for frame, labels in zip(frames, (y, y_dev), strict=True)]
        finding = leaks.check_leakage(replace(subject, X_train=leaky[0], X_dev=leaky[1]))
        assert finding.is_fault
        assert finding.numbers["column"] == name


def test_duplicates_are_counted_unless_few_values_make_them():
    X, y, X_dev, y_dev = table("classes")
    model = LogisticRegression().fit(X, y)
    doubled = np.vstack([X, X_dev[:20]])
    finding = leaks.check_duplicates(make_subject(model, doubled, np.append(y, y_dev[:20]), X_dev, y_dev))
    assert finding.is_fault
    assert finding.numbers["share"] == pytest.approx(20 / len(X_dev))
    coarse, coarse_dev = np.sign(X), np.sign(X_dev)
    twins = leaks.check_duplicates(make_subject(model, coarse, y, coarse_dev, y_dev))
    assert twins.numbers["share"] == 1.0
    assert not twins.is_fault


def test_dev_rows_from_elsewhere_are_told_and_the_column_is_named():
    X, y, X_dev, y_dev = table("classes")
    model = LogisticRegression().fit(X, y)
    moved = shift.check_shifted_dev(make_subject(model, X, y, X_dev + [0, 0, 1.5, 0, 0], y_dev))
    assert moved.is_fault
    assert next(iter(moved.numbers["columns"])) == "column 3"
    assert not shift.check_shifted_dev(make_subject(model, X, y, X_dev, y_dev)).is_fault
    ones = np.flatnonzero(y_dev == 1)[:-3]
    other = shift.check_shifted_dev(make_subject(model, X, y, np.delete(X_dev, ones, 0), np.delete(y_dev, ones)))
    assert other.is_fault
    assert other.numbers["target_distance"] > 0.3


def test_categories_that_only_dev_rows_have_do_not_tell_the_parts_apart():
    generator = np.random.default_rng(0)
    X, y, X_dev, y_dev = table("classes")
    frames = [pd.DataFrame({"a": part[:, 0], "id": generator.integers(0, 10**9, len(part)).astype(str)}) for part in (X, X_dev)]
    subject = make_subject(LogisticRegression().fit(X, y), X, y, X_dev, y_dev)
    assert not shift.check_shifted_dev(replace(subject, X_train=frames[0], X_dev=frames[1])).is_fault


def test_columns_without_a_number_in_a_fold_hold_no_check_up():
    X, y, X_dev, y_dev = table("classes")
    subject = make_subject(LogisticRegression().fit(X, y), X, y, X_dev, y_dev)
    known = shift.check_shifted_dev(replace(subject, X_train=X[:, :2], X_dev=X_dev[:, :2])).numbers["area"]
    frames = [pd.DataFrame(part[:, :2]).assign(nothing=np.nan, once=np.nan) for part in (X, X_dev)]
    frames[0].loc[3, "once"] = 1.0
    found = shift.check_shifted_dev(replace(subject, X_train=frames[0], X_dev=frames[1]))
    assert found.numbers["area"] == known
    empty = [frame[["nothing"]] for frame in frames]
    assert shift.check_shifted_dev(replace(subject, X_train=empty[0], X_dev=empty[1])).numbers["area"] == 0.5


@pytest.mark.parametrize("share", [0.15, 0.3])
def test_the_share_of_wrong_labels_is_estimated(share):
    X, y, X_dev, y_dev = table("classes", 1500)
    flips = np.random.default_rng(1).random(len(y)) < share
    wrong = np.where(flips, 1 - y, y)
    finding = labels.check_label_noise(make_subject(LogisticRegression().fit(X, wrong), X, wrong, X_dev, y_dev))
    assert finding.is_fault
    assert finding.numbers["estimated_share"] == pytest.approx(share, abs=0.06)


def test_classes_that_overlap_are_no_wrong_labels():
    generator = np.random.default_rng(2)
    X = generator.standard_normal((1500, 3))
    y = (generator.random(1500) < 1 / (1 + np.exp(-1.5 * X[:, 0]))).astype(float)
    subject = make_subject(LogisticRegression().fit(X[:1200], y[:1200]), X[:1200], y[:1200], X[1200:], y[1200:])
    assert np.mean(subject.errors_dev) > 0.2
    assert not labels.check_label_noise(subject).is_fault


def test_the_majority_class_is_no_achievement():
    X, _, X_dev, _ = table("classes")
    y, y_dev = (np.arange(len(part)) % 10 == 0 for part in (X, X_dev))
    finding = labels.check_class_imbalance(make_subject(LogisticRegression().fit(X, y), X, y, X_dev, y_dev))
    assert finding.is_fault
    assert finding.numbers["majority"] == 0.9
    assert finding.numbers["recall_of_others"] == 0.0


@pytest.mark.parametrize(("rows", "is_fault"), [(15, True), (30, True), (400, False)])
def test_few_dev_rows_tell_little(rows, is_fault):
    parts = table("classes", 1600)
    finding = predictions.check_small_dev_set(
        make_subject(LogisticRegression().fit(*parts[:2]), *parts[:2], parts[2][:rows], parts[3][:rows])
    )
    assert finding.is_fault is is_fault
    assert finding.numbers["rows"] == rows


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_predictions_that_change_when_asked_again(method):
    class Dropping(LogisticRegression):
        def predict(self, X):
            noise = np.random.default_rng().standard_normal(len(X)) if method == "predict" else 0.0
            return (self.decision_function(X) + noise > 0).astype(float)

        def predict_proba(self, X):
            noise = np.random.default_rng().random(len(X)) * 0.01 if method == "predict_proba" else 0.0
            return np.clip(super().predict_proba(X) + np.outer(noise, [1, -1]), 0, 1)

    parts = table("classes")
    subject = make_subject(Dropping().fit(*parts[:2]), *parts)
    if method == "predict":
        subject = replace(subject, has_probabilities=False)
    assert predictions.check_dropout_at_prediction(subject).is_fault
    assert not predictions.check_dropout_at_prediction(make_subject(LogisticRegression().fit(*parts[:2]), *parts)).is_fault
