"""The report of a search: all that its journal tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wellfit.plurals import counted
from wellfit.render.blocks import Section, Text
from wellfit.render.page import render_page
from wellfit.render.words import clipped
from wellfit.study.pages.comparison import comparison_section
from wellfit.study.pages.sections import asked_texts, average_section, repeat_section, rounds_section, study_section, tried_kinds_section
from wellfit.study.pages.tried import draw_trials

if TYPE_CHECKING:
    from wellfit.study.study import Study

__all__ = ["study_page"]


def study_page(study: Study) -> str:
    """Return the report of a study as HTML: all that its journal tells.

    Parameters
    ----------
    study : Study
        Finished, cut off, or still going on.

    Returns
    -------
    str
        All of the file.
    """
    sections = [Section("In short", [Text("The search was cut off before its first network; it has not come to its end yet.")])]
    if study.of_kind("references"):
        sections = [study_section(study), Section("What was asked", asked_texts(study))]
    if study.compared:
        unit = "% of rows" if study.metric.task == "classification" else "units of the target"
        sections.append(comparison_section(study, {}, unit))
    if study.has_rounds or (study.networks and not study.compared):
        sections += [rounds_section(study, draw_trials(study)), tried_kinds_section(study)]
    if study.of_kind("model"):
        sections.append(average_section(study))
    sections.append(repeat_section(study))
    target = clipped(study.header["target"])
    return render_page(f"A search for “{target}”", f"{counted(study.networks, 'network')} tried.", sections)
