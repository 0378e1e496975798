"""The course's names are importable after install, ours before files of the same name, and gone after uninstall."""

import importlib
import subprocess
import sys

import pytest

from wellfit import course
from wellfit.course import files, installing
from wellfit.errors import DataError, SpecError, WellfitWarning


@pytest.fixture(autouse=True)
def tidy():
    yield
    course.uninstall()


def test_names_mean_our_modules_until_they_are_taken_away():
    course.install()
    for name in installing.NAMES:
        assert importlib.import_module(name).__name__ == f"wellfit.course.functions.{name}"
    course.uninstall()
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("reg_utils")


def test_the_modules_are_attributes_of_the_package():
    code = "from wellfit import course; print(*(getattr(course, name).__name__ for name in course.__all__ if name in dir(course)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert len(answer) == len(course.__all__)
    assert {"wellfit.course.files", "wellfit.course.functions.steps"} < set(answer)
    assert {f"wellfit.course.functions.{name}" for name in (*installing.NAMES, *installing.CASES.values(), "testCase")} < set(answer)
    with pytest.raises(AttributeError, match=r"module 'wellfit\.course' has no attribute 'nonsense'"):
        course.nonsense  # noqa: B018


def test_a_light_start_imports_no_module_of_a_notebook():
    code = "import sys, wellfit.course; print(*(name for name in sys.modules if name.startswith('wellfit.course.functions')))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == []


@pytest.mark.parametrize(("cases", "columns", "values"), [("2017", 3, 4), ("2022", 2, 9)])
def test_the_cases_have_two_forms(cases, columns, values):
    course.install(cases=cases)
    for name in ("testCases", "testCase"):
        found = importlib.import_module(name)
        assert found.update_parameters_with_gd_test_case()[0]["W2"].shape == (3, columns)
        assert len(found.update_parameters_with_adam_test_case()) == values


def test_installing_twice_takes_the_last_form_and_is_undone_at_once():
    course.install()
    course.install(cases="2022")
    assert sys.modules["testCases"].__name__ == "wellfit.course.functions.testCases_2022"
    course.uninstall()
    assert "testCases" not in sys.modules


def test_a_helper_file_beside_the_notebook_is_left_aside_and_named(tmp_path, monkeypatch):
    (tmp_path / "reg_utils.py").write_text("import numpy\nnumpy.int\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.warns(WellfitWarning, match=r"in place of .*reg_utils\.py; course\.uninstall\(\)"):
        course.install()
    assert importlib.import_module("reg_utils").__name__ == "wellfit.course.functions.reg_utils"


def test_a_module_imported_before_comes_back(monkeypatch):
    other = type(sys)("gc_utils")
    monkeypatch.setitem(sys.modules, "gc_utils", other)
    course.install()
    assert sys.modules["gc_utils"] is not other
    course.uninstall()
    assert sys.modules["gc_utils"] is other


def test_the_folder_of_the_data(tmp_path, monkeypatch):
    monkeypatch.delenv(files.ENVIRONMENT, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    files.write_look_alike("data.mat", tmp_path / "mine")
    course.install(tmp_path / "mine")
    assert files.find("data.mat").samefile(tmp_path / "mine" / "data.mat")
    course.uninstall()
    with pytest.raises(DataError):
        files.find("data.mat")


def test_mistakes():
    with pytest.raises(DataError, match="no such folder"):
        course.install("nowhere")
    with pytest.raises(SpecError, match=r"form of the cases '2021' is unknown.*2017, 2022"):
        course.install(cases="2021")
    assert "reg_utils" not in sys.modules


def test_in_ipython():
    pytest.importorskip("IPython")
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    assert shell.extension_manager.load_extension("wellfit.course") is None
    assert sys.modules["opt_utils"].__name__ == "wellfit.course.functions.opt_utils"
    shell.extension_manager.unload_extension("wellfit.course")
    assert "opt_utils" not in sys.modules


def test_names_that_numpy_and_scipy_have_dropped():
    code = """
from wellfit.course.notebook.removed_names import restore_removed_names
restore_removed_names()
import numpy as np
import scipy.misc
from scipy.misc import imresize
assert (np.int, np.float, np.bool(1), np.asscalar(np.array([7]))) == (int, float, True, 7)
assert np.int64(3) == np.int(3.7) == 3
picture = np.zeros((10, 20, 3), np.uint8)
picture[5:] = 200
print(scipy.misc.imresize(picture, (4, 6)).shape, imresize(picture, 50).shape, imresize(picture, 0.5)[[0, -1], 0, 0])
"""
    answer = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "(4, 6, 3) (5, 10, 3) [  0 200]\n"
