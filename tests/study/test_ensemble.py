"""Which networks are averaged: costs worked out by hand, promises on the rows that are given, and fewer mistakes on other rows."""

import numpy as np
import pytest

from wellfit.errors import DataError
from wellfit.study.ensemble import MOST, choose_members

LOSSES = ("binary_cross_entropy", "cross_entropy", "squared_error")


def library(loss, candidates=30, rows=200, seed=0):
    """Return outputs of networks that are right in different rows, and the truth."""
    rng = np.random.default_rng(seed)
    noise = rng.uniform(1.0, 2.0, candidates)[:, None, None]
    if loss == "squared_error":
        Y = rng.normal(size=(rows, 1))
        return Y + noise * rng.normal(size=(candidates, rows, 1)), Y
    classes = 2 if loss == "binary_cross_entropy" else 4
    Y = rng.integers(classes, size=(rows, 1))
    scores = 1.5 * np.eye(classes)[Y[:, 0]] + noise * rng.normal(size=(candidates, rows, classes))
    chances = np.exp(scores) / np.exp(scores).sum(axis=2, keepdims=True)
    return chances[:, :, 1:] if classes == 2 else chances, Y


def cost(shares, outputs, Y, loss, weights=None):
    """Return the mean loss of an average, written down anew."""
    average = np.tensordot(shares, outputs, 1)
    truth = Y[:, 0].astype(int)
    if loss == "squared_error":
        losses = (average[:, 0] - Y[:, 0]) ** 2
    elif loss == "cross_entropy":
        losses = -np.log(average[np.arange(len(Y)), truth])
    else:
        losses = -np.log(np.where(truth == 1, average[:, 0], 1.0 - average[:, 0]))
    return np.average(losses, weights=weights)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("seed", range(5))
def test_it_is_a_good_average_of_few(loss, seed):
    outputs, Y = library(loss, seed=seed)
    shares = choose_members(outputs, Y, loss)
    assert shares.shape == (30,)
    assert shares.sum() == pytest.approx(1.0, abs=1e-12)
    assert (shares >= 0).all()
    assert 1 < np.count_nonzero(shares) <= MOST
    own, chosen = cost(shares, outputs, Y, loss), np.where(shares > 0, 1.0, 0.0)
    assert own <= cost(chosen / chosen.sum(), outputs, Y, loss) + 1e-12
    assert own <= min(cost(row, outputs, Y, loss) for row in np.eye(30))
    # On rows that it has not seen, too: every candidate keeps its own noise.
    fresh, truth = library(loss, rows=4_000, seed=seed)
    assert cost(shares, fresh, truth, loss) < min(cost(row, fresh, truth, loss) for row in np.eye(30))


@pytest.mark.parametrize("loss", LOSSES)
def test_it_is_the_same_every_time_and_for_any_scale_of_weights(loss):
    outputs, Y = library(loss)
    weights = np.random.default_rng(1).uniform(0.1, 5.0, len(Y))
    shares = choose_members(outputs, Y, loss, weights)
    np.testing.assert_array_equal(choose_members(outputs, Y, loss, weights), shares)
    np.testing.assert_array_equal(choose_members(outputs, Y, loss, 4.0 * weights), shares)
    assert (choose_members(outputs, Y, loss) != shares).any()
    assert cost(shares, outputs, Y, loss, weights) <= min(cost(row, outputs, Y, loss, weights) for row in np.eye(30))


def test_rows_that_count_nothing_are_as_if_they_were_not_there():
    right, wrong = np.zeros((60, 1)), np.full((60, 1), 5.0)
    # The second candidate is right where it counts, the first elsewhere.
    Y = np.zeros((120, 1))
    outputs = np.array([np.concatenate([right, wrong]), np.concatenate([wrong, right])])
    weights = np.repeat([0.0, 1.0], 60)
    np.testing.assert_array_equal(choose_members(outputs, Y, "squared_error", weights), [0.0, 1.0])


def test_of_equal_candidates_the_first_counts():
    outputs, Y = library("squared_error", candidates=4)
    twice = np.concatenate([outputs, outputs])
    shares = choose_members(twice, Y, "squared_error")
    assert not shares[4:].any()
    np.testing.assert_allclose(shares[:4], choose_members(outputs, Y, "squared_error"), atol=1e-12)


@pytest.mark.parametrize("most", [1, 2, 5])
def test_no_more_than_are_asked_for(most):
    outputs, Y = library("cross_entropy")
    assert np.count_nonzero(choose_members(outputs, Y, "cross_entropy", most=most)) <= most


def test_one_candidate_counts_all():
    outputs, Y = library("binary_cross_entropy", candidates=1)
    assert choose_members(outputs, Y, "binary_cross_entropy").tolist() == [1.0]


def test_certainty_in_the_wrong_class_is_bad_but_finite():
    Y = np.array([[1], [0]])
    sure, doubtful = np.array([[[0.0], [0.0]]]), np.array([[[0.6], [0.4]]])
    assert choose_members(np.concatenate([sure, doubtful]), Y, "binary_cross_entropy").tolist() == [0.0, 1.0]
    assert choose_members(sure, Y, "binary_cross_entropy").tolist() == [1.0]


def test_candidates_that_are_not_finite_count_nothing():
    outputs, Y = library("squared_error", candidates=3)
    outputs[0, 5] = np.nan
    outputs[2, 1] = np.inf
    assert choose_members(outputs, Y, "squared_error").tolist() == [0.0, 1.0, 0.0]
    with pytest.raises(DataError, match="no network gives finite numbers for all dev rows"):
        choose_members(outputs[::2], Y, "squared_error")


def test_without_dev_rows_all_count_the_same():
    shares = choose_members(np.zeros((3, 0, 1)), np.zeros((0, 1)), "squared_error")
    np.testing.assert_allclose(shares, 1.0 / 3.0)
