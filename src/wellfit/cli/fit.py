"""``wellfit fit``: a study of a table, started, resumed or extended."""

from __future__ import annotations

import math
import shlex
from functools import partial
from pathlib import Path

from wellfit.cli.error_handler import DONE, INTERRUPTED, Interrupt
from wellfit.cli.options import FitOptions, cluster, goal_of
from wellfit.cli.progress import say_prepared, say_read
from wellfit.cli.screen import Screen
from wellfit.cli.study_progress import StudyWatcher
from wellfit.errors import SpecError
from wellfit.plurals import counted
from wellfit.render.as_text import plain
from wellfit.runs.folder import save_folder
from wellfit.runs.page import table_page
from wellfit.runs.replacing import check_folder
from wellfit.runs.table_study import prepare_study, run_study, study_journal
from wellfit.study.journal import Journal
from wellfit.study.plans import Plan
from wellfit.study.run_files import JOURNAL, free_folder
from wellfit.study.study import Study
from wellfit.study.trial import LEAST_SECONDS, Budget

__all__ = ["fit_command"]


def fit_command(screen: Screen, asked: FitOptions) -> int:
    """Train networks on a table, print what came out and save it.

    Parameters
    ----------
    screen : Screen
        Where to print.
    asked : FitOptions
        With or without a budget.

    Returns
    -------
    int
        Exit code.
    """
    budget, goal = _budget(asked), goal_of(asked)
    plan = Plan("regularisation", {name: value for name, value in asked.changes.items() if value is not None})
    folder = goal.folder
    replaced = bool(check_folder(folder, overwrite=asked.overwrite))
    screen.goal = str(folder)
    watcher = StudyWatcher(screen, Interrupt(), budget)
    try:
        with cluster(screen, asked.scheduler), watcher.watching():
            on_read = partial(say_read, screen, goal.name)
            job = prepare_study(goal.table, goal.data, on_read, name=goal.name, plan=plan, target_error=asked.target_error)
            searched = len(job.split.train) + len(job.split.dev)
            say_prepared(screen, job, f"{counted(searched, 'row')} to learn from, {len(job.split.test):,} test")
            if asked.out is None:
                # Another process may have made the folder meanwhile.
                folder = free_folder()
                screen.goal = str(folder)
            with study_journal(
                job, folder, lambda sentence: screen.tell(f"warning: {sentence}", style="yellow"), asked.overwrite
            ) as journal:
                _say_where(screen, folder, journal, budget)
                watcher.begin(job.metric)
                job = run_study(job, budget, journal, listener=watcher, should_stop=watcher.should_stop)
                watcher.bar.stop()
                summary = save_folder(job, folder, goal.path)
    except KeyboardInterrupt:
        if not (folder / JOURNAL).exists():
            raise
        screen.error(f"interrupted; what was trained is in {folder / JOURNAL}, and {_again(folder)} resumes after it.")
        return INTERRUPTED
    assert job.study is not None
    screen.say("")
    screen.page(table_page(job))
    if job.study.divergence:
        screen.tell(f"warning: no network can be chosen; the first {job.study.divergence}", style="yellow")
    if job.study.interrupted:
        screen.tell(f"interrupted: {counted(job.study.networks, 'network')} trained; the best are kept.", style="yellow")
    screen.say("")
    screen.say(f"Saved in {folder}{' (the earlier result was replaced)' if replaced else ''}: {', '.join(summary['files'])}")
    screen.say(f"To use it: wellfit predict {shlex.quote(plain(str(folder)))} TABLE.csv --out predictions.csv", style="dim")
    if summary["search"]["interrupted"]:
        screen.say(f"To resume: {_again(folder)}.", style="dim")
    if screen.as_json:
        screen.object({**summary, "folder": str(folder)})
    return DONE


def _budget(asked: FitOptions) -> Budget:
    """Return what the study may spend, its limits named as on the command line."""
    if asked.seconds is not None and not LEAST_SECONDS <= asked.seconds < math.inf:
        raise SpecError(f"--time-budget must be at least {LEAST_SECONDS:g} second and finite, found {asked.seconds:g}.")
    if asked.trials is not None and asked.trials < 1:
        raise SpecError(f"--max-trials must be at least 1, found {asked.trials}.")
    return Budget(asked.seconds, asked.trials)


def _say_where(screen: Screen, folder: Path, journal: Journal, budget: Budget) -> None:
    """Print that a study is resumed, if it is."""
    study = Study(journal.header, journal.records)
    done = study.networks
    if not done:
        return
    networks = f"{counted(done, 'network')}"
    if not study.finished or not study.of_kind("model"):
        how = "it was interrupted there" if study.interrupted else "it was cut off there"
        screen.say(f"{folder}: the study resumes after {networks}; {how}")
    elif not budget.is_limited:
        screen.say(f"{folder}: holds a finished study of {networks}; --time-budget or --max-trials extends it")
    elif budget.seconds is None and budget.trials is not None and done >= budget.trials:
        screen.say(
            f"{folder}: holds a finished study of {networks}, all that --max-trials {budget.trials} asks for; ask for more to extend it"
        )
    else:
        screen.say(f"{folder}: extends the study of {networks}")


def _again(folder: Path) -> str:
    return f"the same command with --out {shlex.quote(plain(str(folder)))}"
