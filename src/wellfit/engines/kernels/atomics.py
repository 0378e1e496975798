"""Numbers that several threads read and write, one whole change at a time.

All are places of an array of int64. Every change is sequentially consistent: what a thread wrote before it is seen by whoever
sees the change.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

ORDER = "seq_cst"


@intrinsic
def load(typing_context, array, place):
    """Return array[place]."""

    def generate(context, builder, signature, arguments):
        return builder.load_atomic(builder.gep(arguments[0], [arguments[1]]), ORDER, 8)

    return types.int64(array, types.intp), generate


@intrinsic
def store(typing_context, array, place, value):
    """Set array[place]."""

    def generate(context, builder, signature, arguments):
        builder.store_atomic(arguments[2], builder.gep(arguments[0], [arguments[1]]), ORDER, 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.int64), generate


@intrinsic
def add(typing_context, array, place, value):
    """Add to array[place]; return what it was before."""

    def generate(context, builder, signature, arguments):
        return builder.atomic_rmw("add", builder.gep(arguments[0], [arguments[1]]), arguments[2], ORDER)

    return types.int64(array, types.intp, types.int64), generate


@intrinsic
def replace(typing_context, array, place, expected, value):
    """Set array[place] if it still is as expected; return whether it was."""

    def generate(context, builder, signature, arguments):
        where = builder.gep(arguments[0], [arguments[1]])
        return builder.extract_value(builder.cmpxchg(where, arguments[2], arguments[3], ORDER, ORDER), 1)

    return types.boolean(array, types.intp, types.int64, types.int64), generate


@intrinsic
def pause(typing_context):
    """Leave the processor to another thread for now: one that waits must not keep the one it waits for from running."""

    def generate(context, builder, signature, arguments):
        kind = ir.FunctionType(ir.IntType(32), [])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, "sched_yield"), [])
        return context.get_dummy_value()

    return types.void(), generate
