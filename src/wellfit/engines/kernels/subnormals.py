"""Numbers too small for full precision count as zero while kernels run.

Below 1.2e-38 in float32, 2.2e-308 in float64, numbers lose digits, and Intel's and AMD's processors take some hundred cycles for
what is otherwise one. Units that are dead get there: their gradients are zero, so that each step makes moments, and with them the
weights, smaller by a factor; rounding keeps them from ever getting to zero. An epoch of a network with many of them took ten times
as long. Other processors compute with such numbers as fast as with any, and are left alone.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

HAS_CONTROL = llvmlite.binding.get_process_triple().split("-")[0] in ("x86_64", "amd64", "i386", "i686")
# Of the control register of vector units: results flushed to zero, operands taken as zero.
FLUSH, AS_ZERO = 1 << 15, 1 << 6
CONTROL = ir.IntType(32)


def _call(builder, name, place):
    address = ir.IntType(8).as_pointer()
    function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(ir.VoidType(), [address]), name)
    builder.call(function, [builder.bitcast(place, address)])


def _set(builder, value):
    place = cgutils.alloca_once_value(builder, value)
    _call(builder, "llvm.x86.sse.ldmxcsr", place)


@intrinsic
def count_as_zero(typing_context):
    """Count them as zero on this thread from now on; return what `count_again` needs."""

    def generate(context, builder, signature, arguments):
        if not HAS_CONTROL:
            return CONTROL(0)
        place = cgutils.alloca_once(builder, CONTROL)
        _call(builder, "llvm.x86.sse.stmxcsr", place)
        before = builder.load(place)
        _set(builder, builder.or_(before, CONTROL(FLUSH | AS_ZERO)))
        return before

    return types.uint32(), generate


@intrinsic
def count_again(typing_context, before):
    """Count them on this thread as before."""

    def generate(context, builder, signature, arguments):
        if HAS_CONTROL:
            _set(builder, arguments[0])
        return context.get_dummy_value()

    return types.void(types.uint32), generate
