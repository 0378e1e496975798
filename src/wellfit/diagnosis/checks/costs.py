"""Checks of the training cost of every epoch: divergence, learning rate too high or too low, poor batch size."""

from __future__ import annotations

import numpy as np

from wellfit.diagnosis.checks.course import (
    BEYOND_REASON,
    FEWEST_EPOCHS,
    LEAST_GAIN,
    LONGEST_STEP,
    MOST_CLIMB,
    MOST_FALL_AT_END,
    MOST_SWING,
    OVERFITTING,
    SOME_SWING,
    WORSE_THAN_CONSTANT,
    blow_up,
    courses,
    is_too_high,
    is_unfinished,
    line_search,
    step_over_weight,
    typical,
    without_own_steps,
)
from wellfit.diagnosis.checks.propagation import opened
from wellfit.diagnosis.checks.severity import write_down
from wellfit.diagnosis.finding import Finding, NotApplicable
from wellfit.diagnosis.subject import Subject
from wellfit.plurals import counted

__all__ = ["check_batch_size", "check_diverging_cost", "check_learning_rate_too_high", "check_learning_rate_too_low"]

SMALL_BATCH, LARGE_SET = 4, 500
FEWEST_STEPS = 1000


def check_diverging_cost(subject: Subject) -> Finding:
    """Look for a cost that is not finite, or ends far above the cost of a constant prediction."""
    inside = opened(subject)
    diverged = [outcome for outcome in inside.outcomes if outcome == "diverged"]
    finite = all(np.isfinite(parameters).all() for parameters in inside.parameters) and not subject.rows_without_number
    found = courses(subject) if inside.histories else []
    if not (found or diverged) and finite:
        raise NotApplicable("the model has no training history")
    start, end = (typical(found, "start"), typical(found, "end")) if found else (float("nan"), float("nan"))
    rising = (end > WORSE_THAN_CONSTANT and end >= start) or (bool(found) and blow_up(subject) > BEYOND_REASON)
    if diverged:
        evidence = (
            "Training ended because the cost or a weight was no longer finite, after "
            f"{counted(max((c.epochs for c in found), default=0), 'epoch')}."
        )
    elif not finite:
        evidence = f"For {counted(subject.rows_without_number, 'row')} the network's output is not finite."
    else:
        evidence = f"The training cost went from {start:.3g} to {counted(end, 'time', spec='.3g')} the cost of a constant prediction."
    bad = bool(diverged) or not finite or rising
    return write_down(
        "diverging_cost",
        bad,
        "The cost diverges" if bad else "The cost is finite and falls",
        evidence,
        numbers={"diverged": bool(diverged), "rows_without_number": subject.rows_without_number, "start": start, "end": end},
        threshold=f"not finite, or over {WORSE_THAN_CONSTANT:g} times the cost of a constant prediction and not falling",
        remedy="Lower the learning rate tenfold, scale inputs and target, and start from smaller weights.",
        reference="Goodfellow, Bengio & Courville 2016, section 11.4",
    )


def check_learning_rate_too_high(subject: Subject) -> Finding:
    """Look for a cost that jumps up and down, or stays above that of a constant prediction."""
    without_own_steps(opened(subject).spec)
    found, rate = courses(subject), opened(subject).spec.training.schedule.learning_rate
    diverged, bad = "diverged" in opened(subject).outcomes, is_too_high(subject)
    if not bad and (not found or typical(found, "epochs") < FEWEST_EPOCHS):
        raise NotApplicable(f"judging whether the cost jumps needs at least {FEWEST_EPOCHS} epochs")
    swing, climb, end = (typical(found, name) for name in ("swing", "climb", "end")) if found else 3 * (float("nan"),)
    step = step_over_weight(opened(subject).spec)
    leaps = f"; each step moves weights by {100 * step:.0f} % of their initial size" if step > LONGEST_STEP else ""
    now = line_search(subject) if bad and not diverged else None
    left = f"; at the end it is {now.cost:.2g}, and one step at {now.rate:.1g} would lower it to {now.cost - now.gain:.2g}" if now else ""
    return write_down(
        "learning_rate_too_high",
        bad,
        "The learning rate is too high" if bad else "The cost does not jump",
        f"Training diverged at a rate of {rate:g}."
        if diverged
        else f"From epoch to epoch the cost changes by {_percent(swing)} of a constant prediction's and rises again by {_percent(climb)} "
        f"of its falls; it ends at {counted(end, 'time', spec='.2g')} the constant's cost (learning rate {rate:g}{leaps}){left}.",
        numbers={"swing": swing, "climb": climb, "end": end, "step_over_weight": step, "learning_rate": rate, "diverged": diverged},
        threshold=f"changes over {100 * MOST_SWING:g} % ({100 * SOME_SWING:g} % with steps over {100 * LONGEST_STEP:g} % of the weights), "
        f"over {100 * MOST_CLIMB:g} % of them undone, an end over 110 %, or plain steps twice too long: mini-batches alone vary the cost "
        "by 1 or 2 %",
        remedy=f"Lower the learning rate, first to {rate / 10:.2g}, or decay it during training (a cosine schedule).",
        reference="Bengio 2012, section 3.1.1; LeCun et al. 1998",
    )


def check_learning_rate_too_low(subject: Subject) -> Finding:
    """Look for a cost that is still falling when training ends, or that one longer step would lower."""
    inside = opened(subject)
    without_own_steps(inside.spec)
    found = courses(subject)
    if not found:
        raise NotApplicable("the model was not trained for an epoch")
    gain, late, rate = line_search(subject).gain, typical(found, "late_fall"), inside.spec.training.schedule.learning_rate
    bad = is_unfinished(subject)
    return write_down(
        "learning_rate_too_low",
        bad,
        "The learning rate is too low, or training too short" if bad else "Training has converged",
        f"In the last fifth of {counted(typical(found, 'epochs'), 'epoch', spec='.0f')} the cost falls by {_percent(late)} of the "
        f"cost of a constant prediction; one longer step would lower it by another {_percent(gain)} (learning rate {rate:g}).",
        numbers={"late_fall": late, "gain_of_one_step": gain, "learning_rate": rate},
        threshold=f"over {100 * MOST_FALL_AT_END:g} % or {100 * LEAST_GAIN:g} %, with a training error over {100 * OVERFITTING:g} % of the "
        "dev error: after convergence a step gains almost nothing, and more training does not help a network that overfits",
        remedy=f"Raise the learning rate, first to {rate * 10:.2g}, or train for more epochs.",
        reference="Bengio 2012, section 3.1.1",
    )


def _percent(share: float) -> str:
    return "over 1,000 %" if share > 10 else f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:.0f} %"


def check_batch_size(subject: Subject) -> Finding:
    """Look for so large a batch that there are too few steps, or so small a one that steps are mostly noise."""
    inside, rows = opened(subject), len(subject.inputs_train)
    without_own_steps(inside.spec)
    size = min(inside.spec.training.batch_size or rows, rows)
    found = courses(subject)
    epochs = typical(found, "epochs") if found else 0.0
    an_epoch = -(-rows // size)
    steps = an_epoch * epochs
    too_large = an_epoch < 10 and rows >= 2 * SMALL_BATCH and steps < FEWEST_STEPS and is_unfinished(subject)
    too_small = size <= SMALL_BATCH and rows >= LARGE_SET
    title = "The batch is too large" if too_large else "The batch is too small" if too_small else "The batch size fits the training set"
    return write_down(
        "batch_size",
        too_large or too_small,
        title,
        f"Batches of {size:,} of {counted(rows, 'row')} make {counted(an_epoch, 'step')} an epoch and {steps:,.0f} in all"
        + (", and the cost is still falling." if too_large else "."),
        numbers={"batch_size": size, "rows": rows, "steps_an_epoch": an_epoch, "steps": steps},
        threshold=f"under {FEWEST_STEPS:,} steps in all and 10 an epoch while the cost still falls, or at most {SMALL_BATCH} rows a batch "
        f"of {LARGE_SET} or more, whose gradients are mostly noise",
        remedy="Use batches of 32 to 256 rows." if too_small or rows > 320 else f"Use batches of {counted(max(1, rows // 10), 'row')}.",
        reference="Bengio 2012, section 3.1.2; Masters & Luschi 2018",
    )
