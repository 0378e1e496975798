"""The textbook equations in a plain NumPy loop, in float64 as NumPy is mostly used.

L layers with weights; A[0] = X (inputs, examples), Z = W A + b, columns are examples, as textbooks write them. D is a dropout mask.
"""

from __future__ import annotations

import numpy as np

from benchmarks.rivals import Run
from benchmarks.tasks import COURSE_LEARNING_RATE, Array, CourseTask


def course(task: CourseTask) -> Run:
    """Return the run of the course's task."""
    X, Y = (array.T.astype(np.float64) for array in task.data())
    start = task.weights()
    m, keep = X.shape[1], 1 - task.dropout

    def run(steps: int) -> float:
        generator = np.random.default_rng(0)
        W = [array.T.astype(np.float64) for array in start[0::2]]
        b = [array[:, None].astype(np.float64) for array in start[1::2]]
        L = len(W)
        costs = []
        for _ in range(steps):
            A, D = [X], []
            for layer in range(L - 1):
                hidden = np.maximum(W[layer] @ A[-1] + b[layer], 0)
                if task.dropout:
                    D.append(generator.random(hidden.shape) < keep)
                    hidden = hidden * D[-1] / keep
                A.append(hidden)
            Z = W[-1] @ A[-1] + b[-1]
            P = 1 / (1 + np.exp(-Z))
            # -(Y log P + (1 - Y) log(1 - P)), in the form that stays finite when P rounds to 0 or 1.
            costs.append(np.mean(np.maximum(Z, 0) - Y * Z + np.log1p(np.exp(-np.abs(Z)))))

            dW: list[Array] = []
            db: list[Array] = []
            dZ = (P - Y) / m
            for layer in reversed(range(L)):
                dW.insert(0, dZ @ A[layer].T)
                db.insert(0, dZ.sum(axis=1, keepdims=True))
                if layer:
                    dA = W[layer].T @ dZ
                    if task.dropout:
                        dA = dA * D[layer - 1] / keep
                    dZ = dA * (A[layer] > 0)
            for layer in range(L):
                W[layer] = W[layer] - COURSE_LEARNING_RATE * dW[layer]
                b[layer] = b[layer] - COURSE_LEARNING_RATE * db[layer]
        return float(costs[-1])

    return run
