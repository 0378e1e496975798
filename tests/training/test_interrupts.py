"""Ctrl-C while an engine works."""

import signal
import threading

import numpy as np
import pytest

from wellfit.engines.reference import ReferenceEngine
from wellfit.engines.types import Outcome
from wellfit.training.fit import fit_network, make_data
from wellfit.training.interrupts import DelayedInterrupt
from wellfit.training.task import Task


def press_ctrl_c():
    signal.raise_signal(signal.SIGINT)


def test_the_first_is_noted_and_the_second_interrupts():
    with DelayedInterrupt() as ctrl_c:
        press_ctrl_c()
    assert ctrl_c.pressed
    with DelayedInterrupt():
        press_ctrl_c()
        with pytest.raises(KeyboardInterrupt):
            press_ctrl_c()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_whoever_looks_after_the_signal_goes_on_doing_so():
    seen = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        with DelayedInterrupt() as ctrl_c:
            press_ctrl_c()
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT]
    assert not ctrl_c.pressed


def test_other_threads_leave_the_signal_alone():
    inside = []

    def work():
        with DelayedInterrupt():
            inside.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert inside == [signal.default_int_handler]


def test_what_the_engine_was_at_is_kept(make_spec, table):
    class Interrupted(ReferenceEngine):
        def train(self, spec, seed, state, data, plan, epochs):
            if state.epoch == 3:
                press_ctrl_c()
            return super().train(spec, seed, state, data, plan, epochs)

    data = make_data(*table, "float64")
    result = fit_network(Task(make_spec(epochs=9), data), engine=Interrupted(), callback=lambda event: False, every_epoch=True)
    assert (result.outcome, result.epochs, result.history.epochs) == (Outcome.INTERRUPTED, 4, 4)
    rest = fit_network(Task(make_spec(epochs=9), data, state=result.state), engine="reference")
    assert np.array_equal(rest.parameters, fit_network(Task(make_spec(epochs=9), data), engine="reference").parameters)
