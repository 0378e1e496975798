"""The learning rate over time.

Legend: a: rate at the start; t: epochs or steps done, from 0; each formula gives the rate of the next.
"""

from __future__ import annotations

import math

from wellfit.spec import Schedule


def inverse_time(a: float, t: int, decay: float, interval: int) -> float:
    """Return a / (1 + decay floor(t / interval))."""
    return a / (1 + decay * (t // interval))


def exponential(a: float, t: int, rate: float) -> float:
    """Return a rate^t."""
    return a * math.pow(rate, t)


def inverse_sqrt(a: float, t: int, factor: float) -> float:
    """Return a factor / sqrt(t + 1)."""
    return a * factor / math.sqrt(t + 1)


def invscaling(a: float, seen: int, power: float) -> float:
    """Return a / (seen + 1)^power, with `seen` the examples seen: scikit-learn's."""
    return a / math.pow(seen + 1, power)


def cosine(a: float, t: int, period: int, minimum: float) -> float:
    """Return a (minimum + (1 - minimum) (1 + cos(pi u)) / 2), u the part of the period that is over.

    Reference: Loshchilov & Hutter (2017); it restarts from a after each period.
    """
    u = (t % period) / period
    return a * (minimum + (1 - minimum) * (1 + math.cos(math.pi * u)) / 2)


def warm_up(t: int, length: int) -> float:
    """Return the factor (t + 1) / length during warm-up, 1 after it."""
    return (t + 1) / length if t < length else 1.0


def learning_rate(schedule: Schedule, epoch: int, step: int, *, rows: int, epochs: int, batches: int, factor: float = 1.0) -> float:
    """Return the rate of the next step, after `epoch` epochs and `step` steps.

    An epoch has `rows` training rows, which ``invscaling`` counts as examples seen, and `batches` steps. `epochs` in all are the period of
    a ``cosine`` without one of its own. `factor` is what ``adaptive`` has lowered the rate to, as a share of a.
    """
    a = schedule.learning_rate
    by_step = schedule.per == "step"
    t = step if by_step else epoch
    if schedule.name == "inverse_time":
        a = inverse_time(a, t, schedule.decay, schedule.interval)
    elif schedule.name == "exponential":
        a = exponential(a, t, schedule.rate)
    elif schedule.name == "inverse_sqrt":
        a = inverse_sqrt(a, t, schedule.factor)
    elif schedule.name == "invscaling":
        a = invscaling(a, epoch * rows, schedule.power)
    elif schedule.name == "adaptive":
        a *= factor
    elif schedule.name == "cosine":
        a = cosine(a, t, schedule.period or (epochs * batches if by_step else epochs), schedule.minimum)
    return a * warm_up(t, schedule.warm_up)
