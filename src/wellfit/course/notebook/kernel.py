"""The kernel of a notebook: the Python that runs wellfit, with the course's modules and the removed names in place."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from wellfit.course.installing import install
from wellfit.course.notebook.removed_names import restore_removed_names

__all__ = ["KERNEL", "kernel_spec", "preparation", "prepare"]

KERNEL = "wellfit-course"

# Published digits are those of one thread; two add up in another order, and wait for each other on products this small.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")


def prepare(cases: str) -> None:
    """Make this process ready for a notebook's cells; `cases` is the form of the test cases, see `wellfit.course.install`."""
    restore_removed_names()
    install(cases=cases)


def preparation(cases: str) -> str:
    """Return code with which a kernel prepares itself, and which leaves no name behind."""
    return f"__import__({__name__!r}, fromlist=['prepare']).prepare({cases!r})"


@contextlib.contextmanager
def kernel_spec(folder: Path) -> Iterator[None]:
    """Let Jupyter find a kernel named `KERNEL` that is this Python, while a ``with`` block lasts; its files go into a folder.

    No kernel needs to be registered, and a registered one may be another Python's. The user's own start-up files are not read.
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
