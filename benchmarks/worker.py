"""One who takes part, in a process of its own: ``python -m benchmarks.worker``.

Reads one line of JSON that says who and what, prepares and warms up, then answers each further line with one timed sample. A
process each keeps thread pools, allocators and compilers of one library from touching another's time, and lets the
number of threads be set before a library is imported, which is the only time that some of them look.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from typing import Any, TextIO

from benchmarks.tasks import Task, from_dict, kind_of


def main() -> None:
    """Serve until standard input ends."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not mix with the replies
    request = json.loads(sys.stdin.readline())
    task = from_dict(request["task"])
    run = getattr(importlib.import_module(request["module"]), kind_of(task))(task)
    cost = run(task.check)
    steps = task.sample or _steps_for(task, run, request["seconds"])
    run(steps)  # JAX compiles anew for each number of steps; that must not fall into a sample
    _reply(replies, {"cost": cost, "steps": steps})
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        run(steps)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        _reply(replies, {"seconds": wall, "cpu_seconds": cpu})


def _steps_for(task: Task, run: Any, seconds: float) -> int:
    """Return how many steps make a sample of about that many seconds: a part of a whole run, or whole runs."""
    steps = task.check
    while True:
        start = time.perf_counter()
        run(steps)
        taken = time.perf_counter() - start
        if taken >= seconds / 4 or steps >= task.whole:
            break
        steps = min(task.whole, 4 * steps)
        run(steps)
    # What a run costs besides its steps must not weigh on a rival that is slow: never fewer than the check's.
    wanted = max(task.check, round(steps * seconds / taken))
    if wanted < task.whole:
        return wanted
    return task.whole * max(1, min(task.most_runs, wanted // task.whole))


def _reply(replies: TextIO, values: dict[str, Any]) -> None:
    replies.write(json.dumps(values) + "\n")
    replies.flush()


if __name__ == "__main__":
    main()
