"""Put the notebooks' modules where ``import`` finds them."""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from importlib.machinery import PathFinder
from types import ModuleType

from wellfit.course.files import look_in
from wellfit.errors import SpecError, WellfitWarning, unknown_name

__all__ = ["CASES", "install", "uninstall"]

NAMES = ("init_utils", "reg_utils", "gc_utils", "opt_utils", "opt_utils_v1a", "ch8_utils", "public_tests", "test_utils")

# The test cases come in two forms under one name; the year is that of the first notebooks that need the second.
CASES = {"2017": "testCases", "2022": "testCases_2022"}

_replaced: dict[str, ModuleType | None] = {}


def install(folder: str | os.PathLike[str] | None = None, *, cases: str = "2017") -> None:
    """Let ``import reg_utils``, and the other module names of the course's notebooks, import wellfit's modules.

    They take precedence over files of these names elsewhere, such as a helper file beside the notebook, which would fail on today's
    NumPy; a warning names the files that are ignored. `uninstall` undoes it.

    Parameters
    ----------
    folder : path, optional
        Where the data files are; None: in the usual places, see `wellfit.course.files.find`.
    cases : {"2017", "2022"}
        Form of `testCases` and `testCase`: that of the notebooks until 2021, or from 2022 on, where W2 has two columns and Adam's case
        includes its settings.

    Raises
    ------
    DataError
        If there is no such folder.
    SpecError
        If the form of the cases is unknown.

    Examples
    --------
    >>> import wellfit.course
    >>> wellfit.course.install()
    >>> import gc_utils
    >>> gc_utils.__name__
    'wellfit.course.functions.gc_utils'
    >>> wellfit.course.uninstall()
    """
    if cases not in CASES:
        raise SpecError(unknown_name("form of the cases", cases, CASES))
    look_in(folder)
    homes = {name: name for name in NAMES} | dict.fromkeys(("testCases", "testCase"), CASES[cases])
    modules = {name: importlib.import_module(f"wellfit.course.functions.{home}") for name, home in homes.items()}
    _warn_of_ignored_files([name for name in modules if name not in _replaced])
    for name, module in modules.items():
        _replaced.setdefault(name, sys.modules.get(name))
        sys.modules[name] = module


def uninstall() -> None:
    """Undo `install`: the module names mean again what they meant before."""
    while _replaced:
        name, before = _replaced.popitem()
        sys.modules.pop(name, None)
        if before is not None:
            sys.modules[name] = before
    look_in(None)


def _warn_of_ignored_files(names: list[str]) -> None:
    specs = (PathFinder.find_spec(name) for name in names)
    files = [spec.origin for spec in specs if spec is not None and spec.origin is not None]
    if files:
        message = f"wellfit's own modules are imported in place of {', '.join(files)}; course.uninstall() undoes that."
        warnings.warn(message, WellfitWarning, stacklevel=3)
