"""Rivals tuned for as long as a clock runs: RandomizedSearchCV draws candidates until the time is up, and the best is fitted again."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import loguniform
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import ParameterSampler, RandomizedSearchCV, ShuffleSplit, StratifiedShuffleSplit
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.open_tables.entrants import boosting, mlp
from benchmarks.open_tables.tables import Task
from wellfit.training.threads import one_openmp_thread

JOBS = 2
# As a user with so little time would: five folds for small tables, one held-out fifth for large ones.
FOLDS_UP_TO, FOLDS, HELD_OUT = 2_000, 5, 0.2

NETWORKS = {
    "hidden_layer_sizes": [(32,), (64,), (128,), (256,), (32, 32), (64, 64), (128, 128), (256, 128)],
    "activation": ["relu", "tanh"],
    "alpha": loguniform(1e-5, 10.0),
    "learning_rate_init": loguniform(3e-4, 3e-2),
    "batch_size": [32, 64, 128, 256],
    "max_iter": [25, 50, 100, 200],
    "early_stopping": [False, True],
}
TREES = {
    "learning_rate": loguniform(0.01, 0.5),
    "max_iter": [50, 100, 200, 400],
    "max_leaf_nodes": [7, 15, 31, 63, 127],
    "min_samples_leaf": [2, 5, 10, 20, 50, 100],
    "l2_regularization": loguniform(1e-6, 10.0),
    "max_features": [0.3, 0.5, 0.8, 1.0],
}


class TimedPipeline(Pipeline):  # type: ignore[misc]
    """A pipeline whose fit is broken off by a TimeoutError once a moment has passed."""

    def __init__(self, steps: Any, *, until: float | None = None) -> None:
        super().__init__(steps)
        self.until = until

    def fit(self, X: Any, y: Any = None, **params: Any) -> TimedPipeline:
        """Fit within the time, where this is a process's first thread; the arguments are Pipeline's."""
        if self.until is None or threading.current_thread() is not threading.main_thread():
            super().fit(X, y, **params)
            return self
        before = signal.signal(signal.SIGALRM, _too_late)
        signal.setitimer(signal.ITIMER_REAL, max(1e-3, self.until - time.time()))
        try:
            super().fit(X, y, **params)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, before)
        return self


def _too_late(*_: Any) -> None:
    raise TimeoutError("the time for tuning is up")


class TimedSearchCV(RandomizedSearchCV):  # type: ignore[misc]
    """RandomizedSearchCV whose number of candidates the clock decides, with the time of the last fit set aside.

    Candidates that are under way when the time is up come to nothing; until there is one that did not, the time goes on.
    """

    seconds, name_of_until = 30.0, "until"

    def fit(self, X: Any, y: Any = None, **params: Any) -> TimedSearchCV:
        """Search until the time is up, and fit the best on all rows; the arguments are RandomizedSearchCV's."""
        self._begin = time.time()
        # As in the workers: OpenMP's threads wait for each other, a hundred times as long where something else is running.
        with one_openmp_thread():
            super().fit(X, y, **params)
        return self

    def _run_search(self, evaluate_candidates: Callable[[list[dict[str, Any]]], dict[str, Any]]) -> None:
        """Hand out candidates, a few at a time."""
        draws = iter(ParameterSampler(self.param_distributions, 1_000_000, random_state=self.random_state))
        # As long as nothing is known, the last fit is taken to last as long as the first.
        found, batch, end = None, JOBS, self.seconds / 2.0
        while (past := time.time() - self._begin) < end or found is None:
            if found is not None:
                # A third of what is left at once, so that both workers are seldom idle and the end is met.
                batch = int(np.clip((end - past) / 3.0 * len(found["params"]) / past, JOBS, 50 * JOBS))
            try:
                found = evaluate_candidates([next(draws) | {self.name_of_until: self._begin + end} for _ in range(batch)])
            except ValueError as error:  # so RandomizedSearchCV says that all of them failed
                if TimeoutError.__name__ not in str(error):
                    raise
                if found is not None:
                    break
                end += self.seconds / 2.0
            else:
                end = self.seconds - self._time_of_last_fit(found)
        for params in found["params"]:
            params[self.name_of_until] = None  # the last fit takes what it takes

    @staticmethod
    def _time_of_last_fit(found: dict[str, Any]) -> float:
        """Return how long the best so far took to fit, on the fewer rows of a fold."""
        best = int(np.argmin(found["rank_test_score"]))
        return float(found["mean_fit_time"][best] / (1.0 - (1.0 / FOLDS)))


def tuned_mlp(task: Task, seed: int, seconds: float) -> TimedSearchCV:
    """Return scikit-learn's network behind one-hot coding, imputing and scaling, of numbers to predict, too; not fitted."""
    model, before = TimedPipeline(mlp(task, seed).steps), ""
    if task.kind == "regression":
        model, before = TransformedTargetRegressor(model, transformer=StandardScaler()), "regressor__"
    step = "mlpclassifier__" if task.kind == "classification" else "mlpregressor__"
    space = {f"{before}{step}{name}": values for name, values in NETWORKS.items()}
    return _timed(task, model, space, seed, seconds, f"{before}until")


def tuned_boosting(task: Task, seed: int, seconds: float) -> TimedSearchCV:
    """Return scikit-learn's boosting, with categories as they are where it takes them; not fitted."""
    model = boosting(task, seed)
    steps = model.steps if isinstance(model, Pipeline) else [("boosting", model)]
    space = {f"{steps[-1][0]}__{name}": values for name, values in TREES.items()}
    return _timed(task, TimedPipeline(steps), space, seed, seconds, "until")


def _timed(task: Task, model: Any, space: dict[str, Any], seed: int, seconds: float, name_of_until: str) -> TimedSearchCV:
    """Return the search, by scikit-learn's own choice of score: the share of right rows, or R^2."""
    # A class of one row cannot be in both parts.
    is_stratified = task.kind == "classification" and np.unique(task.y_train, return_counts=True)[1].min() > 1
    split = StratifiedShuffleSplit if is_stratified else ShuffleSplit
    folds = FOLDS if len(task.y_train) < FOLDS_UP_TO else split(n_splits=1, test_size=HELD_OUT, random_state=seed)
    search = TimedSearchCV(model, space, n_iter=1, cv=folds, n_jobs=JOBS, random_state=seed, error_score=-np.inf)
    search.seconds, search.name_of_until = seconds, name_of_until
    return search
