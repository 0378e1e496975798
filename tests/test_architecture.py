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
from wellfit import errors

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
    assert {"wellfit", "wellfit.spec", "wellfit.engines.reference", "wellfit.data.table"} <= set(PATHS)


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


def test_public_names_are_there():
    for name in wellfit.__all__:
        assert getattr(wellfit, name) is not None
    assert set(wellfit.__all__) <= set(dir(wellfit))
    assert {name for name in errors.__all__ if name[0].isupper()} <= set(wellfit.__all__)
    with pytest.raises(AttributeError, match="module 'wellfit' has no attribute 'nonsense'"):
        wellfit.nonsense  # noqa: B018


def test_type_checkers_see_the_names_that_are_looked_up():
    tree = ast.parse(PATHS["wellfit"].read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.asname or alias.name: node.module for node in block.body for alias in node.names}
    assert seen.pop("datasets") == "wellfit.data"
    assert seen == wellfit._HOMES
    assert {*seen, "datasets"} <= set(wellfit.__all__)


def test_every_module_says_what_is_public():
    for name in PATHS:
        module = importlib.import_module(name) if name != "wellfit.__main__" else None
        for public in getattr(module, "__all__", ()):
            assert hasattr(module, public), f"{name} promises {public}"


@pytest.mark.parametrize(
    "code", ["import wellfit", "import wellfit; wellfit.Spec(wellfit.Network(2), wellfit.Training(loss='squared_error'))"]
)
def test_the_start_is_light(code):
    asked = f"{code}; import sys; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == []


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
