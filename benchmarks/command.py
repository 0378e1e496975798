"""The command: which cases, how much effort, and where the table goes."""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine
from benchmarks.cases import Effort, Measure, course, large_table, memory, population, prediction, start_up, whole_table
from benchmarks.table import Row, markdown

CASES: dict[str, Measure] = {
    "a": course.measure,
    "b": large_table.measure,
    "c": population.measure,
    "d": start_up.measure,
    "e": memory.measure,
    "f": prediction.measure,
    "g": whole_table.measure,
}
RESULTS = Path(__file__).resolve().parent / "results"
PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
MARKS = ("<!-- benchmark: start -->", "<!-- benchmark: end -->")
QUIET_LOAD = 0.5


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the results and return the exit code: 1 if something that is installed failed to run.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line; None for the process's own.

    Returns
    -------
    int
    """
    options = _parser().parse_args(arguments)
    if options.quick:
        return _measure(options)
    with tempfile.TemporaryDirectory() as cache:
        # Numba does not notice that a function inlined from another file has changed: only an empty cache is surely of this source.
        os.environ["NUMBA_CACHE_DIR"] = cache
        return _measure(options)


def _measure(options: argparse.Namespace) -> int:
    """Run the cases that were asked for, write their results and return the exit code."""
    repeats, seconds = (1, 0.02) if options.quick else (options.repeats, options.seconds)
    effort = Effort(options.quick, repeats, seconds, _say)
    facts = machine.describe() | {"load_before": machine.load()}
    if facts["load_before"] > QUIET_LOAD:
        _say(f"The load is {facts['load_before']:.1f}: other work is running, and the numbers will be noisy.")
    rows: list[Row] = []
    samples = {}
    for letter in options.only:
        found, samples[letter] = CASES[letter](effort)
        rows += found
    facts["load_after"] = machine.load()

    head = f"Medians of {effort.repeats} samples of about {effort.seconds:g} s each, all entrants in turns."
    if effort.quick:
        head = "A quick run on tiny sizes: it shows that everything runs, its numbers mean nothing."
    text = markdown(rows, facts, head)
    print(text)
    failed = any(row.note.startswith("failed") for row in rows)
    out = options.out or (None if effort.quick else RESULTS)
    if out is None:
        return int(failed)
    out.mkdir(parents=True, exist_ok=True)
    name = options.name or _name(facts["processor"])
    result: dict[str, object] = {"machine": facts, "effort": {"quick": effort.quick, "repeats": effort.repeats, "seconds": effort.seconds}}
    result |= {"rows": [dataclasses.asdict(row) | {"met": row.met} for row in rows], "samples": samples}
    (out / f"{name}.json").write_text(json.dumps(_finite(result), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (out / f"{name}.md").write_text(text, encoding="utf-8")
    if out == RESULTS and set(options.only) == set(CASES) and not failed:
        (out / "latest.md").write_text(text, encoding="utf-8")
        put_between_marks(PAGE, text)
    _say(f"Written to {out / name}.md and .json")
    return int(failed)


def put_between_marks(path: Path, text: str) -> bool:
    """Replace what stands between the two marks of a file.

    Parameters
    ----------
    path : Path
        The file.
    text : str
        What is to stand there.

    Returns
    -------
    bool
        Whether the file has the marks.
    """
    if not path.is_file():
        return False
    old = path.read_text(encoding="utf-8")
    head, start, rest = old.partition(MARKS[0])
    _, end, tail = rest.partition(MARKS[1])
    if not start or not end:
        return False
    path.write_text(f"{head}{start}\n{text}{end}{tail}", encoding="utf-8")
    return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure wellfit beside its rivals, in one run.")
    parser.add_argument("--only", type=_letters, default=list(CASES), metavar="a,b", help="cases to measure: " + ", ".join(CASES))
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that everything runs")
    parser.add_argument("--repeats", type=int, default=7, help="samples of each entrant (%(default)s)")
    parser.add_argument("--seconds", type=float, default=0.5, help="about how long a sample takes (%(default)s)")
    parser.add_argument("--name", help="of the results' files; by default the date and the processor")
    parser.add_argument("--out", type=Path, help="folder of the results; by default benchmarks/results, and none for a quick run")
    return parser


def _letters(text: str) -> list[str]:
    letters = [letter.strip() for letter in text.split(",")]
    for letter in letters:
        if letter not in CASES:
            raise argparse.ArgumentTypeError(f"there is no case {letter!r}; valid: {', '.join(CASES)}.")
    return letters


def _name(processor: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", processor.lower()).strip("-")
    return f"{dt.datetime.now(dt.UTC):%Y-%m-%d}-{slug}"


def _finite(value: object) -> object:
    """Return the value with every nan replaced by None, which JSON knows."""
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and value != value else value


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
