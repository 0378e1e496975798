"""The tree that every result is shown as: a page of sections of blocks. All texts are plain; nothing in them is taken for HTML."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from wellfit.errors import DataError
from wellfit.plurals import counted

__all__ = ["Bar", "Block", "Cell", "Code", "Fact", "Facts", "Page", "Picture", "Points", "Section", "Sentence", "Table", "Text"]

# A colour, never the only sign of what a text says.
Tone = Literal["", "good", "fair", "bad"]


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    kind: ClassVar[str] = "text"

    text: str
    is_note: bool = False  # set small
    tone: Tone = ""


@dataclass(frozen=True)
class Sentence:
    """A sentence or two with a label of a few words before it."""

    kind: ClassVar[str] = "sentence"

    label: str
    text: str


@dataclass(frozen=True)
class Points:
    """A list of sentences."""

    kind: ClassVar[str] = "points"

    texts: Sequence[str]


@dataclass(frozen=True)
class Code:
    """Something to type, in letters of equal width; its line ends are kept."""

    kind: ClassVar[str] = "code"

    caption: str
    text: str


@dataclass(frozen=True)
class Fact:
    """One thing to know at a glance."""

    name: str
    value: str
    note: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Facts:
    """Facts, on a page side by side."""

    kind: ClassVar[str] = "facts"

    facts: Sequence[Fact]


@dataclass(frozen=True)
class Bar:
    """A bar in a cell of a table, with a whisker from the low to the high end of an interval, all as shares of the cell's width."""

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
    """A cell of a table that is more than its text. A bar is drawn instead of the text, which another cell of the row has to give."""

    text: str
    tone: Tone = ""
    bar: Bar | None = None


@dataclass(frozen=True)
class Table:
    """A table, as many cells a row as there are columns; a folded one shows its caption on a page until it is clicked."""

    kind: ClassVar[str] = "table"

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | Cell]]
    numeric: Sequence[int] = ()  # columns that are set flush right
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
    """A PNG or SVG file; the caption is also read out where it cannot be seen."""

    kind: ClassVar[str] = "picture"

    caption: str
    content: bytes

    def __post_init__(self) -> None:
        """Validate."""
        if not self._type:
            raise DataError(f"picture {self.caption!r} must be a PNG or an SVG file, found {bytes(self.content[:12])!r}.")

    @property
    def _type(self) -> str:
        if self.content.startswith(b"\x89PNG"):
            return "image/png"
        return "image/svg+xml" if b"<svg" in self.content[:1000] else ""

    @property
    def address(self) -> str:
        """The picture as a ``data:`` address. An SVG shown as an image runs no script and loads nothing."""
        return f"data:{self._type};base64,{base64.b64encode(self.content).decode('ascii')}"


Block = Text | Sentence | Points | Code | Facts | Table | Picture


@dataclass(frozen=True)
class Section:
    """Blocks under a heading."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Page:
    """The root of the tree.

    Parameters
    ----------
    title : str
        The heading.
    lead : str
        The result in a sentence or two.
    sections : sequence of Section
        In this order.
    """

    title: str
    lead: str
    sections: Sequence[Section]
