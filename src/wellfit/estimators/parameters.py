"""scikit-learn's parameter names become a spec.

Ranges and names are checked by the spec alone; its errors are passed on under the name that the user knows.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from wellfit.engines.api import get_engine
from wellfit.engines.types import Engine
from wellfit.errors import SpecError, unknown_name
from wellfit.spec import Network, Optimizer, Schedule, Spec, Training
from wellfit.spec.base import check_whole

__all__ = ["SOLVERS", "engine_of", "make_spec", "optimizer_of", "schedule_of", "takes_steps"]

# "sgd" is scikit-learn's name of momentum; "gradient_descent" has none.
SOLVERS = {
    "lbfgs": Optimizer(name="lbfgs"),
    "sgd": Optimizer(name="momentum"),
    "adam": Optimizer(name="adam", epsilon_form="uncorrected"),
    "gradient_descent": Optimizer(name="gradient_descent"),
    "averaged_momentum": Optimizer(name="averaged_momentum"),
    "rmsprop": Optimizer(name="rmsprop"),
    "adamw": Optimizer(name="adamw"),
}
# scikit-learn's Adam and L-BFGS take no notice of its schedules.
DEAF_SOLVERS = ("adam", "lbfgs")
SCIKIT_LEARN_SCHEDULES = ("constant", "invscaling", "adaptive")
# Of the history of one call, where nothing is measured on rows that are not trained on.
RECORDS = 1000

# The first words of a spec's message, and the parameter that they are about.
PARAMETER_NAMES = {
    "beta1": "beta_1",
    "beta2": "beta_2",
    "epochs": "max_iter",
    "hidden": "hidden_layer_sizes",
    "l2": "alpha",
    "max_evaluations": "max_fun",
    "nesterov": "nesterovs_momentum",
    "patience": "n_iter_no_change",
    "power": "power_t",
    "schedule": "learning_rate",
    "tolerance": "tol",
    "learning_rate": "learning_rate_init",
}


def make_spec(estimator: Any, *, inputs: int, outputs: int, loss: str, dtype: str, has_dev: bool, done: int = 0) -> Spec:
    """Return the spec that an estimator's parameters describe."""
    max_iter = estimator.max_iter.item() if isinstance(estimator.max_iter, np.integer) else estimator.max_iter
    check_whole("max_iter", max_iter, 1)
    try:
        network = Network(
            inputs=inputs,
            hidden=_hidden(estimator.hidden_layer_sizes),
            outputs=outputs,
            activation=_names(estimator.activation),
            initializer=Network.initializer if estimator.initializer == "sklearn" else estimator.initializer,
            initial_scale=estimator.initial_scale,
        )
        training = Training(
            loss=loss,
            huber_delta=getattr(estimator, "huber_delta", Training.huber_delta),
            label_smoothing=getattr(estimator, "label_smoothing", Training.label_smoothing),
            l2=estimator.alpha,
            l1=estimator.l1,
            dropout=_names(estimator.dropout),
            input_dropout=estimator.input_dropout,
            optimizer=optimizer_of(estimator),
            schedule=schedule_of(estimator),
            batch_size=_batch_size(estimator.batch_size),
            shuffle=estimator.shuffle,
            epochs=max_iter + done,
            monitor=_monitor(estimator.scoring) if estimator.early_stopping and has_dev else "cost",
            tolerance=estimator.tol,
            patience=None if estimator.n_iter_no_change == math.inf else estimator.n_iter_no_change,
            # The epochs that earlier calls have done do not make the records any sparser.
            history_every=1 if has_dev else -(-max_iter // RECORDS),
            dtype=dtype,
        )
        return Spec(network, training)
    except SpecError as error:
        raise type(error)(_renamed(str(error))) from error


def optimizer_of(estimator: Any) -> Optimizer:
    """Return the optimiser that `solver` and its fellow parameters describe."""
    solver = estimator.solver
    if isinstance(solver, Optimizer):
        return solver
    if solver not in SOLVERS:
        raise SpecError(unknown_name("solver", solver, SOLVERS))
    return SOLVERS[solver].replace(
        momentum=estimator.momentum,
        nesterov=estimator.nesterovs_momentum,
        beta1=estimator.beta_1,
        beta2=estimator.beta_2,
        epsilon=estimator.epsilon,
        max_evaluations=_whole("max_fun", estimator.max_fun),
    )


def schedule_of(estimator: Any) -> Schedule:
    """Return the schedule that `learning_rate` and its fellow parameters describe."""
    name = estimator.learning_rate
    if isinstance(name, Schedule):
        return name
    if estimator.solver in DEAF_SOLVERS and name in SCIKIT_LEARN_SCHEDULES:
        name = "constant"
    return Schedule(name=name, learning_rate=estimator.learning_rate_init, power=estimator.power_t)


def takes_steps(estimator: Any) -> bool:
    """Return whether the solver makes a step for each batch, as all but L-BFGS do."""
    solver = estimator.solver
    return (solver.name if isinstance(solver, Optimizer) else solver) != "lbfgs"


def engine_of(estimator: Any) -> Engine:
    """Return the engine that `engine` and `n_jobs` describe."""
    engine, jobs = get_engine(estimator.engine), estimator.n_jobs
    if jobs is None or (isinstance(jobs, int | np.integer) and jobs == -1):
        return engine
    if isinstance(jobs, bool) or not isinstance(jobs, int | np.integer) or jobs < 1:
        raise SpecError(f"n_jobs must be a whole number of at least 1, or -1 or None for all cores, found {jobs!r}.")
    return engine.with_threads(int(jobs))


# === Values ===


def _monitor(scoring: Any) -> str:
    """Return what the engine monitors; nothing where a scorer decides."""
    if scoring is None:
        return "dev_error"
    return "dev_cost" if isinstance(scoring, str) and scoring == "loss" else "none"


def _hidden(sizes: Any) -> tuple[Any, ...]:
    """Return the widths of the hidden layers; one number is one layer."""
    return tuple(np.ravel(sizes).tolist())


def _names(value: Any) -> Any:
    """Return lists and arrays of one value a layer as tuples; leave one value for all layers alone."""
    return tuple(value) if isinstance(value, list | tuple | np.ndarray) else value


def _batch_size(size: Any) -> Any:
    """Return the examples a step; scikit-learn's ``"auto"`` is 200 or all there are, and an engine takes no more than there are."""
    return 200 if isinstance(size, str) and size == "auto" else size


def _whole(name: str, value: Any) -> Any:
    """Return a number that must be at least 1; the spec checks the rest."""
    if isinstance(value, int | np.integer) and value < 1:
        raise SpecError(f"{name} must be at least 1, found {value}.")
    return value


def _renamed(message: str) -> str:
    """Return a spec's message with the estimator's name of the parameter in front."""
    first, rest = message.split(" ", 1)
    return f"{PARAMETER_NAMES.get(first, first)} {rest}"
