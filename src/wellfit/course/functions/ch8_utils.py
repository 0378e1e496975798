"""The textbook's chapter on regularisation: the functions of `wellfit.course.functions.reg_utils` on a network of 20 and 5 hidden units.

L2 and dropout may be combined, and the two planar data sets share the name `load_planar_dataset`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from wellfit.course.functions.checks import Array, Parameters
from wellfit.course.functions.descent import follow, update_parameters
from wellfit.course.functions.pictures import draw_boundary as plot_decision_boundary
from wellfit.course.functions.propagation import relu, sigmoid
from wellfit.course.functions.reg_utils import (
    REPORT,
    backward_propagation,
    backward_propagation_with_dropout,
    backward_propagation_with_regularization,
    backward_propagation_with_regularization_dropout,
    compute_cost,
    compute_cost_with_regularization,
    descent_from,
    forward_propagation,
    forward_propagation_with_dropout,
    initialize_parameters,
    predict,
    predict_dec,
)
from wellfit.course.functions.samples import load_2D_dataset, load_planar_dataset
from wellfit.course.functions.samples import load_cat_dataset as load_dataset

__all__ = [
    "backward_propagation",
    "backward_propagation_with_dropout",
    "backward_propagation_with_regularization",
    "backward_propagation_with_regularization_dropout",
    "compute_cost",
    "compute_cost_with_regularization",
    "descent",
    "forward_propagation",
    "forward_propagation_with_dropout",
    "initialize_parameters",
    "load_2D_dataset",
    "load_dataset",
    "load_planar_dataset",
    "model",
    "np",
    "plot_decision_boundary",
    "predict",
    "predict_dec",
    "relu",
    "sigmoid",
    "update_parameters",
]

HIDDEN = (20, 5)


def model(
    X: Array,
    Y: Array,
    learning_rate: float = 0.3,
    num_iterations: int = 30000,
    print_cost: bool = True,
    lambd: float = 0,
    keep_prob: float = 1,
) -> Parameters:
    """Train a network of 20 and 5 hidden units by gradient descent, print its cost every 10,000 iterations and draw it.

    Parameters
    ----------
    X, Y : arrays of shapes (n0, m), (1, m)
        Examples and labels.
    learning_rate : float
        Length of each step.
    num_iterations : int
        Steps, each on all examples.
    print_cost : bool
        Whether to print and draw.
    lambd : float
        Penalty on the weights, at least 0.
    keep_prob : float
        Chance of keeping a unit of a hidden layer, in (0, 1].

    Returns
    -------
    dict
        W1, b1, W2, b2, W3, b3.

    Raises
    ------
    DataError, SpecError
        If shapes do not fit, keep_prob is no such chance, or lambd is negative.
    """
    parameters = initialize_parameters([X.shape[0], *HIDDEN, 1])
    follow(descent_from(parameters, X, Y, learning_rate, num_iterations, lambd, keep_prob), REPORT, learning_rate, print_cost)
    return parameters


def descent(
    X: Array, Y: Array, learning_rate: float = 0.3, num_iterations: int = 30000, lambd: float = 0, keep_prob: float = 1
) -> Iterator[tuple[int, float, Parameters]]:
    """Return an iterator over what `model` does: (iteration, cost before its step, parameters after it).

    Parameters
    ----------
    X, Y, learning_rate, num_iterations, lambd, keep_prob :
        As in `model`.

    Returns
    -------
    iterator of (int, float, dict)
        The same dictionary each time, its entries bound to new arrays.
    """
    return descent_from(initialize_parameters([X.shape[0], *HIDDEN, 1]), X, Y, learning_rate, num_iterations, lambd, keep_prob)
