"""What both estimators share: from a table to a fitted network, and from there to predictions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from wellfit.engines.contract import Array, State, TrainingData, get_engine
from wellfit.engines.gradcheck import GradientCheck, check_gradients
from wellfit.engines.layout import Layout
from wellfit.errors import SpecError
from wellfit.estimators.initial import as_vector, draw, draw_seed, taken
from wellfit.estimators.parameters import make_spec, takes_steps
from wellfit.estimators.running import Printer, hold_out, one_epoch, resumed, warn_of_batch_size, warn_of_outcome
from wellfit.estimators.targets import Classes, Targets
from wellfit.estimators.validation import Table, check_table, class_shares, examples, weighted
from wellfit.spec import Spec
from wellfit.training.arrays import make_data
from wellfit.training.fit import FitResult, fit
from wellfit.training.threads import one_blas_thread

OUTPUT_ACTIVATIONS = {"binary_cross_entropy": "logistic", "cross_entropy": "softmax", "poisson": "exp"}


class BaseMLP(ABC, BaseEstimator):  # type: ignore[misc]
    """Fits and predicts; the parameters belong to the classes that inherit.

    All work is delegated: the parameters become a `Spec`, the table becomes `TrainingData`, `wellfit.training.fit.fit` trains,
    and what it returns becomes fitted attributes.
    """

    _numeric_targets: bool

    @abstractmethod
    def _learn_targets(self, y: Any) -> Targets:
        """Return how the targets of a first fit are coded."""

    @abstractmethod
    def _same_targets(self, y: Any) -> Targets:
        """Return how targets are coded so far; raise unless a warm start may go on with these."""

    # === Fitting ===

    def fit(self, X: Any, y: Any, sample_weight: Any = None, *, eval_set: Any = None) -> Self:
        """Train on a table: anew, or with `warm_start` from where the last fit ended.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (rows, inputs)
            The examples. The network computes in float32 if they are float32, else in float64. Sparse tables are made dense.
        y : array-like of shape (rows,) or (rows, outputs)
            The targets.
        sample_weight : array-like of shape (rows,), optional
            What each row counts.
        eval_set : tuple (X, y) or (X, y, sample_weight), optional
            Rows to look at on the way, for `history_`. With `early_stopping` they decide when to stop, and none are split off.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter or the table cannot be used.
        """
        again = bool(self.warm_start) and hasattr(self, "coefs_")
        table = check_table(self, X, y, sample_weight, reset=not again, numeric=self._numeric_targets)
        targets = self._same_targets(table.y) if again else self._learn_targets(table.y)
        return self._train(table, targets, eval_set=eval_set, again=again)

    def _fit_one_epoch(self, X: Any, y: Any, sample_weight: Any, first_targets: Targets | None) -> Self:
        """Train for one epoch, the optimiser going on where it was."""
        if self.early_stopping:
            raise SpecError("partial_fit does not support early_stopping=True; it is shown only a part of the rows.")
        if getattr(self, "class_weight", None) == "balanced":
            raise SpecError("partial_fit does not support class_weight='balanced', which needs all rows at once; give a dict.")
        again = hasattr(self, "coefs_")
        table = check_table(self, X, y, sample_weight, reset=not again, numeric=self._numeric_targets)
        targets = first_targets or getattr(self, "_targets", None) or self._learn_targets(table.y)
        return self._train(table, targets, again=again, incremental=True)

    def _train(self, table: Table, targets: Targets, *, again: bool, eval_set: Any = None, incremental: bool = False) -> Self:
        """Train on a checked table, from the fitted parameters where this is not the first time."""
        before: State | None = getattr(self, "_state", None) if again else None
        done = 0 if before is None else before.epoch
        splits = bool(self.early_stopping) and not incremental and eval_set is None and takes_steps(self)
        spec = self._spec_for(table, targets, has_dev=splits or eval_set is not None, done=0 if incremental else done)
        if incremental:
            spec = one_epoch(spec, done, getattr(self, "t_", 0))
        generator = check_random_state(self.random_state)
        # In scikit-learn's order: weights, the split, all that training needs.
        parameters = self._fitted_parameters(spec) if again else self._initial_parameters(spec, generator)
        data = self._data(table, targets, spec, generator if splits else None, eval_set)
        warn_of_batch_size(self.batch_size, len(data.rows))
        seed = draw_seed(generator)
        if before is not None:
            keep_best = self._spec.training.monitor == spec.training.monitor
            before = resumed(before, parameters, keep_moments=incremental, keep_best=keep_best)
        printer = Printer(scores=spec.training.monitor == "dev_error") if self.verbose else None
        result = fit(
            spec,
            data,
            seed=seed,
            engine=self.engine,
            parameters=parameters if before is None else None,
            state=before,
            epochs=1 if incremental else None,
            on_progress=printer,
        )
        self._keep(result, targets, rows=len(data.rows), again=again)
        if self.verbose and not incremental:
            print(f"Training {result.message}")
        if result.diverged or not incremental:
            warn_of_outcome(result)
        return self

    def _spec_for(self, table: Table, targets: Targets, *, has_dev: bool, done: int = 0) -> Spec:
        """Return the spec that the parameters describe for this table."""
        dtype = str(table.X.dtype)
        return make_spec(self, inputs=table.X.shape[1], outputs=targets.outputs, loss=targets.loss, dtype=dtype, has_dev=has_dev, done=done)

    def _data(
        self, table: Table, targets: Targets, spec: Spec, splitter: np.random.RandomState | None, eval_set: Any = None
    ) -> TrainingData:
        """Return the table as an engine takes it, with the dev rows that there are to be."""
        dtype = spec.training.dtype
        codes = targets.encode(table.y, dtype)
        shares = class_shares(getattr(self, "class_weight", None), targets, codes)
        weights = weighted(table.weights, shares, codes)
        if splitter is not None:
            labels = table.y if isinstance(targets, Classes) and targets.outputs == 1 else None
            rows, dev_rows = hold_out(len(codes), self.validation_fraction, labels, splitter)
            return make_data(table.X, codes, dtype, weights, rows=rows, dev_rows=dev_rows)
        if eval_set is None:
            return make_data(table.X, codes, dtype, weights)
        if not isinstance(eval_set, tuple | list) or len(eval_set) not in (2, 3):
            raise SpecError("eval_set must be a tuple (X, y) or (X, y, sample_weight).")
        dev = check_table(self, *eval_set, reset=False, numeric=self._numeric_targets)
        dev_codes = targets.encode(dev.y, dtype)
        return make_data(table.X, codes, dtype, weights, dev=(dev.X, dev_codes, weighted(dev.weights, shares, dev_codes)))

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
            raise SpecError(
                f"hidden_layer_sizes, X and y must stay as they were fitted, with layers {layers}, found {spec.network.layers}."
            )
        return as_vector(self.coefs_, self.intercepts_, spec.training.dtype)

    # === What is kept ===

    def _keep(self, result: FitResult, targets: Targets, *, rows: int, again: bool) -> None:
        """Set the fitted attributes."""
        spec, state, history = result.spec, result.state, result.history
        self._spec, self._state, self._targets = spec, state, targets
        self.coefs_, self.intercepts_ = Layout.of(spec.network).coefs_and_intercepts(result.parameters)
        if isinstance(targets, Classes):
            self.classes_ = targets.classes
        self.n_layers_, self.n_outputs_ = len(spec.network.widths), spec.network.outputs
        self.out_activation_ = OUTPUT_ACTIVATIONS.get(spec.training.loss, "identity")
        self.n_iter_ = history.epochs
        self.t_ = getattr(self, "t_", 0) if again else 0
        self.loss_ = float(history.cost[-1]) if history.epochs else float("nan")
        if spec.training.optimizer.name != "lbfgs":
            self.t_ += history.epochs * rows
            self.loss_curve_ = [*(getattr(self, "loss_curve_", []) if again else []), *history.cost.tolist()]
            self._keep_best(result, again=again)
        earlier = getattr(self, "history_", None) if again else None
        self.history_ = history if earlier is None else earlier.followed_by(history)

    def _keep_best(self, result: FitResult, *, again: bool) -> None:
        """Set the best loss, or, where rows decide on stopping, their scores and the best of them."""
        self.best_loss_: float | None
        if result.spec.training.monitor != "dev_error":
            self.best_loss_, self.validation_scores_, self.best_validation_score_ = result.state.best_score, None, None
            return
        earlier = (getattr(self, "validation_scores_", None) or []) if again else []
        self.validation_scores_ = [*earlier, *(1.0 - result.history.dev_error).tolist()]
        self.best_loss_, self.best_validation_score_ = None, 1.0 - result.state.best_score

    # === Predictions ===

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether a fit has ended; one that failed has left the number of columns behind."""
        return hasattr(self, "_spec")

    def _outputs(self, X: Any) -> Array:
        """Return the network's outputs for a table."""
        check_is_fitted(self)
        dtype = self._spec.training.dtype
        table = examples(self, X, dtype)
        with one_blas_thread():
            return get_engine(self.engine).forward(self._spec, as_vector(self.coefs_, self.intercepts_, dtype), table)

    def check_gradients(self, X: Any, y: Any, sample_weight: Any = None, **options: Any) -> GradientCheck:
        """Compare the network's gradient on a table with central differences of its cost.

        The check is at the fitted parameters, or before a fit at initial ones, in float64, with the penalties and dropout in.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (rows, inputs)
            The examples.
        y : array-like of shape (rows,) or (rows, outputs)
            The targets.
        sample_weight : array-like of shape (rows,), optional
            What each row counts.
        **options
            ``seed``, ``sample``, ``rows``, ``threshold``: see `wellfit.check_gradients`.

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
        data = self._data(table, targets, spec, None)
        with one_blas_thread():
            return check_gradients(spec, data.X, data.Y, parameters, weights=data.weights, engine=self.engine, **options)

    def __sklearn_tags__(self) -> Any:
        """Say what scikit-learn needs to know about an estimator."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
