"""Cost and error on dev rows where the records do not have them."""

import dataclasses

import numpy as np
import pytest

from wellfit.spec import Network, Spec, Training
from wellfit.training.arrays import make_data
from wellfit.training.fit import fit_network


def test_weights_of_dev_rows_count_though_nothing_is_trained_any_more():
    draw = np.random.default_rng(0)
    X, weights = draw.normal(size=(60, 2)), draw.uniform(0.1, 9.0, 60)
    data = make_data(X, (X[:, 0] > 0) * 1.0, "float64", weights, np.arange(40), np.arange(40, 60))
    spec = Spec(
        Network(inputs=2, hidden=(3,)), Training(loss="binary_cross_entropy", epochs=4, monitor="none", patience=None, dtype="float64")
    )
    whole = fit_network(spec, data, seed=1)
    again = fit_network(spec, data, seed=1, state=dataclasses.replace(whole.state))
    assert len(again.history.cost) == 0
    assert (again.dev_cost, again.dev_error) == (pytest.approx(whole.dev_cost), pytest.approx(whole.dev_error))
    plain = fit_network(spec, data._replace(dev_weights=None), seed=1)
    assert plain.dev_cost != pytest.approx(whole.dev_cost)
