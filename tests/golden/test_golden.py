"""Files of every format there ever was still load, and predict what they did on the day they were written."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

from wellfit.store import FORMAT, load, to_bytes

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("format_*/*.safetensors"))


@pytest.fixture(scope="module")
def make():
    return runpy.run_path(HERE / "make.py")


def expected(path):
    content = json.loads((path.parent / "expected.json").read_text())
    return content["machine"], content["models"][path.stem]


def test_every_format_has_its_files():
    assert {path.parent.name for path in FILES} == {f"format_{number}" for number in range(1, FORMAT + 1)}
    for folder in {path.parent for path in FILES}:
        assert {path.stem for path in FILES if path.parent == folder} == set(json.loads((folder / "expected.json").read_text())["models"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_predictions_are_those_of_the_day(path, make):
    machine, right = expected(path)
    found = make["predictions"](load(path), path.parent / "table.csv")
    # Kernels have come to round otherwise since the older formats were written.
    if machine == make["machine"]() and path.parent.name == f"format_{FORMAT}":
        assert found == right
    # Another machine or library rounds float32 sums otherwise: some units of 6e-8, on values that have been added up from larger ones.
    for key in ("values", "probabilities"):
        if right[key] is None or not isinstance(np.ravel(right[key])[0], float):
            assert found[key] == right[key]
        else:
            np.testing.assert_allclose(found[key], right[key], rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_saved_anew_they_stay_what_they_were(path, make, tmp_path):
    model = load(path)
    (tmp_path / "again").write_bytes(to_bytes(model))
    table = path.parent / "table.csv"
    assert make["predictions"](load(tmp_path / "again"), table) == make["predictions"](model, table)


@pytest.mark.parametrize("name", ["sick", "alone"])
def test_the_script_makes_files_of_the_present_format(name, make, tmp_path):
    model = make["model_of"](name)
    (tmp_path / "model").write_bytes(to_bytes(model))
    table = make["table_to_predict"]()
    again = make["predictions"](load(tmp_path / "model"), table, "reference")
    assert again == make["predictions"](model, table, "reference")
    assert len(set(again["values"])) > 1


@pytest.mark.parametrize("path", [path for path in FILES if path.stem in ("sick", "region", "price")], ids=lambda path: f"{path.parent}")
def test_ranges_are_known_since_format_4(path):
    notes = load(path).apply(path.parent / "table.csv").notes
    far = [note for note in notes if "far outside the training range" in note]
    assert bool(far) == (path.parent.name not in ("format_1", "format_2", "format_3"))
    assert all("column 'dose': 1 of 12 rows" in note and "(1e+12 in row 3)" in note for note in far)
