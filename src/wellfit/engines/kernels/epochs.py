"""Many epochs in one call: batches, steps, evaluation on the dev rows, stopping.

The rules are those of `wellfit.engines.reference`, kept in the same order.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

import math

from wellfit.engines.kernels.counter import shuffle
from wellfit.engines.kernels.jit import Int, Real, Run, copy, integers, kernel, reals, scalar
from wellfit.engines.kernels.layouts import BEST_EPOCH, BEST_SCORE, EPOCH, MADE, OUTCOME, RATE_FACTOR, STEP, TRACED, WAITED
from wellfit.engines.kernels.network import evaluate, fetch, padded_to, part_of_batch, penalty_of_batch, weight_of_batch
from wellfit.engines.kernels.subnormals import count_again, count_as_zero
from wellfit.engines.kernels.team import shared_gradient, shared_update
from wellfit.engines.kernels.updates import ADAPTIVE, all_finite, any_update, norm, rate_at, shrink

RUNNING, CONVERGED, STOPPED_EARLY, EPOCHS_USED_UP, _, DIVERGED = range(6)
MONITOR_NONE, MONITOR_COST, MONITOR_DEV_COST, MONITOR_DEV_ERROR = range(4)
SMALLEST_ADAPTIVE_RATE = 1e-6


@scalar
def _order_rows(run, epoch):
    """Put the epoch's rows, in their order, into `ordered`."""
    course, count = run.course, run.table.size
    rows, order, ordered = integers(run.table.rows), integers(run.work.order), integers(run.work.ordered)
    if course.periods > 0:
        given = integers(course.orders + epoch % course.periods * count * 8)
        for i in range(count):
            ordered[i] = rows[given[i]]
    elif course.shuffle != 0:
        shuffle(run.code.shuffle, order, count, run.drop.seed_low, run.drop.seed_high, epoch)
        for i in range(count):
            ordered[i] = rows[order[i]]


@scalar
def _step(run, counts, eta):
    """Move the parameters by the gradient at hand."""
    code, net, tally, rule = run.code, run.net, run.tally, run.rule
    if code.shrink != 0:
        for layer in range(net.layers):
            start = integers(net.starts)[layer] * net.itemsize
            count = integers(net.widths)[layer] * integers(net.widths)[layer + 1]
            shrink(code.shrink, tally.parameters + start, count, 1.0 - eta * rule.decay)
    if run.team.shards > 1:
        shared_update(code.shared_update, run, eta)
    else:
        gradient, size = run.work.gradient, net.parameters
        any_update(code.update, rule, tally.parameters, tally.first_moment, tally.second_moment, gradient, size, eta, counts[STEP] + 1)


@kernel
def run_epoch(run: Run, resident: Int) -> Real:
    """Run one epoch; return its cost (not finite: diverged), and leave the last rate in the record that is to be made."""
    code, course, tally, work, rates = run.code, run.course, run.tally, run.work, run.rates
    counts, n, factor = integers(tally.counts), run.table.size, reals(tally.numbers)[RATE_FACTOR]
    out, parameters, rate = work.gradient, tally.parameters, reals(tally.rate)
    seen = float(counts[EPOCH]) * n
    rate[0] = rate_at(code.rate_at, rates, float(counts[EPOCH]), seen, factor)
    cost, total = 0.0, 0.0
    for first in range(0, n, course.batch_size):
        count = min(course.batch_size, n - first)
        weight = weight_of_batch(code, run.table, work.ordered, first, count)
        # Not "weight > 0": a batch that weighs nan must show in the cost.
        if not weight <= 0.0:
            if run.team.shards > 1:
                loss = shared_gradient(code.shared_gradient, run, first, count, weight, counts[STEP])
            else:
                loss = part_of_batch(
                    code.part_of_batch, run, parameters, out, work.ordered, first, count, weight, counts[STEP], 0, 1, resident
                )
            J = loss + penalty_of_batch(run, parameters, out, weight)
            if not math.isfinite(J):
                return math.nan
            if rates.per_step != 0:
                rate[0] = rate_at(code.rate_at, rates, float(counts[STEP]), seen, factor)
            _step(run, counts, rate[0])
            counts[STEP] += 1
            cost += J * weight
            total += weight
    return cost / total


@scalar
def _keep_safe(tally, size):
    """Remember the epoch's start."""
    copy(tally.parameters, tally.safe, size)
    copy(tally.first_moment, tally.safe + size, size)
    copy(tally.second_moment, tally.safe + 2 * size, size)


@scalar
def _go_back(tally, size, counts, step):
    """Return to the epoch's start for good."""
    copy(tally.safe, tally.parameters, size)
    copy(tally.safe + size, tally.first_moment, size)
    copy(tally.safe + 2 * size, tally.second_moment, size)
    counts[STEP] = step
    counts[OUTCOME] = DIVERGED


@scalar
def _look(run, counts, value, gap):
    """Compare a monitored value with the best so far; decide on stopping."""
    course, tally, numbers = run.course, run.tally, reals(run.tally.numbers)
    if value > numbers[BEST_SCORE] - course.tolerance:
        counts[WAITED] += gap
    else:
        counts[WAITED] = 0
    if value < numbers[BEST_SCORE]:
        numbers[BEST_SCORE] = value
        counts[BEST_EPOCH] = counts[EPOCH]
        if course.monitor != MONITOR_COST:
            copy(tally.parameters, tally.best_parameters, run.net.parameters * run.net.itemsize)
    if course.patience >= 0 and counts[WAITED] > course.patience:
        if run.rates.code == ADAPTIVE and reals(tally.rate)[0] > SMALLEST_ADAPTIVE_RATE:
            numbers[RATE_FACTOR] /= 5.0
            counts[WAITED] = 0
        else:
            counts[OUTCOME] = CONVERGED if course.monitor == MONITOR_COST else STOPPED_EARLY


@kernel
def record(run: Run, index: Int) -> None:
    """Fill one record; without dev rows it holds no costs and errors."""
    code, net, work, tally, records = run.code, run.net, run.work, run.tally, run.records
    integers(records.epoch)[index] = integers(tally.counts)[EPOCH]
    reals(records.rate)[index] = reals(tally.rate)[0]
    widths, starts = integers(net.widths), integers(net.starts)
    for layer in range(net.layers):
        start, count = starts[layer] * net.itemsize, widths[layer] * widths[layer + 1]
        reals(records.norms)[index * net.layers + layer] = norm(code.norm, work.gradient + start, count)
    count, cost = run.dev.size, reals(work.sums + 8 * (1 + 3 * widths[net.layers]))
    if count > 0:
        # Of as many training rows as there are dev rows.
        like = min(count, run.table.size)
        reals(records.train_error)[index] = evaluate(code.evaluate, run, run.table, tally.parameters, run.table.rows, like)
        reals(records.dev_error)[index] = evaluate(code.evaluate, run, run.dev, tally.parameters, run.dev.rows, count)
        reals(records.dev_cost)[index] = cost[0]


@kernel
def run_epochs(run: Run, epochs: Int) -> None:
    """Train for at most `epochs` epochs; count in `records.filled` those traced and the records made."""
    before = count_as_zero()
    code, net, drop, course, table, tally, work, records = (
        run.code,
        run.net,
        run.drop,
        run.course,
        run.table,
        run.tally,
        run.work,
        run.records,
    )
    counts, filled, size = integers(tally.counts), integers(records.filled), net.parameters * net.itemsize
    copy(table.rows, work.ordered, table.size * 8)
    one_slice = course.batch_size >= table.size and table.size <= net.slice_size
    # Dropped inputs overwrite A[0], and a look at other rows does too: then the batch is fetched again.
    stays = one_slice and course.periods == 0 and not (drop.active != 0 and reals(drop.rates)[0] > 0.0)
    in_place = False
    for done in range(epochs):
        _keep_safe(tally, size)
        step = counts[STEP]
        _order_rows(run, counts[EPOCH])
        if stays and not in_place:
            total = weight_of_batch(code, table, table.rows, 0, table.size)
            fetch(code, work, table, table.rows, 0, table.size, padded_to(table.size), total)
            in_place = True
        cost = run_epoch(code.run_epoch, run, int(in_place))
        if not (math.isfinite(cost) and all_finite(code.all_finite, tally.parameters, net.parameters) != 0):
            _go_back(tally, size, counts, step)
            break
        reals(records.cost)[done] = cost
        filled[TRACED] += 1
        counts[EPOCH] += 1
        last = counts[EPOCH] == course.total_epochs
        looks = counts[EPOCH] % course.record_every == 0 or last
        value, gap = cost, 1
        if looks:
            index = filled[MADE]
            record(code.record, run, index)
            filled[MADE] += 1
            in_place = in_place and run.dev.size == 0
            if course.monitor == MONITOR_DEV_COST:
                value, gap = reals(records.dev_cost)[index], course.record_every
            elif course.monitor == MONITOR_DEV_ERROR:
                value, gap = reals(records.dev_error)[index], course.record_every
        if course.monitor == MONITOR_COST or (course.monitor != MONITOR_NONE and looks):
            _look(run, counts, value, gap)
        if counts[OUTCOME] != RUNNING:
            break
        if last:
            counts[OUTCOME] = EPOCHS_USED_UP
            break
    count_again(before)
