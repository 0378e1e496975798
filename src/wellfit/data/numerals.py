"""Numbers as people write them: grouped digits, decimal commas, percent and currency signs.

A column's numbers are all written in one form: "" as Python writes them; else the decimal sign, and the unit if there is one.
In the form ``.`` the cell ``1,234.5`` is a number, in the form ``,`` the cell ``1.234,5``, in ``.$`` also ``$1,234.50``.
"""

from __future__ import annotations

import functools
import re
from collections import Counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["FORMS", "numbers_in", "read_numbers"]

UNITS = "%$€£¥₹"
FORMS = ("", *(point + unit for point in ".," for unit in ("", *UNITS)))
# An int of Python can have more digits than it takes to hang: no table holds such a number.
LONGEST = 400

_SPACES = " \u00a0\u202f'’"


def numbers_in(texts: list[str], form: str = "") -> NDArray[np.float64]:
    """Return the number that each text spells, nan where it spells none.

    Parameters
    ----------
    texts : list of str
        Without outer spaces.
    form : str
        One of `FORMS`. In forms with a decimal comma a point groups digits.

    Returns
    -------
    float64 array of shape (texts,)

    Examples
    --------
    >>> numbers_in(["1,234.5", "7", "x"], ".").tolist(), numbers_in(["1.234,5 €"], ",€").tolist()
    ([1234.5, 7.0, nan], [1234.5])
    """
    if form:
        texts = [_plain(text, form) for text in texts]
    parsed = pd.to_numeric(pd.Series([text if len(text) <= LONGEST else "" for text in texts], dtype=object), errors="coerce")
    return parsed.to_numpy(dtype=np.float64, na_value=np.nan)


def read_numbers(texts: list[str]) -> tuple[NDArray[np.float64], str]:
    """Return the numbers that texts spell in the form in which most are numbers: the plainest of equally good ones.

    Parameters
    ----------
    texts : list of str
        Distinct, without outer spaces.

    Returns
    -------
    numbers : float64 array of shape (texts,)
        As from `numbers_in`.
    form : str
        One of `FORMS`.

    Examples
    --------
    >>> [read_numbers(texts)[1] for texts in (["1", "2.5"], ["1,5", "2"], ["1,500", "20"], ["5 %", "7 %"])]
    ['', ',', '.', '.%']
    """
    best, chosen = numbers_in(texts), ""
    if not np.isnan(best).any():
        return best, chosen
    units = Counter(text[place] for text in texts for place in (0, -1) if text and text[place] in UNITS)
    unit = units.most_common(1)[0][0] if units else ""
    for point in ".,":
        numbers = numbers_in(texts, point + unit)
        if np.count_nonzero(np.isnan(numbers)) < np.count_nonzero(np.isnan(best)):
            best, chosen = numbers, point + unit
    return best, chosen


@functools.cache
def _pattern(form: str) -> re.Pattern[str]:
    """Return what a number looks like in a form: sign, unit, sign, grouped digits, decimals, unit."""
    point, unit = form[0], re.escape(form[1:])
    group = rf"(?P<group>[{_SPACES}{'.' if point == ',' else ','}])"
    # A group may not follow a nought: 0,125 is no number of thousands. All groups are set apart by the same sign.
    digits = rf"(?P<whole>[1-9]\d{{0,2}}{group}\d{{3}}(?:(?P=group)\d{{3}})*|\d*)(?:{re.escape(point)}(?P<decimals>\d*))?"
    # A share without its sign could be meant as 0.12 as well as 12 %; a price without one cannot be anything else.
    front, back = ("", rf"\s?{unit}") if unit == "%" else (rf"(?:{unit}\s?)?", rf"(?:\s?{unit})?") if unit else ("", "")
    return re.compile(rf"(?P<sign>[-+−]?){front}(?P<second_sign>[-+−]?){digits}(?P<exponent>[eE][-+]?\d+)?{back}")


def _plain(text: str, form: str) -> str:
    """Return a text with its number as Python writes it; empty if it holds none in the form."""
    found = _pattern(form).fullmatch(text)
    if found is None:
        return ""
    whole = "".join(digit for digit in found["whole"] if digit.isdigit())
    sign = (found["sign"] + found["second_sign"]).replace("−", "-")
    return f"{sign}{whole}.{found['decimals'] or ''}{found['exponent'] or ''}"
