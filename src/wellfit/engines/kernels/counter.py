"""Counter-based random numbers: dropout masks and shuffles, the compiled twin of `wellfit.maths.counter`.

Threefry-2x32 with 13 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"). A mask is a function of
(seed, step, layer, unit, position in the batch) and nothing else, so it can be drawn in any order, or again.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from wellfit.engines.kernels.jit import Bytes, Floats, Int, Ints, Real, Run, f, integers, kernel, reals, whole_registers
from wellfit.engines.kernels.vectors import WORD, Memory, Writer
from wellfit.maths.counter import ROTATIONS

PARITY = np.uint32(0x1BD11BDA)
DROPOUT, SHUFFLE = 1, 2


# === Masks ===

# Random words in a register: 16 calls of the cipher side by side. Their 4 pieces of 16 bits each decide 64 positions, 16 at a time.
LANES, QUARTERS = 16, 4
ROUNDS = 13


class _Cipher:
    """Threefry as vector instructions: its key spread over all lanes."""

    def __init__(self, builder: Any, k0: Any, k1: Any, lanes: int) -> None:
        self.builder, self.words = builder, Writer(builder, ir.VectorType(ir.IntType(32), lanes))
        parity = ir.Constant(ir.IntType(32), int(PARITY))
        self.key = [self.words.spread(word) for word in (k0, k1, builder.xor(builder.xor(k0, k1), parity))]

    def enciphered(self, x0: Any, x1: Any) -> tuple[Any, Any]:
        """Return two vectors of words for two of counters."""
        builder = self.builder
        x0, x1 = builder.add(x0, self.key[0]), builder.add(x1, self.key[1])
        for number in range(ROUNDS):
            turn = ROTATIONS[number % len(ROTATIONS)]
            x0 = builder.add(x0, x1)
            turned = builder.or_(builder.shl(x1, self.constant(turn)), builder.lshr(x1, self.constant(32 - turn)))
            x1 = builder.xor(turned, x0)
            injection, rest = divmod(number + 1, 4)
            if rest == 0:
                x0 = builder.add(x0, self.key[injection % 3])
                x1 = builder.add(x1, builder.add(self.key[(injection + 1) % 3], self.constant(injection)))
        return x0, x1

    def constant(self, *values: int) -> Any:
        """Return a vector of constants, all lanes alike if only one is given."""
        return ir.Constant(self.words.vector, list(values) * (self.words.vector.count // len(values)))


@intrinsic
def threefry(typing_context, k0, k1, x0, x1):
    """Return two words for a key and a counter, all uint32."""
    word = types.uint32

    def generate(context, builder, signature, arguments):
        k0, k1, x0, x1 = arguments
        cipher = _Cipher(builder, k0, k1, 1)
        first = ir.Constant(ir.IntType(32), 0)
        found = cipher.enciphered(cipher.words.spread(x0), cipher.words.spread(x1))
        return context.make_tuple(builder, signature.return_type, [builder.extract_element(one, first) for one in found])

    return types.UniTuple(word, 2)(word, word, word, word), generate


@intrinsic
def sieve(
    typing_context: Any, a: Any, slope: Any, has_slope: Any, units: Any, ld: Any, k0: Any, k1: Any, first: Any, limit: Any, factor: Any
) -> Any:
    """Emit sieve(a, slope, has_slope, units, ld, k0, k1, first, limit, factor): pieces up to `limit` keep, times `factor`.

    Unit by unit, the ld positions from 4 `first` on. Position 32 B + 8 q + lane takes piece q of the pair of words for 8 B + lane:
    the lower 16 bits of the one, its upper, the lower of the other, its upper.
    """
    n, word = types.intp, types.uint32
    signature = types.void(a, a, types.boolean, n, n, word, word, word, types.uint16, a.dtype)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a_value, slope_value, has_slope, units, ld, k0, k1, first, limit, factor = arguments
        arrays = [Memory(builder, signature.args[0], value) for value in (a_value, slope_value)]
        reals = ir.VectorType(arrays[0].element, LANES)
        pieces_type = ir.VectorType(ir.IntType(16), 2 * LANES)
        write, align = Writer(builder, reals), arrays[0].bits // 8
        factors, zeros, limits = write.spread(factor), ir.Constant(reals, None), Writer(builder, pieces_type).spread(limit)
        cipher = _Cipher(builder, k0, k1, LANES)
        counters = builder.add(cipher.words.spread(first), cipher.constant(*range(LANES)))
        zero, one, total = ir.Constant(WORD, 0), ir.Constant(WORD, 1), builder.sdiv(ld, ir.Constant(WORD, LANES))

        def multiply(array: Memory, place: Any, keep: Any) -> None:
            here = builder.bitcast(builder.gep(array.base, [place]), reals.as_pointer())
            builder.store(builder.fmul(builder.load(here, align=align), keep), here, align=align)

        def decided(found: Any) -> Any:
            pieces = builder.bitcast(found, pieces_type)
            return builder.icmp_unsigned("<=", builder.shuffle_vector(pieces, pieces, _integers(LOWER_FIRST)), limits)

        with cgutils.for_range_slice(builder, zero, units, one, WORD) as (unit, _):
            row = cipher.words.spread(_short(builder, unit))
            with cgutils.for_range_slice(builder, zero, total, ir.Constant(WORD, QUARTERS), WORD) as (done, _):
                # 16 words decide 4 quarters, so as many words as positions over 4 are used up.
                used = cipher.words.spread(builder.mul(_short(builder, done), ir.Constant(ir.IntType(32), LANES // QUARTERS)))
                kept = [decided(found) for found in cipher.enciphered(builder.add(counters, used), row)]
                for quarter in range(QUARTERS):
                    # Both words of lanes 0 to 7 decide the first two quarters, those of lanes 8 to 15 the others.
                    lanes = range(quarter // 2 * LANES, (quarter // 2 + 1) * LANES)
                    mask = builder.shuffle_vector(kept[quarter % 2], kept[quarter % 2], _integers(lanes))
                    number = builder.add(done, ir.Constant(WORD, quarter))
                    with builder.if_then(builder.icmp_signed("<", number, total)):
                        keep = builder.select(mask, factors, zeros)
                        place = write.place(builder.mul(unit, ld), (number, LANES))
                        multiply(arrays[0], place, keep)
                        with builder.if_then(has_slope):
                            multiply(arrays[1], place, keep)
        return context.get_dummy_value()

    return signature, generate


# In each half of a register the lower pieces of its 8 words, then the upper.
LOWER_FIRST = [2 * (8 * half + lane) + piece for half in range(2) for piece in range(2) for lane in range(8)]


def _integers(values: Sequence[int]) -> Any:
    return ir.Constant(ir.VectorType(ir.IntType(32), len(values)), list(values))


def _short(builder: Any, whole: Any) -> Any:
    return builder.trunc(whole, ir.IntType(32))


@kernel
def drop_units(
    a: Floats,
    slope: Floats,
    has_slope: Int,
    units: Int,
    ld: Int,
    seed_low: Int,
    seed_high: Int,
    step: Int,
    layer: Int,
    first: Int,
    rate: Real,
) -> None:
    """Multiply activations, and slopes if there are any, by the mask of positions first, first + 1, ...; first % 32 == 0."""
    whole_registers()
    threshold = round((1.0 - rate) * 65536.0)
    # Pieces below it are kept; 65536, which keeps all, is one more than 16 bits hold.
    limit = np.uint16(threshold - 1 if threshold > 0 else 0)
    kept = f(1.0 / (1.0 - rate) if threshold > 0 else 0.0)
    k0, k1 = threefry(np.uint32(seed_low), np.uint32(seed_high), np.uint32(step), np.uint32((DROPOUT << 24) | layer))
    sieve(a, slope, has_slope != 0, units, ld, k0, k1, np.uint32(first // 4), limit, kept)


@kernel
def drop_given(a: Floats, slope: Floats, has_slope: Int, units: Int, count: Int, ld: Int, masks: Bytes, mask_row: Int, rate: Real) -> None:
    """Do the same with given masks: masks[unit, position] nonzero keeps."""
    zero, kept = f(0.0), f(1.0 / (1.0 - rate))
    for unit in range(units):
        for e in range(count):
            keep = kept if masks[unit * mask_row + e] != 0 else zero
            a[unit * ld + e] *= keep
            if has_slope != 0:
                slope[unit * ld + e] *= keep


@kernel
def drop_layer(run: Run, layer: Int, count: Int, ld: Int, step: Int, first: Int) -> None:
    """Apply the mask of one layer's output."""
    drop, net, code = run.drop, run.net, run.code
    units, place = integers(net.widths)[layer], integers(net.places)[layer]
    a, slope = run.work.A + place * ld * net.itemsize, run.work.G + place * ld * net.itemsize
    has_slope = int(layer > 0 and integers(net.activations)[layer - 1] != 0)
    rate = reals(drop.rates)[layer]
    if integers(drop.is_given)[layer] > 0:
        period = step % drop.periods
        masks = drop.given + (period * integers(net.places)[net.layers] + place) * drop.rows + first
        drop_given(code.drop_given, a, slope, has_slope, units, count, ld, masks, drop.rows, rate)
    else:
        drop_units(code.drop_units, a, slope, has_slope, units, ld, drop.seed_low, drop.seed_high, step, layer, first, rate)


# === Shuffles ===


@kernel
def shuffle(order: Ints, count: Int, seed_low: Int, seed_high: Int, epoch: Int) -> None:
    """Put the permutation of an epoch into `order` (Fisher & Yates; 64-bit products in place of a remainder)."""
    k0, k1 = threefry(np.uint32(seed_low), np.uint32(seed_high), np.uint32(epoch), np.uint32(SHUFFLE << 24))
    for i in range(count):
        order[i] = i
    w0, w1 = np.uint32(0), np.uint32(0)
    held = -1
    for i in range(count - 1, 0, -1):
        if i >> 1 != held:
            held = i >> 1
            w0, w1 = threefry(k0, k1, np.uint32(held), np.uint32(0))
        word = w1 if i & 1 else w0
        j = np.int64((np.uint64(word) * np.uint64(i + 1)) >> np.uint64(32))
        order[i], order[j] = order[j], order[i]
