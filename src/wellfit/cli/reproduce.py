"""``wellfit reproduce``: published experiments compared with ours."""

from __future__ import annotations

from pathlib import Path

from rich.progress import TaskProgressColumn

from wellfit.cli.error_handler import DONE, FAILED
from wellfit.cli.outputs import check_output, data_files
from wellfit.cli.progress import bar_of
from wellfit.cli.screen import Screen
from wellfit.course.published import Reproduction, reproduce, reproduction_page
from wellfit.course.published.page import conclusion
from wellfit.course.published.recipes import TITLES
from wellfit.course.published.tables import evidence_table, source_table, spread_table, to_object
from wellfit.engines.kernels.compiling import ONCE, announced_compiling
from wellfit.events import Event, Progress
from wellfit.files import write_file
from wellfit.plots.style import is_available
from wellfit.render.blocks import Table
from wellfit.render.terminal import STYLES, rich_table

__all__ = ["reproduce_command"]


def reproduce_command(screen: Screen, source: str, data: Path | None, course_functions: bool, seeds: int, out: Path | None) -> int:
    """Run published experiments, print a table a source, and write the page."""
    check_output(out, "reproduce.html", data_files(data))
    found = _run(screen, source, data, course_functions, seeds)
    if out is not None:
        write_file(out, reproduction_page(found).encode())
    _print(screen, found)
    screen.say("")
    screen.say(conclusion(found), style="bold red" if found.differs else "bold")
    if out is not None:
        figures = "tables, every number and figures" if is_available() else "tables and every number (figures need matplotlib)"
        screen.say(f"{out}: {figures}.")
    else:
        screen.say("Every number, with figures: --out FILE.html", style="dim")
    if screen.as_json:
        screen.object(to_object(found) | ({} if out is None else {"out": str(out)}))
    return FAILED if found.differs else DONE


def _run(screen: Screen, source: str, data: Path | None, course_functions: bool, seeds: int) -> Reproduction:
    bar = bar_of(screen, TaskProgressColumn())
    announced: set[str] = set()

    def follow(event: Event) -> None:
        if not isinstance(event, Progress):
            return
        bar.update(task, description=event.stage, completed=event.done, total=event.total)
        source = event.stage.split(":")[0]
        if not screen.is_lively and source not in announced:
            announced.add(source)
            screen.report(f"{source} ...")

    with announced_compiling(lambda: screen.report(f"{ONCE} ...")), bar:
        task = bar.add_task("starting", total=1.0)
        return reproduce(source, data=data, course_functions=course_functions, seeds=seeds, callback=follow)


def _print(screen: Screen, found: Reproduction) -> None:
    for result in found.sources:
        screen.say("")
        screen.say(TITLES[result.source], style="bold")
        for engine in result.rows:
            _show(screen, source_table(result, engine))
        spread = next(filter(None, (spread_table(result, engine) for engine in result.rows)), None)
        if spread is not None:
            _show(screen, spread)
        if result.evidence is not None:
            _show(screen, evidence_table(result.evidence))
            for sentence in result.evidence.sentences:
                screen.say(sentence)


def _show(screen: Screen, table: Table) -> None:
    """Print a table of a page; where it has no room, a line and the rest of the row below it."""
    screen.say("")
    screen.say(table.caption)
    rich = rich_table(table)
    if screen.has_room_for(rich):
        screen.show(rich)
    else:
        for first, *others in table.cells:
            screen.say(first.text, indent=2)
            filled = [f"{name} {cell.text}" for name, cell in zip(table.columns[1:], others, strict=True) if cell.text]
            screen.say("; ".join(filled), indent=6, style=next((STYLES[cell.tone] for cell in others if cell.tone), ""))
    for note in table.notes:
        screen.say(note, indent=2, style="dim")
