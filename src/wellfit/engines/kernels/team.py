"""One step of training, worked through by as many threads as come by.

A batch of a wide network is cut into lanes, each a fixed set of slices with a gradient of its own. Whoever is free claims the
next lane. Then the lanes' gradients are summed, in their order, and the parameters moved, each lane taking a range of them.
So the bits depend on the network and the batch alone, and a helper that the system keeps waiting holds up one lane at most.

The board: CLAIM holds 256 t + lane, where t counts tasks and lane is the next to be claimed; the other places describe task t
and change only when none of its lanes is under way.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from wellfit.engines.kernels import atomics
from wellfit.engines.kernels.borrow import borrowed
from wellfit.engines.kernels.jit import entry, inlined, kernel
from wellfit.engines.kernels.layouts import STEP as STEPS_DONE
from wellfit.engines.kernels.network import part_of_batch
from wellfit.engines.kernels.subnormals import count_again, count_as_zero
from wellfit.engines.kernels.updates import update

CLAIM, DONE, TASK, FIRST, COUNT, STEP = 0, 8, 16, 17, 18, 19
BOARD_SIZE = 24
GRADIENT, SUM, UPDATE = range(3)
TOTAL, ETA = range(2)
# Lanes' ranges of parameters begin at whole cache lines.
RANGE_UNIT = 64
LANE_LIMIT = 256
STOP = -1
# Looks at the board before a waiting thread leaves its core to others: some 10 microseconds.
PATIENCE = 2000


@kernel
def publish(team, task):
    """Put a task on the board, all its lanes free."""
    team.board[TASK] = task
    atomics.store(team.board, DONE, 0)
    count = atomics.load(team.board, CLAIM) // LANE_LIMIT
    atomics.store(team.board, CLAIM, (count + 1) * LANE_LIMIT)


@kernel
def claim(team):
    """Return a lane of the batch on the board; -1 if none is free, -2 if there will be no more batches."""
    while True:
        seen = atomics.load(team.board, CLAIM)
        if seen == STOP:
            return -2
        lane = seen % LANE_LIMIT
        if lane >= team.lanes:
            return -1
        if atomics.replace(team.board, CLAIM, seen, seen + 1):
            return lane


@kernel
def wait_for_all(team):
    """Return when every lane of the batch is done."""
    looks = 0
    while atomics.load(team.board, DONE) < team.lanes:
        looks += 1
        if looks > PATIENCE:
            atomics.pause()


@kernel
def lane_start(size, lane, lanes):
    """Return where a lane's range of `size` parameters begins."""
    return min(size, (size // lanes // RANGE_UNIT + 1) * RANGE_UNIT * lane)


@kernel
def sum_range(team, size, lane):
    """Add all lanes' gradients to the first one's, in one lane's range."""
    start, stop = lane_start(size, lane, team.lanes), lane_start(size, lane + 1, team.lanes)
    whole = team.gradients[start:stop]
    for other in range(1, team.lanes):
        part = team.gradients[other * size + start : other * size + stop]
        for i in range(stop - start):
            whole[i] += part[i]


@kernel
def sum_lanes(team, size):
    """Leave the sum of all lanes' gradients in the first one's; return the sum of their costs."""
    if team.lanes > 1:
        publish(team, SUM)
        lane = claim(team)
        while lane >= 0:
            sum_range(team, size, lane)
            atomics.add(team.board, DONE, 1)
            lane = claim(team)
        wait_for_all(team)
    cost = team.costs[0]
    for lane in range(1, team.lanes):
        cost += team.costs[lane]
    return cost


@inlined
def loss_and_gradient(net, drop, parameters, work, team, X, Y, weights, rows, first, count, total, step, resident):
    """Return the batch's loss without penalties, and leave its gradient in the first lane, which is work.gradient."""
    shared = team.lanes > 1
    lane = 0
    if shared:
        team.board[FIRST], team.board[COUNT], team.board[STEP] = first, count, step
        team.numbers[TOTAL] = total
        publish(team, GRADIENT)
        lane = claim(team)
    while lane >= 0:
        out = team.gradients[lane * parameters.size : (lane + 1) * parameters.size]
        team.costs[lane] = part_of_batch(
            net, drop, parameters, work, out, X, Y, weights, rows, first, count, total, step, lane, team.lanes, resident
        )
        lane = -1
        if shared:
            atomics.add(team.board, DONE, 1)
            lane = claim(team)
    if shared:
        wait_for_all(team)
    return sum_lanes(team, parameters.size)


@inlined
def update_range(rule, tally, gradient, eta, step, start, stop):
    """Move a range of the parameters by one step; `step` counts from 0."""
    theta, m, v = tally.parameters[start:stop], tally.first_moment[start:stop], tally.second_moment[start:stop]
    update(rule, theta, m, v, gradient[start:stop], eta, step + 1)


@inlined
def move(rule, tally, team, gradient, eta):
    """Move all parameters by one step."""
    shared = team.lanes > 1
    size, step = gradient.size, tally.counts[STEPS_DONE]
    lane = 0
    if shared:
        team.board[STEP], team.numbers[ETA] = step, eta
        publish(team, UPDATE)
        lane = claim(team)
    while lane >= 0:
        update_range(rule, tally, gradient, eta, step, lane_start(size, lane, team.lanes), lane_start(size, lane + 1, team.lanes))
        lane = -1
        if shared:
            atomics.add(team.board, DONE, 1)
            lane = claim(team)
    if shared:
        wait_for_all(team)


@entry
def help_along(net, drop, rule, tally, work, team, X, Y, weights, rows):
    """Take lanes of one task after the other until the board says STOP."""
    before = count_as_zero()
    net, drop, tally = borrowed(net), borrowed(drop), borrowed(tally)
    work, team = borrowed(work), borrowed(team)
    X, Y, weights, rows = borrowed(X), borrowed(Y), borrowed(weights), borrowed(rows)
    size, looks = tally.parameters.size, 0
    while True:
        lane = claim(team)
        if lane >= 0:
            task, step = team.board[TASK], team.board[STEP]
            if task == GRADIENT:
                out = team.gradients[lane * size : (lane + 1) * size]
                first, count, total = team.board[FIRST], team.board[COUNT], team.numbers[TOTAL]
                team.costs[lane] = part_of_batch(
                    net, drop, tally.parameters, work, out, X, Y, weights, rows, first, count, total, step, lane, team.lanes, False
                )
            elif task == SUM:
                sum_range(team, size, lane)
            else:
                start, stop = lane_start(size, lane, team.lanes), lane_start(size, lane + 1, team.lanes)
                update_range(rule, tally, team.gradients[:size], team.numbers[ETA], step, start, stop)
            atomics.add(team.board, DONE, 1)
            looks = 0
        elif lane == -1:
            looks += 1
            if looks > PATIENCE:
                atomics.pause()
        else:
            count_again(before)
            return
