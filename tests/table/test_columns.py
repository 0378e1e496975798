"""What a column holds, and the numbers, dates and texts behind it."""

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellfit.errors import DataError
from wellfit.table.cells import as_texts
from wellfit.table.columns import as_dates, as_numbers, as_spans
from wellfit.table.kinds import kind_of, reading_of

NAN = float("nan")
MANY = [str(number) for number in range(30)]

KINDS = {
    "whole numbers": ([1, 2, 3], "number"),
    "numbers with gaps": ([1.5, None, 3], "number"),
    "unsigned bytes": (np.array([1, 2], dtype=np.uint8), "number"),
    "nullable numbers": (pd.array([1, None, 3], dtype="Int64"), "number"),
    "arrow numbers": (pd.array([1.0, None], dtype="double[pyarrow]"), "number"),
    "sparse numbers": (pd.arrays.SparseArray([0.0, 0.0, 1.0]), "number"),
    "decimals": ([decimal.Decimal("1.5"), decimal.Decimal("2")], "number"),
    "spans of time": (pd.to_timedelta([1, 2], unit="h"), "duration"),
    "span objects": ([dt.timedelta(hours=1), None], "duration"),
    "spans in text": (["1 days 02:00:00", "-1 days +02:00:00", "PT3H", "36:00:00"], "duration"),
    "times of day": (["12:30", "9:05:30", "9:05 pm", None], "time"),
    "time objects": ([dt.time(12, 30), None], "time"),
    "grouped digits": (["1,500", "2,500,000.5", "900"], "number"),
    "decimal commas": (["1,5", "2,5", "1.003,5"], "number"),
    "shares": (["12 %", "7.5%"], "number"),
    "prices": (["$5", "$1,234.50", "-$3"], "number"),
    "prices behind": (["5 €", "1.234,50 €"], "number"),
    "shares and numbers": (["12 %", "7.5"], "category"),
    "prices of two currencies": (["$5", "€5", "$6", "€7"], "category"),
    "addresses": (["192.168.1.1", "10.0.0.1"], "category"),
    "versions": (["1.2.3", "1.10.0"], "category"),
    "huge whole numbers": ([10**30, None, 1], "number"),
    "numbers in text": (["1", " 2.5 ", "-1e3", ""], "number"),
    "gaps alone": ([None, None], "number"),
    "nothing but blanks": (["", "  "], "number"),
    "truth values": ([True, False], "boolean"),
    "truth values with gaps": ([True, None, False], "boolean"),
    "nullable truth values": (pd.array([True, None], dtype="boolean"), "boolean"),
    "truth values in text": (["TRUE", "false", None], "boolean"),
    "text": (["a", "b", None], "category"),
    "arrow text": (pd.array(["a", None], dtype="string[pyarrow]"), "category"),
    "intervals": (pd.arrays.IntervalArray.from_breaks([0, 1, 2]), "category"),
    "interval objects": ([pd.Interval(0, 1), None], "category"),
    "categories of intervals": (pd.cut([1.0, 2.0, NAN], 2), "category"),
    "declared categories": (pd.Categorical([1, 2, 1]), "category"),
    "few codes, one a letter, often": (["1", "2", "3", "X"] * 20, "category"),
    "codes with many letters": ([*MANY, "V1", "V2", "V3", "V4"], "category"),
    "two words": (["1", "x"], "category"),
    "dates": (pd.to_datetime(["2024-05-31", None]), "date"),
    "dates of a zone": (pd.to_datetime(["2024-05-31"]).tz_localize("Europe/Paris"), "date"),
    "months": (pd.PeriodIndex(["2024-05"], freq="M"), "date"),
    "date objects": ([dt.date(2024, 5, 31), None], "date"),
    "dates in text": (["2024-05-31", "2024-06-01 12:30", None], "date"),
    "dates with strokes": (["2024/05/31"], "date"),
    "compact moments": (["20141013T000000"], "date"),
    "dates with points": (["31.5.2024", "1.6.2024 12:30"], "date"),
    "dates with the month first": (["5/31/2024", "6/1/2024"], "date"),
    "dates with names": (["31 May 2024", "31-MAY-24", "May 31, 2024", "Fri, 31 May 2024 12:00:00 GMT"], "date"),
    "months in text": (["2024-05", "2023-11"], "date"),
    "the end of time": (["2024-05-31", "9999-12-31"], "date"),
    "quarters": (pd.Series(pd.PeriodIndex(["2024Q1", "2024Q2"], freq="Q")).astype(object), "date"),
    "moments of two zones": ([pd.Timestamp("2024-05-01", tz="Europe/Paris"), pd.Timestamp("2024-05-01", tz="UTC")], "date"),
    "numbers like dates": (["10-12-14", "1-2-3"], "category"),
    "names that begin like dates": (["2024-05-31-a", "2024-05-31-b"], "category"),
}


@pytest.mark.parametrize("case", KINDS)
def test_kinds(case):
    values, kind = KINDS[case]
    assert kind_of(pd.Series(values)) == kind


STRAYS = {
    "one word among few numbers": (["1", "2", "3", "oops"], "holds 'oops' in row 4 where numbers are expected"),
    "some words among many": ([*MANY * 5, "n.a.", "5", "n.a."], r"holds 'n.a.' in row 151 \(and in 1 more row\) where numbers"),
    "a word among Python numbers": ([1, 2.5, "x", 4], "holds 'x' in row 3"),
    "one word among dates": (["2024-05-31", "2024-06-01", "2024-07-01", "soon"], "holds 'soon' in row 4 where dates"),
    "an impossible date": (["2024-05-31", "2024-02-30", "2024-07-01", "2024-07-02"], "holds '2024-02-30' in row 2 where dates"),
    "one word among prices": (["$5", "$6", "$7,000", "free"], "holds 'free' in row 4 where numbers"),
    "one word among times of day": (["12:30", "9:05", "9:06", "noon"], "holds 'noon' in row 4 where times of day"),
    "one word among spans of time": (["P1D", "P2D", "P3D", "long"], "holds 'long' in row 4 where spans of time"),
    "an impossible date, day first": (["31.5.2024", "31.6.2024", "1.7.2024", "2.7.2024"], "holds '31.6.2024' in row 2 where dates"),
    "a day and a month that come first": (["5/31/2024", "4/30/2024", "3/29/2024", "13/1/2024"], "holds '13/1/2024' in row 4 where dates"),
    "lists": ([1, [2], 3], "holds a list in row 2"),
    "complex numbers": ([1j, 2.0], "holds complex numbers"),
    "tuples": ([(1, 2), (3, 4)], "holds a tuple in row 1"),
}


@pytest.mark.parametrize("case", STRAYS)
def test_strays_are_named_with_column_and_row(case):
    values, message = STRAYS[case]
    with pytest.raises(DataError, match=f"column 'size' {message}") as caught:
        kind_of(pd.Series(values, name="size"))
    assert "\n" not in str(caught.value)


SAID = {
    "grouped digits": (["1,500", "900.5"], "numbers written like '1,500' are read as 1500."),
    "decimal commas": (["7", "0,125"], "numbers written like '0,125' are read as 0.125."),
    "shares": (["12 %", "7 %"], "numbers written like '12 %' are read as 12."),
    "day first": (["2024-05-31", "31/5/2024"], "dates written like '31/5/2024' are read as 2024-05-31."),
    "points": (["1.6.2024", "2.6.2024"], "dates written like '1.6.2024' are read as 2024-06-01."),
    "the same either way": (["5/5/2024", "6/6/2024"], "dates written like '5/5/2024' are read as 2024-05-05."),
}


@pytest.mark.parametrize("case", SAID)
def test_forms_other_than_the_plain_one_are_said(case):
    values, said = SAID[case]
    reading = reading_of(pd.Series(values, name="size"))
    assert reading.note == f"column 'size': {said}"
    assert not reading.doubtful
    assert reading_of(pd.Series(["2024-05-31", "31 May 2024"])).note == reading_of(pd.Series(["1", "2.5"])).note == ""


def test_dates_that_could_be_read_in_two_ways_are_doubted():
    reading = reading_of(pd.Series(["1/2/2024", "3/4/2024"], name="day"))
    assert reading.doubtful
    assert reading.note == (
        "column 'day': dates written like '1/2/2024' are read as 2024-02-01, although the month could come first: "
        "write dates like 2024-05-31 to be unambiguous."
    )


def test_numbers_with_many_words_among_them_are_categories_and_said():
    assert reading_of(pd.Series([*MANY, "V1", "V2", "V3", "V4"], name="code")).note == (
        "column 'code' holds numbers and words (such as 'V1'): all are treated as categories."
    )


def test_strays_behind_the_first_texts_are_seen():
    many = [f"{number}.5" for number in range(500)]
    assert kind_of(pd.Series([*many, "1,234.5"])) == "number"
    with pytest.raises(DataError, match="holds 'x' in row 501"):
        kind_of(pd.Series([*many, "x"]))


def test_rows_of_a_part_keep_their_place_in_the_table():
    column = pd.Series(["x", "1", "2", "3", "oops"], name="size").iloc[[1, 2, 3, 4]]
    with pytest.raises(DataError, match="'oops' in row 5"):
        kind_of(column)


def test_numbers():
    np.testing.assert_array_equal(as_numbers(pd.Series(["1", " 2.5", None, ""])), [1.0, 2.5, NAN, NAN])
    np.testing.assert_array_equal(as_numbers(pd.Series([True, None, False]), "boolean"), [1.0, NAN, 0.0])
    np.testing.assert_array_equal(as_numbers(pd.Series(["true", "0", "FALSE"]), "boolean"), [1.0, 0.0, 0.0])
    np.testing.assert_array_equal(as_numbers(pd.Series(pd.to_timedelta([1, None], unit="h"))), [3600.0, NAN])
    np.testing.assert_array_equal(as_numbers(pd.Series(pd.array([1, None], dtype="Int64"))), [1.0, NAN])


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        ([1.0, np.inf], "number", "holds inf in row 2; expected finite numbers"),
        ([1.0, 2.0, -np.inf], "number", "holds -inf in row 3"),
        (["1", "inf"], "number", "holds inf in row 2"),
        (["1", "x"], "number", "holds 'x' in row 2 where numbers"),
        (["true", "perhaps"], "boolean", "holds 'perhaps' in row 2 where truth values"),
        ([0, 1, 2], "boolean", "holds '2' in row 3 where truth values"),
        (pd.to_datetime(["2024-05-31"]), "number", "holds dates where numbers are expected"),
        ([1, 10**400], "number", "holds inf in row 2; expected finite numbers"),
        ([1, -(10**400)], "number", "holds -inf in row 2"),
    ],
)
def test_cells_that_are_no_numbers(values, kind, message):
    with pytest.raises(DataError, match=f"column 'size' {message}"):
        as_numbers(pd.Series(values, name="size"), kind)


def test_dates():
    expected = np.array(["2024-05-31T00:00:00", "NaT", "1969-12-31T23:59:59"], dtype="datetime64[s]")
    for values in (
        ["2024-05-31", None, "1969-12-31 23:59:59"],
        pd.to_datetime(["2024-05-31", None, "1969-12-31 23:59:59"], format="ISO8601"),
    ):
        np.testing.assert_array_equal(as_dates(pd.Series(values)), expected)
    paris = pd.Series(pd.to_datetime(["2024-05-31 02:00"]).tz_localize("Europe/Paris"))
    np.testing.assert_array_equal(as_dates(paris), expected[:1])
    np.testing.assert_array_equal(as_dates(pd.Series(["2024-05-31T02:00+02:00"])), expected[:1])
    np.testing.assert_array_equal(as_dates(pd.Series(pd.PeriodIndex(["2024-05"], freq="M"))), [np.datetime64("2024-05-01T00:00:00")])
    np.testing.assert_array_equal(as_dates(pd.Series([None, None], dtype=object)), np.array(["NaT", "NaT"], dtype="datetime64[s]"))
    with pytest.raises(DataError, match="column 'day' holds 'later' in row 2 where dates"):
        as_dates(pd.Series(["2024-05-31", "later"], name="day"))


def test_forms_that_were_learned_are_kept():
    day = pd.Series(["1/2/2024"], name="day")
    np.testing.assert_array_equal(as_dates(day, "day first"), [np.datetime64("2024-02-01T00:00:00")])
    np.testing.assert_array_equal(as_dates(day, "month first"), [np.datetime64("2024-01-02T00:00:00")])
    with pytest.raises(DataError, match="'1/2/2024' in row 1 where dates"):
        as_dates(day, "")
    price = pd.Series(["1.500"], name="price")
    np.testing.assert_array_equal([as_numbers(price, form=form)[0] for form in (".", ",", "")], [1.5, 1500, 1.5])
    with pytest.raises(DataError, match="'12' in row 1 where numbers"):
        as_numbers(pd.Series(["12"], name="share"), form=".%")


def test_numbers_of_python_keep_their_last_bit():
    values = [0.1 + 0.2, 1 / 3, None, 2**53 - 1, decimal.Decimal("0.1")]
    np.testing.assert_array_equal(as_numbers(pd.Series(values, dtype=object)), [0.1 + 0.2, 1 / 3, NAN, 2**53 - 1, 0.1])


def test_spans():
    np.testing.assert_array_equal(as_spans(pd.Series(["06:30", None, "6:30 PM"]), "time"), [6.5, NAN, 18.5])
    np.testing.assert_array_equal(as_spans(pd.Series([dt.time(6, 30), None]), "time"), [6.5, NAN])
    np.testing.assert_array_equal(as_spans(pd.Series(pd.to_timedelta([90, None], unit="s")), "duration"), [90, NAN])
    np.testing.assert_array_equal(as_spans(pd.Series([dt.timedelta(days=1, seconds=1), None]), "duration"), [86401, NAN])
    np.testing.assert_array_equal(as_spans(pd.Series(["1 days 00:00:01", "-PT1H", "36:00:00"]), "duration"), [86401, -3600, 129600])
    with pytest.raises(DataError, match="column 'length' holds '2 h' in row 2 where spans of time"):
        as_spans(pd.Series(["P1D", "2 h"], name="length"), "duration")
    with pytest.raises(DataError, match="column 'at' holds numbers where times of day"):
        as_spans(pd.Series([930, 1215], name="at"), "time")


@given(st.datetimes())
def test_dates_survive_as_text(moment):
    moment = moment.replace(microsecond=0, year=max(moment.year, 1000))  # strftime writes fewer than four digits of others
    for pattern, form in (
        ("%Y-%m-%d %H:%M:%S", ""),
        ("%d.%m.%Y %H:%M:%S", "day first"),
        ("%m/%d/%Y %I:%M:%S %p", "month first"),
        ("%A, %d %B %Y %H:%M:%S", ""),
        ("%b %d, %Y, %H:%M:%S", ""),
    ):
        column = pd.Series([moment.strftime(pattern)])
        np.testing.assert_array_equal(as_dates(column, form), np.array([moment], dtype="datetime64[s]"))


def test_texts():
    codes, texts = as_texts(pd.Series([1.0, "1", " 1 ", None, "", 2.5, True, "a"], dtype=object))
    assert texts == ["1", "2.5", "True", "a"]
    assert codes.tolist() == [0, 0, 0, -1, -1, 1, 2, 3]
    assert as_texts(pd.Series([False, 0.0, True, 1], dtype=object))[1] == ["False", "0", "True", "1"]
    assert as_texts(pd.Series([0.0, False, 1, True], dtype=object))[1] == ["0", "False", "1", "True"]
    codes, texts = as_texts(pd.Series(pd.Categorical(["b", None, "a", "b"])))
    assert [texts[code] if code >= 0 else None for code in codes] == ["b", None, "a", "b"]
    with pytest.raises(DataError, match="column 'size' holds a dict in row 2"):
        as_texts(pd.Series([1, {}], name="size"))


@given(st.lists(st.one_of(st.none(), st.text(max_size=5), st.integers(), st.floats(allow_nan=True), st.booleans()), max_size=20))
def test_any_cells_are_typed_or_refused_in_one_line(values):
    column = pd.Series(values, dtype=object, name="c")
    try:
        kind = kind_of(column)
        found = {"category": as_texts, "date": as_dates}.get(kind, lambda part: as_numbers(part, kind))(column)
    except DataError as error:
        assert "column 'c'" in str(error)
        return
    assert len(found[0] if kind == "category" else found) == len(values)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_survive_as_text(values):
    column = pd.Series([repr(value) for value in values])
    assert kind_of(column) == "number"
    np.testing.assert_allclose(as_numbers(column), values, rtol=4e-16)  # pandas 2 parses to the last bit but one


@pytest.mark.parametrize("dtype", ["float64", "Float64", "Int64", "boolean", "double[pyarrow]", "float32", "object"])
def test_numbers_of_a_column_cannot_be_written_to(dtype):
    column = pd.Series([1, 0, 1]).astype(dtype)
    with pytest.raises(ValueError, match="read-only"):
        as_numbers(column)[0] = 7.0
    # The flag is not the column's own, which the caller may go on writing to.
    column.array[0] = column.array[1]
    assert column.tolist() == [0, 0, 1]
