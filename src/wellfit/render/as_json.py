"""A page as a dictionary that `json.dumps` accepts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from wellfit.render.blocks import Block, Page, Picture, Table

__all__ = ["to_object"]


def to_object(page: Page, pictures: bool = False) -> dict[str, Any]:
    """Return ``title``, ``lead`` and ``sections``, each with its ``title`` and ``blocks``; a block has its ``kind`` and what it shows.

    Pictures are left out, or are ``data:`` addresses. Cells of tables are their texts.

    Examples
    --------
    >>> from wellfit.render.blocks import Section, Sentence
    >>> to_object(Page("t", "l", [Section("s", [Sentence("bias", "none")])]))["sections"]
    [{'title': 's', 'blocks': [{'kind': 'sentence', 'label': 'bias', 'text': 'none'}]}]
    """
    sections = [
        {"title": section.title, "blocks": [_object(block) for block in section.blocks if pictures or not isinstance(block, Picture)]}
        for section in page.sections
    ]
    return {"title": page.title, "lead": page.lead, "sections": sections}


def _object(block: Block) -> dict[str, Any]:
    if isinstance(block, Picture):
        return {"kind": block.kind, "caption": block.caption, "address": block.address}
    if isinstance(block, Table):
        rows = [[cell.text for cell in row] for row in block.cells]
        return {"kind": block.kind, "caption": block.caption, "columns": list(block.columns), "rows": rows, "notes": list(block.notes)}
    shown = {name: value for name, value in asdict(block).items() if name not in ("tone", "is_note")}
    if "facts" in shown:
        shown["facts"] = [{name: fact[name] for name in ("name", "value", "note")} for fact in shown["facts"]]
    return {"kind": block.kind, **{name: list(value) if isinstance(value, tuple) else value for name, value in shown.items()}}
