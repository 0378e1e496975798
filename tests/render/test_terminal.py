"""Tables as a terminal shows them."""

import io

import pytest
from rich.console import Console

from wellfit.render.blocks import Cell, Table
from wellfit.render.terminal import STYLES, rich_table


def printed(table, width=80, **how):
    console = Console(file=io.StringIO(), width=width, markup=False, emoji=False, highlight=False, **how)
    console.print(rich_table(table))
    return console.file.getvalue()


def test_columns_of_numbers_are_flush_right_and_there_are_no_lines_between_rows():
    table = Table("caption", ["name", "value"], [["a", "1"], ["longer", Cell("2,345")]], numeric=[1])
    lines = [line.rstrip() for line in printed(table).splitlines()]
    assert lines[0] == "name     value"
    assert set(lines[1]) == {"─"}
    assert lines[2:] == ["a            1", "longer   2,345"]


def test_what_has_no_room_is_folded_and_not_cut():
    shown = printed(Table("caption", ["name"], [["x" * 50]]), width=20)
    assert shown.count("x") == 50


def test_names_are_no_markup(evil):
    shown = printed(Table("caption", ["[red]name"], [[f"[bold]{evil}"]]), width=200)
    assert "[red]name" in shown
    assert f"[bold]{evil}" in shown


@pytest.mark.parametrize("tone", [tone for tone in STYLES if tone])
def test_a_tone_is_a_colour(tone):
    def row(tone):
        table = Table("caption", ["a"], [[Cell("b", tone)]])
        return printed(table, force_terminal=True, color_system="standard").splitlines()[-1]

    assert "\x1b[" not in row("")
    assert "\x1b[" in row(tone)
