"""The temperature of probabilities and the threshold of a decision."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special
from scipy.optimize import minimize_scalar
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, log_loss, matthews_corrcoef

from wellfit.errors import DataError, SpecError
from wellfit.judge.calibration import THRESHOLD_METRICS, best_temperature, best_threshold
from wellfit.maths.calibration import log_odds, tempered


def drawn(rows, classes, sureness, seed=0):
    """Return the probabilities of a model whose scores are `sureness` times what the classes are drawn from."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(rows, classes))
    truth = np.array([rng.choice(classes, p=row) for row in special.softmax(scores, axis=1)])
    return special.softmax(sureness * scores, axis=1), truth[:, np.newaxis]


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("sureness", [0.5, 1.0, 3.0])
def test_it_undoes_a_known_sureness(classes, sureness):
    probabilities, truth = drawn(20_000, classes, sureness)
    given_as = probabilities[:, 1:] if classes == 2 else probabilities
    assert best_temperature(given_as, truth) == pytest.approx(sureness, rel=0.05)


def test_two_classes_in_one_column_or_in_two():
    probabilities, truth = drawn(500, 2, 2.0)
    assert best_temperature(probabilities[:, 1:], truth) == pytest.approx(best_temperature(probabilities, truth), rel=1e-3)
    np.testing.assert_allclose(tempered(probabilities[:, 1:], 1.7)[:, 0], tempered(probabilities, 1.7)[:, 1], rtol=1e-12)


def test_it_is_the_minimum_of_the_weighted_log_loss_and_the_lean():
    probabilities, truth = drawn(60, 3, 4.0)
    weights = np.random.default_rng(1).uniform(0.1, 3.0, len(truth))

    def cost(log_temperature):
        loss = log_loss(
            truth[:, 0], tempered(probabilities, np.exp(log_temperature)), sample_weight=weights, normalize=False, labels=[0, 1, 2]
        )
        return loss + log_temperature**2 / (2 * 0.5**2)

    expected = np.exp(minimize_scalar(cost, bounds=(-2.3, 2.3), method="bounded").x)
    assert best_temperature(probabilities, truth, weights) == pytest.approx(expected, rel=1e-3)


def test_weights_count_as_repetitions():
    probabilities, truth = drawn(40, 3, 4.0)
    times = np.arange(40) % 3
    once = best_temperature(probabilities, truth, times)
    assert once == pytest.approx(best_temperature(np.repeat(probabilities, times, axis=0), np.repeat(truth, times, axis=0)), rel=1e-6)


def test_a_few_rows_predicted_well_do_not_make_it_boundless():
    few = best_temperature(np.tile([[0.02], [0.98]], (5, 1)), np.tile([[0], [1]], (5, 1)))
    many = best_temperature(np.tile([[0.02], [0.98]], (5_000, 1)), np.tile([[0], [1]], (5_000, 1)))
    assert 0.8 < few < 1.0
    assert many < 0.5
    assert best_temperature(np.empty((0, 3)), np.empty((0, 1))) == 1.0


@given(st.lists(st.floats(0.0, 1.0, width=32), min_size=1, max_size=20), st.floats(0.1, 10.0))
def test_tempered_probabilities_are_probabilities_in_the_same_order(numbers, temperature):
    given_as = np.array(numbers)[:, np.newaxis]
    found = tempered(given_as, temperature)
    assert ((found >= 0.0) & (found <= 1.0)).all()
    order = np.argsort(given_as[:, 0], kind="stable")
    assert (np.diff(found[order, 0]) >= 0).all()
    several = tempered(np.hstack([given_as, 1.0 - given_as, np.zeros_like(given_as)]), temperature)
    np.testing.assert_allclose(several.sum(axis=1), 1.0, rtol=1e-12)


def test_a_temperature_of_1_changes_no_bit():
    numbers = np.random.default_rng(0).uniform(size=(7, 3))
    assert tempered(numbers, 1.0).tobytes() == numbers.tobytes()
    assert np.isfinite(log_odds([[0.0], [1.0]])).all()


# === The threshold, against scikit-learn's metrics at every threshold there is ===

ORACLES = {
    "accuracy": accuracy_score,
    "balanced_accuracy": balanced_accuracy_score,
    "f1": lambda truth, told, sample_weight: f1_score(truth, told, sample_weight=sample_weight, zero_division=0.0),
    "matthews_corrcoef": matthews_corrcoef,
}


def test_all_metrics_are_tested():
    assert set(ORACLES) == set(THRESHOLD_METRICS)


@pytest.mark.parametrize("metric", THRESHOLD_METRICS)
@settings(max_examples=20)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.6, 0.9, 1.0]), st.booleans(), st.integers(1, 3)), min_size=2, max_size=12
    )
)
def test_no_other_threshold_is_better(metric, rows):
    chances, truth, weights = (np.array(column) for column in zip(*rows, strict=True))
    if truth.all() or not truth.any():
        with pytest.raises(DataError, match="only one class"):
            best_threshold(chances, truth, metric, weights)
        return

    def score(threshold):
        return ORACLES[metric](truth, chances > threshold, sample_weight=weights)

    found = best_threshold(chances, truth, metric, weights)
    assert 0.0 <= found <= 1.0
    assert score(found) >= max(score(threshold) for threshold in np.linspace(0.0, 1.0, 11)) - 1e-9


def test_a_rare_class_moves_the_threshold_down():
    rng = np.random.default_rng(0)
    truth = rng.uniform(size=2_000) < 0.05
    chances = np.clip(0.05 + 0.1 * truth + rng.normal(0.0, 0.05, 2_000), 0.0, 1.0)
    assert best_threshold(chances, truth, "balanced_accuracy") < 0.2
    assert best_threshold(chances, truth, "accuracy") > best_threshold(chances, truth, "balanced_accuracy")


def test_of_equally_good_thresholds_the_nearest_to_a_half_is_taken():
    assert best_threshold([0.1, 0.2, 0.7, 0.9], [0, 0, 1, 1], "accuracy") == pytest.approx(0.45)
    assert best_threshold([0.9, 0.1], [0, 1], "matthews_corrcoef") in (0.05, 0.95)


def test_neighbouring_floats_are_told_apart():
    low = 0.3
    high = np.nextafter(low, 1.0)
    found = best_threshold([low, high], [0, 1], "accuracy")
    assert low <= found < high


def test_an_unknown_metric_is_told():
    with pytest.raises(SpecError, match=r"threshold .f2. is unknown\. Valid: accuracy"):
        best_threshold([0.1, 0.2], [0, 1], "f2")
