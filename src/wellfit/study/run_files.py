"""Names of the files that a run leaves in its folder, and which of them an earlier result lists."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

from wellfit.store import MODEL_FILE as MODEL

__all__ = ["JOURNAL", "MODEL", "NAMES", "REPORT", "RESULT", "SEARCH", "STUDY_NAMES", "TRIALS", "earlier_files", "free_folder"]

HISTORY, NETWORKS, RESULT = "history.csv", "networks.csv", "result.json"
REPORT = "report.html"
COSTS, GAPS, BOUNDARY = "cost_curves.png", "gaps.png", "decision_boundary.png"
NAMES = (REPORT, MODEL, HISTORY, NETWORKS, COSTS, GAPS, BOUNDARY, RESULT)
# What a study leaves beside some of them.
JOURNAL, TRIALS, SEARCH = "journal.jsonl", "trials.csv", "search.png"
STUDY_NAMES = (REPORT, MODEL, TRIALS, SEARCH, COSTS, BOUNDARY, RESULT)
DEFAULT_FOLDER = "wellfit-run"


def free_folder() -> Path:
    """Return the name of a new folder in the current one.

    Returns
    -------
    Path
        ``wellfit-run``, or with the first free number behind it.
    """
    names = itertools.chain([DEFAULT_FOLDER], (f"{DEFAULT_FOLDER}-{number}" for number in itertools.count(2)))
    return next(Path(name) for name in names if not Path(name).exists())


def earlier_files(folder: Path) -> tuple[str, ...]:
    """Return the names that an earlier result lists as its own.

    Parameters
    ----------
    folder : path
        Where it may be.

    Returns
    -------
    tuple of str
        Empty where there is none.
    """
    try:
        found = json.loads((folder / RESULT).read_bytes())
        return tuple(name for name in found["files"] if name in {*NAMES, *STUDY_NAMES}) if "wellfit" in found else ()
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return ()
