"""A well-known course: what its notebooks import, the notebooks themselves, and the numbers that they publish.

From the bottom up: `files` finds the course's data files; `functions` holds the modules that the notebooks
import, under their own names; `installing` puts these names where ``import`` finds them; `notebook` runs a whole notebook and compares its
numbers; `published` computes the published experiments on wellfit's engine and compares them number by number.

The notebooks' modules are attributes of this package: ``from wellfit.course import reg_utils``. One column is one example there, as in
the notebooks; everywhere else in wellfit an example is a row.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from wellfit.course.installing import CASES, NAMES, install, uninstall

if TYPE_CHECKING:
    from wellfit.course.functions import (
        ch8_utils,
        gc_utils,
        init_utils,
        opt_utils,
        opt_utils_v1a,
        public_tests,
        reg_utils,
        steps,
        test_utils,
        testCase,
        testCases,
        testCases_2022,
    )

__all__ = [
    "ch8_utils",
    "files",
    "gc_utils",
    "init_utils",
    "install",
    "load_ipython_extension",
    "opt_utils",
    "opt_utils_v1a",
    "public_tests",
    "reg_utils",
    "steps",
    "testCase",
    "testCases",
    "testCases_2022",
    "test_utils",
    "uninstall",
    "unload_ipython_extension",
]


def load_ipython_extension(shell: Any) -> None:
    """Put the modules in place; ``%load_ext wellfit.course`` calls it.

    Parameters
    ----------
    shell : IPython shell
        Not used: imports belong to the process.
    """
    install()


def unload_ipython_extension(shell: Any) -> None:
    """Take the modules away again; ``%unload_ext wellfit.course`` calls it.

    Parameters
    ----------
    shell : IPython shell
        Not used.
    """
    uninstall()


def __getattr__(name: str) -> Any:
    """Import a notebook's module when it is first used (PEP 562)."""
    if name not in (*NAMES, *CASES.values(), "testCase", "steps"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"wellfit.course.functions.{name}")


def __dir__() -> list[str]:
    """Return the public names, those not yet imported among them."""
    return sorted({*globals(), *__all__})
