"""A published number compared with ours: how many digits agree, and the verdict."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from wellfit.plurals import counted

__all__ = ["Comparison", "Range", "Row", "Verdict", "agreeing_digits", "compare", "compare_all", "not_run", "range_of"]

# Arrays are printed with eight decimals, and then lose their trailing zeros: "0." has no further digits.
PRINTED_ZERO = Decimal("5e-9")
# Chance that a run that reproduces lies outside of the prediction interval. Some 40 numbers are compared this way.
CHANCE = 1e-3


class Verdict(enum.Enum):
    """Result of a comparison, from best to worst."""

    EXACT = "exact"
    OVERFLOW = "overflow in the published formula"
    DIGITS = "to digits"
    TIE = "a tie: the probability is one half to rounding"
    DISTRIBUTION = "agrees in distribution"
    NOT_RUN = "not run"
    DIFFERS = "does not reproduce"


class Range(NamedTuple):
    """How a number varies over runs that differ by rounding, or by what the source leaves open."""

    median: float
    low: float
    high: float
    runs: int
    # least, most: another such run lies between these but for one case in 1,000: the prediction interval of a normal distribution, and
    # at least the range of the runs
    least: float
    most: float


def range_of(values: NDArray[np.float64]) -> Range:
    """Return how a number varies over at least two runs."""
    runs, mean, low, high = len(values), float(values.mean()), float(values.min()), float(values.max())
    reach = float(stdtrit(runs - 1, 1 - CHANCE / 2) * values.std(ddof=1) * math.sqrt(1 + 1 / runs)) if high > low else 0.0
    return Range(float(np.median(values)), low, high, runs, min(low, mean - reach), max(high, mean + reach))


@dataclass(frozen=True)
class Comparison:
    """One published number beside ours."""

    what: str  # such as "cost at 1,000"
    # published, ours: as printed, and as many digits of ours as there are
    published: str
    ours: str
    digits: int | None  # significant digits that agree, at most those printed; None if that means nothing
    verdict: Verdict
    because: str = ""  # why it does not reproduce, or was not run
    spread: Range | None = None  # how ours varies, if that decides

    @property
    def words(self) -> str:
        """The verdict as it is printed."""
        if self.verdict is Verdict.DIGITS:
            assert self.digits is not None
            return f"to {counted(self.digits, 'digit')}"
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
    """Comparisons that belong together: all costs of a run, all numbers of a case."""

    what: str  # such as "He: 15 costs"
    comparisons: tuple[Comparison, ...]  # at least one
    seconds: float | None = None  # wall time of ours; None if another row has it
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
    """Return to how many significant digits, at most those printed, both numbers round alike: within half a unit of the last."""
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


def compare(what: str, published: str, ours: float | Fraction, needs: int, spread: Range | None = None) -> Comparison:
    """Compare a published number with ours.

    Published is a number, ``"inf"``, or a share such as ``"198/211"``, which a Fraction of ours is written like. `needs` is the number of
    digits that have to agree, or all if fewer are printed. With a `spread`, a published number that does not agree with ours, or a count
    that varies, has to lie where another run would.
    """
    shown, digits, verdict, reason = _alone(published, ours, needs)
    # Many digits do not agree by chance where a figure varies, but counts may.
    by_chance = isinstance(ours, Fraction) and spread is not None and spread.low < spread.high
    moved = verdict is Verdict.DIFFERS or by_chance
    if spread is not None and moved:
        inside = spread.least <= float(Fraction(published)) <= spread.most
        verdict = Verdict.DISTRIBUTION if inside else Verdict.DIFFERS
        if spread.low < spread.high:
            reason = f"{counted(spread.runs, 'run')} with other rounding give {spread.low:.6g} to {spread.high:.6g}"
    reason = reason if verdict is Verdict.DIFFERS else ""
    return Comparison(what, published, shown, digits, verdict, reason, spread if moved else None)


def _alone(published: str, ours: float | Fraction, needs: int) -> tuple[str, int | None, Verdict, str]:
    """Return ours as shown, the digits that agree, the verdict on this number alone, and the reason if it differs."""
    number = float(ours)
    if "/" in published:
        whole = int(published.split("/")[1])
        shown = f"{round(ours * whole)}/{whole}"
        same = Fraction(published) == Fraction(round(ours * whole), whole)
        return shown, None, Verdict.EXACT if same else Verdict.DIFFERS, f"{shown} are right"
    if published == "inf":
        return repr(number), None, Verdict.OVERFLOW if math.isfinite(number) else Verdict.EXACT, ""
    digits, printed = agreeing_digits(published, number), agreeing_digits(published, float(published))
    verdict = Verdict.EXACT if digits == printed else Verdict.DIGITS if digits >= needs else Verdict.DIFFERS
    return repr(number), digits, verdict, _distance(float(published), number)


def compare_all(what: str, published: str, ours: Iterable[float], names: Sequence[str], needs: int) -> Row:
    """Return the comparisons of many numbers, printed with blanks between them, in one row."""
    printed = published.split()
    triples = zip(names, printed, ours, strict=True)
    found = [compare(name, token, number, needs) for name, token, number in triples]
    return Row(what, tuple(found))


def not_run(what: str, because: str) -> Row:
    """Return a row with the reason why something was not run."""
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
