"""The evaluation of a model for its verdict: errors on both parts, those of simple models, and the variation over seeds."""

from __future__ import annotations

import numpy as np

from wellfit.diagnosis.model_adapter import last_step
from wellfit.diagnosis.seeds import seed_errors
from wellfit.diagnosis.subject import Subject
from wellfit.engines.types import Array
from wellfit.events import Callback
from wellfit.judge.evaluation import Evaluation
from wellfit.judge.references import Reference, best_on_dev, cross_fitted, fit_references, target_reference
from wellfit.store import FittedModel
from wellfit.training.fit import FitResult

__all__ = ["evaluate"]


def evaluate(
    subject: Subject,
    target_error: float | None = None,
    *,
    retrain: bool = True,
    seconds: tuple[float, float] = (np.inf, np.inf),
    seed: int = 0,
    n_jobs: int | None = None,
    callback: Callback | None = None,
) -> Evaluation:
    """Return a model's errors, its reference, and the variation over seeds; `seconds` are for those and for simple models."""
    metric, same_rows = subject.metric, None
    if target_error is not None:
        reference = target_reference(metric, target_error)
    elif retrain:
        inputs = _scaled(subject)[0]
        reference, same_rows = cross_fitted(
            metric, inputs, subject.Y_train, len(subject.classes), seconds=seconds[1], seed=seed, n_jobs=n_jobs
        )
    else:
        reference = _linear_reference(subject)
    seeds = seed_errors(subject, retrain=retrain, seconds=seconds[0], seed=seed, n_jobs=n_jobs, callback=callback)
    return Evaluation(metric, subject.errors_train, subject.errors_dev, reference, seeds, same_rows)


def _linear_reference(subject: Subject) -> Reference:
    """Return what the constant answer or a linear model reaches on the dev rows: the reference of all other fronts."""
    train, dev = _scaled(subject)
    models = fit_references(train, subject.Y_train, np.arange(len(train)), subject.task, len(subject.classes))
    with np.errstate(over="ignore", invalid="ignore"):
        errors = {model.name: subject.metric.row_errors(model.outputs(dev), subject.Y_dev) for model in models}
    return best_on_dev(subject.metric, {name: values for name, values in errors.items() if np.isfinite(values).all()})


def _scaled(subject: Subject) -> tuple[Array, Array]:
    """Return the inputs of both parts; columns that no preparation of ours has scaled are, by the training rows."""
    train, dev = subject.inputs_train, subject.inputs_dev
    last = last_step(subject.model)
    if isinstance(getattr(last, "model_", last), FittedModel | FitResult):
        return train, dev
    with np.errstate(over="ignore", invalid="ignore"):
        centre, scale = train.mean(axis=0), train.std(axis=0)
        scale[scale == 0.0] = 1.0
        return (train - centre) / scale, (dev - centre) / scale
