"""`MLPClassifier` and `MLPRegressor`: scikit-learn's own, with more to choose from, trained by wellfit's engines.

Parameters, defaults, fitted attributes and behaviour are those of scikit-learn's classes of the same names; ours are at the end
of the list. Intended differences are listed in docs/differences.md.

The file is long because signatures and parameters are documented at the class, where scikit-learn's users expect them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.metaestimators import available_if

from wellfit.engines.types import Array
from wellfit.errors import SpecError, unknown_name
from wellfit.estimators.base import BaseMLP
from wellfit.estimators.parameters import takes_steps
from wellfit.estimators.targets import Classes, Numbers
from wellfit.spec import CLASSIFICATION_LOSSES, LOSSES, Network, Optimizer, Schedule, Training
from wellfit.training.fit import DEFAULT_ENGINE

__all__ = ["MLPClassifier", "MLPRegressor"]

REGRESSION_LOSSES = tuple(loss for loss in LOSSES if loss not in CLASSIFICATION_LOSSES)
InitialWeights = tuple[list[ArrayLike], list[ArrayLike]]
Scoring = str | Callable[[Any, Any, Any], float] | None


def _takes_steps(estimator: Any) -> bool:
    """Return True, or raise what `hasattr` understands."""
    if not takes_steps(estimator):
        raise AttributeError("partial_fit is only available for stochastic optimizers. lbfgs is not stochastic.")
    return True


class MLPClassifier(ClassifierMixin, BaseMLP):  # type: ignore[misc]
    """A dense network that predicts the class, or the labels, of each row.

    Minimises J = mean cross-entropy + alpha / 2m sum W^2 + l1 / m sum abs(W), with m the rows of a batch (or their total weight).

    Parameters
    ----------
    hidden_layer_sizes : int or array-like of int, default=(100,)
        Units of each hidden layer; ``()`` is logistic regression.
    activation : str or array-like of str, default="relu"
        Of the hidden layers, one for all or one for each: ``identity``, ``logistic`` (or ``sigmoid``), ``tanh``, ``relu``,
        ``leaky_relu``, ``gelu``, ``silu``.
    solver : str or Optimizer, default="adam"
        ``lbfgs``, ``sgd`` (momentum), ``adam`` (scikit-learn's form of epsilon), ``gradient_descent``, ``averaged_momentum``,
        ``rmsprop``, ``adamw``; or an `Optimizer`, with settings of its own.
    alpha : float, default=0.0001
        L2 penalty.
    batch_size : int, None or "auto", default="auto"
        Rows a step; None takes all, ``"auto"`` 200.
    learning_rate : str or Schedule, default="constant"
        ``constant``, ``invscaling``, ``adaptive``, ``inverse_time``, ``exponential``, ``inverse_sqrt``, ``cosine``; or a
        `Schedule`, with settings of its own, its learning rate included. As in scikit-learn, the solver ``adam``
        ignores ``invscaling`` and ``adaptive``; give a `Schedule` to combine them.
    learning_rate_init : float, default=0.001
        The rate at the start.
    power_t : float, default=0.5
        Exponent of ``invscaling``.
    max_iter : int, default=200
        Maximum number of epochs; for ``lbfgs``, of iterations.
    shuffle : bool, default=True
        Whether to shuffle the rows in each epoch. No effect if one batch holds all rows.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, the rows split off by `early_stopping`, shuffles and dropout.
    tol : float, default=1e-4
        Improvements smaller than this are ignored; for ``lbfgs``, the largest component of the gradient at convergence. Without
        `early_stopping`, 0 also means that all of `max_iter` is intended: there is no warning when it is used up.
    verbose : bool, default=False
        Whether to print every epoch.
    warm_start : bool, default=False
        Whether `fit` resumes where the last call ended: with its weights (or those written to `coefs_` since), the optimiser's
        memory, the position in the schedule, the best epoch so far, and the rows that were split off.
    momentum : float, default=0.9
        Momentum of ``sgd`` and ``averaged_momentum``.
    nesterovs_momentum : bool, default=True
        Whether ``sgd`` uses Nesterov's momentum.
    early_stopping : bool, default=False
        Whether to stop when the error on rows not trained on has stopped falling, and to keep the best epoch.
    validation_fraction : float, default=0.1
        The share of the rows that `early_stopping` splits off, unless `fit` is given an `eval_set`.
    beta_1, beta_2 : float, default=0.9, 0.999
        Decay rates of the Adam family; ``rmsprop`` uses `beta_2`.
    epsilon : float, default=1e-8
        Keeps the denominators of the Adam family and of ``rmsprop`` above zero.
    n_iter_no_change : int, default=10
        Epochs without improvement before stopping; ``inf``: any number, and no warning when `max_iter` is used up. ``lbfgs``
        uses it only with an `eval_set`.
    max_fun : int, default=15000
        Maximum number of evaluations of the cost by ``lbfgs``.
    dropout : float or array-like of float, default=0.0
        Rate of hidden units dropped in training, one for all layers or one for each.
    input_dropout : float, default=0.0
        Rate of inputs dropped in training.
    l1 : float, default=0.0
        L1 penalty.
    label_smoothing : float, default=0.0
        Share of each target that is spread evenly over the classes.
    initializer : str, default="sklearn"
        How weights are drawn: ``sklearn`` (the same numbers as scikit-learn draws from the same `random_state`), ``auto`` (He for
        the ReLU family, Xavier for the others), ``zeros``, or ``random_``, ``xavier_``, ``he_``, ``glorot_`` with ``normal`` or
        ``uniform``.
    initial_scale : float, default=0.01
        Factor of the ``random_`` initialisers.
    initial_weights : pair (coefs, intercepts) of lists of arrays, default=None
        Weights to start from, in place of drawn ones.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class; ``"balanced"`` gives all classes the same total weight. Not for multi-label targets.
    scoring : str, callable or None, default=None
        Score for `early_stopping`: None: accuracy; ``"loss"``: the loss; or any scorer, by its name or as a function of
        (estimator, X, y), which is slower. Scorers receive the weights of rows, not those of classes.
    engine : str, default="compiled"
        ``compiled`` is fast; ``reference`` is the textbook in NumPy.
    n_jobs : int or None, default=None
        Maximum number of threads for a wide network; None or -1: all cores. The result does not depend on it.

    Attributes
    ----------
    classes_ : array of shape (classes,)
        Class labels.
    coefs_, intercepts_ : list of arrays of shape (fan in, fan out), and (fan out,)
        Weights and biases of each layer. They may be written to, and `predict` reads them.
    loss_ : float
        Training cost of the last epoch.
    loss_curve_ : list of float
        Training cost of every epoch; not with ``lbfgs``, whose costs are in `history_`.
    best_loss_ : float or None
        The lowest of them; None with `early_stopping`.
    validation_scores_, best_validation_score_ : list of float and float, or None
        Of every epoch on the rows that decide on stopping, and the best: accuracy, or that of `scoring` (of ``"loss"``, with the
        sign changed); None without `early_stopping`.
    n_iter_ : int
        Epochs, or iterations of ``lbfgs``, of the last call.
    t_ : int
        Training rows processed in all.
    n_layers_, n_outputs_ : int
        Number of layers, including the input, and units of the last.
    out_activation_ : str
        ``softmax``, or for two classes and for labels ``logistic``.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : array of str
        Their names, where X had any.
    outcome_ : str
        How the last call ended: ``converged``, ``stopped_early``, ``epochs_used_up``, ``interrupted``, ``diverged``; ``running``
        after a `partial_fit` that may be resumed.
    history_ : History
        Costs, errors, learning rates and gradient norms of all epochs; on validation rows, too, if there are any.
    model_ : NetworkModel
        The network alone, which `wellfit.save` saves.

    Examples
    --------
    >>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]
    >>> model = MLPClassifier(hidden_layer_sizes=4, activation="tanh", solver="lbfgs", random_state=1, engine="reference")
    >>> model.fit(X, y).predict(X).tolist()
    [0, 1, 1, 0]
    """

    # As in scikit-learn, where a classifier has the attribute but not the parameter.
    loss = "log_loss"
    _numeric_targets = False

    def __init__(
        self,
        hidden_layer_sizes: int | ArrayLike = (100,),
        activation: str | tuple[str, ...] = "relu",
        *,
        solver: str | Optimizer = "adam",
        alpha: float = 0.0001,
        batch_size: int | str | None = "auto",
        learning_rate: str | Schedule = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        dropout: float | tuple[float, ...] = Training.dropout,
        input_dropout: float = Training.input_dropout,
        l1: float = Training.l1,
        label_smoothing: float = Training.label_smoothing,
        initializer: str = "sklearn",
        initial_scale: float = Network.initial_scale,
        initial_weights: InitialWeights | None = None,
        class_weight: dict[Any, float] | str | None = None,
        scoring: Scoring = None,
        engine: str = DEFAULT_ENGINE,
        n_jobs: int | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.l1 = l1
        self.label_smoothing = label_smoothing
        self.initializer = initializer
        self.initial_scale = initial_scale
        self.initial_weights = initial_weights
        self.class_weight = class_weight
        self.scoring = scoring
        self.engine = engine
        self.n_jobs = n_jobs

    @available_if(_takes_steps)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None, *, eval_set: Any = None) -> Self:
        """Train for one epoch on these rows, from where the last call ended.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (rows, inputs)
            The rows.
        y : array-like of shape (rows,) or (rows, labels)
            The targets.
        sample_weight : array-like of shape (rows,), optional
            Weight of each row.
        classes : array-like of shape (classes,), optional
            All classes that may occur; required at the first call. For multi-label targets the columns' numbers.
        eval_set : tuple (X, y) or (X, y, sample_weight), optional
            Validation rows, for `history_`. With `early_stopping`, which needs them here, the weights are those of the best call so
            far, and training resumes from the last; `outcome_` shows when it is time to stop.

        Returns
        -------
        self : object
            The estimator.
        """
        return self._fit_one_epoch(X, y, sample_weight, self._announced(y, classes), eval_set)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each row, or its labels.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (rows, inputs)
            The examples. A frame needs the columns of `fit`, in the same order.

        Returns
        -------
        array of shape (rows,) or (rows, labels)
        """
        outputs = self._outputs(X)
        return self._targets.decode(outputs)

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, or of each label.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (rows, inputs)
            The rows.

        Returns
        -------
        array of shape (rows, classes)
            In the order of `classes_`.
        """
        outputs = self._outputs(X)
        return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithm of what `predict_proba` returns.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (rows, inputs)
            The rows.

        Returns
        -------
        array of shape (rows, classes)
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    # === Targets ===

    def _learn_targets(self, y: Any) -> Classes:
        """Return how the classes are coded."""
        return Classes.of(y)

    def _same_targets(self, y: Any) -> Classes:
        """Return the classes of the last fit; raise unless y has the same."""
        found = Classes.of(y).classes
        if set(found.tolist()) != set(self.classes_.tolist()):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous call to fit. "
                f"Previously got {self.classes_}, `y` has {found}"
            )
        return cast(Classes, self._targets)

    def _announced(self, y: Any, classes: Any) -> Classes | None:
        """Return the classes that a first call of `partial_fit` names; None where they are known already."""
        known = getattr(self, "classes_", None)
        if classes is None:
            if known is None:
                raise ValueError("classes must be passed on the first call to partial_fit.")
            return None
        given = np.unique(classes)
        if known is not None:
            if not np.array_equal(known, given):
                raise ValueError(f"`classes={classes!r}` is not the same as on last call to partial_fit, was: {known!r}")
            return None
        of_rows = Classes.of(y if issparse(y) else np.asarray(y))
        if of_rows.multilabel and not np.array_equal(of_rows.classes, given):
            raise SpecError(f"classes must be the numbers of y's columns, 0 to {len(of_rows.classes) - 1}, found {classes!r}.")
        return of_rows if of_rows.multilabel else Classes(given)

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags of the classifier."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class MLPRegressor(RegressorMixin, BaseMLP):  # type: ignore[misc]
    """A dense network that predicts one or several numbers for each row.

    Minimises J = mean loss + alpha / 2m sum W^2 + l1 / m sum abs(W), with m the rows of a batch (or their total weight) and the loss
    of a row summed over its targets.

    Parameters
    ----------
    loss : str, default="squared_error"
        ``squared_error`` (half the square), ``absolute_error``, ``huber``, or ``poisson`` (half the deviance; predictions are
        exponentials, targets at least 0).
    hidden_layer_sizes, activation, solver, alpha, batch_size, learning_rate, learning_rate_init, power_t, max_iter, shuffle, \
random_state, tol, verbose, warm_start, momentum, nesterovs_momentum, early_stopping, validation_fraction, beta_1, beta_2, epsilon, \
n_iter_no_change, max_fun, dropout, input_dropout, l1, initializer, initial_scale, initial_weights, scoring, engine, n_jobs
        As in `MLPClassifier`, with the same defaults. Without `scoring`, the score of `early_stopping` is R^2.
    huber_delta : float, default=1.0
        Where ``huber`` changes from quadratic to linear, in units of the target.

    Attributes
    ----------
    coefs_, intercepts_, loss_, loss_curve_, best_loss_, validation_scores_, best_validation_score_, n_iter_, t_, n_layers_, \
n_outputs_, n_features_in_, feature_names_in_, outcome_, history_, model_
        As in `MLPClassifier`, with R^2 for accuracy.
    out_activation_ : str
        ``identity``, or ``exp`` for ``poisson``.

    Examples
    --------
    >>> model = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", alpha=0, random_state=1, engine="reference")
    >>> model.fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]).predict([[3.0]]).round(3).tolist()
    [7.0]
    """

    _numeric_targets = True

    def __init__(
        self,
        loss: str = "squared_error",
        hidden_layer_sizes: int | ArrayLike = (100,),
        activation: str | tuple[str, ...] = "relu",
        *,
        solver: str | Optimizer = "adam",
        alpha: float = 0.0001,
        batch_size: int | str | None = "auto",
        learning_rate: str | Schedule = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        dropout: float | tuple[float, ...] = Training.dropout,
        input_dropout: float = Training.input_dropout,
        l1: float = Training.l1,
        huber_delta: float = Training.huber_delta,
        initializer: str = "sklearn",
        initial_scale: float = Network.initial_scale,
        initial_weights: InitialWeights | None = None,
        scoring: Scoring = None,
        engine: str = DEFAULT_ENGINE,
        n_jobs: int | None = None,
    ) -> None:
        self.loss = loss
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.l1 = l1
        self.huber_delta = huber_delta
        self.initializer = initializer
        self.initial_scale = initial_scale
        self.initial_weights = initial_weights
        self.scoring = scoring
        self.engine = engine
        self.n_jobs = n_jobs

    @available_if(_takes_steps)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, *, eval_set: Any = None) -> Self:
        """Train for one epoch on these rows, from where the last call ended.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (rows, inputs)
            The rows.
        y : array-like of shape (rows,) or (rows, outputs)
            The targets.
        sample_weight : array-like of shape (rows,), optional
            Weight of each row.
        eval_set : tuple (X, y) or (X, y, sample_weight), optional
            Validation rows: see `MLPClassifier.partial_fit`.

        Returns
        -------
        self : object
            The estimator.
        """
        return self._fit_one_epoch(X, y, sample_weight, None, eval_set)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return one or several numbers for each row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (rows, inputs)
            The examples. A frame needs the columns of `fit`, in the same order.

        Returns
        -------
        array of shape (rows,) or (rows, outputs)
        """
        outputs = self._outputs(X)
        return self._targets.decode(outputs)

    # === Targets ===

    def _learn_targets(self, y: Any) -> Numbers:
        """Return how the targets are laid out."""
        if self.loss not in REGRESSION_LOSSES:
            raise SpecError(unknown_name("loss", self.loss, REGRESSION_LOSSES))
        return Numbers(1 if np.ndim(y) == 1 else np.shape(y)[1], self.loss)

    def _same_targets(self, y: Any) -> Numbers:
        """Return the same as for a first fit; other shapes do not fit the weights and are refused there."""
        return self._learn_targets(y)

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags of the regressor."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
