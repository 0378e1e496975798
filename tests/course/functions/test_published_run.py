"""The published run with a penalty of 0.7, through wellfit's own estimator."""

import math
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from wellfit import MLPClassifier, datasets
from wellfit.course import reg_utils


def test_the_penalised_run_through_the_estimator(course_data):
    parts = datasets.football(course_data / "data.mat")
    P = reg_utils.initialize_parameters([2, 20, 3, 1])
    network = MLPClassifier(
        hidden_layer_sizes=(20, 3),
        solver="gradient_descent",
        alpha=0.7,
        batch_size=None,
        learning_rate_init=0.3,
        max_iter=30_000,
        tol=0,
        n_iter_no_change=math.inf,
        initial_weights=([P[f"W{l}"].T for l in (1, 2, 3)], [P[f"b{l}"].ravel() for l in (1, 2, 3)]),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # all 30,000 epochs are wanted
        network.fit(parts.X_train, parts.y_train)
    costs = [network.loss_curve_[iteration] for iteration in (0, 10_000, 20_000)]
    # Measured: all 16 digits; ten are promised.
    assert costs == pytest.approx([0.6974484493131264, 0.2684918873282239, 0.2680916337127301], rel=1e-10)
    assert np.sum(network.predict(parts.X_train) == parts.y_train) == 198
    assert np.sum(network.predict(parts.X_test) == parts.y_test) == 186
