"""Tables as a terminal shows them: bare, without lines between the rows."""

from __future__ import annotations

from rich import box
from rich.table import Table as RichTable
from rich.text import Text

from wellfit.render.blocks import Table

__all__ = ["STYLES", "bare_table", "rich_table"]

STYLES = {"good": "green", "fair": "yellow", "bad": "bold red", "": ""}


def bare_table(space: int = 2) -> RichTable:
    """Return an empty table with so many columns of space after each of its own."""
    return RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, space, 0, 0))


def rich_table(table: Table) -> RichTable:
    """Return the columns and rows of a table; a bar has no place in it."""
    found = bare_table()
    for place, name in enumerate(table.columns):
        found.add_column(name, justify="right" if place in table.numeric else "left", overflow="fold")
    for row in table.cells:
        found.add_row(*(Text(cell.text, style=STYLES[cell.tone]) for cell in row))
    return found
