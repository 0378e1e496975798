"""docs/plots.md: its blocks run as they stand, and it shows every Display."""

import re
from pathlib import Path

from wellfit import plots

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "plots.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", DOCUMENT, flags=re.MULTILINE | re.DOTALL)


def test_every_display_is_shown():
    displays = {name for name in plots.__all__ if name.endswith("Display")}
    assert set(re.findall(r"^## .*`(\w+Display)`", DOCUMENT, flags=re.MULTILINE)) == displays
    assert len(BLOCKS) >= len(displays)


def test_blocks_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "plots"}
    for block in BLOCKS:
        exec(compile(block, "plots.md", "exec"), names)
    held, best, calibrated = capsys.readouterr().out.splitlines()
    assert held.startswith("Held fixed: column 1 = ")
    assert "column 3 = 0. " in held
    assert best.startswith("best: l2 ")
    assert calibrated == "True"
    assert {path.name for path in tmp_path.iterdir()} == {"moons.png", "both.png"}
