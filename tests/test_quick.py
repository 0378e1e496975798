"""The list of `make quick` names tests that there are."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LISTED = (ROOT / "tests" / "quick.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("line", LISTED)
def test_what_is_listed_is_there(line):
    path, _, name = line.partition("::")
    assert (ROOT / path).exists()
    assert not name or f"\ndef {name}(" in (ROOT / path).read_text(encoding="utf-8")
