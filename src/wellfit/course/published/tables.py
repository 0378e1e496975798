"""The results as tables: an overview, every number, spreads, and the evidence of many seeds; and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wellfit.course.published.comparison import Comparison, Row, Verdict
from wellfit.course.published.evidence import SHARES, Evidence
from wellfit.judge.intervals import Interval
from wellfit.plurals import counted
from wellfit.render.blocks import Cell, Table, Tone

if TYPE_CHECKING:
    from wellfit.course.published.results import Reproduction, SourceResult

__all__ = ["evidence_table", "full_table", "source_table", "spread_table", "to_object"]

TONES: dict[Verdict, Tone] = {
    Verdict.EXACT: "good",
    Verdict.DIGITS: "good",
    Verdict.OVERFLOW: "fair",
    Verdict.TIE: "fair",
    Verdict.DISTRIBUTION: "fair",
    Verdict.NOT_RUN: "fair",
    Verdict.DIFFERS: "bad",
}
# Of a table of spreads, before a page folds it.
MOST_ROWS = 8
COLUMNS = ("what", "published", "ours", "digits", "time", "verdict")


def source_table(result: SourceResult, who: str) -> Table:
    """Return a row for each run or case; of several numbers it shows the one that agrees least. `who`: `ENGINE` or `FUNCTIONS`."""
    rows = [_line(row) for row in result.rows[who]]
    notes = [f"{row.what.split(':')[0]}: {row.note}" for row in result.rows[who] if row.note]
    return Table(f"On the {who}", COLUMNS, rows, numeric=(1, 2, 3, 4), notes=notes)


def _line(row: Row) -> list[str | Cell]:
    shown, several = row.shown, len(row.comparisons) > 1
    seconds = "" if row.seconds is None else f"{row.seconds:.2f} s"
    which = "such as" if row.verdict is Verdict.EXACT else "least"
    what = f"{row.what}; {which}: {shown.what}" if several else row.what
    return [what, shown.published, shown.ours, _digits(shown), seconds, Cell(_summary(row), TONES[row.verdict])]


def _summary(row: Row) -> str:
    """Return the worst verdict, and how many numbers overflow in print if others do not."""
    overflows = sum(comparison.verdict is Verdict.OVERFLOW for comparison in row.comparisons)
    words = row.worst.words
    return f"{words}; {overflows} an {Verdict.OVERFLOW.value}" if overflows and row.verdict is not Verdict.OVERFLOW else words


def _digits(comparison: Comparison) -> str:
    return "" if comparison.digits is None else str(comparison.digits)


def full_table(result: SourceResult, who: str) -> Table:
    """Return every number, folded."""
    rows: list[Sequence[str | Cell]] = [
        [row.what, one.what, one.published, one.ours, _digits(one), Cell(one.words, TONES[one.verdict])]
        for row in result.rows[who]
        for one in row.comparisons
    ]
    columns = ("run or case", "number", "published", "ours", "digits", "verdict")
    return Table(f"All {counted(len(rows), 'number')}, {who}", columns, rows, numeric=(2, 3, 4), is_folded=True)


def spread_table(result: SourceResult, who: str) -> Table | None:
    """Return the spread of populations beside the published numbers, or None if every run is a reliable target."""
    found: dict[tuple[str, str], list[Comparison]] = {}
    for row in result.rows[who]:
        for one in row.comparisons:
            if one.spread is not None:
                # Copies of a source differ in what they print, not in what they ran.
                number = one.what.split(",")[0] if one.what.endswith("copy") else one.what
                found.setdefault((row.what.split(":")[0], number), []).append(one)
    if not found:
        return None
    rows = [_spread_line(*names, comparisons) for names, comparisons in found.items()]
    columns = ("run", "number", "published", "median", "lowest", "highest", "runs", "published is")
    notes = ["Of runs whose initial weights differ from the published ones in the last bit, or which draw other masks."]
    return Table(
        "Spread where one run is not a reliable target",
        columns,
        rows,
        numeric=(2, 3, 4, 5, 6),
        is_folded=len(rows) > MOST_ROWS,
        notes=notes,
    )


def _spread_line(run: str, number: str, copies: Sequence[Comparison]) -> list[str | Cell]:
    spread = copies[0].spread
    assert spread is not None
    where = Cell("inside", "good")
    if any(one.verdict is Verdict.OVERFLOW for one in copies):
        where = Cell("an overflow", "fair")
    if any(one.verdict is Verdict.DIFFERS for one in copies):
        where = Cell("outside", "bad")
    published = list(dict.fromkeys(one.published if "/" in one.published else f"{float(one.published):.6g}" for one in copies))
    values = [_value(value, published[0]) for value in (spread.median, spread.low, spread.high)]
    return [run, number, " and ".join(published), *values, str(spread.runs), where]


def _value(value: float, published: str) -> str:
    """Return a value in the form of the published one: a number, or a share such as 198/211."""
    if "/" not in published:
        return f"{value:.6g}"
    whole = int(published.split("/")[1])
    return f"{round(2 * value * whole) / 2:g}/{whole}"


def evidence_table(evidence: Evidence) -> Table:
    """Return each regularisation's accuracies over all seeds."""
    rows: list[Sequence[str | Cell]] = []
    for result in evidence.results:
        gain = "" if result.gain is None else SHARES.figures(result.gain, sign=True)
        tone: Tone = "" if result.gain is None else "good" if result.gain.low > 0 else "bad" if result.gain.high < 0 else "fair"
        rows.append([result.method.name, SHARES.figures(result.train), SHARES.figures(result.test), Cell(gain, tone)])
    columns = ("regularisation", "train, % (95 %)", "test, % (95 %)", "test gain, points (95 %)")
    caption = f"Mean accuracy of {counted(evidence.seeds, 'seed')} a method; {counted(evidence.rows, 'test row')}"
    note = (
        "Seed s draws the initial weights and the masks of every method. Intervals cover other rows and other seeds. A gain over no "
        "regularisation is measured on the same rows and seeds, and so is more certain than the two intervals beside it suggest."
    )
    return Table(caption, columns, rows, numeric=(1, 2, 3), notes=[note])


def to_object(reproduction: Reproduction) -> dict[str, Any]:
    """Return the results as numbers, texts and lists for JSON."""
    return {
        "numbers": reproduction.numbers,
        "differs": len(reproduction.differs),
        "not_run": len(reproduction.missing),
        "seconds": round(reproduction.seconds, 3),
        "sources": [
            {
                "source": result.source,
                "tables": [{"computed_by": who, "rows": [_row_object(row) for row in rows]} for who, rows in result.rows.items()],
                "evidence": None if result.evidence is None else _evidence_object(result.evidence),
            }
            for result in reproduction.sources
        ],
    }


def _row_object(row: Row) -> dict[str, Any]:
    return {
        "what": row.what,
        "seconds": None if row.seconds is None else round(row.seconds, 4),
        "verdict": row.worst.words,
        "note": row.note,
        "numbers": [
            {
                "what": one.what,
                "published": one.published,
                "ours": one.ours,
                "digits": one.digits,
                "verdict": one.words,
                "spread": None if one.spread is None else one.spread._asdict(),
            }
            for one in row.comparisons
        ],
    }


def _evidence_object(evidence: Evidence) -> dict[str, Any]:
    def ends(interval: Interval | None) -> list[float] | None:
        return None if interval is None else [interval.estimate, interval.low, interval.high]

    return {
        "seeds": evidence.seeds,
        "test_rows": evidence.rows,
        "methods": [
            {"name": each.method.name, "train": ends(each.train), "test": ends(each.test), "gain": ends(each.gain)}
            for each in evidence.results
        ],
        "conclusions": evidence.sentences,
    }
