"""One measurement for each open table and split: measured once, kept, and written down as a table."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.open_tables.measure import append_record, read_records
from benchmarks.open_tables.tables import FOLDER, catalogue
from benchmarks.plain_networks import Case, make_case

RESULTS = Path(__file__).resolve().parent / "results"
Record = dict[str, Any]


def measure_tables(
    name: str,
    description: str | None,
    measure: Callable[[Case, int], Record],
    markdown: Callable[[list[Record]], str],
    say: Callable[[Record], str],
    arguments: Sequence[str] | None,
) -> int:
    """Measure what is not yet measured, and write the table.

    Parameters
    ----------
    name : str
        Of the results' files.
    description : str
        Of the command.
    measure : callable
        Takes a case and the number of its split; returns what is to be kept.
    markdown : callable
        Makes a text of all that is kept.
    say : callable
        Makes a line of what was just measured.
    arguments : sequence of str or None
        The command line; None for the process's own.

    Returns
    -------
    int
        Exit code.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name.replace('-', '_')}", description=description)
    parser.add_argument("--tables", nargs="+", metavar="NAME", help="some tables only")
    parser.add_argument("--splits", type=int, default=1, help="how often each table is split (%(default)s)")
    parser.add_argument("--rows", type=int, default=4_000, help="the most rows of a table (%(default)s)")
    parser.add_argument("--epochs", type=int, default=40, help="of the plain network (%(default)s)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the open tables are")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the results go; what is there is not measured again")
    options = parser.parse_args(arguments)
    entries, path = catalogue(options.folder), options.out / f"{name}.jsonl"
    known = read_records(path)
    for split in range(options.splits):
        for table in options.tables or entries:
            asked = {"table": table, "split": split, "rows": options.rows, "entrant": f"{options.epochs} epochs"}
            key = (table, split, options.rows, asked["entrant"])
            if key in known:
                continue
            record = asked | measure(make_case(entries[table], split, options.rows, options.folder, options.epochs), split)
            append_record(path, record)
            known[key] = record
            print(say(record), flush=True)
    text = markdown(list(known.values()))
    (options.out / f"{name}.md").write_text(text, encoding="utf-8")
    print(text)
    return 0
