"""Products of matrices whose sums stay in vector registers, and masks that are applied in them.

    product    C[r, c]  = start[r, c] + sum_k P[r, k] Q[k, c]     C and Q contiguous along c, P with any two strides
    dots       C[i, j] += sum_e A[i, e] D[j, e]                   A and D contiguous along e
    sieve      a[p] *= factor where the random piece of p lies under a threshold, else 0

The products are cut into tiles of a few rows by one or two vector registers, written out here as vector instructions in Numba
intrinsics. Plain Numba loops cannot promise that: LLVM keeps a block of sums in registers only when it is spelled out as
vectors. Measured on one core of a 2-core AVX-512 machine: 98 to 113 GFLOP/s in float32 from 54 x 64 x 32 to
512 x 512 x 128, where its BLAS reaches 88 to 102 and needs 20 to 40 for layers of 3 to 20 units.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from wellfit.engines.kernels.jit import VECTOR_BYTES

# 32 registers hold 8 x 2 sums and what they need beside them, 16 hold 4 x 2.
TILE_ROWS = (8, 4, 3, 2, 1) if VECTOR_BYTES == 64 else (4, 3, 2, 1)
WORD = ir.IntType(64)


class _Memory:
    """A flat array seen as scalars and vectors at element offsets."""

    def __init__(self, context: Any, builder: Any, array_type: Any, value: Any) -> None:
        self.builder = builder
        self.base = context.make_array(array_type)(context, builder, value).data
        self.bits = array_type.dtype.bitwidth
        self.element = ir.FloatType() if self.bits == 32 else ir.DoubleType()
        self.vector = ir.VectorType(self.element, VECTOR_BYTES * 8 // self.bits)

    def scalar(self, offset: Any) -> Any:
        return self.builder.load(self.builder.gep(self.base, [offset]))

    def put_scalar(self, value: Any, offset: Any) -> None:
        self.builder.store(value, self.builder.gep(self.base, [offset]))

    def _address(self, offset: Any) -> Any:
        return self.builder.bitcast(self.builder.gep(self.base, [offset]), self.vector.as_pointer())

    def load(self, offset: Any) -> Any:
        return self.builder.load(self._address(offset), align=self.bits // 8)

    def store(self, value: Any, offset: Any) -> None:
        self.builder.store(value, self._address(offset), align=self.bits // 8)


class _Writer:
    """Short words for what the loops below are made of."""

    def __init__(self, builder: Any, vector: Any) -> None:
        self.builder, self.vector = builder, vector

    def place(self, base: Any, *terms: tuple[Any, Any]) -> Any:
        """Return base + sum of products."""
        for index, stride in terms:
            index = ir.Constant(WORD, index) if isinstance(index, int) else index
            stride = ir.Constant(WORD, stride) if isinstance(stride, int) else stride
            base = self.builder.add(base, self.builder.mul(index, stride))
        return base

    def spread(self, scalar: Any) -> Any:
        """Return a vector of equal lanes."""
        nothing = ir.Constant(self.vector, ir.Undefined)
        first = self.builder.insert_element(nothing, scalar, ir.Constant(ir.IntType(32), 0))
        return self.builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(ir.IntType(32), self.vector.count), None))

    def multiply_add(self, a: Any, b: Any, c: Any) -> Any:
        kind = ir.FunctionType(self.vector, [self.vector] * 3)
        name = f"llvm.fma.v{self.vector.count}{'f32' if isinstance(self.vector.element, ir.FloatType) else 'f64'}"
        return self.builder.call(cgutils.get_or_insert_function(self.builder.module, kind, name), [a, b, c])

    def totals(self, vectors: Sequence[Any]) -> list[Any]:
        """Return the sum of the lanes of each of at most 4 vectors, as scalars.

        Neighbouring lanes are added and two vectors packed into one, again and again: half the shuffles of single sums.
        """
        packed = [*vectors, *[ir.Constant(self.vector, None)] * (4 - len(vectors))]
        while len(packed) > 1:
            packed = [self._add_neighbours(a, b) for a, b in zip(packed[0::2], packed[1::2], strict=True)]
        last = packed[0]
        while last.type.count > 4:
            last = self._add_neighbours(last, None)
        return [self.builder.extract_element(last, ir.Constant(ir.IntType(32), index)) for index in range(len(vectors))]

    def _add_neighbours(self, a: Any, b: Any) -> Any:
        """Return a0 + a1, a2 + a3, ..., then the same of b."""
        lanes = a.type.count * (1 if b is None else 2)
        other = ir.Constant(a.type, ir.Undefined) if b is None else b
        kind = ir.VectorType(ir.IntType(32), lanes // 2)
        even, odd = (self.builder.shuffle_vector(a, other, ir.Constant(kind, list(range(first, lanes, 2)))) for first in (0, 1))
        return self.builder.fadd(even, odd)

    @contextmanager
    def sums(self, depth: Any, firsts: Sequence[Any], step: int = 1) -> Iterator[tuple[Any, list[Any], list[Any]]]:
        """Loop k over range(0, depth, step): the body fills `following` from `sums`; afterwards `sums` holds the results."""
        builder = self.builder
        before = builder.block
        loop, done = builder.append_basic_block("sums"), builder.append_basic_block("sums.done")
        zero = ir.Constant(WORD, 0)
        builder.cbranch(builder.icmp_signed(">", depth, zero), loop, done)
        builder.position_at_end(loop)
        k = builder.phi(WORD)
        running = [builder.phi(self.vector) for _ in firsts]
        sums: list[Any] = list(running)
        following: list[Any] = []
        yield k, sums, following
        k_next = builder.add(k, ir.Constant(WORD, step))
        k.add_incoming(zero, before)
        k.add_incoming(k_next, loop)
        for phi, first, value in zip(running, firsts, following, strict=True):
            phi.add_incoming(first, before)
            phi.add_incoming(value, loop)
        builder.cbranch(builder.icmp_signed("<", k_next, depth), loop, done)
        builder.position_at_end(done)
        for index, (first, value) in enumerate(zip(firsts, following, strict=True)):
            result = builder.phi(self.vector)
            result.add_incoming(first, before)
            result.add_incoming(value, loop)
            sums[index] = result

    def blocks(self, total: Any, sizes: Sequence[int]) -> Iterator[tuple[int, Any]]:
        """Loop over range(total) in blocks: as many as fit of each size, the largest first."""
        builder = self.builder
        begin = ir.Constant(WORD, 0)
        for size in sizes:
            count = builder.sdiv(builder.sub(total, begin), ir.Constant(WORD, size))
            end = builder.add(begin, builder.mul(count, ir.Constant(WORD, size)))
            with cgutils.for_range_slice(builder, begin, end, ir.Constant(WORD, size), WORD) as (index, _):
                yield size, index
            begin = end


def make_product(start: str, finish: str) -> Any:
    r"""Return the intrinsic of one kind of product.

    Parameters
    ----------
    start : str
        ``"bias"``: sums start at S[s + r]; ``"zero"``; ``"add"``: at what C holds.
    finish : str
        What is done to a finished sum before it is stored: ``"plain"``: nothing; ``"rectify"``: max(sum, 0), a nan stays;
        ``"gate"``: times S[s + r * c_row + column], where S may be C itself; ``"positive"``: times `factor` where
        S[s + r * c_row + column] > 0, else 0.

    Returns
    -------
    intrinsic
        product(C, c, c_row, P, p, p_row, p_step, Q, q, q_row, S, s, rows, columns, depth, factor), where c, p, q, s are
        offsets, \*_row and \*_step strides, all in elements, and columns is a whole number of vectors.
    """

    @intrinsic
    def product(
        typing_context: Any,
        C: Any,
        c: Any,
        c_row: Any,
        P: Any,
        p: Any,
        p_row: Any,
        p_step: Any,
        Q: Any,
        q: Any,
        q_row: Any,
        S: Any,
        s: Any,
        rows: Any,
        columns: Any,
        depth: Any,
        factor: Any,
    ) -> Any:
        n = types.intp
        signature = types.void(C, n, n, P, n, n, n, Q, n, n, S, n, n, n, n, C.dtype)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            C_value, c, c_row, P_value, p, p_row, p_step, Q_value, q, q_row, S_value, s, rows, columns, depth, factor = arguments
            kinds = signature.args
            C, P = _Memory(context, builder, kinds[0], C_value), _Memory(context, builder, kinds[3], P_value)
            Q, S = _Memory(context, builder, kinds[7], Q_value), _Memory(context, builder, kinds[10], S_value)
            write = _Writer(builder, C.vector)
            lanes = C.vector.count
            zero, factors = ir.Constant(C.vector, None), write.spread(factor)
            for width, column in write.blocks(columns, (2 * lanes, lanes)):
                vectors = range(width // lanes)
                for height, row in write.blocks(rows, TILE_ROWS):
                    cells = [(r, v) for r in range(height) for v in vectors]
                    corner = write.place(builder.add(c, column), (row, c_row))
                    gate = write.place(builder.add(s, column), (row, c_row))
                    p_corner = write.place(p, (row, p_row))
                    if start == "bias":
                        biases = [write.spread(S.scalar(write.place(builder.add(s, row), (r, 1)))) for r in range(height)]
                        firsts = [biases[r] for r, _ in cells]
                    elif start == "zero":
                        firsts = [zero] * len(cells)
                    else:
                        firsts = [C.load(write.place(corner, (r, c_row), (v, lanes))) for r, v in cells]
                    with write.sums(depth, firsts) as (k, sums, following):
                        q_here = write.place(builder.add(q, column), (k, q_row))
                        loaded = [Q.load(write.place(q_here, (v, lanes))) for v in vectors]
                        p_here = write.place(p_corner, (k, p_step))
                        spread = [write.spread(P.scalar(write.place(p_here, (r, p_row)))) for r in range(height)]
                        following.extend(write.multiply_add(spread[r], loaded[v], total) for (r, v), total in zip(cells, sums, strict=True))
                    for (r, v), total in zip(cells, sums, strict=True):
                        if finish == "rectify":
                            total = builder.select(builder.fcmp_unordered(">", total, zero), total, zero)
                        elif finish == "gate":
                            total = builder.fmul(total, S.load(write.place(gate, (r, c_row), (v, lanes))))
                        elif finish == "positive":
                            open_gate = builder.fcmp_ordered(">", S.load(write.place(gate, (r, c_row), (v, lanes))), zero)
                            total = builder.select(open_gate, builder.fmul(total, factors), zero)
                        C.store(total, write.place(corner, (r, c_row), (v, lanes)))
            return context.get_dummy_value()

        return signature, generate

    return product


@intrinsic
def dots(
    typing_context: Any,
    C: Any,
    c: Any,
    c_row: Any,
    A: Any,
    a: Any,
    a_row: Any,
    D: Any,
    d: Any,
    d_row: Any,
    rows: Any,
    columns: Any,
    depth: Any,
) -> Any:
    """Emit dots(C, c, c_row, A, a, a_row, D, d, d_row, rows, columns, depth); depth is a whole number of vectors."""
    n = types.intp
    signature = types.void(C, n, n, A, n, n, D, n, n, n, n, n)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        C_value, c, c_row, A_value, a, a_row, D_value, d, d_row, rows, columns, depth = arguments
        kinds = signature.args
        C, A = _Memory(context, builder, kinds[0], C_value), _Memory(context, builder, kinds[3], A_value)
        D = _Memory(context, builder, kinds[6], D_value)
        write = _Writer(builder, C.vector)
        zero = ir.Constant(C.vector, None)
        for width, column in write.blocks(columns, (4, 3, 2, 1)):
            for height, row in write.blocks(rows, (4, 2, 1)):
                cells = [(i, j) for i in range(height) for j in range(width)]
                a_corner, d_corner = write.place(a, (row, a_row)), write.place(d, (column, d_row))
                with write.sums(depth, [zero] * len(cells), C.vector.count) as (e, sums, following):
                    lefts = [A.load(write.place(builder.add(a_corner, e), (i, a_row))) for i in range(height)]
                    rights = [D.load(write.place(builder.add(d_corner, e), (j, d_row))) for j in range(width)]
                    following.extend(write.multiply_add(lefts[i], rights[j], total) for (i, j), total in zip(cells, sums, strict=True))
                corner = write.place(builder.add(c, column), (row, c_row))
                for i in range(height):
                    for j, total in enumerate(write.totals(sums[i * width : (i + 1) * width])):
                        here = write.place(corner, (i, c_row), (j, 1))
                        C.put_scalar(builder.fadd(C.scalar(here), total), here)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def row_sums(typing_context: Any, C: Any, c: Any, D: Any, d: Any, d_row: Any, rows: Any, depth: Any) -> Any:
    """Emit row_sums(C, c, D, d, d_row, rows, depth): C[r] += sum_e D[r, e]; depth is a whole number of vectors."""
    n = types.intp
    signature = types.void(C, n, D, n, n, n, n)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        C_value, c, D_value, d, d_row, rows, depth = arguments
        C, D = _Memory(context, builder, signature.args[0], C_value), _Memory(context, builder, signature.args[2], D_value)
        write = _Writer(builder, C.vector)
        for height, row in write.blocks(rows, (4, 1)):
            corner = write.place(d, (row, d_row))
            with write.sums(depth, [ir.Constant(C.vector, None)] * height, C.vector.count) as (e, sums, following):
                loaded = [D.load(write.place(builder.add(corner, e), (r, d_row))) for r in range(height)]
                following.extend(builder.fadd(total, values) for total, values in zip(sums, loaded, strict=True))
            for r, total in enumerate(write.totals(sums)):
                here = write.place(builder.add(c, row), (r, 1))
                C.put_scalar(builder.fadd(C.scalar(here), total), here)
        return context.get_dummy_value()

    return signature, generate


# Lanes of random words, and positions that one pair of words decides: 4 pieces of 16 bits a lane.
SIEVE_LANES, SIEVE_BLOCK = 8, 32


@intrinsic
def sieve(typing_context: Any, a: Any, start: Any, low: Any, high: Any, threshold: Any, factor: Any, halves: Any) -> Any:
    """Emit sieve(a, start, low, high, threshold, factor, halves): mask halves * 16 positions from `start` on.

    Position 32 B + 8 q + lane takes piece q of the words low[8 B + lane], high[8 B + lane]: low's lower 16 bits, low's
    upper, high's lower, high's upper.
    """
    n = types.intp
    signature = types.void(a, n, low, low, types.uint32, a.dtype, n)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a_value, start, low_value, high_value, threshold, factor, halves = arguments
        kinds = signature.args
        array = _Memory(context, builder, kinds[0], a_value)
        words = [context.make_array(kinds[2])(context, builder, value).data for value in (low_value, high_value)]
        i32 = ir.IntType(32)
        lanes_of_words = ir.VectorType(i32, SIEVE_LANES)
        reals = ir.VectorType(array.element, SIEVE_LANES)
        write, align = _Writer(builder, reals), array.bits // 8
        factors, zeros = write.spread(factor), ir.Constant(reals, None)
        limits = _Writer(builder, lanes_of_words).spread(threshold)
        piece_mask, shift = (ir.Constant(lanes_of_words, [number] * SIEVE_LANES) for number in (0xFFFF, 16))
        # A half block is 16 positions: both pieces of one word. Odd halves take the high words.
        with cgutils.for_range_slice(builder, ir.Constant(WORD, 0), halves, ir.Constant(WORD, 1), WORD) as (half, _):
            odd = builder.trunc(half, ir.IntType(1))
            source = builder.select(odd, words[1], words[0])
            offset = builder.mul(builder.ashr(half, ir.Constant(WORD, 1)), ir.Constant(WORD, SIEVE_LANES))
            address = builder.bitcast(builder.gep(source, [offset]), lanes_of_words.as_pointer())
            word = builder.load(address, align=4)
            for part, pieces in enumerate((builder.and_(word, piece_mask), builder.lshr(word, shift))):
                keep = builder.select(builder.icmp_unsigned("<", pieces, limits), factors, zeros)
                place = write.place(start, (half, 2 * SIEVE_LANES), (part, SIEVE_LANES))
                here = builder.bitcast(builder.gep(array.base, [place]), reals.as_pointer())
                builder.store(builder.fmul(builder.load(here, align=align), keep), here, align=align)
        return context.get_dummy_value()

    return signature, generate
