"""Pages taken apart, and a job to tell of."""

from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from wellfit.spec import Data
from wellfit.study.fit_table import fit_table

EVIL = "<script>alert('x')</script> \" onload=x & {{ 7 * 7 }} $x^$"
QUICK = {"hidden": ((6,), (8,)), "l2": (0.1, 1.0), "dropout": (0.2,), "epochs": 6, "seeds": 2}


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


def wild_table(rows=150):
    """A table whose names and categories are made to be taken for HTML, templates and mathematics."""
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({EVIL: draw.normal(size=rows), "plain": draw.normal(size=rows)})
    frame["kind <b>"] = np.where(np.arange(rows) % 3, "<i>", "</td>")
    frame["empty"] = np.nan
    frame["<img src=x onerror=y>"] = np.where(frame[EVIL] + 0.5 * draw.normal(size=rows) > 0, "<b>yes", "</table>no")
    return frame


@pytest.fixture(scope="session")
def evil():
    """A text that must stay one."""
    return EVIL


@pytest.fixture(scope="session")
def see():
    """A function that takes a page apart."""
    return Seen


@pytest.fixture(scope="session")
def wild_job():
    frame = wild_table()
    return fit_table(frame, Data(target=frame.columns[-1]), name="wild <u>.csv", changes=QUICK)


@pytest.fixture(scope="session")
def number_job():
    frame = wild_table().iloc[:, :2].assign(**{"$price^": lambda table: 1000 * table["plain"] + 5})
    return fit_table(frame, Data(target="$price^", seed=3), changes=QUICK, target_error=40.0)
