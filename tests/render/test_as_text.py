"""Pages as text, plain and on a terminal."""

import io

import pytest
from rich.console import Console

from wellfit.render.as_text import STYLES, draw_page, to_text
from wellfit.render.blocks import Bar, Cell, Code, Fact, Facts, Page, Picture, Points, Section, Sentence, Table, Text

LONG = " ".join(["word"] * 40)


def page(*blocks, title="s"):
    return Page("Title", "Lead.", [Section(title, blocks)])


def table_lines(table, width=80):
    return to_text(page(table), width).splitlines()[4:]


def printed(tree, width=80, **how):
    console = Console(file=io.StringIO(), width=width, markup=False, emoji=False, highlight=False, **how)
    draw_page(tree, console)
    return console.file.getvalue()


def test_sections_are_parted_by_empty_lines_and_their_blocks_indented():
    tree = Page("Title", "Lead.", [Section("First", [Sentence("label", "told"), Text(LONG)]), Section("Second", [Text("well-known")])])
    text = to_text(tree)
    assert text.startswith("Title\nLead.\n\nFirst\n  label: told\n  word word")
    assert text.endswith("\n\nSecond\n  well-known")
    assert max(map(len, text.splitlines())) <= 100
    # What a labelled sentence has no room for stands deeper than its beginning.
    assert to_text(page(Sentence("label", LONG))).splitlines()[5].startswith("    word")


def test_every_kind_of_block():
    facts = Facts([Fact("error", "3 %", "95 %: 1 to 5"), Fact("faults", "none")])
    picture = Picture("not seen", b"\x89PNG")
    text = to_text(page(facts, Points(["one", LONG]), Code("To do it:", "a \\\n  b"), picture))
    assert "\n  error: 3 % (95 %: 1 to 5)\n  faults: none\n  - one\n  - word" in text
    assert text.endswith("\n  To do it:\n    a \\\n      b")


def test_columns_of_numbers_are_flush_right_and_there_are_no_lines_between_rows():
    table = Table("caption", ["name", "value"], [["a", "1"], ["longer", Cell("2,345")]], numeric=[1], notes=["so it is"])
    lines = table_lines(table)
    assert lines[:2] == ["caption", "name     value"]
    assert set(lines[2]) == {"─"}
    assert lines[3:] == ["a            1", "longer   2,345", "  so it is"]


def test_bars_have_no_place_in_it():
    table = Table("caption", ["name", "", "rise"], [["a", Cell("", bar=Bar(0, 1, 0, 1)), "3"]], numeric=[2])
    assert table_lines(table)[1] == "name   rise"


def test_words_of_the_last_column_are_wrapped_where_they_have_room():
    table = Table("caption", ["round", "aim", "changed"], [["0", "a first network", LONG]])
    lines = table_lines(table, 60)
    assert lines[1].startswith("round   aim               changed")
    assert max(map(len, lines)) <= 60
    assert " ".join(lines).count("word") == 40


def test_what_has_no_room_is_written_below_its_name_and_never_cut():
    table = Table("caption", ["", "name", "value", "more"], [["*", "y" * 30, "x" * 50, "z"], ["", "b", "1", ""]])
    assert table_lines(table, 40) == ["caption", f"  * {'y' * 30}", "    value", f"    {'x' * 50};", "    more z", "  b", "    value 1"]


def test_names_are_no_markup_and_move_no_cursor(evil):
    name = f"[bold]{evil}\x1b[2J"
    table = Table("caption", ["[red]name"], [[name]])
    shown = printed(page(table, Text(name), title=name), width=200)
    assert "[red]name" in shown
    assert shown.count("[bold]<script>") == 3
    assert "\x1b[2J" not in shown
    assert shown.count("\\x1b[2J") == 3


@pytest.mark.parametrize("tone", [tone for tone in STYLES if tone])
def test_a_tone_is_a_colour(tone):
    def shown(tone, *, is_terminal):
        tree = page(Table("caption", ["a"], [[Cell("b", tone)]]), Text("c", tone=tone), Facts([Fact("d", "e", tone=tone)]))
        how = {"force_terminal": True, "color_system": "standard"} if is_terminal else {"color_system": None}
        return printed(tree, **how).splitlines()[-4:]

    assert not any("\x1b[" in line for line in shown("", is_terminal=True))
    assert sum("\x1b[" in line for line in shown(tone, is_terminal=True)) == 3
    assert not any("\x1b[" in line for line in shown(tone, is_terminal=False))
