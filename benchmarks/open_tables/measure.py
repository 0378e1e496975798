"""Fit one entrant on one table at one split, and score it."""

from __future__ import annotations

import json
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, log_loss, root_mean_squared_error

from benchmarks.open_tables.tables import Task

Record = dict[str, Any]
KEY = ("table", "split", "rows", "entrant")


def measure(task: Task, model: Any) -> Record:
    """Return the scores of a model on the rows to be judged on.

    Parameters
    ----------
    task : Task
        The table.
    model : estimator
        Not fitted.

    Returns
    -------
    dict
        ``seconds`` of the fit; ``accuracy`` and ``log_loss``, or ``rmse`` in standard deviations of the test rows' target.
    """
    with warnings.catch_warnings():
        # How the rivals warn of their own defaults is no subject here.
        warnings.simplefilter("ignore")
        begin = time.perf_counter()
        model.fit(task.X_train, task.y_train)
        record: Record = {"seconds": time.perf_counter() - begin}
        if task.kind == "regression":
            return record | {"rmse": root_mean_squared_error(task.y_test, model.predict(task.X_test)) / float(np.std(task.y_test))}
        probabilities = model.predict_proba(task.X_test)
        labels = model.predict(task.X_test)
    # In float64 for all, or a rounding of float32 would be clipped for a judgement.
    probabilities = np.asarray(probabilities, dtype=np.float64)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    loss = log_loss(task.y_test, probabilities, labels=model.classes_)
    return record | {"accuracy": accuracy_score(task.y_test, labels), "log_loss": loss}


def key_of(record: Record) -> tuple[Any, ...]:
    """Return what a record is known by.

    Parameters
    ----------
    record : dict
        With ``table``, ``split``, ``rows`` and ``entrant``.

    Returns
    -------
    tuple
    """
    return tuple(record[name] for name in KEY)


def read_records(path: Path) -> dict[tuple[Any, ...], Record]:
    """Return what was measured before; of two records of the same, the later one.

    Parameters
    ----------
    path : Path
        JSON lines; need not exist.

    Returns
    -------
    dict
    """
    if not path.is_file():
        return {}
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return {key_of(record): record for record in records}


def append_record(path: Path, record: Record) -> None:
    """Add a record to a file.

    Parameters
    ----------
    path : Path
        JSON lines.
    record : dict
        To be added.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")
