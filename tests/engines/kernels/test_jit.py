"""Kernels are compiled apart from each other, and only those that a network needs."""

import numpy as np
import pytest

from wellfit.engines.arguments import net_of
from wellfit.engines.compiled import CompiledEngine
from wellfit.engines.kernels.jit import FIXED_TYPES, KERNELS, Kernel
from wellfit.engines.kernels.layouts import RECORDS, Code
from wellfit.spec import DTYPES


@pytest.fixture
def needed(monkeypatch):
    """Return a function: the names of the kernels that are used while it calls another."""
    from wellfit.engines import programs

    load = Kernel.load

    def watch(use):
        programs._code.cache_clear()
        names = set()

        def note(self, variant):
            names.add(self.function.__name__)
            return load(self, variant)

        with monkeypatch.context() as patch:
            patch.setattr(Kernel, "load", note)
            use()
        return names

    return watch


def test_a_network_needs_what_it_has(make, needed):
    setting = make(network={"activation": "relu"}, training={"batch_size": None})
    plain = needed(lambda: setting.train(CompiledEngine()))
    assert {"run_epochs", "forward", "unrectify", "gradient", "binary", "adam"} <= plain
    for changes, more in (
        ({"training": {"l2": 0.1, "batch_size": None}}, {"penalty", "penalise"}),
        ({"training": {"dropout": 0.1, "batch_size": None}}, {"drop_layer", "drop_units"}),
        ({"training": {"batch_size": 8}}, {"shuffle"}),
        ({"weighted": True, "training": {"batch_size": None}}, {"weight_of"}),
    ):
        setting = make(network={"activation": "relu"}, **changes)
        assert needed(lambda: setting.train(CompiledEngine())) - plain == more  # noqa: B023  (called at once)


@pytest.mark.parametrize("changes", [{}, {"training": {"dropout": 0.3, "l1": 0.1}, "weighted": True}, {"network": {"hidden": (300, 200)}}])
def test_nothing_is_left_to_compile_once_prepared(make, needed, changes):
    setting, engine = make(**changes), CompiledEngine()
    net_of.cache_clear()
    prepared = needed(lambda: engine.prepare(setting.spec, setting.data))
    net_of.cache_clear()
    assert needed(lambda: setting.train(engine)) <= prepared


def test_all_that_networks_of_a_loss_need_can_be_prepared(make):
    setting, engine = make(training={"dropout": 0.3}), CompiledEngine()
    engine.prepare(setting.spec)
    ready = {kernel.function.__name__ for kernel in KERNELS if kernel.variant("float64") in kernel._compiled}
    assert {"silu", "adam", "momentum", "binary", "do_task", "help_along", "predict", "batch_cost"} <= ready


def test_what_calls_only_by_address_is_compiled_once_for_both_dtypes():
    names = {kernel.function.__name__: {kernel.variant(dtype) for dtype in DTYPES} for kernel in KERNELS}
    assert names["run_epochs"] == names["forward_pass"] == {"any"}
    assert names["forward"] == names["adam"] == set(DTYPES)


def test_every_annotation_has_a_type_and_every_call_an_address():
    roles = {"loss", "error", "outputs", "update"}
    assert set(Code._fields) - roles <= {kernel.function.__name__ for kernel in KERNELS}
    for kernel in KERNELS:
        assert {kernel.result, *kernel.parameters.values()} <= {*FIXED_TYPES, "Floats"}
    assert all(np.dtype(kind).itemsize == 8 for name, record in RECORDS.items() if name != "Run" for kind, _ in record.fields.values())
