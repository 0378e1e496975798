"""One batch through the network: forward, loss, backward, slice by slice.

Legend: A[l] activations and G[l] of layer l (pre-activations, then slopes, then deltas;
ReLU layers keep no slopes: theirs can be read off A), units as rows, ld examples apart;
M the batch's weight; J the cost. See `wellfit.engines.kernels.layouts` for the records.

All but those of examples are compiled once for both dtypes: they pass addresses on, in bytes.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import math

import numpy as np

from wellfit.engines.kernels.counter import drop_layer
from wellfit.engines.kernels.functions import any_activation, any_error, any_loss, any_outputs
from wellfit.engines.kernels.jit import ITEMSIZE, Floats, Int, Ints, Real, Run, Table, clear, integers, kernel, reals, scalar
from wellfit.engines.kernels.processor import COLUMNS
from wellfit.engines.kernels.products import backward, forward, gradient, unrectify
from wellfit.engines.kernels.subnormals import count_again, count_as_zero
from wellfit.engines.kernels.turns import SQUARE_BYTES, turn_rows_square
from wellfit.engines.kernels.updates import penalise

# Codes of losses from here on are of classes.
FIRST_OF_CLASSES = 4


# === Examples ===


@kernel
def gather(table: Floats, width: Int, rows: Ints, first: Int, count: Int, ld: Int, out: Floats) -> None:
    """Copy rows of a table to columns: out[i, e] = table[rows[first + e], i]; columns beyond count become 0."""
    side = SQUARE_BYTES // ITEMSIZE
    whole = count // side * side if width >= side else 0
    for e in range(0, whole, side):
        for column in range(0, width, side):
            # The last square overlaps the one before it and writes the same numbers again.
            i = min(column, width - side)
            turn_rows_square(table, width, rows, first + e, i, out, i * ld + e, ld)
    for e in range(whole, count):
        row = rows[first + e]
        for i in range(width):
            out[i * ld + e] = table[row * width + i]
    for e in range(count, ld):
        for i in range(width):
            out[i * ld + e] = 0.0


@kernel
def gather_shares(weights: Floats, is_weighted: Int, rows: Ints, first: Int, count: Int, ld: Int, total: Real, out: Floats) -> None:
    """Write each example's weight over the batch's weight; 0 for padding."""
    for e in range(ld):
        if e < count:
            out[e] = (np.float64(weights[rows[first + e]]) if is_weighted != 0 else 1.0) / total
        else:
            out[e] = 0.0


@kernel
def weight_of(weights: Floats, rows: Ints, first: Int, count: Int) -> Real:
    """Return the summed weight of a batch."""
    total = 0.0
    for e in range(first, first + count):
        total += np.float64(weights[rows[e]])
    return total


@kernel
def put_rows(z: Floats, outputs: Int, count: Int, ld: Int, out: Floats) -> None:
    """Copy columns to rows: out[e, k] = z[k, e]."""
    for e in range(count):
        for k in range(outputs):
            out[e * outputs + k] = z[k * ld + e]


@scalar
def padded_to(count):
    """Return the examples of a slice after padding to whole vectors."""
    return (count + COLUMNS - 1) // COLUMNS * COLUMNS


@scalar
def weight_of_batch(code, table, rows, first, count):
    """Return the weight of a batch; examples count 1 where there are no weights."""
    total = float(count)
    if table.is_weighted != 0:
        total = weight_of(code.weight_of, table.weights, rows, first, count)
    return total


@scalar
def fetch(code, work, table, rows, first, count, ld, total):
    """Put a slice's examples, targets and shares in place."""
    gather(code.gather, table.X, table.columns, rows, first, count, ld, work.A)
    gather(code.gather, table.Y, table.targets, rows, first, count, ld, work.T)
    gather_shares(code.gather_shares, table.weights, table.is_weighted, rows, first, count, ld, total, work.share)


# === Passes ===


@kernel
def forward_pass(run: Run, parameters: Int, count: Int, ld: Int, step: Int, first: Int, drops: Int) -> None:
    """From the inputs in A[0] to the logits in G[L]."""
    code, net, work, rates = run.code, run.net, run.work, reals(run.drop.rates)
    widths, places, starts = integers(net.widths), integers(net.places), integers(net.starts)
    activations, unit = integers(net.activations), ld * net.itemsize
    for layer in range(net.layers):
        if drops != 0 and rates[layer] > 0.0:
            drop_layer(code.drop_layer, run, layer, count, ld, step, first)
        n_in, n_out = widths[layer], widths[layer + 1]
        W, A, above = parameters + starts[layer] * net.itemsize, work.A + places[layer] * unit, places[layer + 1] * unit
        hidden = layer + 1 < net.layers
        if hidden and activations[layer] == 0:
            forward(code.forward, W, n_in, n_out, A, work.A + above, ld, 0.0)
        else:
            forward(code.forward, W, n_in, n_out, A, work.G + above, ld, -math.inf)
            if hidden:
                any_activation(activations[layer], work.G + above, work.A + above, n_out * ld)


@kernel
def backward_pass(run: Run, parameters: Int, out: Int, ld: Int, is_first: Int, drops: Int) -> None:
    """From the deltas in G[L] to the gradient, added to `out`, or in place of what is there."""
    code, net, work, rates = run.code, run.net, run.work, reals(run.drop.rates)
    widths, places, starts = integers(net.widths), integers(net.places), integers(net.starts)
    activations, unit = integers(net.activations), ld * net.itemsize
    for layer in range(net.layers - 1, -1, -1):
        n_in, n_out, start = widths[layer], widths[layer + 1], starts[layer] * net.itemsize
        A, G, D = work.A + places[layer] * unit, work.G + places[layer] * unit, work.G + places[layer + 1] * unit
        gradient(code.gradient, out + start, n_in, n_out, A, D, ld, work.turned, work.padded, is_first)
        if layer > 0 and activations[layer - 1] == 0:
            kept = 1.0 / (1.0 - rates[layer]) if drops != 0 else 1.0
            unrectify(code.unrectify, parameters + start, n_in, n_out, D, G, A, ld, kept)
        elif layer > 0:
            backward(code.backward, parameters + start, n_in, n_out, D, G, ld)


@kernel
def penalty(run: Run, parameters: Int, out: Int, total: Real) -> Real:
    """Add the penalties' gradient to out; return their share of J."""
    net, cost = run.net, 0.0
    widths, starts = integers(net.widths), integers(net.starts)
    for layer in range(net.layers):
        start, count = starts[layer] * net.itemsize, widths[layer] * widths[layer + 1]
        cost += penalise(run.code.penalise, parameters + start, out + start, count, net.l2, net.l1, total, run.work.scratch)
    return cost


@scalar
def penalty_of_batch(run, parameters, out, total):
    """Do the same where there are penalties."""
    cost = 0.0
    if run.net.l2 != 0.0 or run.net.l1 != 0.0:
        cost = penalty(run.code.penalty, run, parameters, out, total)
    return cost


@kernel
def part_of_batch(
    run: Run, parameters: Int, out: Int, rows: Ints, first: Int, count: Int, total: Real, step: Int, shard: Int, shards: Int, resident: Int
) -> Real:
    """Return what every `shards`-th slice, from `shard` on, adds to the loss of a batch, and leave its gradient in `out`.

    The batch is rows[first : first + count] and weighs `total`. Where `resident` holds, it is one slice whose examples,
    targets and shares are in place already.
    """
    code, net, work, drops = run.code, run.net, run.work, run.drop.active
    z, outputs = integers(net.places)[net.layers], integers(net.widths)[net.layers]
    if shard * net.slice_size >= count:
        clear(out, net.parameters * net.itemsize)
    loss = 0.0
    for begin in range(shard * net.slice_size, count, shards * net.slice_size):
        size = min(net.slice_size, count - begin)
        ld = padded_to(size)
        if resident == 0:
            fetch(code, work, run.table, rows, first + begin, size, ld, total)
        forward_pass(code.forward_pass, run, parameters, size, ld, step, begin, drops)
        logits = work.G + z * ld * net.itemsize
        loss += any_loss(code.loss, logits, work.T, work.share, work.scratch, outputs, ld, net.huber_delta, net.smoothing)
        backward_pass(code.backward_pass, run, parameters, out, ld, int(begin == shard * net.slice_size), drops)
    return loss


# === What Python calls ===


@kernel
def batch_cost(run: Run, parameters: Int, total: Real, step: Int) -> Real:
    """Return J of all the rows as one batch, and leave its gradient in work.gradient."""
    before, code, out = count_as_zero(), run.code, run.work.gradient
    loss = part_of_batch(code.part_of_batch, run, parameters, out, run.table.rows, 0, run.table.size, total, step, 0, 1, 0)
    J = loss + penalty_of_batch(run, parameters, out, total)
    count_again(before)
    return J


@kernel
def evaluate(run: Run, table: Table, parameters: Int, rows: Ints, count: Int) -> Real:
    """Return the error over rows, without dropout and smoothing, and put the mean loss behind the sums of errors."""
    code, net, work = run.code, run.net, run.work
    total = weight_of_batch(code, table, rows, 0, count)
    z, outputs = integers(net.places)[net.layers], integers(net.widths)[net.layers]
    sums = reals(work.sums)
    for k in range(1 + 3 * outputs):
        sums[k] = 0.0
    cost = 0.0
    for begin in range(0, count, net.slice_size):
        size = min(net.slice_size, count - begin)
        ld = padded_to(size)
        fetch(code, work, table, rows, begin, size, ld, total)
        forward_pass(code.forward_pass, run, parameters, size, ld, 0, 0, 0)
        logits = work.G + z * ld * net.itemsize
        any_error(code.error, logits, work.T, work.share, outputs, size, ld, sums)
        cost += any_loss(code.loss, logits, work.T, work.share, work.scratch, outputs, ld, net.huber_delta, 0.0)
    sums[1 + 3 * outputs] = cost
    if net.loss >= FIRST_OF_CLASSES:
        return sums[0]
    error = 0.0
    for k in range(outputs):
        residual, mean, square = sums[1 + 3 * k], sums[2 + 3 * k], sums[3 + 3 * k]
        spread = square - mean * mean
        if spread <= 1e-14 * square:
            error += 0.0 if residual == 0.0 else 1.0
        else:
            error += residual / spread
    return error / outputs


@kernel
def predict(run: Run, parameters: Int, out: Int) -> None:
    """Write the network's outputs for the table's rows to out, (rows, outputs)."""
    before, code, net, work, table = count_as_zero(), run.code, run.net, run.work, run.table
    z, outputs = integers(net.places)[net.layers], integers(net.widths)[net.layers]
    for begin in range(0, table.size, net.slice_size):
        size = min(net.slice_size, table.size - begin)
        ld = padded_to(size)
        gather(code.gather, table.X, table.columns, table.rows, begin, size, ld, work.A)
        forward_pass(code.forward_pass, run, parameters, size, ld, 0, 0, 0)
        logits = work.G + z * ld * net.itemsize
        if code.outputs != 0:
            any_outputs(code.outputs, logits, outputs, ld)
        put_rows(code.put_rows, logits, outputs, size, ld, out + begin * outputs * net.itemsize)
    count_again(before)
