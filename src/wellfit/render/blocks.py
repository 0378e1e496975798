"""What a page is made of: sections of texts, facts, tables and pictures. All texts are plain; nothing in them is taken for HTML."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from wellfit.errors import DataError
from wellfit.plurals import counted

__all__ = ["Bar", "Block", "Cell", "Code", "Fact", "Facts", "Picture", "Points", "Section", "Table", "Text"]

Tone = Literal["", "good", "fair", "bad"]


@dataclass(frozen=True)
class Text:
    """A paragraph.

    Parameters
    ----------
    text : str
        Plain text.
    is_note : bool
        Whether it is set small.
    """

    text: str
    is_note: bool = False


@dataclass(frozen=True)
class Points:
    """A list of sentences.

    Parameters
    ----------
    texts : sequence of str
        Plain text, in this order.
    """

    texts: Sequence[str]


@dataclass(frozen=True)
class Code:
    """Something to type, in letters of equal width.

    Parameters
    ----------
    caption : str
        What it does.
    text : str
        Plain text; its line ends are kept.
    """

    caption: str
    text: str


@dataclass(frozen=True)
class Fact:
    """One thing to know at a glance.

    Parameters
    ----------
    name : str
        What it is.
    value : str
        Set large.
    note : str
        Set small below.
    tone : str
        Colour of the value, as in `Cell`.
    """

    name: str
    value: str
    note: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Facts:
    """Facts side by side.

    Parameters
    ----------
    facts : sequence of Fact
        In this order.
    """

    facts: Sequence[Fact]


@dataclass(frozen=True)
class Bar:
    """A bar in a cell of a table, with a whisker from the low to the high end of an interval.

    Parameters
    ----------
    start, stop : float
        Ends of the bar, as shares of the cell's width.
    low, high : float
        Ends of the whisker, likewise.

    Raises
    ------
    DataError
        If a share lies outside [0, 1], or ends are the wrong way round.
    """

    start: float
    stop: float
    low: float
    high: float

    def __post_init__(self) -> None:
        """Validate."""
        if not (0.0 <= self.start <= self.stop <= 1.0 and 0.0 <= self.low <= self.high <= 1.0):
            raise DataError(f"a bar must lie in [0, 1] with its ends in order, found {self!r}.")


@dataclass(frozen=True)
class Cell:
    """A cell of a table that is more than its text.

    Parameters
    ----------
    text : str
        Plain text.
    tone : str
        ``"good"``, ``"fair"``, ``"bad"`` or empty: a colour, never the only sign of what the text says.
    bar : Bar or None
        Drawn instead of the text, which another cell of the row has to give.
    """

    text: str
    tone: Tone = ""
    bar: Bar | None = None


@dataclass(frozen=True)
class Table:
    """A table.

    Parameters
    ----------
    caption : str
        What it shows.
    columns : sequence of str
        Heads.
    rows : sequence of sequences of (str or Cell)
        As many cells a row as there are columns.
    numeric : sequence of int
        Columns that are set flush right.
    is_folded : bool
        Whether only the caption is seen until it is clicked; in print all is.
    notes : sequence of str
        Set below.

    Raises
    ------
    DataError
        If a row has another number of cells than there are columns.
    """

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]
    numeric: Sequence[int] = ()
    is_folded: bool = False
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Validate."""
        for place, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise DataError(f"row {place} of table {self.caption!r} must have {counted(len(self.columns), 'cell')}, found {len(row)}.")

    @property
    def cells(self) -> list[list[Cell]]:
        """All rows, each cell a `Cell`."""
        return [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in self.rows]


@dataclass(frozen=True)
class Picture:
    """A picture, carried within the page.

    Parameters
    ----------
    caption : str
        What it shows; also read out where it cannot be seen.
    content : bytes
        The file's content: PNG or SVG.

    Raises
    ------
    DataError
        If it is neither.
    """

    caption: str
    content: bytes

    def __post_init__(self) -> None:
        """Validate."""
        if not self._kind:
            raise DataError(f"picture {self.caption!r} must be a PNG or an SVG file, found {bytes(self.content[:12])!r}.")

    @property
    def _kind(self) -> str:
        if self.content.startswith(b"\x89PNG"):
            return "image/png"
        return "image/svg+xml" if b"<svg" in self.content[:1000] else ""

    @property
    def address(self) -> str:
        """The picture as a ``data:`` address. An SVG shown as an image runs no script and loads nothing."""
        return f"data:{self._kind};base64,{base64.b64encode(self.content).decode('ascii')}"


Block = Text | Points | Code | Facts | Table | Picture


@dataclass(frozen=True)
class Section:
    """A part of a page, with a heading.

    Parameters
    ----------
    title : str
        The heading.
    blocks : sequence of Text, Points, Code, Facts, Table or Picture
        In this order.
    """

    title: str
    blocks: Sequence[Block]
