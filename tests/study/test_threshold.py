"""The threshold of a decision, against scikit-learn's metrics at every threshold there is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, matthews_corrcoef

from wellfit.errors import DataError, SpecError
from wellfit.study.threshold import THRESHOLD_METRICS, best_threshold

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
        with pytest.raises(DataError, match="one class only"):
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
