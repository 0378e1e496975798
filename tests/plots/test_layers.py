"""Weights and activations by layer."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

from wellfit.engines.layout import Layout
from wellfit.engines.reference import propagate_forward
from wellfit.errors import DataError
from wellfit.plots import LayerHistogramDisplay
from wellfit.plots.layers import hidden_activations

X = np.random.default_rng(0).normal(size=(30, 2))


def test_activations_are_those_of_the_reference_engine(results):
    result = results[3]
    coefs, intercepts = Layout.of(result.spec.network).coefs_and_intercepts(result.parameters)
    found = hidden_activations(coefs, intercepts, result.spec.network.activations, X)
    expected = propagate_forward(result.spec, result.parameters, X, (None, None, None))[0][1:]
    assert len(found) == len(expected) == 2
    for ours, theirs in zip(found, expected, strict=True):
        assert np.allclose(ours, theirs, rtol=1e-12)
    display = LayerHistogramDisplay.from_result(result, X)
    assert display.names == ["hidden layer 1 (4 tanh)", "hidden layer 2 (3 tanh)"]
    assert display.ax_.get_xlabel() == "activation"


def test_weights_are_drawn_layer_by_layer(results):
    display = LayerHistogramDisplay.from_result(results[0])
    assert display.names == ["layer 1 (2 × 4)", "layer 2 (4 × 1)"]
    assert [len(layer) for layer in display.values] == [8, 4]
    ticks = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert ticks[0] == f"layer 1 (2 × 4)\nsd {display.values[0].std():.3g}"
    assert len(display.ax_.patches) == 2


def test_estimators_of_both_libraries_are_read():
    model = MLPClassifier((3, 2), activation="logistic", solver="lbfgs", max_iter=5, random_state=0)
    with pytest.warns(UserWarning, match="failed to converge"):
        model.fit(X, X[:, 0] > 0)
    display = LayerHistogramDisplay.from_estimator(model, X)
    first = 1 / (1 + np.exp(-(X @ model.coefs_[0] + model.intercepts_[0])))
    assert np.allclose(display.values[0], first.ravel())
    ours = SimpleNamespace(coefs_=model.coefs_, intercepts_=model.intercepts_, activation=("tanh", "relu"))
    assert LayerHistogramDisplay.from_estimator(ours, X).names == ["hidden layer 1 (3 tanh)", "hidden layer 2 (2 relu)"]
    with pytest.raises(DataError, match=r"X must have shape \(rows, 2\).* found \(30, 1\)"):
        LayerHistogramDisplay.from_estimator(model, X[:, :1])
    with pytest.raises(DataError, match="activation 'swish' is unknown"):
        LayerHistogramDisplay.from_estimator(SimpleNamespace(**vars(ours) | {"activation": "swish"}), X)


def test_zeros_are_counted_not_drawn_and_a_dead_layer_is_seen():
    display = LayerHistogramDisplay([[0.0] * 30 + [1.0] * 5 + [2.0] * 5, [0.0] * 7]).plot()
    ticks = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert "75 % are 0" in ticks[0]
    assert ticks[1] == "layer 2\nsd 0, 100 % are 0"
    assert [np.sum(stairs.get_data().values != place) for place, stairs in enumerate(display.ax_.patches)] == [2, 1]


def test_what_is_not_finite_is_counted():
    display = LayerHistogramDisplay([[1.0, np.nan, np.inf], [np.nan]]).plot()
    ticks = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert ticks == ["layer 1\nsd 0, 2 not finite", "layer 2\nnothing finite"]
