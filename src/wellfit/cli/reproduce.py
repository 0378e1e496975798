"""``wellfit reproduce``: published experiments compared with ours."""

from __future__ import annotations

from pathlib import Path

from rich.progress import TaskProgressColumn

from wellfit.cli.error_handler import DONE, FAILED
from wellfit.cli.outputs import check_output, data_files
from wellfit.cli.progress import bar_of
from wellfit.cli.screen import Screen
from wellfit.course.published import Reproduction, reproduce
from wellfit.course.published.page import conclusion
from wellfit.course.published.tables import to_object
from wellfit.engines.kernels.compiling import ONCE, announced_compiling
from wellfit.events import Event, Progress
from wellfit.plots.style import is_available

__all__ = ["reproduce_command"]


def reproduce_command(screen: Screen, source: str, data: Path | None, course_functions: bool, seeds: int, out: Path | None) -> int:
    """Run published experiments, print a table a source, and write the page."""
    check_output(out, "reproduce.html", data_files(data))
    found = _run(screen, source, data, course_functions, seeds)
    if out is not None:
        found.report(out)
    screen.page(found.blocks())
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
