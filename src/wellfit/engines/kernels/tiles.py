"""Products of matrices whose sums stay in vector registers.

    product    C[r, c]  = start[r, c] + sum_k P[r, k] Q[k, c]     C and Q contiguous along c, P with any two strides
    dots       C[i, j] += sum_e A[i, e] D[j, e]                   A and D contiguous along e

Both are cut into tiles of a few rows by one or two vector registers, written out here as vector instructions in Numba
intrinsics. Plain Numba loops cannot promise that: LLVM keeps a block of sums in registers only when it is spelled out as
vectors. Measured on one core of a 2-core AVX-512 machine: 98 to 113 GFLOP/s in float32 from 54 x 64 x 32 to
512 x 512 x 128, where its BLAS reaches 88 to 102 and needs 20 to 40 for layers of 3 to 20 units.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from wellfit.engines.kernels.processor import VECTOR_BYTES
from wellfit.engines.kernels.vectors import WORD, Memory, Writer

# 32 registers hold 8 x 2 sums and what they need beside them, 16 hold 4 x 2.
TILE_ROWS = (8, 4, 3, 2, 1) if VECTOR_BYTES == 64 else (4, 3, 2, 1)

# So many steps of a sum take as long as a number takes from the second or third cache. Measured on an Ice Lake: from 512 to 512 units a
# slice of 64 examples takes 0.7 to 0.85 of the time.
STEPS_AHEAD = 16


def make_product(start: str, finish: str) -> Any:
    """Return the intrinsic of one kind of product: how its sums start, and what finishes them.

    - start: ``"bias"``: at S[r]; ``"zero"``; ``"add"``: at the value in C, or at 0 where has_start is 0.
    - finish: ``"plain"``: nothing; ``"floor"``: max(sum, factor), nan stays; ``"gate"``: times S[r * c_row + column], where S may be
      C itself; ``"positive"``: times `factor` where S[r * c_row + column] > 0, else 0.

    The intrinsic is product(C, c_row, P, p_row, p_step, Q, q_row, S, has_start, rows, columns, depth, factor): rows and steps are strides
    in elements, and columns is a whole number of vectors.
    """

    @intrinsic
    def product(
        typing_context: Any,
        C: Any,
        c_row: Any,
        P: Any,
        p_row: Any,
        p_step: Any,
        Q: Any,
        q_row: Any,
        S: Any,
        has_start: Any,
        rows: Any,
        columns: Any,
        depth: Any,
        factor: Any,
    ) -> Any:
        n = types.intp
        signature = types.void(C, n, P, n, n, Q, n, S, n, n, n, n, C.dtype)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            C_value, c_row, P_value, p_row, p_step, Q_value, q_row, S_value, has_start, rows, columns, depth, factor = arguments
            C, P, Q, S = (Memory(builder, signature.args[0], value) for value in (C_value, P_value, Q_value, S_value))
            write = Writer(builder, C.vector)
            lanes = C.vector.count
            zero, factors, zero_word = ir.Constant(C.vector, None), write.spread(factor), ir.Constant(WORD, 0)
            for width, column in write.blocks(columns, (2 * lanes, lanes)):
                vectors = range(width // lanes)
                for height, row in write.blocks(rows, TILE_ROWS):
                    cells = [(r, v) for r in range(height) for v in vectors]
                    corner = write.place(column, (row, c_row))
                    p_corner = write.place(zero_word, (row, p_row))
                    if start == "bias":
                        biases = [write.spread(S.scalar(write.place(row, (r, 1)))) for r in range(height)]
                        firsts = [biases[r] for r, _ in cells]
                    elif start == "zero":
                        firsts = [zero] * len(cells)
                    else:
                        firsts = _held(builder, C, [write.place(corner, (r, c_row), (v, lanes)) for r, v in cells], has_start)
                    with write.sums(depth, firsts) as (k, sums, following):
                        q_here = write.place(column, (k, q_row))
                        loaded = [Q.load(write.place(q_here, (v, lanes))) for v in vectors]
                        p_here = write.place(p_corner, (k, p_step))
                        if start == "bias":
                            # Weights are read down their columns: where those are a power of two apart, hardly any stays in the cache.
                            P.fetch(write.place(p_here, (p_step, STEPS_AHEAD)))
                        spread = [write.spread(P.scalar(write.place(p_here, (r, p_row)))) for r in range(height)]
                        following.extend(write.multiply_add(spread[r], loaded[v], total) for (r, v), total in zip(cells, sums, strict=True))
                    for (r, v), total in zip(cells, sums, strict=True):
                        if finish == "floor":
                            total = builder.select(builder.fcmp_unordered(">", total, factors), total, factors)
                        elif finish == "gate":
                            total = builder.fmul(total, S.load(write.place(corner, (r, c_row), (v, lanes))))
                        elif finish == "positive":
                            open_gate = builder.fcmp_ordered(">", S.load(write.place(corner, (r, c_row), (v, lanes))), zero)
                            total = builder.select(open_gate, builder.fmul(total, factors), zero)
                        C.store(total, write.place(corner, (r, c_row), (v, lanes)))
            return context.get_dummy_value()

        return signature, generate

    return product


def _held(builder: Any, C: Any, places: list[Any], has_start: Any) -> list[Any]:
    """Return the vectors at some places of C; zeros, without a look at it, where has_start is 0."""
    zero, before = ir.Constant(C.vector, None), builder.block
    with builder.if_then(builder.icmp_signed("!=", has_start, ir.Constant(WORD, 0))):
        loaded, inside = [C.load(place) for place in places], builder.block
    firsts = [builder.phi(C.vector) for _ in places]
    for first, value in zip(firsts, loaded, strict=True):
        first.add_incoming(zero, before)
        first.add_incoming(value, inside)
    return firsts


@intrinsic
def dots(typing_context: Any, C: Any, c_row: Any, A: Any, a_row: Any, D: Any, d_row: Any, rows: Any, columns: Any, depth: Any) -> Any:
    """Emit dots(C, c_row, A, a_row, D, d_row, rows, columns, depth); depth is a whole number of vectors."""
    n = types.intp
    signature = types.void(C, n, A, n, D, n, n, n, n)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        C_value, c_row, A_value, a_row, D_value, d_row, rows, columns, depth = arguments
        C, A, D = (Memory(builder, signature.args[0], value) for value in (C_value, A_value, D_value))
        write = Writer(builder, C.vector)
        zero, zero_word = ir.Constant(C.vector, None), ir.Constant(WORD, 0)
        for width, column in write.blocks(columns, (4, 3, 2, 1)):
            for height, row in write.blocks(rows, (4, 2, 1)):
                cells = [(i, j) for i in range(height) for j in range(width)]
                a_corner, d_corner = write.place(zero_word, (row, a_row)), write.place(zero_word, (column, d_row))
                with write.sums(depth, [zero] * len(cells), C.vector.count) as (e, sums, following):
                    lefts = [A.load(write.place(builder.add(a_corner, e), (i, a_row))) for i in range(height)]
                    rights = [D.load(write.place(builder.add(d_corner, e), (j, d_row))) for j in range(width)]
                    following.extend(write.multiply_add(lefts[i], rights[j], total) for (i, j), total in zip(cells, sums, strict=True))
                corner = write.place(column, (row, c_row))
                for i in range(height):
                    for j, total in enumerate(write.totals(sums[i * width : (i + 1) * width])):
                        here = write.place(corner, (i, c_row), (j, 1))
                        C.put_scalar(builder.fadd(C.scalar(here), total), here)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def row_sums(typing_context: Any, C: Any, D: Any, d_row: Any, rows: Any, depth: Any) -> Any:
    """Emit row_sums(C, D, d_row, rows, depth): C[r] += sum_e D[r, e]; depth is a whole number of vectors."""
    n = types.intp
    signature = types.void(C, D, n, n, n)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        C_value, D_value, d_row, rows, depth = arguments
        C, D = (Memory(builder, signature.args[0], value) for value in (C_value, D_value))
        write = Writer(builder, C.vector)
        for height, row in write.blocks(rows, (4, 1)):
            corner = write.place(ir.Constant(WORD, 0), (row, d_row))
            with write.sums(depth, [ir.Constant(C.vector, None)] * height, C.vector.count) as (e, sums, following):
                loaded = [D.load(write.place(builder.add(corner, e), (r, d_row))) for r in range(height)]
                following.extend(builder.fadd(total, values) for total, values in zip(sums, loaded, strict=True))
            for r, total in enumerate(write.totals(sums)):
                here = write.place(row, (r, 1))
                C.put_scalar(builder.fadd(C.scalar(here), total), here)
        return context.get_dummy_value()

    return signature, generate
