"""Numbers too small for full precision count as zero while kernels run, and as what they are elsewhere."""

import threading

import numpy as np
import pytest

from wellfit.engines.arguments import net_of, team_of
from wellfit.engines.compiled import CompiledEngine
from wellfit.engines.kernels.subnormals import HAS_CONTROL
from wellfit.engines.layout import Layout
from wellfit.engines.types import Plan
from wellfit.spec import Network, Optimizer, Spec, Training
from wellfit.training.arrays import make_data

controlled = pytest.mark.skipif(not HAS_CONTROL, reason="this processor computes with them as fast as with any")
SMALL, WIDE = (4,), (300, 200)


def dead(engine, dtype, hidden=SMALL):
    """Return a spec whose hidden units are dead, data, and a state with subnormal moments."""
    spec = Spec(
        Network(2, hidden, 1),
        Training(loss="squared_error", optimizer=Optimizer("momentum"), epochs=1, batch_size=None, dtype=dtype, patience=None),
    )
    rows = 500 if hidden == WIDE else 8
    data = make_data(np.zeros((rows, 2)), np.ones(rows), dtype)
    state = engine.initial_state(spec, 0)
    Layout.of(spec.network).coefs_and_intercepts(state.parameters)[1][0][:] = -1.0
    state.first_moment[:] = np.finfo(dtype).tiny / 2
    return spec, data, state


def moments(engine, dtype, hidden=SMALL):
    """Return the first moments of the first layer's weights after a step."""
    spec, data, state = dead(engine, dtype, hidden)
    after = engine.train(spec, 0, state, data, Plan(), 1)[0].first_moment
    return Layout.of(spec.network).coefs_and_intercepts(after)[0][0]


@controlled
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("threads", "hidden"), [(1, SMALL), (2, WIDE)])
def test_moments_of_dead_units_come_to_nothing(reference, dtype, threads, hidden):
    if threads > 1:
        spec = dead(reference, dtype, hidden)[0]
        assert team_of(net_of(spec, 500), 500, np.dtype(dtype)).shards > 1
    assert (moments(CompiledEngine(threads), dtype, hidden) == 0).all()
    assert (moments(reference, dtype, hidden) != 0).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_afterwards_they_count_again(dtype):
    engine, found = CompiledEngine(2), []

    def use():
        spec, data, state = dead(engine, dtype)
        half = np.full(3, np.finfo(dtype).tiny / 2, dtype)
        for call in (
            lambda: engine.train(spec, 0, state, data, Plan(), 1),
            lambda: engine.forward(spec, state.parameters, data.X),
            lambda: engine.loss_and_gradient(spec, 0, state.parameters, data.X, data.Y),
        ):
            call()
            found.append(bool((half * half.dtype.type(1) != 0).all()))

    use()
    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert found == [True] * 6
