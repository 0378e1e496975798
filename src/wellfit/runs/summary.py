"""A study's result as one JSON object, for ``--json``, for ``result.json`` and for the saved model."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import wellfit
from wellfit.judge.final_test import FinalTest
from wellfit.judge.intervals import Interval
from wellfit.runs.table_study import TableStudy
from wellfit.spec import Spec
from wellfit.study.pages.tried import Tried, tried_by_kind
from wellfit.study.study import Study
from wellfit.study.trial import interval_of

__all__ = ["summarise"]


def summarise(job: TableStudy) -> dict[str, Any]:
    """Return what is known of a study of a table, in numbers, texts and lists; what is not finite is None."""
    study, test, target = job.study, job.test, job.target
    assert study is not None
    assert test is not None
    start, references = study.of_kind("start")[0], study.of_kind("references")[0]
    return {
        "wellfit": wellfit.__version__,
        "table": {
            "name": job.name,
            "rows": len(job.frame),
            "columns": len(job.frame.columns),
            "fingerprint": job.fingerprint,
            "inputs": job.preparation.width,
            "target": target.name,
            "task": target.task,
            "task_guess": job.table.target.guess,
            "classes": list(target.classes),
        },
        "split": {"search": len(job.split.train) + len(job.split.dev), "test": len(job.split.test), "seed": job.data.seed},
        # With it the same table can be split in the same way again.
        "data": job.data.to_dict(),
        "warnings": list(job.warnings),
        "notes": list(job.notes),
        "metric": "error rate" if target.task == "classification" else "RMSE",
        "target_error": job.problem.target_error,
        "plan": job.plan.settings(),
        "grid": study.rounds[0].get("grid"),
        "reference": {"name": references["asked_name"], "error": interval_object(interval_of(references["interval"]))},
        "regularisers": [_regulariser(each) for each in study.compared],
        "search": {
            "networks": study.networks,
            "compared_by": {name: start[name] for name in ("folds", "parts", "train_rows", "dev_rows")},
            "rounds": [_round(each) for each in study.rounds],
            "kinds": [_tried(each) for each in tried_by_kind(study)],
            "end": study.end_reason,
            "interrupted": study.interrupted,
            "references": references["errors"],
        },
        "choice": _choice(study),
        "test": test_object(test) | {"reads": study.test_reads},
        "seconds": round(job.seconds, 3),
    }


def interval_object(interval: Interval) -> dict[str, float | None]:
    """Return an interval by the names of its parts; what is not finite is None."""
    return {name: value if math.isfinite(value) else None for name, value in dataclasses.asdict(interval).items()}


def _regulariser(found: dict[str, Any]) -> dict[str, Any]:
    """Return what came of one regulariser at its best setting."""
    spec = Spec.from_dict(found["spec"])
    errors = {name: interval_object(interval_of(found[name])) if name in found else None for name in ("train_error", "dev_error", "gap")}
    return {
        "regulariser": found["change"],
        "l2": spec.training.l2,
        "dropout": spec.training.dropout,
        "hidden": list(spec.network.hidden),
        **errors,
        "verdict": found.get("verdict", "diverged" if found["divergence"] else None),
        "reason": found.get("reason"),
        **{name: found[name] for name in ("divergence", "settings", "networks", "diverged")},
    }


def _round(found: dict[str, Any]) -> dict[str, Any]:
    choice = found["choice"] or {}
    if choice and not choice["kept"] and choice["gain"] is None:
        # None of its networks came to its end, and what is told is of the best so far.
        choice = {"kept": False}
    plan = {name: found[name] for name in ("round", "move", "verdict")} | {"candidates": len(found["candidates"])}
    return plan | {name: choice.get(name) for name in ("change", "kept", "train_error", "dev_error", "gain")}


def _tried(found: Tried) -> dict[str, Any]:
    errors = {name: value if math.isfinite(value) else None for name, value in (("train", found.train_error), ("dev", found.dev_error))}
    counts = {"kind": found.name, "networks": found.networks, "settings": found.settings, "kept": found.kept}
    return counts | {f"{name}_error": value for name, value in errors.items()}


def _choice(study: Study) -> dict[str, Any]:
    model, best, error, written = study.model, study.best or {}, study.dev_error, study.of_kind("model")[-1]
    assert model is not None
    assert error is not None
    shares = model.weights or (1.0 / len(model.networks),) * len(model.networks)
    return {
        "kind": best.get("change"),
        "verdict": best.get("verdict"),
        "reason": best.get("reason"),
        "train_error": best.get("train_error"),
        "dev_error": best.get("dev_error"),
        "dev_error_of_average": interval_object(error),
        "refit": written["refit"],
        "as_chosen": written["as_chosen"],
        "rows": written["rows"],
        "networks": [
            {
                "weight": weight,
                "seed": network.seed,
                "epochs": member["epochs"],
                "hidden": list(network.spec.network.hidden),
                "l2": network.spec.training.l2,
                "l1": network.spec.training.l1,
                "dropout": network.spec.training.dropout,
                "spec": network.spec.to_dict(),
            }
            for weight, network, member in zip(shares, model.networks, written["members"], strict=True)
        ],
    }


def test_object(test: FinalTest) -> dict[str, Any]:
    """Return the test errors as JSON takes them."""
    return {
        "rows": test.rows,
        "error": interval_object(test.model),
        "r_squared": None if test.r_squared is None else interval_object(test.r_squared),
        "references": [{"name": name, "error": interval_object(interval)} for name, interval in test.references],
        "advantage": {"over": test.against, "error": interval_object(test.advantage)},
        "network_needed": test.network_needed,
        "reason": test.reason,
    }
