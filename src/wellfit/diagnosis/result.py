"""What a diagnosis found: its parts, its blocks, its numbers as JSON, and its pictures."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wellfit import plots
from wellfit.diagnosis.finding import Finding, as_json
from wellfit.diagnosis.learning_curve import DataForecast
from wellfit.diagnosis.next_step import NextStep
from wellfit.diagnosis.page import diagnosis_page
from wellfit.diagnosis.subject import Subject
from wellfit.errors import DataError
from wellfit.judge.evaluation import SeedErrors
from wellfit.judge.intervals import Interval
from wellfit.judge.verdict import Verdict
from wellfit.render.blocks import Page
from wellfit.render.result import Result

__all__ = ["Diagnosis"]


@dataclass(frozen=True, eq=False, repr=False)
class Diagnosis(Result):
    """The diagnosis of a model: errors, bias and variance, faults of data and training, and what to do next.

    Parameters
    ----------
    verdict : Verdict
        Underfits, overfits, fits or undecided, and the errors with their intervals.
    seeds : SeedErrors or None
        Networks that differ from the model in their seeds only.
    findings : tuple of Finding
        Results of all checks, the most severe fault first.
    more_data : DataForecast or None
        Forecast of the error with more training rows.
    next_step : NextStep or None
        The change to make, tested.
    left_out : mapping of str to str
        Why ``"more data"`` or ``"next step"`` is None.
    notes : tuple of str
        Notes on how to read it.
    seconds : float
        How long it took.
    subject : Subject
        The model and its rows.
    """

    verdict: Verdict
    seeds: SeedErrors | None
    findings: tuple[Finding, ...]
    more_data: DataForecast | None
    next_step: NextStep | None
    left_out: Mapping[str, str]
    notes: tuple[str, ...]
    seconds: float
    subject: Subject = field(repr=False)

    # === Its parts ===

    @property
    def bias(self) -> Interval:
        """Training error minus reference error, in the units of the metric; at least 0."""
        above = self.verdict.bias
        return Interval(max(0.0, above.estimate), max(0.0, above.low), max(0.0, above.high))

    @property
    def variance(self) -> Interval:
        """Dev error minus training error, in the units of the metric."""
        return self.verdict.gap

    @property
    def reference(self) -> tuple[str, Interval]:
        """The reference that bias is measured from."""
        return self.verdict.reference.name, self.verdict.reference.error

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that are faults."""
        return tuple(finding for finding in self.findings if finding.is_fault)

    @property
    def sentence(self) -> str:
        """The verdict in one sentence, without a full stop."""
        return self.verdict.sentence

    # === Output ===

    def blocks(self, whole: bool = False) -> Page:
        """Return errors, bias and variance, findings and next steps; in a report also pictures, columns and all numbers."""
        return diagnosis_page(self, whole)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a dictionary that `json.dumps` accepts.

        Returns
        -------
        dict
            Errors are shares of the rows for classes, RMSE in units of the target for numbers; what is not finite is None.
        """
        subject, verdict, seeds = self.subject, self.verdict, self.seeds
        numbers: dict[str, Any] = as_json(
            {
                "model": {"name": subject.name, "task": subject.task, "is_wellfit_network": subject.network is not None},
                "rows": {"train": len(subject.y_train), "dev": len(subject.y_dev)},
                "columns": subject.inputs_train.shape[1],
                "metric": "error rate" if subject.is_classification else "RMSE",
                "train_error": _ends(verdict.train),
                "dev_error": _ends(verdict.dev),
                "bias": _ends(self.bias),
                "variance": _ends(verdict.gap),
                "reference": {
                    "name": verdict.reference.name,
                    "error": _ends(verdict.reference.error),
                    "train_error_above": _ends(verdict.bias),
                    "note": verdict.reference.note,
                    "all": dict(verdict.reference.each),
                },
                "seeds": None
                if seeds is None
                else {"train_errors": seeds.train[0], "dev_errors": seeds.dev[0], "averaged": seeds.averaged},
                "verdict": {"word": verdict.word, "sentence": self.sentence, "margin": verdict.margin},
                "findings": [finding.to_dict() for finding in self.findings],
                "more_data": None if self.more_data is None else self.more_data.to_dict(),
                "next_step": None if self.next_step is None else self.next_step.to_dict(),
                "left_out": dict(self.left_out),
                "notes": self.notes,
                "seconds": round(self.seconds, 3),
            }
        )
        return numbers

    def to_json(self) -> str:
        """Return `to_dict` as JSON.

        Returns
        -------
        str
        """
        return json.dumps(self.to_dict(), allow_nan=False, ensure_ascii=False)

    def figures(self) -> dict[str, Any]:
        """Return pictures of it, drawn.

        Returns
        -------
        dict of str to Display
            By title; empty without matplotlib. Pictures without data are left out.
        """
        if not plots.is_available():
            return {}
        subject = self.subject
        unit = "error" if subject.is_classification else "RMSE"
        histories = subject.network.histories if subject.network is not None else ()
        makers: dict[str, Callable[[], Any]] = {
            "Bias and variance": lambda: plots.BiasVarianceDisplay(
                [subject.name], _triple(self.bias), _triple(self.variance), unit, subject.is_classification
            ).plot(),
        }
        if self.more_data is not None:
            makers["Would more data help?"] = self.more_data.display().plot
        if histories:
            makers["Cost while training"] = lambda: plots.TrainingCurveDisplay.from_history(histories)
            makers["Gradients while training"] = lambda: plots.GradientNormDisplay.from_history(histories)
        if subject.has_probabilities and len(subject.classes) == 2:
            makers["Are probabilities right?"] = lambda: plots.CalibrationDisplay.from_predictions(
                subject.Y_dev[:, 0], subject.outputs_dev[:, 0]
            )
        drawn = {}
        for title, make in makers.items():
            try:
                drawn[title] = make()
            except DataError:
                # Such as a history without a finite cost.
                continue
        return drawn


def _ends(interval: Interval) -> dict[str, float]:
    return {"estimate": interval.estimate, "low": interval.low, "high": interval.high}


def _triple(interval: Interval) -> NDArray[np.float64]:
    return np.array([[interval.estimate, interval.low, interval.high]])
