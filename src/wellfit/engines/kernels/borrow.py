"""Arrays without reference counts, for the length of one call.

Numba counts references wherever an array or a slice of one is named; each count is an atomic instruction. In the loop over
epochs of a small network they took half of the time (measured: 1.6 of 3.6 microseconds a step). The arrays belong to the caller, who
holds them until the call returns, so the loop may use them uncounted.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, misc"

from __future__ import annotations

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic
def borrowed(typing_context, value):
    """Return the same array, or the same tuple of arrays and scalars, without an owner; never return it to Python."""

    def borrow(context, builder, kind, here):
        if isinstance(kind, types.BaseTuple):
            parts = zip(kind.types, cgutils.unpack_tuple(builder, here), strict=True)
            return context.make_tuple(builder, kind, [borrow(context, builder, *part) for part in parts])
        if not isinstance(kind, types.Array):
            return here
        view = context.make_array(kind)(context, builder, here)
        view.meminfo = cgutils.get_null_value(view.meminfo.type)
        view.parent = cgutils.get_null_value(view.parent.type)
        return view._getvalue()

    def generate(context, builder, signature, arguments):
        return borrow(context, builder, signature.args[0], arguments[0])

    return value(value), generate
