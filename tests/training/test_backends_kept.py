"""What a Dask worker keeps of clients that may have gone."""

from types import SimpleNamespace

import numpy as np
import pytest

from wellfit.training.backends import kept
from wellfit.training.backends.worker import versions

RUN = ("a run", None)


class Clock:
    """Seconds that pass when they are told to, and timers that ring then."""

    def __init__(self):
        self.now, self.timer = 0.0, None

    def monotonic(self):
        return self.now

    def set(self, seconds, ring):
        self.timer = SimpleNamespace(at=self.now + seconds, ring=ring, start=lambda: None, cancel=lambda: None)
        return self.timer

    def pass_by(self, seconds):
        end = self.now + seconds
        while self.timer is not None and self.timer.at <= end:
            self.now, timer, self.timer = self.timer.at, self.timer, None
            timer.ring()
        self.now = end


@pytest.fixture
def clock(monkeypatch):
    """A clock for a worker that has nothing yet."""
    made = Clock()
    monkeypatch.setattr(kept, "time", made)
    monkeypatch.setattr(kept.threading, "Timer", made.set)
    for name, empty in (("_kept", {}), ("_forgotten", set()), ("_sweeper", None)):
        monkeypatch.setattr(kept, name, empty)
    monkeypatch.setattr(kept, "get_worker", lambda: SimpleNamespace(address="tcp://worker"))
    monkeypatch.setattr(kept, "train_chunk", lambda here, run, payload, names, *arrays: b"trained")
    return made


def chunk(*names):
    return kept.train_chunk_of_kept(versions(), RUN, b"", list(names))


def test_tables_that_nobody_touches_are_forgotten_without_anybody_asking(clock):
    kept.keep({"first": np.zeros(3)})
    clock.pass_by(kept.SECONDS_UNTOUCHED - 1)
    kept.keep({"second": np.zeros(3)})
    clock.pass_by(kept.SECONDS_UNTOUCHED - 1)
    assert chunk("second") == b"trained"
    assert list(kept._kept) == ["second"]
    clock.pass_by(kept.SECONDS_UNTOUCHED - 1)
    assert list(kept._kept) == ["second"]
    clock.pass_by(1)
    assert kept._kept == {}
    assert clock.timer is None


def test_what_was_forgotten_is_asked_for_at_once_and_then_waited_for(clock, monkeypatch):
    kept.keep({"table": np.zeros(3)})
    clock.pass_by(kept.SECONDS_UNTOUCHED)
    assert chunk("table") == "tcp://worker"
    assert clock.now == kept.SECONDS_UNTOUCHED
    # It is under way again, and comes while the next chunk waits.
    monkeypatch.setattr(kept._arrival, "wait", lambda seconds: kept.keep({"table": np.zeros(3)}))
    assert chunk("table") == b"trained"
