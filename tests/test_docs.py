"""Calls that the pages of docs/ and the README name within a line can be made as they stand."""

import ast
import inspect
import re
from pathlib import Path

import numpy as np
import pytest

import wellfit
from wellfit import MLPClassifier, Study, plots
from wellfit.course import gc_utils, init_utils, reg_utils

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md"])
# Not ours, but the notebooks'.
FORMULAS = ("randn / sqrt(n)", "randn * sqrt(2 / n)")


@pytest.fixture(scope="module")
def names():
    """What the calls name, each of the right type."""
    X = np.random.default_rng(0).normal(size=(40, 2))
    y = (X[:, 0] > 0).astype(int)
    network = MLPClassifier((3,), max_iter=3, tol=0, batch_size=None, random_state=0).fit(X, y)
    parameters = gc_utils.vector_to_dictionary(np.arange(3 * 2 + 3 + 3 + 1.0), like=_parameters())
    display = plots.ValidationCurveDisplay([0.1, 1.0], np.array([[0.3], [0.2]])).plot()
    found = {name: getattr(wellfit, name) for name in wellfit.__all__} | vars(wellfit.spec) | vars(gc_utils) | vars(reg_utils)
    found |= {name: getattr(plots, name) for name in ("ValidationCurveDisplay", "to_png")}
    found |= {"wellfit": wellfit, "plots": plots, "course": wellfit.course, "load_dataset": init_utils.load_dataset}
    found |= {"X": X, "y": y, "network": network, "theta": np.zeros(13), "parameters": parameters, "path": "study.html"}
    found |= {"model": wellfit.WellfitClassifier(), "display": display, "figure": display.figure_, "plot": display.plot}
    found |= {"values": [0.1, 1.0], "errors": np.array([[0.3], [0.2]])}
    return found | {"to_frame": Study({}, []).to_frame, "report": Study({}, []).report}


def _parameters():
    return {"W1": np.zeros((3, 2)), "b1": np.zeros((3, 1)), "W2": np.zeros((1, 3)), "b2": np.zeros((1, 1))}


def calls(page):
    """Return the calls in the inline code of a page."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    spans = [span for span in re.findall(r"`([^`\n]+)`", text) if "(" in span and span not in FORMULAS]
    found = []
    for span in spans:
        try:
            tree = ast.parse(span, mode="eval")
        except SyntaxError:
            tree = ast.parse(f"dict({span})", mode="eval")
        found += [(span, node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return found


def test_calls_were_found():
    assert {page.name for page in PAGES if calls(page)} >= {"course.md", "differences.md", "plots.md", "scale.md", "search.md", "README.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_inline_calls_have_the_right_arguments(page, names):
    for span, call in calls(page):
        function = eval(ast.unparse(call.func), names)
        arguments = [eval(ast.unparse(each), names) for each in call.args]
        options = {each.arg: eval(ast.unparse(each.value), names) for each in call.keywords}
        signature = inspect.signature(function) if function is not dict else inspect.signature(lambda **options: None)
        is_open = any(each is ... for each in arguments)
        bind = signature.bind_partial if is_open else signature.bind
        try:
            bind(*[each for each in arguments if each is not ...], **options)
        except TypeError as error:
            pytest.fail(f"{page.name}: `{span}`: {error}")


def test_calls_of_the_course_page_run(names, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    page = ROOT / "docs" / "course.md"
    tried = [(span, call) for span, call in calls(page) if call.args or call.keywords]
    for span, call in tried:
        if not any(isinstance(node, ast.Constant) and node.value is ... for node in ast.walk(call)):
            assert eval(ast.unparse(call), names) is not None, span
    assert len(tried) >= 9
