"""Run a notebook of the course as it is, and compare what its cells print with what they printed when it was stored."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wellfit.course.files import CATS, FOOTBALL, file_in, find, write_look_alike
from wellfit.course.notebook.file import read_notebook, to_json
from wellfit.course.notebook.kernel import KERNEL, kernel_spec, preparation
from wellfit.course.notebook.numbers import DIFFERS, Comparison, compare
from wellfit.course.notebook.text import needed_cases, needed_files, printed, skip_lines
from wellfit.errors import DataError, SpecError, WellfitError, install_command

__all__ = ["FAILED", "LOOK_ALIKE", "CellRun", "NotebookRun", "NotebookSetup", "run_notebook"]

FAILED, LOOK_ALIKE = "failed", "look-alike"

# A log without listeners.
QUIET = "wellfit.course.kernel"
logging.getLogger(QUIET).addHandler(logging.NullHandler())
logging.getLogger(QUIET).propagate = False

PARTS = {"football": (FOOTBALL,), "cats": CATS}


@dataclass(frozen=True)
class CellRun:
    """The result of a code cell."""

    number: int  # of the code cell, from 1
    title: str  # its first line of code
    # "met", "close", "unstable", "differs", "none stored" (see `wellfit.course.notebook.numbers.Comparison`),
    # "look-alike" (differs, and a data file is a stand-in) or "failed" (raised, or took too long)
    verdict: str
    digits: int  # to which the stored numbers are met
    stored: int  # number of stored numbers
    reason: str  # the verdict in words; of a failed cell the error
    skipped: tuple[str, ...]  # lines that were not run
    seconds: float  # how long it ran


@dataclass(frozen=True)
class NotebookSetup:
    """A notebook that is about to run."""

    cells: int  # code cells with code
    files: dict[str, Path | None]  # the data files in place, and where each comes from; None: a generated look-alike
    missing: str  # why there are look-alikes and what to do; empty without any


@dataclass(frozen=True)
class NotebookRun:
    """The result of a notebook."""

    setup: NotebookSetup
    cells: tuple[CellRun, ...]  # in the notebook's order
    content: str  # the notebook as it ran, with its new outputs, as JSON

    @property
    def failed(self) -> int:
        """Number of cells that raised or took too long."""
        return sum(cell.verdict == FAILED for cell in self.cells)


def run_notebook(
    path: str | os.PathLike[str],
    data: str | os.PathLike[str] | None = None,  # of data.mat and the pictures; None: beside the notebook, or in the usual places
    *,
    timeout: float = 600.0,  # seconds a cell may take
    on_start: Callable[[NotebookSetup], None] = lambda setup: None,
    on_cell: Callable[[CellRun], None] = lambda cell: None,
) -> NotebookRun:
    """Run a notebook in a new folder and its own process, with the course's modules and data in place; the notebook is not changed.

    A notebook is code of its author, and runs with all the rights of this process. A cell that fails does not stop those after it.
    """
    if not timeout > 0:
        raise SpecError(f"the time limit must be a positive number of seconds, found {timeout}.")
    if data is not None and not Path(data).is_dir():
        raise DataError(f"no such folder: {data}; name the one that holds {FOOTBALL} or the pictures.")
    _require("nbformat", "nbclient", "ipykernel")
    notebook = read_notebook(path)
    codes = [cell.source for cell in notebook.cells if _is_code(cell)]
    cases, runs = _cases(notebook, codes), list[CellRun]()
    with tempfile.TemporaryDirectory(prefix="wellfit-course-", ignore_cleanup_errors=True) as temporary:
        working = Path(temporary) / "notebook"
        (working / "datasets").mkdir(parents=True)
        files, missing = _place_files("\n".join(codes), working / "datasets", data, Path(path).parent)
        setup = NotebookSetup(len(codes), files, missing)
        on_start(setup)
        with kernel_spec(Path(temporary) / "jupyter"), _started(notebook, working, timeout, cases) as execute:
            for run in _run_cells(notebook, execute, "\n".join(codes), None in files.values(), timeout):
                runs.append(run)
                on_cell(run)
    return NotebookRun(setup, tuple(runs), to_json(notebook))


def _require(*libraries: str) -> None:
    missing = [name for name in libraries if importlib.util.find_spec(name) is None]
    if missing:
        raise WellfitError(f"running a notebook needs {' and '.join(missing)}: {install_command(*missing)}.")


def _cases(notebook: Any, codes: list[str]) -> str:
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    texts += [printed(cell.get("outputs", ())) for cell in notebook.cells]
    return needed_cases(codes, "\n".join(texts))


def _place_files(code: str, folder: Path, data: str | os.PathLike[str] | None, beside: Path) -> tuple[dict[str, Path | None], str]:
    """Copy the data files that some code reads, or write look-alikes; return their sources, and why there are look-alikes."""
    files: dict[str, Path | None] = {}
    missing = ""
    for part, is_needed in needed_files(code).items():
        for name in PARTS[part] if is_needed else ():
            try:
                files[name] = _find_file(name, data, beside)
            except DataError as error:
                missing = missing or str(error)
                files[name] = None
            place = files[name]
            if place is None:
                write_look_alike(name, folder)
            else:
                shutil.copyfile(place, folder / name)
    return files, missing


def _find_file(name: str, data: str | os.PathLike[str] | None, beside: Path) -> Path:
    """Return where a file is: in the given folder, else beside the notebook, else in the usual places."""
    if data is not None:
        return find(name, data)
    return file_in(beside, name) or find(name)


# === Cells ===

Execute = Callable[..., Any]


@contextlib.contextmanager
def _started(notebook: Any, folder: Path, timeout: float, cases: str) -> Iterator[Execute]:
    """Start a kernel in a folder, yield a function that runs a cell in it, and stop the kernel in any case."""
    from nbclient import NotebookClient

    client: Any = NotebookClient(
        notebook, kernel_name=KERNEL, timeout=timeout, interrupt_on_timeout=True, allow_errors=True, log=logging.getLogger(QUIET)
    )
    with contextlib.ExitStack() as stack:
        try:
            # Cells print through messages; these two carry only the kernel's own output, such as the traceback when it dies.
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            stack.enter_context(client.setup_kernel(cwd=str(folder), **quiet))
        except RuntimeError as error:
            raise WellfitError(f"no kernel starts in this Python ({error}); see: {sys.executable} -m ipykernel_launcher.") from error
        # Not as a cell: nbclient would put it into the notebook.
        reply = client.wait_for_reply(client.kc.execute(preparation(cases), silent=True))["content"]
        if reply["status"] != "ok":
            raise WellfitError(f"the course's modules cannot be put into the kernel: {reply.get('evalue', reply['status'])}.")
        yield client.execute_cell


def _run_cells(notebook: Any, execute: Execute, code: str, is_look_alike: bool, timeout: float) -> Iterator[CellRun]:
    """Run the code cells in order; once the kernel has died, yield a failed run for each that is left."""
    from nbclient.exceptions import DeadKernelError

    places = [place for place, cell in enumerate(notebook.cells) if _is_code(cell)]
    died = ""
    for number, place in enumerate(places, 1):
        cell = notebook.cells[place]
        if not died:
            try:
                yield _run_cell(number, cell, functools.partial(execute, cell_index=place), code, is_look_alike, timeout)
                continue
            except DeadKernelError:
                died = f"failed: the kernel died in cell {number}"
        yield CellRun(number, _title(cell.source), FAILED, 0, 0, died, (), 0.0)


def _is_code(cell: Any) -> bool:
    return cell.cell_type == "code" and bool(cell.source.strip())


def _run_cell(number: int, cell: Any, execute: Execute, notebook: str, is_look_alike: bool, timeout: float) -> CellRun:
    source, stored = cell.source, printed(cell.get("outputs", ()))
    cell.source, skipped = skip_lines(source)
    start = time.perf_counter()
    try:
        execute(cell)
    finally:
        cell.source = source
    seconds = time.perf_counter() - start
    if error := _error_of(cell):
        if error.startswith("KeyboardInterrupt") and seconds >= timeout:
            error = f"stopped after {timeout:g} s; a longer time limit may help"
        found = Comparison(FAILED, 0, 0, f"failed: {error}")
    else:
        found = compare(stored, printed(cell.outputs), source, notebook)
        if found.verdict == DIFFERS and is_look_alike:
            found = found._replace(verdict=LOOK_ALIKE, reason=found.reason.replace("differs", "differs, with look-alike data", 1))
    return CellRun(number, _title(source), found.verdict, found.digits, found.stored, found.reason, tuple(skipped), seconds)


def _error_of(cell: Any) -> str:
    """Return the error of a cell in one line; empty without one, or if the cell is tagged as raising one."""
    if "raises-exception" in cell.metadata.get("tags", ()):
        return ""
    errors = [output for output in cell.outputs if output.output_type == "error"]
    return " ".join(f"{errors[-1].ename}: {errors[-1].evalue}".split()).removesuffix(":") if errors else ""


def _title(source: str) -> str:
    lines = [line.strip() for line in source.splitlines()]
    code = [line for line in lines if line and not line.startswith(("#", "%", "!"))]
    return (code or [line for line in lines if line])[0]
