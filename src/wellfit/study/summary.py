"""The main job's result as one JSON object, for ``--json``, for ``result.json`` and for the saved model."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import wellfit
from wellfit.study.final_test import TestReport
from wellfit.study.first_population import FirstPopulation
from wellfit.study.fit_table import TableFit
from wellfit.study.intervals import Interval
from wellfit.study.judging import KindResult

__all__ = ["interval_object", "summarise", "test_object"]


def summarise(job: TableFit) -> dict[str, Any]:
    """Return what is known of a job, in numbers, texts and lists; what is not finite is None.

    Parameters
    ----------
    job : TableFit
        Finished.

    Returns
    -------
    dict
        Errors are shares of the rows for classes, RMSE in units of the target for numbers.
    """
    population, test, target = job.population, job.test, job.target
    assert population is not None
    assert test is not None
    return {
        "wellfit": wellfit.__version__,
        "table": {
            "name": job.name,
            "rows": len(job.frame),
            "columns": len(job.frame.columns),
            "fingerprint": job.fingerprint,
            "inputs": job.problem.X.shape[1],
            "target": target.name,
            "task": target.task,
            "task_guess": job.table.target.guess,
            "classes": list(target.classes),
        },
        "split": {part: len(rows) for part, rows in job.split._asdict().items()} | {"seed": job.data.seed},
        # With it the same table can be split in the same way again.
        "data": job.data.to_dict(),
        "warnings": list(job.warnings),
        "notes": list(job.notes),
        "metric": "error rate" if target.task == "classification" else "RMSE",
        "grid": population.grid.to_dict(),
        "target_error": job.target_error,
        "networks": {"planned": job.networks, "trained": population.networks, "diverged": sum(kind.diverged for kind in population.kinds)},
        "interrupted": population.interrupted,
        "asked": {"name": population.asked_name, "error": interval_object(population.asked)},
        "references": [{"name": reference.model.name, "dev_error": interval_object(reference.dev)} for reference in population.references],
        "kinds": [_kind(kind) for kind in population.kinds],
        "choice": _choice(population),
        "test": test_object(test),
        "seconds": round(job.seconds, 3),
    }


def interval_object(interval: Interval) -> dict[str, float | None]:
    """Return an interval by the names of its parts.

    Parameters
    ----------
    interval : Interval
        Of any quantity.

    Returns
    -------
    dict
        What is not finite is None.
    """
    return {name: value if math.isfinite(value) else None for name, value in dataclasses.asdict(interval).items()}


def _kind(kind: KindResult) -> dict[str, Any]:
    training = kind.setting.spec.training
    return {
        "kind": kind.kind,
        "l2": training.l2,
        "dropout": training.dropout,
        "hidden": list(kind.setting.spec.network.hidden),
        "train_error": interval_object(kind.train),
        "dev_error": interval_object(kind.dev),
        "gap": interval_object(kind.gap),
        "verdict": kind.verdict.word,
        "reason": kind.verdict.reason,
        "divergence": kind.divergence,
        "networks": {"averaged": len(kind.results), "trained": kind.networks, "settings": kind.settings, "diverged": kind.diverged},
    }


def _choice(population: FirstPopulation) -> dict[str, Any]:
    chosen = population.chosen
    return {
        "kind": chosen.kind,
        "l2": chosen.setting.spec.training.l2,
        "dropout": chosen.setting.spec.training.dropout,
        "hidden": list(chosen.setting.spec.network.hidden),
        "seeds": [result.seed for result in chosen.results],
        "outcomes": [result.outcome.name.lower() for result in chosen.results],
        "dev_error": interval_object(chosen.dev),
        "dev_error_of_average": interval_object(population.average),
        "chosen_among": sum(1 for results in population.results if results),
    }


def test_object(test: TestReport) -> dict[str, Any]:
    """Return the test errors as JSON takes them.

    Parameters
    ----------
    test : TestReport
        As read.

    Returns
    -------
    dict
    """
    return {
        "rows": test.rows,
        "error": interval_object(test.model),
        "r_squared": None if test.r_squared is None else interval_object(test.r_squared),
        "references": [{"name": name, "error": interval_object(interval)} for name, interval in test.references],
        "advantage": {"over": test.against, "error": interval_object(test.advantage)},
        "network_needed": test.network_needed,
        "reason": test.reason,
    }
