"""``wellfit course``: what is printed, and with which code it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")


def write(path, *cells):
    """Write a notebook of (code, stored output) pairs."""
    made = []
    for code, stored in cells:
        outputs = [{"output_type": "stream", "name": "stdout", "text": stored}] if stored else []
        made.append({"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": outputs, "source": code})
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 2, "metadata": {}, "cells": made}))
    return path


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    """No data files anywhere, and a width that holds on terminals that know none."""
    monkeypatch.delenv("WELLFIT_DATA", raising=False)
    monkeypatch.setenv("LINES", "40")


def test_a_notebook_with_a_cell_that_fails(wellfit, folder):
    path = write(
        folder / "a.ipynb",
        ("!pip install h5py\nimport numpy as np", ""),
        ("train_X = 5\nprint('cost', 0.6931471805599453, 2)", "cost 0.693147180559945 2"),
        ("print('accuracy = 0.5')", "accuracy = 0.75"),
        ("name_of_nothing\nload_2D_dataset", ""),
    )
    answer = wellfit("course", path, "--out", "ran.ipynb")
    assert answer.code == 1
    assert answer.out.splitlines() == [
        "cell 1   import numpy as np                              no stored numbers",
        "         skipped: !pip install h5py",
        "cell 2   train_X = 5                                     met, all 15 digits (2 numbers)",
        "cell 3   print('accuracy = 0.5')",
        "         differs, with look-alike data: stored 0.75, here 0.5",
        "cell 4   name_of_nothing",
        "         failed: NameError: name 'name_of_nothing' is not defined",
        "",
        answer.out.splitlines()[-2],
        "As it ran: ran.ipynb",
    ]
    assert answer.out.splitlines()[-2].endswith(" s: 1 met, 1 different with look-alike data, 1 failed, 1 with no stored numbers.")
    told = answer.err.splitlines()
    assert told[0].startswith("running the code of a.ipynb, 4 cells, which is its author's")
    assert told[1].startswith("warning: data.mat is not here, and wellfit neither ships nor downloads it: put your copy")
    assert told[2].startswith("warning: generated stand-ins replace data.mat")
    assert len(told) == 3
    assert json.loads((folder / "ran.ipynb").read_text())["cells"][1]["outputs"][0]["text"] == ["cost 0.6931471805599453 2\n"]


def test_json(wellfit, folder):
    path = write(folder / "a.ipynb", ("%cd x\nprint(float('nan'), 0.25)", "nan 0.25"))
    answer = wellfit("course", path, "--json")
    assert answer.code == 0
    (cell,) = answer.object.pop("cells")
    assert cell.pop("seconds") >= 0
    assert cell == {
        "cell": 1,
        "code": "print(float('nan'), 0.25)",
        "verdict": "met",
        "digits": 2,
        "numbers": 2,
        "says": "met, all 2 digits",
        "passed_over": ["%cd x"],
    }
    assert {name: answer.object[name] for name in ("notebook", "failed", "files")} == {"notebook": str(path), "failed": 0, "files": {}}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.ipynb"], "cannot read 'none.ipynb': no such file or directory; name a notebook"),
        (["good.csv"], "'good.csv' is not a notebook: it is not JSON"),
        (["a.ipynb", "--data", "nowhere"], "no such folder: nowhere; name the one that holds data.mat"),
        (["a.ipynb", "--out", "nowhere/b.ipynb"], "there is no folder 'nowhere'; make it, or name another"),
        (["a.ipynb", "--timeout", "0"], "the time limit must be a positive number of seconds, found 0.0"),
        (["a.ipynb", "--timeout", "soon"], "see 'wellfit course --help'"),
        ([], "see 'wellfit course --help'"),
    ],
)
def test_mistakes_end_in_one_line(wellfit, folder, arguments, message):
    write(folder / "a.ipynb", ("1", ""))
    answer = wellfit("course", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err
    assert len(answer.err.splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process alone")
def test_ctrl_c_stops_the_kernel_too(folder):
    # The first cell prints: before an output nbformat executes text, in which Python takes Ctrl-C for one that nobody catches.
    cell = "import os, time\nopen(os.environ['MARK'], 'w').write(str(os.getpid()))\ntime.sleep(600)"
    path, mark = write(folder / "a.ipynb", ("print(1)", "1"), (cell, "")), folder / "pid"
    command = [sys.executable, "-m", "wellfit", "course", str(path), "--out", str(folder / "ran.ipynb")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"MARK": str(mark)}) as process:
        wait_until(lambda: mark.exists() and mark.read_text())
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told.splitlines()[-1] == "error: interrupted; nothing was written."
    assert "Traceback" not in told
    assert not (folder / "ran.ipynb").exists()
    wait_until(lambda: has_ended(int(mark.read_text())))


def wait_until(is_so):
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def has_ended(pid):
    """Whether a process is gone, or has nobody who asks how it ended."""
    state = Path(f"/proc/{pid}/stat")
    try:
        os.kill(pid, 0)
        return state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True
