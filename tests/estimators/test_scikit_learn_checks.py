"""scikit-learn's own estimator checks: every one that it makes of its own networks, and none left out by us."""

import warnings
from collections import Counter

import pytest
from sklearn import neural_network
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

from wellfit import MLPClassifier, MLPRegressor

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
    assert len(results) >= 60


@pytest.mark.parametrize(("estimator", "original"), PAIRS)
def test_nothing_is_expected_to_fail(estimator, original):
    tags, theirs = estimator().__sklearn_tags__(), original().__sklearn_tags__()
    assert not tags._skip_test
    assert tags.estimator_type == theirs.estimator_type
    assert (tags.input_tags.sparse, tags.classifier_tags) == (theirs.input_tags.sparse, theirs.classifier_tags)
