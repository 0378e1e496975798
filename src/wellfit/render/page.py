"""A title and sections become the text of an HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import wellfit
from wellfit.render.blocks import Code, Facts, Picture, Points, Section, Table, Text

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["render_page"]


def render_page(title: str, lead: str, sections: Sequence[Section]) -> str:
    """Return an HTML page.

    Parameters
    ----------
    title : str
        Heading, and name of the window.
    lead : str
        A paragraph below it.
    sections : sequence of Section
        With more than one, a table of contents leads to them.

    Returns
    -------
    str
        All of the file. It needs no other file and no network, and runs no script.

    Examples
    --------
    >>> "1 &lt; 2" in render_page("A page", "On 1 < 2.", [Section("One", [Text("It is.")])])
    True
    """
    return _template().render(title=title, lead=lead, sections=sections, version=wellfit.__version__, kind_of=_kind_of)


def _kind_of(block: object) -> str:
    """Return what the template has to write."""
    kinds = {Text: "text", Points: "points", Code: "code", Facts: "facts", Table: "table", Picture: "picture"}
    return kinds[type(block)]


@cache
def _template() -> Template:
    """Return the page's template; undefined names in it are errors, and every value is escaped."""
    # Not at the top: results import this module, and few of them are written to a page.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("wellfit.render"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html")
