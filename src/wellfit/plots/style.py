"""What all pictures share: colours (of Okabe and Ito, which colour-blind readers can tell apart), sizes, short names."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from wellfit.errors import OutputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["is_available", "to_png"]

BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
CLASS_COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, "#7A7A00", "#444444")
INK, FAINT = "#222222", "#DDDDDD"


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
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": "wellfit"})
    return buffer.getvalue()


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of so many inches; raise `OutputError` where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure as NewFigure
    except ImportError as error:
        raise OutputError("pictures need matplotlib, which is not installed; pip install 'wellfit[plot]'.") from error
    return NewFigure(figsize=(width, height), dpi=110, layout="constrained", facecolor="white")


def tidy(panel: Axes) -> None:
    """Leave out the frame above and to the right, and lay a faint grid under the data."""
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(visible=True, color=FAINT, linewidth=0.6)
    panel.set_axisbelow(True)
    panel.tick_params(colors=INK)


def key(label: str, colour: str, marker: str = "", style: Any = "-") -> Any:
    """Return an entry of a legend that shows a line, with a marker on request."""
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, label=label, linewidth=2, marker=marker, linestyle=style)


def patch(label: str, colour: str) -> Any:
    """Return an entry of a legend that shows an area."""
    from matplotlib.patches import Patch

    return Patch(color=colour, alpha=0.35, label=label)


def short(value: object, most: int = 40) -> str:
    """Return a name as text that cannot be taken for mathematics, cut where it is long."""
    text = str(value)
    return (text if len(text) <= most else f"{text[: most - 1]}…").replace("$", r"\$")
