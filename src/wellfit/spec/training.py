"""What is minimised, and how; and a network together with its training."""

from __future__ import annotations

from dataclasses import dataclass, field

from wellfit.errors import SpecError, SpecTypeError
from wellfit.plurals import counted
from wellfit.spec.base import JsonSpec, check_choice, check_flag, check_number, check_whole
from wellfit.spec.network import Network
from wellfit.spec.steps import Optimizer, Schedule

LOSSES = ("squared_error", "absolute_error", "huber", "poisson", "binary_cross_entropy", "cross_entropy")
CLASSIFICATION_LOSSES = ("binary_cross_entropy", "cross_entropy")
MONITORS = ("auto", "none", "cost", "dev_cost", "dev_error")
DTYPES = ("float32", "float64")


@dataclass(frozen=True)
class Training(JsonSpec):
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

    Examples
    --------
    >>> Training(loss="squared_error", epochs=50, l2=0.1).l2
    0.1
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
        check_choice("loss", self.loss, LOSSES)
        check_number("huber_delta", self.huber_delta, 0.0, open_low=True)
        check_number("label_smoothing", self.label_smoothing, 0.0, 1.0, open_high=True)
        check_number("l2", self.l2, 0.0, open_high=True)
        check_number("l1", self.l1, 0.0, open_high=True)
        if isinstance(self.dropout, tuple):
            for number, rate in enumerate(self.dropout, start=1):
                check_number(f"dropout of hidden layer {number}", rate, 0.0, 1.0, open_high=True)
        else:
            check_number("dropout", self.dropout, 0.0, 1.0, open_high=True)
        check_number("input_dropout", self.input_dropout, 0.0, 1.0, open_high=True)
        for name, kind in self._nested.items():
            if not isinstance(getattr(self, name), kind):
                raise SpecTypeError(f"{name} must be a {kind.__name__}, found {getattr(self, name)!r}.")
        if self.batch_size is not None:
            check_whole("batch_size", self.batch_size, 1)
        check_flag("shuffle", self.shuffle)
        check_whole("epochs", self.epochs, 0)
        check_choice("monitor", self.monitor, MONITORS)
        check_number("tolerance", self.tolerance, 0.0)
        if self.patience is not None:
            check_whole("patience", self.patience, 1)
        if self.history_every is not None:
            check_whole("history_every", self.history_every, 1)
        check_choice("dtype", self.dtype, DTYPES)
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
class Spec(JsonSpec):
    """A network and its training; with a seed and rows, it determines the result.

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
            raise SpecError(f"dropout must be one rate or one for each of the {counted(layers, 'hidden layer')}, found {len(rates)}.")
        if self.training.loss == "cross_entropy" and self.network.outputs < 2:
            raise SpecError("cross_entropy needs an output for each of at least 2 classes, found 1; use binary_cross_entropy.")

    @property
    def dropout_rates(self) -> tuple[float, ...]:
        """Rate of dropped units: the input's, then each hidden layer's."""
        rates = self.training.dropout
        if not isinstance(rates, tuple):
            rates = (rates,) * len(self.network.hidden)
        return (self.training.input_dropout, *rates)
