"""scikit-learn's MLPClassifier, from the task's own initial weights."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.rivals import Run
from benchmarks.tasks import COURSE_LEARNING_RATE, TABLE_LEARNING_RATE, Array, CourseTask, TableTask


class GivenStart(MLPClassifier):  # type: ignore[misc]
    """MLPClassifier whose initial weights are given, so that its costs can be compared with the others'."""

    def start_from(self, weights: list[Array]) -> GivenStart:
        """Set the arrays W1, b1, W2, b2, ... and return the estimator."""
        self.given_ = weights
        return self

    def _init_coef(self, fan_in: int, fan_out: int, dtype: Any) -> tuple[Array, Array]:
        layer = [array.shape for array in self.given_[0::2]].index((fan_in, fan_out))
        W, b = self.given_[2 * layer : 2 * layer + 2]
        return W.astype(dtype), b.astype(dtype)


def course(task: CourseTask) -> Run:
    """Return the run of the course's task: stochastic gradient descent whose one batch is all examples."""
    if task.dropout:
        raise NotImplementedError("MLPClassifier has no dropout")
    X, Y = task.data()
    settings = {
        "hidden_layer_sizes": task.widths[1:-1],
        "solver": "sgd",
        "momentum": 0.0,
        "nesterovs_momentum": False,
        "learning_rate_init": COURSE_LEARNING_RATE,
        "alpha": 0.0,
        "batch_size": len(X),
        "shuffle": False,
    }
    weights, classes = task.weights(), Y[:, 0].astype(np.int64)

    def run(steps: int) -> float:
        model = GivenStart(**settings, max_iter=steps, n_iter_no_change=steps + 1).start_from(weights)
        _fit(model, X, classes)
        return float(model.loss_)

    return run


def table(task: TableTask) -> Run:
    """Return the run of a table; fewer steps than an epoch's are an epoch of the first rows."""
    X, codes = task.data()
    settings = {
        "hidden_layer_sizes": task.hidden,
        "activation": task.activation,
        "solver": "adam",
        "learning_rate_init": TABLE_LEARNING_RATE,
        "alpha": 0.0,
        "batch_size": task.batch,
        "random_state": 0,
    }
    weights = task.weights()

    def run(steps: int) -> float:
        epochs = max(1, steps // task.whole)
        rows = min(task.rows, steps * task.batch)
        model = GivenStart(**settings, max_iter=epochs, n_iter_no_change=epochs + 1).start_from(weights)
        _fit(model, X[:rows], codes[:rows])
        return float(np.mean(model.loss_curve_))

    return run


def _fit(model: MLPClassifier, X: Array, y: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y)
