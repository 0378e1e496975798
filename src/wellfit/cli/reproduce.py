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
from wellfit.plots.style import is_available

__all__ = ["reproduce_command"]


def reproduce_command(screen: Screen, source: str, data: Path | None, course_functions: bool, seeds: int, out: Path | None) -> int:
    """Run published experiments, print a table a source, and write the page.

    Parameters
    ----------
    screen : Screen
        Where to print.
    source : str
        Which; ``"all"``: every one.
    data : Path or None
        Folder of ``data.mat``.
    course_functions : bool
        Whether to run the course's own functions as well.
    seeds : int
        Networks a kind of regularisation.
    out : Path or None
        HTML file to write.

    Returns
    -------
    int
        Exit code: 0, or 1 if something does not reproduce.
    """
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

    def tell(what: str, share: float) -> None:
        bar.update(task, description=what, completed=share)
        part = what.split(":")[0]
        if not screen.is_lively and part not in announced:
            announced.add(part)
            screen.tell(f"{part} ...")

    with announced_compiling(lambda: screen.tell(f"{ONCE} ...")), bar:
        task = bar.add_task("starting", total=1.0)
        return reproduce(source, data=data, course_functions=course_functions, seeds=seeds, on_progress=tell)
