"""Bias and variance of a model, with 95 % intervals, and what they say.

bias = training error - the error that could be had; variance = dev error - training error; both in the units of the metric.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from wellfit.judge.intervals import Interval, widened_by_seeds
from wellfit.judge.verdict import Verdict, judge
from wellfit.study.diagnosis.reference import best_reference
from wellfit.study.diagnosis.resampling import percentiles, replicate
from wellfit.study.diagnosis.seeds import SeedErrors, seed_errors
from wellfit.study.diagnosis.subject import Subject

__all__ = ["TARGET", "BiasVariance", "bias_and_variance"]

TARGET = "the target error"


@dataclass(frozen=True)
class BiasVariance:
    """How far a model is from what it could be, on its training rows and from there to other rows.

    Parameters
    ----------
    train, dev : Interval
        Errors on both parts.
    above_reference : Interval
        Training error less reference error; negative where the model does better.
    variance : Interval
        Dev error less training error.
    reference : Interval
        The error that the bias is measured from.
    reference_name : str
        `TARGET`, or the reference model that reached it.
    reference_note : str
        What is to be said of how it was found; may be empty.
    references : mapping of str to float
        Errors of all reference models; empty where a target error was given.
    seeds : SeedErrors or None
        What the intervals know of other seeds.
    verdict : Verdict
        What it says.
    """

    train: Interval
    dev: Interval
    above_reference: Interval
    variance: Interval
    reference: Interval
    reference_name: str
    reference_note: str
    references: Mapping[str, float] = field(default_factory=dict)
    seeds: SeedErrors | None = None
    verdict: Verdict = field(kw_only=True)

    @property
    def bias(self) -> Interval:
        """The bias: what `above_reference` is above 0, for a model that does better than asked has none."""
        above = self.above_reference
        return Interval(max(0.0, above.estimate), max(0.0, above.low), max(0.0, above.high))


def bias_and_variance(
    subject: Subject,
    target_error: float | None = None,
    *,
    retrain: bool = True,
    seconds: tuple[float, float] = (np.inf, np.inf),
    seed: int = 0,
    n_jobs: int | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> BiasVariance:
    """Measure bias and variance, and give a verdict as far as the intervals support one.

    Rows are resampled by the Bayesian bootstrap. Training error and reference error are compared on the same rows, so that what
    makes a row hard for both cancels out. Seeds widen the intervals where several networks of the same spec are known.

    Parameters
    ----------
    subject : Subject
        Model and rows.
    target_error : float, optional
        The error that is asked for: a share of the rows, or an RMSE. None: what the best reference model reaches.
    retrain : bool
        Whether other networks and all reference models may be trained for it.
    seconds : tuple of 2 floats
        For networks of other seeds, and for the reference models.
    seed : int
        Draws shares, folds and seeds.
    n_jobs : int, optional
        Fits at once; None: one for each core.
    should_stop : callable, optional
        True ends training early; what is there counts.

    Returns
    -------
    BiasVariance

    Raises
    ------
    SpecError
        If the target error is out of range.
    """
    metric, rng = subject.metric, np.random.default_rng(seed)
    train, dev = (metric.total(errors) for errors in (subject.errors_train, subject.errors_dev))
    train_drawn = replicate(metric, [subject.errors_train], rng)[:, 0]
    dev_drawn = replicate(metric, [subject.errors_dev], rng)[:, 0]
    rows = len(subject.errors_train), len(subject.errors_dev)
    train_rows = percentiles(metric, train, train_drawn, rows[0])
    dev_rows = percentiles(metric, dev, dev_drawn, rows[1])
    gap = percentiles(metric, dev - train, dev_drawn - train_drawn, min(rows))

    name, note, references = TARGET, "", dict[str, float]()
    if target_error is not None:
        reference = Interval.exactly(metric.parse(target_error))
        above = percentiles(metric, train - reference.estimate, train_drawn - reference.estimate, rows[0])
    else:
        best = best_reference(subject, thorough=retrain, seconds=seconds[1], seed=seed, n_jobs=n_jobs)
        name, note, references = best.name, best.note, best.each
        own = subject.errors_train[best.rows]
        both = replicate(metric, [own, best.errors], rng)
        reference = percentiles(metric, metric.total(best.errors), both[:, 1], len(own))
        above = percentiles(metric, metric.total(own) - reference.estimate, both[:, 0] - both[:, 1], len(own))

    seeds = seed_errors(subject, retrain=retrain, seconds=seconds[0], seed=seed, n_jobs=n_jobs, should_stop=should_stop)
    if seeds is not None:
        train_rows = widened_by_seeds(train_rows, seeds.train_spread, seeds.averaged)
        dev_rows = widened_by_seeds(dev_rows, seeds.dev_spread, seeds.averaged)
        gap = widened_by_seeds(gap, seeds.gap_spread, seeds.averaged)
        above = widened_by_seeds(above, seeds.train_spread, seeds.averaged)
    train_rows, dev_rows = metric.possible(train_rows), metric.possible(dev_rows)
    gap, above = metric.possible(gap, is_difference=True), metric.possible(above, is_difference=True)
    # What counts is measured by the smaller of both: beside a reference that is far off, any gap would look small.
    yardstick = min(reference, dev_rows, key=lambda interval: interval.estimate)
    verdict = judge(metric, train_rows, gap, yardstick, name, above)
    return BiasVariance(train_rows, dev_rows, above, gap, reference, name, note, references, seeds, verdict=verdict)
