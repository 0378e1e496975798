"""How wide the vectors of the processor are that Numba compiles for, and whether it multiplies and adds in one instruction."""

from __future__ import annotations

import llvmlite.binding
from numba.core.registry import cpu_target

__all__ = ["COLUMNS", "IS_FUSED", "TARGET", "VECTOR_BYTES", "vectors_of"]


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


# Triple, name and features of the processor that Numba compiles for, which NUMBA_CPU_NAME may set: not always the one at hand.
TARGET: tuple[str, str, str] = cpu_target.target_context.codegen().magic_tuple()
# Where nothing is fused, LLVM would call a library function for each element, and a small network would train five times as long.
VECTOR_BYTES, IS_FUSED = vectors_of(*TARGET)
# Examples are padded with columns of weight zero to a whole number of these.
COLUMNS = 16
