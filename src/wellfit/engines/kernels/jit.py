"""The one place that knows compile flags and the width of this machine's vectors.

Numba keeps compiled kernels on disk, beside the source or in the user's cache folder, and compiles again when the *file of
the kernel itself* changes. A kernel that inlines another file's function is not noticed: after an edit, run
``make clean-cache``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite.binding
import numba

# No "nnan" and no "ninf": they would let the compiler assume that a diverged run does not exist.
# "reassoc" lets sums be vectorised; the order of summation is then fixed by the compiled code, not by chance.
SUMS = {"reassoc", "contract", "nsz", "arcp"}
# Range reduction and compensated logarithms are wrong under reassociation.
EXACT = {"contract"}

Kernel = Callable[..., Any]


def entry(function: Kernel) -> Kernel:
    """Compile a kernel that Python calls."""
    return numba.njit(fastmath=SUMS, nogil=True, cache=True, error_model="numpy")(function)  # type: ignore[no-any-return]


def kernel(function: Kernel) -> Kernel:
    """Compile a kernel that other kernels call: sums may be reordered, nan and inf keep their meaning.

    Without the wrappers that Python would need, which cost more to compile than most kernels.
    """
    return numba.njit(  # type: ignore[no-any-return]
        fastmath=SUMS, nogil=True, cache=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
    )(function)


def inlined(function: Kernel) -> Kernel:
    """Compile as a part of each caller.

    Each level of calls makes LLVM optimise all the levels below it once more: these are the levels in between.
    """
    return numba.njit(  # type: ignore[no-any-return]
        fastmath=SUMS, nogil=True, error_model="numpy", inline="always", no_cpython_wrapper=True, no_cfunc_wrapper=True
    )(function)


def scalar(function: Kernel) -> Kernel:
    """Compile a function of scalars that loops inline: nothing is reordered."""
    return numba.njit(  # type: ignore[no-any-return]
        fastmath=EXACT, nogil=True, error_model="numpy", forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True
    )(function)


def vector_bytes() -> int:
    """Return the bytes of one vector register: 64 with AVX-512, else 32 (narrower machines split them)."""
    features = llvmlite.binding.get_host_cpu_features()
    return 64 if features.get("avx512f") else 32


VECTOR_BYTES = vector_bytes()
# Examples are padded with zero-weight columns to a whole number of these.
COLUMNS = 16
