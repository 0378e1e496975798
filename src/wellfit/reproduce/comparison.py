"""A published number beside ours: how many digits agree, and what to call it."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

__all__ = ["Comparison", "Range", "Row", "Verdict", "agreeing_digits", "compare", "compare_all", "compare_range", "not_run"]

# Arrays are printed with eight decimals, and then lose their trailing zeros: "0." says no more than this.
PRINTED_ZERO = Decimal("5e-9")


class Verdict(enum.Enum):
    """What a comparison came to, from best to worst."""

    EXACT = "exact"
    OVERFLOW = "overflow in the published formula"
    DIGITS = "to digits"
    DISTRIBUTION = "agrees in distribution"
    NOT_RUN = "not run"
    DIFFERS = "does not reproduce"


class Range(NamedTuple):
    """What a population of runs spreads over, where a single run is no stable target.

    Attributes
    ----------
    median, low, high : float
        Of the population.
    runs : int
        How many.
    """

    median: float
    low: float
    high: float
    runs: int


@dataclass(frozen=True)
class Comparison:
    """One published number beside ours.

    Parameters
    ----------
    what : str
        Such as ``"cost at 1,000"``.
    published, ours : str
        As printed, and as many digits of ours as there are.
    digits : int or None
        Significant digits that agree, at most those printed; None where that says nothing.
    verdict : Verdict
        What it came to.
    because : str
        Why it does not reproduce, or was not run.
    spread : Range, optional
        What a population spreads over.
    """

    what: str
    published: str
    ours: str
    digits: int | None
    verdict: Verdict
    because: str = ""
    spread: Range | None = None

    @property
    def words(self) -> str:
        """The verdict as it is printed."""
        if self.verdict is Verdict.DIGITS:
            return f"to {self.digits} digits"
        if self.verdict is Verdict.DIFFERS:
            return f"does not reproduce, because {self.because}"
        return f"not run: {self.because}" if self.verdict is Verdict.NOT_RUN else self.verdict.value

    @property
    def badness(self) -> tuple[int, float]:
        """Sorts comparisons from best to worst."""
        order = list(Verdict).index(self.verdict)
        return order, -math.inf if self.digits is None else -self.digits


@dataclass(frozen=True)
class Row:
    """Comparisons that belong together: all costs of a run, all numbers of a case.

    Parameters
    ----------
    what : str
        Such as ``"He: 15 costs"``.
    comparisons : tuple of Comparison
        At least one.
    seconds : float or None
        Wall time of what computed ours; None where it is another row's.
    note : str
        What has to be said of it.
    """

    what: str
    comparisons: tuple[Comparison, ...]
    seconds: float | None = None
    note: str = ""

    @property
    def worst(self) -> Comparison:
        """The comparison that decides on the row."""
        return max(self.comparisons, key=lambda comparison: comparison.badness)

    @property
    def shown(self) -> Comparison:
        """The comparison that stands for the row: the worst, or where all are exact the one with most digits."""
        if self.verdict is Verdict.EXACT:
            return max(self.comparisons, key=lambda comparison: comparison.digits or 0)
        return self.worst

    @property
    def verdict(self) -> Verdict:
        """Verdict of the worst comparison."""
        return self.worst.verdict


def agreeing_digits(published: str, ours: float) -> int:
    """Return how many significant digits agree: the most to which both round alike, within half a unit of the last.

    Parameters
    ----------
    published : str
        A finite number as printed.
    ours : float
        Ours.

    Returns
    -------
    int
        At most the digits that are printed.

    Examples
    --------
    >>> agreeing_digits("0.13851642423255986", 0.13851642423234922)
    12
    >>> agreeing_digits("0.690736", 0.69073649), agreeing_digits("0.690736", 0.6907371)
    (6, 5)
    """
    number = Decimal(published)
    printed = max(1, len(number.as_tuple().digits)) if number else 1
    if not math.isfinite(ours):
        return 0
    if float(published) == ours:
        return printed
    distance = abs(number - Decimal(ours))
    if not number:
        return int(distance <= PRINTED_ZERO)
    for digits in range(printed, 0, -1):
        if distance <= Decimal(5).scaleb(number.adjusted() - digits):
            return digits
    return 0


def compare(what: str, published: str, ours: float | Fraction, needs: int, because: str = "") -> Comparison:
    """Return the comparison of a stable number.

    Parameters
    ----------
    what : str
        Its name.
    published : str
        As printed: a number, ``"inf"``, or so many of so many, such as ``"198/211"``.
    ours : float or Fraction
        Ours; a Fraction is written like the published one where that is a share.
    needs : int
        Digits that have to agree, or all where fewer are printed.
    because : str
        Why fewer digits may agree, if that is known.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> compare("cost at 0", "inf", 4.9, 10).words
    'overflow in the published formula'
    >>> compare("test", "190/200", Fraction(19, 20), 10).words
    'exact'
    >>> compare("cost", "0.25", 0.31, 2).words
    'does not reproduce, because ours is 24 % larger'
    """
    number = float(ours)
    if "/" in published:
        wanted = Fraction(published)
        whole = int(published.split("/")[1])
        shown = f"{round(ours * whole)}/{whole}"
        if wanted == Fraction(round(ours * whole), whole):
            return Comparison(what, published, shown, None, Verdict.EXACT)
        return Comparison(what, published, shown, None, Verdict.DIFFERS, because or f"{shown} are right")
    shown = repr(number)
    if published == "inf":
        return Comparison(what, published, shown, None, Verdict.OVERFLOW if math.isfinite(number) else Verdict.EXACT)
    digits, printed = agreeing_digits(published, number), agreeing_digits(published, float(published))
    if digits == printed:
        return Comparison(what, published, shown, digits, Verdict.EXACT)
    if digits >= needs:
        return Comparison(what, published, shown, digits, Verdict.DIGITS)
    return Comparison(what, published, shown, digits, Verdict.DIFFERS, because or _distance(float(published), number))


def compare_range(what: str, published: str, ours: float | Fraction, spread: Range) -> Comparison:
    """Return the comparison of a number that is no stable target with a population of runs.

    Parameters
    ----------
    what, published, ours :
        As in `compare`.
    spread : Range
        Of runs whose initial weights are moved by the last bit.

    Returns
    -------
    Comparison
        In distribution where the published number lies within the population's range.

    Examples
    --------
    >>> compare_range("cost", "0.62", 0.63, Range(0.6, 0.5, 0.7, 40)).words
    'agrees in distribution'
    """
    single = compare(what, published, ours, needs=0)
    if single.verdict in (Verdict.EXACT, Verdict.OVERFLOW):
        return Comparison(what, published, single.ours, single.digits, single.verdict, spread=spread)
    inside = spread.low <= float(Fraction(published)) <= spread.high
    verdict = Verdict.DISTRIBUTION if inside else Verdict.DIFFERS
    because = "" if inside else f"it lies outside the range of {spread.runs} runs, {spread.low:.6g} to {spread.high:.6g}"
    return Comparison(what, published, single.ours, single.digits, verdict, because, spread)


def compare_all(what: str, published: str, ours: Iterable[float], names: Sequence[str], needs: int, because: str = "") -> Row:
    """Return the comparisons of many numbers in one row.

    Parameters
    ----------
    what : str
        Name of the row.
    published : str
        Numbers as printed, with blanks between them.
    ours : iterable of float
        As many.
    names : sequence of str
        As many.
    needs, because :
        As in `compare`.

    Returns
    -------
    Row
    """
    printed = published.split()
    triples = zip(names, printed, ours, strict=True)
    found = [compare(name, token, number, needs, because) for name, token, number in triples]
    return Row(what, tuple(found))


def not_run(what: str, because: str) -> Row:
    """Return a row that says why something was not run.

    Parameters
    ----------
    what : str
        Name of the row.
    because : str
        Why, and what to do.

    Returns
    -------
    Row
    """
    return Row(what, (Comparison(what, "", "", None, Verdict.NOT_RUN, because),))


def _distance(published: float, ours: float) -> str:
    """Return how far apart two numbers are, in words."""
    if not math.isfinite(ours):
        return f"ours is {ours}"
    if published == 0:
        return f"ours is {ours:.3g}"
    relative = (ours - published) / abs(published)
    size = f"{abs(relative):.0%}".replace("%", " %") if abs(relative) >= 0.01 else f"{abs(relative):.0e} (relative)"
    return f"ours is {size} {'larger' if relative > 0 else 'smaller'}"
