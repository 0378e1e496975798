"""Costs of predicted probabilities.

Legend: A (1, m): probabilities; Y: labels, 0 or 1, of shape (1, m) or (m,); W: weights.

`wellfit.maths.losses` computes the same loss from the last layer's Z, and is always finite. The notebooks pass A, which has already been
rounded to 0 or 1 where it was near, so these are the printed formulas, with their infinities.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from wellfit.course.functions.checks import Array, check_labels, check_lambd, depth
from wellfit.maths.regularisation import l2_penalty


def log_losses(A: Array, Y: Array) -> Array:
    """Return -(y log a + (1 - y) log(1 - a)) of each example, shape (1, m).

    inf where a is exactly 0 or 1 and wrong; nan where it is exactly 0 or 1 and right, because the formula then computes 0 * inf.
    """
    check_labels(A, Y)
    with np.errstate(divide="ignore", invalid="ignore"):
        losses: Array = -np.log(A) * Y + -np.log(1 - A) * (1 - Y)
    return losses


def mean_of_numbers(A: Array, Y: Array) -> float:
    """Return the mean loss, with nan counted as 0, the limit of the loss there.

    Without it the published costs of the dropout run, from iteration 3,546 on, would be nan.
    """
    cost: float = 1.0 / A.shape[1] * np.nansum(log_losses(A, Y))
    return cost


def mean_loss(A: Array, Y: Array) -> float:
    """Return the mean loss, nan where one loss is."""
    cost: float = 1.0 / A.shape[1] * np.sum(log_losses(A, Y))
    return cost


def penalty(parameters: Mapping[str, Array], lambd: float, m: int) -> float:
    """Return lambd / 2m sum W^2, over all layers."""
    check_lambd(lambd)
    return sum(l2_penalty(parameters[f"W{l}"], lambd, m) for l in range(1, depth(parameters) + 1))
