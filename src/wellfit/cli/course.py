"""``wellfit course``: a notebook of the course, run as it is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from wellfit.cli.error_handler import DONE, FAILED
from wellfit.cli.outputs import check_output, data_files
from wellfit.cli.screen import Screen
from wellfit.course.notebook.run import FAILED as CELL_FAILED
from wellfit.course.notebook.run import LOOK_ALIKE, CellRun, NotebookRun, NotebookSetup, run_notebook
from wellfit.files import write_file
from wellfit.plurals import counted
from wellfit.render.as_text import plain

__all__ = ["course_command"]

STYLES = {"met": "green", "close": "green", "differs": "yellow", LOOK_ALIKE: "yellow", CELL_FAILED: "bold red", "none stored": "dim"}
WORDS = {
    "met": "met",
    "close": "met up to rounding",
    "unstable": "without stable digits",
    LOOK_ALIKE: "different with look-alike data",
    "differs": "different",
    CELL_FAILED: "failed",
    "none stored": "with no stored numbers",
}
TITLE, INDENT = 46, 9


def course_command(screen: Screen, notebook: Path, data: Path | None, out: Path | None, timeout: float) -> int:
    """Run a notebook and print, for each cell, whether its stored numbers were met."""
    check_output(out, "run.ipynb", {"notebook": notebook, **data_files(data or notebook.parent)})
    columns = SpinnerColumn(), TextColumn("cell {task.description} of {task.total}"), TimeElapsedColumn()
    bar = Progress(*columns, console=screen.err, transient=True, disable=not screen.is_lively)
    task = bar.add_task("1")

    def on_start(setup: NotebookSetup) -> None:
        _print_start(screen, notebook, setup)
        bar.reset(task, total=setup.cells)
        bar.start()

    def on_cell(cell: CellRun) -> None:
        # Stopped and cleared, lest a result on standard output lands in its line.
        bar.stop()
        _print_cell(screen, cell)
        bar.reset(task, description=str(cell.number + 1))
        if cell.number < (bar.tasks[0].total or 0):
            bar.start()

    try:
        run = run_notebook(notebook, data, timeout=timeout, on_start=on_start, on_cell=on_cell)
    finally:
        bar.stop()
    if out is not None:
        write_file(out, run.content.encode("utf-8"))
    _print_end(screen, run, out)
    if screen.as_json:
        screen.object(_object(notebook, run))
    return FAILED if run.failed else DONE


def _print_start(screen: Screen, notebook: Path, setup: NotebookSetup) -> None:
    screen.report(
        f"running the code of {notebook.name}, {counted(setup.cells, 'cell')}, which is its author's and may do all that you may, "
        "in a fresh working folder; Ctrl-C stops it."
    )
    for name, place in setup.files.items():
        if place is not None:
            screen.report(f"{name}: {place}")
    if setup.missing:
        generated = ", ".join(name for name, place in setup.files.items() if place is None)
        screen.report(f"warning: {setup.missing}", style="yellow")
        screen.report(
            f"warning: generated stand-ins replace {generated}: cells that read them cannot reproduce stored numbers.", style="yellow"
        )


def _print_cell(screen: Screen, cell: CellRun) -> None:
    head = f"cell {cell.number:<3} {_shortened(cell.title):<{TITLE}}  "
    of_numbers = f" ({counted(cell.stored, 'number')})" if cell.stored > 1 and cell.verdict in ("met", "close") else ""
    verdict, style = cell.reason + of_numbers, STYLES.get(cell.verdict, "")
    if len(head + verdict) <= screen.out.width:
        screen.show(Text(plain(head)).append(plain(verdict), style))
    else:
        screen.show(Text(plain(head.rstrip())))
        screen.say(verdict, indent=INDENT, style=style)
    for line in cell.skipped:
        screen.say(f"skipped: {_shortened(line)}", indent=INDENT, style="dim")


def _shortened(code: str) -> str:
    return code if len(code) <= TITLE else code[: TITLE - 3] + "..."


def _print_end(screen: Screen, run: NotebookRun, out: Path | None) -> None:
    counts = Counter(cell.verdict for cell in run.cells)
    parts = ", ".join(f"{counts[verdict]} {word}" for verdict, word in WORDS.items() if counts[verdict])
    seconds = sum(cell.seconds for cell in run.cells)
    screen.say("")
    screen.say(
        f"{counted(len(run.cells), 'cell')} in {seconds:.0f} s: {parts or 'none with code'}.", style="bold red" if run.failed else "bold"
    )
    if out is not None:
        screen.say(f"As it ran: {out}")


def _object(notebook: Path, run: NotebookRun) -> dict[str, Any]:
    return {
        "notebook": str(notebook),
        "failed": run.failed,
        "files": {name: None if place is None else str(place) for name, place in run.setup.files.items()},
        "cells": [
            {
                "cell": cell.number,
                "code": cell.title,
                "verdict": cell.verdict,
                "digits": cell.digits,
                "numbers": cell.stored,
                "says": cell.reason,
                "passed_over": list(cell.skipped),
                "seconds": round(cell.seconds, 3),
            }
            for cell in run.cells
        ],
    }
