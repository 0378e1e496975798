"""The compiled engine on one thread and on several: the same bits."""

import threading

import numpy as np
import pytest

from wellfit.engines.arguments import net_of, team_of
from wellfit.engines.compiled import CompiledEngine, usable_threads
from wellfit.engines.types import Plan, TrainingData
from wellfit.spec import Network, Optimizer, Spec, Training

SEED = 5


def wide(dtype="float32", widths=(160, 96), shards=2, **training):
    """Return a spec whose batches are cut into shards, and data for it."""
    generator = np.random.default_rng(0)
    X = generator.standard_normal((1100, 40)).astype(dtype)
    Y = (X[:, :1] > 0).astype(dtype)
    spec = Spec(
        Network(40, widths, 1, activation=("relu", "tanh")),
        Training(loss="binary_cross_entropy", batch_size=500, epochs=4, dtype=dtype, l2=0.1, dropout=0.2, **training),
    )
    assert team_of(net_of(spec, 500), 500, np.dtype(dtype)).shards == shards
    return spec, TrainingData(X, Y, None, np.arange(1000), X, Y, None, np.arange(1000, 1100))


def trained(engine, spec, data):
    return engine.train(spec, SEED, engine.initial_state(spec, SEED), data, Plan(), spec.training.epochs)


@pytest.mark.parametrize(("widths", "shards"), [((160, 96), 2), ((300, 200), 3)])
@pytest.mark.parametrize("threads", [2, 3, 7])
def test_threads_do_not_change_the_bits(threads, widths, shards):
    spec, data = wide(widths=widths, shards=shards)
    one, one_trace = trained(CompiledEngine(1), spec, data)
    many, many_trace = trained(CompiledEngine(threads), spec, data)
    np.testing.assert_array_equal(many.parameters, one.parameters)
    np.testing.assert_array_equal(many_trace.cost, one_trace.cost)
    np.testing.assert_array_equal(many_trace.dev_cost, one_trace.dev_cost)


@pytest.mark.parametrize("last", [500, 40])
def test_shards_agree_with_the_reference(reference, last):
    spec, data = wide("float64", optimizer=Optimizer("momentum"))
    # Of a last batch that is one slice, one shard has nothing to add.
    spec, data = spec.replace(training=spec.training.replace(epochs=2)), data._replace(rows=np.arange(500 + last))
    state, trace = trained(reference, spec, data)
    shared, shared_trace = trained(CompiledEngine(2), spec, data)
    np.testing.assert_allclose(shared.parameters, state.parameters, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(shared_trace.cost, trace.cost, rtol=1e-11)


def test_a_weighted_batch_without_weight_is_passed_over_on_several_threads():
    spec, data = wide()
    weights = np.ones(1100, np.float32)
    weights[:500] = 0
    spec = Spec(spec.network, spec.training.replace(shuffle=False))
    one, _ = trained(CompiledEngine(1), spec, data._replace(weights=weights, dev_weights=weights))
    two, _ = trained(CompiledEngine(2), spec, data._replace(weights=weights, dev_weights=weights))
    assert one.step == two.step == 4
    np.testing.assert_array_equal(two.parameters, one.parameters)


def test_helpers_end_with_the_call():
    spec, data = wide()
    before = threading.active_count()
    trained(CompiledEngine(4), spec, data)
    assert threading.active_count() == before


def test_predictions_are_the_same_bits_on_any_number_of_threads():
    spec = Spec(Network(20, (64, 64), 3), Training(loss="cross_entropy"))
    X = np.random.default_rng(1).standard_normal((120_000, 20)).astype(np.float32)
    parameters = CompiledEngine().initial_state(spec, SEED).parameters
    one = CompiledEngine(1).forward(spec, parameters, X)
    np.testing.assert_array_equal(CompiledEngine(3).forward(spec, parameters, X), one)
    np.testing.assert_array_equal(CompiledEngine(1).forward(spec, parameters, X[777:1500]), one[777:1500])
    assert CompiledEngine().forward(spec, parameters, X[:0]).shape == (0, 3)


def test_read_only_tables_are_taken_as_they_are():
    spec, data = wide()
    one, _ = trained(CompiledEngine(1), spec, data)
    for array in (data.X, data.Y, data.rows):
        array.flags.writeable = False
    locked, _ = trained(CompiledEngine(1), spec, data)
    np.testing.assert_array_equal(locked.parameters, one.parameters)
    assert not data.X.flags.writeable


def test_told_threads_are_heeded(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert usable_threads() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert usable_threads() >= 1


def test_a_narrow_network_has_one_shard():
    spec = Spec(Network(2, (20, 3), 1), Training(loss="binary_cross_entropy", batch_size=None))
    assert team_of(net_of(spec, 211), 211, np.dtype("float32")).shards == 1
