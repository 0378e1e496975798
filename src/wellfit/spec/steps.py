"""How a gradient moves the parameters, and how far: optimiser and learning-rate schedule."""

from __future__ import annotations

import math
from dataclasses import dataclass

from wellfit.spec.base import JsonSpec, check_choice, check_flag, check_number, check_whole

OPTIMIZERS = ("gradient_descent", "momentum", "averaged_momentum", "rmsprop", "adam", "adamw", "lbfgs")
EPSILON_FORMS = ("outside", "inside", "uncorrected")
SCHEDULES = ("constant", "inverse_time", "exponential", "inverse_sqrt", "invscaling", "adaptive", "cosine")


@dataclass(frozen=True)
class Optimizer(JsonSpec):
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

    Examples
    --------
    >>> Optimizer("adam", beta1=0.8).beta1
    0.8
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
        check_choice("optimizer", self.name, OPTIMIZERS)
        check_number("momentum", self.momentum, 0.0, 1.0)
        check_flag("nesterov", self.nesterov)
        check_flag("bias_correction", self.bias_correction)
        check_number("beta1", self.beta1, 0.0, 1.0, open_high=True)
        check_number("beta2", self.beta2, 0.0, 1.0, open_high=True)
        check_number("epsilon", self.epsilon, 0.0)
        check_choice("epsilon_form", self.epsilon_form, EPSILON_FORMS)
        check_number("weight_decay", self.weight_decay, 0.0)
        check_whole("max_evaluations", self.max_evaluations, 1)


@dataclass(frozen=True)
class Schedule(JsonSpec):
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

    Examples
    --------
    >>> Schedule("inverse_time", learning_rate=0.1, decay=1).name
    'inverse_time'
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
        check_choice("schedule", self.name, SCHEDULES)
        check_number("learning_rate", self.learning_rate, 0.0, open_low=True, open_high=True)
        check_choice("per", self.per, ("epoch", "step"))
        check_number("decay", self.decay, 0.0)
        check_whole("interval", self.interval, 1)
        check_number("rate", self.rate, 0.0, open_low=True)
        check_number("factor", self.factor, 0.0, open_low=True)
        check_number("power", self.power, -math.inf)
        check_whole("warm_up", self.warm_up, 0)
        if self.period is not None:
            check_whole("period", self.period, 1)
        check_number("minimum", self.minimum, 0.0, 1.0)
