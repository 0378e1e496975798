"""A study as blocks: all that its journal tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wellfit.plurals import counted
from wellfit.render.blocks import Page, Section, Text
from wellfit.render.words import clipped
from wellfit.study.pages.sections import found_sections, reference_text, repeat_section, short_section
from wellfit.study.pages.tried import draw_trials
from wellfit.study.run_files import SEARCH

if TYPE_CHECKING:
    from wellfit.study.study import Study

__all__ = ["study_page"]


def study_page(study: Study, whole: bool) -> Page:
    """Return a study, finished, cut off, or still running, as blocks; `whole` adds pictures, rounds and settings."""
    sections = [Section("In short", [Text("The search stopped before its first network was trained, and is not finished.")])]
    if study.of_kind("references"):
        sections = [short_section(study), *([Section("Target and reference", [reference_text(study)])] if whole else [])]
    has_rounds = study.has_rounds or not study.compared
    sections += found_sections(study, None, {SEARCH: draw_trials(study)} if whole and has_rounds and study.networks else {}, whole)
    if whole:
        sections.append(repeat_section(study))
    lead = f"{counted(study.networks, 'network')} in {counted(len(study.rounds), 'round')}, {study.seconds:.0f} s: "
    return Page(f"A search for “{clipped(study.header['target'])}”", f"{lead}{study.end_reason or 'not finished'}.", sections)
