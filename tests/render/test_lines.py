"""Labelled sentences, as text and as HTML."""

from wellfit.render.lines import Line, Part, to_html, to_text

LONG = " ".join(["word"] * 40)


def test_text_is_indented_wrapped_and_parted_by_empty_lines():
    text = to_text([Part("First", (Line("label", "said"), Line("", LONG))), Part("Second", (Line("", "well-known"),))])
    assert text.startswith("First\n  label: said\n  word word")
    assert "\n\nSecond\n  well-known" in text
    assert max(map(len, text.splitlines())) <= 100
    # What a sentence has no room for stands deeper than its beginning.
    assert text.splitlines()[3].startswith("    word")


def test_html_escapes_all_of_it(evil, see):
    page = to_html([Part(evil, (Line(evil, evil), Line("", evil))), Part("Second", ())])
    seen = see(page)
    seen.check_stands_alone()
    assert seen.text.count(evil) == 4
    assert [len(seen.named(tag)) for tag in ("h3", "h4", "table", "tr", "th", "td")] == [1, 1, 2, 2, 1, 2]
