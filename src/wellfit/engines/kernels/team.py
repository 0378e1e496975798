"""One step of training, worked through by as many threads as come by.

A batch of a wide network is cut into lanes, each a fixed set of slices with a gradient of its own. Whoever is free claims the
next lane. Then the lanes' gradients are summed, in their order, and the parameters moved, each lane taking a range of them.
So the bits depend on the network and the batch alone, and a helper that the system keeps waiting holds up one lane at most.

The board: CLAIM holds 256 t + lane, where t counts tasks and lane is the next to be claimed; the other places describe task t
and change only when none of its lanes is under way.
"""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

from wellfit.engines.kernels import atomics
from wellfit.engines.kernels.jit import Floats, Int, Real, Run, after, integers, kernel, reals, scalar
from wellfit.engines.kernels.layouts import STEP as STEPS_DONE
from wellfit.engines.kernels.network import part_of_batch
from wellfit.engines.kernels.subnormals import count_again, count_as_zero
from wellfit.engines.kernels.updates import any_update

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


# === The board ===


@scalar
def publish(board, task):
    """Put a task on the board, all its lanes free."""
    board[TASK] = task
    atomics.store(board, DONE, 0)
    count = atomics.load(board, CLAIM) // LANE_LIMIT
    atomics.store(board, CLAIM, (count + 1) * LANE_LIMIT)


@scalar
def claim(board, lanes):
    """Return a lane of the batch on the board; -1 if none is free, -2 if there will be no more batches."""
    found = -3
    while found == -3:
        seen = atomics.load(board, CLAIM)
        lane = seen % LANE_LIMIT
        if seen == STOP:
            found = -2
        elif lane >= lanes:
            found = -1
        elif atomics.replace(board, CLAIM, seen, seen + 1):
            found = lane
    return found


@scalar
def lane_start(size, lane, lanes):
    """Return where a lane's range of `size` parameters begins."""
    return min(size, (size // lanes // RANGE_UNIT + 1) * RANGE_UNIT * lane)


# === A lane of a task ===


@kernel
def sum_range(gradients: Floats, size: Int, lanes: Int, start: Int, stop: Int) -> None:
    """Add all lanes' gradients to the first one's, from `start` to `stop`."""
    whole = after(gradients, start)
    for other in range(1, lanes):
        part = after(gradients, other * size + start)
        for i in range(stop - start):
            whole[i] += part[i]


@kernel
def do_lane(run: Run, lane: Int) -> None:
    """Do one lane of the task on the board."""
    code, net, tally, team = run.code, run.net, run.tally, run.team
    board, numbers = integers(team.board), reals(team.numbers)
    size, step = net.parameters, board[STEP]
    if board[TASK] == GRADIENT:
        out = team.gradients + lane * size * net.itemsize
        reals(team.costs)[lane] = part_of_batch(
            code.part_of_batch,
            run,
            tally.parameters,
            out,
            run.work.ordered,
            board[FIRST],
            board[COUNT],
            numbers[TOTAL],
            step,
            lane,
            team.lanes,
            0,
        )
    else:
        start, stop = lane_start(size, lane, team.lanes), lane_start(size, lane + 1, team.lanes)
        if board[TASK] == SUM:
            sum_range(code.sum_range, team.gradients, size, team.lanes, start, stop)
        else:
            skip = start * net.itemsize
            theta, m, v = tally.parameters + skip, tally.first_moment + skip, tally.second_moment + skip
            any_update(code.update, run.rule, theta, m, v, team.gradients + skip, stop - start, numbers[ETA], step + 1)


@kernel
def do_task(run: Run, task: Int) -> None:
    """Put a task on the board and see that all of its lanes are done."""
    board, lanes = integers(run.team.board), run.team.lanes
    publish(board, task)
    lane = claim(board, lanes)
    while lane >= 0:
        do_lane(run.code.do_lane, run, lane)
        atomics.add(board, DONE, 1)
        lane = claim(board, lanes)
    looks = 0
    while atomics.load(board, DONE) < lanes:
        looks += 1
        if looks > PATIENCE:
            atomics.pause()


# === Whole tasks ===


@kernel
def shared_gradient(run: Run, first: Int, count: Int, total: Real, step: Int) -> Real:
    """Return the batch's loss without penalties, and leave its gradient in the first lane, which is work.gradient."""
    board, costs = integers(run.team.board), reals(run.team.costs)
    board[FIRST], board[COUNT], board[STEP] = first, count, step
    reals(run.team.numbers)[TOTAL] = total
    do_task(run.code.do_task, run, GRADIENT)
    do_task(run.code.do_task, run, SUM)
    cost = costs[0]
    for lane in range(1, run.team.lanes):
        cost += costs[lane]
    return cost


@kernel
def shared_update(run: Run, eta: Real) -> None:
    """Move all parameters by one step."""
    integers(run.team.board)[STEP] = integers(run.tally.counts)[STEPS_DONE]
    reals(run.team.numbers)[ETA] = eta
    do_task(run.code.do_task, run, UPDATE)


@kernel
def help_along(run: Run) -> None:
    """Take lanes of one task after the other until the board says STOP."""
    before, board, looks = count_as_zero(), integers(run.team.board), 0
    while True:
        lane = claim(board, run.team.lanes)
        if lane >= 0:
            do_lane(run.code.do_lane, run, lane)
            atomics.add(board, DONE, 1)
            looks = 0
        elif lane == -1:
            looks += 1
            if looks > PATIENCE:
                atomics.pause()
        else:
            break
    count_again(before)
