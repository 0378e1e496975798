"""Rivals tuned for as long as a clock runs: RandomizedSearchCV draws candidates until the time is up, and the best is fitted again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import loguniform
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.model_selection import ParameterSampler, RandomizedSearchCV, ShuffleSplit, StratifiedShuffleSplit
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


class TimedSearchCV(RandomizedSearchCV):  # type: ignore[misc]
    """RandomizedSearchCV whose number of candidates the clock decides, with the time of the last fit set aside.

    Candidates that are under way when the time is up are finished and count, so a rival gets rather more time than less.
    """

    seconds = 30.0

    def fit(self, X: Any, y: Any = None, **params: Any) -> TimedSearchCV:
        """Search until the time is up, and fit the best on all rows; the arguments are RandomizedSearchCV's."""
        self._begin = time.perf_counter()
        # As in the workers: OpenMP's threads wait for each other, a hundred times as long where something else is running.
        with one_openmp_thread():
            super().fit(X, y, **params)
        return self

    def _run_search(self, evaluate_candidates: Callable[[list[dict[str, Any]]], dict[str, Any]]) -> None:
        """Hand out candidates, a few at a time."""
        draws = iter(ParameterSampler(self.param_distributions, 1_000_000, random_state=self.random_state))
        done, batch = 0, JOBS
        while True:
            found = evaluate_candidates([next(draws) for _ in range(batch)])
            done += batch
            past = time.perf_counter() - self._begin
            left = self.seconds - past - self._time_of_last_fit(found)
            if left <= 0:
                return
            # A third of what is left at once, so that both workers are seldom idle and the end is met.
            batch = int(np.clip(left / 3.0 * done / past, JOBS, 50 * JOBS))

    @staticmethod
    def _time_of_last_fit(found: dict[str, Any]) -> float:
        """Return how long the best so far took to fit, on the fewer rows of a fold."""
        best = int(np.argmin(found["rank_test_score"]))
        return float(found["mean_fit_time"][best] / (1.0 - (1.0 / FOLDS)))


def tuned_mlp(task: Task, seed: int, seconds: float) -> TimedSearchCV:
    """Return scikit-learn's network behind one-hot coding, imputing and scaling, of numbers to predict, too; not fitted."""
    model, before = mlp(task, seed), ""
    if task.kind == "regression":
        model, before = TransformedTargetRegressor(model, transformer=StandardScaler()), "regressor__"
    step = "mlpclassifier__" if task.kind == "classification" else "mlpregressor__"
    return _timed(task, model, {f"{before}{step}{name}": values for name, values in NETWORKS.items()}, seed, seconds)


def tuned_boosting(task: Task, seed: int, seconds: float) -> TimedSearchCV:
    """Return scikit-learn's boosting, with categories as they are where it takes them; not fitted."""
    model = boosting(task, seed)
    kind = HistGradientBoostingClassifier if task.kind == "classification" else HistGradientBoostingRegressor
    step = "" if isinstance(model, kind) else f"{kind.__name__.lower()}__"
    return _timed(task, model, {f"{step}{name}": values for name, values in TREES.items()}, seed, seconds)


def _timed(task: Task, model: Any, space: dict[str, Any], seed: int, seconds: float) -> TimedSearchCV:
    """Return the search, by scikit-learn's own choice of score: the share of right rows, or R^2."""
    # A class of one row cannot be in both parts.
    is_stratified = task.kind == "classification" and np.unique(task.y_train, return_counts=True)[1].min() > 1
    split = StratifiedShuffleSplit if is_stratified else ShuffleSplit
    folds = FOLDS if len(task.y_train) < FOLDS_UP_TO else split(n_splits=1, test_size=HELD_OUT, random_state=seed)
    search = TimedSearchCV(model, space, n_iter=1, cv=folds, n_jobs=JOBS, random_state=seed, error_score=-np.inf)
    search.seconds = seconds
    return search
