"""Where Numba puts a kernel's code, and how wide this machine's vectors are.

Numba optimises each function on its own, makes machine code of it, and once more of every caller that it is linked into. Kernels
that only other kernels call need none of their own: without it a first fit compiles in four fifths of the time.
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from typing import Any

import llvmlite.binding
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler

from wellfit.engines.kernels.inlining import lean_copies

__all__ = ["COLUMNS", "VECTOR_BYTES", "EntryCompiler", "PartCompiler", "vector_bytes"]


def vector_bytes() -> int:
    """Return the bytes of one vector register: 64 with AVX-512, else 32 (narrower machines split them)."""
    features = llvmlite.binding.get_host_cpu_features()
    return 64 if features.get("avx512f") else 32


VECTOR_BYTES = vector_bytes()
# Examples are padded with columns of weight zero to a whole number of these.
COLUMNS = 16


class _Whole(JITCodeLibrary):
    """The code of an entry: plain loops fill registers of 512 bits where there are any.

    LLVM takes half of them on Intel's processors, for fear of a lower clock. Measured on an Ice Lake: a step takes 0.7 to 0.9 of
    the time with whole ones.
    """

    def add_ir_module(self, ir_module: Any) -> None:
        """Ask for whole registers in every function."""
        for function in ir_module.functions:
            # llvmlite knows no attributes with values, but writes what it holds.
            set.add(function.attributes, f'"prefer-vector-width"="{8 * VECTOR_BYTES}"')
        super().add_ir_module(ir_module)

    # The passes over a whole module do what Numba's over single functions do before, and those that look for reference counts have
    # nothing to find in kernels. Without both a first fit compiles in about 0.8 of the time, and runs as fast.

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self) -> None:
        passes, builder = self._codegen._module_pass_manager()
        passes.run(self._final_module, builder)


class _Part(_Whole):
    """The code of a kernel that others are linked from: never run by itself, so no machine code is made of it."""

    @property
    def codegen(self) -> Any:
        """Numba's own, but for what it would do to machine code."""
        return _NoEnvironment(self._codegen)

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True


class _NoEnvironment:
    """Numba's code generator for code that has no address."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, env_name: str, env: Any) -> None:
        """Do nothing: there is no address to write to."""


class EntryCompiler(Compiler):
    """Compiles what Python calls: Numba's own, with another library to put the code into."""

    library: type[_Whole] = _Whole

    def compile_extra(self, func: Any) -> Any:
        """Compile a function; Numba holds its lock meanwhile."""
        with lean_copies():
            return super().compile_extra(func)

    def define_pipelines(self) -> Any:
        """Put the library in place before any pass runs."""
        self.state.library = self.library(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        self.state.library.enable_object_caching()
        return super().define_pipelines()


class PartCompiler(EntryCompiler):
    """Compiles what other kernels call."""

    library = _Part
