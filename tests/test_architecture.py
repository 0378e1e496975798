"""The house keeps its shape: what its folders hold, what is declared, and how light the start is. `lint-imports` holds who imports whom."""

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import wellfit

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"

HEAVY = (
    *("numba", "sklearn", "pandas", "matplotlib", "scipy", "joblib", "typer", "rich", "pyarrow", "torch", "jax"),
    *("jinja2", "nbclient", "IPython"),
)


def module_name(path):
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PATHS = {module_name(path): path for path in sorted(SOURCE.rglob("*.py"))}
PACKAGES = sorted(name for name, path in PATHS.items() if path.name == "__init__.py" and name != "wellfit")


def imported(name):
    """Return the dotted names that a module imports, wherever in it, as deep as they are modules of ours."""
    found = set()
    for node in ast.walk(ast.parse(PATHS[name].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            deeper = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= deeper & set(PATHS) or {node.module}
    return found


# === The folders ===


def test_the_source_is_found():
    assert {"wellfit", "wellfit.spec", "wellfit.engines.reference", "wellfit.table.read"} <= set(PATHS)


@pytest.mark.parametrize("package", PACKAGES)
def test_each_folder_names_its_modules(package):
    docstring = ast.get_docstring(ast.parse(PATHS[package].read_text())) or ""
    inside = {name.split(".")[-1] for name in PATHS if name.rpartition(".")[0] == package}
    missing = sorted(inside - set(re.findall(r"`(\w+)`", docstring)))
    assert not missing, f"the docstring of {package} has to name `{'`, `'.join(missing)}`"


@pytest.mark.parametrize("importer", [name for name in PATHS if name != "wellfit" and "wellfit" in imported(name)])
def test_the_front_page_is_imported_for_the_version_alone(importer):
    tree = ast.parse(PATHS[importer].read_text())
    taken = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "wellfit" for alias in node.names}
    taken |= {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "wellfit"
    }
    assert {name for name in taken if f"wellfit.{name}" not in PATHS} == {"__version__"}


def test_what_is_imported_is_declared_and_what_is_declared_is_imported():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    def named(requirements):
        names = {re.match(r"[\w-]+", line)[0].replace("-", "_") for line in requirements}
        return {"sklearn" if name == "scikit_learn" else name for name in names}

    foreign = {other.split(".")[0] for name in PATHS for other in imported(name)} - set(sys.stdlib_module_names) - {"wellfit"}
    core = named(project["dependencies"])
    extras = set().union(
        *(named(lines) for extra, lines in project["optional-dependencies"].items() if extra not in ("all", "test", "bench"))
    )
    assert foreign <= core | extras | {"llvmlite"}  # which is a part of numba
    assert core <= foreign


# === The front page ===

MODULES = ("course", "datasets", "errors", "plots", "spec", "types")


def run(code):
    """Run code in a process of its own; return the words that it prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_public_names_are_there():
    for name in wellfit.__all__:
        assert getattr(wellfit, name) is not None
    assert set(wellfit.__all__) <= set(dir(wellfit))


def test_public_names_are_those_of_the_design():
    functions = {"search", "diagnose", "fit", "fit_many", "check_gradients", "train_dev_test_split", "load", "save", "report"}
    classes = {"MLPClassifier", "MLPRegressor", "WellfitClassifier", "WellfitRegressor", "SweepCV", "Study", "Diagnosis"}
    assert set(wellfit.__all__) == functions | classes | set(MODULES) | {"__version__"}


@pytest.mark.parametrize("name", ["nonsense", "Nonsense", "_nonsense"])
def test_unknown_names_are_attribute_errors(name):
    with pytest.raises(AttributeError, match=f"^module 'wellfit' has no attribute '{name}'$"):
        getattr(wellfit, name)


@pytest.mark.parametrize("home", ["errors", "spec", "types"])
def test_classes_of_the_public_modules_are_named_with_their_home(home):
    for name in getattr(wellfit, home).__all__:
        if name[0].isupper() and not name.isupper():
            with pytest.raises(AttributeError, match=f"has no attribute '{name}'; use wellfit.{home}.{name}$"):
                getattr(wellfit, name)


@pytest.mark.parametrize("module", MODULES)
def test_public_modules_are_attributes_and_can_be_imported(module):
    ours = f"wellfit.{module}"
    code = f"import sys, wellfit; assert {module!r} in dir(wellfit); assert {ours!r} not in sys.modules; print({ours}.__name__)"
    assert run(code) == [ours]
    assert run(f"import {ours} as module; print(module.__name__)") == [ours]
    assert all(hasattr(importlib.import_module(ours), name) for name in importlib.import_module(ours).__all__)


def test_what_calls_return_has_a_public_home():
    X, y = wellfit.datasets.moons(rows=60)
    network = wellfit.MLPClassifier((3,), solver="lbfgs", max_iter=3, tol=0, random_state=0).fit(X, y)
    spec = wellfit.spec.Spec(wellfit.spec.Network(2, (3,)), wellfit.spec.Training("binary_cross_entropy", epochs=1))
    result = wellfit.fit(spec, X, y, engine="reference")
    found = wellfit.diagnose(network, X[:40], y[:40], X[40:], y[40:], retrain=False)
    things = [result, result.history, result.outcome, result.state, wellfit.check_gradients(spec, X, y, engine="reference")]
    things += [network.model_, network.model_.apply(X), found.verdict, found.bias, found.findings[0]]
    assert {type(thing).__name__ for thing in things} <= set(wellfit.types.__all__)
    assert all(type(thing) is getattr(wellfit.types, type(thing).__name__) for thing in things)


def test_type_checkers_see_the_names_that_are_looked_up():
    tree = ast.parse(PATHS["wellfit"].read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name: node.module for node in block.body for alias in node.names}
    assert seen == wellfit._HOMES | dict.fromkeys(MODULES, "wellfit")
    assert set(seen) <= set(wellfit.__all__)


def test_every_module_says_what_is_public():
    for name in PATHS:
        module = importlib.import_module(name) if name != "wellfit.__main__" else None
        for public in getattr(module, "__all__", ()):
            assert hasattr(module, public), f"{name} promises {public}"


@pytest.mark.parametrize(
    "code",
    [
        "import wellfit",
        "import wellfit; dir(wellfit); wellfit.errors.DataError",
        "from wellfit.spec import Member, Network, Spec, Training; Member(Spec(Network(2), Training(loss='squared_error')))",
    ],
)
def test_the_start_is_light(code):
    assert run(f"{code}; import sys; print(*(name for name in {HEAVY!r} if name in sys.modules))") == []


# === The repository ===


def tracked_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.split("\0")[:-1] if listed.returncode == 0 else []
    return [path for path in (ROOT / name for name in names) if path.is_file()] or [ROOT / "pyproject.toml", ROOT / "Makefile"]


def test_no_file_names_where_packages_come_from():
    # Put together here, lest this file name them too.
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "pytorch" + ".org/whl", "index" + "-url", "find" + "-links"]
    found = [f"{path.relative_to(ROOT)}: {host}" for path in tracked_files() for host in hosts if host.encode() in path.read_bytes()]
    assert found == []
