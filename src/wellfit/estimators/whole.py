"""What both estimators for whole tables share: from a frame to a fitted model, and from there to outputs."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from wellfit.engines.types import Array, Rows
from wellfit.errors import DataError, SpecError, SpecTypeError
from wellfit.estimators.frames import as_column, columns_named, compared, read_frame, target_of
from wellfit.estimators.initial import draw_seed
from wellfit.estimators.model_page import measured_page
from wellfit.estimators.searching import (
    plain,
    print_message,
    warn_of_divergence,
    warn_of_interrupt,
    with_dev_rows,
)
from wellfit.judge.metric import Metric
from wellfit.render.blocks import Page
from wellfit.render.result import Reportable, write_page
from wellfit.spec import Data
from wellfit.spec.base import check_number
from wellfit.store.blocks import model_page
from wellfit.study.journal import Journal
from wellfit.study.plans import FIXED_MEMBERS, RECIPE
from wellfit.study.problem import SearchProblem
from wellfit.study.run import run_search
from wellfit.study.trial import Budget
from wellfit.table.coding import TargetCoding
from wellfit.table.split import Fold, hold_out
from wellfit.table.table import Table, check_groups, check_weights
from wellfit.table.target import Target

if TYPE_CHECKING:
    from wellfit.judge.verdict import Verdict
    from wellfit.store import FittedModel
    from wellfit.study.study import Study

__all__ = ["BaseWellfit"]


class BaseWellfit(ABC, Reportable, BaseEstimator):  # type: ignore[misc]
    """Fits and predicts; the parameters belong to the classes that inherit."""

    _task: str
    model_: FittedModel
    study_: Study
    verdict_: Verdict | None

    @abstractmethod
    def _read_target(self, values: NDArray[Any]) -> Target:
        """Check the values of a target without gaps, keep what they can be, and code them."""

    @abstractmethod
    def _numbers(self, values: NDArray[Any], name: str) -> NDArray[np.float64]:
        """Return the places of classes, or numbers in the target's own units, of a target beside that of `fit`."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, groups: Any = None, eval_set: Any = None) -> Self:
        """Prepare a table, hold out dev rows, train networks, and calibrate their average on the dev rows.

        Without a budget this is the default network from five seeds. With `time_budget` or `max_trials` networks are searched for,
        chosen on dev rows (or by cross-validation of small tables), and networks of the same settings are trained on all rows.

        Parameters
        ----------
        X : pandas, polars or pyarrow frame, or array-like of shape (rows, columns)
            The table: numbers, truth values, dates, categories and text, which may have missing values.
        y : array-like of shape (rows,)
            The target. Rows where it is missing are dropped, with a warning.
        sample_weight : array-like of shape (rows,), optional
            Weight of each row, in training and on the dev rows. Rows of weight 0 are dropped.
        groups : array-like of shape (rows,), optional
            Rows of the same group stay together, all in training or all in dev.
        eval_set : tuple (X, y) or (X, y, sample_weight), optional
            Your own dev rows; all rows of X are then used for training.

        Returns
        -------
        self : object
            The fitted estimator. After Ctrl-C it is fitted with the best so far, and warns.

        Raises
        ------
        ValueError, TypeError
            If a parameter or the table cannot be used; the message names the parameter, or the column and its row.
        KeyboardInterrupt
            On Ctrl-C before any network has done an epoch.
        ClusterError
            If the connection to the scheduler of a cluster was lost before that.
        """
        budget = self._check_parameters()
        if groups is not None and eval_set is not None:
            raise SpecError("groups and eval_set cannot both be given: groups define how dev rows are held out; drop one.")
        frame = read_frame(self, X, reset=True)
        rows = len(frame)
        values, present = target_of(self, y, rows)
        weights = check_weights(sample_weight, rows)
        if weights is not None:
            # Learned from no more than if rows of weight 0 were not there: the scales of the columns, too.
            counted = weights[present] > 0
            if not counted.any():
                raise DataError("sample_weight must be above 0 for some rows, found zero for every row with a target.")
            values, present = values[counted], present[counted]
            weights = weights[present]
        target = self._read_target(values)
        if len(values) < 2:
            raise DataError("there is one sample to learn from (n_samples=1); at least 2 are needed, for training and for choosing.")
        together = check_groups(groups, rows, present)
        if len(present) < rows:
            frame = frame.iloc[present].reset_index(drop=True)
            together = None if together is None else together.iloc[present].reset_index(drop=True)
        seed = draw_seed(check_random_state(self.random_state))
        categories = columns_named(self.categorical_features, list(frame.columns))
        table = Table(frame, target, weights, together, categories=tuple(categories))
        self._study(table, eval_set, seed, budget)
        return self

    def _study(self, table: Table, eval_set: Any, seed: int, budget: Budget) -> None:
        """Train the default network, or search within a budget, and set the fitted attributes."""
        table.target.coding()  # an error where its values do not vary
        weights, shares = self._shared(table.weights, table.target.values)
        table = replace(table, weights=weights)
        final: Rows | None = None
        folds: tuple[Fold, ...] = ()
        if eval_set is not None:
            frame, dev_values, dev_given = self._looked_at(eval_set)
            final = np.arange(len(table))
            table = with_dev_rows(table, frame, self._numbers(dev_values, "y of eval_set"), dev_given, shares)
            folds = (Fold(final, np.arange(len(final), len(table))),)
        else:
            table = table.read()
        if eval_set is None and not budget.is_limited:
            held = hold_out(len(table), self.validation_fraction, Data.most_rows, seed, table.target.labels, table.groups)
            final, folds = held.train, (held,)
        threshold = getattr(self, "threshold", None)
        if threshold is not None and folds:
            self._check_threshold(table.target.values[folds[0].dev])
        problem = SearchProblem(table, folds, final, self.target_error, threshold, seed % 2**32)
        plan = RECIPE if budget.is_limited else FIXED_MEMBERS
        with Journal.open(None, problem.header(seed)) as journal:
            callback = print_message if self.verbose else None
            study = run_search(problem, budget, journal, plan=plan, seed=seed, n_jobs=self.n_jobs, callback=callback)
        assert study.model is not None  # else it would have raised
        if study.interrupted:
            warn_of_interrupt(study)
        warn_of_divergence(study)
        self.model_, self.study_, self.verdict_ = study.model, study, study.verdict
        self.histories_ = list(study.histories)
        # Of a network that went on after a comparison, the history begins there.
        self.n_iter_ = max(study.n_iter, *(history.epochs for history in study.histories))

    def blocks(self, whole: bool = False) -> Page:
        """Return the networks, the columns that they predict from, and how to use them; see `report`."""
        check_is_fitted(self, "model_")
        if whole:
            return measured_page(self.model_, type(self).__name__, self.histories_, self.get_params())
        return model_page(self.model_, type(self).__name__, self.histories_, whole=False)

    def report(self, path: str | os.PathLike[str], X: Any = None, y: Any = None) -> None:
        """Write the fitted model, and its error on some rows, to a self-contained file.

        Parameters
        ----------
        path : path
            ``.txt`` gets text and ``.json`` the same blocks as JSON, both without pictures; any other name gets an HTML page.
        X : pandas, polars or pyarrow frame, or array-like of shape (rows, columns), optional
            Rows that it was not fitted on, such as your test rows: with them the report has the error, and the columns that matter.
        y : array-like of shape (rows,), optional
            Their target.

        Raises
        ------
        NotFittedError
            If it is not fitted.
        DataError
            If X is given without y, or y without X, or the rows cannot be predicted.
        OutputError
            If the file cannot be written.
        """
        check_is_fitted(self, "model_")
        if (X is None) != (y is None):
            raise DataError("a report measures errors on X and y together; give both, or neither.")
        rows = None
        if X is not None:
            frame = read_frame(self, X, reset=False)
            values, present = target_of(self, y, len(frame))
            codes = self._codes(values, self.model_.target, "y")
            inputs = self.model_.preparation.transform(frame.iloc[present].reset_index(drop=True)).X
            rows = inputs, as_column(codes, "y")
        write_page(measured_page(self.model_, type(self).__name__, self.histories_, self.get_params(), rows), path)

    def _looked_at(self, eval_set: Any) -> tuple[pd.DataFrame, NDArray[Any], Array | None]:
        """Return table, target and weights of the caller's dev rows, those without a target left out."""
        if not isinstance(eval_set, tuple | list) or len(eval_set) not in (2, 3):
            raise SpecError("eval_set must be a tuple (X, y) or (X, y, sample_weight).")
        frame = compared("eval_set", eval_set[0], self._columns)
        values, present = target_of(self, eval_set[1], len(frame), "y of eval_set")
        weights = check_weights(eval_set[2] if len(eval_set) == 3 else None, len(frame))
        return frame.iloc[present].reset_index(drop=True), values, None if weights is None else weights[present]

    def _codes(self, values: NDArray[Any], coding: TargetCoding, name: str) -> Array:
        """Return coded targets of shape (rows,), in float64."""
        numbers = self._numbers(values, name)
        return numbers if coding.classes else (numbers - coding.mean) / coding.scale

    def _check_threshold(self, dev: NDArray[np.float64]) -> None:
        """Raise unless a threshold can be chosen on the dev rows."""
        if len(np.unique(dev)) < 2:
            raise DataError("choosing a threshold needs dev rows of both classes, found only one class; give an eval_set with both.")

    def _shared(self, given: Array | None, codes: Array) -> tuple[Array | None, Array | None]:
        """Return what each row counts, its class taken into account, and what each class counts."""
        return given, None

    def _check_parameters(self) -> Budget:
        """Raise unless the parameters can be used; return what a search may spend."""
        check_number("validation_fraction", self.validation_fraction, 0.0, 1.0, open_low=True, open_high=True)
        if self.n_jobs is not None and (not isinstance(self.n_jobs, int | np.integer) or self.n_jobs == 0):
            raise SpecTypeError(f"n_jobs must be a whole number other than 0, or None for one a core, found {self.n_jobs!r}.")
        if self.target_error is not None:
            check_number("target_error", plain(self.target_error), 0.0)
            Metric(self._task).parse(self.target_error)
        return Budget(plain(self.time_budget), plain(self.max_trials))

    def _outputs(self, X: Any) -> Array:
        """Return the model's outputs for a table."""
        check_is_fitted(self, "model_")
        frame = read_frame(self, X, reset=False)
        return self.model_.outputs(self.model_.preparation.transform(frame, warn=3).X)

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags of the estimator."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.target_tags.required = True
        return tags
