"""What the training cost of every epoch tells: divergence, steps too long, steps too short, batches of a poor size."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from wellfit.engines.contract import Array, get_engine
from wellfit.spec import Spec
from wellfit.study.diagnosis.checks.chart import write_down
from wellfit.study.diagnosis.checks.passage import constant_cost, costs_of, once, opened, some_rows
from wellfit.study.diagnosis.finding import Finding, NotApplicable
from wellfit.study.diagnosis.subject import Subject
from wellfit.training.threads import one_blas_thread

__all__ = [
    "check_batch_size",
    "check_diverging_cost",
    "check_learning_rate_too_high",
    "check_learning_rate_too_low",
    "courses",
    "line_search",
    "without_own_steps",
]

FEWEST_EPOCHS = 10
WORSE_THAN_CONSTANT, BEYOND_REASON = 1.5, 1000.0
SOME_SWING, MOST_SWING, MOST_CLIMB = 0.01, 0.03, 0.5
LONGEST_STEP, LEARNED_NOTHING = 0.3, 0.95
MOST_FALL_AT_END, LEAST_GAIN = 0.05, 0.1
OVERFITTING, OVERSHOT = 0.75, 0.5
SMALL_BATCH, LARGE_SET = 4, 500
FEWEST_STEPS = 1000


class Course(NamedTuple):
    """How a network's training cost went, in units of what a constant answer costs.

    Attributes
    ----------
    start, end : float
        Of the first epoch; median of the last tenth.
    swing : float
        Mean change from one epoch to the next over the second half.
    climb : float
        What the second half climbs as a share of what it falls.
    late_fall : float
        What the last fifth falls.
    highest : float
        Of all epochs.
    epochs : int
        How many there were.
    """

    start: float
    end: float
    swing: float
    climb: float
    late_fall: float
    highest: float
    epochs: int

    @property
    def blew_up(self) -> bool:
        """Whether the cost once was beyond all reason, and stayed above a constant answer's."""
        return self.highest > BEYOND_REASON and self.end > WORSE_THAN_CONSTANT and self.late_fall < 0.05 * self.end


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


def _typical(found: list[Course], name: str) -> float:
    return float(np.median([getattr(course, name) for course in found]))


def check_diverging_cost(subject: Subject) -> Finding:
    """Look for a cost that is not finite, or ends far above what a constant answer costs."""
    inside = opened(subject)
    diverged = [outcome for outcome in inside.outcomes if outcome == "diverged"]
    finite = all(np.isfinite(parameters).all() for parameters in inside.parameters) and not subject.rows_without_number
    found = courses(subject) if inside.histories else []
    if not (found or diverged) and finite:
        raise NotApplicable("the model does not remember how its training went")
    start, end = (_typical(found, "start"), _typical(found, "end")) if found else (float("nan"), float("nan"))
    rising = (end > WORSE_THAN_CONSTANT and end >= start) or any(course.blew_up for course in found)
    if diverged:
        evidence = (
            f"Training ended because the cost or a weight was no longer finite, after {max((c.epochs for c in found), default=0)} epochs."
        )
    elif not finite:
        evidence = f"For {subject.rows_without_number:,} rows the network gives no finite number."
    else:
        evidence = f"The training cost went from {start:.3g} to {end:.3g} times what a constant answer costs."
    bad = bool(diverged) or not finite or rising
    return write_down(
        "diverging_cost",
        bad,
        "The cost diverges" if bad else "The cost is finite and falls",
        evidence,
        numbers={"diverged": bool(diverged), "rows_without_number": subject.rows_without_number, "start": start, "end": end},
        threshold=f"not finite, or over {WORSE_THAN_CONSTANT:g} times the cost of a constant answer and not on its way down",
        remedy="Lower the learning rate tenfold, scale inputs and target, and start from smaller weights.",
        reference="Goodfellow, Bengio & Courville 2016, section 11.4",
    )


def check_learning_rate_too_high(subject: Subject) -> Finding:
    """Look for a cost that jumps up and down, or stays above that of a constant answer."""
    without_own_steps(opened(subject).spec)
    found, rate = courses(subject), opened(subject).spec.training.schedule.learning_rate
    diverged, bad = "diverged" in opened(subject).outcomes, is_too_high(subject)
    if not bad and (not found or _typical(found, "epochs") < FEWEST_EPOCHS):
        raise NotApplicable(f"a cost that jumps is seen over {FEWEST_EPOCHS} epochs at least")
    swing, climb, end = (_typical(found, name) for name in ("swing", "climb", "end")) if found else 3 * (float("nan"),)
    step = _step_over_weight(opened(subject).spec)
    leaps = f"; each step moves weights by {100 * step:.0f} % of their initial size" if step > LONGEST_STEP else ""
    over = (
        f"; one shorter step would lower it by {_percent(line_search(subject).gain)}"
        if bad and not diverged and _overshoots(subject)
        else ""
    )
    return write_down(
        "learning_rate_too_high",
        bad,
        "The learning rate is too high" if bad else "The cost does not jump",
        f"Training diverged at a rate of {rate:g}."
        if diverged
        else f"From epoch to epoch the cost changes by {_percent(swing)} of what a constant answer costs, climbs back {_percent(climb)} of "
        f"what it falls, and ends at {end:.2g} times a constant answer's (learning rate {rate:g}{leaps}{over}).",
        numbers={"swing": swing, "climb": climb, "end": end, "step_over_weight": step, "learning_rate": rate, "diverged": diverged},
        threshold=f"changes over {100 * MOST_SWING:g} % ({100 * SOME_SWING:g} % with steps over {100 * LONGEST_STEP:g} % of the weights), "
        f"over {100 * MOST_CLIMB:g} % of them undone, an end over 110 %, or plain steps twice too long: batches alone make a cost flicker "
        "by 1 or 2 %",
        remedy=f"Lower the learning rate, to {rate / 10:.2g} first, or let it fall over training (a cosine schedule).",
        reference="Bengio 2012, section 3.1.1; LeCun et al. 1998",
    )


@once
def is_too_high(subject: Subject) -> bool:
    """Return whether the course of the cost shows steps that are too long."""
    found = courses(subject)
    if "diverged" in opened(subject).outcomes or any(course.blew_up for course in found):
        return True
    if not found or _typical(found, "epochs") < FEWEST_EPOCHS:
        return False
    swing, climb, end, late = (_typical(found, name) for name in ("swing", "climb", "end", "late_fall"))
    long = _step_over_weight(opened(subject).spec) > LONGEST_STEP
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
    thrown = last and found.cost - _typical(courses(subject), "end") > LEAST_GAIN and _typical(courses(subject), "swing") > SOME_SWING
    return found.gain > LEAST_GAIN and (found.rate < OVERSHOT * own or thrown)


def _step_over_weight(spec: Spec) -> float:
    """Return how far a step moves a weight, relative to Xavier's initial weights, where the optimiser gives all steps one length."""
    if spec.training.optimizer.name not in ("adam", "adamw", "rmsprop"):
        return 0.0
    usual = np.median([fan_in**-0.5 for fan_in, _ in spec.network.layers])
    return float(spec.training.schedule.learning_rate / usual)


def check_learning_rate_too_low(subject: Subject) -> Finding:
    """Look for a cost that is still falling when training ends, or that one longer step would lower."""
    inside = opened(subject)
    without_own_steps(inside.spec)
    found = courses(subject)
    if not found:
        raise NotApplicable("the training has no epoch")
    gain, late, rate = line_search(subject).gain, _typical(found, "late_fall"), inside.spec.training.schedule.learning_rate
    bad = is_unfinished(subject)
    return write_down(
        "learning_rate_too_low",
        bad,
        "The learning rate is too low, or training too short" if bad else "Training got where it can get",
        f"In the last fifth of {_typical(found, 'epochs'):.0f} epochs the cost falls by {_percent(late)} of what a constant answer "
        f"costs; one longer step downhill would lower it by another {_percent(gain)} (learning rate {rate:g}).",
        numbers={"late_fall": late, "gain_of_one_step": gain, "learning_rate": rate},
        threshold=f"over {100 * MOST_FALL_AT_END:g} % or {100 * LEAST_GAIN:g} %, with a training error over {100 * OVERFITTING:g} % of the "
        "dev error: at the end of a run one step gains next to nothing, and more training helps no network that overfits",
        remedy=f"Raise the learning rate, to {rate * 10:.2g} first, or train for more epochs.",
        reference="Bengio 2012, section 3.1.1",
    )


@once
def is_unfinished(subject: Subject) -> bool:
    """Return whether the cost had still far to fall; not where steps too long keep it from falling, or where the network overfits."""
    found, outcomes = courses(subject), opened(subject).outcomes
    overfits = subject.metric.total(subject.errors_train) < OVERFITTING * subject.metric.total(subject.errors_dev)
    if not found or is_too_high(subject) or overfits:
        return False
    used_up = not outcomes or "epochs_used_up" in outcomes
    return (used_up and _typical(found, "late_fall") > MOST_FALL_AT_END) or line_search(subject).gain > LEAST_GAIN


def _percent(share: float) -> str:
    return "over 1,000 %" if share > 10 else f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:.0f} %"


def check_batch_size(subject: Subject) -> Finding:
    """Look for so large a batch that there are too few steps, or so small a one that steps are mostly noise."""
    inside, rows = opened(subject), len(subject.inputs_train)
    without_own_steps(inside.spec)
    size = min(inside.spec.training.batch_size or rows, rows)
    found = courses(subject)
    epochs = _typical(found, "epochs") if found else 0.0
    an_epoch = -(-rows // size)
    steps = an_epoch * epochs
    too_large = an_epoch < 10 and rows >= 2 * SMALL_BATCH and steps < FEWEST_STEPS and is_unfinished(subject)
    too_small = size <= SMALL_BATCH and rows >= LARGE_SET
    title = "The batch is too large" if too_large else "The batch is too small" if too_small else "The batch size suits the set"
    return write_down(
        "batch_size",
        too_large or too_small,
        title,
        f"Batches of {size:,} of {rows:,} rows make {an_epoch:,} steps an epoch and {steps:,.0f} in all"
        + (", and the cost is still falling." if too_large else "."),
        numbers={"batch_size": size, "rows": rows, "steps_an_epoch": an_epoch, "steps": steps},
        threshold=f"under {FEWEST_STEPS:,} steps by under 10 an epoch while the cost still falls, or {SMALL_BATCH} rows a batch and less "
        f"of {LARGE_SET} and more, whose gradients are mostly noise",
        remedy="Use batches of 32 to 256 rows." if too_small or rows > 320 else f"Use batches of {max(1, rows // 10)} rows.",
        reference="Bengio 2012, section 3.1.2; Masters & Luschi 2018",
    )


def without_own_steps(spec: Spec) -> None:
    """Raise if the optimiser has neither a learning rate nor batches."""
    if spec.training.optimizer.name == "lbfgs":
        raise NotApplicable("L-BFGS chooses its steps itself, over all rows")


class LineSearch(NamedTuple):
    """What one step against the gradient would do.

    Attributes
    ----------
    cost : float
        Where the network stands, in units of a constant answer's cost.
    gain : float
        By how much the best step lowers it, in the same units.
    rate : float
        Its learning rate.
    """

    cost: float
    gain: float
    rate: float


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
