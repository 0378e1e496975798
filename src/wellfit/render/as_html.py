"""A page as HTML: a file that stands alone, and a piece that a notebook can show.

No script, no network; the file is light and dark, and fit to print. Whatever is not written in the templates is escaped.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import wellfit
from wellfit.render.blocks import Page

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["to_file", "to_piece"]


def to_file(page: Page) -> str:
    """Return a page as the text of an HTML file; with more than one section a table of contents leads to them.

    Examples
    --------
    >>> from wellfit.render.blocks import Section, Text
    >>> "1 &lt; 2" in to_file(Page("A page", "On 1 < 2.", [Section("One", [Text("It is.")])]))
    True
    """
    return _template("page.html").render(page=page, version=wellfit.__version__)


def to_piece(page: Page) -> str:
    """Return a page as a piece of HTML in a ``div``."""
    return _template("piece.html").render(page=page)


@cache
def _template(name: str) -> Template:
    """Return a template; undefined names in it are errors, and every value is escaped."""
    # Not at the top: results import this module, and few of them are shown as HTML.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("wellfit.render")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template(name)
