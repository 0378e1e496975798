"""Activations with their slopes, and losses with their deltas, over whole rows of examples.

Legend: z pre-activation, then the slope g'(z) in its place; a activation g(z); T targets; share weight of an example over
the batch's weight; delta = dJ/dz, in place of the logits z. Rows are units, columns examples, ld apart.
The equations with their derivatives stand in `wellfit.maths`; the codes are the places of the names in `wellfit.spec`.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import math

import numpy as np

from wellfit.engines.kernels.jit import inlined, kernel
from wellfit.engines.kernels.tiles import row_sums
from wellfit.engines.kernels.vectormath import exp, log, log1p_and_inverse, sigmoid, tanh
from wellfit.spec import ACTIVATIONS, LOSSES

IDENTITY, SIGMOID, TANH, RELU, LEAKY_RELU, GELU, SILU = range(len(ACTIVATIONS))
SQUARED, ABSOLUTE, HUBER, POISSON, BINARY, SOFTMAX = range(len(LOSSES))

ROOT_HALF = math.sqrt(0.5)
DENSITY_AT_0 = 1.0 / math.sqrt(2.0 * math.pi)


# === Activations ===


@kernel
def activate(code, z, a):
    """Write g(z) to a and g'(z) over z; ReLU is not among them, its product does it in passing."""
    f = z.dtype.type
    one = f(1.0)
    if code == TANH:
        for i in range(z.size):
            t = tanh(z[i])
            a[i] = t
            z[i] = one - t * t
    elif code == SIGMOID:
        for i in range(z.size):
            s = sigmoid(z[i])
            a[i] = s
            z[i] = s * (one - s)
    elif code == LEAKY_RELU:
        for i in range(z.size):
            slope = one if z[i] > f(0.0) else f(0.01)
            a[i] = slope * z[i]
            z[i] = slope
    elif code == SILU:
        for i in range(z.size):
            s = sigmoid(z[i])
            a[i] = z[i] * s
            z[i] = s + z[i] * s * (one - s)
    elif code == GELU:
        for i in range(z.size):
            share_below = f(0.5) * (one + f(math.erf(z[i] * f(ROOT_HALF))))
            a[i] = z[i] * share_below
            z[i] = share_below + z[i] * f(DENSITY_AT_0) * exp(f(-0.5) * z[i] * z[i])
    else:
        for i in range(z.size):
            a[i] = z[i]
            z[i] = one


# === Losses ===


@inlined
def loss_and_delta(code, z, T, share, scratch, outputs, ld, huber_delta, smoothing):
    """Return the share-weighted sum of losses of a slice, and write the deltas over the logits z.

    The losses of the examples go to the first row of `scratch`, and their sum behind its third.
    """
    f = z.dtype.type
    losses = scratch[:ld]
    if code == SOFTMAX:
        _softmax(z, T, share, scratch, outputs, ld, f(smoothing))
    else:
        for e in range(ld):
            losses[e] = f(0.0)
        for k in range(outputs):
            row, target = z[k * ld : (k + 1) * ld], T[k * ld : (k + 1) * ld]
            if code == SQUARED:
                _squared(row, target, share, losses)
            elif code == ABSOLUTE:
                _absolute(row, target, share, losses)
            elif code == HUBER:
                _huber(row, target, share, losses, f(huber_delta))
            elif code == POISSON:
                _poisson(row, target, share, losses)
            else:
                _binary(row, target, share, losses, f(smoothing))
    scratch[3 * ld] = f(0.0)
    row_sums(scratch, 3 * ld, scratch, 0, ld, 1, ld)
    return scratch[3 * ld]


@kernel
def _squared(z, y, share, losses):
    f = z.dtype.type
    for e in range(z.size):
        r = z[e] - y[e]
        losses[e] += share[e] * f(0.5) * r * r
        z[e] = share[e] * r


@kernel
def _absolute(z, y, share, losses):
    f = z.dtype.type
    for e in range(z.size):
        r = z[e] - y[e]
        losses[e] += share[e] * abs(r)
        sign = f(1.0) if r > f(0.0) else (f(-1.0) if r < f(0.0) else f(0.0))
        z[e] = share[e] * sign


@kernel
def _huber(z, y, share, losses, delta):
    f = z.dtype.type
    for e in range(z.size):
        r = z[e] - y[e]
        size = abs(r)
        inner = size <= delta
        losses[e] += share[e] * (f(0.5) * r * r if inner else delta * (size - f(0.5) * delta))
        z[e] = share[e] * (r if inner else (delta if r > f(0.0) else -delta))


@kernel
def _poisson(z, y, share, losses):
    f = z.dtype.type
    for e in range(z.size):
        mean = exp(z[e])
        # y ln y - y is the loss of a perfect prediction; it is 0 at y = 0.
        own = y[e] * log(y[e]) - y[e] if y[e] > f(0.0) else f(0.0)
        losses[e] += share[e] * (mean - y[e] * z[e] + own)
        z[e] = share[e] * (mean - y[e])


@kernel
def _binary(z, y, share, losses, smoothing):
    f = z.dtype.type
    zero, one = f(0.0), f(1.0)
    for e in range(z.size):
        target = y[e] * (one - smoothing) + f(0.5) * smoothing
        u = exp(-abs(z[e]))
        rest, inverse = log1p_and_inverse(u)
        losses[e] += share[e] * (max(z[e], zero) - target * z[e] + rest)
        # The sigmoid from the same u: 1 / (1 + u) for z >= 0, u / (1 + u) below.
        s = (one if z[e] >= zero else u) * inverse
        z[e] = share[e] * (s - target)


@kernel
def _softmax(z, T, share, scratch, classes, ld, smoothing):
    """log-sum-exp with the largest logit taken out; scratch holds it, the sum, and sum_k q_k (z_k - largest)."""
    f = z.dtype.type
    largest, total_exp, picked = scratch[:ld], scratch[ld : 2 * ld], scratch[2 * ld : 3 * ld]
    floor, peak = smoothing / f(classes), f(1.0) - smoothing
    label = T[:ld]
    for e in range(ld):
        largest[e] = z[e]
        total_exp[e] = f(0.0)
        picked[e] = f(0.0)
    for k in range(1, classes):
        row = z[k * ld : (k + 1) * ld]
        for e in range(ld):
            largest[e] = row[e] if row[e] > largest[e] else largest[e]
    for k in range(classes):
        row = z[k * ld : (k + 1) * ld]
        here = f(k)
        for e in range(ld):
            shifted = row[e] - largest[e]
            q = floor + (peak if label[e] == here else f(0.0))
            picked[e] += q * shifted
            p = exp(shifted)
            total_exp[e] += p
            row[e] = p
    for e in range(ld):
        largest[e] = share[e] * (log(total_exp[e]) - picked[e])
        total_exp[e] = f(1.0) / total_exp[e]
    for k in range(classes):
        row = z[k * ld : (k + 1) * ld]
        here = f(k)
        for e in range(ld):
            q = floor + (peak if label[e] == here else f(0.0))
            row[e] = share[e] * (row[e] * total_exp[e] - q)


# === Outputs ===


@kernel
def outputs_of(code, z, outputs, ld):
    """Turn logits into what the network answers: probabilities, expected counts, or themselves."""
    f = z.dtype.type
    if code == BINARY:
        for i in range(outputs * ld):
            z[i] = sigmoid(z[i])
    elif code == POISSON:
        for i in range(outputs * ld):
            z[i] = exp(z[i])
    elif code == SOFTMAX:
        for e in range(ld):
            largest = z[e]
            for k in range(1, outputs):
                largest = z[k * ld + e] if z[k * ld + e] > largest else largest
            total = f(0.0)
            for k in range(outputs):
                z[k * ld + e] = exp(z[k * ld + e] - largest)
                total += z[k * ld + e]
            for k in range(outputs):
                z[k * ld + e] /= total


# === Errors ===


@kernel
def count_errors(code, z, T, share, outputs, count, ld, sums):
    """Add to sums, from logits: [0] the weight of wrong rows; or, per target k, [1 + 3k] w r^2, [2 + 3k] w y, [3 + 3k] w y^2."""
    if code == SOFTMAX:
        for e in range(count):
            best = 0
            for k in range(1, outputs):
                if z[k * ld + e] > z[best * ld + e]:
                    best = k
            if best != int(T[e]):
                sums[0] += share[e]
    elif code == BINARY:
        for e in range(count):
            wrong = False
            for k in range(outputs):
                wrong |= (z[k * ld + e] > 0) != (T[k * ld + e] > 0)
            if wrong:
                sums[0] += share[e]
    else:
        for k in range(outputs):
            for e in range(count):
                y = np.float64(T[k * ld + e])
                prediction = exp(z[k * ld + e]) if code == POISSON else z[k * ld + e]
                r = np.float64(prediction) - y
                w = np.float64(share[e])
                sums[1 + 3 * k] += w * r * r
                sums[2 + 3 * k] += w * y
                sums[3 + 3 * k] += w * y * y
