"""The counter-based generator: known answers, and that masks and shuffles are as random as they should be."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellfit.maths.counter import keep_mask, shuffled, threefry

# The authors' known-answer vectors (Random123, tests/kat_vectors): rounds, counter, key, answer.
KNOWN_ANSWERS = """
13 00000000 00000000 00000000 00000000 9d1c5ec6 8bd50731
13 ffffffff ffffffff ffffffff ffffffff fd36d048 2d17272c
13 243f6a88 85a308d3 13198a2e 03707344 ba3e4725 f27d669e
20 00000000 00000000 00000000 00000000 6b200159 99ba4efe
20 ffffffff ffffffff ffffffff ffffffff 1cb996fc bb002be7
20 243f6a88 85a308d3 13198a2e 03707344 c4923a9c 483df7a0
32 00000000 00000000 00000000 00000000 cee3d47e a23dfd5c
32 ffffffff ffffffff ffffffff ffffffff 6e2fe0d0 b1b76f82
"""
SEEDS = st.integers(0, 2**64 - 1)


@pytest.mark.parametrize("line", KNOWN_ANSWERS.strip().splitlines())
def test_known_answers(line):
    rounds, *words = line.split()
    c0, c1, k0, k1, *answer = (int(word, 16) for word in words)
    assert [int(word) for word in threefry((k0, k1), (c0, c1), int(rounds))] == answer


def test_arrays_of_counters_give_what_single_counters_give():
    counters = np.arange(50, dtype=np.uint32)
    x0, x1 = threefry((7, 8), (counters[:, None], counters[None, :3]))
    assert x0.shape == x1.shape == (50, 3)
    assert (int(x0[31, 2]), int(x1[31, 2])) == tuple(int(word) for word in threefry((7, 8), (31, 2)))


# === Masks ===


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.14, 0.5, 0.86, 0.99])
def test_units_are_kept_at_their_rate(rate):
    rows, units = 1000, 100
    kept = keep_mask(12345, 6, 1, rate, rows, units)
    spread = math.sqrt(rate * (1 - rate) / (rows * units))
    assert abs(kept.mean() - (1 - rate)) <= 4 * spread + 2**-17


def test_rows_and_units_are_kept_alike():
    rows, units, rate = 640, 640, 0.3
    kept = keep_mask(99, 0, 2, rate, rows, units)
    spread = math.sqrt(rate * (1 - rate) / 640)
    for axis in (0, 1):
        # 640 means: the largest of as many normal ones stays within 4.5 standard deviations.
        assert np.abs(kept.mean(axis=axis) - 0.7).max() < 4.5 * spread


@pytest.mark.parametrize("other", [{"seed": 6}, {"seed": 5 + 2**32}, {"step": 3}, {"step": 2**31}, {"layer": 2}, {"layer": 0}])
def test_masks_of_different_seeds_steps_and_layers_are_independent(other):
    one = {"seed": 5, "step": 2, "layer": 1}
    a, b = (keep_mask(**which, rate=0.5, rows=200, units=200) for which in (one, one | other))
    assert abs((a == b).mean() - 0.5) < 4 * 0.5 / 200


def test_neighbours_within_a_mask_are_independent():
    kept = keep_mask(3, 1, 1, 0.5, 320, 320).astype(float) - 0.5
    # 8 and 16 rows on, a piece comes from the same pair of words; 32 rows on, from the next block.
    for shift in [(1, 0), (0, 1), (8, 0), (16, 0), (24, 0), (32, 0)]:
        product = kept * np.roll(kept, shift, axis=(0, 1))
        assert abs(product.mean()) < 4 * 0.25 / 320


@given(seed=SEEDS, step=st.integers(0, 2**40), rows=st.integers(1, 70), units=st.integers(1, 9), extra=st.integers(0, 40))
def test_a_mask_is_a_function_of_unit_and_position_alone(seed, step, rows, units, extra):
    small = keep_mask(seed, step, 1, 0.4, rows, units)
    large = keep_mask(seed, step, 1, 0.4, rows + extra, units + extra)
    assert small.shape == (rows, units)
    np.testing.assert_array_equal(small, large[:rows, :units])


def test_more_dropout_drops_what_less_drops_and_more():
    less, more = (keep_mask(1, 1, 1, rate, 50, 50) for rate in (0.2, 0.6))
    assert not (more & ~less).any()


# === Shuffles ===


@given(seed=SEEDS, epoch=st.integers(0, 2**33), rows=st.integers(0, 60))
def test_a_shuffle_holds_each_row_once(seed, epoch, rows):
    assert sorted(shuffled(seed, epoch, rows)) == list(range(rows))


def test_all_orders_are_equally_likely():
    trials = 6000
    counts: dict[tuple[int, ...], int] = {}
    for seed in range(trials):
        order = tuple(int(row) for row in shuffled(seed, 0, 3))
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    chi_squared = sum((count - trials / 6) ** 2 / (trials / 6) for count in counts.values())
    # 5 degrees of freedom: 20.5 is exceeded once in a thousand times.
    assert chi_squared < 20.5


def test_epochs_and_seeds_shuffle_differently():
    orders = {tuple(shuffled(seed, epoch, 20)) for seed in (0, 1, 2**32, 2**63) for epoch in range(10)}
    assert len(orders) == 40
