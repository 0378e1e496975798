"""Pages as JSON."""

import json

from wellfit.render.as_json import to_object
from wellfit.render.blocks import Bar, Cell, Code, Fact, Facts, Page, Picture, Points, Section, Sentence, Table, Text

PICTURE = Picture("drawn", b"<svg/>")
BLOCKS = [
    (Text("a", is_note=True, tone="bad"), {"kind": "text", "text": "a"}),
    (Sentence("a", "b"), {"kind": "sentence", "label": "a", "text": "b"}),
    (Points(("a", "b")), {"kind": "points", "texts": ["a", "b"]}),
    (Code("a", "b"), {"kind": "code", "caption": "a", "text": "b"}),
    (Facts([Fact("a", "b", "c", "good")]), {"kind": "facts", "facts": [{"name": "a", "value": "b", "note": "c"}]}),
    (
        Table("a", ["b", ""], [["c", Cell("", bar=Bar(0, 1, 0, 1))]], notes=("d",)),
        {"kind": "table", "caption": "a", "columns": ["b", ""], "rows": [["c", ""]], "notes": ["d"]},
    ),
]


def test_each_block_has_its_kind_and_what_it_shows():
    found = to_object(Page("t", "l", [Section("s", [*(block for block, _ in BLOCKS), PICTURE])]))
    assert found == {"title": "t", "lead": "l", "sections": [{"title": "s", "blocks": [shown for _, shown in BLOCKS]}]}
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_pictures_are_addresses_where_they_are_wanted():
    (section,) = to_object(Page("t", "l", [Section("s", [PICTURE])]), pictures=True)["sections"]
    assert section["blocks"] == [{"kind": "picture", "caption": "drawn", "address": PICTURE.address}]
