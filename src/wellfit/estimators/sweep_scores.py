"""How the networks of a sweep are scored: by the estimator's own score or any scorer, with no table checked twice."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score
from sklearn.metrics._scorer import _BaseScorer, _MultimetricScorer, _PassthroughScorer
from sklearn.model_selection._validation import _score
from sklearn.pipeline import Pipeline

from wellfit.engines.types import Array
from wellfit.estimators.call import Call
from wellfit.estimators.sweep_candidates import Candidate
from wellfit.estimators.sweep_folds import PreparedFold, Scored
from wellfit.estimators.targets import Classes
from wellfit.training.result import FitResult
from wellfit.training.threads import one_blas_thread

__all__ = ["Scoring", "overflows_of"]


class Scoring:
    """How networks are scored, and the score of a network that has none."""

    def __init__(self, scorer: Any, error_score: Any) -> None:
        self.scorer, self.error_score = scorer, error_score
        scorers = scorer._scorers.values() if isinstance(scorer, _MultimetricScorer) else [scorer]
        # A function may look at anything: at columns by their names, at how training went, or into the transformers.
        self._looks_at_predictions = all(isinstance(one, _BaseScorer | _PassthroughScorer) for one in scorers)
        self._is_accuracy = isinstance(scorer, _PassthroughScorer) or (
            isinstance(scorer, _BaseScorer) and scorer._score_func is accuracy_score and scorer._sign == 1 and not scorer._kwargs
        )

    @property
    def of_failure(self) -> Any:
        """Return the score of a network that could not be fitted."""
        if isinstance(self.scorer, _MultimetricScorer):
            return dict.fromkeys(self.scorer._scorers, self.error_score)
        return self.error_score

    def score(self, call: Call, result: FitResult, rows: Scored, prepared: PreparedFold, candidate: Candidate) -> Any:
        """Score a trained network, or the pipeline that it ends."""
        if self._is_accuracy and rows.checked and rows.labels is not None and not rows.params:
            targets = call.targets
            if isinstance(targets, Classes) and not targets.multilabel and targets.classes.dtype == rows.labels.dtype:
                # What accuracy_score makes of it, without looking through the labels again for each network.
                predicted = targets.decode(_outputs(call, result, rows.ready))
                return np.count_nonzero(predicted == rows.labels) / len(rows.labels)
        call.take(result)
        model, X = call.estimator, rows.raw
        if self._looks_at_predictions and rows.ready is not None:
            X = rows.ready
            if rows.checked:
                # Arrays have no names, and are not warned of having none.
                vars(model).pop("feature_names_in_", None)
                model._outputs = partial(_outputs, call, result)
        elif isinstance(candidate.model, Pipeline):
            before = [] if prepared.transformers is None else prepared.transformers.steps
            model = Pipeline([*before, (candidate.model.steps[-1][0], model)])
        return _score(model, X, rows.y, self.scorer, rows.params, self.error_score)


@contextmanager
def overflows_of(diverged: bool) -> Iterator[None]:
    """Ignore overflows in the predictions of diverged networks, of which one warning is given elsewhere."""
    if not diverged:
        yield
        return
    with np.errstate(over="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Scoring failed", UserWarning)
        warnings.filterwarnings("ignore", "One or more of the .* scores are non-finite", UserWarning)
        yield


def _outputs(call: Call, result: FitResult, X: Array) -> NDArray[Any]:
    """Return the network's outputs for checked examples."""
    with one_blas_thread():
        return call.engine.forward(call.spec, result.parameters, X)
