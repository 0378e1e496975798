"""Frozen specifications: what a network is, how it is trained, how a table is split; to and from JSON.

A spec is validated when it is made, equal by value, and never changes. Its JSON form is shared by saved models, journals
and the command line. The defaults of wellfit stand here and nowhere else.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from wellfit.errors import SpecError, SpecTypeError, unknown_name

ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu", "leaky_relu", "gelu", "silu")
ACTIVATION_ALIASES = {"logistic": "sigmoid"}
LOSSES = ("squared_error", "absolute_error", "huber", "poisson", "binary_cross_entropy", "cross_entropy")
CLASSIFICATION_LOSSES = ("binary_cross_entropy", "cross_entropy")
INITIALIZERS = (
    "auto",
    "zeros",
    "random_normal",
    "random_uniform",
    "xavier_normal",
    "xavier_uniform",
    "he_normal",
    "he_uniform",
    "glorot_normal",
    "glorot_uniform",
)
OPTIMIZERS = ("gradient_descent", "momentum", "averaged_momentum", "rmsprop", "adam", "adamw", "lbfgs")
EPSILON_FORMS = ("outside", "inside", "uncorrected")
SCHEDULES = ("constant", "inverse_time", "exponential", "inverse_sqrt", "invscaling", "adaptive", "cosine")
MONITORS = ("auto", "none", "cost", "dev_cost", "dev_error")
DTYPES = ("float32", "float64")
TASKS = ("auto", "classification", "regression")


# === Checks ===


def _number(name: str, value: Any, low: float, high: float = math.inf, *, open_low: bool = False, open_high: bool = False) -> None:
    """Raise unless `value` is a real number between the bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SpecTypeError(f"{name} must be a number, found {value!r} ({type(value).__name__}).")
    below = value <= low if open_low else value < low
    above = value >= high if open_high else value > high
    if math.isnan(value) or below or above or (math.isinf(value) and not math.isinf(high)):
        left, right = "(" if open_low else "[", ")" if open_high or math.isinf(high) else "]"
        raise SpecError(f"{name} must lie in {left}{low:g}, {high:g}{right}, found {value!r}.")


def _whole(name: str, value: Any, low: int) -> None:
    """Raise unless `value` is a whole number of at least `low`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise SpecTypeError(f"{name} must be a whole number, found {value!r} ({type(value).__name__}).")
    if value < low:
        raise SpecError(f"{name} must be at least {low}, found {value!r}.")


def _choice(name: str, value: Any, valid: Sequence[str]) -> None:
    """Raise unless `value` is one of the names in `valid`."""
    if value not in valid:
        raise SpecError(unknown_name(name, value, valid))


def _flag(name: str, value: Any) -> None:
    """Raise unless `value` is a truth value."""
    if not isinstance(value, bool):
        raise SpecTypeError(f"{name} must be True or False, found {value!r}.")


# === JSON ===


class _Json:
    """`to_dict` and `from_dict` for a frozen dataclass whose nested specs are named in `_nested`."""

    _nested: Mapping[str, type[_Json]] = {}

    def _to_python(self) -> None:
        """Replace NumPy scalars, alone or in sequences, by Python's numbers, which JSON knows."""
        for item in dataclasses.fields(self):  # type: ignore[arg-type]
            object.__setattr__(self, item.name, _python(getattr(self, item.name)))

    def to_dict(self) -> dict[str, Any]:
        """Return the spec as a dictionary that `json.dumps` accepts.

        Returns
        -------
        dict
            Field names to numbers, strings, lists, None and nested dictionaries.
        """
        return {
            item.name: _plain(getattr(self, item.name))
            for item in dataclasses.fields(self)  # type: ignore[arg-type]
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Make the spec from a dictionary such as `to_dict` gives.

        Parameters
        ----------
        values : mapping
            Field names to values; fields left out take their defaults.

        Returns
        -------
        Spec of this class

        Raises
        ------
        SpecError
            If a field is unknown or a value cannot be used.
        """
        if not isinstance(values, Mapping):
            raise SpecTypeError(f"{cls.__name__} must be given as a JSON object, found {type(values).__name__}.")
        known = [item.name for item in dataclasses.fields(cls)]  # type: ignore[arg-type]
        for name in values:
            if name not in known:
                raise SpecError(unknown_name(f"field of {cls.__name__}", name, known))
        made = {name: _frozen(value, cls._nested.get(name)) for name, value in values.items()}
        try:
            return cls(**made)
        except TypeError as error:
            if isinstance(error, SpecTypeError):
                raise
            raise SpecError(f"{cls.__name__} is incomplete: {error}.") from error

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, validated anew.

        Parameters
        ----------
        **changes
            Field names and their new values.

        Returns
        -------
        Spec of this class
        """
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]


def _python(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_python(part) for part in value)
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", None) == 0 else value


def _plain(value: Any) -> Any:
    if isinstance(value, _Json):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def _frozen(value: Any, nested: type[_Json] | None) -> Any:
    if nested is not None and isinstance(value, Mapping):
        return nested.from_dict(value)
    if isinstance(value, list):
        return tuple(_frozen(part, None) for part in value)
    return value


# === Network ===


@dataclass(frozen=True)
class Network(_Json):
    """The shape of a dense network: A[l] = g(A[l-1] W[l] + b[l]).

    Parameters
    ----------
    inputs : int
        Number of input columns.
    hidden : tuple of int
        Units of each hidden layer; empty for logistic and linear regression.
    outputs : int
        Units of the last layer: 1 for two classes or one target, else one a class, a label or a target.
    activation : str or tuple of str
        One for all hidden layers, or one for each (see `ACTIVATIONS`; ``logistic`` is an alias of ``sigmoid``).
    initializer : str
        See `INITIALIZERS`; ``auto`` is He (normal) for the ReLU family and Xavier (normal) for the others, layer by layer.
    initial_scale : float
        Factor of ``random_normal`` (its standard deviation) and ``random_uniform`` (its half width).

    Raises
    ------
    SpecError
        If a value is out of range or a name is unknown.

    Examples
    --------
    >>> Network(inputs=2, hidden=(20, 3), outputs=1).widths
    (2, 20, 3, 1)
    """

    inputs: int
    hidden: tuple[int, ...] = (100,)
    outputs: int = 1
    activation: str | tuple[str, ...] = "relu"
    initializer: str = "auto"
    initial_scale: float = 0.01

    def __post_init__(self) -> None:
        """Validate, and spell aliases out."""
        self._to_python()
        if not isinstance(self.hidden, tuple):
            raise SpecTypeError(f"hidden must be a sequence of whole numbers, found {self.hidden!r}.")
        _whole("inputs", self.inputs, 1)
        _whole("outputs", self.outputs, 1)
        for number, units in enumerate(self.hidden, start=1):
            _whole(f"hidden layer {number}", units, 1)
        names = self.activation
        if not isinstance(names, str):
            if len(names) != len(self.hidden):
                raise SpecError(f"activation must be one name or one for each of the {len(self.hidden)} hidden layers, found {len(names)}.")
        for name in (names,) if isinstance(names, str) else names:
            _choice("activation", name, (*ACTIVATIONS, *ACTIVATION_ALIASES))
        if isinstance(names, str):
            object.__setattr__(self, "activation", ACTIVATION_ALIASES.get(names, names))
        else:
            object.__setattr__(self, "activation", tuple(ACTIVATION_ALIASES.get(name, name) for name in names))
        _choice("initializer", self.initializer, INITIALIZERS)
        _number("initial_scale", self.initial_scale, 0.0)

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of every layer, the input first."""
        return (self.inputs, *self.hidden, self.outputs)

    @property
    def activations(self) -> tuple[str, ...]:
        """One activation name for each hidden layer."""
        if isinstance(self.activation, str):
            return (self.activation,) * len(self.hidden)
        return self.activation

    @property
    def layers(self) -> tuple[tuple[int, int], ...]:
        """(fan in, fan out) of each layer with weights."""
        return tuple(zip(self.widths[:-1], self.widths[1:], strict=True))


# === Training ===


@dataclass(frozen=True)
class Optimizer(_Json):
    """How a gradient moves the parameters.

    Parameters
    ----------
    name : str
        ``gradient_descent``; ``momentum`` (velocity form, as scikit-learn's); ``averaged_momentum`` (exponentially weighted
        average of gradients); ``rmsprop``; ``adam``; ``adamw`` (decay decoupled from the gradient; weights alone, not
        biases); ``lbfgs`` (full batch, through SciPy).
    momentum : float
        Memory of both momentum forms, in [0, 1).
    nesterov : bool
        Look-ahead for ``momentum``.
    bias_correction : bool
        Divide the average of ``averaged_momentum`` and ``rmsprop`` by 1 - beta^t.
    beta1, beta2 : float
        Memories of the first and second moment, in [0, 1). ``rmsprop`` uses `beta2`.
    epsilon : float
        Keeps the denominator from zero.
    epsilon_form : str
        ``outside``: m / (sqrt(v) + eps) on corrected moments; ``inside``: m / sqrt(v + eps) on corrected moments;
        ``uncorrected``: corrections in the rate, eps beside the root of the uncorrected v (scikit-learn's).
    weight_decay : float
        Decoupled decay of ``adamw``.
    max_evaluations : int
        Most evaluations of the cost that ``lbfgs`` may make.

    Raises
    ------
    SpecError
        If a value is out of range or a name is unknown.
    """

    name: str = "adam"
    momentum: float = 0.9
    nesterov: bool = False
    bias_correction: bool = False
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    epsilon_form: str = "outside"
    weight_decay: float = 0.01
    max_evaluations: int = 15_000

    def __post_init__(self) -> None:
        """Validate."""
        self._to_python()
        _choice("optimizer", self.name, OPTIMIZERS)
        _number("momentum", self.momentum, 0.0, 1.0)
        _flag("nesterov", self.nesterov)
        _flag("bias_correction", self.bias_correction)
        _number("beta1", self.beta1, 0.0, 1.0, open_high=True)
        _number("beta2", self.beta2, 0.0, 1.0, open_high=True)
        _number("epsilon", self.epsilon, 0.0)
        _choice("epsilon_form", self.epsilon_form, EPSILON_FORMS)
        _number("weight_decay", self.weight_decay, 0.0)
        _whole("max_evaluations", self.max_evaluations, 1)


@dataclass(frozen=True)
class Schedule(_Json):
    """The learning rate over time; t counts from 0 in the unit named by `per`.

    Parameters
    ----------
    name : str
        ``constant``: a; ``inverse_time``: a / (1 + decay * floor(t / interval)); ``exponential``: a * rate^t;
        ``inverse_sqrt``: a * factor / sqrt(t + 1); ``invscaling``: a / (s + 1)^power with s the examples seen
        (scikit-learn's); ``adaptive``: a, divided by 5 each time `patience` runs out (scikit-learn's); ``cosine``: half a
        cosine from a down to `minimum`, over each period.
    learning_rate : float
        a, the rate at the start.
    per : str
        ``epoch`` or ``step``.
    decay, interval, rate, factor, power : number
        As in the formulas above; `interval` is a whole number of epochs or steps.
    warm_up : int
        Epochs or steps over which any schedule's rate is first raised linearly.
    period : int or None
        Length of a cosine, in epochs or steps; it restarts after each. None: one cosine over all epochs.
    minimum : float
        Where the cosine ends, as a fraction of a.

    Raises
    ------
    SpecError
        If a value is out of range or a name is unknown.
    """

    name: str = "constant"
    learning_rate: float = 1e-3
    per: str = "epoch"
    decay: float = 1.0
    interval: int = 1
    rate: float = 0.95
    factor: float = 1.0
    power: float = 0.5
    warm_up: int = 0
    period: int | None = None
    minimum: float = 0.0

    def __post_init__(self) -> None:
        """Validate."""
        self._to_python()
        _choice("schedule", self.name, SCHEDULES)
        _number("learning_rate", self.learning_rate, 0.0, open_low=True)
        _choice("per", self.per, ("epoch", "step"))
        _number("decay", self.decay, 0.0)
        _whole("interval", self.interval, 1)
        _number("rate", self.rate, 0.0, open_low=True)
        _number("factor", self.factor, 0.0, open_low=True)
        _number("power", self.power, -math.inf)
        _whole("warm_up", self.warm_up, 0)
        if self.period is not None:
            _whole("period", self.period, 1)
        _number("minimum", self.minimum, 0.0, 1.0)


@dataclass(frozen=True)
class Training(_Json):
    """What is minimised, and how: J = mean loss + l2 / 2m * sum W^2 + l1 / m * sum abs(W), m the batch's weight.

    Parameters
    ----------
    loss : str
        See `LOSSES`. ``binary_cross_entropy`` with several outputs is multi-label, summed over labels.
    huber_delta : float
        Where the Huber loss turns from square to straight, in units of the target.
    label_smoothing : float
        Share of each target that the cross-entropies spread evenly over the classes, in [0, 1).
    l2, l1 : float
        Penalties; the same number as scikit-learn's ``alpha`` gives the same cost.
    dropout : float or tuple of float
        Rate of hidden units dropped, in [0, 1): one for all hidden layers or one for each.
    input_dropout : float
        Rate of inputs dropped, in [0, 1).
    optimizer, schedule : Optimizer, Schedule
        How steps are made and how long they are.
    batch_size : int or None
        Examples a step; None for all at once.
    shuffle : bool
        Draw the batches in a new order each epoch. Without effect where one batch holds all rows.
    epochs : int
        The most passes over the training rows.
    monitor : str
        What decides on stopping and on the best epoch: ``cost`` (training), ``dev_cost``, ``dev_error``, ``none``, or
        ``auto``: dev_cost where there are dev rows, else cost.
    tolerance : float
        An improvement smaller than this counts as none.
    patience : int or None
        Epochs without improvement that are borne before training stops; None: never stop early.
    history_every : int or None
        Epochs between two records (and looks at the dev rows); None: as few as keep the records at 1,000 at most.
    dtype : str
        ``float32`` or ``float64``.

    Raises
    ------
    SpecError
        If a value is out of range or a name is unknown.
    """

    loss: str = "cross_entropy"
    huber_delta: float = 1.0
    label_smoothing: float = 0.0
    l2: float = 0.0
    l1: float = 0.0
    dropout: float | tuple[float, ...] = 0.0
    input_dropout: float = 0.0
    optimizer: Optimizer = field(default_factory=Optimizer)
    schedule: Schedule = field(default_factory=Schedule)
    batch_size: int | None = 200
    shuffle: bool = True
    epochs: int = 200
    monitor: str = "auto"
    tolerance: float = 1e-4
    patience: int | None = 10
    history_every: int | None = None
    dtype: str = "float32"

    _nested = {"optimizer": Optimizer, "schedule": Schedule}

    def __post_init__(self) -> None:
        """Validate."""
        self._to_python()
        _choice("loss", self.loss, LOSSES)
        _number("huber_delta", self.huber_delta, 0.0, open_low=True)
        _number("label_smoothing", self.label_smoothing, 0.0, 1.0, open_high=True)
        _number("l2", self.l2, 0.0)
        _number("l1", self.l1, 0.0)
        if isinstance(self.dropout, tuple):
            for number, rate in enumerate(self.dropout, start=1):
                _number(f"dropout of hidden layer {number}", rate, 0.0, 1.0, open_high=True)
        else:
            _number("dropout", self.dropout, 0.0, 1.0, open_high=True)
        _number("input_dropout", self.input_dropout, 0.0, 1.0, open_high=True)
        for name, kind in self._nested.items():
            if not isinstance(getattr(self, name), kind):
                raise SpecTypeError(f"{name} must be a {kind.__name__}, found {getattr(self, name)!r}.")
        if self.batch_size is not None:
            _whole("batch_size", self.batch_size, 1)
        _flag("shuffle", self.shuffle)
        _whole("epochs", self.epochs, 0)
        _choice("monitor", self.monitor, MONITORS)
        _number("tolerance", self.tolerance, 0.0)
        if self.patience is not None:
            _whole("patience", self.patience, 1)
        if self.history_every is not None:
            _whole("history_every", self.history_every, 1)
        _choice("dtype", self.dtype, DTYPES)
        if self.label_smoothing and self.loss not in CLASSIFICATION_LOSSES:
            raise SpecError(f"label_smoothing needs a cross-entropy, found loss {self.loss!r}; set label_smoothing=0.")
        if self.optimizer.name == "lbfgs" and (self.input_dropout or self._any_dropout):
            raise SpecError("dropout needs a stochastic optimizer: lbfgs expects the same cost at each call; use adam, or dropout=0.")

    @property
    def _any_dropout(self) -> bool:
        return any(self.dropout) if isinstance(self.dropout, tuple) else self.dropout > 0

    @property
    def record_every(self) -> int:
        """Epochs between two records of the history."""
        return self.history_every or max(1, -(-self.epochs // 1000))


@dataclass(frozen=True)
class Spec(_Json):
    """A network and its training; with a seed and rows, it says all that happens.

    Parameters
    ----------
    network : Network
        The shape.
    training : Training
        What is minimised, and how.

    Raises
    ------
    SpecError
        If the two do not fit each other.

    Examples
    --------
    >>> spec = Spec(Network(inputs=2, hidden=(20, 3), outputs=1), Training(loss="binary_cross_entropy", dropout=0.14))
    >>> spec.dropout_rates
    (0.0, 0.14, 0.14)
    >>> Spec.from_dict(spec.to_dict()) == spec
    True
    """

    network: Network
    training: Training

    _nested = {"network": Network, "training": Training}

    def __post_init__(self) -> None:
        """Validate."""
        self._to_python()
        for name, kind in self._nested.items():
            if not isinstance(getattr(self, name), kind):
                raise SpecTypeError(f"{name} must be a {kind.__name__}, found {getattr(self, name)!r}.")
        rates, layers = self.training.dropout, len(self.network.hidden)
        if isinstance(rates, tuple) and len(rates) != layers:
            raise SpecError(f"dropout must be one rate or one for each of the {layers} hidden layers, found {len(rates)}.")
        if self.training.loss == "cross_entropy" and self.network.outputs < 2:
            raise SpecError("cross_entropy needs an output for each of at least 2 classes, found 1; use binary_cross_entropy.")

    @property
    def dropout_rates(self) -> tuple[float, ...]:
        """Rate of dropped units: the input's, then each hidden layer's."""
        rates = self.training.dropout
        if not isinstance(rates, tuple):
            rates = (rates,) * len(self.network.hidden)
        return (self.training.input_dropout, *rates)


# === Data ===


@dataclass(frozen=True)
class Data(_Json):
    """Which column is predicted, and how the rows are split.

    Parameters
    ----------
    target : str
        Name of the column to predict.
    task : str
        ``classification``, ``regression``, or ``auto``: text, booleans, categories and whole numbers of few values are
        classes.
    dev_fraction, test_fraction : float
        Shares of the rows, in [0, 1).
    most_rows : int
        The most rows that dev and test take each, however large the table.
    group : str or None
        Column whose equal values must stay together in one part.
    time : str or None
        Column that orders the rows: the newest become test, those before dev.
    seed : int
        Draws the split.

    Raises
    ------
    SpecError
        If a value is out of range or a name is unknown.
    """

    target: str
    task: str = "auto"
    dev_fraction: float = 0.2
    test_fraction: float = 0.2
    most_rows: int = 10_000
    group: str | None = None
    time: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Validate."""
        self._to_python()
        _choice("task", self.task, TASKS)
        _number("dev_fraction", self.dev_fraction, 0.0, 1.0, open_high=True)
        _number("test_fraction", self.test_fraction, 0.0, 1.0, open_high=True)
        if self.dev_fraction + self.test_fraction >= 1.0:
            raise SpecError(
                f"dev_fraction + test_fraction must leave rows to train on, found {self.dev_fraction} + {self.test_fraction}; lower one."
            )
        _whole("most_rows", self.most_rows, 1)
        _whole("seed", self.seed, 0)
        if self.group is not None and self.time is not None:
            raise SpecError("group and time cannot both be set: a split is by groups or by time order; drop one.")
