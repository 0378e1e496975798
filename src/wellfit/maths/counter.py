"""Random numbers that are pure functions of what they are for: dropout masks and shuffles.

Legend: (k0, k1): key; (x0, x1): counter, then the two words it becomes; all are 32-bit words.

A counter-based generator (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") has no state: it enciphers a
counter under a key. So engines draw identical masks in whatever order suits them, and an interrupted run resumes as if it
had not been. The generator is Threefry-2x32 with 13 rounds, which passes BigCrush.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Words = NDArray[np.uint32]

ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)
PARITY = 0x1BD11BDA
DROPOUT, SHUFFLE = 1, 2
LANES, QUARTERS = 8, 4


def threefry(key: tuple[ArrayLike, ArrayLike], counter: tuple[ArrayLike, ArrayLike], rounds: int = 13) -> tuple[Words, Words]:
    """Encipher counters under a key; both are pairs of uint32 arrays, or of whole numbers below 2^32, that broadcast.

    A round adds, rotates and mixes: x0 += x1; x1 = rotate(x1) xor x0. After every fourth round the key is added again. 13 rounds are the
    fewest that pass every known test; 20 are the authors' safe choice.

    Examples
    --------
    >>> [hex(word) for word in threefry((0, 0), (0, 0))]
    ['0x9d1c5ec6', '0x8bd50731']
    """
    k0, k1 = (np.asarray(word, dtype=np.uint32) for word in key)
    keys = (k0, k1, k0 ^ k1 ^ np.uint32(PARITY))
    # Words wrap around on purpose; NumPy warns of it where an array has no dimensions.
    with np.errstate(over="ignore"):
        x0 = np.asarray(counter[0], dtype=np.uint32) + k0
        x1 = np.asarray(counter[1], dtype=np.uint32) + k1
        for number in range(rounds):
            rotation = np.uint32(ROTATIONS[number % 8])
            x0 = x0 + x1
            x1 = (x1 << rotation | x1 >> (np.uint32(32) - rotation)) ^ x0
            injection, rest = divmod(number + 1, 4)
            if rest == 0:
                x0 = x0 + keys[injection % 3]
                x1 = x1 + keys[(injection + 1) % 3] + np.uint32(injection)
    return x0, x1


def stream_key(seed: int, stream: int, index: int, layer: int = 0) -> tuple[Words, Words]:
    """Return the key of one stream of numbers, such as the masks of one layer at one step.

    The seed lies in [0, 2^64); `stream` is `DROPOUT` or `SHUFFLE`, `index` the step of a mask or the epoch (from 0) of a shuffle. Layer 0
    is the input.
    """
    base = (seed & 0xFFFFFFFF, seed >> 32)
    return threefry(base, (index & 0xFFFFFFFF, stream << 24 | layer))


def keep_mask(seed: int, step: int, layer: int, rate: float, rows: int, units: int) -> NDArray[np.bool_]:
    """Draw which units of a layer are kept (True) at one step, of shape (rows, units); the rate is met to within 2^-17.

    A mask is a function of (seed, step, layer, unit, position in the batch) alone. One call of the cipher gives 16 bits each to four
    positions, 8 apart: then the 8 positions that fill a vector register take 8 calls side by side.
    """
    position = np.arange(rows)
    block, lane, quarter = position // (LANES * QUARTERS), position % LANES, position // LANES % QUARTERS
    words = threefry(stream_key(seed, DROPOUT, step, layer), ((block * LANES + lane)[:, None], np.arange(units)[None, :]))
    word = np.where((quarter < 2)[:, None], *words)
    piece = np.where((quarter % 2 == 0)[:, None], word & np.uint32(0xFFFF), word >> np.uint32(16))
    return piece < round((1 - rate) * 65536)


def shuffled(seed: int, epoch: int, rows: int) -> NDArray[np.int64]:
    """Draw the order of the training rows in one epoch, a permutation of 0..rows-1 (Durstenfeld 1964)."""
    x0, x1 = threefry(stream_key(seed, SHUFFLE, epoch), (np.arange((rows + 1) // 2), 0))
    words = np.stack([x0, x1], axis=1).ravel()[:rows].astype(np.uint64)
    # The high half of word * (i + 1) is uniform on 0..i to within 2^-32 (i + 1).
    swaps = np.right_shift(words * np.arange(1, rows + 1, dtype=np.uint64), np.uint64(32)).tolist()
    order = list(range(rows))
    for i in range(rows - 1, 0, -1):
        j = swaps[i]
        order[i], order[j] = order[j], order[i]
    return np.array(order, dtype=np.int64)
