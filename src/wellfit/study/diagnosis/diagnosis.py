"""`diagnose`: all that can be said of a model's errors and of its training, and the `Diagnosis` that says it."""

from __future__ import annotations

import importlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import wellfit
from wellfit.errors import DataError
from wellfit.files import write_file
from wellfit.plots import BiasVarianceDisplay, CalibrationDisplay, GradientNormDisplay, TrainingCurveDisplay, is_available
from wellfit.spec.base import check_number
from wellfit.study.diagnosis.bias import BiasVariance, bias_and_variance
from wellfit.study.diagnosis.finding import Finding, as_json
from wellfit.study.diagnosis.subject import Subject, make_subject
from wellfit.study.diagnosis.telling import Line, Part, finding_parts, to_html, to_text
from wellfit.study.diagnosis.words import bias_words, error_words, variance_words, verdict_words
from wellfit.study.intervals import Interval
from wellfit.study.verdict import Verdict

__all__ = ["Diagnosis", "diagnose"]

# How long a diagnosis of a middling table takes with everything on, and what of it goes to networks of other seeds.
SECONDS = 25.0
SEEDS_SHARE = 0.15

OnStage = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What was found out about a model: errors, bias and variance, faults of data and training, and what to do next.

    Parameters
    ----------
    measured : BiasVariance
        Errors with their intervals, and the verdict.
    findings : tuple of Finding
        Of every check, the gravest fault first.
    notes : tuple of str
        What else has to be known to read it.
    seconds : float
        How long it took.
    subject : Subject
        Who was examined.
    """

    measured: BiasVariance
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    seconds: float
    subject: Subject = field(repr=False)

    # === Its parts ===

    @property
    def verdict(self) -> Verdict:
        """Underfits, overfits, fits or undecided."""
        return self.measured.verdict

    @property
    def bias(self) -> Interval:
        """Training error less the error that could be had, in the units of the metric; no less than 0."""
        return self.measured.bias

    @property
    def variance(self) -> Interval:
        """Dev error less training error, in the units of the metric."""
        return self.measured.variance

    @property
    def reference(self) -> tuple[str, Interval]:
        """What the bias is measured from, and its error."""
        return self.measured.reference_name, self.measured.reference

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that something is wrong."""
        return tuple(finding for finding in self.findings if finding.is_fault)

    @property
    def sentence(self) -> str:
        """The verdict in one sentence, without a full stop."""
        return verdict_words(self.subject.metric, self.measured, len(self.subject.y_train), len(self.subject.y_dev))

    # === Its faces ===

    def parts(self) -> list[Part]:
        """Return all that is to be said, in sections.

        Returns
        -------
        list of Part
        """
        subject, measured = self.subject, self.measured
        metric = subject.metric
        lines = [
            Line(f"training {metric.name}", f"{error_words(metric, measured.train)} on {len(subject.y_train):,} rows"),
            Line(f"dev {metric.name}", f"{error_words(metric, measured.dev)} on {len(subject.y_dev):,} rows"),
            Line("bias", bias_words(metric, measured)),
            Line("variance", variance_words(metric, measured)),
        ]
        if measured.reference_note:
            lines.append(Line("reference", measured.reference_note))
        if measured.seeds is not None:
            low, high = float(measured.seeds.dev.min()), float(measured.seeds.dev.max())
            count, which = len(measured.seeds.dev), "that it averages" if measured.seeds.averaged > 1 else "that differ by their seeds"
            lines.append(Line("seeds", f"{count} networks {which} have dev errors of {metric.show(low)} to {metric.show(high)}"))
        lines += [Line("note", note) for note in self.notes]
        return [Part(f"{subject.name}: {self.sentence}.", tuple(lines)), *finding_parts(self.findings)]

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
        subject, measured = self.subject, self.measured
        seeds = measured.seeds
        said: dict[str, Any] = as_json(
            {
                "wellfit": wellfit.__version__,
                "model": {"name": subject.name, "task": subject.task, "is_wellfit_network": subject.network is not None},
                "rows": {"train": len(subject.y_train), "dev": len(subject.y_dev)},
                "columns": subject.inputs_train.shape[1],
                "metric": "error rate" if subject.is_classification else "RMSE",
                "train_error": _ends(measured.train),
                "dev_error": _ends(measured.dev),
                "bias": _ends(measured.bias),
                "variance": _ends(measured.variance),
                "reference": {
                    "name": measured.reference_name,
                    "error": _ends(measured.reference),
                    "train_error_above": _ends(measured.above_reference),
                    "note": measured.reference_note,
                    "all": dict(measured.references),
                },
                "seeds": None if seeds is None else {"train_errors": seeds.train, "dev_errors": seeds.dev, "averaged": seeds.averaged},
                "verdict": {"word": self.verdict.word, "sentence": self.sentence, "margin": self.verdict.margin},
                "findings": [finding.to_dict() for finding in self.findings],
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
        if not is_available():
            return {}
        subject = self.subject
        unit = "error" if subject.is_classification else "RMSE"
        histories = subject.network.histories if subject.network is not None else ()
        makers: dict[str, Callable[[], Any]] = {
            "Bias and variance": lambda: BiasVarianceDisplay(
                [subject.name], _triple(self.bias), _triple(self.variance), unit, subject.is_classification
            ).plot(),
        }
        if histories:
            makers["Cost while training"] = lambda: TrainingCurveDisplay.from_history(histories)
            makers["Gradients while training"] = lambda: GradientNormDisplay.from_history(histories)
        if subject.has_probabilities and len(subject.classes) == 2:
            makers["Are probabilities right?"] = lambda: CalibrationDisplay.from_predictions(subject.Y_dev[:, 0], subject.outputs_dev[:, 0])
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
        # The report stands on a higher floor: it is opened only when it is asked for.
        page: str = importlib.import_module("wellfit.report").diagnosis_page(self)
        write_file(path, page.encode())


def diagnose(
    model: Any,
    X_train: Any,
    y_train: Any,
    X_dev: Any,
    y_dev: Any,
    target_error: float | None = None,
    *,
    budget: float | None = None,
    retrain: bool = True,
    seed: int = 0,
    n_jobs: int | None = None,
    name: str | None = None,
    listener: OnStage | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Diagnosis:
    """Say whether a model underfits or overfits, how sure that is, what is wrong with data and training, and what to do next.

    Parameters
    ----------
    model : object
        A fitted scikit-learn estimator (wellfit's among them, or a pipeline), a loaded model, the `FitResult` of `wellfit.fit`, or
        anything else with `predict`. Of networks of wellfit's the training is looked into as well.
    X_train, X_dev : frame, or array-like of shape (rows, columns)
        The rows that it was trained on, and rows that it was not; never test rows.
    y_train, y_dev : array-like of shape (rows,)
        Their targets.
    target_error : float, optional
        The error you ask for: a share of the rows such as 0.02, or an RMSE. None: what the best of four simple models reaches.
    budget : float, optional
        About how many seconds to take; None: 25, or as much less as the table needs.
    retrain : bool
        Whether networks and all reference models may be trained for it. Without, it takes a second or two.
    seed : int
        Draws folds, rows and seeds.
    n_jobs : int, optional
        Fits at once, in joblib's convention; None: one for each core.
    name : str, optional
        What the model is called; None: its class.
    listener : callable, optional
        Called with a few words at the beginning of each stage.
    should_stop : callable, optional
        Asked now and then; True ends what is being trained, and what is there counts.

    Returns
    -------
    Diagnosis

    Raises
    ------
    DataError
        If the model is not fitted or cannot predict, the parts have different columns, or a target cannot be used.
    SpecError
        If the target error or the budget is out of range.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from wellfit import datasets, train_dev_test_split
    >>> X, y = datasets.moons(600, noise=0.35, seed=0)
    >>> X_train, X_dev, _, y_train, y_dev, _ = train_dev_test_split(X, y)
    >>> tree = DecisionTreeClassifier(random_state=0).fit(X_train, y_train)
    >>> diagnose(tree, X_train, y_train, X_dev, y_dev, retrain=False).verdict.word
    'overfits'
    """
    started = time.perf_counter()
    if budget is not None:
        check_number("budget", budget, 0.0, open_low=True)
    total, tell = budget or SECONDS, listener or _say_nothing
    subject = make_subject(model, X_train, y_train, X_dev, y_dev, name)
    if target_error is not None:
        subject.metric.parse(target_error)
    tell("bias and variance")
    measured = bias_and_variance(
        subject,
        target_error,
        retrain=retrain,
        seconds=SEEDS_SHARE * total,
        seed=seed,
        n_jobs=n_jobs,
        should_stop=should_stop,
    )
    return Diagnosis(measured, (), _notes(subject), time.perf_counter() - started, subject)


def _say_nothing(stage: str) -> None:
    """Take no notice of a stage."""


def _notes(subject: Subject) -> tuple[str, ...]:
    """Return what has to be known to read the errors."""
    lost = subject.rows_without_number
    return (f"the network gives no finite number for {lost:,} rows, which count as wrong",) if lost else ()


def _ends(interval: Interval) -> dict[str, float]:
    return {"estimate": interval.estimate, "low": interval.low, "high": interval.high}


def _triple(interval: Interval) -> NDArray[np.float64]:
    return np.array([[interval.estimate, interval.low, interval.high]])
