"""What both estimators share: from a table to a fitted network, and from there to predictions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from wellfit.engines.gradcheck import GradientCheck, check_gradients
from wellfit.engines.types import Array, Outcome
from wellfit.errors import SpecError
from wellfit.estimators.call import Call
from wellfit.estimators.callbacks import Callbacks, CallbackSupport, with_callbacks
from wellfit.estimators.initial import as_vector, draw, taken
from wellfit.estimators.memory import Memory
from wellfit.estimators.parameters import engine_of, make_spec
from wellfit.estimators.rows import CodedRows, FitRows
from wellfit.estimators.running import warn_of_outcome
from wellfit.estimators.targets import Classes, Targets
from wellfit.estimators.validation import CheckedTable, check_table, examples
from wellfit.render.blocks import Page
from wellfit.render.result import Reportable
from wellfit.spec import Spec
from wellfit.training.threads import one_blas_thread

if TYPE_CHECKING:
    from wellfit.store import NetworkModel


class BaseMLP(ABC, CallbackSupport, Reportable, BaseEstimator):  # type: ignore[misc]
    """Fits and predicts; the parameters belong to the classes that inherit.

    All work is delegated: the parameters become a `Spec`, the table becomes `TrainingData`, `wellfit.training.fit.fit` trains,
    and what it returns becomes fitted attributes.
    """

    _numeric_targets: bool
    _spec: Spec
    _targets: Targets
    _memory: Memory

    @abstractmethod
    def _learn_targets(self, y: Any) -> Targets:
        """Return how the targets of a first fit are coded."""

    @abstractmethod
    def _same_targets(self, y: Any) -> Targets:
        """Return how targets are coded so far; raise unless a warm start may resume with these."""

    # === Fitting ===

    @with_callbacks  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, eval_set: Any = None) -> Self:
        """Train on a table, from the start or, with `warm_start`, from where the last call ended.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (rows, inputs)
            The examples. The network computes in float32 if they are float32, else in float64. A sparse table is made dense, in
            that dtype.
        y : array-like of shape (rows,) or (rows, outputs)
            The targets.
        sample_weight : array-like of shape (rows,), optional
            Weight of each row.
        eval_set : tuple (X, y) or (X, y, sample_weight), optional
            Validation rows, evaluated after every epoch for `history_`. With `early_stopping` they decide when to stop, and no rows
            are split off.

        Returns
        -------
        self : object
            The fitted estimator. After Ctrl-C it has the best weights so far, and warns.

        Raises
        ------
        ValueError
            If a parameter or the table cannot be used.
        """
        again = bool(self.warm_start) and hasattr(self, "coefs_")
        table = check_table(self, X, y, sample_weight, reset=not again, numeric=self._numeric_targets)
        targets = self._same_targets(table.y) if again else self._learn_targets(table.y)
        run = Call(self, CodedRows(table), targets, again=again, eval_set=eval_set)
        callbacks = Callbacks(self, X, y, sample_weight)
        result = run.train(callbacks)
        if self.verbose:
            print(f"Training {result.message}")
        warn_of_outcome(result)
        callbacks.end()
        return self

    def _fit_one_epoch(self, X: Any, y: Any, sample_weight: Any, first_targets: Targets | None, eval_set: Any) -> Self:
        """Train for one epoch, from where the last call ended."""
        if self.early_stopping and eval_set is None:
            raise SpecError(
                "partial_fit does not support early_stopping=True without eval_set=(X, y): each call sees only some rows, so "
                "it cannot split off validation rows."
            )
        if getattr(self, "class_weight", None) == "balanced":
            raise SpecError("partial_fit does not support class_weight='balanced', which needs all rows at once; give a dict.")
        again = hasattr(self, "coefs_")
        table = check_table(self, X, y, sample_weight, reset=not again, numeric=self._numeric_targets)
        targets = first_targets or getattr(self, "_targets", None) or self._learn_targets(table.y)
        result = Call(self, CodedRows(table), targets, again=again, eval_set=eval_set, incremental=True).train()
        if result.diverged or result.outcome is Outcome.INTERRUPTED:
            warn_of_outcome(result)
        return self

    def _spec_for(self, table: CheckedTable, targets: Targets, *, has_dev: bool, done: int = 0) -> Spec:
        """Return the spec that the parameters describe for this table."""
        dtype = str(table.X.dtype)
        return make_spec(self, inputs=table.X.shape[1], outputs=targets.outputs, loss=targets.loss, dtype=dtype, has_dev=has_dev, done=done)

    # === Parameters of the network ===

    def _initial_parameters(self, spec: Spec, generator: np.random.RandomState) -> Array:
        """Return what a first fit starts from."""
        if self.initial_weights is not None:
            return taken(self.initial_weights, spec.network, spec.training.dtype)
        return draw(spec.network, self.initializer, generator, spec.training.dtype)

    def _fitted_parameters(self, spec: Spec) -> Array:
        """Return `coefs_` and `intercepts_`, as they are now, as one vector."""
        layers = tuple(np.shape(coef) for coef in self.coefs_)
        if layers != spec.network.layers:
            raise SpecError(f"hidden_layer_sizes, X and y must match the last fit, with layers {layers}, found {spec.network.layers}.")
        return as_vector(self.coefs_, self.intercepts_, spec.training.dtype)

    # === Predictions ===

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether a fit has ended; one that failed has left the number of columns behind."""
        return hasattr(self, "_spec")

    def _outputs(self, X: Any) -> Array:
        """Return the network's outputs for a table."""
        check_is_fitted(self)
        dtype, engine = self._spec.training.dtype, engine_of(self)
        parameters = as_vector(self.coefs_, self.intercepts_, dtype)
        with one_blas_thread():
            parts = [engine.forward(self._spec, parameters, part) for part in examples(self, X, dtype)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    @property
    def model_(self) -> NetworkModel:
        """The network alone, as `wellfit.save` keeps it; it predicts the same bits from arrays."""
        # Most networks are never saved, and need no files.
        from wellfit.store import NetworkModel, TrainedNetwork

        check_is_fitted(self)
        parameters = as_vector(self.coefs_, self.intercepts_, self._spec.training.dtype)
        classes = tuple(self._targets.classes.tolist()) if isinstance(self._targets, Classes) else ()
        names = tuple(getattr(self, "feature_names_in_", ()))
        return NetworkModel(TrainedNetwork(self._spec, self._memory.seed, parameters), classes, names)

    def blocks(self, whole: bool = False) -> Page:
        """Return the network, its classes and inputs; see `report`."""
        # Most networks are never shown, and a page takes many modules.
        from wellfit.estimators.model_page import training_pictures
        from wellfit.store.blocks import network_page

        model = self.model_
        pictures = training_pictures([self.history_]) if whole else []
        return network_page(model, type(self).__name__, self.get_params(), pictures, whole)

    def check_gradients(self, X: Any, y: Any, sample_weight: Any = None, **options: Any) -> GradientCheck:
        """Compare the network's gradient on a table with central differences of its cost.

        The check uses the fitted parameters (before a fit, initial ones), float64, and includes penalties and dropout.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (rows, inputs)
            The rows.
        y : array-like of shape (rows,) or (rows, outputs)
            The targets.
        sample_weight : array-like of shape (rows,), optional
            Weight of each row.
        **options
            ``random_state``, ``sample``, ``rows``, ``threshold``: see `wellfit.check_gradients`.

        Returns
        -------
        GradientCheck
        """
        fitted = hasattr(self, "coefs_")
        # A clone learns the columns in place of an estimator that a check is not to change.
        table = check_table(self if fitted else clone(self), X, y, sample_weight, reset=not fitted, numeric=self._numeric_targets)
        table = table._replace(X=table.X.astype(np.float64))
        targets = self._targets if fitted else self._learn_targets(table.y)
        spec = self._spec_for(table, targets, has_dev=False)
        generator = check_random_state(self.random_state)
        parameters = self._fitted_parameters(spec) if fitted else self._initial_parameters(spec, generator)
        data = FitRows(CodedRows(table)).data(targets, getattr(self, "class_weight", None), spec.training.dtype)
        with one_blas_thread():
            return check_gradients(spec, data.X, data.Y, parameters, sample_weight=data.weights, engine=engine_of(self), **options)

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags of the estimator."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
