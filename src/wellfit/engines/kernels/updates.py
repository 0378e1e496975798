"""Penalties, optimisers and schedules, over the whole parameter vector.

Legend: theta parameters; g gradient; m, v moments; t steps counted from 1; eta the learning rate. The equations stand in
`wellfit.maths.optimisers`, `wellfit.maths.regularisation` and `wellfit.maths.schedules`.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import math

import numpy as np

from wellfit.engines.kernels.jit import inlined, kernel
from wellfit.engines.kernels.tiles import row_sums
from wellfit.spec import EPSILON_FORMS, OPTIMIZERS, SCHEDULES

GRADIENT_DESCENT, MOMENTUM, AVERAGED, RMSPROP, ADAM, ADAMW, LBFGS = range(len(OPTIMIZERS))
# Sums over all weights run in so many strands, added up at the end: a fixed order that fills the vectors.
STRANDS = 64
OUTSIDE, INSIDE, UNCORRECTED = range(len(EPSILON_FORMS))
CONSTANT, INVERSE_TIME, EXPONENTIAL, INVERSE_SQRT, INVSCALING, ADAPTIVE, COSINE = range(len(SCHEDULES))


# === Penalties ===


@kernel
def penalise(theta, g, l2, l1, scratch):
    """Add the penalties' gradient on one layer's weights; return their sums of squares and of sizes. l2, l1 are over m."""
    f = theta.dtype.type
    a, b = f(l2), f(l1)
    zero, one = f(0.0), f(1.0)
    squares, sizes = scratch[:STRANDS], scratch[STRANDS : 2 * STRANDS]
    for k in range(STRANDS):
        squares[k], sizes[k] = zero, zero
    for start in range(0, theta.size, STRANDS):
        stop = min(start + STRANDS, theta.size)
        weights, slopes = theta[start:stop], g[start:stop]
        for k in range(stop - start):
            w = weights[k]
            sign = one if w > zero else (-one if w < zero else zero)
            slopes[k] += a * w + b * sign
            squares[k] += w * w
            sizes[k] += abs(w)
    scratch[2 * STRANDS], scratch[2 * STRANDS + 1] = zero, zero
    row_sums(scratch, 2 * STRANDS, scratch, 0, STRANDS, 2, STRANDS)
    return scratch[2 * STRANDS], scratch[2 * STRANDS + 1]


@kernel
def norm(g):
    """Return the Euclidean norm, summed in double precision."""
    total = 0.0
    for i in range(g.size):
        total += np.float64(g[i]) * np.float64(g[i])
    return math.sqrt(total)


@kernel
def all_finite(theta):
    """Return whether no element is nan or infinite."""
    total = theta.dtype.type(0.0)
    for i in range(theta.size):
        total += theta[i] * theta.dtype.type(0.0)
    return total == total


# === Optimisers ===


@inlined
def update(rule, theta, m, v, g, eta, t):
    """Move theta by one step."""
    if rule.code == ADAM or rule.code == ADAMW:
        _adam(rule, theta, m, v, g, eta, t)
    elif rule.code == MOMENTUM:
        _momentum(theta, m, g, eta, rule.momentum, rule.nesterov)
    elif rule.code == AVERAGED:
        scale = eta / (1.0 - rule.momentum**t) if rule.corrected else eta
        _averaged(theta, m, g, scale, rule.momentum)
    elif rule.code == RMSPROP:
        _rmsprop(rule, theta, v, g, eta, t)
    else:
        _descend(theta, g, eta)


@kernel
def _descend(theta, g, eta):
    a = theta.dtype.type(eta)
    for i in range(theta.size):
        theta[i] -= a * g[i]


@kernel
def _momentum(theta, m, g, eta, momentum, nesterov):
    f = theta.dtype.type
    mu, a = f(momentum), f(eta)
    if nesterov:
        for i in range(theta.size):
            m[i] = mu * m[i] - a * g[i]
            theta[i] += mu * m[i] - a * g[i]
    else:
        for i in range(theta.size):
            m[i] = mu * m[i] - a * g[i]
            theta[i] += m[i]


@kernel
def _averaged(theta, m, g, scale, momentum):
    f = theta.dtype.type
    mu, rest, a = f(momentum), f(1.0 - momentum), f(scale)
    for i in range(theta.size):
        m[i] = mu * m[i] + rest * g[i]
        theta[i] -= a * m[i]


@kernel
def _denominator(form, epsilon, correction):
    """Return (k, inner, d, outer) of sqrt(v k + inner) d + outer; correction = 1 - beta2^t, or 1."""
    if form == INSIDE:
        return 1.0 / correction, epsilon, 1.0, 0.0
    return 1.0, 0.0, 1.0 / math.sqrt(correction), epsilon


@kernel
def _adam(rule, theta, m, v, g, eta, t):
    f = theta.dtype.type
    first, second = 1.0 - rule.beta1**t, 1.0 - rule.beta2**t
    if rule.epsilon_form == UNCORRECTED:
        step, second = eta * math.sqrt(second) / first, 1.0
    else:
        step = eta / first
    k, inner, d, outer = _denominator(rule.epsilon_form, rule.epsilon, second)
    k, inner, d, outer, a = f(k), f(inner), f(d), f(outer), f(step)
    b1, r1, b2, r2 = f(rule.beta1), f(1.0 - rule.beta1), f(rule.beta2), f(1.0 - rule.beta2)
    for i in range(theta.size):
        m[i] = b1 * m[i] + r1 * g[i]
        v[i] = b2 * v[i] + r2 * g[i] * g[i]
        theta[i] -= a * m[i] / (np.sqrt(v[i] * k + inner) * d + outer)


@kernel
def _rmsprop(rule, theta, v, g, eta, t):
    f = theta.dtype.type
    correction = 1.0 - rule.beta2**t if rule.corrected else 1.0
    k, inner, d, outer = _denominator(rule.epsilon_form, rule.epsilon, correction)
    k, inner, d, outer, a = f(k), f(inner), f(d), f(outer), f(eta)
    b2, r2 = f(rule.beta2), f(1.0 - rule.beta2)
    for i in range(theta.size):
        v[i] = b2 * v[i] + r2 * g[i] * g[i]
        theta[i] -= a * g[i] / (np.sqrt(v[i] * k + inner) * d + outer)


@kernel
def shrink(theta, factor):
    """Multiply weights by AdamW's 1 - eta * decay."""
    a = theta.dtype.type(factor)
    for i in range(theta.size):
        theta[i] *= a


# === Schedules ===


@kernel
def rate_at(rates, t, examples_seen, factor):
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
