"""Dates, times of day and spans of time in text: what each spells, and what is not one."""

import numpy as np
import pytest

from wellfit.table.moments import dates_in, hours_in, read_dates, seconds_in

NAN = float("nan")


@pytest.mark.parametrize(
    ("text", "day_first", "month_first"),
    [
        ("2024-06-01 12:30", "2024-06-01T12:30:00", "2024-06-01T12:30:00"),  # the year first: the form changes nothing
        ("2020.03.04", "2020-03-04T00:00:00", "2020-03-04T00:00:00"),
        ("2024-05", "2024-05-01T00:00:00", "2024-05-01T00:00:00"),
        ("9999-12-31", "9999-12-31T00:00:00", "9999-12-31T00:00:00"),
        ("2024-05-31T02:00-0530", "2024-05-31T07:30:00", "2024-05-31T07:30:00"),
        ("31 May 2024", "2024-05-31T00:00:00", "2024-05-31T00:00:00"),
        ("Fri, 31 May 2024 12:00:00 GMT", "2024-05-31T12:00:00", "2024-05-31T12:00:00"),
        ("5/6/2024 12:00 am", "2024-06-05T00:00:00", "2024-05-06T00:00:00"),
        ("1/6/69", "1969-06-01T00:00:00", "1969-01-06T00:00:00"),
        ("1/6/68", "2068-06-01T00:00:00", "2068-01-06T00:00:00"),
        ("31.5.2024", "2024-05-31T00:00:00", "NaT"),
        ("5/31/2024", "NaT", "2024-05-31T00:00:00"),
        *(
            (text, "NaT", "NaT")
            for text in ("1,500", "1 234", "1.2.3", "20141013", ".5", "2024", "today", "May 2024", "2024-02-30", "soon")
        ),
    ],
)
def test_dates(text, day_first, month_first):
    found = [dates_in([text], form)[0] for form in ("day first", "month first")]
    assert [str(moment) for moment in found] == [day_first, month_first]
    plain = str(dates_in([text])[0])
    assert plain == ("NaT" if day_first != month_first or text == "1/6/68" else day_first)


def test_many_dates_of_one_format_are_read_as_one_by_one():
    texts = [f"{1 + number % 28}.{1 + number % 12}.{1950 + number} 7:05" for number in range(100)] + ["31.6.2024", "2024-05-31"]
    together = dates_in(texts, "day first")
    np.testing.assert_array_equal(together, [dates_in([text], "day first")[0] for text in texts])
    assert np.isnat(together).sum() == 1


def test_points_are_never_doubtful():
    assert read_dates(["1.2.2024", "3.4.2024"])[1:] == ("day first", False)
    assert read_dates(["1/2/2024", "3/4/2024"])[1:] == ("day first", True)


def test_times_of_day():
    texts = ["06:30", "6:30 pm", "12:00 a.m.", "12:30:36", "25:00", "12:60", "13:00 pm", "noon", "7"]
    np.testing.assert_array_equal(hours_in(texts), [6.5, 18.5, 0, 12.51, NAN, NAN, NAN, NAN, NAN])


def test_spans_of_time():
    texts = ["1 days 00:00:01", "1 day, 2:00:00", "PT2H", "-PT1H", "36:00:00", "-0:01:30.25", "2 hours", "5", "1,500", "12:61:00", "PT"]
    np.testing.assert_array_equal(seconds_in(texts), [86401, 93600, 7200, -3600, 129600, -90.25, NAN, NAN, NAN, NAN, NAN])


def test_seconds_of_long_spans_are_whole():
    # Tens of thousands of days in nanoseconds, divided, would be a bit beside.
    assert seconds_in(["97803 days 0:57:39", "-P64510DT9H8M3S"]).tolist() == [8450182659.0, -5573696883.0]
