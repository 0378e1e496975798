"""Examine all cases, and print what was found: `python -m benchmarks.faults`."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults.cases import HEALTHY, Case
from benchmarks.faults.everyone import PLANTERS, all_cases
from wellfit import diagnose

LEAST_NAMED, MOST_FALSE_ALARMS = 0.9, 1
RESULTS = Path(__file__).resolve().parents[1] / "results" / "faults.md"


@dataclass(frozen=True)
class Answer:
    """What a diagnosis said of a case.

    Parameters
    ----------
    fault, name : str
        Of the case.
    named : tuple of str
        Faults that were found, in their order.
    seconds : float
        How long the diagnosis took.
    """

    fault: str
    name: str
    named: tuple[str, ...]
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether the planted fault is named first or second, or nothing was found where nothing is."""
        return not self.named if self.fault == HEALTHY else self.fault in self.named[:2]


def examine(case: Case) -> Answer:
    """Diagnose a case without retraining."""
    begin = time.perf_counter()
    with case.surroundings():
        found = diagnose(case.model, *case.parts, retrain=False).findings
    return Answer(case.fault, case.name, tuple(finding.name for finding in found if finding.is_fault), time.perf_counter() - begin)


def markdown(answers: Sequence[Answer]) -> str:
    """Return the confusion table, what was missed, and whether the bars are met."""
    faults = dict.fromkeys(answer.fault for answer in answers)
    lines = [
        "# Planted faults and healthy networks\n",
        "| planted | cases | first | second | missed | named first |",
        "|---|--:|--:|--:|--:|---|",
    ]
    for fault in faults:
        group = [answer for answer in answers if answer.fault == fault]
        first, second = (sum(answer.named[place : place + 1] == (fault,) for answer in group) for place in (0, 1))
        heads = Counter(answer.named[0] if answer.named else "nothing" for answer in group)
        heads_text = ", ".join(f"{name} {count}" for name, count in heads.most_common())
        missed = sum(not answer.is_right for answer in group)
        cells = ("", "") if fault == HEALTHY else (str(first), str(second))
        lines.append(f"| {fault} | {len(group)} | {cells[0]} | {cells[1]} | {missed} | {heads_text} |")
    planted, healthy = ([answer for answer in answers if (answer.fault == HEALTHY) is is_healthy] for is_healthy in (False, True))
    right, alarms = sum(answer.is_right for answer in planted), sum(not answer.is_right for answer in healthy)
    mean = sum(answer.seconds for answer in answers) / max(1, len(answers))
    lines += [
        "",
        f"- Named first or second: {right} of {len(planted)} planted faults (at least {100 * LEAST_NAMED:g} % are asked for).",
        f"- False alarms: {alarms} among {len(healthy)} healthy models (at most {MOST_FALSE_ALARMS}).",
        f"- Seconds a diagnosis, without retraining: {mean:.2f}.",
    ]
    wrong = [answer for answer in answers if not answer.is_right]
    lines += [f"- {answer.fault}, {answer.name}: {', '.join(answer.named) or 'nothing'}" for answer in wrong]
    return "\n".join(lines) + "\n"


def is_good_enough(answers: Sequence[Answer]) -> bool:
    """Return whether enough faults are named and few enough false alarms are raised."""
    planted, healthy = ([answer for answer in answers if (answer.fault == HEALTHY) is is_healthy] for is_healthy in (False, True))
    named = sum(answer.is_right for answer in planted)
    return named >= LEAST_NAMED * len(planted) and sum(not answer.is_right for answer in healthy) <= MOST_FALSE_ALARMS


def main(arguments: Sequence[str] | None = None) -> int:
    """Examine, print and write down.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line; None for the process's own.

    Returns
    -------
    int
        0 if the bars are met.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=PLANTERS, metavar="FAULT", help=f"some faults only ({HEALTHY} among them); nothing is written then"
    )
    options = parser.parse_args(arguments)
    answers = []
    # That some trainings end too early, or on odd rows, is what they are for.
    warnings.simplefilter("ignore")
    for case in all_cases(options.only):
        answers.append(examine(case))
        print(f"{'ok  ' if answers[-1].is_right else 'MISS'} {case.fault} | {case.name} | {', '.join(answers[-1].named)}", flush=True)
    text = markdown(answers)
    print(text)
    if options.only is None:
        RESULTS.write_text(text, encoding="utf-8")
    return 0 if is_good_enough(answers) else 1


if __name__ == "__main__":
    sys.exit(main())
