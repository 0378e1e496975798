"""Studies are killed with kill -9 at any moment and resumed: no finished trial is lost, and the end is that of one in one go."""

import argparse
import contextlib
import json
import os
import random
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

import numpy as np
import pandas as pd

from wellfit import plots
from wellfit.cli import main as wellfit
from wellfit.engines.api import get_engine
from wellfit.spec import Network, Spec, Training
from wellfit.store import load
from wellfit.study.journal import Journal, read_journal
from wellfit.study.run_files import JOURNAL, MODEL, RESULT
from wellfit.training.arrays import make_data
from wellfit.training.fit import fit_network
from wellfit.training.task import Task

ROOT = Path(__file__).resolve().parents[1]
# A study without a budget has twenty networks, compared by folds, and the first is extended. Of the others, with a budget, few networks
# are compared by one dev part, more of them by folds, and both do other things between trials; the last is extended.
QUICK = ("--hidden", "6", "--l2", "0.1", "--dropout", "0.2", "--epochs", "6", "--seeds", "2")
TRIALS = ((None, 26), (7,), (18,), (7, 12))
ROWS = 40
MOST_TRIES = 20
NUMBER = struct.Struct("<q")
LONG = 600.0


def table():
    """Return a table that is learned in no time."""
    draw = np.random.default_rng(0)
    found = pd.DataFrame({"a": draw.normal(size=ROWS), "b": draw.normal(size=ROWS)})
    return found.assign(label=np.where(found["a"] + found["b"] + draw.normal(0, 0.7, ROWS) > 0, "yes", "no"))


def warm():
    """Import and load what every search needs, once for all children."""
    import sklearn.linear_model  # noqa: F401

    import wellfit.cli.fit  # noqa: F401

    engine = get_engine("compiled").with_threads(1)
    spec = Spec(Network(2, (3,)), Training(loss="binary_cross_entropy", dropout=0.1, epochs=1))
    result = fit_network(Task(spec, make_data(np.eye(2), [0.0, 1.0], "float32", rows=[0, 1], dev_rows=[0, 1])), engine=engine)
    engine.forward(spec, result.parameters, np.eye(2, dtype=np.float32))


class Child:
    """A process of its own with ``wellfit fit`` in it, that tells of every line of the journal that is on the disk.

    Parameters
    ----------
    folder : Path
        With ``table.csv``; the study goes into ``run`` in it.
    trials : int or None
        Networks in all; None: no budget.
    """

    def __init__(self, folder, trials):
        self.folder = folder
        self.heard, told = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.heard)
            self._search(folder, trials, told)
        os.close(told)

    @staticmethod
    def _search(folder, trials, told):
        code = 1
        try:
            append = Journal.append

            def telling(journal, record):
                append(journal, record)
                os.write(told, NUMBER.pack(len(journal.records)))

            Journal.append = telling
            plots.is_available = lambda: False
            log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(log, 1)
            os.dup2(log, 2)
            budget = () if trials is None else ("--trials", str(trials))
            code = wellfit(["fit", str(folder / "table.csv"), "-t", "label", *QUICK, *budget, "--out", str(folder / "run")])
            sys.stdout.flush()
        except BaseException:  # noqa: BLE001  (what ends the process below prints nothing)
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(code)

    def killed(self, seconds, records=0):
        """Kill it so many seconds after it said that so many records were kept, unless it ends before.

        Return whether it was killed, and how many records it said were kept.
        """
        os.set_blocking(self.heard, False)
        said, until = b"", None
        while not _ended(self.pid) and (until is None or time.perf_counter() < until):
            said += self._said()
            if until is None and _latest(said) >= records:
                until = time.perf_counter() + seconds
            time.sleep(0.0005)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        said += self._said()
        os.close(self.heard)
        if not os.WIFSIGNALED(status):
            code, log = os.waitstatus_to_exitcode(status), self.folder / "log"
            assert code == 0, f"a search ended with status {code}:\n{log.read_text()[-2000:] if log.exists() else ''}"
        return os.WIFSIGNALED(status), _latest(said)

    def _said(self):
        with contextlib.suppress(BlockingIOError):
            return os.read(self.heard, 1 << 16)
        return b""


def _latest(said):
    """Return the last number that was written whole."""
    whole = len(said) // NUMBER.size * NUMBER.size
    return NUMBER.unpack_from(said, whole - NUMBER.size)[0] if whole else 0


def _ended(pid):
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def whole(folder, plan):
    """Search in one go, and extend it as often as is planned; return of each the seconds that it took, and what came out."""
    table().to_csv(folder / "table.csv", index=False)
    found = []
    for trials in plan:
        begun = time.perf_counter()
        killed, _ = Child(folder, trials).killed(LONG)
        assert not killed, (folder / "log").read_text()[-2000:]
        found.append((time.perf_counter() - begun, outcome(folder / "run")))
    return found


def outcome(folder):
    """Return what a study ended with, but for its times: result, model bits, and the trials in the order of their numbers."""
    result = json.loads((folder / RESULT).read_text())
    model = load(folder / MODEL)
    _, records = read_journal(folder / JOURNAL)
    trials = [{name: value for name, value in record.items() if name != "seconds"} for record in records if record["kind"] == "trial"]
    keys = [json.dumps([trial["spec"], trial["seed"], trial["part"], trial["epochs"]], sort_keys=True) for trial in trials]
    assert len(keys) == len(set(keys)), "a trial that was finished was trained again"
    return {
        "result": _timeless(result),
        "bits": [network.parameters.tobytes().hex() for network in model.networks],
        "weights": model.weights,
        "trials": sorted(trials, key=lambda trial: (trial["number"], trial["rung"])),
    }


def _timeless(value):
    if isinstance(value, dict):
        return {name: _timeless(each) for name, each in value.items() if name not in ("seconds", "name")}
    if isinstance(value, list):
        return [_timeless(each) for each in value]
    return re.sub(r"\(\d+ s\)", "", value) if isinstance(value, str) else value


def kill_searches(count, seed, folder):
    """Kill as many searches and go on with each; return how many were killed in the middle, and how many studies came to their end."""
    warm()
    tally, draw, expected, ended = TrialRegistry(count), random.Random(seed), {}, 0
    while tally.left:
        plan = TRIALS[ended % len(TRIALS)]
        if plan not in expected:
            (folder / f"whole-{ended}").mkdir()
            expected[plan] = whole(folder / f"whole-{ended}", plan)
        place = folder / f"cut-{ended}"
        place.mkdir()
        table().to_csv(place / "table.csv", index=False)
        for trials, (seconds, found) in zip(plan, expected[plan], strict=True):
            kill_until_the_end(place, trials, seconds, draw, tally)
            cut = outcome(place / "run")
            for name, value in found.items():
                assert cut[name] == value, f"study {ended} ended with another {name} than in one go: {_first_difference(cut[name], value)}"
        left = [path.name for path in (place / "run").iterdir() if path.name not in cut["result"]["files"] and ".partial" not in path.name]
        assert not left, f"study {ended} left {left}"
        ended += 1
    return {"kills": tally.killed, "between trials": tally.in_the_middle, "studies": ended}


class TrialRegistry:
    """How many searches were killed.

    Parameters
    ----------
    count : int
        How many are to be; more, until one is killed between trials.
    """

    def __init__(self, count):
        self.count, self.killed, self.in_the_middle = count, 0, 0

    @property
    def left(self):
        """Whether to kill on: on a busy machine the first few kills may all come before the first trial."""
        return self.killed < self.count or (not self.in_the_middle and self.killed < MOST_TRIES * self.count)


def kill_until_the_end(place, trials, seconds, draw, tally):
    """Kill a search, or the extension of one, again and again, until it ends before; look each time for what it had kept."""
    journal = place / "run" / JOURNAL
    records = _records(journal)
    begun = _trials(records)
    while True:
        before = len(records)
        # One in three dies at any time at all, the others where records are written; the last life is as long as it takes.
        moment = (draw.uniform(0, seconds), 0) if draw.random() < 1 / 3 else (draw.uniform(0, 0.02), before + draw.randint(1, 4))
        was_killed, said = Child(place, trials).killed(*(moment if tally.left else (LONG, 0)))
        if not was_killed:
            return
        tally.killed += 1
        records = _records(journal)
        assert len(records) >= max(before, said), f"kill {tally.killed}: {max(before, said)} records were kept, {len(records)} are there"
        tally.in_the_middle += begun < _trials(records) < (20 if trials is None else trials)


def _trials(records):
    return sum(record["kind"] == "trial" for record in records)


def _first_difference(cut, whole, place=""):
    """Return where two values differ first."""
    if isinstance(cut, dict) and isinstance(whole, dict):
        cut, whole = sorted(cut.items()), sorted(whole.items())
    if isinstance(cut, list | tuple) and isinstance(whole, list | tuple) and len(cut) == len(whole):
        number = next(number for number, pair in enumerate(zip(cut, whole, strict=True)) if pair[0] != pair[1])
        return _first_difference(cut[number], whole[number], f"{place}.{number}")
    return f"{place}: {str(cut)[:200]} instead of {str(whole)[:200]}"


def _records(path):
    """Return the records of a journal, which may not have been begun."""
    if not path.exists() or b"\n" not in path.read_bytes():
        return []
    return read_journal(path)[1]


def run(count, seed=0):
    """Kill searches in a process of its own, which may fork; return what `kill_searches` does."""
    command = [sys.executable, "-m", "soak.studies", "--count", str(count), "--seed", str(seed)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    # On a real disk, where a line takes its time.
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        print(json.dumps(kill_searches(options.count, options.seed, Path(folder))))


if __name__ == "__main__":
    main()
