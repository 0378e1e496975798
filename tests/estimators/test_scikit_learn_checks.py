"""scikit-learn's own estimator checks: every one that it makes of its own networks, and none left out by us.

Versions of scikit-learn other than the one that the tests are installed with are tried by running this file with them.
"""

import warnings
from collections import Counter

import pytest
import sklearn
from sklearn import neural_network
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

from wellfit import MLPClassifier, MLPRegressor

# How many checks each version makes of a classifier and of a regressor, lest fewer run unnoticed.
COUNTS = {"1.6": (67, 60), "1.7": (67, 60), "1.8": (67, 60), "1.9": (68, 61)}
PAIRS = [(MLPClassifier, neural_network.MLPClassifier), (MLPRegressor, neural_network.MLPRegressor)]


def names_of(checks):
    """Return the names of checks, however often partial wraps them."""
    return {getattr(check, "func", check).__name__ for check in checks}


@pytest.mark.parametrize(("estimator", "original"), PAIRS)
def test_all_checks_pass(estimator, original, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        results = check_estimator(estimator(), on_fail=None, on_skip=None)
    count = Counter(result["status"] for result in results)
    with capsys.disabled():
        print(f"\n{estimator.__name__}: {len(results)} of scikit-learn's checks ran: {dict(count)}")
    assert {result["check_name"]: repr(result["exception"]) for result in results if result["status"] not in ("passed", "skipped")} == {}
    # scikit-learn itself skips these two: one wants SCIPY_ARRAY_API to be set, one a decision function.
    allowed = {"check_array_api_input", "check_classifiers_multilabel_output_format_decision_function"}
    assert {result["check_name"] for result in results if result["status"] == "skipped"} <= allowed
    ran = {result["check_name"] for result in results}
    assert ran >= names_of(check for _, check in estimator_checks_generator(original(), mark=None))
    version = ".".join(sklearn.__version__.split(".")[:2])
    assert len(results) == COUNTS[version][estimator is MLPRegressor]
    assert count["passed"] == len(results) - count["skipped"]


@pytest.mark.parametrize(("estimator", "original"), PAIRS)
def test_nothing_is_expected_to_fail(estimator, original):
    tags, theirs = estimator().__sklearn_tags__(), original().__sklearn_tags__()
    assert not tags._skip_test
    assert tags.estimator_type == theirs.estimator_type
    assert (tags.input_tags.sparse, tags.classifier_tags) == (theirs.input_tags.sparse, theirs.classifier_tags)
