"""Preparation: against scikit-learn's transformers, learned on training rows alone, and what odd tables get."""

import json
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from wellfit.errors import DataError, DataWarning, ModelFileError
from wellfit.table.preparation import learn
from wellfit.table.preparation.learn import Preparation, prepare_table

NAN = float("nan")


def mixed(rows=200, seed=0):
    """A table with every kind of column, gaps among them."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "size": rng.normal(50, 9, rows),
            "count": rng.integers(0, 9, rows),
            "dose": np.where(rng.random(rows) < 0.2, NAN, rng.exponential(3.0, rows)),
            "smoker": rng.random(rows) < 0.3,
            "colour": rng.choice(["red", "green", "blue"], rows),
            "town": pd.Series(rng.choice(["Aa", "Bb", "Cc", "Dd"], rows), dtype=object).mask(rng.random(rows) < 0.1),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 1000, rows), unit="h"),
        }
    )
    frame["sick"] = rng.choice(["no", "yes"], rows)
    return frame


def prepared(frame, rows=None, **options):
    return prepare_table(frame, rows, scaling="standard", **options)[0].transform(frame, np.float64).X


# === Oracles ===


def test_numbers_and_categories_agree_with_scikit_learns():
    frame = mixed().drop(columns=["day", "sick", "smoker"])
    training = np.arange(0, 200, 2)
    numbers, texts = ["size", "count", "dose"], ["colour", "town"]
    theirs = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
        (OneHotEncoder(sparse_output=False, handle_unknown="ignore"), texts),
    ).fit(frame.iloc[training])
    preparation = prepare_table(frame, training, scaling="standard")[0]
    ours = pd.DataFrame(preparation.transform(frame, np.float64).X, columns=preparation.names)
    indicator = ours.pop("dose is missing")
    np.testing.assert_allclose(ours, theirs.transform(frame), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(indicator, frame["dose"].isna())
    assert preparation.names[-4:] == ["town = Bb", "town = Cc", "town = Dd", "town is missing"]


def test_rare_levels_are_joined_as_scikit_learn_joins_them(monkeypatch):
    monkeypatch.setattr(learn, "MOST_LEVELS", 3)
    words = np.repeat(["d", "c", "b", "a", "e"], [9, 7, 5, 3, 1])
    frame = pd.DataFrame({"word": words})
    theirs = OneHotEncoder(sparse_output=False, max_categories=4, handle_unknown="infrequent_if_exist").fit(frame)
    preparation = prepare_table(frame)[0]
    assert preparation.names == ["word = b", "word = c", "word = d", "word is another"]
    later = pd.DataFrame({"word": ["a", "d", "never seen"]})
    np.testing.assert_array_equal(preparation.transform(later).X, theirs.transform(later))
    assert preparation.notes == ("column 'word' has 5 categories: the 3 most frequent are kept, the others are merged.",)


def test_dates_become_days_months_weekdays_and_hours():
    moments = pd.Series(pd.to_datetime(["2024-01-01 06:00", "1969-12-31 18:30", "2001-05-20 23:59", "2012-02-29"], format="ISO8601"))
    preparation = prepare_table(pd.DataFrame({"day": moments}), scaling="standard")[0]
    assert preparation.names == ["day: days", "day: month", "day: weekday", "day: hour"]
    seconds = (moments - pd.Timestamp(0)).dt.total_seconds()
    parts = np.column_stack([seconds / 86400, moments.dt.month, moments.dt.day_of_week, moments.dt.hour + moments.dt.minute / 60])
    expected = StandardScaler().fit_transform(parts)
    np.testing.assert_allclose(preparation.transform(pd.DataFrame({"day": moments}), np.float64).X, expected, rtol=1e-9)
    as_text = pd.DataFrame({"day": moments.dt.strftime("%Y-%m-%dT%H:%M")})
    np.testing.assert_allclose(prepared(as_text), expected, rtol=1e-9)
    days_alone = prepare_table(pd.DataFrame({"day": ["2024-01-01", "2024-01-08", "2024-01-15"]}))[0]
    assert days_alone.names == ["day: days"]


def test_two_categories_take_one_column():
    frame = pd.DataFrame({"a": ["no", "yes", "no", "yes"], "b": ["x", None, "y", "x"]})
    theirs = OneHotEncoder(drop="if_binary", sparse_output=False).fit_transform(frame[["a"]])
    preparation = prepare_table(frame)[0]
    assert preparation.names == ["a = yes", "b = y", "b is missing"]
    X, notes = preparation.transform(frame)
    np.testing.assert_array_equal(X[:, :1], 2 * theirs - 1)
    np.testing.assert_array_equal(X[:, 1:], [[-1, 0], [0, 1], [1, 0], [-1, 0]])
    assert notes == []
    assert preparation.notes == ("missing values in the training rows of 'b': set between the two categories and flagged.",)
    later, notes = preparation.transform(pd.DataFrame({"a": ["perhaps", None], "b": ["x", "x"]}))
    np.testing.assert_array_equal(later[:, 0], [0, 0])
    assert notes == [
        "column 'a': 1 missing value, but training had none: treated as none of the categories.",
        "column 'a': 1 cell with categories unknown from training ('perhaps'): treated as none of the categories.",
    ]


def test_texts_that_hardly_ever_come_twice_are_left_out():
    rng = np.random.default_rng(0)
    names = [f"name {number}" for number in rng.integers(0, 400, 300)]
    with pytest.warns(DataWarning, match="left out, with more distinct texts than half of the training rows: 'name'"):
        assert prepare_table(pd.DataFrame({"name": names, "n": np.arange(300)}))[0].names == ["n"]
    with pytest.warns(DataWarning, match="'name'"):
        assert prepare_table(pd.DataFrame({"name": names, "n": np.arange(300)}), target=np.arange(300))[0].names == ["n"]


def test_dates_in_doubt_are_warned_of():
    with pytest.warns(DataWarning, match="column 'day': dates written like '1/2/2024' are read as 2024-02-01, although the month"):
        prepare_table(pd.DataFrame({"day": ["1/2/2024", "3/4/2024"]}))


def test_truth_values_are_numbers():
    frame = pd.DataFrame({"a": [True, False, None, True], "b": ["true", "FALSE", "true", None]})
    X = prepared(frame)
    assert np.unique(X[:, 0]).size == 2
    np.testing.assert_array_equal(X[:, 1], [0, 0, 1, 0])
    np.testing.assert_array_equal(X[:, 3], [0, 0, 0, 1])


# === Learned on training rows alone ===


def test_other_rows_change_nothing():
    frame = mixed()
    training = np.arange(100)
    other = frame.copy()
    other.loc[100:, ["size", "dose"]] = 1e7
    other.loc[100:, "town"] = "elsewhere"
    other.loc[100:, "colour"] = None
    other.loc[100:, "day"] = pd.Timestamp("1900-01-01")
    assert prepare_table(frame, training)[0] == prepare_table(other, training)[0]


def test_columns_that_vary_outside_the_training_rows_only_are_left_out():
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [5.0, 5.0, 6.0]})
    with pytest.warns(DataWarning, match="the same value in all training rows: 'b'"):
        assert prepare_table(frame, np.array([0, 1]))[0].names == ["a"]


# === What comes out ===


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_array_is_contiguous_finite_and_of_the_type_asked_for(dtype):
    X, notes = prepare_table(mixed(), leave_out=["sick"])[0].transform(mixed(), dtype)
    assert X.dtype == dtype
    assert X.flags.c_contiguous
    assert np.isfinite(X).all()
    assert notes == []
    assert X.shape == (200, len(prepare_table(mixed(), leave_out=["sick"])[0].names))


def test_frames_of_other_libraries_are_prepared_alike():
    frame = mixed()
    preparation = prepare_table(frame)[0]
    np.testing.assert_array_equal(preparation.transform(pl.from_pandas(frame)).X, preparation.transform(frame).X)
    assert prepare_table(pl.from_pandas(frame))[0] == preparation


def test_the_order_of_columns_and_the_index_do_not_matter():
    frame = mixed()
    preparation = prepare_table(frame)[0]
    turned = frame[frame.columns[::-1]].set_axis(range(1000, 1200))
    np.testing.assert_array_equal(preparation.transform(turned).X, preparation.transform(frame).X)


def test_what_was_done_is_said():
    frame = mixed()
    frame["empty"], frame["same"] = None, "x"
    frame["id"] = [f"id {number}" for number in range(200)]
    with pytest.warns(DataWarning) as caught:
        preparation = prepare_table(frame, leave_out=["sick"])[0]
    left_out = [
        "left out, with no value in the training rows: 'empty'.",
        "left out, with the same value in all training rows: 'same'.",
        "left out, with a different text in every training row: 'id'.",
    ]
    assert [str(warning.message) for warning in caught] == left_out
    assert list(preparation.notes) == [
        "missing values in the training rows of 'dose': filled with the median and flagged.",
        "missing values in the training rows of 'town': made a separate category.",
        *left_out,
    ]
    assert preparation.left_out == ("sick", "empty", "same", "id")
    assert preparation.transform(frame).notes == []


def test_a_constant_with_gaps_keeps_its_gaps():
    preparation = prepare_table(pd.DataFrame({"a": [8.0, None, 8.0], "b": ["x", "x", None]}))[0]
    assert preparation.names == ["a is missing", "b = x", "b is missing"]
    np.testing.assert_array_equal(preparation.transform(pd.DataFrame({"a": [None, 3.0], "b": [None, "x"]})).X, [[1, 0, 1], [0, 1, 0]])


@pytest.mark.parametrize("values", [[0.1] * 50, [1e-310] * 5, [3e300] * 5, [1e16, 1e16 + 2, 1e16], [0.0, -0.0, 0.0]])
def test_constants_but_for_rounding_are_left_out(values):
    frame = pd.DataFrame({"a": values, "b": np.arange(len(values))})
    with pytest.warns(DataWarning, match="same value in all training rows: 'a'"):
        assert prepare_table(frame)[0].names == ["b"]


@pytest.mark.parametrize("values", [[1e300, -1e300, 5.0], [1e-300, 2e-300, 3e-300], [1.7e308, -1.7e308, 0.0], [1e9, 1e9 + 1, 1e9 + 2]])
def test_extreme_numbers_are_scaled(values):
    X = prepared(pd.DataFrame({"a": values}))
    np.testing.assert_allclose(X.mean(), 0, atol=1e-9)
    np.testing.assert_allclose(X.std(), 1, rtol=1e-9)


def test_the_median_of_the_largest_numbers_is_one():
    preparation = prepare_table(pd.DataFrame({"a": [1.7e308, 1.6e308, NAN, -1.0, 1.7e308]}))[0]
    np.testing.assert_allclose(preparation.arrays()["fill"], 1.65e308)


# === Another table at prediction ===


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.drop(columns="dose"), r"^the table lacks column 'dose' of the training table; add it, with empty cells"),
        (lambda frame: frame.rename(columns={"size": "Size."}), r"lacks column 'size' .* \(is 'size' what it calls 'Size.'\?\); add it"),
        (lambda frame: frame[["colour", "town"]], r"lacks 5 columns \('size', 'count', .*\) of the training table; add them"),
    ],
)
def test_a_table_without_one_of_the_columns_is_refused(change, message):
    with pytest.raises(DataError, match=message) as caught:
        prepare_table(mixed(), leave_out=["sick"])[0].transform(change(mixed()))
    assert "\n" not in str(caught.value)


def test_unknown_columns_are_passed_over_and_said_but_not_those_left_out():
    frame = mixed()
    preparation = prepare_table(frame, leave_out=["sick"])[0]
    X, notes = preparation.transform(frame.assign(new=1, newer=2))
    assert notes == ["not in the training table, and ignored: 'new', 'newer'."]
    np.testing.assert_array_equal(X, preparation.transform(frame.drop(columns="sick")).X)


def test_new_categories_and_new_gaps_are_said():
    frame = mixed()
    preparation = prepare_table(frame)[0]
    later = frame.head(4).assign(colour=["red", "pink", None, "pink"], count=[1, None, 2, 3])
    X, notes = preparation.transform(later)
    assert notes == [
        "column 'count': 1 missing value, but training had none: filled with the median.",
        "column 'colour': 1 missing value, but training had none: treated as none of the categories.",
        "column 'colour': 2 cells with categories unknown from training ('pink'): treated as none of the categories.",
    ]
    colours = [preparation.names.index(f"colour = {colour}") for colour in ("blue", "green", "red")]
    np.testing.assert_array_equal(X[:, colours], [[0, 0, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0]])


def test_categories_are_known_again_however_the_file_was_read():
    preparation = prepare_table(pd.DataFrame({"code": ["7", "x", "8", "7"] * 9, "n": range(36)}))[0]
    for codes in ([7, 8], [7.0, 8.0], [" 7", "8 "], pd.Categorical([7, 8])):
        X, notes = preparation.transform(pd.DataFrame({"code": codes, "n": [0, 0]}))
        assert notes == []
        np.testing.assert_array_equal(X[:, 0:3], [[1, 0, 0], [0, 1, 0]])


@pytest.mark.parametrize(("scaling", "end"), [("standard", 1e6), ("clip", 8.0)])
def test_cells_far_from_all_others_are_drawn_in(scaling, end):
    preparation = prepare_table(pd.DataFrame({"a": [1.0, 2.0, 3.0]}), scaling=scaling)[0]
    X, notes = preparation.transform(pd.DataFrame({"a": [2.0, 1e300, -1.7e308]}))
    np.testing.assert_allclose(X[:, 0], [0, end, -end], rtol=1e-6)
    (note,) = notes
    assert note.startswith("column 'a': 2 of 3 rows (66.7 %) lie far outside the training range, 1 to 3 (-1.7e+308 in row 3)")


# === What is refused ===


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("size", [1.0, 2.0, np.inf], "column 'size' holds inf in row 3; expected finite numbers"),
        ("size", [1.0, "2", "tall"], "column 'size' holds 'tall' in row 3 where numbers are expected"),
        ("day", ["2024-01-01", "2024-01-02", "tomorrow"], "column 'day' holds 'tomorrow' in row 3 where dates"),
        ("smoker", [True, False, "sometimes"], "column 'smoker' holds 'sometimes' in row 3 where truth values"),
        ("colour", ["red", "blue", ["red"]], "column 'colour' holds a list in row 3"),
    ],
)
def test_cells_that_cannot_be_used_are_named(column, values, message):
    later = mixed().head(3).astype({column: object}).assign(**{column: values})
    with pytest.raises(DataError, match=message) as caught:
        prepare_table(mixed())[0].transform(later)
    assert "\n" not in str(caught.value)


def test_bad_cells_in_training_rows_are_named_by_their_place_in_the_table():
    frame = pd.DataFrame({"size": ["1", "x", "2", "3", "tall"]})
    with pytest.raises(DataError, match="holds 'tall' in row 5"):
        prepare_table(frame, np.array([0, 2, 3, 4]))
    with pytest.raises(DataError, match="holds -inf in row 2"):
        prepare_table(pd.DataFrame({"size": [1.0, -np.inf, 2.0]}), np.array([1, 2]))


@pytest.mark.filterwarnings("ignore:left out:wellfit.errors.DataWarning")
@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        (pd.DataFrame({"a": [1, 1], "b": [None, None]}), {}, "no usable column"),
        (pd.DataFrame({"a": [1, 2]}), {"leave_out": ["a"]}, "no usable column"),
        (pd.DataFrame({"a": [1, 2]}), {"leave_out": ["z"]}, "columns to leave out are not in the table: 'z'"),
        (pd.DataFrame({"a": [1, 2]}), {"rows": np.array([], dtype=np.int64)}, "no training rows are given"),
    ],
)
def test_nothing_to_learn(frame, options, message):
    with pytest.raises(DataError, match=message):
        prepare_table(frame, **options)


# === Many categories ===


def test_many_categories_take_bounded_memory(monkeypatch):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"c{number}": rng.integers(0, 300, 1000).astype(str) + "x" for number in range(30)})
    widths = {}
    for bound in ("usual", "few columns", "few cells"):
        monkeypatch.setattr(learn, "MOST_CODED", 600 if bound == "few columns" else 2000)
        monkeypatch.setattr(learn, "MOST_CELLS", 100_000 if bound == "few cells" else 250_000_000)
        widths[bound] = len(prepare_table(frame)[0].names)
    assert widths == {"usual": 30 * 66, "few columns": 30 * 20, "few cells": 30 * 3}


# === In a file ===


def through_json(preparation):
    return Preparation.from_dict(json.loads(json.dumps(preparation.to_dict())), preparation.arrays())


def test_a_preparation_survives_json_to_the_last_bit():
    frame = mixed()
    preparation = prepare_table(frame)[0]
    assert through_json(preparation) == preparation
    np.testing.assert_array_equal(through_json(preparation).transform(frame).X, preparation.transform(frame).X)


SCALED = {"name": "a", "kind": "number", "parts": ["value"], "gaps": False}
RANGED = {"name": "g", "kind": "number", "parts": ["value"], "gaps": False, "known": 7}
CODED = {"name": "b", "kind": "category", "levels": ["x", "y"], "other": False, "gaps": False}
DATED = {"name": "d", "kind": "date", "form": "day first", "parts": ["days"], "gaps": True, "scaling": "clip"}
BINARY = {"name": "e", "kind": "binary", "levels": ["x", "y"], "gaps": False}
ENCODED = {"name": "f", "kind": "encoded", "levels": ["x", "y"], "outputs": 2, "gaps": True, "frequency": True}


def good():
    values = {"columns": [dict(column) for column in (SCALED, CODED, DATED, BINARY, ENCODED, RANGED)], "left_out": ["c"], "notes": []}
    arrays = {name: np.ones(9 if name == "encoding" else 6) for name in ("fill", "mean", "scale", "encoding")}
    return values, arrays | {"low": np.zeros(1), "high": np.ones(1)}


def test_the_file_below_is_good_before_it_is_damaged():
    preparation = Preparation.from_dict(*good())
    scaled, encoded = ["a", "b = x", "b = y", "d: days", "d is missing", "e = y"], ["f: encoded 1", "f: encoded 2", "f: frequency"]
    assert preparation.names == [*scaled, *encoded, "g"]
    assert through_json(preparation) == preparation


def test_files_of_the_first_format_are_read():
    values = {"columns": [dict(SCALED), dict(CODED)], "left_out": [], "notes": []}
    preparation = Preparation.from_dict(values, {name: np.ones(1) for name in ("fill", "mean", "scale")})
    X, notes = preparation.transform(pd.DataFrame({"a": [1e9, 2.0], "b": ["x", "z"]}))
    np.testing.assert_array_equal(X, [[1e6, 1, 0], [1, 0, 0]])
    # Their ranges are not known: the note can only report that the cell is clipped.
    assert notes[0] == "column 'a': 1 cell more than a million standard deviations from the mean, clipped."


@pytest.mark.parametrize(
    ("place", "damage"),
    [
        (0, {"name": 1}),
        (0, {"kind": "text"}),
        (0, {"kind": ["number"]}),
        (0, {"parts": ["days"]}),
        (0, {"parts": []}),
        (0, {"parts": "value"}),
        (0, {"parts": ["value", "value"]}),
        (0, {"gaps": 1}),
        (0, {"name": "b"}),
        (0, {"more": 1}),
        (1, {"levels": []}),
        (1, {"levels": ["x", "x"]}),
        (1, {"levels": [1]}),
        (1, {"other": None}),
        (1, {"kind": "number"}),
        (2, {"form": "year first"}),
        (2, {"form": [""]}),
        (2, {"scaling": "none"}),
        (2, {"scaling": {}}),
        (2, {"kind": "time"}),
        (2, {"parts": [["days"]]}),
        (3, {"levels": ["x"]}),
        (3, {"levels": ["x", "y", "z"]}),
        (3, {"gaps": None}),
        (3, {"kind": "category"}),
        (4, {"outputs": 0}),
        (4, {"outputs": True}),
        (4, {"outputs": 2**60}),
        (4, {"outputs": 3}),
        (4, {"outputs": "2"}),
        (4, {"levels": ["x", "x"]}),
        (4, {"levels": ["x"]}),
        (4, {"levels": {}}),
        (4, {"gaps": False}),
        (4, {"frequency": False}),
        (4, {"frequency": 1}),
        (4, {"kind": "category"}),
        (5, {"known": -1}),
        (5, {"known": 2**60}),
        (5, {"known": True}),
        (5, {"known": "7"}),
        (None, {"columns": []}),
        (None, {"columns": {}}),
        (None, {"columns": [None]}),
        (None, {"left_out": [1]}),
        (None, {"notes": "none"}),
        (None, {"more": 1}),
    ],
)
def test_a_damaged_preparation_is_refused(place, damage):
    values, arrays = good()
    (values if place is None else values["columns"][place]).update(damage)
    with pytest.raises(ModelFileError, match="the file is damaged"):
        Preparation.from_dict(values, arrays)


@pytest.mark.parametrize(
    "damage",
    [
        {"fill": np.ones(5)},
        {"mean": np.ones((6, 1))},
        {"scale": np.zeros(6)},
        {"scale": -np.ones(6)},
        {"mean": np.full(6, np.nan)},
        {"fill": np.ones(6, dtype=np.float32)},
        {"low": np.ones(1)},
        {"low": np.full(1, np.nan)},
        {"high": np.ones(2)},
        {"high": None},
        {"fill": None},
        {"encoding": np.ones(8)},
        {"encoding": np.full(9, np.inf)},
        {"encoding": None},
    ],
)
def test_damaged_arrays_are_refused(damage):
    values, arrays = good()
    arrays.update(damage)
    with pytest.raises(ModelFileError, match="the file is damaged"):
        Preparation.from_dict(values, arrays)


@pytest.mark.parametrize("values", [None, [], "columns", {}])
def test_what_is_no_preparation_is_refused(values):
    with pytest.raises(ModelFileError, match="must have the lists"):
        Preparation.from_dict(values, {})


# === Any table ===

CELLS = st.one_of(
    st.lists(st.floats(allow_nan=True, allow_infinity=False), min_size=6, max_size=6),
    st.lists(st.integers(), min_size=6, max_size=6),
    st.lists(st.sampled_from(["a", "b", "", "1", None]), min_size=6, max_size=6),
    st.lists(st.one_of(st.none(), st.booleans()), min_size=6, max_size=6),
    st.lists(st.datetimes(), min_size=6, max_size=6),
    st.lists(st.one_of(st.text(max_size=3), st.floats(), st.none()), min_size=6, max_size=6),
)


@given(st.lists(CELLS, min_size=1, max_size=5), st.lists(st.integers(0, 5), min_size=1, unique=True))
def test_any_table_is_prepared_to_finite_numbers_or_refused_in_one_line(columns, rows):
    frame = pd.DataFrame({f"c{number}": pd.Series(cells, dtype=object) for number, cells in enumerate(columns)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        try:
            preparation = prepare_table(frame, np.sort(rows))[0]
            X, notes = preparation.transform(frame)
        except DataError as error:
            assert "\n" not in str(error)
            return
    assert X.shape == (6, len(preparation.names))
    assert np.isfinite(X).all()
    assert all(note.startswith("column 'c") for note in notes)
    assert through_json(preparation) == preparation


# === Any frame ===

KINDS = {
    "floats": st.floats(),
    "finite": st.floats(allow_nan=False, allow_infinity=False),
    "whole": st.integers(),
    "words": st.sampled_from(["a", "b", "c", " a", "", "é", "1"]),
    "texts": st.text(max_size=6),
    "numerals": st.sampled_from(["1", "2.5", "1,234", "3,5", "12 %", "$5", "-7", "1e3", "nan", "inf"]),
    "moments": st.datetimes().map(pd.Timestamp),
    "days": st.dates(),
    "dated": st.dates().map(lambda day: f"{day.day}/{day.month}/{day.year:04}"),
    "times": st.times(),
    "spans": st.timedeltas().map(str),
    "truths": st.booleans(),
    "odd": st.one_of(
        st.complex_numbers(), st.lists(st.integers(), max_size=1), st.binary(max_size=2), st.dictionaries(st.text(), st.none())
    ),
}
CLASSES = np.arange(12) % 3.0


@st.composite
def frames(draw, rows=12):
    """Frames of columns that hold one sort of cells, or two, or gaps beside."""
    columns = {}
    for number in range(draw(st.integers(1, 4))):
        sorts = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=2))
        cell = st.one_of(*(KINDS[sort] for sort in sorts), *([st.none()] if draw(st.booleans()) else []))
        cells = draw(st.lists(cell, min_size=rows, max_size=rows))
        columns[f"c{number}"] = pd.Series(cells, dtype=object) if draw(st.booleans()) else pd.Series(cells)
    return pd.DataFrame(columns)


@pytest.mark.filterwarnings("ignore::wellfit.errors.DataWarning")
@settings(max_examples=80, deadline=None)
@given(
    frames(),
    st.lists(st.integers(0, 11), min_size=1, unique=True).map(sorted),
    st.sampled_from(["clip", "squash", "standard"]),
    st.randoms(),
)
def test_any_frame_keeps_the_promises_of_a_preparation(frame, rows, scaling, random):
    rows = np.array(rows)
    before = frame.copy(deep=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learn, "MOST_ONE_HOT", 4)
        try:
            preparation, X = prepare_table(frame, rows, target=CLASSES, classes=3, scaling=scaling)
            again, same = prepare_table(frame, rows, target=CLASSES, classes=3, scaling=scaling)
        except DataError as error:
            assert "\n" not in str(error)
            return
    assert X.shape == (12, len(preparation.names))
    assert np.isfinite(X).all()
    assert again == preparation
    np.testing.assert_array_equal(X, same)
    pd.testing.assert_frame_equal(frame, before)
    assert through_json(preparation) == preparation
    # A row alone, and rows in another order, come out as in the whole table; so do rows that are no training rows.
    whole = preparation.transform(frame).X
    others = np.setdiff1d(np.arange(12), rows)
    np.testing.assert_array_equal(whole[others], X[others])
    order = random.sample(range(12), 12)
    np.testing.assert_array_equal(preparation.transform(frame.iloc[order]).X, whole[order])
    np.testing.assert_array_equal(np.vstack([preparation.transform(frame.iloc[[row]]).X for row in range(12)]), whole)


@pytest.mark.filterwarnings("ignore::wellfit.errors.DataWarning")
@settings(max_examples=50, deadline=None)
@given(frames(), frames())
def test_what_other_rows_hold_changes_nothing(frame, other):
    both = pd.concat([frame, other.reindex(columns=frame.columns)], ignore_index=True).astype(object)
    given = pd.concat([frame, frame], ignore_index=True).astype(object)
    rows = np.arange(12)
    try:
        learn.read_columns(both, rows, (), ())
    except DataError:
        return  # cells that the columns' kinds do not allow are refused wherever they are
    try:
        first = prepare_table(given, rows)[0]
    except DataError as error:
        with pytest.raises(DataError) as caught:
            prepare_table(both, rows)
        assert str(caught.value) == str(error)
        return
    assert prepare_table(both, rows)[0] == first
