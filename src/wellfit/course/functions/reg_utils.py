"""What the notebook on regularisation imports, and its graded functions.

Its network has 20 and 3 hidden units; everything else is in `regularisation`, and takes networks of any depth.
"""

from __future__ import annotations

from wellfit.course.functions import regularisation
from wellfit.course.functions.checks import Array, Parameters
from wellfit.course.functions.descent import Descent, follow
from wellfit.course.functions.regularisation import *  # noqa: F403 - the notebook's names
from wellfit.course.functions.regularisation import REPORT, descent_from, initialize_parameters

__all__ = ["descent", "model"]
__all__ += regularisation.__all__

HIDDEN = (20, 3)


def model(
    X: Array,
    Y: Array,
    learning_rate: float = 0.3,
    num_iterations: int = 30000,
    print_cost: bool = True,
    lambd: float = 0,
    keep_prob: float = 1,
) -> Parameters:
    """Train a network of 20 and 3 hidden units by gradient descent, print its cost every 10,000 iterations and draw it.

    The notebooks refuse to combine lambd and keep_prob; here, as in the textbook's exercise, they may be.

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
    return follow(descent(X, Y, learning_rate, num_iterations, lambd, keep_prob), REPORT, learning_rate, print_cost)


def descent(X: Array, Y: Array, learning_rate: float = 0.3, num_iterations: int = 30000, lambd: float = 0, keep_prob: float = 1) -> Descent:
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
