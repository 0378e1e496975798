"""What all pictures share: figures, colours (of Okabe and Ito, which colour-blind readers can tell apart), legends, axes, short names.

Lines that share a panel differ in their dashes or markers, too: in a grey print, colours alone do not distinguish them.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from wellfit.errors import OutputError, install_command

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

__all__ = ["is_available", "settled", "to_png"]

BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
CLASS_COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, "#7A7A00", "#444444")
INK, GREY, FAINT = "#222222", "#666666", "#DDDDDD"
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)), (0, (3, 1, 1, 1)))
MARKERS = "os^Dv<>p"
Location = Literal["best", "upper left"]
FEW_KEYS, MOST_KEYS = 8, 20
# Times the distance from the best error to the median, beyond the median.
MOST_SHOWN = 4.0
# In inches: a letter of a label, and the line or marker before it with the space around.
LETTER, HANDLE = 0.077, 0.8


def is_available() -> bool:
    """Return whether matplotlib is installed.

    Returns
    -------
    bool
    """
    from importlib.util import find_spec

    return find_spec("matplotlib") is not None


def to_png(figure: Figure) -> bytes:
    """Return a figure as the content of a PNG file.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.

    Returns
    -------
    bytes

    Examples
    --------
    >>> from wellfit.plots import ValidationCurveDisplay
    >>> to_png(ValidationCurveDisplay([0.1, 1.0], [[0.3], [0.2]]).plot().figure_)[1:4]
    b'PNG'
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": "wellfit"})
    return buffer.getvalue()


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure, its size in inches, or raise `OutputError` if matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure as NewFigure
    except ImportError as error:
        raise OutputError(f"pictures need matplotlib, which is not installed: {install_command('matplotlib')}.") from error
    return NewFigure(figsize=(width, height), dpi=110, layout="constrained", facecolor="white")


def settled(figure: Figure) -> Figure:
    """Lay a figure out once for all files that it is written to: the layout takes longer than the drawing.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure; no space is made for what is added later.

    Returns
    -------
    matplotlib.figure.Figure
        The same.
    """
    figure.draw_without_rendering()
    figure.set_layout_engine(None)
    return figure


def tidy(panel: Axes) -> None:
    """Remove the frame above and to the right, and lay a faint grid under the data."""
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(visible=True, color=FAINT, linewidth=0.6)
    panel.set_axisbelow(True)
    panel.tick_params(colors=INK)


def look(number: int) -> tuple[str, Any, str]:
    """Return the colour, the dashes and the marker of a line or a class by its number; the first 64 all differ."""
    turn = number + number // len(MARKERS)
    return CLASS_COLOURS[number % len(CLASS_COLOURS)], DASHES[turn % len(DASHES)], MARKERS[turn % len(MARKERS)]


def key(label: str, colour: str, marker: str = "", style: Any = "-") -> Any:
    """Return a legend entry that shows a line, a marker, or both."""
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, label=label, linewidth=2, marker=marker, linestyle=style)


def legend(panel: Axes, keys: Sequence[Any], *, above: bool, title: str | None = None, location: Location = "best") -> None:
    """Explain colours: above the panel in a figure of our own, else inside it; of very many keys the first, and how many more there are."""
    shown = list(keys) if len(keys) <= MOST_KEYS else [*keys[: MOST_KEYS - 1], patch(f"and {len(keys) - MOST_KEYS + 1} more", "none")]
    if not shown:
        return
    figure = panel.get_figure(root=True)
    assert figure is not None
    if above:
        size, scale = ("small", 0.88) if len(shown) > FEW_KEYS else ("medium", 1.0)
        columns = _columns([len(entry.get_label()) for entry in shown], figure.get_figwidth() / scale)
        figure.legend(handles=shown, loc="outside upper center", ncols=columns, frameon=False, title=title, fontsize=size)
    else:
        panel.legend(handles=shown, loc=location, fontsize="small", framealpha=0.85, title=title)


def _columns(lengths: Sequence[int], width: float) -> int:
    """Return how many columns of labels of these lengths fit a width in inches; matplotlib fills one column after the other."""
    for columns in range(len(lengths), 1, -1):
        height = -(-len(lengths) // columns)
        longest = [max(lengths[start : start + height]) for start in range(0, len(lengths), height)]
        if sum(LETTER * letters + HANDLE for letters in longest) <= width - 0.2:
            # It may be fewer: eight labels in seven columns take four columns of two.
            return len(longest)
    return 1


def plain_logarithms(axis: Axis, low: float, high: float) -> None:
    """Label a logarithmic axis with plain numbers: typesetting powers of ten takes longer than drawing all the rest."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    if high < 4 * low:
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    else:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < 200 * low else (1.0,)))
    axis.set_major_formatter(FuncFormatter(lambda value, index: f"{value:,.0f}" if 1000 <= value < 1e7 else f"{value:g}"))
    axis.set_minor_locator(NullLocator())


def plain_counts(axis: Axis, most: int) -> None:
    """Label an axis of counts, linear up to 1 and logarithmic beyond, with 0 and powers of ten."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    powers = range(len(str(most)))
    axis.set_major_locator(FixedLocator([0, *(10**power for power in powers[:: -(-len(powers) // 3)])]))
    axis.set_major_formatter(FuncFormatter(lambda value, index: f"{value:,.0f}"))
    axis.set_minor_locator(NullLocator())


def highest_shown(least: float, middle: float, most: float) -> float:
    """Return where an axis of errors ends: failed networks far above the median must not squeeze the others into a line."""
    return min(most, middle + MOST_SHOWN * (middle - least)) if middle > least else most


def whole_numbers(axis: Axis) -> None:
    """Label an axis with whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins="auto", steps=[1, 2, 2.5, 5, 10], integer=True, min_n_ticks=1))


def amounts(axis: Axis, as_percent: bool = False) -> None:
    """Label an axis with its numbers in full, in percent where they are shares: a factor apart would stand in the label's way."""
    from matplotlib.ticker import FuncFormatter

    def written(value: float, index: int) -> str:
        text = f"{100 * value:.10g} %" if as_percent else f"{value:,.10g}" if abs(value) < 1e7 else f"{value:g}"
        return text.replace("-", "−")

    axis.set_major_formatter(FuncFormatter(written))


def label_columns(panel: Axes, positions: Sequence[float], words: Sequence[str], *, turned: bool) -> None:
    """Label positions of the horizontal axis with words, slanted where they need the room."""
    panel.set_xticks(positions, words, rotation=30 if turned else 0, ha="right" if turned else "center")


def patch(label: str, colour: str) -> Any:
    """Return a legend entry that shows an area."""
    from matplotlib.patches import Patch

    return Patch(color=colour, alpha=0.35, label=label)


def short(value: object, most: int = 40) -> str:
    """Return a name as text that is not typeset as mathematics, shortened where it is long."""
    text = str(value)
    return (text if len(text) <= most else f"{text[: most - 1]}…").replace("$", r"\$")
