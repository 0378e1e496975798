"""What a diagnosis found, and its faces: text, HTML, JSON, pictures and a report."""

from __future__ import annotations

import json
import os
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
from wellfit.diagnosis.rendering import bias_words, finding_parts, variance_words, verdict_words
from wellfit.diagnosis.subject import Subject
from wellfit.errors import DataError
from wellfit.files import write_file
from wellfit.judge.evaluation import SeedErrors
from wellfit.judge.intervals import Interval
from wellfit.judge.verdict import Verdict
from wellfit.plurals import counted
from wellfit.render.lines import Line, Part, to_html, to_text

__all__ = ["Diagnosis"]


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What was found out about a model: errors, bias and variance, faults of data and training, and what to do next.

    Parameters
    ----------
    verdict : Verdict
        Underfits, overfits, fits or undecided, and the errors with their intervals.
    seeds : SeedErrors or None
        Networks that differ from the model by their seeds.
    findings : tuple of Finding
        Of every check, the gravest fault first.
    more_data : DataForecast or None
        What more training rows would do.
    next_step : NextStep or None
        What to change, as tried out.
    left_out : mapping of str to str
        Why ``"more data"`` or ``"next step"`` is None.
    notes : tuple of str
        What else has to be known to read it.
    seconds : float
        How long it took.
    subject : Subject
        Who was examined.
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
        """Training error less the error that could be had, in the units of the metric; no less than 0."""
        above = self.verdict.bias
        return Interval(max(0.0, above.estimate), max(0.0, above.low), max(0.0, above.high))

    @property
    def variance(self) -> Interval:
        """Dev error less training error, in the units of the metric."""
        return self.verdict.gap

    @property
    def reference(self) -> tuple[str, Interval]:
        """What the bias is measured from, and its error."""
        return self.verdict.reference.name, self.verdict.reference.error

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that something is wrong."""
        return tuple(finding for finding in self.findings if finding.is_fault)

    @property
    def sentence(self) -> str:
        """The verdict in one sentence, without a full stop."""
        return verdict_words(self.subject.metric, self.verdict)

    # === Its faces ===

    def parts(self) -> list[Part]:
        """Return all that is to be said, in sections.

        Returns
        -------
        list of Part
        """
        subject, verdict, metric = self.subject, self.verdict, self.subject.metric
        lines = [
            Line(f"training {metric.name}", f"{metric.error_words(verdict.train)} on {counted(len(subject.y_train), 'row')}"),
            Line(f"dev {metric.name}", f"{metric.error_words(verdict.dev)} on {counted(len(subject.y_dev), 'row')}"),
            Line("bias", bias_words(metric, verdict)),
            Line("variance", variance_words(metric, verdict)),
        ]
        if verdict.reference.note:
            lines.append(Line("reference", verdict.reference.note))
        if self.seeds is not None:
            (errors,) = self.seeds.dev
            ends, count = " to ".join(metric.show(float(end)) for end in (errors.min(), errors.max())), len(errors)
            lines.append(Line("seeds", f"alone, {counted(count, 'network')} that differ by their seeds have a dev {metric.name} of {ends}"))
        lines += [Line("note", note) for note in self.notes]
        ahead = {"more data": self.more_data, "next step": self.next_step}
        told = [
            Line(label, self.left_out.get(label, "") if found is None else found.sentence)
            for label, found in ahead.items()
            if found is not None or label in self.left_out
        ]
        whats_next = [Part("What next", tuple(told))] if told else []
        return [Part(f"{subject.name}: {self.sentence}.", tuple(lines)), *finding_parts(self.findings), *whats_next]

    def __str__(self) -> str:
        """Return all of it as text."""
        return to_text(self.parts())

    def _repr_html_(self) -> str:
        """Return all of it as a notebook shows it."""
        return to_html(self.parts())

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as a dictionary that `json.dumps` accepts.

        Returns
        -------
        dict
            Errors are shares of the rows for classes, RMSE in units of the target for numbers; what is not finite is None.
        """
        subject, verdict, seeds = self.subject, self.verdict, self.seeds
        said: dict[str, Any] = as_json(
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
        return said

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
            By their titles; empty without matplotlib. A picture that there are no numbers for is left out.
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

    def report(self, path: str | os.PathLike[str]) -> None:
        """Write all of it, with pictures, to one HTML file.

        Parameters
        ----------
        path : path
            The file.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        write_file(path, diagnosis_page(self).encode())


def _ends(interval: Interval) -> dict[str, float]:
    return {"estimate": interval.estimate, "low": interval.low, "high": interval.high}


def _triple(interval: Interval) -> NDArray[np.float64]:
    return np.array([[interval.estimate, interval.low, interval.high]])
