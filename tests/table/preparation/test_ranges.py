"""What lies far outside the training range is told; what chance, heavy tails and rounding bring is not."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from wellfit.table.preparation.learn import prepare_table
from wellfit.table.preparation.ranges import chance_of
from wellfit.table.read import read_table

CATALOGUE = Path(__file__).resolve().parents[4] / "shared" / "tables" / "catalogue.json"
TABLES = json.loads(CATALOGUE.read_text()) if CATALOGUE.exists() else []


def told(training, later, scaling="clip"):
    """Return what is said of new values in a column, in a table with another column."""
    train, new = (pd.DataFrame({"a": values, "b": np.linspace(0, 1, len(values))}) for values in (training, later))
    return prepare_table(train, scaling=scaling)[0].transform(new).notes


@pytest.mark.parametrize(("outside", "new", "known"), [(1, 1, 9), (3, 10, 50), (7, 7, 20), (40, 1000, 5000), (2, 100_000, 30_000)])
def test_the_chance_is_that_of_the_beta_binomial(outside, new, known):
    # The share within the range of n values has the distribution Beta(n - 1, 2).
    expected = stats.betabinom.sf(outside - 1, new, 2, known - 1)
    np.testing.assert_allclose(chance_of(outside, new, known), expected, rtol=1e-6, atol=1e-12)
    assert chance_of(0, new, known) == 1.0


@pytest.mark.parametrize("scaling", ["clip", "standard", "squash"])
def test_a_single_cell_a_thousand_times_outside_is_told(scaling):
    training, later = np.random.default_rng(0).normal(size=(2, 60)).round(3)
    later[7] = 1000 * np.abs(training).max()
    (note,) = told(training, later, scaling)
    low, high = training.min(), training.max()
    assert note.startswith(f"column 'a': 1 of 60 rows (1.67 %) lies far outside the training range, {low:g} to {high:g}")
    assert f"({later[7]:g} in row 8)" in note
    (alone,) = told(training, later[7:8], scaling)
    assert "1 of 1 row (100 %)" in alone


@pytest.mark.parametrize(
    "change",
    [lambda values: 1000 * values, lambda values: 100 * values, lambda values: 1.8 * values + 32, lambda values: -values - 40],
    ids=["times 1000", "times 100", "Celsius to Fahrenheit", "another sign"],
)
@pytest.mark.parametrize("rows", [12, 300])
def test_another_unit_is_told(change, rows):
    draw = np.random.default_rng(1)
    (note,) = told(draw.normal(12, 8, 500), change(draw.normal(12, 8, rows)))
    assert "far outside the training range" in note
    assert f" of {rows} rows (" in note


def test_gaps_are_no_values_and_times_have_their_units():
    gap, note = told(pd.to_timedelta(np.arange(1, 60), unit="min"), pd.to_timedelta([5, None, 60 * 24 * 365], unit="min"))
    assert "1 missing value" in gap
    assert "1 of 3 rows (33.3 %) lies far outside the training range, 60 to 3540 seconds (3.1536e+07 in row 3)" in note
    notes = told(np.arange(60.0), [np.nan, np.nan])
    assert [note for note in notes if "range" in note] == []


@pytest.mark.parametrize("draw", ["normal", "lognormal", "Student", "rounded", "rare"])
def test_values_drawn_alike_are_not_told(draw):
    random = np.random.default_rng(2)
    drawn = {
        "normal": lambda count: random.normal(size=count),
        "lognormal": lambda count: random.lognormal(0, 3, count),
        "Student": lambda count: random.standard_t(2, count),
        "rounded": lambda count: random.poisson(3, count).astype(float),
        "rare": lambda count: np.where(random.random(count) < 0.02, random.lognormal(0, 2, count), 0.0) + random.integers(0, 2, count),
    }[draw]
    for _ in range(40):
        assert told(drawn(1000), drawn(200)) == []


def test_what_is_outside_by_rounding_alone_is_not_told():
    capped = np.minimum(np.random.default_rng(3).random(400), 0.7)
    assert told(capped, capped.astype(np.float32)) == []


@pytest.mark.parametrize(
    ("later", "is_told"),
    [("2025-07-01", False), ("2033-01-01", False), ("2060-01-01", True), ("1970-01-01", True), ("9999-12-31", True), ("0204-05-01", True)],
)
def test_dates_after_the_training_period_are_no_news_unless_they_are_absurd(later, is_told):
    days = pd.date_range("2022-01-01", "2024-12-31", periods=200).strftime("%Y-%m-%d").tolist()
    notes = told(days, [days[3], later])
    assert bool(notes) == is_told
    assert all("training range, 2022-01-01 to 2024-12-31" in note and f"({later} in row 2)" in note for note in notes)


def test_truth_values_and_models_of_old_have_no_range():
    training = pd.DataFrame({"a": [True, False] * 20, "b": range(40)})
    preparation = prepare_table(training)[0]
    assert preparation.transform(pd.DataFrame({"a": [1, 0], "b": [3, 4]})).notes == []


@pytest.mark.skipif(not TABLES, reason="the open tables are not part of the repository; none stand beside this checkout")
@pytest.mark.parametrize("table", TABLES, ids=[table["name"] for table in TABLES])
def test_random_parts_of_open_tables_are_not_told(table):
    frame = read_table(CATALOGUE.parent / table["file"]).drop(columns=table["target"])
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(frame))[:5_000]
        test, train = np.split(order, [len(order) // 5])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            preparation = prepare_table(frame, np.sort(train))[0]
        for rows in (test, test[:30], test[:1]):
            notes = preparation.transform(frame.iloc[rows].reset_index(drop=True)).notes
            assert [note for note in notes if "outside" in note] == []
