"""Any scorer decides on early stopping: what it gives on the rows that are not trained on, after every epoch."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
from sklearn.metrics import check_scoring, get_scorer_names

from wellfit.engines.types import Array
from wellfit.errors import DataError, SpecError, unknown_name
from wellfit.estimators.validation import CheckedTable

__all__ = ["StoppingScorer"]


class StoppingScorer:
    """Scores a network's parameters; its errors are the scores with the other sign."""

    def __init__(self, estimator: Any, ready: Callable[[Array], Any], table: CheckedTable) -> None:
        scoring = estimator.scoring
        if isinstance(scoring, str) and scoring not in get_scorer_names():
            raise SpecError(unknown_name("scoring", scoring, ["loss", *get_scorer_names()]))
        if not isinstance(scoring, str) and not callable(scoring):
            raise SpecError(f"scoring must be None, 'loss', the name of a scorer or a callable, found {scoring!r}.")
        self.scorer = check_scoring(estimator, scoring=scoring)
        self.ready, self.table = ready, table
        self.scores: list[float] = []
        takes = inspect.signature(self.scorer).parameters
        weighs = "sample_weight" in takes or any(parameter.kind is parameter.VAR_KEYWORD for parameter in takes.values())
        self.weights = {"sample_weight": table.weights} if weighs and table.weights is not None else {}

    def __call__(self, parameters: Array) -> float:
        """Return the error of parameters, the lower the better; raise if the scorer gives no number, or nan."""
        score = self.scorer(self.ready(parameters), self.table.X, self.table.y, **self.weights)
        if not isinstance(score, Real):
            raise SpecError(f"scoring must give one number, found {score!r}; give a scorer of a single metric.")
        if np.isnan(float(score)):
            raise DataError(
                f"scoring={self.scorer!r} gives nan on the validation rows for early stopping; choose other rows, or another scorer."
            )
        self.scores.append(float(score))
        return -self.scores[-1]
