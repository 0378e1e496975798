"""`reproduce` from end to end, its tables, and its page."""

import json
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest

from wellfit.course.published import reproduce, run
from wellfit.course.published.comparison import Row, Verdict, compare, range_of
from wellfit.course.published.recipes import RECIPES
from wellfit.course.published.results import ENGINE, Reproduction, SourceResult
from wellfit.course.published.tables import full_table, source_table, spread_table, to_object
from wellfit.errors import ClusterError, DataError, SpecError
from wellfit.render.as_html import to_file


def page_of(result):
    return to_file(result.blocks(whole=True))


@pytest.fixture
def shorter(monkeypatch):
    """Runs of few iterations, which reproduce nothing but show everything."""
    short = {recipe.key: replace(recipe, iterations=min(recipe.iterations, 20)) for recipe in RECIPES}
    picked = {"init": ["He", "large random"], "textbook": ["L2", "dropout"], "optimization": ["old gd", "decay gd"]}
    monkeypatch.setattr(run, "of_source", lambda source: [short[f"{source} {name}"] for name in picked.get(source, [])])
    monkeypatch.setattr("wellfit.course.published.evidence.of_source", lambda source: [short[f"{source} plain"]])

    def few_costs(published):
        return published._replace(every=10, copies=tuple(copy._replace(costs=copy.costs[:2]) for copy in published.copies))

    for module in ("results", "engine_runs", "page"):
        runs = {key: few_costs(found) for key, found in published_runs().items()}
        monkeypatch.setattr(f"wellfit.course.published.{module}.RUNS", runs)


def published_runs():
    from wellfit.course.published.numbers import RUNS

    return RUNS


class Seen(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.words = [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words.append(data)


def test_gradients_from_end_to_end():
    reported = []
    result = reproduce("gradients", course_functions=True, callback=reported.append)
    assert (result.differs, result.missing) == ([], [])
    assert result.numbers == 14
    assert set(result.sources[0].rows) == {ENGINE, "course functions, NumPy"}
    shares = [event.done / event.total for event in reported]
    assert shares == sorted(shares)
    assert (reported[0].stage, reported[0].done) == ("gradients: single cases", 0.0)
    json.dumps(to_object(result), allow_nan=False)


def test_a_callback_stops_it():
    with pytest.raises(KeyboardInterrupt):
        reproduce("gradients", callback=lambda event: True)


def test_everything_is_shown(shorter, course_data):
    result = reproduce("textbook", data=course_data, seeds=2, course_functions=True)
    assert [recipe.name for recipe, _, _ in result.sources[0].runs] == ["L2", "dropout"]
    assert result.differs  # in 20 iterations nothing is learned
    page = page_of(result)
    seen = Seen()
    seen.feed(page)
    pictures = [attributes for tag, attributes in seen.tags if tag == "img"]
    assert len(pictures) == 3
    assert all(picture["src"].startswith("data:image/svg+xml;base64,") and picture["alt"] for picture in pictures)
    words = " ".join(seen.words)
    assert "do not reproduce" in words
    assert "dropout, keep 0.8, one mask" in words
    assert "Mean accuracy of 2 seeds a method; 200 test rows" in words
    object_ = json.loads(json.dumps(to_object(result), allow_nan=False))
    assert object_["sources"][0]["evidence"]["seeds"] == 2
    assert object_["differs"] == len(result.differs)


def test_without_data_the_rest_runs(shorter, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WELLFIT_DATA", raising=False)
    result = reproduce("textbook")
    assert [row.what for row in result.missing] == ["L2", "dropout"]
    assert "data.mat is not here" in result.missing[0].worst.words
    assert result.differs == []
    assert "Not run: 2 runs" in page_of(result)


def test_pages_do_without_pictures(shorter, monkeypatch):
    result = reproduce("optimization")
    assert page_of(result).count("<img") == 3
    monkeypatch.setattr("wellfit.course.published.page.is_available", lambda: False)
    page = page_of(result)
    assert "<img" not in page
    assert "pip install &#39;matplotlib&gt;=" in page


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"source": "regularisation"}, SpecError, "did you mean 'regularization'"),
        ({"source": "init", "seeds": 1}, SpecError, "seeds must be at least 2, found 1"),
        ({"source": "init", "data": "nowhere"}, DataError, "data.mat is not in nowhere"),
    ],
)
def test_mistakes(arguments, error, words):
    with pytest.raises(error, match=words):
        reproduce(**arguments)


def test_tables():
    spread = range_of(np.linspace(0.5, 0.7, 40))
    rows = [
        Row(
            "He: 2 costs", (compare("cost at 0", "0.5", 0.5, 9), compare("cost at 10", "0.123456789012", 0.123456789019, 9)), 0.25, "noted."
        ),
        Row(
            "random: 2 costs, old copy",
            (compare("cost at 0", "inf", 9.0, 9, spread=spread), compare("cost at 10", "0.65", 0.61, 9, spread=spread)),
        ),
        Row("random: 2 costs, new copy", (compare("cost at 10", "0.66", 0.61, 9, spread=spread),)),
        Row("bad", (compare("cost", "0.5", 0.6, 9),)),
    ]
    result = SourceResult("init", {ENGINE: rows})
    shown = [[cell.text for cell in row] for row in source_table(result, ENGINE).cells]
    assert shown[0] == ["He: 2 costs; least: cost at 10", "0.123456789012", "0.123456789019", "10", "0.25 s", "to 10 digits"]
    assert shown[1][-1] == "agrees in distribution; 1 an overflow in the published formula"
    assert shown[3][-1] == "does not reproduce, because ours is 20 % larger"
    assert source_table(result, ENGINE).notes == ["He: noted."]
    assert len(full_table(result, ENGINE).rows) == 6
    spreads = [[cell.text for cell in row] for row in spread_table(result, ENGINE).cells]
    assert spreads == [
        ["random", "cost at 10", "0.65 and 0.66", "0.6", "0.5", "0.7", "40", "inside"],
    ]
    reproduction = Reproduction((result,), 1.0)
    assert [row.what for row in reproduction.differs] == ["bad"]
    assert reproduction.numbers == 6
    assert spread_table(SourceResult("init", {ENGINE: rows[:1]}), ENGINE) is None


def test_an_interrupt_ends_it(monkeypatch):
    def pressed(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "run_on_engine", pressed)
    with pytest.raises(KeyboardInterrupt):
        reproduce("init")


@pytest.mark.parametrize(("lost", "error"), [("", KeyboardInterrupt), ("the scheduler was lost", ClusterError)])
def test_half_a_run_is_none(lost, error):
    from wellfit.course.published.engine_runs import uninterrupted
    from wellfit.engines.types import Outcome

    with pytest.raises(error):
        uninterrupted(SimpleNamespace(outcome=Outcome.INTERRUPTED, lost=lost))


def test_verdicts_have_colours_and_words():
    from wellfit.course.published.page import COUNTED
    from wellfit.course.published.tables import TONES

    assert set(TONES) == set(Verdict)
    assert set(COUNTED) == set(Verdict) - {Verdict.NOT_RUN}
    assert np.all([tone in ("good", "fair", "bad") for tone in TONES.values()])
