"""Loss and error by any engine's forward pass."""

import numpy as np
import pytest

from wellfit.engines.api import get_engine
from wellfit.engines.evaluation import evaluate_by
from wellfit.engines.reference import evaluate
from wellfit.spec import LOSSES, Network, Spec, Training


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("loss", LOSSES)
def test_both_engines_give_what_the_reference_evaluates(loss, weighted):
    generator = np.random.default_rng(5)
    outputs = 3 if loss == "cross_entropy" else 1
    X = generator.normal(size=(40, 4))
    Y = generator.integers(0, outputs if outputs > 1 else 2, (40, 1)).astype(float)
    weights = generator.uniform(0.5, 2.0, 40) if weighted else None
    spec = Spec(Network(4, (5,), outputs), Training(loss=loss, dtype="float64", l2=1.0))
    parameters = 3 * get_engine("reference").initial_state(spec, 1).parameters
    rows = np.arange(10, 40)
    expected = evaluate(spec, parameters, X, Y, weights, rows)
    assert evaluate_by(get_engine("reference"), spec, parameters, X, Y, weights, rows) == expected
    assert evaluate_by(get_engine("compiled"), spec, parameters, X, Y, weights, rows) == pytest.approx(expected, rel=1e-10)
    assert np.isnan(evaluate_by(get_engine("compiled"), spec, parameters, X, Y, weights, rows[:0])).all()
