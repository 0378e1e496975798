"""What has to be measured inside a fresh process: ``python -m benchmarks.probes NAME``; prints one line of JSON."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def import_time() -> dict[str, float]:
    """Return the seconds of ``import wellfit``."""
    start = time.perf_counter()
    import wellfit  # noqa: F401

    return {"seconds": time.perf_counter() - start}


def first_fit() -> dict[str, float]:
    """Return the seconds of the first fit of this process, the imports of what it uses included."""
    from benchmarks.tasks import CourseTask

    task = CourseTask()
    X, Y = task.data()
    start = time.perf_counter()
    from benchmarks.ours import course_spec
    from wellfit.training.arrays import make_data
    from wellfit.training.fit import fit_network
    from wellfit.training.task import Task

    fit_network(Task(course_spec(task, 100), make_data(X, Y, task.dtype)))
    return {"seconds": time.perf_counter() - start}


def memory(how: str, rows: str, columns: str) -> dict[str, float]:
    """Return the peak of this process's resident memory around one epoch of training, in 10^6 bytes."""
    import numpy as np

    generator = np.random.default_rng(0)
    X = np.empty((int(rows), int(columns)), np.float32)
    generator.standard_normal(dtype=np.float32, out=X)
    codes = (X[:, 0] > 0).astype(np.int64) + (X[:, 1] > 0)
    before = _resident("VmRSS")
    if how == "fit":
        from benchmarks.ours import table_spec
        from benchmarks.tasks import TableTask
        from wellfit.training.arrays import make_data
        from wellfit.training.fit import fit_network
        from wellfit.training.task import Task

        Y = codes.astype(np.float32)[:, None]
        fit_network(Task(table_spec(TableTask(columns=int(columns), classes=3), 1), make_data(X, Y, "float32")))
    else:
        import warnings

        from wellfit import MLPClassifier

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one epoch does not converge
            MLPClassifier((64, 64), batch_size=256, max_iter=1).fit(X, codes)
    return {"before_mb": before, "peak_mb": _resident("VmHWM")}


def prediction(rows: str, columns: str, width: str, repeats: str) -> dict[str, list[float]]:
    """Return seconds of predicting a table, GFLOP in it, and GFLOP/s of NumPy's product of two matrices, in turns."""
    import warnings

    import numpy as np

    from wellfit import MLPClassifier

    generator = np.random.default_rng(0)
    X = generator.standard_normal((int(rows), int(columns)), dtype=np.float32)
    codes = (X[:, 0] > 0).astype(np.int64) + (X[:, 1] > 0)
    units = int(width)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one epoch does not converge
        model = MLPClassifier((units, units), batch_size=256, max_iter=1, random_state=0).fit(X[:10_000], codes[:10_000])
    work = 2e-9 * len(X) * (int(columns) * units + units * units + units * 3)
    side = 2_048 if len(X) > 100_000 else 256
    left, right = (generator.standard_normal((side, side), dtype=np.float32) for _ in range(2))
    seconds, rates = [], []
    for number in range(int(repeats) + 1):
        start = time.perf_counter()
        model.predict(X)
        middle = time.perf_counter()
        for _ in range(8):
            left @ right
        end = time.perf_counter()
        if number:  # the first warms up
            seconds.append(middle - start)
            rates.append(8 * 2e-9 * side**3 / (end - middle))
    return {"seconds": seconds, "gflop": [work], "sgemm": rates}


def adult(path: str, rows: str, repeats: str) -> dict[str, list[float]]:
    """Return the seconds of fitting a table's column ``target``, and those until training begins; `rows` 0 takes all."""
    from wellfit import WellfitClassifier
    from wellfit.study.trainer import Trainer
    from wellfit.table.read import read_table

    begun: list[float] = []
    train = Trainer.train

    def watched(*arguments: Any, **more: Any) -> Any:
        begun.append(time.perf_counter())
        return train(*arguments, **more)

    Trainer.train = watched  # type: ignore[method-assign]
    X = read_table(path).head(int(rows) or None)
    y = X.pop("target")
    WellfitClassifier(random_state=0).fit(X.head(200), y.head(200))  # compiles
    seconds, prepared = [], []
    for number in range(int(repeats)):
        start = time.perf_counter()
        WellfitClassifier(random_state=number).fit(X, y)
        seconds.append(time.perf_counter() - start)
        prepared.append(begun[-1] - start)
    return {"seconds": seconds, "prepared": prepared}


def mixed(rows: str, columns: str) -> dict[str, float]:
    """Return this process's memory before, and its peak while, a mixed frame is learned for one epoch, in 10^6 bytes."""
    import dataclasses
    import gc

    from wellfit import WellfitClassifier
    from wellfit.study import default_network

    default_network.FIXED["classification"] = dataclasses.replace(default_network.FIXED["classification"], fewest_epochs=1, most_epochs=1)
    X, y = _mixed_frame(int(rows), int(columns))
    WellfitClassifier(random_state=0).fit(X.head(500), y[:500])  # compiling takes memory of its own
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # forgets the peak so far
    before = _resident("VmRSS")
    model = WellfitClassifier(random_state=0).fit(X, y)
    inputs = len(model.model_.preparation.names)
    return {"before_mb": before, "peak_mb": _resident("VmHWM"), "prepared_mb": len(X) * inputs * 4 / 1e6, "inputs": inputs}


def _mixed_frame(rows: int, columns: int) -> Any:
    """Return a frame, half of it numbers, the rest few categories, many categories, truth values and dates by turns; and classes."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    frame: dict[str, Any] = {}
    for number in range(columns):
        kind = number % 8
        if kind < 4:
            values = rng.standard_normal(rows)
            values[rng.uniform(size=rows) < 0.02] = np.nan
            frame[f"number {number}"] = values
        elif kind < 7:
            levels = np.array([f"level {level}" for level in range((12, 500, 2)[kind - 4])])
            frame[f"category {number}"] = pd.Categorical(levels[rng.integers(0, len(levels), rows)])
        else:
            frame[f"date {number}"] = np.datetime64("2020-01-01", "s") + rng.integers(0, 10**8, rows)
    table = pd.DataFrame(frame)
    return table, np.where(table["number 0"].fillna(0.0) + rng.standard_normal(rows) > 0.0, "yes", "no")


def _resident(field: str) -> float:
    """Return a size that Linux keeps of this process; `ru_maxrss` would count the parent's memory before exec too."""
    match = re.search(rf"^{field}:\s*(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"), re.MULTILINE)
    if match is None:
        raise RuntimeError(f"{field} is not in /proc/self/status")
    return int(match[1]) * 1024 / 1e6


PROBES: dict[str, Callable[..., Any]] = {
    "import": import_time,
    "first_fit": first_fit,
    "memory": memory,
    "prediction": prediction,
    "adult": adult,
    "mixed": mixed,
}

if __name__ == "__main__":
    print(json.dumps(PROBES[sys.argv[1]](*sys.argv[2:])))
