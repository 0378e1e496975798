"""Penalties, optimisers and schedules, over the whole parameter vector.

Legend: theta parameters; g gradient; m, v moments; t steps counted from 1; eta the learning rate. The equations stand in
`wellfit.maths.optimisers`, `wellfit.maths.regularisation` and `wellfit.maths.schedules`.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import math

import numpy as np

from wellfit.engines.kernels.jit import Floats, Int, Rates, Real, Rule, after, f, kernel, scalar, whole_registers
from wellfit.engines.kernels.tiles import row_sums
from wellfit.spec import EPSILON_FORMS, OPTIMIZERS, SCHEDULES

# Sums over all weights run in so many strands, added up at the end: a fixed order that fills the vectors.
STRANDS = 64
OUTSIDE, INSIDE, UNCORRECTED = range(len(EPSILON_FORMS))
CONSTANT, INVERSE_TIME, EXPONENTIAL, INVERSE_SQRT, INVSCALING, ADAPTIVE, COSINE = range(len(SCHEDULES))


# === Penalties ===


@kernel
def penalise(theta: Floats, g: Floats, count: Int, l2: Real, l1: Real, total: Real, scratch: Floats) -> Real:
    """Add the penalties' gradient on one layer's weights; return the penalties' share of J. `total` is the batch's weight."""
    whole_registers()
    a, b = f(l2 / total), f(l1 / total)
    zero, one = f(0.0), f(1.0)
    squares, sizes = scratch, after(scratch, STRANDS)
    for k in range(STRANDS):
        squares[k], sizes[k] = zero, zero
    for start in range(0, count, STRANDS):
        weights, slopes = after(theta, start), after(g, start)
        for k in range(min(STRANDS, count - start)):
            w = weights[k]
            sign = one if w > zero else (-one if w < zero else zero)
            slope, square, size = slopes[k] + (a * w + b * sign), squares[k] + w * w, sizes[k] + abs(w)
            slopes[k] = slope
            squares[k] = square
            sizes[k] = size
    sums = after(scratch, 2 * STRANDS)
    sums[0], sums[1] = zero, zero
    row_sums(sums, scratch, STRANDS, 2, STRANDS)
    return l2 / (2.0 * total) * sums[0] + l1 / total * sums[1]


@kernel
def norm(g: Floats, count: Int) -> Real:
    """Return the Euclidean norm, summed in double precision."""
    total = 0.0
    for i in range(count):
        total += np.float64(g[i]) * np.float64(g[i])
    return math.sqrt(total)


@kernel
def all_finite(theta: Floats, count: Int) -> Int:
    """Return whether no element is nan or infinite."""
    total = f(0.0)
    for i in range(count):
        total += theta[i] * f(0.0)
    return int(total == total)


# === Optimisers ===
# Move theta by one step. All numbers of an index are read before any is written: LLVM does not know that the vectors do not overlap, and
# a number that is read again behind a store waits for it wherever the two lie a multiple of 4096 bytes apart.


@kernel
def gradient_descent(rule: Rule, theta: Floats, m: Floats, v: Floats, g: Floats, count: Int, eta: Real, t: Int) -> None:
    """Go downhill."""
    whole_registers()
    a = f(eta)
    for i in range(count):
        theta[i] -= a * g[i]


@kernel
def momentum(rule: Rule, theta: Floats, m: Floats, v: Floats, g: Floats, count: Int, eta: Real, t: Int) -> None:
    """Keep velocities that lose a share each step."""
    whole_registers()
    mu, a = f(rule.momentum), f(eta)
    if rule.nesterov != 0:
        for i in range(count):
            slope, before = g[i], theta[i]
            velocity = mu * m[i] - a * slope
            m[i] = velocity
            theta[i] = before + (mu * velocity - a * slope)
    else:
        for i in range(count):
            slope, before = g[i], theta[i]
            velocity = mu * m[i] - a * slope
            m[i] = velocity
            theta[i] = before + velocity


@kernel
def averaged_momentum(rule: Rule, theta: Floats, m: Floats, v: Floats, g: Floats, count: Int, eta: Real, t: Int) -> None:
    """Follow a running mean of gradients."""
    whole_registers()
    scale = eta / (1.0 - rule.momentum**t) if rule.corrected != 0 else eta
    mu, rest, a = f(rule.momentum), f(1.0 - rule.momentum), f(scale)
    for i in range(count):
        slope, before = g[i], theta[i]
        mean = mu * m[i] + rest * slope
        m[i] = mean
        theta[i] = before - a * mean


@scalar
def _denominator(form, epsilon, correction):
    """Return (k, inner, d, outer) of sqrt(v k + inner) d + outer; correction = 1 - beta2^t, or 1."""
    if form == INSIDE:
        found = (1.0 / correction, epsilon, 1.0, 0.0)
    else:
        found = (1.0, 0.0, 1.0 / math.sqrt(correction), epsilon)
    return found


@kernel
def rmsprop(rule: Rule, theta: Floats, m: Floats, v: Floats, g: Floats, count: Int, eta: Real, t: Int) -> None:
    """Divide gradients by the root of a running mean of their squares."""
    whole_registers()
    correction = 1.0 - rule.beta2**t if rule.corrected != 0 else 1.0
    k, inner, d, outer = _denominator(rule.epsilon_form, rule.epsilon, correction)
    k, inner, d, outer, a = f(k), f(inner), f(d), f(outer), f(eta)
    b2, r2 = f(rule.beta2), f(1.0 - rule.beta2)
    for i in range(count):
        slope, before = g[i], theta[i]
        square = b2 * v[i] + r2 * slope * slope
        v[i] = square
        theta[i] = before - a * slope / (np.sqrt(square * k + inner) * d + outer)


@kernel
def adam(rule: Rule, theta: Floats, m: Floats, v: Floats, g: Floats, count: Int, eta: Real, t: Int) -> None:
    """Divide a running mean of gradients by the root of one of their squares; AdamW's weights are shrunk before."""
    whole_registers()
    first, second = 1.0 - rule.beta1**t, 1.0 - rule.beta2**t
    if rule.epsilon_form == UNCORRECTED:
        step, second = eta * math.sqrt(second) / first, 1.0
    else:
        step = eta / first
    k, inner, d, outer = _denominator(rule.epsilon_form, rule.epsilon, second)
    k, inner, d, outer, a = f(k), f(inner), f(d), f(outer), f(step)
    b1, r1, b2, r2 = f(rule.beta1), f(1.0 - rule.beta1), f(rule.beta2), f(1.0 - rule.beta2)
    for i in range(count):
        slope, before = g[i], theta[i]
        mean, square = b1 * m[i] + r1 * slope, b2 * v[i] + r2 * slope * slope
        m[i] = mean
        v[i] = square
        theta[i] = before - a * mean / (np.sqrt(square * k + inner) * d + outer)


@kernel
def shrink(theta: Floats, count: Int, factor: Real) -> None:
    """Multiply weights by AdamW's 1 - eta * decay."""
    whole_registers()
    a = f(factor)
    for i in range(count):
        theta[i] *= a


# L-BFGS is SciPy's.
UPDATE_KERNELS = dict(zip(OPTIMIZERS, (gradient_descent, momentum, averaged_momentum, rmsprop, adam, adam, None), strict=True))
# All take the same arguments: this stands for whichever is at the address.
any_update = gradient_descent


# === Schedules ===


@kernel
def rate_at(rates: Rates, t: Real, examples_seen: Real, factor: Real) -> Real:
    """Return the learning rate at time t (epochs or steps from 0)."""
    if rates.code == INVERSE_TIME:
        rate = rates.start / (1.0 + rates.decay * math.floor(t / rates.interval))
    elif rates.code == EXPONENTIAL:
        rate = rates.start * rates.rate**t
    elif rates.code == INVERSE_SQRT:
        rate = rates.start * rates.factor / math.sqrt(t + 1.0)
    elif rates.code == INVSCALING:
        rate = rates.start / (examples_seen + 1.0) ** rates.power
    elif rates.code == ADAPTIVE:
        rate = rates.start * factor
    elif rates.code == COSINE:
        turn = (t % rates.period) / rates.period
        rate = rates.start * (rates.minimum + (1.0 - rates.minimum) * 0.5 * (1.0 + math.cos(math.pi * turn)))
    else:
        rate = rates.start
    if t < rates.warm_up:
        rate *= (t + 1.0) / rates.warm_up
    return rate
