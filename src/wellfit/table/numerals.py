"""Numbers as people write them: grouped digits, decimal commas, percent and currency signs.

The numbers of a column have one form: "" as Python writes them; else the decimal sign, and the unit if there is one. In the form ``.``
the cell ``1,234.5`` is a number, in the form ``,`` the cell ``1.234,5``, in ``.$`` also ``$1,234.50``. Cells such as ``1,234`` are
different numbers in the two: the user, the file or other columns then decide.

pandas' own `decimal` and `thousands` are not used: they read 1.2.3 as 123 and 192.168.1.1 as 19216811, and group no digits by spaces.
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

__all__ = ["FORMS", "Decimals", "Numbers", "are_mixed", "first_texts", "marked", "number_note", "numbers_in", "read_numbers"]

UNITS = "%$€£¥₹"
FORMS = ("", *(point + unit for point in ".," for unit in ("", *UNITS)))
# Python takes very long to parse numbers of very many digits.
LONGEST = 400
# This many texts of a column show its decimal sign.
_FIRST = 200
_MARK = "wellfit: decimal sign"  # its key in the attributes of a frame

_SPACES = " \u00a0\u202f'’"


def numbers_in(texts: list[str], form: str = "") -> NDArray[np.float64]:
    """Return the numbers that stripped texts spell in one of `FORMS`, nan where they spell none."""
    if form:
        texts = [_plain(text, form) for text in texts]
    parsed = pd.to_numeric(pd.Series([text if len(text) <= LONGEST else "" for text in texts], dtype=object), errors="coerce")
    return parsed.to_numpy(dtype=np.float64, na_value=np.nan)


class Numbers(NamedTuple):
    """The numbers that texts spell."""

    values: NDArray[np.float64]  # (texts,): nan where a text is no number
    form: str  # one of `FORMS`
    other: str | None = None  # a form that reads as many texts, and some differently, where neither user nor caller decides


class Decimals:
    """The decimal sign of the texts of a table: as set by the user, as the file suggests, else as its columns show (see `marked`)."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self._known, self.given = frame.attrs.get(_MARK, ("", False))

    @functools.cached_property
    def sign(self) -> str:
        """``.``, ``,``, or "" where nothing shows it; the columns are read only when this is used."""
        if self._known:
            return str(self._known)
        shown = {_shown_by(first_texts(self._frame.iloc[:, index])) for index in range(self._frame.shape[1])} - {""}
        return shown.pop() if len(shown) == 1 else ""


def marked(frame: pd.DataFrame, sign: str, *, given: bool) -> pd.DataFrame:
    """Return a shallow copy of a frame that remembers its decimal sign, and whether the user set it; or raise `SpecError`."""
    if sign not in (".", ","):
        raise SpecError(f"decimal must be '.' or ',', found {sign!r}.")
    frame = frame.copy(deep=False)
    frame.attrs[_MARK] = (sign, given)
    return frame


def read_numbers(texts: list[str], decimals: Decimals | None = None, like: str | None = None) -> Numbers:
    """Return the numbers that distinct, stripped texts spell, in the form in which most of them are numbers; of several, the plainest.

    Where a decimal comma reads as many texts as a decimal point, the table's sign decides, then that of `like`, then the point. `like` is
    the form of other rows of the column: these texts may have another decimal sign, but no other unit.
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
    # Python and most files write plain numbers with points: these are doubtful only where commas are decimal signs.
    doubted = not (decimals is not None and decimals.given) and (sign == "," or not all_plain)
    form, other = (comma, rival) if sign == "," else (rival, comma)
    return Numbers(found[form], form, other if doubted else None)


def are_mixed(texts: list[str]) -> bool:
    """Return whether stripped texts are numbers, some with a decimal point and some with a decimal comma."""
    unit = _unit(texts)
    points, commas = (_pattern(sign + unit) for sign in ".,")
    return all(any(letter in text for letter in "0123456789") and (points.fullmatch(text) or commas.fullmatch(text)) for text in texts)


def number_note(name: object, text: str, form: str, other: str | None) -> str:
    """Return the sentence on how a number of a column is read that is not written plainly, or could be read in another form.

    Examples
    --------
    >>> number_note("a", "1,5", ",", None)
    "column 'a': numbers written like '1,5' are read as 1.5."
    """
    note = f"column {name!r}: numbers written like {text!r} are read as {numbers_in([text], form)[0]:.15g}"
    if other is None:
        return f"{note}."
    return f"{note}, though {numbers_in([text], other)[0]:.15g} could be meant: set decimal (--decimal) or write plain numbers."


def first_texts(column: pd.Series[Any]) -> list[str]:
    """Return the first distinct texts of a column, stripped; none of a column that holds anything else."""
    if not (pd.api.types.is_object_dtype(column.dtype) or pd.api.types.is_string_dtype(column.dtype)):
        return []
    distinct = column.iloc[: 10 * _FIRST].dropna().unique()[:_FIRST]
    return [text.strip() for text in distinct if text.strip()] if all(isinstance(text, str) for text in distinct) else []


def _shown_by(texts: list[str]) -> str:
    """Return the decimal sign that texts need to be numbers; "" where both do, or neither."""
    unit = _unit(texts)
    points, commas = (bool(texts) and not np.isnan(numbers_in(texts, sign + unit)).any() for sign in ".,")
    return "" if points == commas else "." if points else ","


def _unit(texts: list[str]) -> str:
    """Return the commonest unit at the ends of texts; "" where there is none."""
    units = Counter(text[end] for text in texts for end in (0, -1) if text and text[end] in UNITS)
    return units.most_common(1)[0][0] if units else ""


def _could_group(texts: list[str]) -> bool:
    """Return whether in all plain numbers the points could group digits."""
    pattern = _pattern(",")
    return any("." in text for text in texts) and all(pattern.fullmatch(text) for text in texts)


@functools.cache
def _pattern(form: str) -> re.Pattern[str]:
    """Return the pattern of a number in a form: sign, unit, sign, grouped digits, decimals, unit."""
    point, unit = form[0], re.escape(form[1:])
    group = rf"(?P<group>[{_SPACES}{'.' if point == ',' else ','}])"
    # Groups do not follow a nought: 0,125 is no number of thousands. All groups are separated by the same character.
    digits = rf"(?P<whole>[1-9]\d{{0,2}}{group}\d{{3}}(?:(?P=group)\d{{3}})*|\d*)(?:{re.escape(point)}(?P<decimals>\d*))?"
    # A share without its sign could mean 0.12 or 12 %; a price without one is clear.
    front, back = ("", rf"\s?{unit}") if unit == "%" else (rf"(?:{unit}\s?)?", rf"(?:\s?{unit})?") if unit else ("", "")
    return re.compile(rf"(?P<sign>[-+−]?){front}(?P<second_sign>[-+−]?){digits}(?P<exponent>[eE][-+]?\d+)?{back}")


def _plain(text: str, form: str) -> str:
    """Return the number of a text as Python writes it; "" if it holds none in the form."""
    found = _pattern(form).fullmatch(text)
    if found is None:
        return ""
    whole = "".join(digit for digit in found["whole"] if digit.isdigit())
    sign = (found["sign"] + found["second_sign"]).replace("−", "-")
    return f"{sign}{whole}.{found['decimals'] or ''}{found['exponent'] or ''}"
