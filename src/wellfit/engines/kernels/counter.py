"""Counter-based random numbers: dropout masks and shuffles, the compiled twin of `wellfit.maths.counter`.

Threefry-2x32 with 13 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"). A mask is a function of
(seed, step, layer, unit, position in the batch) and nothing else, so it can be drawn in any order, or again.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import numpy as np

from wellfit.engines.kernels.jit import kernel, scalar
from wellfit.engines.kernels.tiles import SIEVE_BLOCK, SIEVE_LANES, sieve

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


@kernel
def drop_units(a, slope, has_slope, units, ld, seed_low, seed_high, step, layer, first, rate, words):
    """Multiply activations, and slopes if there are any, by the mask of positions first, first + 1, ...; first % 32 == 0."""
    kept = a.dtype.type(1.0 / (1.0 - rate))
    threshold = np.uint32(round((1.0 - rate) * 65536.0))
    k0, k1 = _stream(seed_low, seed_high, DROPOUT, step, layer)
    groups = (ld + SIEVE_BLOCK - 1) // SIEVE_BLOCK * SIEVE_LANES
    start = np.uint32(first // SIEVE_BLOCK * SIEVE_LANES)
    low, high = words[:groups], words[groups : 2 * groups]
    for unit in range(units):
        for g in range(groups):
            w0, w1 = threefry(k0, k1, np.uint32(start + np.uint32(g)), np.uint32(unit))
            low[g] = w0
            high[g] = w1
        sieve(a, unit * ld, low, high, threshold, kept, ld // (2 * SIEVE_LANES))
        if has_slope:
            sieve(slope, unit * ld, low, high, threshold, kept, ld // (2 * SIEVE_LANES))


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
