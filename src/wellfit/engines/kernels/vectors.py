"""Vector instructions in Numba: numbers in memory seen as registers, and short words for loops over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba.core import cgutils

from wellfit.engines.kernels.processor import IS_FUSED, VECTOR_BYTES

WORD = ir.IntType(64)


class Memory:
    """Numbers from an address on, seen as scalars and vectors at element offsets."""

    def __init__(self, builder: Any, pointer_type: Any, value: Any) -> None:
        self.builder, self.base = builder, value
        self.bits = pointer_type.dtype.bitwidth
        self.element = ir.FloatType() if self.bits == 32 else ir.DoubleType()
        self.vector = ir.VectorType(self.element, VECTOR_BYTES * 8 // self.bits)

    def scalar(self, offset: Any) -> Any:
        """Return one element."""
        return self.builder.load(self.builder.gep(self.base, [offset]))

    def put_scalar(self, value: Any, offset: Any) -> None:
        """Write one element."""
        self.builder.store(value, self.builder.gep(self.base, [offset]))

    def fetch(self, offset: Any) -> None:
        """Have an element in the cache by the time it is read; it may lie outside of the array."""
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        where = self.builder.bitcast(self.builder.gep(self.base, [offset]), byte)
        # To read, to be kept, as data.
        self.builder.call(self.builder.module.declare_intrinsic("llvm.prefetch", [byte], kind), [where, word(0), word(3), word(1)])

    def _address(self, offset: Any) -> Any:
        return self.builder.bitcast(self.builder.gep(self.base, [offset]), self.vector.as_pointer())

    def load(self, offset: Any) -> Any:
        """Return a whole vector; it may begin anywhere."""
        return self.builder.load(self._address(offset), align=self.bits // 8)

    def store(self, value: Any, offset: Any) -> None:
        """Write a whole vector; it may begin anywhere."""
        self.builder.store(value, self._address(offset), align=self.bits // 8)


class Writer:
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
        """Return a b + c, rounded once where the processor can."""
        if not IS_FUSED:
            return self.builder.fadd(self.builder.fmul(a, b), c)
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
