"""Open tables, where a copy of them stands beside the checkout: each reads, splits and prepares."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

from wellfit.errors import DataWarning
from wellfit.spec import Data
from wellfit.table.preparation.learn import prepare_table
from wellfit.table.read import find_target, read_table
from wellfit.table.target import read_target
from wellfit.table.train_dev_test import split_rows

SHARED = Path(__file__).resolve().parents[3] / "shared"
CATALOGUE = SHARED / "tables" / "catalogue.json"
TABLES = json.loads(CATALOGUE.read_text()) if CATALOGUE.exists() else []

# What there is to say of these tables, and of no other.
DESERVED = {
    "anneal": {"no value in the training rows", "the same value in all training rows"},
    "arrhythmia": {"dev part has no rows of class '8'", "the same value in all training rows"},
    "pol": {"the same value in all training rows"},
}


@pytest.mark.skipif(not TABLES, reason="the open tables are not part of the repository; none stand beside this checkout")
@pytest.mark.parametrize("table", TABLES, ids=[table["name"] for table in TABLES])
def test_open_tables(table):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        frame = read_table(CATALOGUE.parent / table["file"])
        target = find_target(frame, table["target"])
        read = read_target(target)
        split = split_rows(read, Data(target=table["target"]))
        coding = read.coding(split.train)
        codes, classes = coding.encode(target)[:, 0], len(coding.classes)
        preparation, X = prepare_table(frame, split.train, leave_out=[table["target"]], target=codes, classes=classes, scaling="standard")
    said = [str(warning.message) for warning in caught]
    assert all(warning.category is DataWarning for warning in caught)
    assert len(said) == len(DESERVED.get(table["name"], ()))
    assert all(any(part in message for message in said) for part in DESERVED.get(table["name"], ()))

    assert len(frame) == table["rows"] == sum(len(part) for part in split)
    assert read.task == table["task"]
    assert len(coding.classes) == table.get("classes", 0)
    assert np.isfinite(X).all()
    assert np.isfinite(coding.encode(target)).all()
    assert X.dtype == np.float32
    training = X[split.train]
    scaled = [number for number, name in enumerate(preparation.names) if name in frame.columns]
    np.testing.assert_allclose(training[:, scaled].mean(axis=0, dtype=np.float64), 0, atol=1e-5)
    np.testing.assert_allclose(training[:, scaled].std(axis=0, dtype=np.float64), 1, atol=1e-5)


@pytest.mark.skipif(not (SHARED / "course").exists(), reason="the course's data files do not stand beside this checkout")
def test_the_courses_own_files():
    from wellfit.datasets import cats, football

    points = football(SHARED / "course" / "data.mat")
    assert [part.shape for part in points] == [(211, 2), (211,), (200, 2), (200,)]
    pictures = cats(SHARED / "course")
    assert [part.shape for part in pictures] == [(209, 12288), (209,), (50, 12288), (50,)]
    assert pictures.X_train.max() == 1.0
