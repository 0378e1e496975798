"""The blocks of docs/tables.md run as they stand, in their order."""

import re
from pathlib import Path

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "tables.md").read_text(encoding="utf-8")


def test_blocks_run(capsys):
    names = {"__name__": "tables"}
    blocks = re.findall(r"^```python\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        exec(compile(block, "tables.md", "exec"), names)
    assert capsys.readouterr().out == "True\n[60, 90]\n"
