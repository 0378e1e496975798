"""Results become one HTML file that stands alone: no script, no network, light and dark, fit to print.

`blocks` is what a page is made of, `page` writes it; they are the only modules that know jinja2, and everything that is not written
there is escaped, for column names and labels come from anywhere. `telling` writes names and numbers.

The main job's report: `data_sections` say what was asked of which table, `result_sections` what came out, `advice` what to try next,
`use_sections` how to go on from there, and `fit_page` puts them together. Of a search, `study_sections` say what was tried, and
`study_page` puts them together. `diagnosis_page` is what a diagnosis found, `model_page` what an estimator for whole tables fitted.
"""

from wellfit.report.blocks import Bar, Block, Cell, Code, Fact, Facts, Picture, Points, Section, Table, Text
from wellfit.report.diagnosis_page import diagnosis_page
from wellfit.report.fit_page import fit_page
from wellfit.report.model_page import model_page
from wellfit.report.page import render_page
from wellfit.report.study_page import study_page

__all__ = [
    "Bar",
    "Block",
    "Cell",
    "Code",
    "Fact",
    "Facts",
    "Picture",
    "Points",
    "Section",
    "Table",
    "Text",
    "diagnosis_page",
    "fit_page",
    "model_page",
    "render_page",
    "study_page",
]
