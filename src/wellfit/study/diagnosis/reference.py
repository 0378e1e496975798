"""What error could be had: the best of a few simple models on the training rows, chosen on other rows than it is measured on."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from wellfit.engines.types import Rows
from wellfit.plurals import counted
from wellfit.study.diagnosis.subject import Subject
from wellfit.study.metric import Rowwise
from wellfit.table.split import deal
from wellfit.training.tasks import jobs
from wellfit.training.threads import one_blas_thread, one_openmp_thread

__all__ = ["BestReference", "best_reference"]

MOST_ROWS = 20_000
MOST_CELLS = 2_000_000
# Without retraining, and without the last of the models: three quick ones on so many rows take a tenth of a second.
FEW_ROWS = 3_000
FOLDS = 5
FEWER_FOLDS_FROM = 10_000  # where a third of the rows more to train on changes little
NEIGHBOURS = 15

CONSTANT = {"classification": "the majority class", "regression": "the mean"}
LINEAR = {"classification": "logistic regression", "regression": "ridge regression"}
NEAREST = "nearest neighbours"
BOOSTING = "histogram gradient boosting"
SEVERAL = "the simple model chosen fold by fold"

# Seconds for a tree of gradient boosting with 31 leaves, on one core: a part for each column, another for each of its cells.
SECONDS_A_COLUMN, SECONDS_A_CELL = 1.3e-4, 1.25e-8
BOOSTING_SECONDS = 10.0
MOST_TREES, FEWEST_TREES = 100, 20


@dataclass(frozen=True)
class BestReference:
    """The best of the reference models.

    Parameters
    ----------
    name : str
        What it is; `SEVERAL` where folds chose different ones.
    rows : int64 array
        Training rows that it was measured on, each by a model that was fitted on others.
    errors : array of shape (rows,)
        How wrong it is on each, as from `Metric.row_errors`.
    each : dict of str to float
        The error of every reference model, over all rows.
    note : str
        What was left out, or that folds disagreed; empty if there is nothing to say.
    """

    name: str
    rows: Rows
    errors: Rowwise
    each: dict[str, float]
    note: str


def best_reference(
    subject: Subject, *, thorough: bool = True, seconds: float = BOOSTING_SECONDS, seed: int = 0, n_jobs: int | None = None
) -> BestReference:
    """Measure the best of the majority class or mean, logistic or ridge regression, nearest neighbours and gradient boosting.

    The training rows are split into folds, and each model is fitted on all but one of them. Which model is best is asked for each
    fold anew, of the other folds; its errors on that fold are the ones that count. So no row has a say in the choice of the model
    that it measures, and the best of four is not lucky.

    Parameters
    ----------
    subject : Subject
        The table; dev rows are not looked at.
    thorough : bool
        Whether to fit gradient boosting, too, and to use up to 20,000 rows in place of 3,000.
    seconds : float
        For gradient boosting, which gets as many trees as there are time for by rule of thumb, and not by the clock: the same
        table gives the same answer on every machine.
    seed : int
        Draws rows and folds.
    n_jobs : int, optional
        Fits at once, in joblib's convention; None: one for each core.

    Returns
    -------
    BestReference
    """
    rows = _chosen_rows(subject, MOST_ROWS if thorough else FEW_ROWS, np.random.default_rng(seed))
    inputs, targets = subject.inputs_train[rows], subject.Y_train[rows, 0]
    order = np.random.default_rng(seed).permutation(len(rows))
    fold_of = deal(order, FOLDS if len(rows) < FEWER_FOLDS_FROM else 3, targets if subject.is_classification else None)
    folds = int(fold_of.max()) + 1
    trees = _trees(subject, len(rows), folds, min(seconds, BOOSTING_SECONDS)) if thorough else 0
    makers = _models(subject, len(rows), folds, trees)
    fits = [(name, fold) for name in makers for fold in range(folds)]

    def fitted(job: tuple[str, int]) -> Rowwise | None:
        name, fold = job
        inside = fold_of != fold
        try:
            with one_openmp_thread():
                found = makers[name]().fit(inputs[inside], targets[inside]).predict(inputs[~inside])
        except ValueError:
            # Numbers too large to be squared, or a single class outside the fold: there are other models.
            return None
        if subject.is_classification:
            return np.asarray(found != targets[~inside], dtype=np.float64)
        return np.asarray(((found - targets[~inside]) * subject.metric.scale) ** 2)

    errors, failed = {name: np.empty(len(rows)) for name in makers}, set[str]()
    with warnings.catch_warnings(), one_blas_thread(), ThreadPoolExecutor(jobs(n_jobs)) as pool:
        # A reference that is short of its last digit is as good. Set here, for filters belong to all threads together.
        warnings.simplefilter("ignore")
        for (name, fold), found in zip(fits, pool.map(fitted, fits), strict=True):
            if found is None or not np.isfinite(found).all():
                failed.add(name)
            else:
                errors[name][fold_of == fold] = found
    errors = {name: values for name, values in errors.items() if name not in failed}
    best, choices = np.empty(len(rows)), []
    for fold in range(folds):
        others = fold_of != fold
        choices.append(min(errors, key=lambda name: float(errors[name][others].mean())))
        best[~others] = errors[choices[-1]][~others]
    votes = Counter(choices)
    each = {model: subject.metric.total(values) for model, values in errors.items()}
    # Errors that are of several models bear the name of none.
    name = SEVERAL if len(votes) > 1 else choices[0]
    return BestReference(name, rows, best, each, _note(subject, len(rows), BOOSTING in makers, sorted(failed), votes))


def _chosen_rows(subject: Subject, most: int, rng: np.random.Generator) -> Rows:
    """Return the training rows to use, all or a random part of them."""
    count, columns = subject.inputs_train.shape
    size = min(count, most, max(500, MOST_CELLS // columns))
    return np.arange(count) if size == count else np.sort(rng.permutation(count)[:size])


def _models(subject: Subject, rows: int, folds: int, trees: int) -> dict[str, Callable[[], Any]]:
    """Return how the reference models are made, by name."""
    from sklearn.dummy import DummyClassifier, DummyRegressor
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    task, near = subject.task, min(NEIGHBOURS, rows - -(-rows // folds))
    made: dict[str, Callable[[], Any]] = {}
    if subject.is_classification:
        made[CONSTANT[task]] = lambda: DummyClassifier(strategy="most_frequent")
        made[LINEAR[task]] = lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
        made[NEAREST] = lambda: make_pipeline(StandardScaler(), KNeighborsClassifier(near))
    else:
        made[CONSTANT[task]] = lambda: DummyRegressor()
        made[LINEAR[task]] = lambda: make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 4, 13)))
        made[NEAREST] = lambda: make_pipeline(StandardScaler(), KNeighborsRegressor(near))
    if trees:
        made[BOOSTING] = lambda: _boosting(subject, trees)
    return made


def _trees(subject: Subject, rows: int, folds: int, seconds: float) -> int:
    """Return how many trees there is time for; 0 where that is too few."""
    classes = len(subject.classes) if len(subject.classes) > 2 else 1
    columns = subject.inputs_train.shape[1]
    for_one = folds * classes * columns * (SECONDS_A_COLUMN + SECONDS_A_CELL * rows)
    trees = min(MOST_TREES, int(seconds / for_one))
    return trees if trees >= FEWEST_TREES else 0


def _boosting(subject: Subject, trees: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingClassifier if subject.is_classification else HistGradientBoostingRegressor
    # Fewer trees take longer steps, so that they come as far.
    return kind(max_iter=trees, learning_rate=min(0.3, 0.1 * MOST_TREES / trees), early_stopping=False, random_state=0)


def _note(subject: Subject, rows: int, has_boosting: bool, failed: list[str], votes: Counter[str]) -> str:
    """Return what is to be said of how the reference was found."""
    said, count = [], len(subject.inputs_train)
    if rows < count:
        said.append(
            f"simple models were fitted on {rows:,} of {counted(count, 'training row')}, and might do better on all; bias is measured "
            "on these rows"
        )
    if not has_boosting:
        said.append("gradient boosting was left out to save time")
    said += [f"{name} cannot be fitted to these rows" for name in failed]
    if len(votes) > 1:
        shown = ", ".join(f"{name} for {chosen}" for name, chosen in votes.most_common())
        said.append(
            f"for each of {counted(votes.total(), 'fold')} the other folds chose the simple model: {shown}; the lowest error of several "
            "models alone would be a little too low"
        )
    return "; ".join(said)
