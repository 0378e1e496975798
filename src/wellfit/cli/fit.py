"""``wellfit fit``: the main job."""

from __future__ import annotations

from pathlib import Path

from wellfit.cli.asked import Asked, cluster, goal_of
from wellfit.cli.gate import DONE, Interrupt
from wellfit.cli.printing import print_population, print_saved, print_test
from wellfit.cli.progress import Watcher
from wellfit.cli.screen import Screen
from wellfit.study.fit_table import TableFit, fit_table
from wellfit.study.folder import save_folder
from wellfit.study.replacing import check_folder
from wellfit.study.run_files import free_folder

__all__ = ["fit_command"]


def fit_command(screen: Screen, asked: Asked) -> int:
    """Fit a table, print what came out and save it.

    Parameters
    ----------
    screen : Screen
        Where to print.
    asked : Asked
        Without a budget.

    Returns
    -------
    int
        Exit code.
    """
    goal = goal_of(asked)
    earlier = check_folder(goal.folder, overwrite=asked.overwrite)
    screen.goal = str(goal.folder)
    watcher = _Guard(screen, goal.folder, asked.overwrite)
    with cluster(screen, asked.scheduler), watcher.watching():
        job = fit_table(
            goal.table,
            goal.data,
            name=goal.name,
            changes=asked.changes,
            target_error=asked.target_error,
            listener=watcher,
            should_stop=watcher.should_stop,
        )
        watcher.bar.stop()
        if asked.out is None and goal.folder.exists():
            # Another process chose the same new name meanwhile.
            goal = goal._replace(folder=free_folder())
        summary = save_folder(job, goal.folder, goal.path, overwrite=asked.overwrite)
    print_population(screen, job)
    assert job.test is not None
    print_test(screen, job.test, job.metric)
    print_saved(screen, str(goal.folder), summary["files"], replaced=bool(earlier))
    if screen.as_json:
        screen.object({**summary, "folder": str(goal.folder)})
    return DONE


class _Guard(Watcher):
    """A watcher that refuses to replace an earlier run of something else as soon as it is known what this one is of."""

    def __init__(self, screen: Screen, folder: Path, overwrite: bool) -> None:
        super().__init__(screen, Interrupt())
        self.folder, self.overwrite = folder, overwrite

    def prepared(self, job: TableFit) -> None:
        """Refuse before anything is trained."""
        check_folder(self.folder, job.header(), overwrite=self.overwrite)
        super().prepared(job)
