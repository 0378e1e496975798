"""The command: measure what is not yet measured, and write the table of all that is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.open_tables.entrants import ENTRANTS
from benchmarks.open_tables.measure import append_record, key_of, measure, read_records
from benchmarks.open_tables.report import markdown
from benchmarks.open_tables.tables import FOLDER, catalogue, load

RESULTS = Path(__file__).resolve().parents[1] / "results"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line; None for the process's own.

    Returns
    -------
    int
        Exit code.
    """
    options = _parser().parse_args(arguments)
    entries = catalogue(options.folder)
    unknown = set(options.tables or ()) - set(entries)
    if unknown:
        raise SystemExit(f"there is no table {', '.join(sorted(unknown))}; there are {', '.join(entries)}.")
    path = options.out / "open-tables.jsonl"
    records = read_records(path)
    for name in options.tables or entries:
        for split in range(options.splits):
            todo = []
            for entrant in options.entrants:
                known = {"table": name, "split": split, "rows": options.rows, "entrant": entrant}
                if key_of(known) not in records or entrant in options.again:
                    todo.append(known)
            task = load(entries[name], split, options.rows, options.folder) if todo else None
            for known in todo:
                assert task is not None
                record = known | {"task": task.kind} | measure(task, ENTRANTS[known["entrant"]](task, split))
                append_record(path, record)
                records[key_of(record)] = record
                print(
                    " ".join(f"{key}={value:.4g}" if isinstance(value, float) else str(value) for key, value in record.items()), flush=True
                )
    text = markdown([record for record in records.values() if record["rows"] == options.rows], list(entries), options.rows)
    (options.out / "open-tables.md").write_text(text, encoding="utf-8")
    print(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.open_tables", description=__doc__)
    parser.add_argument("--tables", nargs="+", metavar="NAME", help="some tables only")
    parser.add_argument("--entrants", nargs="+", choices=ENTRANTS, default=list(ENTRANTS), metavar="NAME", help=f"of {', '.join(ENTRANTS)}")
    parser.add_argument("--again", nargs="+", choices=ENTRANTS, default=[], metavar="NAME", help="measure these anew")
    parser.add_argument("--splits", type=int, default=3, help="how often each table is split (%(default)s)")
    parser.add_argument("--rows", type=int, default=10_000, help="the most rows of a table, 0 for all (%(default)s)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the open tables are")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the results go; what is there is not measured again")
    return parser


if __name__ == "__main__":
    sys.exit(main())
