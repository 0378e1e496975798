"""Power laws: what is drawn holds the truth, as often as it says, and grows unsure where it should."""

import numpy as np
import pytest

from wellfit.diagnosis.power_law import fit_power_law

SIZES = np.unique(np.geomspace(50, 1600, 8).round())


def law_of(curve, deviation=0.002, seed=0, draws=300):
    return fit_power_law(SIZES, np.tile(curve, (draws, 1)), np.full(len(SIZES), deviation), np.random.default_rng(seed))


def ends(law, size, doubted=True):
    return np.quantile(law.errors_at([size], doubted)[:, 0], [0.025, 0.5, 0.975])


@pytest.mark.parametrize("floor", [0.0, 0.1])
@pytest.mark.parametrize("exponent", [0.25, 0.5, 1.0])
def test_the_error_at_ten_times_the_rows_lies_in_the_interval(floor, exponent):
    curve = floor + 0.1 * (SIZES / 1600) ** -exponent
    low, middle, high = ends(law_of(curve), 16_000)
    truth = floor + 0.1 * 10**-exponent
    assert low < truth < high
    assert middle == pytest.approx(truth, abs=0.015)  # a seventh of the error at the largest size


def test_it_covers_noisy_curves_about_as_often_as_it_says():
    rng, covered = np.random.default_rng(3), 0
    for trial in range(60):
        floor, exponent = rng.uniform(0, 0.2), rng.uniform(0.2, 0.9)
        curve = floor + 0.1 * (SIZES / 1600) ** -exponent + rng.normal(0, 0.006, len(SIZES))
        low, _, high = ends(law_of(curve, 0.006, trial, 150), 6_400)
        covered += low <= floor + 0.1 * 4**-exponent <= high
    assert covered >= 54


def test_the_further_away_the_less_is_known():
    law = law_of(0.05 + 0.1 * (SIZES / 1600) ** -0.5)
    widths = [ends(law, times * 1600)[2] / ends(law, times * 1600)[0] for times in (1, 2, 10)]
    assert widths[0] < widths[1] < widths[2]


def test_what_falls_steeply_is_less_sure_than_what_is_flat():
    steep, flat = (law_of(0.2 * (SIZES / 1600) ** -exponent) for exponent in (0.8, 0.0))
    assert np.ptp(np.log(ends(steep, 16_000))) > 1.5 * np.ptp(np.log(ends(flat, 16_000)))


def test_a_curve_that_rises_promises_nothing():
    law = law_of(0.2 * (SIZES / 1600) ** 0.2)
    assert ends(law, 16_000, doubted=False)[0] > 0.15


def test_no_error_at_all_stays_none():
    law = law_of(np.zeros(len(SIZES)), 0.0)
    assert np.isfinite(law.errors_at([100, 16_000])).all()
    assert ends(law, 16_000)[2] < 1e-4


def test_the_same_generator_draws_the_same():
    curve = 0.1 + 0.1 * (SIZES / 1600) ** -0.5
    assert np.array_equal(law_of(curve, seed=5).errors_at([3_200]), law_of(curve, seed=5).errors_at([3_200]))
