"""Activations with their slopes, losses with their deltas, outputs and errors, each a kernel, over whole rows of examples.

Legend: z pre-activation, then the slope g'(z) in its place; a activation g(z); T targets; share weight of an example over
the batch's weight; delta = dJ/dz, in place of the logits z. Rows are units, columns examples, ld apart.
The equations with their derivatives stand in `wellfit.maths`; the tables below are in the order of the names in `wellfit.spec`.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import math

import numpy as np

from wellfit.engines.kernels.jit import Floats, Int, Real, Reals, after, f, kernel, scalar, whole_registers
from wellfit.engines.kernels.tiles import row_sums
from wellfit.engines.kernels.vectormath import exp, log, log1p_and_inverse, sigmoid, tanh
from wellfit.spec import LOSSES

ROOT_HALF = math.sqrt(0.5)
DENSITY_AT_0 = 1.0 / math.sqrt(2.0 * math.pi)


# === Activations ===
# Write g(z) to a and g'(z) over z.


@kernel
def identity(z: Floats, a: Floats, count: Int) -> None:
    """g(z) = z."""
    whole_registers()
    for i in range(count):
        x = z[i]
        a[i] = x
        z[i] = f(1.0)


@kernel
def sigmoid_of(z: Floats, a: Floats, count: Int) -> None:
    """g(z) = 1 / (1 + e^-z)."""
    whole_registers()
    for i in range(count):
        s = sigmoid(z[i])
        a[i] = s
        z[i] = s * (f(1.0) - s)


@kernel
def tanh_of(z: Floats, a: Floats, count: Int) -> None:
    """g(z) = tanh z."""
    whole_registers()
    for i in range(count):
        t = tanh(z[i])
        a[i] = t
        z[i] = f(1.0) - t * t


@kernel
def leaky_relu(z: Floats, a: Floats, count: Int) -> None:
    """g(z) = z, or 0.01 z below 0."""
    whole_registers()
    for i in range(count):
        x = z[i]
        slope = f(1.0) if x > f(0.0) else f(0.01)
        a[i] = slope * x
        z[i] = slope


@kernel
def gelu(z: Floats, a: Floats, count: Int) -> None:
    """g(z) = z times the share of a standard normal below z."""
    whole_registers()
    for i in range(count):
        x = z[i]
        share_below = f(0.5) * (f(1.0) + f(math.erf(x * f(ROOT_HALF))))
        a[i] = x * share_below
        z[i] = share_below + x * f(DENSITY_AT_0) * exp(f(-0.5) * x * x)


@kernel
def silu(z: Floats, a: Floats, count: Int) -> None:
    """g(z) = z sigmoid(z)."""
    whole_registers()
    for i in range(count):
        x = z[i]
        s = sigmoid(x)
        a[i] = x * s
        z[i] = s + x * s * (f(1.0) - s)


# ReLU has none: its product does it in passing.
ACTIVATION_KERNELS = {
    "identity": identity,
    "sigmoid": sigmoid_of,
    "tanh": tanh_of,
    "relu": None,
    "leaky_relu": leaky_relu,
    "gelu": gelu,
    "silu": silu,
}


# === Losses ===
# Return the share-weighted sum of losses of a slice, and write the deltas over the logits z. The losses of the examples go to
# the first row of `scratch`, and their sum behind its third. `parameter` is Huber's delta.


@scalar
def _cleared(losses, ld):
    for e in range(ld):
        losses[e] = 0.0
    return losses


@scalar
def _summed(scratch, ld):
    total = after(scratch, 3 * ld)
    total[0] = 0.0
    row_sums(total, scratch, ld, 1, ld)
    return np.float64(total[0])


@kernel
def squared(z: Floats, T: Floats, share: Floats, scratch: Floats, outputs: Int, ld: Int, parameter: Real, smoothing: Real) -> Real:
    """Take half the square."""
    whole_registers()
    losses = _cleared(scratch, ld)
    for k in range(outputs):
        row, y = after(z, k * ld), after(T, k * ld)
        for e in range(ld):
            r, weight = row[e] - y[e], share[e]
            losses[e] += weight * f(0.5) * r * r
            row[e] = weight * r
    return _summed(scratch, ld)


@kernel
def absolute(z: Floats, T: Floats, share: Floats, scratch: Floats, outputs: Int, ld: Int, parameter: Real, smoothing: Real) -> Real:
    """Take the distance."""
    whole_registers()
    losses = _cleared(scratch, ld)
    for k in range(outputs):
        row, y = after(z, k * ld), after(T, k * ld)
        for e in range(ld):
            r, weight = row[e] - y[e], share[e]
            losses[e] += weight * abs(r)
            sign = f(1.0) if r > f(0.0) else (f(-1.0) if r < f(0.0) else f(0.0))
            row[e] = weight * sign
    return _summed(scratch, ld)


@kernel
def huber(z: Floats, T: Floats, share: Floats, scratch: Floats, outputs: Int, ld: Int, parameter: Real, smoothing: Real) -> Real:
    """Take half the square up to delta, then a line."""
    whole_registers()
    losses, delta = _cleared(scratch, ld), f(parameter)
    for k in range(outputs):
        row, y = after(z, k * ld), after(T, k * ld)
        for e in range(ld):
            r, weight = row[e] - y[e], share[e]
            size = abs(r)
            inner = size <= delta
            losses[e] += weight * (f(0.5) * r * r if inner else delta * (size - f(0.5) * delta))
            row[e] = weight * (r if inner else (delta if r > f(0.0) else -delta))
    return _summed(scratch, ld)


@kernel
def poisson(z: Floats, T: Floats, share: Floats, scratch: Floats, outputs: Int, ld: Int, parameter: Real, smoothing: Real) -> Real:
    """Take half of Poisson's deviance, from the logarithm of the mean."""
    whole_registers()
    losses = _cleared(scratch, ld)
    for k in range(outputs):
        row, y = after(z, k * ld), after(T, k * ld)
        for e in range(ld):
            x, count, weight = row[e], y[e], share[e]
            mean = exp(x)
            # y ln y - y is the loss of a perfect prediction; it is 0 at y = 0.
            own = count * log(count) - count if count > f(0.0) else f(0.0)
            losses[e] += weight * (mean - count * x + own)
            row[e] = weight * (mean - count)
    return _summed(scratch, ld)


@kernel
def binary(z: Floats, T: Floats, share: Floats, scratch: Floats, outputs: Int, ld: Int, parameter: Real, smoothing: Real) -> Real:
    """Take the cross-entropy of two classes, or of labels."""
    whole_registers()
    losses, zero, one, smooth = _cleared(scratch, ld), f(0.0), f(1.0), f(smoothing)
    for k in range(outputs):
        row, y = after(z, k * ld), after(T, k * ld)
        for e in range(ld):
            x, weight = row[e], share[e]
            target = y[e] * (one - smooth) + f(0.5) * smooth
            u = exp(-abs(x))
            rest, inverse = log1p_and_inverse(u)
            losses[e] += weight * (max(x, zero) - target * x + rest)
            # The sigmoid from the same u: 1 / (1 + u) for z >= 0, u / (1 + u) below.
            s = (one if x >= zero else u) * inverse
            row[e] = weight * (s - target)
    return _summed(scratch, ld)


@kernel
def softmax(z: Floats, T: Floats, share: Floats, scratch: Floats, outputs: Int, ld: Int, parameter: Real, smoothing: Real) -> Real:
    """Take the cross-entropy of classes, largest logit taken out; scratch holds it, sum_k exp(z_k - it) and sum_k q_k (z_k - it)."""
    whole_registers()
    largest, total_exp, picked = scratch, after(scratch, ld), after(scratch, 2 * ld)
    smooth = f(smoothing)
    floor, peak = smooth / f(outputs), f(1.0) - smooth
    for e in range(ld):
        largest[e] = z[e]
        total_exp[e] = f(0.0)
        picked[e] = f(0.0)
    for k in range(1, outputs):
        row = after(z, k * ld)
        for e in range(ld):
            largest[e] = row[e] if row[e] > largest[e] else largest[e]
    for k in range(outputs):
        row = after(z, k * ld)
        here = f(k)
        for e in range(ld):
            shifted = row[e] - largest[e]
            q = floor + (peak if T[e] == here else f(0.0))
            picked[e] += q * shifted
            p = exp(shifted)
            total_exp[e] += p
            row[e] = p
    for e in range(ld):
        largest[e] = share[e] * (log(total_exp[e]) - picked[e])
        total_exp[e] = f(1.0) / total_exp[e]
    for k in range(outputs):
        row = after(z, k * ld)
        here = f(k)
        for e in range(ld):
            q = floor + (peak if T[e] == here else f(0.0))
            row[e] = share[e] * (row[e] * total_exp[e] - q)
    return _summed(scratch, ld)


# === Outputs ===
# Turn logits into the outputs of the network; numbers stay as they are.


@kernel
def counts_of(z: Floats, outputs: Int, ld: Int) -> None:
    """Write expected counts."""
    whole_registers()
    for i in range(outputs * ld):
        z[i] = exp(z[i])


@kernel
def chances_of(z: Floats, outputs: Int, ld: Int) -> None:
    """Write the probability of each label."""
    whole_registers()
    for i in range(outputs * ld):
        z[i] = sigmoid(z[i])


@kernel
def shares_of(z: Floats, outputs: Int, ld: Int) -> None:
    """Write the probabilities of classes."""
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
# Add to sums, from logits: [0] the weight of wrong rows; or, per target k, [1 + 3k] w r^2, [2 + 3k] w y, [3 + 3k] w y^2.


@kernel
def wrong_classes(z: Floats, T: Floats, share: Floats, outputs: Int, count: Int, ld: Int, sums: Reals) -> None:
    """Weigh rows whose largest logit is another class's."""
    for e in range(count):
        best = 0
        for k in range(1, outputs):
            if z[k * ld + e] > z[best * ld + e]:
                best = k
        if best != int(T[e]):
            sums[0] += share[e]


@kernel
def wrong_labels(z: Floats, T: Floats, share: Floats, outputs: Int, count: Int, ld: Int, sums: Reals) -> None:
    """Weigh rows of which any label is wrong."""
    for e in range(count):
        wrong = False
        for k in range(outputs):
            wrong |= (z[k * ld + e] > 0) != (T[k * ld + e] > 0)
        if wrong:
            sums[0] += share[e]


@scalar
def _add_squares(sums, k, prediction, y, w):
    r = prediction - y
    sums[1 + 3 * k] += w * r * r
    sums[2 + 3 * k] += w * y
    sums[3 + 3 * k] += w * y * y


@kernel
def squares(z: Floats, T: Floats, share: Floats, outputs: Int, count: Int, ld: Int, sums: Reals) -> None:
    """Add squares of what numbers are off by."""
    for k in range(outputs):
        for e in range(count):
            _add_squares(sums, k, np.float64(z[k * ld + e]), np.float64(T[k * ld + e]), np.float64(share[e]))


@kernel
def squares_of_counts(z: Floats, T: Floats, share: Floats, outputs: Int, count: Int, ld: Int, sums: Reals) -> None:
    """Add squares of what expected counts are off by."""
    for k in range(outputs):
        for e in range(count):
            _add_squares(sums, k, np.float64(exp(z[k * ld + e])), np.float64(T[k * ld + e]), np.float64(share[e]))


# Loss, error and outputs by the names of the losses.
LOSS_KERNELS = dict(
    zip(
        LOSSES,
        (
            (squared, squares, None),
            (absolute, squares, None),
            (huber, squares, None),
            (poisson, squares_of_counts, counts_of),
            (binary, wrong_labels, chances_of),
            (softmax, wrong_classes, shares_of),
        ),
        strict=True,
    )
)

# All kernels of a kind take the same arguments: these stand for whichever is at the address.
any_activation, any_loss, any_error, any_outputs = identity, squared, squares, chances_of
