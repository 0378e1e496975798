"""What tests of `wellfit fit` look at in its folder of results, which is ``run`` in the current one."""

import json
import shutil
from pathlib import Path

from wellfit.store import load
from wellfit.study.journal import read_journal

LINE = ("fit", "good.csv", "-t", "label", "--out", "run")
# Small enough for a comparison of twenty networks, four on each of five folds.
QUICK = ("--hidden", "6", "--l2", "0.1", "--dropout", "0.2", "--epochs", "6", "--seeds", "2")
FILES = ["report.html", "model.safetensors", "trials.csv", "history.csv", "journal.jsonl", "result.json"]


def names(folder="run"):
    return sorted(path.name for path in Path(folder).iterdir())


def timeless(value):
    """A result without its times."""
    if isinstance(value, dict):
        return {name: timeless(each) for name, each in value.items() if name != "seconds"}
    return [timeless(each) for each in value] if isinstance(value, list) else value


def result(folder="run"):
    return json.loads((Path(folder) / "result.json").read_text())


def bits(folder="run"):
    return [network.parameters.tobytes() for network in load(Path(folder) / "model.safetensors").networks]


def networks(folder="run"):
    return {record["number"] for record in read_journal(Path(folder) / "journal.jsonl")[1] if record["kind"] == "trial"}


def cut_off_after(trials):
    """Leave the journal as a process leaves it that was killed after so many trials, and nothing of the rest."""
    lines, kept, seen = Path("run/journal.jsonl").read_bytes().splitlines(keepends=True), [], 0
    for line in lines:
        seen += json.loads(line)["kind"] == "trial"
        if seen > trials:
            break
        kept.append(line)
    shutil.rmtree("run")
    Path("run").mkdir()
    Path("run/journal.jsonl").write_bytes(b"".join(kept) + b'{"kind": "tri')


def change_header(**changes):
    path = Path("run/journal.jsonl")
    first, rest = path.read_bytes().split(b"\n", 1)
    path.write_bytes(json.dumps(json.loads(first) | changes).encode() + b"\n" + rest)
