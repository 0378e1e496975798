"""Results become one HTML file that stands alone: no script, no network, light and dark, fit to print.

`blocks` is what a page is made of, `page` writes it. The only folder that knows jinja2; everything that is not written here is
escaped, for column names and labels come from anywhere.
"""

from wellfit.report.blocks import Block, Cell, Picture, Section, Table, Text
from wellfit.report.page import render_page

__all__ = ["Block", "Cell", "Picture", "Section", "Table", "Text", "render_page"]
