"""The one place that knows compile flags and the cache of compiled kernels."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

from wellfit.engines.kernels.libraries import EntryCompiler, PartCompiler

# None: not "nnan" and "ninf", which let the compiler assume that a diverged run does not exist; not "reassoc", "arcp" and
# "contract", for what it makes of them depends on the place into which it inlines a kernel, and two copies of one kernel, as
# two threads run them, would round differently. Sums and products that are to be fast say their own order (`tiles`).
FLAGS: set[str] = set()

Kernel = Callable[..., Any]


# === The cache on disk ===


def _source_stamp() -> str:
    """Return a digest of all kernels' sources."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


SOURCE_STAMP = _source_stamp()


def _cached(function: Any) -> Any:
    """Keep a kernel's machine code on disk, for as long as no kernel's source changes.

    Numba would look at the kernel's own file alone, and so keep code into which an older version of another file's kernel was
    compiled. Where neither the package's nor the user's cache folder can be written to, kernels are compiled in each process.
    """
    try:
        function.enable_caching()
    except RuntimeError:
        return function
    # Neither has a public name. Without the two the cache works as Numba means it to.
    index: Any = getattr(getattr(function, "_cache", None), "_cache_file", None)
    if hasattr(index, "_source_stamp"):
        index._source_stamp = SOURCE_STAMP
    if hasattr(index, "_data_name_pattern"):
        # Two processes that compile at once for different types would number their files alike, and one would load the
        # other's code; the index itself is replaced whole.
        index._data_name_pattern = index._data_name_pattern.replace(".{number", f".{os.getpid()}-{{number")
    return function


OPTIONS = {"fastmath": FLAGS, "nogil": True, "error_model": "numpy"}
PART = OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "pipeline_class": PartCompiler}


# === Decorators ===


def entry(function: Kernel) -> Kernel:
    """Compile a kernel that Python calls, and keep its machine code on disk."""
    return _cached(numba.njit(**OPTIONS, no_cfunc_wrapper=True, pipeline_class=EntryCompiler)(function))  # type: ignore[no-any-return]


def kernel(function: Kernel) -> Kernel:
    """Compile a kernel that other kernels call: nothing is reordered, nan and inf keep their meaning.

    It goes without machine code of its own and the wrappers that Python would need, which cost more to compile than most kernels;
    calling it from Python crashes.
    """
    return numba.njit(**PART)(function)  # type: ignore[no-any-return]


def inlined(function: Kernel) -> Kernel:
    """Compile as a part of each caller.

    Each level of calls makes LLVM optimise all the levels below it once more: these are the levels in between.
    """
    return numba.njit(**PART, inline="always")(function)  # type: ignore[no-any-return]


def scalar(function: Kernel) -> Kernel:
    """Compile a function of scalars that loops inline."""
    return numba.njit(**PART, forceinline=True)(function)  # type: ignore[no-any-return]
