"""Blocks (facts, tables, pictures, text) and what renders them; nothing here knows a result.

`words` writes names and sentences, `blocks` are what results are shown with, and `settings` are shown as one of them. `page` makes an
HTML file of blocks that stands alone: no script, no network, light and dark, fit to print. It is the only module that knows jinja2, and
everything that is not written in its template is escaped, for column names and labels come from anywhere. `lines` are labelled sentences,
as text and for a notebook; `terminal` prints tables.
"""

from wellfit.render.blocks import Bar, Block, Cell, Code, Fact, Facts, Picture, Points, Section, Table, Text
from wellfit.render.page import render_page

__all__ = ["Bar", "Block", "Cell", "Code", "Fact", "Facts", "Picture", "Points", "Section", "Table", "Text", "render_page"]
