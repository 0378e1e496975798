"""Whole notebooks, each in a kernel of its own."""

import json
import os
import warnings
from pathlib import Path

import pytest

from wellfit.course.notebook.file import read_notebook
from wellfit.course.notebook.run import FAILED, LOOK_ALIKE, run_notebook
from wellfit.errors import DataError, SpecError, WellfitError

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")


def cell(code, stored=""):
    outputs = [{"output_type": "stream", "name": "stdout", "text": stored}] if stored else []
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": outputs, "source": code}


@pytest.fixture
def write(tmp_path):
    """Write a notebook as Jupyter of 2017 stored it: without names of cells."""

    def written(*cells, name="a.ipynb"):
        kernel = {"kernelspec": {"name": "coursera", "display_name": "Python 3"}}
        path = tmp_path / name
        path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 2, "metadata": kernel, "cells": [*cells]}))
        return path

    return written


def jupyter_variables():
    return {name: value for name, value in os.environ.items() if name.startswith("JUPYTER")}


@pytest.fixture(autouse=True)
def no_data(monkeypatch, tmp_path):
    monkeypatch.delenv("WELLFIT_DATA", raising=False)
    monkeypatch.chdir(tmp_path)


SETUP = """!git clone https://example.org/course.git
%matplotlib inline
import numpy as np
import matplotlib.pyplot as plt
from reg_utils import compute_cost, load_2D_dataset
from testCases import *
from public_tests import *"""
COST = """def compute_cost_with_regularization(A3, Y, parameters, lambd):
    penalty = sum(np.sum(np.square(parameters[name])) for name in ("W1", "W2", "W3"))
    return compute_cost(A3, Y) + lambd / (2 * np.int(Y.shape[1])) * penalty
A3, Y, parameters = compute_cost_with_regularization_test_case()
cost = compute_cost_with_regularization(A3, Y, parameters, lambd=0.1)
print("cost = " + str(cost))
compute_cost_with_regularization_test(compute_cost_with_regularization)"""


def test_a_notebook_from_beginning_to_end(write, tmp_path):
    where = tmp_path / "cwd.txt"
    path = write(
        {"cell_type": "markdown", "metadata": {}, "source": "# Regularization"},
        cell(SETUP),
        cell(COST, "cost = 1.78648594516\n\x1b[92mAll tests passed."),
        cell("X, Y, test_X, test_Y = load_2D_dataset()\nprint(X.shape, X.sum())", "(2, 211) -40.1\n"),
        cell("plt.scatter(X[0], X[1], c=Y)\nplt.show()\nprint(undefined)", "3\n"),
        cell("1/0"),
        cell(""),
        cell(f"import os, sys\nopen({str(where)!r}, 'w').write(os.getcwd() + '\\n' + sys.executable)\nos.environ['OMP_NUM_THREADS']", "1"),
        cell("open('left behind', 'w').close()"),
    )
    before = path.read_bytes()
    environment = jupyter_variables()
    seen = []
    run = run_notebook(path, on_start=seen.append, on_cell=seen.append)
    assert seen == [run.setup, *run.cells]
    assert [found.verdict for found in run.cells] == ["none stored", "met", LOOK_ALIKE, FAILED, FAILED, "met", "none stored"]
    assert [found.number for found in run.cells] == [1, 2, 3, 4, 5, 6, 7]
    assert run.failed == 2
    setup, cost, loaded, undefined, divided, *_ = run.cells
    assert setup.skipped == ("!git clone https://example.org/course.git", "%matplotlib inline")
    assert (setup.title, cost.title) == ("import numpy as np", "def compute_cost_with_regularization(A3, Y, parameters, lambd):")
    assert (cost.reason, cost.stored) == ("met, all 12 digits", 1)
    assert loaded.reason.startswith("differs, with look-alike data: stored -40.1, here ")
    assert undefined.reason == "failed: NameError: name 'undefined' is not defined"
    assert divided.reason == "failed: ZeroDivisionError: division by zero"
    # Where it ran is gone again; nothing was left beside the notebook, in it, or in this process.
    folder, python = where.read_text().splitlines()
    assert not Path(folder).exists()
    assert Path(python).samefile(os.sys.executable)
    assert {entry.name for entry in tmp_path.iterdir()} == {"a.ipynb", "cwd.txt"}
    assert path.read_bytes() == before
    assert jupyter_variables() == environment
    assert run.setup.files == {"data.mat": None}
    assert "put your copy" in run.setup.missing
    # The notebook as it ran: its own code, new output.
    ran = nbformat.reads(run.content, as_version=4)
    assert ran.cells[1].source == SETUP
    assert "1.7864859451590758" in ran.cells[2].outputs[0].text


def test_data_beside_the_notebook_and_the_form_of_the_cases(write, tmp_path):
    from wellfit.course.files import write_look_alike

    (tmp_path / "datasets").mkdir()
    write_look_alike("data.mat", tmp_path / "datasets")
    path = write(
        cell("import scipy.io\nprint(scipy.io.loadmat('datasets/data.mat')['X'].shape)", "(211, 2)\n"),
        cell(
            "from testCases import *\na, b, c, d, e, f, g, h, i = update_parameters_with_adam_test_case()\nprint(f, a['W2'].shape)",
            "0.02 (3, 2)",
        ),
        cell("import os, time\ntime.sleep(30)"),
        cell("print('still there', 2)", "still there 2"),
        cell("os._exit(1)"),
        cell("print(1)", "1"),
    )
    run = run_notebook(path, timeout=2)
    assert run.setup.files == {"data.mat": tmp_path / "datasets" / "data.mat"}
    assert run.setup.missing == ""
    assert [found.reason for found in run.cells] == [
        "met, all 3 digits",
        "met",
        "failed: stopped after 2 s; a longer time limit may help",
        "met",
        "failed: the kernel died in cell 5",
        "failed: the kernel died in cell 5",
    ]


# === Files that are none ===


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a notebook: it is not JSON"),
        (b"import numpy as np", "is not a notebook: it is not JSON"),
        (b"\xff\xfe\x00", "is not text, so not a notebook"),
        (b"[]", "is JSON, but not a notebook"),
        (b'{"cells": []}', "is JSON, but not a notebook"),
        (b'{"nbformat": "4"}', "is JSON, but not a notebook"),
        (b'{"nbformat": 4}', "is a damaged notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 2, "metadata": {}, "cells": [{}]}', "is a damaged notebook"),
        (b'{"nbformat": 4, "nbformat_minor": 2, "metadata": {}, "cells": 3}', "is a damaged notebook"),
        (b'{"nbformat": 99, "metadata": {}, "cells": []}', "is a damaged notebook"),
        (b"[" * 100_000, "is not a notebook"),
    ],
)
def test_files_that_are_no_notebooks(tmp_path, content, message):
    path = tmp_path / "a.ipynb"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        run_notebook(path)
    assert "\n" not in str(caught.value)


def test_no_such_file(tmp_path):
    with pytest.raises(DataError, match=r"cannot read .*no such file"):
        run_notebook(tmp_path / "a.ipynb")
    with pytest.raises(DataError, match=r"cannot read .*directory"):
        run_notebook(tmp_path)


def test_mistakes_are_reported_before_anything_runs(write):
    path = write(cell("1"))
    with pytest.raises(DataError, match="no such folder: nowhere"):
        run_notebook(path, "nowhere")
    for timeout in (0, -1, float("nan")):
        with pytest.raises(SpecError, match="time limit must be a positive number"):
            run_notebook(path, timeout=timeout)


def test_what_is_missing_is_named(write, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(
        WellfitError, match=r"needs nbformat and nbclient and ipykernel: pip install 'nbformat>=\S+' 'nbclient>=\S+' 'ipykernel>="
    ):
        run_notebook(write(cell("1")))


def test_old_formats_are_read(tmp_path):
    path = tmp_path / "old.ipynb"
    output = {"output_type": "stream", "stream": "stdout", "text": ["7\n"]}
    old = {"cell_type": "code", "input": ["print(7)"], "language": "python", "metadata": {}, "outputs": [output], "prompt_number": 1}
    path.write_text(
        json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": [old], "metadata": {}}]})
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        (found,) = read_notebook(path).cells
    assert (found.source, found.outputs[0].name, found.outputs[0].text) == ("print(7)", "stdout", "7\n")
    assert caught == []
