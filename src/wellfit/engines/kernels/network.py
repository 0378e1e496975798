"""One batch through the network: forward, loss, backward, slice by slice.

Legend: A[l] activations and G[l] of layer l (pre-activations, then slopes, then deltas;
ReLU layers keep no slopes: theirs can be read off A), units as rows, ld examples apart;
M the batch's weight; J the cost. See `wellfit.engines.kernels.layouts` for the tuples.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import numpy as np

from wellfit.engines.kernels.counter import drop_given, drop_units
from wellfit.engines.kernels.functions import RELU, activate, count_errors, loss_and_delta, outputs_of
from wellfit.engines.kernels.jit import entry, inlined, kernel
from wellfit.engines.kernels.libraries import COLUMNS
from wellfit.engines.kernels.products import backward, forward, gradient, rectified, unrectify
from wellfit.engines.kernels.subnormals import count_again, count_as_zero
from wellfit.engines.kernels.turns import SQUARE_BYTES, turn_rows_square
from wellfit.engines.kernels.updates import penalise

# A literal 0 would make Numba compile a callee once more, for that literal.
NONE = np.int64(0)


@kernel
def padded_to(count):
    """Return the examples of a slice after padding to whole vectors."""
    return (count + COLUMNS - 1) // COLUMNS * COLUMNS


@kernel
def clear(out):
    """Fill with zeros."""
    for i in range(out.size):
        out[i] = 0


@kernel
def copy(source, start, out, place, count):
    """Copy source[start : start + count] to out[place : place + count]."""
    here, there = source[start : start + count], out[place : place + count]
    for i in range(count):
        there[i] = here[i]


@kernel
def gather(table, rows, first, count, ld, out):
    """Copy rows of a table to columns: out[i, e] = table[rows[first + e], i]; columns beyond count become 0."""
    width = table.shape[1]
    side = SQUARE_BYTES // table.itemsize
    whole = count // side * side
    if width < side:
        whole = 0
    for e in range(0, whole, side):
        for column in range(0, width, side):
            # The last square overlaps the one before it and writes the same numbers again.
            i = min(column, width - side)
            turn_rows_square(table, width, rows, first + e, i, out, i * ld + e, ld)
    for e in range(whole, count):
        row = rows[first + e]
        for i in range(width):
            out[i * ld + e] = table[row, i]
    for e in range(count, ld):
        for i in range(width):
            out[i * ld + e] = 0


@kernel
def gather_shares(weights, rows, first, count, ld, total, out):
    """Write each example's weight over the batch's weight; 0 for padding."""
    for e in range(ld):
        if e < count:
            out[e] = (weights[rows[first + e]] if weights.size > 0 else 1.0) / total
        else:
            out[e] = 0


@kernel
def weight_of(weights, rows, first, count):
    """Return the summed weight of a batch; examples count 1 where there are no weights."""
    if weights.size == 0:
        return float(count)
    total = 0.0
    for e in range(first, first + count):
        total += np.float64(weights[rows[e]])
    return total


@inlined
def _drop(net, drop, work, layer, count, ld, step, first):
    """Apply the mask of one layer's output."""
    units, place = net.widths[layer], net.places[layer]
    a = work.A[place * ld : (place + units) * ld]
    slope = work.G[place * ld : (place + units) * ld]
    has_slope = layer > 0 and net.activations[layer - 1] != RELU
    if drop.is_given[layer] > 0:
        masks = drop.given[step % drop.given.shape[0]]
        drop_given(a, slope, has_slope, units, count, ld, masks, place, first, drop.rates[layer])
    else:
        drop_units(a, slope, has_slope, units, ld, drop.seed_low, drop.seed_high, step, layer, first, drop.rates[layer])


@inlined
def forward_pass(net, drop, parameters, work, count, ld, step, first):
    """From the inputs in A[0] to the logits in G[L]."""
    layers = net.widths.size - 1
    for layer in range(layers):
        if drop.active and drop.rates[layer] > 0.0:
            _drop(net, drop, work, layer, count, ld, step, first)
        n_in, n_out = net.widths[layer], net.widths[layer + 1]
        z = net.places[layer + 1] * ld
        a, start = net.places[layer] * ld, net.starts[layer]
        hidden = layer + 1 < layers
        if hidden and net.activations[layer] == RELU:
            rectified(parameters, start, n_in, n_out, work.A, a, z, ld)
        else:
            forward(parameters, start, n_in, n_out, work.A, a, work.G, z, ld)
            if hidden:
                activate(net.activations[layer], work.G[z : z + n_out * ld], work.A[z : z + n_out * ld])


@inlined
def backward_pass(net, drop, parameters, work, out, ld, is_first):
    """From the deltas in G[L] to the gradient, added to `out`, or in place of what is there."""
    for layer in range(net.widths.size - 2, -1, -1):
        n_in, n_out, start = net.widths[layer], net.widths[layer + 1], net.starts[layer]
        a, d = net.places[layer] * ld, net.places[layer + 1] * ld
        gradient(out, start, n_in, n_out, work.A, a, work.G, d, ld, work.turned, work.padded, is_first)
        if layer > 0 and net.activations[layer - 1] == RELU:
            kept = 1.0 / (1.0 - drop.rates[layer]) if drop.active else 1.0
            unrectify(parameters, start, n_in, n_out, work.G, d, a, work.A, ld, kept)
        elif layer > 0:
            backward(parameters, start, n_in, n_out, work.G, d, a, ld)


@inlined
def penalty(net, parameters, out, total, scratch):
    """Add the penalties' gradient to out; return their share of J."""
    if net.l2 == 0.0 and net.l1 == 0.0:
        return 0.0
    cost = 0.0
    for layer in range(net.widths.size - 1):
        start = net.starts[layer]
        stop = start + net.widths[layer] * net.widths[layer + 1]
        squares, sizes = penalise(parameters[start:stop], out[start:stop], net.l2 / total, net.l1 / total, scratch)
        cost += net.l2 / (2.0 * total) * squares + net.l1 / total * sizes
    return cost


@inlined
def part_of_batch(net, drop, parameters, work, out, X, Y, weights, rows, first, count, total, step, lane, lanes, resident):
    """Return what every `lanes`-th slice, from `lane` on, adds to the loss of a batch, and leave its gradient in `out`.

    The batch is rows[first : first + count] and weighs `total`. Where `resident` holds, it is one slice whose examples,
    targets and shares are in place already.
    """
    if lane * net.slice_size >= count:
        clear(out)
    z, outputs = net.places[net.widths.size - 1], net.widths[net.widths.size - 1]
    loss = 0.0
    for begin in range(lane * net.slice_size, count, lanes * net.slice_size):
        size = min(net.slice_size, count - begin)
        ld = padded_to(size)
        if not resident:
            gather(X, rows, first + begin, size, ld, work.A)
            gather(Y, rows, first + begin, size, ld, work.T)
            gather_shares(weights, rows, first + begin, size, ld, total, work.share)
        forward_pass(net, drop, parameters, work, size, ld, step, begin)
        logits = work.G[z * ld : (z + outputs) * ld]
        loss += loss_and_delta(net.loss, logits, work.T, work.share[:ld], work.scratch, outputs, ld, net.huber_delta, net.smoothing)
        backward_pass(net, drop, parameters, work, out, ld, begin == lane * net.slice_size)
    return loss


@entry
def batch_cost(net, drop, parameters, work, X, Y, weights, rows, total, step):
    """Return J of all the rows as one batch, and leave its gradient in work.gradient."""
    before = count_as_zero()
    loss = part_of_batch(
        net, drop, parameters, work, work.gradient, X, Y, weights, rows, NONE, rows.size, total, step, NONE, NONE + 1, False
    )
    J = loss + penalty(net, parameters, work.gradient, total, work.scratch)
    count_again(before)
    return J


@inlined
def evaluate(net, drop, parameters, work, X, Y, weights, rows, sums):
    """Return (mean loss, error) over rows, without dropout and smoothing; drop must be inactive."""
    total = weight_of(weights, rows, NONE, rows.size)
    z, outputs = net.places[net.widths.size - 1], net.widths[net.widths.size - 1]
    clear(sums)
    cost = 0.0
    for begin in range(0, rows.size, net.slice_size):
        size = min(net.slice_size, rows.size - begin)
        ld = padded_to(size)
        gather(X, rows, begin, size, ld, work.A)
        gather(Y, rows, begin, size, ld, work.T)
        gather_shares(weights, rows, begin, size, ld, total, work.share)
        forward_pass(net, drop, parameters, work, size, ld, NONE, NONE)
        logits = work.G[z * ld : (z + outputs) * ld]
        count_errors(net.loss, logits, work.T, work.share, outputs, size, ld, sums)
        cost += loss_and_delta(net.loss, logits, work.T, work.share[:ld], work.scratch, outputs, ld, net.huber_delta, 0.0)
    if net.loss >= 4:
        return cost, sums[0]
    error = 0.0
    for k in range(outputs):
        residual, mean, square = sums[1 + 3 * k], sums[2 + 3 * k], sums[3 + 3 * k]
        spread = square - mean * mean
        if spread <= 1e-14 * square:
            error += 0.0 if residual == 0.0 else 1.0
        else:
            error += residual / spread
    return cost, error / outputs


@entry
def predict(net, drop, parameters, work, X, rows, out):
    """Write the network's outputs for some rows of X to out, (rows, outputs)."""
    before = count_as_zero()
    z, outputs = net.places[net.widths.size - 1], net.widths[net.widths.size - 1]
    for begin in range(0, rows.size, net.slice_size):
        size = min(net.slice_size, rows.size - begin)
        ld = padded_to(size)
        gather(X, rows, begin, size, ld, work.A)
        forward_pass(net, drop, parameters, work, size, ld, NONE, NONE)
        logits = work.G[z * ld : (z + outputs) * ld]
        outputs_of(net.loss, logits, outputs, ld)
        for e in range(size):
            for k in range(outputs):
                out[begin + e, k] = logits[k * ld + e]
    count_again(before)
