"""``wellfit check``: every gradient against finite differences."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from rich.progress import MofNCompleteColumn

from wellfit.cli.error_handler import DONE, FAILED
from wellfit.cli.progress import bar_of
from wellfit.cli.screen import Screen
from wellfit.engines.gradcheck import Case, GradientCheck, check_matrix, matrix_cases
from wellfit.engines.kernels.compiling import ONCE, announced_compiling
from wellfit.plurals import counted
from wellfit.render.blocks import Block, Cell, Page, Points, Section, Table, Tone

__all__ = ["check_command"]


def check_command(screen: Screen) -> int:
    """Check all combinations of options and print the worst of each loss."""
    total = len(matrix_cases())
    checks: list[tuple[Case, GradientCheck]] = []
    bar = bar_of(screen, MofNCompleteColumn())
    with announced_compiling(lambda: screen.report(f"{ONCE} ...")), bar:
        task = bar.add_task("checking", total=total)
        for case, check in check_matrix():
            checks.append((case, check))
            bar.advance(task)
    failed = [(case, check) for case, check in checks if not check.passed]
    screen.page(_page(checks, failed))
    if screen.as_json:
        screen.object(_object(checks, failed))
    return FAILED if failed else DONE


def _page(checks: list[tuple[Case, GradientCheck]], failed: list[tuple[Case, GradientCheck]]) -> Page:
    """Return a row a loss: how many checks, the largest distance, what has to be stayed under; and the first that failed."""
    by_loss: dict[str, list[GradientCheck]] = defaultdict(list)
    for case, check in checks:
        by_loss[case.loss].append(check)
    rows: list[list[str | Cell]] = []
    for loss, found in by_loss.items():
        worst, passed = max(check.relative_distance for check in found), sum(check.passed for check in found)
        tone: Tone = "good" if passed == len(found) else "bad"
        rows.append([loss, str(len(found)), Cell(str(passed), tone), f"{worst:.1e}", f"{found[0].threshold:.0e}"])
    heads = ["loss", "checks", "passed", "largest distance", "must be under"]
    blocks: list[Block] = [Table("By loss", heads, rows, (1, 2, 3, 4))]
    if failed:
        blocks.append(Points([f"failed: {_words(case)}: {check.reason}" for case, check in failed[:10]]))
    lead = (
        f"{counted(len(checks), 'gradient')}: losses, activations, penalties, dropout, outputs; fresh and trained. "
        f"{f'{len(failed):,} failed.' if failed else 'All passed.'}"
    )
    return Page("Gradients against central differences", lead, [Section("Relative distances", blocks)])


def _words(case: Case) -> str:
    return ", ".join(f"{name} {value}" for name, value in case._asdict().items())


def _object(checks: list[tuple[Case, GradientCheck]], failed: list[tuple[Case, GradientCheck]]) -> dict[str, Any]:
    return {
        "checks": len(checks),
        "passed": len(checks) - len(failed),
        "largest_distance": max(check.relative_distance for _, check in checks),
        "threshold": checks[0][1].threshold,
        "failed": [{**case._asdict(), "reason": check.reason} for case, check in failed],
    }
