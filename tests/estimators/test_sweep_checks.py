"""scikit-learn's own estimator checks of `SweepCV`, counted: all that it makes of its grid search."""

import warnings
from collections import Counter

import pytest
import sklearn
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

from wellfit import MLPClassifier, MLPRegressor, SweepCV

# By scikit-learn's version; a version not named here has at least as many as the newest that is.
COUNTS = {"1.9": {MLPClassifier: 58, MLPRegressor: 51}}


def names_of(checks):
    """Return the names of checks, however often partial wraps them."""
    return {getattr(check, "func", check).__name__ for check in checks}


@pytest.mark.parametrize("network", [MLPClassifier, MLPRegressor])
def test_all_checks_pass(network, capsys):
    settings = {
        "estimator": network(hidden_layer_sizes=(), max_iter=50, solver="lbfgs", random_state=0, engine="reference"),
        "param_grid": {"alpha": [0.01]},
        "cv": 2,
    }
    with warnings.catch_warnings():
        # Of networks cut short, and of tables that a check makes unusable: a search tells of the fits that fail, and goes on.
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", FitFailedWarning)
        # scikit-learn's own, where it looks whether infinite targets are classes.
        warnings.filterwarnings("ignore", "invalid value encountered in cast", RuntimeWarning)
        results = check_estimator(SweepCV(**settings), on_fail=None, on_skip=None)
        theirs = names_of(check for _, check in estimator_checks_generator(GridSearchCV(**settings), mark=None))
    count = Counter(result["status"] for result in results)
    with capsys.disabled():
        print(f"\nSweepCV({network.__name__}): {len(results)} of scikit-learn's checks ran: {dict(count)}")
    assert {result["check_name"]: repr(result["exception"]) for result in results if result["status"] not in ("passed", "skipped")} == {}
    # scikit-learn itself skips these two: one wants SCIPY_ARRAY_API to be set, one a decision function.
    allowed = {"check_array_api_input", "check_classifiers_multilabel_output_format_decision_function"}
    assert {result["check_name"] for result in results if result["status"] == "skipped"} <= allowed
    assert {result["check_name"] for result in results} >= theirs
    version = ".".join(sklearn.__version__.split(".")[:2])
    assert len(results) >= COUNTS.get(version, COUNTS["1.9"])[network]
