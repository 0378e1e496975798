"""Counter-based random numbers: dropout masks and shuffles, the compiled twin of `wellfit.maths.counter`.

Threefry-2x32 with 13 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"). A mask is a function of
(seed, step, layer, unit, position in the batch) and nothing else, so it can be drawn in any order, or again.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from wellfit.engines.kernels.jit import kernel, scalar
from wellfit.engines.kernels.vectors import WORD, Memory, Writer

PARITY = np.uint32(0x1BD11BDA)
DROPOUT, SHUFFLE = 1, 2


@scalar
def _round(x0, x1, turn):
    x0 = np.uint32(x0 + x1)
    x1 = np.uint32((x1 << np.uint32(turn)) | (x1 >> np.uint32(32 - turn)))
    return x0, np.uint32(x1 ^ x0)


@scalar
def threefry(k0, k1, x0, x1):
    """Return two words for a key and a counter, all uint32."""
    k2 = np.uint32(k0 ^ k1 ^ PARITY)
    x0, x1 = np.uint32(x0 + k0), np.uint32(x1 + k1)
    x0, x1 = _round(x0, x1, 13)
    x0, x1 = _round(x0, x1, 15)
    x0, x1 = _round(x0, x1, 26)
    x0, x1 = _round(x0, x1, 6)
    x0, x1 = np.uint32(x0 + k1), np.uint32(x1 + k2 + np.uint32(1))
    x0, x1 = _round(x0, x1, 17)
    x0, x1 = _round(x0, x1, 29)
    x0, x1 = _round(x0, x1, 16)
    x0, x1 = _round(x0, x1, 24)
    x0, x1 = np.uint32(x0 + k2), np.uint32(x1 + k0 + np.uint32(2))
    x0, x1 = _round(x0, x1, 13)
    x0, x1 = _round(x0, x1, 15)
    x0, x1 = _round(x0, x1, 26)
    x0, x1 = _round(x0, x1, 6)
    x0, x1 = np.uint32(x0 + k0), np.uint32(x1 + k1 + np.uint32(3))
    x0, x1 = _round(x0, x1, 17)
    return x0, x1


@scalar
def _stream(seed_low, seed_high, stream, index, layer):
    return threefry(np.uint32(seed_low), np.uint32(seed_high), np.uint32(index), np.uint32((stream << 24) | layer))


# === Masks ===

# Lanes of random words, and positions that one pair of words decides: 4 pieces of 16 bits a lane.
SIEVE_LANES, SIEVE_BLOCK = 8, 32


@intrinsic
def sieve(typing_context: Any, a: Any, start: Any, low: Any, high: Any, limit: Any, factor: Any, halves: Any) -> Any:
    """Emit sieve(a, start, low, high, limit, factor, halves): mask halves * 16 positions from `start` on; pieces up to `limit` keep.

    Position 32 B + 8 q + lane takes piece q of the words low[8 B + lane], high[8 B + lane]: low's lower 16 bits, low's
    upper, high's lower, high's upper.
    """
    n = types.intp
    signature = types.void(a, n, low, low, types.uint16, a.dtype, n)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a_value, start, low_value, high_value, limit, factor, halves = arguments
        kinds = signature.args
        array = Memory(context, builder, kinds[0], a_value)
        words = [context.make_array(kinds[2])(context, builder, value).data for value in (low_value, high_value)]
        pieces_type = ir.VectorType(ir.IntType(16), 2 * SIEVE_LANES)
        reals = ir.VectorType(array.element, 2 * SIEVE_LANES)
        write, align = Writer(builder, reals), array.bits // 8
        factors, zeros = write.spread(factor), ir.Constant(reals, None)
        limits = Writer(builder, pieces_type).spread(limit)
        nothing = ir.Constant(pieces_type, ir.Undefined)
        lower_first = [*range(0, 2 * SIEVE_LANES, 2), *range(1, 2 * SIEVE_LANES, 2)]
        order = ir.Constant(ir.VectorType(ir.IntType(32), 2 * SIEVE_LANES), lower_first)
        # A half block is 16 positions: both pieces of one word. Odd halves take the high words.
        with cgutils.for_range_slice(builder, ir.Constant(WORD, 0), halves, ir.Constant(WORD, 1), WORD) as (half, _):
            odd = builder.trunc(half, ir.IntType(1))
            source = builder.select(odd, words[1], words[0])
            offset = builder.mul(builder.ashr(half, ir.Constant(WORD, 1)), ir.Constant(WORD, SIEVE_LANES))
            address = builder.bitcast(builder.gep(source, [offset]), pieces_type.as_pointer())
            pieces = builder.shuffle_vector(builder.load(address, align=4), nothing, order)
            keep = builder.select(builder.icmp_unsigned("<=", pieces, limits), factors, zeros)
            place = write.place(start, (half, 2 * SIEVE_LANES))
            here = builder.bitcast(builder.gep(array.base, [place]), reals.as_pointer())
            builder.store(builder.fmul(builder.load(here, align=align), keep), here, align=align)
        return context.get_dummy_value()

    return signature, generate


@kernel
def drop_units(a, slope, has_slope, units, ld, seed_low, seed_high, step, layer, first, rate, words):
    """Multiply activations, and slopes if there are any, by the mask of positions first, first + 1, ...; first % 32 == 0."""
    f = a.dtype.type
    threshold = round((1.0 - rate) * 65536.0)
    # Pieces below it are kept; 65536, which keeps all, is one more than 16 bits hold.
    limit = np.uint16(threshold - 1 if threshold > 0 else 0)
    kept = f(1.0 / (1.0 - rate) if threshold > 0 else 0.0)
    k0, k1 = _stream(seed_low, seed_high, DROPOUT, step, layer)
    # Two blocks at a time: a whole vector of words, no remainder to be drawn one by one.
    groups = (ld + 2 * SIEVE_BLOCK - 1) // (2 * SIEVE_BLOCK) * (2 * SIEVE_LANES)
    start = np.uint32(first // SIEVE_BLOCK * SIEVE_LANES)
    low, high = words[:groups], words[groups : 2 * groups]
    for unit in range(units):
        for g in range(groups):
            w0, w1 = threefry(k0, k1, np.uint32(start + np.uint32(g)), np.uint32(unit))
            low[g] = w0
            high[g] = w1
        sieve(a, unit * ld, low, high, limit, kept, ld // (2 * SIEVE_LANES))
        if has_slope:
            sieve(slope, unit * ld, low, high, limit, kept, ld // (2 * SIEVE_LANES))


@kernel
def drop_given(a, slope, has_slope, units, count, ld, masks, place, first, rate):
    """Do the same with given masks: masks[place + unit, first + position] nonzero keeps."""
    f = a.dtype.type
    zero, kept = f(0.0), f(1.0 / (1.0 - rate))
    for unit in range(units):
        for e in range(count):
            keep = kept if masks[place + unit, first + e] else zero
            a[unit * ld + e] *= keep
            if has_slope:
                slope[unit * ld + e] *= keep


# === Shuffles ===


@kernel
def shuffle(order, seed_low, seed_high, epoch):
    """Put the permutation of an epoch into `order` (Fisher & Yates; 64-bit products in place of a remainder)."""
    k0, k1 = _stream(seed_low, seed_high, SHUFFLE, epoch, 0)
    for i in range(order.size):
        order[i] = i
    w0, w1 = np.uint32(0), np.uint32(0)
    held = -1
    for i in range(order.size - 1, 0, -1):
        if i >> 1 != held:
            held = i >> 1
            w0, w1 = threefry(k0, k1, np.uint32(held), np.uint32(0))
        word = w1 if i & 1 else w0
        j = np.int64((np.uint64(word) * np.uint64(i + 1)) >> np.uint64(32))
        order[i], order[j] = order[j], order[i]
