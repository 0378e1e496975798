"""Pages stand alone, and what is put into them stays text."""

import pytest

from wellfit.errors import DataError
from wellfit.render.as_html import to_file, to_piece
from wellfit.render.blocks import Bar, Cell, Code, Fact, Facts, Page, Picture, Points, Section, Sentence, Table, Text

PNG = b"\x89PNG\r\n\x1a\n"
SVG = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>"


@pytest.fixture
def tree(evil):
    table = Table(evil, ["name", "value"], [[evil, Cell("1", "good")], ["b", Cell("2", "bad")]], numeric=[1], notes=[evil])
    folded = Table("all", ["a"], [["x"]], is_folded=True)
    blocks = [Text(evil), Text("small", is_note=True), table, folded, Picture(evil, PNG), Picture("drawn", SVG)]
    blocks += [Points([evil, "two"]), Code(evil, f"{evil}\n  second line"), Facts([Fact(evil, evil, evil, "good"), Fact("b", "2")])]
    blocks.append(Table("bars", ["what", ""], [["a", Cell("", bar=Bar(0.25, 0.75, 0.1, 0.9))]]))
    blocks += [Sentence(evil, evil), Text(evil, tone="bad")]
    return Page(evil, evil, [Section(evil, blocks), Section("Two", [])])


@pytest.fixture
def page(tree):
    return to_file(tree)


def test_nothing_that_is_put_in_becomes_a_tag_or_an_attribute(page, see, evil):
    seen = see(page)
    assert seen.named("script") == []
    assert seen.open == []
    assert all("onload" not in attributes for _, attributes in seen.tags)
    assert seen.text.count(evil) >= 16
    assert "49" not in seen.text.replace(evil, "")


def test_nothing_is_fetched(page, see):
    seen = see(page)
    assert seen.named("link") == []
    for _, attributes in seen.tags:
        for name in ("src", "href"):
            assert attributes.get(name, "#").startswith(("#", "data:image/"))
    policy = next(attributes["content"] for attributes in seen.named("meta") if "http-equiv" in attributes)
    assert "default-src 'none'" in policy
    assert "@import" not in page
    assert "url(" not in page


def test_what_is_on_it(page, see):
    seen = see(page)
    assert [attributes["href"] for attributes in seen.named("a")] == ["#part-1", "#part-2"]
    assert [attributes["src"].split(";")[0] for attributes in seen.named("img")] == ["data:image/png", "data:image/svg+xml"]
    assert {attributes.get("class") for attributes in seen.named("td")} == {"", "number good", "number bad", "drawn"}
    assert len(seen.named("details")) == 1
    assert len(seen.named("li")) == 4
    assert "\n  second line</code>" in page
    assert "left: 25.00%; width: 50.00%" in page
    assert "left: 10.00%; width: 80.00%" in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
    assert len(see(to_file(Page("t", "l", [Section("s", [])]))).named("nav")) == 0


def test_what_does_not_fit_is_refused():
    with pytest.raises(DataError, match="row 1 of table 't' must have 2 cells, found 1"):
        Table("t", ["a", "b"], [["1", "2"], ["3"]])
    with pytest.raises(DataError, match="a bar must lie in"):
        Bar(0.5, 0.4, 0.0, 1.0)
    with pytest.raises(DataError, match="must be a PNG or an SVG file"):
        Picture("p", b"GIF89a")


def test_a_notebook_gets_the_same_blocks_in_a_piece(tree, page, see, evil):
    piece = to_piece(tree)
    seen, whole = see(piece), see(page)
    seen.check_stands_alone()
    assert piece.strip().startswith('<div class="wellfit">')
    assert [len(seen.named(tag)) for tag in ("html", "h3", "h4")] == [0, 1, 2]
    assert [len(seen.named(tag)) for tag in ("td", "li", "img", "dt")] == [
        len(whole.named("td")),
        len(whole.named("li")) - 2,  # the contents
        len(whole.named("img")),
        len(whole.named("dt")),
    ]
    assert seen.text.count(evil) >= 15
