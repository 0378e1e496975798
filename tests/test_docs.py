"""Calls on the pages of docs/ and in the README can be made as they stand, and docstrings are as long as their names are public."""

import ast
import enum
import importlib
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


# === Docstrings ===

HOMES = ("wellfit", "wellfit.types", "wellfit.plots", "wellfit.spec", "wellfit.errors", "wellfit.datasets", "wellfit.course")
COURSE = [f"wellfit.course.functions.{name}" for name in (*wellfit.course.NAMES, *wellfit.course.CASES.values(), "steps")] + [
    "wellfit.course.files"
]
# Cases and tests of the notebooks: their one argument, or what they return, is in their first line.
GIVEN = ("wellfit.course.functions.testCases", "wellfit.course.functions.testCases_2022", "wellfit.course.functions.public_tests")
# Results: the examples are those of the functions that return them.
RESULTS = (*wellfit.types.__all__, "Diagnosis", "Study", "Parts", "Bar", "Curves", "Descent", "PowerLaw", "Reliability")
# Names without an example: they read files that wellfit may not distribute, or act on a figure.
WITHOUT_EXAMPLE = ("cats", "football", "is_available", "settled")
SECTION = re.compile(r"^(\w[\w ]*)\n-+$", flags=re.MULTILINE)


def in_public_modules(homes):
    found = {}
    for home in homes:
        module = importlib.import_module(home)
        things = {name: getattr(module, name) for name in getattr(module, "__all__", ())}
        found |= {
            f"{thing.__module__}.{thing.__qualname__}": thing
            for thing in things.values()
            if callable(thing) and thing.__module__.startswith("wellfit")
        }
    return {name: thing for name, thing in sorted(found.items()) if not (inspect.isclass(thing) and issubclass(thing, BaseException))}


PUBLIC = in_public_modules([*HOMES, *COURSE])


def methods_of(kind):
    """Return the public methods that wellfit's own classes give a class."""
    # `blocks` of every result takes and returns what its base class documents.
    found = {name: getattr(thing, "__func__", thing) for name, thing in inspect.getmembers(kind) if name != "blocks" and name[0] != "_"}
    return {name: thing for name, thing in found.items() if inspect.isfunction(thing) and thing.__module__.startswith("wellfit")}


FUNCTIONS = {name: thing for name, thing in PUBLIC.items() if not inspect.isclass(thing)}
CLASSES = {name: thing for name, thing in PUBLIC.items() if inspect.isclass(thing) and not issubclass(thing, enum.Enum)}
METHODS = {f"{owner}.{name}": thing for owner, kind in CLASSES.items() for name, thing in methods_of(kind).items()}


def sections(thing):
    parts = SECTION.split(inspect.cleandoc(thing.__doc__ or ""))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def documented(text):
    """Return the names of a section: the lines that are not indented, up to their colon."""
    heads = [line.split(" :")[0] for line in text.splitlines() if line[:1].strip()]
    return {name.strip().lstrip("*") for head in heads for name in head.split(",")}


def check_function(name, function):
    found, signature = sections(function), inspect.signature(inspect.unwrap(function))
    missing = set(signature.parameters) - {"self", "cls"} - documented(found.get("Parameters", ""))
    assert not missing, f"{name} does not document {sorted(missing)}"
    assert signature.return_annotation in ("None", None) or {"Returns", "Yields"} & set(found), f"{name} does not document what it returns"


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if not name.startswith(GIVEN)])
def test_public_functions_have_complete_docstrings(name):
    check_function(name, FUNCTIONS[name])


@pytest.mark.parametrize("name", METHODS)
def test_public_methods_have_complete_docstrings(name):
    check_function(name, METHODS[name])


@pytest.mark.parametrize("name", CLASSES)
def test_public_classes_document_their_parameters(name):
    found = sections(CLASSES[name])
    missing = {parameter for parameter in inspect.signature(CLASSES[name]).parameters if not parameter.startswith("_")} - {"args", "kwargs"}
    missing -= documented(found.get("Parameters", "")) | documented(found.get("Attributes", ""))
    assert not missing, f"{name} does not document {sorted(missing)}"


@pytest.mark.parametrize("name", [name for name in in_public_modules(HOMES) if not name.startswith("wellfit.course")])
def test_public_names_have_an_example(name):
    if name.split(".")[-1] not in (*RESULTS, *WITHOUT_EXAMPLE):
        assert ">>>" in sections(PUBLIC[name]).get("Examples", ""), name


def internal_docstrings(folder):
    """Yield the name and the docstring of every function, method and class that is not public."""
    public = {"wellfit.render.result.Reportable.blocks", "wellfit.render.result.Reportable.report"} | set(PUBLIC)
    public |= {f"{thing.__module__}.{thing.__qualname__}" for thing in METHODS.values()}
    for path in sorted((ROOT / "src" / "wellfit" / folder).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
        todo = [(module, ast.parse(path.read_text(encoding="utf-8")))]
        while todo:
            name, node = todo.pop()
            for inner in (each for each in node.body if isinstance(each, ast.ClassDef | ast.FunctionDef)):
                todo.append((f"{name}.{inner.name}", inner))
                if f"{name}.{inner.name}" not in public:
                    yield f"{name}.{inner.name}", ast.get_docstring(inner) or ""


@pytest.mark.parametrize("folder", sorted(path.parent.name for path in (ROOT / "src" / "wellfit").glob("*/__init__.py")))
def test_internal_names_have_no_sections_of_parameters(folder):
    long = [
        name for name, text in internal_docstrings(folder) if {"Parameters", "Attributes", "Returns", "Yields"} & set(SECTION.findall(text))
    ]
    assert not long, f"one line and a typed signature are enough for {long}"


def test_public_and_internal_names_are_told_apart():
    assert {"wellfit.study.search.search", "wellfit.datasets.moons", "wellfit.course.functions.costs"} & set(PUBLIC) == {
        "wellfit.study.search.search",
        "wellfit.datasets.moons",
    }
    assert len(FUNCTIONS) > 100
    assert len(METHODS) > 100
    assert "wellfit.table.table.make_table" in dict(internal_docstrings("table"))
    assert "wellfit.store.model.FittedModel.predict" not in dict(internal_docstrings("store"))
