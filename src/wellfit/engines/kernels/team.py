"""One step of training, shared by several threads.

A batch of a wide network is cut into shards, each a fixed set of slices with a gradient of its own. A free thread claims the
next shard. Then the shards' gradients are summed, in their order, and the parameters updated, each shard taking a range of them.
So the bits depend on the network and the batch alone, and a thread that the system suspends delays one shard at most.

The board: CLAIM holds 256 t + shard, where t counts tasks and shard is the next to be claimed; the other places describe task t
and change only when none of its shards is under way.
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
# Shards' ranges of parameters begin at whole cache lines.
RANGE_UNIT = 64
SHARD_LIMIT = 256
STOP = -1
# Looks at the board before a waiting thread leaves its core to others: some 10 microseconds.
PATIENCE = 2000


# === The board ===


@scalar
def publish(board, task):
    """Put a task on the board, all its shards free."""
    board[TASK] = task
    atomics.store(board, DONE, 0)
    count = atomics.load(board, CLAIM) // SHARD_LIMIT
    atomics.store(board, CLAIM, (count + 1) * SHARD_LIMIT)


@scalar
def claim(board, shards):
    """Return a shard of the batch on the board; -1 if none is free, -2 if there will be no more batches."""
    found = -3
    while found == -3:
        seen = atomics.load(board, CLAIM)
        shard = seen % SHARD_LIMIT
        if seen == STOP:
            found = -2
        elif shard >= shards:
            found = -1
        elif atomics.replace(board, CLAIM, seen, seen + 1):
            found = shard
    return found


@scalar
def shard_start(size, shard, shards):
    """Return where a shard's range of `size` parameters begins."""
    return min(size, (size // shards // RANGE_UNIT + 1) * RANGE_UNIT * shard)


# === A shard of a task ===


@kernel
def sum_range(gradients: Floats, size: Int, shards: Int, start: Int, stop: Int) -> None:
    """Add all shards' gradients to the first one's, from `start` to `stop`."""
    whole = after(gradients, start)
    for other in range(1, shards):
        part = after(gradients, other * size + start)
        for i in range(stop - start):
            whole[i] += part[i]


@kernel
def do_shard(run: Run, shard: Int) -> None:
    """Do one shard of the task on the board."""
    code, net, tally, team = run.code, run.net, run.tally, run.team
    board, numbers = integers(team.board), reals(team.numbers)
    size, step = net.parameters, board[STEP]
    if board[TASK] == GRADIENT:
        out = team.gradients + shard * size * net.itemsize
        reals(team.costs)[shard] = part_of_batch(
            code.part_of_batch,
            run,
            tally.parameters,
            out,
            run.work.ordered,
            board[FIRST],
            board[COUNT],
            numbers[TOTAL],
            step,
            shard,
            team.shards,
            0,
        )
    else:
        start, stop = shard_start(size, shard, team.shards), shard_start(size, shard + 1, team.shards)
        if board[TASK] == SUM:
            sum_range(code.sum_range, team.gradients, size, team.shards, start, stop)
        else:
            skip = start * net.itemsize
            theta, m, v = tally.parameters + skip, tally.first_moment + skip, tally.second_moment + skip
            any_update(code.update, run.rule, theta, m, v, team.gradients + skip, stop - start, numbers[ETA], step + 1)


@kernel
def do_task(run: Run, task: Int) -> None:
    """Put a task on the board and see that all of its shards are done."""
    board, shards = integers(run.team.board), run.team.shards
    publish(board, task)
    shard = claim(board, shards)
    while shard >= 0:
        do_shard(run.code.do_shard, run, shard)
        atomics.add(board, DONE, 1)
        shard = claim(board, shards)
    looks = 0
    while atomics.load(board, DONE) < shards:
        looks += 1
        if looks > PATIENCE:
            atomics.pause()


# === Whole tasks ===


@kernel
def shared_gradient(run: Run, first: Int, count: Int, total: Real, step: Int) -> Real:
    """Return the batch's loss without penalties, and leave its gradient in the first shard, which is work.gradient."""
    board, costs = integers(run.team.board), reals(run.team.costs)
    board[FIRST], board[COUNT], board[STEP] = first, count, step
    reals(run.team.numbers)[TOTAL] = total
    do_task(run.code.do_task, run, GRADIENT)
    do_task(run.code.do_task, run, SUM)
    cost = costs[0]
    for shard in range(1, run.team.shards):
        cost += costs[shard]
    return cost


@kernel
def shared_update(run: Run, eta: Real) -> None:
    """Move all parameters by one step."""
    integers(run.team.board)[STEP] = integers(run.tally.counts)[STEPS_DONE]
    reals(run.team.numbers)[ETA] = eta
    do_task(run.code.do_task, run, UPDATE)


@kernel
def help_along(run: Run) -> None:
    """Take shards of one task after the other until the board holds STOP."""
    before, board, looks = count_as_zero(), integers(run.team.board), 0
    while True:
        shard = claim(board, run.team.shards)
        if shard >= 0:
            do_shard(run.code.do_shard, run, shard)
            atomics.add(board, DONE, 1)
            looks = 0
        elif shard == -1:
            looks += 1
            if looks > PATIENCE:
                atomics.pause()
        else:
            break
    count_again(before)
