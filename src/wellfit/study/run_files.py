"""Names of the files that a study leaves in its folder, and which of them an earlier result lists."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

from wellfit.store import MODEL_FILE as MODEL

__all__ = ["JOURNAL", "MODEL", "NAMES", "REPORT", "RESULT", "SEARCH", "TRIALS", "earlier_files", "free_folder"]

JOURNAL, TRIALS, HISTORY, RESULT, REPORT = "journal.jsonl", "trials.csv", "history.csv", "result.json", "report.html"
COSTS, GAPS, SEARCH, BOUNDARY = "cost_curves.png", "gaps.png", "search.png", "decision_boundary.png"
# The last one is of earlier versions.
NAMES = (REPORT, MODEL, TRIALS, HISTORY, COSTS, GAPS, SEARCH, BOUNDARY, RESULT, "networks.csv")
DEFAULT_FOLDER = "wellfit-run"


def free_folder() -> Path:
    """Return the name of a new folder in the current one."""
    names = itertools.chain([DEFAULT_FOLDER], (f"{DEFAULT_FOLDER}-{number}" for number in itertools.count(2)))
    return next(Path(name) for name in names if not Path(name).exists())


def earlier_files(folder: Path) -> tuple[str, ...]:
    """Return the names that an earlier result lists as its own."""
    try:
        found = json.loads((folder / RESULT).read_bytes())
        return tuple(name for name in found["files"] if name in NAMES) if "wellfit" in found else ()
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return ()
