"""One batch, worked through by as many threads as come by.

A batch of a wide network is cut into lanes, each a fixed set of slices with a gradient of its own. Whoever is free claims the
next lane; at the end the lanes are summed in their order. So the bits depend on the network and the batch alone, and a
helper that the system keeps waiting holds up one lane at most, not the batch.

The board: CLAIM holds 256 t + lane, where t counts batches and lane is the next to be claimed; the other places describe
batch t and change only when none of its lanes is under way.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call"

from __future__ import annotations

from wellfit.engines.kernels import atomics
from wellfit.engines.kernels.borrow import borrowed, borrowed_dropout, borrowed_net, borrowed_team, borrowed_work
from wellfit.engines.kernels.jit import entry, inlined, kernel
from wellfit.engines.kernels.network import part_of_batch

CLAIM, DONE, FIRST, COUNT, STEP = 0, 8, 16, 17, 18
BOARD_SIZE = 24
LANE_LIMIT = 256
STOP = -1
# Looks at the board before a waiting thread leaves its core to others: some 10 microseconds.
PATIENCE = 2000


@kernel
def publish(team, first, count, total, step):
    """Put a batch on the board, all its lanes free."""
    team.board[FIRST], team.board[COUNT], team.board[STEP] = first, count, step
    team.total[0] = total
    atomics.store(team.board, DONE, 0)
    batch = atomics.load(team.board, CLAIM) // LANE_LIMIT
    atomics.store(team.board, CLAIM, (batch + 1) * LANE_LIMIT)


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
def sum_lanes(team, size):
    """Add all lanes' gradients to the first one's; return the sum of their costs."""
    cost = team.costs[0]
    whole = team.gradients[:size]
    for lane in range(1, team.lanes):
        cost += team.costs[lane]
        part = team.gradients[lane * size : (lane + 1) * size]
        for i in range(size):
            whole[i] += part[i]
    return cost


@inlined
def loss_and_gradient(net, drop, parameters, work, team, X, Y, weights, rows, first, count, total, step, resident):
    """Return the batch's loss without penalties, and leave its gradient in the first lane, which is work.gradient."""
    shared = team.lanes > 1
    lane = 0
    if shared:
        publish(team, first, count, total, step)
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


@entry
def help_along(net, drop, parameters, work, team, X, Y, weights, rows):
    """Take lanes of one batch after the other until the board says STOP."""
    net, drop, work, team = borrowed_net(net), borrowed_dropout(drop), borrowed_work(work), borrowed_team(team)
    parameters, X, Y, weights, rows = borrowed(parameters), borrowed(X), borrowed(Y), borrowed(weights), borrowed(rows)
    looks = 0
    while True:
        lane = claim(team)
        if lane >= 0:
            out = team.gradients[lane * parameters.size : (lane + 1) * parameters.size]
            first, count, step = team.board[FIRST], team.board[COUNT], team.board[STEP]
            team.costs[lane] = part_of_batch(
                net, drop, parameters, work, out, X, Y, weights, rows, first, count, team.total[0], step, lane, team.lanes, False
            )
            atomics.add(team.board, DONE, 1)
            looks = 0
        elif lane == -1:
            looks += 1
            if looks > PATIENCE:
                atomics.pause()
        else:
            return
