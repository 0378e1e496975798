"""The blocks of docs/course.md run as they stand, and its table of quirks is whole."""

import re
import shutil
from pathlib import Path

import pytest

COURSE = (Path(__file__).resolve().parents[2] / "docs" / "course.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", COURSE, flags=re.MULTILINE | re.DOTALL)


def run(blocks):
    names = {"__name__": "course"}
    for block in blocks:
        exec(compile(block, "course.md", "exec"), names)


def test_blocks_were_found():
    assert len(BLOCKS) == 6


def test_blocks_without_data_run(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    run([block for block in BLOCKS if "field" not in block])
    said = capsys.readouterr().out
    assert "-0.33744411" in said
    assert re.search(r"^zeros 0\.693147180559\d* 0\.5 0\.5$", said, flags=re.MULTILINE)
    assert re.search(r"^he_normal \S+ 0\.9\d* 0\.9\d*$", said, flags=re.MULTILINE)
    for optimizer, published in (("gradient_descent", 0.943), ("averaged_momentum", 0.953), ("adam", 0.94)):
        accuracy = re.search(rf"^{optimizer} \S+ (\S+)$", said, flags=re.MULTILINE)
        assert float(accuracy[1]) == pytest.approx(published, abs=0.02)


def test_blocks_with_data_run(course_data, capsys, monkeypatch, tmp_path):
    (tmp_path / "datasets").mkdir()
    shutil.copy(course_data / "data.mat", tmp_path / "datasets")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WELLFIT_DATA")
    run([block for block in BLOCKS if "field" in block])
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert float(first) == pytest.approx(0.2680916337127301, rel=1e-10)
    assert second == "198.0 186.0"


def test_all_quirks_are_listed():
    assert re.findall(r"^\| (\d+) \|", COURSE, flags=re.MULTILINE) == [str(number) for number in range(1, 11)]
