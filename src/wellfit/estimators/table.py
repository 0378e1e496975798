"""`WellfitClassifier` and `WellfitRegressor`: estimators for whole tables.

Frames, categories, dates and missing values need no preparation. Some rows are held out to choose on, never to test on: measure
the model's error on your own test rows, or by cross-validation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from wellfit.engines.types import Array
from wellfit.errors import DataError, SpecError
from wellfit.estimators.targets import Classes
from wellfit.estimators.validation import class_shares
from wellfit.estimators.whole import BaseWellfit
from wellfit.judge.calibration import THRESHOLD_METRICS
from wellfit.spec.base import check_choice
from wellfit.study.trial import Budget
from wellfit.table.coding import Label
from wellfit.table.names import quoted
from wellfit.table.target import Target, refuse_moments

__all__ = ["WellfitClassifier", "WellfitRegressor"]


class WellfitClassifier(ClassifierMixin, BaseWellfit):  # type: ignore[misc]
    """A classifier for whole tables: a calibrated average of networks that are trained as one population.

    Numbers are scaled, categories encoded, dates split into parts and missing values imputed, all as learned on the training rows.
    The probabilities p become p^(1/T), with the temperature T that is best on dev rows.

    Without a budget the default network is trained from five seeds and averaged, each at the epoch with the lowest cost on the dev
    rows. With `time_budget` or `max_trials` a search tries better ones, in rounds guided by its diagnosis of the best so
    far, and averages the best with networks of the same settings that are trained on all rows. No rows are held out
    for a test: keep some yourself.

    Parameters
    ----------
    time_budget : float or None, default=None
        Seconds that a search may take, including preparation and the final training on all rows; at least 1. None: no limit.
    max_trials : int or None, default=None
        Maximum number of networks that a search tries. Without `time_budget` the result is then the same to the last bit for any
        `n_jobs`. With both, whichever is used up first; with neither, there is no search.
    target_error : float or None, default=None
        The error rate at which a search stops, and from which bias is measured. None: that of the best simple model.
    validation_fraction : float, default=0.15
        Share of the rows held out as dev rows for the default network, 10,000 at most; stratified. A search makes its own split.
    categorical_features : sequence of str or int, or None, default=None
        Columns, by name or index, that hold categories although they look like numbers; text, intervals and categories need not be listed.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class; ``"balanced"`` gives all classes the same total weight. Probabilities then reflect these weights.
    threshold : str or None, default=None
        For two classes, the metric by which the threshold of a decision is chosen on the dev rows: ``accuracy``,
        ``balanced_accuracy``, ``f1`` (of the second class) or ``matthews_corrcoef``. None: 0.5.
    n_jobs : int or None, default=None
        Networks trained at once; None: one for each core. The result does not depend on it.
    random_state : int, RandomState instance or None, default=None
        Seed of the dev rows, the folds of encodings, initial weights, shuffles and dropout.
    verbose : bool, default=False
        Whether to print progress.

    Attributes
    ----------
    classes_ : array of shape (classes,)
        Class labels, sorted.
    model_ : FittedModel
        Preparation, networks, temperature and threshold; `wellfit.save` takes it, or the estimator.
    temperature_ : float
        T; above 1 if the networks were overconfident.
    threshold_ : float
        Of two classes, the second is predicted if its probability is above it; 0.5 unless `threshold` names a metric.
    study_ : Study
        The study: all trials and decisions.
    verdict_ : Verdict or None
        Underfits, overfits, fits or undecided, by the errors on training and dev rows; `wellfit.diagnose` gives more detail. None if a
        fit was stopped before its first network was evaluated.
    histories_ : list of History
        Costs and errors of every epoch, for each network.
    n_iter_ : int
        The largest number of epochs of a network.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : array of str
        Their names, where X had any.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"colour": ["red", "blue"] * 20, "size": [1.0, None, 3.0, 4.0] * 10})
    >>> model = WellfitClassifier(random_state=0).fit(table, ["stop", "go"] * 20)
    >>> model.predict(table.head(3)).tolist()
    ['stop', 'go', 'stop']
    """

    _task = "classification"

    def __init__(
        self,
        *,
        time_budget: float | None = None,
        max_trials: int | None = None,
        target_error: float | None = None,
        validation_fraction: float = 0.15,
        categorical_features: Sequence[str | int] | None = None,
        class_weight: dict[Any, float] | str | None = None,
        threshold: str | None = None,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        self.time_budget = time_budget
        self.max_trials = max_trials
        self.target_error = target_error
        self.validation_fraction = validation_fraction
        self.categorical_features = categorical_features
        self.class_weight = class_weight
        self.threshold = threshold
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @property
    def temperature_(self) -> float:
        """The temperature of the probabilities."""
        check_is_fitted(self, "model_")
        return float(self.model_.temperature)

    @property
    def threshold_(self) -> float:
        """The threshold of the decision between two classes."""
        check_is_fitted(self, "model_")
        return 0.5 if self.model_.threshold is None else float(self.model_.threshold)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each row; of two, the second where its probability is above `threshold_`.

        Parameters
        ----------
        X : pandas, polars or pyarrow frame, or array-like of shape (rows, columns)
            The columns of `fit`, in the same order.

        Returns
        -------
        array of shape (rows,)

        Warns
        -----
        DataWarning
            If values lie far outside the training range, or the decimal sign is ambiguous.
        """
        outputs = self._outputs(X)
        codes = (outputs[:, 0] > self.threshold_).astype(np.int64) if outputs.shape[1] == 1 else outputs.argmax(axis=1)
        labels: NDArray[Any] = self.classes_[codes]
        return labels

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class.

        Parameters
        ----------
        X : pandas, polars or pyarrow frame, or array-like of shape (rows, columns)
            The columns of `fit`, in the same order.

        Returns
        -------
        float64 array of shape (rows, classes)
            In the order of `classes_`; rows sum to 1.

        Warns
        -----
        DataWarning
            If values lie far outside the training range, or the decimal sign is ambiguous.
        """
        outputs = self._outputs(X)
        return self.model_.target.probabilities(outputs)

    def _check_parameters(self) -> Budget:
        if self.threshold is not None:
            check_choice("threshold", self.threshold, THRESHOLD_METRICS)
        return super()._check_parameters()

    def _read_target(self, values: NDArray[Any]) -> Target:
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise DataError("y must be finite, found infinity; give classes, or use WellfitRegressor for numbers.")
        try:
            check_classification_targets(values)
            classes, codes = np.unique(values, return_inverse=True)
        except TypeError as error:
            raise DataError("y mixes text and numbers; give labels of one type.") from error
        if len(classes) < 2:
            raise DataError(f"y holds only one class ({classes.tolist()[0]!r}); at least two classes are needed.")
        if self.threshold is not None and len(classes) > 2:
            raise SpecError(f"threshold needs two classes, found {len(classes)}; set threshold=None.")
        self.classes_ = classes
        return Target("y", codes.astype(np.float64), _plain_labels(classes))

    def _numbers(self, values: NDArray[Any], name: str) -> NDArray[np.float64]:
        strange = ~np.isin(values, self.classes_)
        if strange.any():
            found, known = values[strange].tolist()[0], quoted(self.classes_.tolist())
            raise DataError(f"{name} holds {found!r}, which is not one of the classes of y: {known}; drop such rows.")
        return np.searchsorted(self.classes_, values).astype(np.float64)

    def _shared(self, given: Array | None, codes: Array) -> tuple[Array | None, Array | None]:
        shares = class_shares(self.class_weight, Classes(self.classes_), codes[:, np.newaxis])
        if shares is None:
            return given, None
        by_class = shares[codes.astype(np.int64)]
        weights = by_class if given is None else by_class * given
        return weights, shares


class WellfitRegressor(RegressorMixin, BaseWellfit):  # type: ignore[misc]
    """A regressor for whole tables: an average of networks that are trained as one population.

    Numbers are scaled, categories encoded, dates split into parts and missing values imputed, all as learned on the training rows;
    the target is standardised, and predictions are in its own units.

    Without a budget the default network is trained from five seeds and averaged, each at the epoch with the lowest squared error on
    the dev rows. With `time_budget` or `max_trials` a search tries better ones, in rounds guided by its diagnosis of the best so
    far, and averages the best with networks of the same settings that are trained on all rows. No rows are held
    out for a test: keep some yourself.

    Parameters
    ----------
    time_budget : float or None, default=None
        Seconds that a search may take, including preparation and the final training on all rows; at least 1. None: no limit.
    max_trials : int or None, default=None
        Maximum number of networks that a search tries. Without `time_budget` the result is then the same to the last bit for any
        `n_jobs`. With both, whichever is used up first; with neither, there is no search.
    target_error : float or None, default=None
        The RMSE, in units of the target, at which a search stops, and from which bias is measured. None: that of the best simple model.
    validation_fraction : float, default=0.15
        Share of the rows held out as dev rows for the default network, 10,000 at most. A search makes its own split.
    categorical_features : sequence of str or int, or None, default=None
        Columns, by name or index, that hold categories although they look like numbers; text, intervals and categories need not be listed.
    n_jobs : int or None, default=None
        Networks trained at once; None: one for each core. The result does not depend on it.
    random_state : int, RandomState instance or None, default=None
        Seed of the dev rows, the folds of encodings, initial weights, shuffles and dropout.
    verbose : bool, default=False
        Whether to print progress.

    Attributes
    ----------
    model_ : FittedModel
        Preparation and networks; `wellfit.save` takes it, or the estimator.
    study_ : Study
        The study: all trials and decisions.
    verdict_ : Verdict or None
        Underfits, overfits, fits or undecided, by the errors on training and dev rows; `wellfit.diagnose` gives more detail. None if a
        fit was stopped before its first network was evaluated.
    histories_ : list of History
        Costs and errors of every epoch, for each network; costs are of the standardised target.
    n_iter_ : int
        The largest number of epochs of a network.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : array of str
        Their names, where X had any.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"age": range(40), "town": ["here", "there"] * 20})
    >>> model = WellfitRegressor(random_state=0).fit(table, [2.0 * age for age in range(40)])
    >>> model.predict(table).shape
    (40,)
    """

    _task = "regression"
    _numeric_targets = True

    def __init__(
        self,
        *,
        time_budget: float | None = None,
        max_trials: int | None = None,
        target_error: float | None = None,
        validation_fraction: float = 0.15,
        categorical_features: Sequence[str | int] | None = None,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        self.time_budget = time_budget
        self.max_trials = max_trials
        self.target_error = target_error
        self.validation_fraction = validation_fraction
        self.categorical_features = categorical_features
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def predict(self, X: Any) -> Array:
        """Return a number for each row, in the units of the target.

        Parameters
        ----------
        X : pandas, polars or pyarrow frame, or array-like of shape (rows, columns)
            The columns of `fit`, in the same order.

        Returns
        -------
        float64 array of shape (rows,)

        Warns
        -----
        DataWarning
            If values lie far outside the training range, or the decimal sign is ambiguous.
        """
        outputs = self._outputs(X)
        numbers: Array = self.model_.target.decode(outputs)
        return numbers

    def _read_target(self, values: NDArray[Any]) -> Target:
        return Target("y", _numbers(values, "y"))

    def _numbers(self, values: NDArray[Any], name: str) -> NDArray[np.float64]:
        return _numbers(values, name)


def _plain_labels(classes: NDArray[Any]) -> tuple[Label, ...]:
    """Return class labels as Python's own text, truth values or numbers, which a saved model can hold."""
    labels = tuple(classes.tolist())
    if all(isinstance(label, str) for label in labels) or classes.dtype.kind in "biuf":
        return labels
    raise DataError(f"y holds labels such as {labels[0]!r} ({type(labels[0]).__name__}); give text, whole numbers or truth values.")


def _numbers(values: NDArray[Any], name: str) -> NDArray[np.float64]:
    """Return the values of a regression's target as numbers."""
    refuse_moments(values, name)
    if values.dtype.kind == "c":
        raise DataError(f"Complex data not supported: {name} must hold real numbers.")
    try:
        numbers = values.astype(np.float64)
    except OverflowError as error:
        raise DataError(f"{name} holds a number beyond 1e308, the largest of float64; correct it or drop the row.") from error
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{name} must hold numbers for a regression, found {values.tolist()[0]!r}; use WellfitClassifier for classes."
        ) from error
    if not np.isfinite(numbers).all():
        raise DataError(f"{name} must be finite, found infinity; correct these values or drop the rows.")
    return numbers
