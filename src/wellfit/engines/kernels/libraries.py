"""Where Numba puts a kernel's code, and how wide the vectors of the processor are that it compiles for.

Numba optimises each function on its own, makes machine code of it, and once more of every caller that it is linked into. Kernels
that only other kernels call need none of their own: without it a first fit compiles in four fifths of the time.
"""

# mypy: disable-error-code="misc"

from __future__ import annotations

from typing import Any

import llvmlite.binding
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.registry import cpu_target

from wellfit.engines.kernels.inlining import lean_copies

__all__ = ["COLUMNS", "IS_FUSED", "VECTOR_BYTES", "EntryCompiler", "PartCompiler", "vectors_of"]


# What this compiles to shows whether the target has 512-bit registers (zmm), and whether it multiplies and adds in one instruction.
PROBE = """
declare <16 x float> @llvm.fma.v16f32(<16 x float>, <16 x float>, <16 x float>)
define void @probe(<16 x float>* %place) "prefer-vector-width"="512" {
  %vector = load <16 x float>, <16 x float>* %place, align 4
  %sum = call <16 x float> @llvm.fma.v16f32(<16 x float> %vector, <16 x float> %vector, <16 x float> %vector)
  store <16 x float> %sum, <16 x float>* %place, align 4
  ret void
}
"""


def vectors_of(triple: str, processor: str, features: str) -> tuple[int, bool]:
    """Return the bytes of a vector register, and whether multiplication and addition are fused, of a processor LLVM can compile for."""
    machine = llvmlite.binding.Target.from_triple(triple).create_target_machine(cpu=processor, features=features)
    code = machine.emit_assembly(llvmlite.binding.parse_assembly(PROBE))
    # Narrower processors split vectors of 32 bytes.
    return 64 if "zmm" in code else 32, "fmaf" not in code


# Of the processor that Numba compiles for, which NUMBA_CPU_NAME may set: not always the one at hand. Where nothing is fused, LLVM would
# call a library function for each element, and a small network would train five times as long.
VECTOR_BYTES, IS_FUSED = vectors_of(*cpu_target.target_context.codegen().magic_tuple())
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
