"""The command line as a whole: help, version, check, progress, Ctrl-C and readers that go away."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from typer.main import get_command

import wellfit as package
from wellfit.cli.error_handler import INTERRUPTED, Interrupt, run
from wellfit.cli.main import app
from wellfit.cli.progress import StoppableProgress
from wellfit.cli.screen import Screen
from wellfit.cli.study_progress import StudyWatcher
from wellfit.runs.table_study import prepare_study, run_study
from wellfit.spec import Data
from wellfit.study.journal import Journal
from wellfit.study.plans import Plan
from wellfit.study.trial import Budget


@pytest.mark.parametrize("argv", [["--help"], ["-h"], [], ["fit", "--help"], ["predict", "-h"], ["check", "--help"]])
def test_help(wellfit, argv):
    answer = wellfit(*argv)
    assert "Usage: wellfit" in answer.out + answer.err
    assert answer.code in (0, 2)
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("verb", ["fit", "diagnose"])
def test_options_have_the_names_of_the_estimators_parameters_and_short_ones(verb):
    found = {tuple(option.opts) for option in get_command(app).commands[verb].params}
    assert found > {
        ("--time-budget", "--time"),
        ("--random-state", "--seed"),
        ("--groups", "--group"),
        ("--categorical-features", "--category"),
    }
    assert (("--max-trials", "--trials") in found) == (verb == "fit")


def test_version(wellfit):
    assert wellfit("--version").out == f"wellfit {package.__version__}\n"


def test_help_and_version_start_without_anything_heavy():
    code = """
import sys
from wellfit.cli import main
main(["--version"])
print(*(name for name in ("numpy", "pandas", "numba", "sklearn", "matplotlib", "scipy") if name in sys.modules))
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[1:] == [""]


# === wellfit check ===


class Check:
    def __init__(self, passed):
        self.passed, self.relative_distance, self.threshold = passed, 1e-9 if passed else 0.5, 1e-7
        self.reason = "layer 2 is off by a factor of 2"


@pytest.mark.parametrize(("passed", "code"), [(True, 0), (False, 1)])
def test_check_says_what_failed(wellfit, monkeypatch, passed, code):
    from wellfit.engines.gradcheck import matrix_cases

    cases = matrix_cases()[:6]
    monkeypatch.setattr("wellfit.cli.check.matrix_cases", lambda: cases)
    monkeypatch.setattr("wellfit.cli.check.check_matrix", lambda: ((case, Check(passed or place != 3)) for place, case in enumerate(cases)))
    answer = wellfit("check")
    assert answer.code == code
    assert ("All passed." in answer.out) == passed
    assert ("layer 2 is off by a factor of 2" in answer.out) != passed
    found = wellfit("check", "--json").object
    assert (found["checks"], found["passed"], len(found["failed"])) == (6, 6 if passed else 5, 0 if passed else 1)


def test_check_checks_the_compiled_engine(wellfit, monkeypatch):
    from wellfit.engines.gradcheck import matrix_cases

    some = matrix_cases()[::97]
    monkeypatch.setattr("wellfit.engines.gradcheck.matrix_cases", lambda: some)
    answer = wellfit("check")
    assert answer.code == 0
    assert "All passed." in answer.out


# === Progress ===


SMALL = {"hidden": ((4,),), "l2": (0.1,), "dropout": (0.2,), "epochs": 3, "seeds": 2}


def watched(watcher):
    """Fit a table without a budget while a watcher looks on."""
    job = prepare_study("good.csv", Data(target="label"), lambda frame: None, plan=Plan("regularisation", SMALL))
    watcher.begin(job.metric)
    return run_study(job, Budget(), Journal.open(None, job.header()), callback=watcher)


def test_the_bar_shows_networks_done_and_the_best_dev_error(folder):
    screen = Screen()
    screen.out = Console(file=io.StringIO())
    screen.err = Console(force_terminal=True, width=100, record=True, file=io.StringIO())
    watcher = StudyWatcher(screen, Interrupt(), Budget())
    study = watched(watcher).study
    trials = study.to_frame()
    setting = ["change", "hidden", "l2", "dropout"]
    # One seed of each fold counts, lest the number of seeds move the figure.
    best = trials.groupby([*setting, "part"])["dev_error"].first().groupby(setting).mean().min()
    watcher.bar.stop()
    task = watcher.bar.tasks[0]
    assert (task.completed, task.total) == (1.0, 1.0)
    begun, error = task.fields["text"].removesuffix(" %").split(" best dev error ")
    assert begun == "20 of 20 networks, 0:00 left,"
    # The folds differ by a row in size, and the bar weights them by it.
    assert float(error.split(" %")[0]) == pytest.approx(100 * best, abs=0.2)
    screen.err.print(watcher.bar.get_renderable())
    shown = screen.err.export_text()
    assert "20 of 20 networks" in shown
    assert "best dev error" in shown


def test_a_dumb_terminal_gets_lines_instead_of_a_bar(folder, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    screen = Screen(as_json=True)
    screen.err = Console(force_terminal=True, width=100, file=io.StringIO())
    watcher = StudyWatcher(screen, Interrupt(), Budget())
    study = watched(watcher).study
    watcher.bar.stop()
    lines = screen.err.file.getvalue().splitlines()
    assert " ".join(lines).split() == " ".join(study.messages[:-1]).split()
    assert "Comparing no regularisation, L2, dropout and both: 4 settings, 20 networks ..." in " ".join(lines)


def test_figures_keep_their_percent_signs(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "20")
    Screen().say("a text as long as 12.3 % of another")
    assert "12.3 % of" in capsys.readouterr().out.splitlines()[1]


WIDTHS = [20, 40, 50, 60, 72, 75, 80, 120, 200]
PARTS = ["17 of 120 networks", "0:05 left", "best dev error 2.6 %", "5.34 a second"]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_bar_shows_whole_parts_and_fits_any_width(width):
    screen = Screen()
    screen.err = Console(force_terminal=True, width=width, record=True, file=io.StringIO())
    watcher = StoppableProgress(screen, Interrupt())
    watcher.move("searching", 17 / 120, PARTS)
    screen.err.print(watcher.bar.get_renderable())
    (line,) = screen.err.export_text().splitlines()
    assert len(line) <= width
    shown = re.fullmatch(r"searching( +━+[ ╺╸━]*)? (?P<parts>.*?) *", line)["parts"]
    assert shown in [", ".join(PARTS[:count]) for count in range(1, 5)] or (width == 20 and shown == "17 of 120…")
    assert width < 120 or shown == ", ".join(PARTS)


LINES = [
    "Round 1: dev error 27.1 %, training 18.1 %: high variance. Trying 5 networks with l2, dropout, both, label smoothing and more ...",
    "warning: target 'y' has missing values in 7 of 60 rows: those rows are dropped.",
    "/a/folder/with/a/long/name/that/no/narrow/terminal/has/room/for/in/one/line.csv.gz: 1,000 rows, 21 columns",
]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("text", LINES)
@pytest.mark.parametrize("write", ["say", "report", "error"])
@pytest.mark.parametrize("is_terminal", [True, False])
def test_lines_are_wrapped_between_words(width, text, write, is_terminal):
    screen = Screen()
    screen.out = screen.err = Console(force_terminal=is_terminal, width=width, file=io.StringIO(), color_system=None)
    getattr(screen, write)(text)
    lines = screen.out.file.getvalue().splitlines()
    expected = f"error: {text}" if write == "error" else text
    assert " ".join(lines).split() == expected.split()
    if write != "say" and not is_terminal:
        assert lines == [expected]
    else:
        assert all(len(line) <= width or " " not in line for line in lines)
        assert not any(line.startswith("%") for line in lines)


def test_compiling_is_announced_before_it_happens(capsys):
    from numba import njit

    watcher = StoppableProgress(Screen(), Interrupt())
    with watcher.watching():
        njit(lambda x: x + 1)(1)
        njit(lambda x: x + 2)(1)
    assert capsys.readouterr().err.count("compiling for this machine") == 1


def test_no_color_is_respected(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen()
    screen.err = Console(stderr=True, force_terminal=True, record=True, file=io.StringIO())
    screen.error("something")
    assert "\x1b[31m" not in screen.err.export_text(styles=True)
    assert screen.err.no_color


# === Ctrl-C ===


def test_the_first_ctrl_c_asks_and_the_second_leaves():
    before = signal.getsignal(signal.SIGINT)
    interrupt = Interrupt()
    with interrupt.caught():
        signal.raise_signal(signal.SIGINT)
        assert interrupt(None)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_before_anything_is_useful_writes_nothing(folder, wellfit, monkeypatch):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("wellfit.study.trainer.Trainer.train", stop)
    answer = wellfit("fit", "good.csv", "-t", "label", "--out", "run")
    assert answer.code == INTERRUPTED
    assert answer.err.splitlines()[-1] == "error: interrupted; nothing was written."
    assert not (folder / "run").exists()


def test_ctrl_c_while_training_saves_the_best_so_far(folder):
    code = """
import sys
from wellfit.cli import main
from wellfit.cli.study_progress import StudyWatcher
def show(self, event, before=StudyWatcher._show):
    before(self, event)
    print("trained", event.done, file=sys.stderr, flush=True)
StudyWatcher._show = show
sys.exit(main(sys.argv[1:]))
"""
    options = "fit good.csv -t label --out run --json --epochs 3000 --seeds 100"
    with subprocess.Popen(
        [sys.executable, "-c", code, *options.split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stderr:
            if line.startswith("trained 5"):
                process.send_signal(signal.SIGINT)
                break
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "Ctrl-C: keeping the best so far" in err
    assert "interrupted: " in err
    found = json.loads(out)
    assert found["search"]["interrupted"] is True
    assert 5 <= found["search"]["networks"] < 24 * 100
    assert found["regularisers"][0]["dev_error"]["estimate"] >= 0
    assert package.load("run/model.safetensors").classes == ("no", "yes")


# === Ends that are nobody's mistake ===


def test_a_reader_that_goes_away_is_no_error(folder):
    code = """
import sys
from wellfit.cli.error_handler import run
def command(screen):
    for _ in range(100_000):
        print("a line that nobody reads")
    return 0
sys.exit(run(command, False))
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1


@pytest.mark.parametrize(
    ("options", "errors"),
    [(("--trials", "2"), subprocess.PIPE), (("--seeds", "1", "--hidden", "3", "--epochs", "2", "--json"), subprocess.STDOUT)],
    ids=["a search", "nor its errors"],
)
def test_a_fit_is_saved_though_nobody_reads_what_it_prints(folder, options, errors):
    reading, writing = os.pipe()
    os.close(reading)
    line = [sys.executable, "-m", "wellfit", "fit", "good.csv", "-t", "label", "--out", "run", *options]
    answer = subprocess.run(line, stdout=writing, stderr=errors, text=True, check=False)
    os.close(writing)
    assert answer.returncode == 0
    assert package.load("run/model.safetensors").classes == ("no", "yes")
    if answer.stderr is not None:
        assert answer.stderr.count("standard output is closed; results are still saved in run.") == 1
        assert "Traceback" not in answer.stderr


def test_too_little_memory_is_told(capsys):
    def command(screen):
        raise MemoryError

    assert run(command, as_json=False) == 2
    assert capsys.readouterr().err.startswith("error: this machine's memory is too small for the table")


def test_faults_of_our_own_are_not_hidden():
    def command(screen):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(command, as_json=False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_full_disk_behind_standard_output_is_one_line(folder, options):
    line = [sys.executable, "-m", "wellfit", "fit", "good.csv", "-t", "label", "--hidden", "4", "--epochs", "1", "--seeds", "1", *options]
    with open("/dev/full", "w") as full:
        answer = subprocess.run(line, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert answer.returncode == 2
    assert answer.stderr.splitlines()[-1] == "error: cannot write to standard output: no space left on device."
    assert "Traceback" not in answer.stderr
