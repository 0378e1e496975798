"""Penalties and dropout: each derivative against central differences, and what dropout leaves unchanged."""

import numpy as np
import pytest

from wellfit.maths.regularisation import d_dropout, d_l1_penalty, d_l2_penalty, dropout, l1_penalty, l2_penalty


@pytest.mark.parametrize(("penalty", "derivative"), [(l2_penalty, d_l2_penalty), (l1_penalty, d_l1_penalty)])
def test_derivative_against_central_differences(penalty, derivative):
    W = np.random.default_rng(0).standard_normal((4, 3))
    numeric = np.empty_like(W)
    for place in np.ndindex(W.shape):
        step = np.zeros_like(W)
        step[place] = 6e-6
        numeric[place] = (penalty(W + step, 0.7, 5.0) - penalty(W - step, 0.7, 5.0)) / 12e-6
    np.testing.assert_allclose(derivative(W, 0.7, 5.0), numeric, rtol=1e-8)


def test_penalties_worked_by_hand():
    W = np.array([[3.0, -4.0]])
    assert l2_penalty(W, 0.4, 10.0) == pytest.approx(0.5)
    assert l1_penalty(W, 0.4, 10.0) == pytest.approx(0.28)


def test_l1_has_no_slope_at_zero():
    assert d_l1_penalty(np.zeros((1, 1)), 1.0, 1.0)[0, 0] == 0


def test_dropout_keeps_scales_and_silences():
    A = np.array([[1.0, 2.0, 3.0, 4.0]])
    D = np.array([[True, False, True, False]])
    np.testing.assert_array_equal(dropout(A, D, 0.2), [[1.25, 0.0, 3.75, 0.0]])


def test_dropout_goes_back_the_way_it_came():
    generator = np.random.default_rng(1)
    A, B = generator.standard_normal((2, 6, 5))
    D = generator.random((6, 5)) < 0.7
    # Dropout is linear in A, so its derivative is its own transpose: <dropout(A), B> = <A, d_dropout(B)>.
    assert (dropout(A, D, 0.3) * B).sum() == pytest.approx((A * d_dropout(B, D, 0.3)).sum(), rel=1e-14)


def test_dropout_of_nothing_changes_nothing():
    A = np.random.default_rng(2).standard_normal((6, 5))
    np.testing.assert_array_equal(dropout(A, np.ones((6, 5), dtype=bool), 0.0), A)


def test_float32_stays_float32():
    W = np.ones((2, 2), dtype=np.float32)
    assert d_l2_penalty(W, 0.1, 3.0).dtype == d_l1_penalty(W, 0.1, 3.0).dtype == np.float32
    assert dropout(W, W > 0, 0.3).dtype == np.float32
