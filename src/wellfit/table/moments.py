"""Dates, times of day and spans of time as people write them.

Dates with the year first (as in ISO 8601) or with the English name of the month can be read in one way only. Of others, such as
03/04/2024, the column shows which number is the day: that is the form of its dates, "", ``day first`` or ``month first``.

pandas' own reading of mixed formats is not used: with `dayfirst` it swaps the month and the day of ISO dates, it takes numbers such as
1,500 for dates, and it moves years such as 69 into the future.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["DAY_FIRST", "FORMS", "MONTH_FIRST", "NO_DATE", "dates_in", "hours_in", "read_dates", "seconds_in"]

NO_DATE = np.datetime64("NaT", "s")
DAY_FIRST, MONTH_FIRST = "day first", "month first"
FORMS = ("", DAY_FIRST, MONTH_FIRST)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?(?:\s*(?P<half>[ap])\.?m\.?)?"
_ZONE = r"(?:\s*(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2}))?"
_END = rf"(?:(?:\s*t\s*|,?\s+){_CLOCK}{_ZONE})?"
_DATES = [
    re.compile(pattern + _END, re.IGNORECASE | re.ASCII)
    for pattern in (
        r"(?P<year>\d{4})(?P<between>[-/.])(?P<month>\d{1,2})(?P=between)(?P<day>\d{1,2})",
        r"(?P<year>1[6-9]\d\d|2[01]\d\d)-(?P<month>\d{2})",
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[-\s.]*{_MONTH}[-\s,]*(?P<year>\d{{4}}|\d{{2}})",
        rf"{_WEEKDAY}{_MONTH}\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})",
        r"(?P<first>\d{1,2})(?P<between>[-/.])(?P<other>\d{1,2})(?P=between)(?P<year>\d{4})",
        r"(?P<first>\d{1,2})(?P<between>[/.])(?P<other>\d{1,2})(?P=between)(?P<year>\d{2})",
    )
]
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}T\d{6}")
_TIME = re.compile(_CLOCK, re.IGNORECASE | re.ASCII)
_SPAN = re.compile(
    r"[+-]?\d+ days?(?:,? [+-]?\d{1,2}:\d{2}:\d{2}(?:\.\d+)?)?"
    r"|-?P(?=[\dT])(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?"
    r"|(?P<sign>-?)(?P<hours>\d{1,6}):(?P<minutes>[0-5]\d):(?P<seconds>[0-5]\d(?:\.\d+)?)",
    re.ASCII,
)
# Fewer dates are read one by one; of more, pandas guesses the format.
WORTH_A_GUESS = 50
# So many texts decide whether the day or the month comes first; all, where these leave it open.
FIRST_TEXTS = 200


def dates_in(texts: list[str], form: str = "") -> NDArray[np.datetime64]:
    """Return the moments that stripped texts spell, in seconds of universal time, as datetime64[s]; NaT where they spell none.

    With the form "" no dates are read whose day could be their month.
    """
    iso = pd.Series([text if _ISO.match(text) else None for text in texts], dtype=object)
    found = _seconds_of(pd.to_datetime(iso, errors="coerce", format="ISO8601", utc=True))
    _read_alike(texts, form, found)
    for index in np.flatnonzero(np.isnat(found)):
        found[index] = _moment(texts[index], form)
    return found


def read_dates(texts: list[str]) -> tuple[NDArray[np.datetime64], str, bool]:
    """Return the dates that distinct texts spell, the form in which most are dates, and whether the form is ambiguous.

    An ambiguous date has its day first, unless more texts are dates with the month first. Dates with points (31.5.2024) are never
    ambiguous, because nobody writes these with the month first.
    """
    first = texts[:FIRST_TEXTS]
    if _count(dates_in(first)) == len(first) and _count(plain := dates_in(texts)) == len(texts):
        return plain, "", False
    days, months = _count(dates_in(first, DAY_FIRST)), _count(dates_in(first, MONTH_FIRST))
    if days != months:
        form = DAY_FIRST if days > months else MONTH_FIRST
        return dates_in(texts, form), form, False
    day, month = dates_in(texts, DAY_FIRST), dates_in(texts, MONTH_FIRST)
    if _count(month) > _count(day):
        return month, MONTH_FIRST, False
    differ = np.flatnonzero((day != month) & ~np.isnat(day))
    if not len(differ) and _count(dates_in(texts)) == _count(day):
        return day, "", False
    return day, DAY_FIRST, _count(month) == _count(day) and any("." not in texts[index].split()[0] for index in differ)


def hours_in(texts: list[str]) -> NDArray[np.float64]:
    """Return the hours since midnight that stripped texts spell; nan where they spell no time of day."""
    seconds = [_seconds_of_day(found) if (found := _TIME.fullmatch(text)) else None for text in texts]
    return np.array([np.nan if value is None else value / 3_600 for value in seconds], dtype=np.float64)


def seconds_in(texts: list[str]) -> NDArray[np.float64]:
    """Return the seconds of the spans of time that stripped texts spell (as written by Python, pandas, ISO 8601, or h:mm:ss), or nan."""
    return np.array([_seconds(text) for text in texts], dtype=np.float64)


def _count(dates: NDArray[np.datetime64]) -> int:
    """Return how many texts were read."""
    return int(np.count_nonzero(~np.isnat(dates)))


def _seconds_of(dates: pd.Series[Any]) -> NDArray[np.datetime64]:
    seconds: NDArray[np.datetime64] = dates.dt.tz_localize(None).to_numpy().astype("datetime64[s]")
    return seconds


def _read_alike(texts: list[str], form: str, found: NDArray[np.datetime64]) -> None:
    """Read into `found`, all at once, the dates that have the format of the first one that is not read yet."""
    unread = np.flatnonzero(np.isnat(found))
    if len(unread) < WORTH_A_GUESS:
        return
    for index in unread[:WORTH_A_GUESS]:
        moment = _moment(texts[index], form)
        if np.isnat(moment):
            continue
        pattern = pd.tseries.api.guess_datetime_format(texts[index], dayfirst=form == DAY_FIRST)
        if pattern is None:
            return
        rest = pd.Series([texts[other] for other in unread], dtype=object)
        read = _seconds_of(pd.to_datetime(rest, errors="coerce", format=pattern, utc=True))
        if read[np.flatnonzero(unread == index)[0]] == moment:  # the guess reads as we do
            found[unread] = read
        return


def _moment(text: str, form: str) -> np.datetime64:
    found = next((match for pattern in _DATES if (match := pattern.fullmatch(text))), None)
    if found is None:
        return NO_DATE
    part = found.groupdict()
    if "first" in part:
        if not form:
            return NO_DATE
        part["day"], part["month"] = (part["first"], part["other"]) if form == DAY_FIRST else (part["other"], part["first"])
    month = part["month"]
    year = int(part["year"])
    if len(part["year"]) == 2:  # as in POSIX: 69 to 99 are of the twentieth century
        year += 1900 if year >= 69 else 2000
    seconds = _seconds_of_day(found) if part["hour"] else 0
    try:
        day = dt.date(year, int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1, int(part.get("day") or 1))
    except ValueError:
        return NO_DATE
    if seconds is None:
        return NO_DATE
    return np.datetime64(day, "s") + np.timedelta64(seconds - _offset(part["zone"]), "s")


def _seconds_of_day(found: re.Match[str]) -> int | None:
    """Return the seconds since midnight of a match of `_CLOCK`; None past the end of the day."""
    hour, minute, second, half = int(found["hour"]), int(found["minute"]), int(found["second"] or 0), found["half"]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in "pP" else 0)
    return hour * 3_600 + minute * 60 + second if hour < 24 and minute < 60 and second < 60 else None


def _offset(zone: str | None) -> int:
    """Return how many seconds the clocks of a zone are ahead of universal time."""
    if not zone or zone[0] not in "+-":
        return 0
    seconds = int(zone[1:3]) * 3_600 + int(zone[-2:]) * 60
    return seconds if zone[0] == "+" else -seconds


def _seconds(text: str) -> float:
    found = _SPAN.fullmatch(text)
    if found is None:
        return np.nan
    if found["hours"]:
        length = int(found["hours"]) * 3_600 + int(found["minutes"]) * 60 + float(found["seconds"])
        return -length if found["sign"] else length
    try:
        return float(pd.Timedelta(text).total_seconds())
    except ValueError:  # too long for pandas
        return np.nan
