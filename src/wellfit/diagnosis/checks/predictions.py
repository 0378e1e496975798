"""Whether the dev set is large enough, and whether predictions are repeatable."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wellfit.diagnosis.checks.propagation import some_rows
from wellfit.diagnosis.checks.severity import write_down
from wellfit.diagnosis.finding import Finding, NotApplicable
from wellfit.diagnosis.subject import Subject
from wellfit.judge.metric import ABOVE
from wellfit.plurals import counted
from wellfit.table.read import is_frame, read_table

__all__ = ["check_dropout_at_prediction", "check_small_dev_set"]

WIDEST_SHARE, WIDEST_RMSE, ENOUGH_ROWS = 0.1, 0.25, 100
ASKED_ROWS, LEAST_CHANGE = 200, 1e-6


def check_small_dev_set(subject: Subject) -> Finding:
    """Look for a dev set too small to detect large differences between errors."""
    metric, rows = subject.metric, len(subject.errors_dev)
    train, dev = metric.interval(subject.errors_train), metric.interval(subject.errors_dev)
    above = dev.high - dev.estimate
    wide = above if subject.is_classification else above / dev.estimate if dev.estimate > 0 else 0.0
    bad = rows < ENOUGH_ROWS and wide > (WIDEST_SHARE if subject.is_classification else WIDEST_RMSE)
    limit = f"{100 * WIDEST_SHARE:g} points" if subject.is_classification else f"{100 * WIDEST_RMSE:g} % of the error"
    visible = math.sqrt(2) * (dev.high - dev.low) / 2
    gap = metric.side(dev.estimate - train.estimate, f"the training {metric.name}", ABOVE)
    return write_down(
        "small_dev_set",
        bad,
        "The dev set is too small" if bad else "The dev set is not tiny",
        f"On {counted(rows, 'dev row')} the error is {metric.show(dev.estimate)}, {gap}; "
        f"only differences of about {metric.show_difference(visible)} between models can be detected.",
        numbers={
            "rows": rows,
            "error": dev.estimate,
            "low": dev.low,
            "high": dev.high,
            "gap": dev.estimate - train.estimate,
            "visible": visible,
        },
        threshold=f"under {ENOUGH_ROWS} rows with an interval that reaches more than {limit} above the error: few models differ by so much",
        remedy="Use more dev rows, or cross-validation, in which every row is a dev row once.",
        reference="Newcombe 1998",
    )


def check_dropout_at_prediction(subject: Subject) -> Finding:
    """Predict the same rows repeatedly: dropout that was left on changes the predictions."""
    model = subject.model
    if not callable(getattr(model, "predict", None)):
        raise NotApplicable("results of fit predict without dropout")
    rows = some_rows(len(subject.X_dev), ASKED_ROWS)
    asked = read_table(subject.X_dev).iloc[rows] if is_frame(subject.X_dev) else subject.X_dev[rows]
    method = "predict_proba" if subject.has_probabilities and hasattr(model, "predict_proba") else "predict"
    answers = [np.asarray(getattr(model, method)(asked)) for _ in range(3)]
    changed, size = _change(answers, subject)
    bad = size > LEAST_CHANGE
    unit = "" if method == "predict_proba" or subject.is_classification else " of the target's spread"
    return write_down(
        "dropout_at_prediction",
        bad,
        "Predictions are not repeatable" if bad else "Predictions are repeatable",
        f"Called three times on the same {counted(len(rows), 'dev row')}, the model's {method} changes for {100 * changed:.0f} % of "
        "them, "
        f"by {size:.2g}{unit} on average.",
        numbers={"share_changed": changed, "mean_change": size, "rows": len(rows)},
        threshold="any change beyond rounding: predictions of a trained model are deterministic",
        remedy="Switch dropout (and batch normalisation) to inference mode: model.eval() in PyTorch, training=False in Keras.",
        reference="Srivastava et al. 2014",
    )


def _change(answers: list[Any], subject: Subject) -> tuple[float, float]:
    """Return the share of rows whose predictions differ, and by how much on average."""
    first = answers[0]
    if first.dtype.kind not in "fiub" or (subject.is_classification and first.ndim == 1):
        differs = np.any([first != other for other in answers[1:]], axis=0).reshape(len(first), -1).any(axis=1)
        return float(differs.mean()), float(differs.mean())
    spread = 1.0 if subject.is_classification else max(subject.metric.spread, 1e-300)
    sizes = np.max([np.abs(first.astype(np.float64) - other) for other in answers[1:]], axis=0).reshape(len(first), -1).max(axis=1) / spread
    return float(np.mean(sizes > LEAST_CHANGE)), float(sizes.mean())
