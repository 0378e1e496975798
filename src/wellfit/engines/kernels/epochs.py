"""Many epochs in one call: batches, steps, looks at the dev rows, stopping.

The rules are those of `wellfit.engines.reference`, kept in the same order.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import math

from wellfit.engines.kernels.borrow import borrowed
from wellfit.engines.kernels.counter import shuffle
from wellfit.engines.kernels.jit import entry, inlined
from wellfit.engines.kernels.layouts import BEST_EPOCH, BEST_SCORE, EPOCH, OUTCOME, RATE_FACTOR, STEP, WAITED
from wellfit.engines.kernels.network import NONE, copy, evaluate, gather, gather_shares, padded_to, penalty, weight_of
from wellfit.engines.kernels.subnormals import count_again, count_as_zero
from wellfit.engines.kernels.team import loss_and_gradient, move
from wellfit.engines.kernels.updates import ADAMW, ADAPTIVE, all_finite, norm, rate_at, shrink

RUNNING, CONVERGED, STOPPED_EARLY, EPOCHS_USED_UP, _, DIVERGED = range(6)
MONITOR_NONE, MONITOR_COST, MONITOR_DEV_COST, MONITOR_DEV_ERROR = range(4)
SMALLEST_ADAPTIVE_RATE = 1e-6


@inlined
def _order_rows(course, rows, drop, epoch, order, ordered):
    """Put the epoch's rows, in their order, into `ordered`."""
    if course.orders.shape[0] > 0:
        given = course.orders[epoch % course.orders.shape[0]]
        for i in range(rows.size):
            ordered[i] = rows[given[i]]
    elif course.shuffle:
        shuffle(order, drop.seed_low, drop.seed_high, epoch)
        for i in range(rows.size):
            ordered[i] = rows[order[i]]


@inlined
def _step(net, rule, tally, work, team, eta):
    """Move the parameters by the gradient at hand."""
    if rule.code == ADAMW:
        for layer in range(net.widths.size - 1):
            start = net.starts[layer]
            stop = start + net.widths[layer] * net.widths[layer + 1]
            shrink(tally.parameters[start:stop], 1.0 - eta * rule.decay)
    move(rule, tally, team, work.gradient, eta)


@inlined
def _epoch(net, drop, rule, rates, course, tally, work, team, X, Y, weights, ordered, resident):
    """Run one epoch; return its cost (not finite: diverged) and the last rate."""
    counts = tally.counts
    epoch, n = counts[EPOCH], ordered.size
    seen = float(epoch) * n
    eta = rate_at(rates, float(epoch), seen, tally.numbers[RATE_FACTOR])
    cost, total = 0.0, 0.0
    for first in range(0, n, course.batch_size):
        count = min(course.batch_size, n - first)
        weight = weight_of(weights, ordered, first, count)
        # Not "weight > 0": a batch that weighs nan must show in the cost.
        if not weight <= 0.0:
            loss = loss_and_gradient(
                net, drop, tally.parameters, work, team, X, Y, weights, ordered, first, count, weight, counts[STEP], resident
            )
            J = loss + penalty(net, tally.parameters, work.gradient, weight, work.scratch)
            if not math.isfinite(J):
                return math.nan, eta
            if rates.per_step:
                eta = rate_at(rates, float(counts[STEP]), seen, tally.numbers[RATE_FACTOR])
            _step(net, rule, tally, work, team, eta)
            counts[STEP] += 1
            cost += J * weight
            total += weight
    return cost / total, eta


@inlined
def _keep_safe(tally):
    """Remember the epoch's start."""
    size = tally.parameters.size
    copy(tally.parameters, NONE, tally.safe, NONE, size)
    copy(tally.first_moment, NONE, tally.safe, size, size)
    copy(tally.second_moment, NONE, tally.safe, 2 * size, size)


@inlined
def _go_back(tally, step):
    """Return to the epoch's start for good."""
    size = tally.parameters.size
    copy(tally.safe, NONE, tally.parameters, NONE, size)
    copy(tally.safe, size, tally.first_moment, NONE, size)
    copy(tally.safe, 2 * size, tally.second_moment, NONE, size)
    tally.counts[STEP] = step
    tally.counts[OUTCOME] = DIVERGED


@inlined
def _look(course, rates, tally, value, gap, eta):
    """Compare a monitored value with the best so far; decide on stopping."""
    counts, numbers = tally.counts, tally.numbers
    if value > numbers[BEST_SCORE] - course.tolerance:
        counts[WAITED] += gap
    else:
        counts[WAITED] = 0
    if value < numbers[BEST_SCORE]:
        numbers[BEST_SCORE] = value
        counts[BEST_EPOCH] = counts[EPOCH]
        if course.monitor != MONITOR_COST:
            copy(tally.parameters, NONE, tally.best_parameters, NONE, tally.parameters.size)
    if course.patience >= 0 and counts[WAITED] > course.patience:
        if rates.code == ADAPTIVE and eta > SMALLEST_ADAPTIVE_RATE:
            numbers[RATE_FACTOR] /= 5.0
            counts[WAITED] = 0
        else:
            counts[OUTCOME] = CONVERGED if course.monitor == MONITOR_COST else STOPPED_EARLY


@inlined
def _record(net, calm, tally, work, X, Y, weights, rows, dev_X, dev_Y, dev_weights, dev_rows, records, index, eta, sums):
    """Fill one record; returns (dev cost, dev error)."""
    records.epoch[index] = tally.counts[EPOCH]
    records.rate[index] = eta
    for layer in range(net.widths.size - 1):
        start = net.starts[layer]
        records.norms[index, layer] = norm(work.gradient[start : start + net.widths[layer] * net.widths[layer + 1]])
    if dev_rows.size == 0:
        return math.nan, math.nan
    cost, error = math.nan, math.nan
    for part in range(2):
        # One call of `evaluate` for both tables: each call is compiled anew.
        ours = part == 0
        cost, error = evaluate(
            net,
            calm,
            tally.parameters,
            work,
            X if ours else dev_X,
            Y if ours else dev_Y,
            weights if ours else dev_weights,
            rows[: dev_rows.size] if ours else dev_rows,
            sums,
        )
        if ours:
            records.train_error[index] = error
    records.dev_cost[index], records.dev_error[index] = cost, error
    return cost, error


@inlined
def _run_epochs(
    net, drop, calm, rule, rates, course, tally, work, team, X, Y, weights, rows, dev_X, dev_Y, dev_weights, dev_rows, records, epochs
):
    net, course, work = borrowed(net), borrowed(course), borrowed(work)
    drop, calm = borrowed(drop), borrowed(calm)
    tally, team, records = borrowed(tally), borrowed(team), borrowed(records)
    X, Y, weights, rows = borrowed(X), borrowed(Y), borrowed(weights), borrowed(rows)
    dev_X, dev_Y, dev_weights, dev_rows = borrowed(dev_X), borrowed(dev_Y), borrowed(dev_weights), borrowed(dev_rows)
    counts = tally.counts
    order, ordered, sums = work.order, work.ordered, work.sums
    copy(rows, NONE, ordered, NONE, rows.size)
    one_slice = course.batch_size >= rows.size and rows.size <= net.slice_size
    # Dropped inputs overwrite A[0], and a look at other rows does too: then the batch is fetched again.
    stays = one_slice and course.orders.shape[0] == 0 and not (drop.active and drop.rates[0] > 0.0)
    in_place = False
    made = 0
    for done in range(epochs):
        _keep_safe(tally)
        step = counts[STEP]
        _order_rows(course, rows, drop, counts[EPOCH], order, ordered)
        if stays and not in_place:
            ld = padded_to(rows.size)
            total = weight_of(weights, rows, NONE, rows.size)
            gather(X, rows, NONE, rows.size, ld, work.A)
            gather(Y, rows, NONE, rows.size, ld, work.T)
            gather_shares(weights, rows, NONE, rows.size, ld, total, work.share)
            in_place = True
        cost, eta = _epoch(net, drop, rule, rates, course, tally, work, team, X, Y, weights, ordered, in_place)
        if not (math.isfinite(cost) and all_finite(tally.parameters)):
            _go_back(tally, step)
            return done, made
        records.cost[done] = cost
        counts[EPOCH] += 1
        last = counts[EPOCH] == course.total_epochs
        looks = counts[EPOCH] % course.record_every == 0 or last
        value, gap = cost, 1
        if looks:
            dev_cost, dev_error = _record(
                net, calm, tally, work, X, Y, weights, rows, dev_X, dev_Y, dev_weights, dev_rows, records, made, eta, sums
            )
            made += 1
            in_place = in_place and dev_rows.size == 0
            if course.monitor == MONITOR_DEV_COST:
                value, gap = dev_cost, course.record_every
            elif course.monitor == MONITOR_DEV_ERROR:
                value, gap = dev_error, course.record_every
        if course.monitor == MONITOR_COST or (course.monitor != MONITOR_NONE and looks):
            _look(course, rates, tally, value, gap, eta)
        if counts[OUTCOME] != RUNNING:
            return done + 1, made
        if last:
            counts[OUTCOME] = EPOCHS_USED_UP
            return done + 1, made
    return epochs, made


@entry
def run_epochs(
    net, drop, calm, rule, rates, course, tally, work, team, X, Y, weights, rows, dev_X, dev_Y, dev_weights, dev_rows, records, epochs
):
    """Train for at most `epochs` epochs; return (epochs traced, records made). `calm` is `drop` switched off."""
    before = count_as_zero()
    done = _run_epochs(
        net, drop, calm, rule, rates, course, tally, work, team, X, Y, weights, rows, dev_X, dev_Y, dev_weights, dev_rows, records, epochs
    )
    count_again(before)
    return done
