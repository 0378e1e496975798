"""A figure as a drawing that scales: for pages, where a PNG would be large or coarse."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["to_svg"]


def to_svg(figure: Figure) -> bytes:
    """Return a figure as the content of an SVG file; the same figure gives the same bytes."""
    from matplotlib import rc_context

    buffer = io.BytesIO()
    # Names inside the file are drawn at random, and its date is today's, unless both are fixed.
    with rc_context({"svg.hashsalt": "wellfit"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": "wellfit"})
    return buffer.getvalue()
