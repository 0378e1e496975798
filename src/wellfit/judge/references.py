"""Simple models that a network has to beat: always the same answer, and a weighted sum of the inputs."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wellfit.engines.types import Array, Rows
from wellfit.maths.calibration import log_odds
from wellfit.maths.losses import LEAST_PROBABILITY, make_loss
from wellfit.spec import Training
from wellfit.training.threads import one_blas_thread

__all__ = ["Reference", "constant_cost", "fit_references"]


@dataclass(frozen=True)
class Reference:
    """A simple model, fitted.

    Parameters
    ----------
    name : str
        Such as ``"logistic regression"``.
    outputs : callable
        Takes prepared rows (rows, inputs); returns what a network's `forward` would: probabilities (rows, 1) for two classes,
        (rows, classes) for more, or the coded target (rows, 1).
    """

    name: str
    outputs: Callable[[Array], Array]


def fit_references(X: Array, Y: Array, rows: Rows, task: str, classes: int) -> tuple[Reference, ...]:
    """Fit the references on the training rows.

    Classes: the majority class, and scikit-learn's logistic regression as it comes (an L2 penalty of 1). Numbers: the mean,
    and linear regression by least squares.

    Parameters
    ----------
    X : array of shape (rows of the table, inputs)
        Prepared inputs.
    Y : array of shape (rows of the table, 1)
        Class codes, or the coded target.
    rows : int array
        Training rows.
    task : str
        ``"classification"`` or ``"regression"``.
    classes : int
        How many classes there are; without meaning for regression.

    Returns
    -------
    tuple of Reference
        The constant answer first.

    Examples
    --------
    >>> X, Y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([[1.0], [3.0], [5.0], [7.0]])
    >>> mean, linear = fit_references(X, Y, np.arange(4), "regression", 0)
    >>> mean.outputs(X[:1]).item(), round(linear.outputs(np.array([[4.0]])).item(), 6)
    (4.0, 9.0)
    """
    inputs, targets = X[rows], Y[rows, 0]
    with one_blas_thread():
        if task == "regression":
            return Reference("mean", _always(np.array([targets.mean()]))), _linear(inputs, targets)
        counts = np.bincount(targets.astype(np.int64), minlength=classes)
        most = np.zeros(classes)
        most[counts.argmax()] = 1.0
        return Reference("majority class", _always(most if classes > 2 else most[1:])), _logistic(inputs, targets, classes)


def constant_cost(training: Training, targets: Array, outputs: int) -> float:
    """Return the mean loss of the best answer that does not look at the inputs: the unit that training costs are read in."""
    Y = np.asarray(targets, dtype=np.float64).reshape(-1, 1)
    if training.loss == "cross_entropy":
        shares = np.bincount(Y[:, 0].astype(np.int64), minlength=outputs) / len(Y)
        answer = np.log(np.maximum(shares, LEAST_PROBABILITY))
    elif training.loss == "absolute_error":
        answer = np.median(Y, axis=0)
    elif training.loss == "binary_cross_entropy":
        answer = log_odds(Y.mean(axis=0, keepdims=True))[0]
    elif training.loss == "poisson":
        answer = np.log(np.maximum(Y.mean(axis=0), LEAST_PROBABILITY))
    else:
        answer = Y.mean(axis=0)
    loss = make_loss(training.loss, huber_delta=training.huber_delta, label_smoothing=training.label_smoothing)
    return float(loss.value(np.broadcast_to(answer, (len(Y), len(answer))), Y).mean())


def _always(answer: Array) -> Callable[[Array], Array]:
    return lambda X: np.broadcast_to(answer, (len(X), len(answer)))


def _linear(inputs: Array, targets: Array) -> Reference:
    """Least squares on centred inputs; of equally good solutions the one with the smallest weights."""
    centre, level = inputs.mean(axis=0, dtype=np.float64), targets.mean(dtype=np.float64)
    weights = np.linalg.lstsq(inputs.astype(np.float64) - centre, targets.astype(np.float64) - level, rcond=None)[0]
    return Reference("linear regression", lambda X: ((X.astype(np.float64) - centre) @ weights + level)[:, None])


def _logistic(inputs: Array, targets: Array, classes: int) -> Reference:
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # Short of its last digit it is as good a reference, and classes may be many.
        warnings.simplefilter("ignore", UserWarning)
        model = LogisticRegression(max_iter=300).fit(inputs, targets.astype(np.int64))

    def outputs(X: Array) -> Array:
        found: Array = model.predict_proba(X)
        if classes == 2:
            return found[:, 1:]
        # Classes without a training row have no column of their own.
        whole = np.zeros((len(X), classes), dtype=found.dtype)
        whole[:, model.classes_] = found
        return whole

    return Reference("logistic regression", outputs)
