"""Numbers as people write them: grouped digits, decimal commas, percent and currency signs.

A column's numbers are all written in one form: "" as Python writes them; else the decimal sign, and the unit if there is one.
In the form ``.`` the cell ``1,234.5`` is a number, in the form ``,`` the cell ``1.234,5``, in ``.$`` also ``$1,234.50``.
Cells such as ``1,234`` are numbers in both, and different ones: other columns, the file or the user then tell which is meant.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellfit.errors import SpecError

__all__ = ["FORMS", "Decimals", "Numbers", "are_mixed", "first_texts", "marked", "number_said", "numbers_in", "read_numbers"]

UNITS = "%$€£¥₹"
FORMS = ("", *(point + unit for point in ".," for unit in ("", *UNITS)))
# An int of Python can have more digits than it takes to hang: no table holds such a number.
LONGEST = 400
# As many texts of a column show its decimal sign.
_FIRST = 200
_MARK = "wellfit: decimal sign"  # where a frame remembers it

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


class Numbers(NamedTuple):
    """What texts spell, read as numbers.

    Attributes
    ----------
    values : float64 array of shape (texts,)
        As from `numbers_in`.
    form : str
        One of `FORMS`.
    other : str or None
        Another of them in which as many texts are numbers, and different ones, where neither the caller nor the table's user says
        which is meant.
    """

    values: NDArray[np.float64]
    form: str
    other: str | None = None


class Decimals:
    """The decimal sign of the texts of a table: as its user says, as the file suggests, else as its columns show.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table; `marked` may have said something of it.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self._known, self.given = frame.attrs.get(_MARK, ("", False))

    @functools.cached_property
    def sign(self) -> str:
        """``.``, ``,``, or "" where nothing tells; columns are looked at only when this is asked for."""
        if self._known:
            return str(self._known)
        shown = {_shown_by(first_texts(self._frame.iloc[:, place])) for place in range(self._frame.shape[1])} - {""}
        return shown.pop() if len(shown) == 1 else ""


def marked(frame: pd.DataFrame, sign: str, *, given: bool) -> pd.DataFrame:
    """Return a frame that remembers the decimal sign of its texts; no values are copied.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    sign : str
        ``.`` or ``,``.
    given : bool
        Whether the user says so; then no reading is doubted.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    SpecError
        If it is another sign.
    """
    if sign not in (".", ","):
        raise SpecError(f"decimal must be '.' or ',', found {sign!r}.")
    frame = frame.copy(deep=False)
    frame.attrs[_MARK] = (sign, given)
    return frame


def read_numbers(texts: list[str], decimals: Decimals | None = None, like: str | None = None) -> Numbers:
    """Return the numbers that texts spell in the form in which most are numbers: the plainest of equally good ones.

    Where a decimal comma reads as many of them as a decimal point, the sign of the table decides, or that of `like`, or the point.

    Parameters
    ----------
    texts : list of str
        Distinct, without outer spaces.
    decimals : Decimals, optional
        Of their table.
    like : str, optional
        One of `FORMS`, in which other rows of the column are written. These texts may have another decimal sign, but no other unit.

    Returns
    -------
    Numbers

    Examples
    --------
    >>> [read_numbers(texts).form for texts in (["1", "2.5"], ["1,5", "2"], ["1,500", "20"], ["5 %", "7 %"])]
    ['', ',', '.', '.%']
    >>> read_numbers(["1,500", "20"], like=",")
    Numbers(values=array([ 1.5, 20. ]), form=',', other='.')
    """
    unit = _unit(texts) if like is None else like[1:]
    plain = numbers_in(texts)
    all_plain = unit != "%" and not np.isnan(plain).any()
    if all_plain and not _could_group(texts):
        return Numbers(plain, "")
    forms = [form for form in ("", "." + unit, "," + unit) if form or like is None or unit != "%"]
    found = {form: numbers_in(texts, form) if form else plain for form in forms}
    lost = {form: int(np.count_nonzero(np.isnan(values))) for form, values in found.items()}
    good = [form for form in forms if lost[form] == min(lost.values())]
    comma = "," + unit
    rival = next((form for form in good if form != comma and not np.array_equal(found[form], found[comma], equal_nan=True)), None)
    if lost[good[0]] or comma not in good or rival is None:
        return Numbers(found[good[0]], good[0])
    sign = (decimals.sign if decimals is not None else "") or (like or ".")[:1]
    # A point among digits is doubted only where commas are decimal ones: so Python, and most files, write plain numbers.
    doubted = not (decimals is not None and decimals.given) and (sign == "," or not all_plain)
    form, other = (comma, rival) if sign == "," else (rival, comma)
    return Numbers(found[form], form, other if doubted else None)


def are_mixed(texts: list[str]) -> bool:
    """Tell whether texts are numbers, some with a decimal point and some with a decimal comma.

    Parameters
    ----------
    texts : list of str
        Without outer spaces.

    Returns
    -------
    bool
    """
    unit = _unit(texts)
    points, commas = (_pattern(sign + unit) for sign in ".,")
    return all(any(letter in text for letter in "0123456789") and (points.fullmatch(text) or commas.fullmatch(text)) for text in texts)


def number_said(name: object, text: str, form: str, other: str | None) -> str:
    """Return the sentence on numbers that are not written in the plain form, or could be meant otherwise.

    Parameters
    ----------
    name : object
        Of the column.
    text : str
        One of its cells.
    form : str
        How it is read.
    other : str or None
        How else it could be read.

    Returns
    -------
    str

    Examples
    --------
    >>> number_said("a", "1,5", ",", None)
    "column 'a': numbers written like '1,5' are read as 1.5."
    """
    said = f"column {name!r}: numbers written like {text!r} are read as {numbers_in([text], form)[0]:.15g}"
    if other is None:
        return f"{said}."
    return f"{said}, though {numbers_in([text], other)[0]:.15g} could be meant: set decimal (--decimal) or write plain numbers to be sure."


def first_texts(column: pd.Series[Any]) -> list[str]:
    """Return the first different texts of a column, without outer spaces; none of a column of anything else.

    Parameters
    ----------
    column : pandas.Series
        Its values.

    Returns
    -------
    list of str
    """
    if not (pd.api.types.is_object_dtype(column.dtype) or pd.api.types.is_string_dtype(column.dtype)):
        return []
    distinct = column.iloc[: 10 * _FIRST].dropna().unique()[:_FIRST]
    return [text.strip() for text in distinct if text.strip()] if all(isinstance(text, str) for text in distinct) else []


def _shown_by(texts: list[str]) -> str:
    """Return the decimal sign without which texts would be no numbers; "" where either would do, or neither."""
    unit = _unit(texts)
    points, commas = (bool(texts) and not np.isnan(numbers_in(texts, sign + unit)).any() for sign in ".,")
    return "" if points == commas else "." if points else ","


def _unit(texts: list[str]) -> str:
    """Return the commonest unit at the ends of texts; "" where there is none."""
    units = Counter(text[place] for text in texts for place in (0, -1) if text and text[place] in UNITS)
    return units.most_common(1)[0][0] if units else ""


def _could_group(texts: list[str]) -> bool:
    """Tell whether the points of plain numbers could group digits, in all of them."""
    pattern = _pattern(",")
    return any("." in text for text in texts) and all(pattern.fullmatch(text) for text in texts)


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
