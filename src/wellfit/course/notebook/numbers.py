"""The numbers in a cell's stored output compared with those that it prints now."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import NamedTuple

from wellfit.plurals import counted

__all__ = ["CLOSE", "DIFFERS", "MET", "NONE_STORED", "UNSTABLE", "Comparison", "compare", "numbers"]

# Verdicts of a comparison.
MET, CLOSE, UNSTABLE, DIFFERS, NONE_STORED = "met", "close", "unstable", "differs", "none stored"

# Letters of Latin alone: other scripts write words and numbers without a space between.
NUMBER = re.compile(r"(?<![\w.])[-+]?(?:(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?|inf|nan)(?!\w)", re.ASCII)

# From here on a difference is one of rounding: sums in another order move the costs of long runs in digits 12 to 17, and printed
# matrices in their last place.
DIGITS_OF_A_MATCH = 6
DIGITS_OF_A_LAST_PLACE = 4
# Beside an exact zero a number this small is one too.
NOTHING = Decimal("1e-12")


class Unstable(NamedTuple):
    """A published run whose digits no implementation can promise."""

    # notebook, code, output: what all code of its notebook, its cell's code and its stored output contain
    notebook: re.Pattern[str]
    code: re.Pattern[str]
    output: re.Pattern[str]
    spread: float  # the largest relative difference between runs that start an ulp apart
    reason: str


UNSTABLE_RUNS = (
    Unstable(
        notebook=re.compile(r""),
        code=re.compile(r""),
        output=re.compile(r"iteration 0: inf\b"),
        spread=0.02,
        reason="the large random start is chaotic: a change in its 16th digit changes the costs from the third on",
    ),
    Unstable(
        notebook=re.compile(r"\b20\s*,\s*5\s*,\s*1\b"),
        code=re.compile(r"^(?!.*\bkeep_prob\s*=\s*[\d.]).*\w\(", re.DOTALL),
        output=re.compile(r"[Aa]ccuracy"),
        spread=0.05,
        reason="the network of 20 and 5 units is unstable: a change in the 16th digit of its start moves the accuracies by some %",
    ),
    Unstable(
        notebook=re.compile(r"\bgradient_check_n\b"),
        code=re.compile(r""),
        output=re.compile(r"\b1\.\d+e-0?7\b"),
        spread=0.35,
        reason="what a gradient check without a fault finds is rounding: a change in the 16th digit of a parameter moves it by a tenth",
    ),
    Unstable(
        notebook=re.compile(r"zeros"),
        code=re.compile(r""),
        output=re.compile(r"\bpredictions_\w+ = \[\[[0\s]+\]\]"),
        spread=1.0,
        reason="with all-zero weights each probability is one half to rounding, so that its class is a tie",
    ),
)


class Comparison(NamedTuple):
    """How well a cell's numbers agree with its stored ones."""

    # "met" (every printed digit), "close" (to fewer digits than printed), "unstable" (within the spread of a run whose
    # digits cannot be promised), "differs" or "none stored"
    verdict: str
    digits: int  # significant digits to which the worst number agrees; of "met": the most that any number has
    stored: int  # number of stored numbers
    reason: str  # in words, with the worst pair


def numbers(text: str) -> list[str]:
    """Return the numbers in a text as they are written; digits within names, such as W1 or 1st, do not count."""
    return NUMBER.findall(text)


def compare(stored: str, here: str, code: str = "", notebook: str = "") -> Comparison:
    """Compare the numbers in two outputs, each to as many digits as both show; the code identifies runs without stable digits."""
    before, now = numbers(stored), numbers(here)
    count = len(before)
    if not before:
        return Comparison(NONE_STORED, 0, 0, "no stored numbers")
    if len(now) != count:
        return Comparison(DIFFERS, 0, count, f"differs: {counted(count, 'number')} stored, {len(now)} here")
    pairs = [(_agreement(old, new), old, new) for old, new in zip(before, now, strict=True)]
    apart = [pair for pair in pairs if not pair[0].is_whole]
    if not apart:
        digits = max(agreement.digits for agreement, _, _ in pairs)
        return Comparison(MET, digits, count, f"met, all {counted(digits, 'digit')}" if digits > 1 else "met")
    worst, old, new = min(apart, key=lambda pair: (pair[0].is_close, pair[0].digits))
    if worst.is_close:
        return Comparison(CLOSE, worst.digits, count, f"met to {counted(worst.digits, 'digit')}: stored {old}, here {new}")
    known = next((run for run in UNSTABLE_RUNS if _is_of(run, stored, code, notebook)), None)
    if known is not None and all(_distance(old, new) <= known.spread for _, old, new in apart):
        share = 100 * max(_distance(old, new) for _, old, new in apart)
        return Comparison(UNSTABLE, worst.digits, count, f"no stable digits, within {share:.2g} % of the stored: {known.reason}")
    return Comparison(DIFFERS, worst.digits, count, f"differs: stored {old}, here {new}")


def _is_of(run: Unstable, stored: str, code: str, notebook: str) -> bool:
    return bool(run.output.search(stored) and run.code.search(code) and run.notebook.search(notebook))


class _Agreement(NamedTuple):
    """How two written numbers agree: in all digits that both show, or by rounding errors, and in how many digits."""

    is_whole: bool
    is_close: bool
    digits: int


def _agreement(old: str, new: str) -> _Agreement:
    first, second = Decimal(old), Decimal(new)
    if not (first.is_finite() and second.is_finite()):
        is_same = (first.is_nan() and second.is_nan()) or first == second
        return _Agreement(is_same, is_same, 1 if is_same else 0)
    place = max(_last_place(old), _last_place(new))
    distance, shown = abs(first - second), min(_significant(old), _significant(new))
    if 2 * distance <= place and not (distance and place >= 1):
        return _Agreement(True, True, shown)
    digits = max(0, math.floor(-math.log10(_distance(old, new))))
    if not (first and second) and distance <= NOTHING:
        return _Agreement(False, True, shown)
    is_last_place = distance <= place < 1 and shown >= DIGITS_OF_A_LAST_PLACE
    return _Agreement(False, digits >= DIGITS_OF_A_MATCH or is_last_place, digits)


def _distance(old: str, new: str) -> float:
    """Return the relative distance of two written numbers, 1 at most; of one that is not finite from another: 1."""
    first, second = float(old), float(new)
    if first == second:
        return 0.0
    if not (math.isfinite(first) and math.isfinite(second)):
        return 1.0
    return min(1.0, abs(first - second) / max(abs(first), abs(second)))


def _last_place(number: str) -> Decimal:
    """Return the unit of the last written place: 0.01 for 3.14."""
    exponent = Decimal(number).as_tuple().exponent
    assert isinstance(exponent, int)
    return Decimal(1).scaleb(exponent)


def _significant(number: str) -> int:
    """Return the number of significant digits that are written; 1 for zero."""
    digits = "".join(map(str, Decimal(number).as_tuple().digits)).lstrip("0")
    return max(1, len(digits))
