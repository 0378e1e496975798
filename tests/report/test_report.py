"""Pages stand alone, and what is put into them stays text."""

from html.parser import HTMLParser

import pytest

from wellfit.errors import DataError
from wellfit.report import Cell, Picture, Section, Table, Text, render_page

EVIL = "<script>alert('x')</script> \" onload=x & {{ 7 * 7 }}"
PNG = b"\x89PNG\r\n\x1a\n"
SVG = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>"


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


def a_page():
    table = Table(EVIL, ["name", "value"], [[EVIL, Cell("1", "good")], ["b", Cell("2", "bad")]], numeric=[1], notes=[EVIL])
    folded = Table("all", ["a"], [["x"]], is_folded=True)
    blocks = [Text(EVIL), Text("small", is_note=True), table, folded, Picture(EVIL, PNG), Picture("drawn", SVG)]
    return render_page(EVIL, EVIL, [Section(EVIL, blocks), Section("Two", [])])


def test_nothing_that_is_put_in_becomes_a_tag_or_an_attribute():
    seen = Seen(a_page())
    assert seen.named("script") == []
    assert seen.open == []
    assert all("onload" not in attributes for _, attributes in seen.tags)
    assert seen.text.count(EVIL) >= 7
    assert "49" not in seen.text.replace(EVIL, "")


def test_nothing_is_fetched():
    seen = Seen(a_page())
    assert seen.named("link") == []
    for _, attributes in seen.tags:
        for name in ("src", "href"):
            assert attributes.get(name, "#").startswith(("#", "data:image/"))
    policy = next(attributes["content"] for attributes in seen.named("meta") if "http-equiv" in attributes)
    assert "default-src 'none'" in policy
    assert "@import" not in a_page()
    assert "url(" not in a_page()


def test_what_is_on_it():
    page = a_page()
    seen = Seen(page)
    assert [attributes["href"] for attributes in seen.named("a")] == ["#part-1", "#part-2"]
    assert [attributes["src"].split(";")[0] for attributes in seen.named("img")] == ["data:image/png", "data:image/svg+xml"]
    assert {attributes.get("class") for attributes in seen.named("td")} == {"", "number good", "number bad"}
    assert len(seen.named("details")) == 1
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
    assert len(Seen(render_page("t", "l", [Section("s", [])])).named("nav")) == 0


def test_what_does_not_fit_is_refused():
    with pytest.raises(DataError, match="row 1 of table 't' must have 2 cells, found 1"):
        Table("t", ["a", "b"], [["1", "2"], ["3"]])
    with pytest.raises(DataError, match="must be a PNG or an SVG file"):
        Picture("p", b"GIF89a")
