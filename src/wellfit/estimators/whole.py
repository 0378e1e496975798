"""What both estimators for whole tables share: from a frame to a fitted model, and from there to outputs."""

from __future__ import annotations

import os
import warnings
from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from wellfit.data.parts import Labels
from wellfit.data.prepare import Preparation, prepare_table
from wellfit.data.target import TargetCoding
from wellfit.engines.contract import Array, Outcome, Rows
from wellfit.errors import DataError, SpecError, SpecTypeError, TrainingWarning
from wellfit.estimators.frames import columns_named, compared, read_frame, target_of
from wellfit.estimators.initial import draw_seed
from wellfit.files import write_file
from wellfit.spec import Data
from wellfit.spec.base import check_number
from wellfit.study.fixed import FIXED, Examples, assemble, train_members, usable
from wellfit.study.hold_out import hold_out
from wellfit.training.result import FitResult

__all__ = ["BaseWellfit"]


class BaseWellfit(ABC, BaseEstimator):  # type: ignore[misc]
    """Fits and predicts; the parameters belong to the classes that inherit."""

    @abstractmethod
    def _learn_target(self, values: NDArray[Any]) -> None:
        """Check the values of a target without gaps, and keep what they can be."""

    @abstractmethod
    def _coding(self, values: NDArray[Any], train: Rows) -> TargetCoding:
        """Return how the target becomes numbers, learned on the training rows."""

    @abstractmethod
    def _codes(self, values: NDArray[Any], coding: TargetCoding, name: str) -> Array:
        """Return coded targets of shape (rows,), in float64."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, groups: Any = None, eval_set: Any = None) -> Self:
        """Prepare a table, hold dev rows out, train five networks, and calibrate their average on the dev rows.

        Parameters
        ----------
        X : pandas, polars or pyarrow frame, or array-like of shape (rows, columns)
            The table: numbers, truth values, dates, categories and text, with gaps in any of them.
        y : array-like of shape (rows,)
            The target. Rows where it has a gap are left out, with a warning.
        sample_weight : array-like of shape (rows,), optional
            What each row counts, in training and on the dev rows. Rows of weight 0 are left out.
        groups : array-like of shape (rows,), optional
            Rows of equal group are all trained on, or all dev rows.
        eval_set : tuple (X, y) or (X, y, sample_weight), optional
            Dev rows of your own; all rows of X are then trained on.

        Returns
        -------
        self : object
            The fitted estimator. After Ctrl-C it is fitted with the best so far, and a warning says so.

        Raises
        ------
        ValueError, TypeError
            If a parameter or the table cannot be used; the message names the parameter, or the column and its row.
        KeyboardInterrupt
            If it came before any network had done an epoch.
        """
        self._check_parameters()
        if groups is not None and eval_set is not None:
            raise SpecError("groups and eval_set cannot both be given: groups say how dev rows are held out; drop one.")
        frame = read_frame(self, X, reset=True)
        values, present = target_of(self, y, len(frame))
        given = _weights(sample_weight, X, len(frame), present)
        if given is not None and not given.all():
            # Learned from no more than if they were not there: the scales of the columns, too.
            counted = np.flatnonzero(given)
            values, present, given = values[counted], present[counted], given[counted]
        self._learn_target(values)
        if len(present) < len(frame):
            frame = frame.iloc[present].reset_index(drop=True)
        generator = check_random_state(self.random_state)
        seed = draw_seed(generator)

        examples, preparation, coding = self._examples(frame, values, given, _groups(groups, present), eval_set, seed)
        settings = FIXED[coding.task]
        teller = _Teller(settings.members) if self.verbose else None
        trained = train_members(examples, coding, settings, seed=seed, n_jobs=self.n_jobs, on_result=teller)
        kept = usable(trained)
        if not kept:
            raise KeyboardInterrupt
        _warn_of_outcomes(trained, kept)
        self.model_ = assemble(preparation, coding, kept, examples, getattr(self, "threshold", None))
        self.histories_ = [result.history for result in kept]
        self.n_iter_ = max(result.epochs for result in kept)
        return self

    def report(self, path: str | os.PathLike[str], X: Any = None, y: Any = None) -> None:
        """Write what was fitted, and how it does on some rows, to one HTML file that needs no other.

        Parameters
        ----------
        path : path
            The file.
        X : pandas, polars or pyarrow frame, or array-like of shape (rows, columns), optional
            Rows that it was not fitted on, such as your test rows: with them the report says the error, and which columns matter.
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
            rows = inputs, _column(codes, "y")
        # The pages' templates are read only when one is asked for.
        from wellfit.report import model_page

        page = model_page(type(self).__name__, self.model_, self.histories_, self.get_params(), rows)
        write_file(path, page.encode())

    def _examples(
        self, frame: pd.DataFrame, values: NDArray[Any], given: Array | None, groups: pd.Series[Any] | None, eval_set: Any, seed: int
    ) -> tuple[Examples, Preparation, TargetCoding]:
        """Split and prepare: return the examples, the preparation and the coding of the target."""
        everything = np.arange(len(values))
        if eval_set is None:
            train, dev = hold_out(len(values), self.validation_fraction, Data.most_rows, seed, self._labels(values), groups)
        else:
            train, dev = everything, everything[:0]
        coding = self._coding(values, train)
        codes = self._codes(values, coding, "y")
        weights, shares = self._shared(given, codes, coding)
        categories = columns_named(self.categorical_features, list(frame.columns))
        preparation, inputs = prepare_table(
            frame, train, categories=categories, target=codes, classes=len(coding.classes), seed=seed % 2**32
        )
        # To a mean of 1, so that the penalty means the same whatever the weights' scale.
        level = 1.0 if weights is None else float(weights[train].mean())
        dev_table = None
        if eval_set is not None:
            dev_table = self._dev_table(eval_set, preparation, coding, shares, level)
            dev = np.arange(len(dev_table[0]))
        scaled = None if weights is None else (weights / level).astype(np.float32)
        return Examples(inputs, _column(codes, "y"), scaled, train, dev, dev_table), preparation, coding

    def _dev_table(
        self, eval_set: Any, preparation: Preparation, coding: TargetCoding, shares: Array | None, level: float
    ) -> tuple[Array, Array, Array | None]:
        """Return the caller's dev rows, prepared."""
        if not isinstance(eval_set, tuple | list) or len(eval_set) not in (2, 3):
            raise SpecError("eval_set must be a tuple (X, y) or (X, y, sample_weight).")
        frame = compared("eval_set", eval_set[0], self._columns)
        values, present = target_of(self, eval_set[1], len(frame), "y of eval_set")
        given = _weights(eval_set[2] if len(eval_set) == 3 else None, frame, len(frame), present)
        codes = self._codes(values, coding, "y of eval_set")
        inputs = preparation.transform(frame.iloc[present].reset_index(drop=True)).X
        weights = given
        if shares is not None:
            weights = shares[codes.astype(np.int64)] * (1.0 if given is None else given)
        elif given is None and level != 1.0:
            weights = np.ones(len(codes))
        return inputs, _column(codes, "y of eval_set"), None if weights is None else (weights / level).astype(np.float32)

    def _labels(self, values: NDArray[Any]) -> Labels | None:
        """Return the classes that a split goes by; None for numbers."""
        return None

    def _shared(self, given: Array | None, codes: Array, coding: TargetCoding) -> tuple[Array | None, Array | None]:
        """Return what each row counts, its class taken into account, and what each class counts."""
        return given, None

    def _check_parameters(self) -> None:
        """Raise unless the parameters can be used."""
        check_number("validation_fraction", self.validation_fraction, 0.0, 1.0, open_low=True, open_high=True)
        if self.n_jobs is not None and (not isinstance(self.n_jobs, int | np.integer) or self.n_jobs == 0):
            raise SpecTypeError(f"n_jobs must be a whole number other than 0, or None for one a core, found {self.n_jobs!r}.")

    def _outputs(self, X: Any) -> Array:
        """Return the model's outputs for a table."""
        check_is_fitted(self, "model_")
        frame = read_frame(self, X, reset=False)
        return self.model_.outputs(self.model_.preparation.transform(frame).X)

    def __sklearn_tags__(self) -> Any:
        """Say what scikit-learn needs to know about an estimator."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.target_tags.required = True
        return tags


# === What users hand over ===


def _column(codes: Array, name: str) -> Array:
    """Return coded targets as the column that networks of float32 are trained on."""
    with np.errstate(over="ignore"):
        column = codes.astype(np.float32)[:, np.newaxis]
    finite = np.isfinite(column[:, 0])
    if not finite.all():
        raise DataError(f"{name} holds a value {codes[~finite][0]:.0e} standard deviations from the mean; mend it or leave the row out.")
    return column


def _weights(sample_weight: Any, X: Any, rows: int, present: Rows) -> Array | None:
    """Return what the rows with a target count, checked."""
    if sample_weight is None:
        return None
    weights: Array = _check_sample_weight(sample_weight, X, dtype=np.float64)
    if weights.min() < 0:
        row = int(np.argmin(weights))
        raise DataError(f"sample_weight must be at least 0, found {weights[row]:g} in row {row + 1}.")
    weights = weights[present]
    if not weights.any():
        raise DataError("sample_weight must leave something to learn from, found zero for every row with a target.")
    return weights


def _groups(groups: Any, present: Rows) -> pd.Series[Any] | None:
    """Return the groups of the rows that are used, under their places in the whole table."""
    if groups is None:
        return None
    column = groups if isinstance(groups, pd.Series) else pd.Series(np.asarray(groups))
    if len(column) <= present[-1]:
        raise DataError(f"groups must have a value for each row, found {len(column)} for at least {present[-1] + 1} rows.")
    column = column.reset_index(drop=True).rename("groups").iloc[present]
    gaps = column.isna().to_numpy()
    if gaps.any():
        raise DataError(f"groups has a gap in row {present[gaps][0] + 1}; give each row a group.")
    return column


# === What is said ===


class _Teller:
    """Prints a line for each network."""

    def __init__(self, members: int) -> None:
        self.done, self.members = 0, members

    def __call__(self, place: int, result: FitResult) -> None:
        self.done += 1
        print(f"network {self.done} of {self.members}: dev cost {result.dev_cost:.4g} in {result.seconds:.1f} s, {result.message}")


def _warn_of_outcomes(trained: list[FitResult], kept: list[FitResult]) -> None:
    """Warn if networks ended otherwise than by using up their epochs or stopping early."""
    if any(result.outcome is Outcome.INTERRUPTED for result in trained):
        warnings.warn(
            f"Training interrupted by user: {len(kept)} of {len(trained)} networks are kept, as far as they were trained.",
            TrainingWarning,
            stacklevel=3,
        )
    diverged = sum(result.outcome is Outcome.DIVERGED for result in trained)
    if diverged:
        left = "left out" if len(kept) + diverged == len(trained) else "kept at their best epoch, for there is no other"
        warnings.warn(
            f"{diverged} of {len(trained)} networks diverged and are {left}; mend outliers in X and y.", TrainingWarning, stacklevel=3
        )
