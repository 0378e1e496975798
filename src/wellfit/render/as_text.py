"""A page as text: plain, and with a terminal's colours and width. Rich is imported when something is printed, and not before."""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING

from wellfit.render.blocks import Block, Code, Facts, Page, Picture, Points, Sentence, Table, Text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable

__all__ = ["WIDTH", "draw_page", "draw_table", "plain", "to_text", "wrapped"]

WIDTH = 100
STYLES = {"good": "green", "fair": "yellow", "bad": "bold red", "": ""}


def to_text(page: Page, width: int = WIDTH) -> str:
    """Return a page as plain text in lines of at most so many columns; pictures are left out."""
    from rich.console import Console

    file = io.StringIO()
    # Neither a notebook nor a variable of the environment may change what a text is.
    how = {"force_terminal": False, "force_jupyter": False, "legacy_windows": False, "color_system": None}
    draw_page(page, Console(file=file, width=width, markup=False, highlight=False, emoji=False, **how))  # type: ignore[arg-type]
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def draw_page(page: Page, console: Console) -> None:
    """Print a page; a console without colours gets plain text."""
    _say(console, page.title, style="bold")
    _say(console, page.lead)
    for section in page.sections:
        console.print()
        _say(console, section.title, style="bold")
        before: Block | None = None
        for block in section.blocks:
            if before is not None and (isinstance(block, Table) or isinstance(before, Table)):
                console.print()
            _draw(block, console)
            before = block


def _draw(block: Block, console: Console) -> None:
    if isinstance(block, Table):
        draw_table(block, console)
    elif isinstance(block, Text):
        _say(console, block.text, 2, style=STYLES[block.tone] or ("dim" if block.is_note else ""))
    elif isinstance(block, Sentence):
        _say(console, f"{block.label}: {block.text}", 2, deeper=2)
    elif isinstance(block, Points):
        for text in block.texts:
            _say(console, f"- {text}", 2, deeper=2)
    elif isinstance(block, Facts):
        for fact in block.facts:
            note = f" ({fact.note})" if fact.note else ""
            _say(console, f"{fact.name}: {fact.value}{note}", 2, deeper=2, style=STYLES[fact.tone])
    elif isinstance(block, Code):
        _say(console, block.caption, 2, style="dim")
        for line in plain(block.text).split("\n"):
            console.print(f"    {line}", soft_wrap=True)
    else:
        assert isinstance(block, Picture)


def draw_table(table: Table, console: Console) -> None:
    """Print a table; where it has no room, each row as a line with its other cells below."""
    _say(console, table.caption)
    fitting = _fitting(table, console.width)
    if fitting is not None:
        console.print(fitting)
    else:
        # A row is known by its cells up to the first column with a head.
        known = next((place for place, head in enumerate(table.columns) if head), 0) + 1
        for row in table.cells:
            names = [table.columns[0]] if 0 in table.numeric else []
            _say(console, " ".join([*names, *(cell.text for cell in row[:known] if cell.text)]), 2)
            named = zip(table.columns[known:], row[known:], strict=True)
            tone = next((cell.tone for cell in row if cell.tone), "")
            _say(console, "; ".join(f"{head} {cell.text}".strip() for head, cell in named if cell.text), 4, style=STYLES[tone])
    for note in table.notes:
        _say(console, note, 2, style="dim")


def _fitting(table: Table, width: int) -> RichTable | None:
    """Return the table without lines between its rows, as widely spaced as it has room for; bars have no place in it. None: it has none.

    No cell is cut, and only the words of the last column are wrapped, where some of them stand side by side.
    """
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table as RichTable
    from rich.text import Text as RichText

    drawn = {place for row in table.cells for place, cell in enumerate(row) if cell.bar is not None}
    shown = [place for place in range(len(table.columns)) if place not in drawn]
    columns = [[_line(table.columns[place]), *(_line(row[place].text) for row in table.cells)] for place in shown]
    widths = [max(map(cell_len, texts)) for texts in columns]
    if shown[-1] not in table.numeric:
        widths[-1] = max(min(24, widths[-1]), *(cell_len(word) for text in columns[-1] for word in text.split()))
    # One more column between any two is the box's.
    space = next((space for space in (2, 1, 0) if sum(widths) + (space + 1) * (len(widths) - 1) <= width), None)
    if space is None:
        return None
    found = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, space, 0, 0))
    for place, least in zip(shown, widths, strict=True):
        is_number = place in table.numeric
        head = RichText(_line(table.columns[place]))
        found.add_column(
            head, justify="right" if is_number else "left", no_wrap=is_number or place != shown[-1], min_width=least, overflow="fold"
        )
    for row in table.cells:
        found.add_row(*(RichText(_line(row[place].text), style=STYLES[row[place].tone]) for place in shown))
    return found


def _line(text: str) -> str:
    return " ".join(plain(text).split())


def _say(console: Console, text: str, indent: int = 0, deeper: int = 0, style: str = "") -> None:
    if text:
        console.print(wrapped(plain(text), console.width, indent, deeper), style=style, soft_wrap=True)


def wrapped(text: str, width: int, indent: int = 0, deeper: int = 0) -> str:
    r"""Return a text without line breaks in lines of a width of at least 20: no word is broken, and no figure parted from its percent sign.

    All lines are indented, those after the first by `deeper` more. A word, such as a path, that is longer has a line of its own.

    Examples
    --------
    >>> wrapped("an error of 12.3 % of the rows", 20)
    'an error of 12.3 %\nof the rows'
    """
    # Wrapped here, for rich would fill every line up with spaces, and break long words.
    tied = text.replace(" %", "\N{NO-BREAK SPACE}%")
    wrapper = textwrap.TextWrapper(
        max(20, width),
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + deeper),
        break_on_hyphens=False,
        break_long_words=False,
    )
    return "\n".join(wrapper.wrap(tied)).replace("\N{NO-BREAK SPACE}%", " %")


def plain(text: str) -> str:
    r"""Return text whose control characters cannot move a terminal's cursor: column names come from anywhere. Line breaks stay.

    Examples
    --------
    >>> plain("a" + chr(27) + "[2J")
    'a\\x1b[2J'
    """
    return "".join(letter if letter.isprintable() or letter == "\n" else letter.encode("unicode_escape").decode("ascii") for letter in text)
