"""The course of training, measured by its costs: whether steps were too long, and whether training had converged.

Costs are in units of the cost of the best constant prediction, so that limits hold for every loss.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wellfit.diagnosis.checks.propagation import constant_cost, costs_of, first_propagations, once, opened, some_rows
from wellfit.diagnosis.finding import NotApplicable
from wellfit.diagnosis.subject import Subject
from wellfit.engines.api import get_engine
from wellfit.engines.reference import loss_of
from wellfit.engines.types import Array
from wellfit.spec import Spec
from wellfit.training.threads import one_blas_thread

__all__ = [
    "Course",
    "LineSearch",
    "blow_up",
    "courses",
    "is_too_high",
    "is_unfinished",
    "line_search",
    "step_over_weight",
    "typical",
    "without_own_steps",
]

FEWEST_EPOCHS = 10
WORSE_THAN_CONSTANT = 1.5
THROWN, BEYOND_REASON = 10.0, 1000.0
# Batches alone make a sound network's cost flicker by 1 or 2 %.
SOME_SWING, MOST_SWING, MOST_CLIMB = 0.01, 0.03, 0.5
# Three such steps move every weight by its own size.
LONGEST_STEP, LEARNED_NOTHING = 0.3, 0.95
# Of a cost that falls exponentially, the last fifth of a run of three time constants falls by 4 %.
MOST_FALL_AT_END, LEAST_GAIN = 0.05, 0.1
OVERFITTING, OVERSHOT = 0.75, 0.5


class Course(NamedTuple):
    """How a network's training cost went, in units of the cost of a constant prediction."""

    # start, end: of the first epoch; median of the last tenth
    start: float
    end: float
    swing: float  # mean change from one epoch to the next over the second half
    climb: float  # what the second half climbs as a share of what it falls
    late_fall: float  # what the last fifth falls
    highest: float  # of all epochs
    epochs: int  # how many there were


@once
def courses(subject: Subject) -> list[Course]:
    """Return the course of each network's training."""
    unit = constant_cost(subject)
    if not unit > 0:
        raise NotApplicable("the target does not vary")
    return [_course(costs / unit) for costs in costs_of(subject) if len(costs)]


def _course(costs: Array) -> Course:
    changes = np.diff(costs[len(costs) // 2 :])
    climbed, fallen = float(np.maximum(changes, 0).sum()), float(np.maximum(-changes, 0).sum())
    tenth, fifth = max(1, len(costs) // 10), max(1, len(costs) // 5)
    end = float(np.median(costs[-tenth:]))
    earlier = costs[-fifth - tenth : -fifth] if len(costs) > fifth + tenth else costs[:1]
    return Course(
        float(costs[0]),
        end,
        float(np.abs(changes).mean()) if len(changes) else 0.0,
        climbed / fallen if fallen > 0 else float(climbed > 0),
        float(np.median(earlier)) - end,
        float(costs.max()),
        len(costs),
    )


def typical(found: list[Course], name: str) -> float:
    """Return the median over networks of one of their courses' numbers."""
    return float(np.median([getattr(course, name) for course in found]))


@once
def blow_up(subject: Subject) -> float:
    """Return how many times a fresh network's cost the highest was, where in the end nothing was learned; else 0."""
    inside, targets = opened(subject), subject.Y_train
    outputs = np.zeros((len(targets), inside.spec.network.outputs))
    # A fresh network gives about 0; one of large weights gives what its own start gives.
    with np.errstate(all="ignore"):
        fresh = [float(loss_of(inside.spec.training).value(outputs, targets).mean()), *(one.cost for one in first_propagations(subject))]
    unit = max(1.0, np.nanmax(fresh) / constant_cost(subject))
    lost = [course.highest for course in courses(subject) if course.end > LEARNED_NOTHING and course.late_fall < 0.05 * course.end]
    return float(max(lost, default=0.0) / unit)


@once
def is_too_high(subject: Subject) -> bool:
    """Return whether the course of the cost shows steps that are too long."""
    found = courses(subject)
    if "diverged" in opened(subject).outcomes or blow_up(subject) > THROWN:
        return True
    if not found or typical(found, "epochs") < FEWEST_EPOCHS:
        return False
    swing, climb, end, late = (typical(found, name) for name in ("swing", "climb", "end", "late_fall"))
    long = step_over_weight(opened(subject).spec) > LONGEST_STEP
    jumps = climb > MOST_CLIMB and swing > (SOME_SWING if long else MOST_SWING)
    stuck = climb > MOST_CLIMB and end > 1.1 and late < 0.1 * end
    return jumps or stuck or (long and end > LEARNED_NOTHING) or _overshoots(subject)


def _overshoots(subject: Subject) -> bool:
    """Return whether plain steps of the network's own rate pass over a valley whose bottom a shorter one would reach.

    Such steps throw the cost far above the mean of its epoch, or start beyond the best step's length.
    """
    inside = opened(subject)
    training = inside.spec.training
    if training.optimizer.name not in ("gradient_descent", "momentum") or training.schedule.name != "constant":
        return False
    found, own = line_search(subject), training.schedule.learning_rate
    own /= 1 - training.optimizer.momentum if training.optimizer.name == "momentum" else 1
    # Weights that dev rows chose are not the last ones, and are not where the last step led.
    last = all(np.isnan(history.dev_cost).all() for history in inside.histories)
    thrown = last and found.cost - typical(courses(subject), "end") > LEAST_GAIN and typical(courses(subject), "swing") > SOME_SWING
    return found.gain > LEAST_GAIN and (found.rate < OVERSHOT * own or thrown)


def step_over_weight(spec: Spec) -> float:
    """Return how far a step moves a weight, relative to Xavier's initial weights, where the optimiser gives all steps one length."""
    if spec.training.optimizer.name not in ("adam", "adamw", "rmsprop"):
        return 0.0
    usual = np.median([fan_in**-0.5 for fan_in, _ in spec.network.layers])
    return float(spec.training.schedule.learning_rate / usual)


@once
def is_unfinished(subject: Subject) -> bool:
    """Return whether the cost was still far from its minimum; not if steps are too long, or if the network overfits."""
    found, outcomes = courses(subject), opened(subject).outcomes
    overfits = subject.metric.total(subject.errors_train) < OVERFITTING * subject.metric.total(subject.errors_dev)
    if not found or is_too_high(subject) or overfits:
        return False
    used_up = not outcomes or "epochs_used_up" in outcomes
    return (used_up and typical(found, "late_fall") > MOST_FALL_AT_END) or line_search(subject).gain > LEAST_GAIN


def without_own_steps(spec: Spec) -> None:
    """Raise if the optimiser has neither a learning rate nor batches."""
    if spec.training.optimizer.name == "lbfgs":
        raise NotApplicable("L-BFGS chooses its steps itself, over all rows")


class LineSearch(NamedTuple):
    """What one step against the gradient would do."""

    cost: float  # where the network stands, in units of a constant prediction's cost
    gain: float  # by how much the best step lowers it, in the same units
    rate: float  # its learning rate


@once
def line_search(subject: Subject) -> LineSearch:
    """Return what the best single step would do to the first of the networks.

    Penalties and dropout are in, so that what they rightly hold back counts as no gain.
    """
    inside = opened(subject)
    rows, training = some_rows(len(subject.inputs_train)), inside.spec.training
    # A penalty is divided by the batch's rows, and here there are others.
    share = len(rows) / min(training.batch_size or len(subject.inputs_train), len(subject.inputs_train))
    spec = inside.spec.replace(training=training.replace(l2=training.l2 * share, l1=training.l1 * share, dtype="float64"))
    engine, step = get_engine("reference"), 0 if any(spec.dropout_rates) else None
    inputs, targets = subject.inputs_train[rows], subject.Y_train[rows]
    start = np.asarray(inside.parameters[0], dtype=np.float64)
    with one_blas_thread(), np.errstate(all="ignore"):
        cost, gradient = engine.loss_and_gradient(spec, 0, start, inputs, targets, step=step)
        length = float(np.linalg.norm(gradient))
        if not (np.isfinite(cost) and 0 < length < np.inf):
            return LineSearch(cost, 0.0, 0.0)
        # From a ten-thousandth of the parameters' own length to all of it.
        rates = max(1.0, float(np.linalg.norm(start))) / length * np.logspace(-4, 0, 13)
        tried = [engine.loss_and_gradient(spec, 0, start - rate * gradient, inputs, targets, step=step)[0] for rate in rates]
    lowest = np.where(np.isfinite(tried), tried, np.inf)
    best = int(lowest.argmin())
    unit = constant_cost(subject)
    return LineSearch(cost / unit, max(0.0, cost - float(lowest[best])) / unit, float(rates[best]))
