"""The process in which a notebook runs: the Python that runs wellfit, with the course's modules and the old names in place."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from wellfit.course.installing import install
from wellfit.course.notebook.removed_names import restore_removed_names

__all__ = ["KERNEL", "kernel_described", "preparation", "prepare"]

KERNEL = "wellfit-course"

# Published digits are those of sums on one thread; two threads add up in another order, and wait for each other on products this small.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")


def prepare(cases: str) -> None:
    """Make this process ready for a notebook's cells.

    Parameters
    ----------
    cases : str
        Form of the case makers, see `wellfit.course.install`.
    """
    restore_removed_names()
    install(cases=cases)


def preparation(cases: str) -> str:
    """Return the code that has a kernel prepare itself, and that leaves no name behind.

    Parameters
    ----------
    cases : str
        Form of the case makers.

    Returns
    -------
    str
    """
    return f"__import__({__name__!r}, fromlist=['prepare']).prepare({cases!r})"


@contextlib.contextmanager
def kernel_described(folder: Path) -> Iterator[None]:
    """Have Jupyter find a kernel named `KERNEL` that is this very Python, while a ``with`` block lasts.

    No kernel needs to be registered on the machine, and a registered one may be another Python's. The user's own start-up files
    stay out of it.

    Parameters
    ----------
    folder : Path
        Where the description is written.
    """
    home = folder / "kernels" / KERNEL
    home.mkdir(parents=True)
    description = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "wellfit",
        "language": "python",
        "env": ONE_THREAD | {"IPYTHONDIR": str(folder / "ipython")},
    }
    (home / "kernel.json").write_text(json.dumps(description), encoding="utf-8")
    with _variable("JUPYTER_PATH", str(folder)), _variable("JUPYTER_RUNTIME_DIR", str(folder / "runtime")):
        yield


@contextlib.contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
