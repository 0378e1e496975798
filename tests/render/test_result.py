"""What offers its blocks is printed, shown and written from them alone."""

import json

import pytest

from wellfit.errors import OutputError
from wellfit.render.as_html import to_file, to_piece
from wellfit.render.as_json import to_object
from wellfit.render.as_text import to_text
from wellfit.render.blocks import Page, Section, Text
from wellfit.render.result import Result


class Found(Result):
    def blocks(self, whole=False):
        return Page("A title", "It is so.", [Section("Part", [Text("printed"), *([Text("reported alone")] if whole else [])])])


def test_all_faces_come_from_the_blocks(tmp_path):
    found, whole = Found(), Found().blocks(whole=True)
    assert repr(found) == "<Found: It is so>"
    assert str(found) == to_text(found.blocks())
    assert found._repr_html_() == to_piece(found.blocks())
    for name, content in {
        "page.html": to_file(whole),
        "page": to_file(whole),
        "page.txt": to_text(whole) + "\n",
        "page.JSON": json.dumps(to_object(whole), indent=1) + "\n",
    }.items():
        found.report(tmp_path / name)
        assert (tmp_path / name).read_text() == content
    with pytest.raises(OutputError):
        found.report(tmp_path / "nowhere" / "page.html")
