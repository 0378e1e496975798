"""What all tests share."""

import contextlib
import itertools
import signal
import subprocess
import sys
import threading
import time
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

# No deadline: the first call of a kernel compiles it. Derandomised: the same examples on every machine and run.
settings.register_profile("wellfit", deadline=None, derandomize=True, print_blob=False)
settings.load_profile("wellfit")

COMPILE = "import sys; from wellfit.engines.programs import compile_all; compile_all(sys.argv[1:])"


def pytest_configure(config):
    """Compile the kernels once, on both cores, before there are workers that would each do it."""
    # What a shell starts in the background ignores Ctrl-C, and so would the processes that tests send it to.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput") and config.getoption("numprocesses", None):
        processes = [subprocess.Popen([sys.executable, "-c", COMPILE, dtype]) for dtype in ("float32", "float64")]
        assert [process.wait() for process in processes] == [0, 0], "the kernels do not compile"


@pytest.fixture
def held_after(monkeypatch):
    """Let networks on threads, after a number of them, begin no sooner than they are asked to end.

    Else the last may be trained before anybody hears of the first.
    """
    from wellfit.training.backends import run

    @contextlib.contextmanager
    def hold(count):
        begun, stopping, fit_network = itertools.count(), threading.Event(), run.fit_network

        def held(task, *, callback, **how):
            if next(begun) >= count:
                # What is trained after the stop, such as a model's last networks, nobody will break off.
                while not stopping.is_set():
                    if callback(None):
                        stopping.set()
                    time.sleep(0.001)
            return fit_network(task, callback=callback, **how)

        with monkeypatch.context() as patch:
            patch.setattr(run, "fit_network", held)
            yield

    return hold


# === Pages ===

EVIL = "<script>alert('x')</script> \" onload=x & {{ 7 * 7 }} $x^$"


class Seen(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.text, self.open = [], "", []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "img", "br", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def named(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    def check_stands_alone(self):
        """Nothing is run and nothing is fetched, whatever names are on it."""
        assert self.open == []
        assert self.named("script") == self.named("link") == self.named("iframe") == []
        for _, attributes in self.tags:
            assert not [name for name in attributes if name.startswith("on")]
            for name in ("src", "href"):
                assert attributes.get(name, "#").startswith(("#", "data:image/"))


@pytest.fixture(scope="session")
def evil():
    """A text that must stay one."""
    return EVIL


@pytest.fixture(scope="session")
def see():
    """A function that takes a page apart."""
    return Seen


@pytest.fixture(scope="session")
def moons_table():
    """Two half moons, so that two columns show all."""

    def make(rows=150, seed=0):
        draw = np.random.default_rng(seed)
        label = np.arange(rows) % 2
        angle = draw.uniform(0, np.pi, rows)
        x = np.where(label == 0, np.cos(angle), 1 - np.cos(angle)) + 0.15 * draw.normal(size=rows)
        y = np.where(label == 0, np.sin(angle), 0.5 - np.sin(angle)) + 0.15 * draw.normal(size=rows)
        return pd.DataFrame({"x": x, "y": y, "moon": np.where(label == 0, "upper", "lower")})

    return make
