"""``wellfit fit``: a study of a table, started, resumed or extended."""

from __future__ import annotations

import math
import shlex
from functools import partial
from pathlib import Path

from wellfit.cli.error_handler import DONE, INTERRUPTED, Interrupt
from wellfit.cli.options import FitOptions, cluster, inputs_of
from wellfit.cli.progress import print_prepared, print_read
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


def fit_command(screen: Screen, options: FitOptions) -> int:
    """Run a study of a table, print its results and save them."""
    budget, inputs = _budget(options), inputs_of(options)
    plan = Plan("regularisation", {name: value for name, value in options.changes.items() if value is not None})
    folder = inputs.folder
    replaced = bool(check_folder(folder, overwrite=options.overwrite))
    screen.results = str(folder)
    watcher = StudyWatcher(screen, Interrupt(), budget)
    try:
        with cluster(screen, options.scheduler), watcher.watching():
            on_read = partial(print_read, screen, inputs.name)
            job = prepare_study(inputs.table, inputs.data, on_read, name=inputs.name, plan=plan, target_error=options.target_error)
            searched = len(job.split.train) + len(job.split.dev)
            print_prepared(screen, job, f"{counted(searched, 'row')} to learn from, {len(job.split.test):,} test")
            if options.out is None:
                # Another process may have made the folder meanwhile.
                folder = free_folder()
                screen.results = str(folder)
            with study_journal(
                job, folder, lambda sentence: screen.report(f"warning: {sentence}", style="yellow"), options.overwrite
            ) as journal:
                _print_resumed(screen, folder, journal, budget)
                watcher.begin(job.metric)
                job = run_study(job, budget, journal, callback=watcher)
                watcher.bar.stop()
                summary = save_folder(job, folder, inputs.path)
    except KeyboardInterrupt:
        if not (folder / JOURNAL).exists():
            raise
        screen.error(f"interrupted; what was trained is in {folder / JOURNAL}, and {_again(folder)} resumes after it.")
        return INTERRUPTED
    assert job.study is not None
    screen.say("")
    screen.page(table_page(job))
    if job.study.divergence:
        screen.report(f"warning: no network can be chosen; the first {job.study.divergence}", style="yellow")
    if job.study.interrupted:
        screen.report(f"interrupted: {counted(job.study.networks, 'network')} trained; the best are kept.", style="yellow")
    screen.say("")
    screen.say(f"Saved in {folder}{' (the earlier result was replaced)' if replaced else ''}: {', '.join(summary['files'])}")
    screen.say(f"To use it: wellfit predict {shlex.quote(plain(str(folder)))} TABLE.csv --out predictions.csv", style="dim")
    if summary["search"]["interrupted"]:
        screen.say(f"To resume: {_again(folder)}.", style="dim")
    if screen.as_json:
        screen.object({**summary, "folder": str(folder)})
    return DONE


def _budget(options: FitOptions) -> Budget:
    """Return what the study may spend, its limits named as on the command line."""
    if options.seconds is not None and not LEAST_SECONDS <= options.seconds < math.inf:
        raise SpecError(f"--time-budget must be at least {LEAST_SECONDS:g} second and finite, found {options.seconds:g}.")
    if options.trials is not None and options.trials < 1:
        raise SpecError(f"--max-trials must be at least 1, found {options.trials}.")
    return Budget(options.seconds, options.trials)


def _print_resumed(screen: Screen, folder: Path, journal: Journal, budget: Budget) -> None:
    """Print that a study is resumed, if it is."""
    study = Study(journal.header, journal.records)
    done = study.networks
    if not done:
        return
    networks = f"{counted(done, 'network')}"
    if not study.finished or not study.of_kind("model"):
        how = "it was interrupted there" if study.interrupted else "it ended there"
        screen.say(f"{folder}: the study resumes after {networks}; {how}")
    elif not budget.is_limited:
        screen.say(f"{folder}: holds a finished study of {networks}; --time-budget or --max-trials extends it")
    elif budget.seconds is None and budget.trials is not None and done >= budget.trials:
        screen.say(f"{folder}: holds a finished study of {networks}, the limit of --max-trials {budget.trials}; a larger number extends it")
    else:
        screen.say(f"{folder}: extends the study of {networks}")


def _again(folder: Path) -> str:
    return f"the same command with --out {shlex.quote(plain(str(folder)))}"
